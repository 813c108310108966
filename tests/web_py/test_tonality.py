"""The key, its timeline and its confidence on music whose answers are planted."""

from __future__ import annotations

import numpy as np
import pytest

from shared.theory.keys import KEYS, key_at, parse_key
from tests.signals import RATE, noise, song
from web.py.analysis.key_timeline import key_path
from web.py.analysis.tonal import TonalMaker
from web.py.analysis.tonality import Tonality, analyse_tonality


def tonality(audio: np.ndarray, *, block: int = 1 << 20) -> Tonality:
    maker = TonalMaker()
    for first in range(0, audio.size, block):
        maker.feed(audio[first : first + block])
    return analyse_tonality(maker.finish(), duration_seconds=audio.size / RATE)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.short)
def test_each_key_is_found_on_its_own_song(key):
    found = tonality(song(key, bpm=120, seconds=16)).key
    assert found is not None
    assert found.key == key
    assert found.clear
    assert found.compatible[0] == key


@pytest.mark.parametrize("cents", [-40.0, -20.0, 15.0, 40.0])
def test_a_song_out_of_tune_keeps_its_key(cents):
    key, tuning = tonality(song(parse_key("F minor"), bpm=110, seconds=16, cents=cents))
    assert key is not None
    assert tuning is not None
    assert key.key.name == "F minor"
    assert tuning.cents == pytest.approx(cents, abs=4)


def test_a_song_that_stays_has_one_span():
    found = tonality(song(parse_key("G"), bpm=100, seconds=60)).key
    assert found is not None
    (span,) = found.timeline
    assert (span.start_seconds, span.end_seconds, span.key.name) == (0.0, 60.0, "G major")
    assert found.intro == found.outro == parse_key("G")


def test_a_key_change_stands_in_the_timeline():
    parts = [song(parse_key(name), bpm=120, seconds=seconds) for name, seconds in (("C", 50), ("D", 30))]
    found = tonality(np.concatenate(parts)).key
    assert found is not None
    assert [span.key.name for span in found.timeline] == ["C major", "D major"]
    assert found.timeline[0].end_seconds == pytest.approx(50.0, abs=4.0)
    assert found.timeline[1].end_seconds == 80.0
    assert found.key.name == "C major"
    assert found.intro is not None
    assert found.outro is not None
    assert (found.intro.name, found.outro.name) == ("C major", "D major")


def test_a_mix_of_songs_is_surer_of_its_parts_than_of_one_key():
    parts = [song(parse_key(name), bpm=120, seconds=32) for name in ("C", "E minor", "Bb", "B")]
    found = tonality(np.concatenate(parts)).key
    assert found is not None
    assert len(found.timeline) >= 4
    assert found.confidence < 0.75 * max(span.confidence for span in found.timeline)


def test_runners_up_come_with_reasons_and_fall():
    found = tonality(song(parse_key("A minor"), bpm=120, seconds=32)).key
    assert found is not None
    shares = [guess.share for guess in found.alternatives]
    assert len(shares) == 5
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.0
    reasons = {guess.relation: guess.reason for guess in found.alternatives}
    assert reasons["relative"].startswith("same seven notes, other home note")
    for guess in found.alternatives:
        assert guess.reason
        assert guess.key != found.key


@pytest.mark.parametrize("kind", ["white", "drums", "glide"])
def test_what_has_no_pitch_has_no_clear_key(kind):
    t = np.arange(12 * RATE) / RATE
    sounds = {
        "white": noise(12),
        "drums": song(KEYS[0], bpm=120, seconds=12) - song(KEYS[0], bpm=120, seconds=12, drums=False),
        "glide": np.sin(2 * np.pi * (200 * t + 40 * np.sin(t))).astype(np.float32) * 0.3,
    }
    found = tonality(sounds[kind]).key
    assert found is None or not found.clear


def test_silence_and_a_blink_have_no_key():
    assert tonality(np.zeros(RATE, np.float32)) == (None, None)
    short = tonality(song(key_at(0, "major"), bpm=120, seconds=0.8))
    assert short.key is None
    assert short.tuning is not None


def test_cuts_leave_no_trace():
    audio = song(parse_key("E minor"), bpm=128, seconds=12)
    assert tonality(audio) == tonality(audio, block=4999)


def test_a_path_changes_only_where_it_pays():
    gains = np.zeros((10, 24))
    gains[:, 3] = 1.0
    gains[4, 7] = 3.0
    change = np.full((24, 24), 1.5) - 1.5 * np.eye(24)
    assert set(key_path(gains, change=change).tolist()) == {3}
    gains[4:8, 7] = 5.0
    assert key_path(gains, change=change).tolist() == [3] * 4 + [7] * 4 + [3] * 2
