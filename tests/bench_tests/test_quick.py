"""The band with a singer, and what quick separation makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from shared.separation.models import QUICK_STEMS
from shared.separation.quick import separate
from tests.band.singer import Voice, draw_voice, sing
from tests.band.songs import make_song, songs
from tests.bench.quick import gains, si_sdr
from tests.composer.score import Note
from tests.composer.synth import RATE


def test_the_sets_share_no_song():
    names = [{spec.name for spec in songs(name)} for name in ("fit", "report")]
    assert len(names[0]) == 64
    assert len(names[1]) == 32
    assert not names[0] & names[1]
    assert {spec.genre for spec in songs("report")} - {spec.genre for spec in songs("fit")}


@pytest.mark.parametrize("school", ["additive", "pulse"])
def test_a_singer_sings_the_note(school):
    voice = draw_voice(school, np.random.default_rng(3))
    plain = Voice(**{name: getattr(voice, name) for name in ("school", "size", "rate", "slope", "breath", "glide")},
                  depth=20.0, shift=0, consonants=0.0)  # fmt: skip
    sound = sing(plain, [Note(0.2, 1.5, 57, 0.9)], seconds=2.0, cents=0.0, seed=1)
    assert sound.shape == (2 * RATE,)
    spectrum = np.abs(np.fft.rfft(sound[RATE // 2 : RATE // 2 + RATE] * np.hanning(RATE)))  # a bin per Hz
    lags = np.fft.irfft(np.square(np.abs(np.fft.rfft(sound[RATE // 2 : RATE // 2 + RATE], 2 * RATE))))
    first, last = RATE // 400, RATE // 100
    assert RATE / (first + int(np.argmax(lags[first:last]))) == pytest.approx(220.0, rel=0.03)
    assert spectrum[200:3500].max() > 5.0 * spectrum[9000:].max()
    assert np.abs(sound[: RATE // 10]).max() < 0.01  # before the note


def test_a_song_is_the_same_twice_and_has_every_stem():
    spec = songs("report")[6]
    first, second = make_song(spec, of="report"), make_song(spec, of="report")
    assert np.array_equal(first.stems, second.stems)
    assert first.stems.shape[:2] == (len(QUICK_STEMS), 2)
    assert np.abs(first.mix).max() <= 1.0
    assert (np.abs(first.stems).max(axis=(1, 2)) > 0.01).all()


@pytest.mark.slow
def test_voice_and_drums_come_out():
    """The aim, on three held-back songs: 5 dB for the voice and 3 dB for drums."""
    found = [gains(make_song(spec, of="report"), lambda mix: dict(zip(QUICK_STEMS, separate(mix, RATE), strict=True)))
             for spec in songs("report")[6:9]]  # fmt: skip
    assert np.median([row["vocals"] for row in found]) > 5.0
    assert np.median([row["drums"] for row in found]) > 3.0


def test_si_sdr_knows_no_scale():
    rng = np.random.default_rng(1)
    wanted, noise = rng.standard_normal((2, 2, 5000))
    assert si_sdr(3.0 * wanted + 0.3 * noise, wanted) == pytest.approx(si_sdr(wanted + 0.1 * noise, wanted))
    assert si_sdr(wanted + 0.1 * noise, wanted) == pytest.approx(20.0, abs=0.3)
