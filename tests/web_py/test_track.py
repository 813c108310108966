"""The whole analysis on music whose answers are known."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from shared.errors import AudioError, KeylightError
from shared.schema.analysis import ARRAYS, Analysis, TempoRange
from shared.theory.keys import parse_key
from tests.signals import RATE, clicks, noise, song
from web.py.analysis.track import TrackAnalysis


def analyse(planes: np.ndarray, *, rate: int = RATE, block: int = 3 * RATE) -> tuple[Analysis, dict[str, np.ndarray]]:
    planes = np.atleast_2d(planes).astype(np.float32)
    planes.setflags(write=False)
    track = TrackAnalysis(sample_rate=rate, channels=len(planes), tagger=None)
    for first in range(0, planes.shape[1], block):
        track.feed(planes[:, first : first + block])
    fractions = [step.fraction for step in track.steps()]
    assert fractions == sorted(fractions)
    return track.result


@pytest.mark.parametrize(
    ("name", "bpm"), [("C major", 120.0), ("A minor", 128.0), ("F# major", 96.5), ("Eb minor", 140.0)]
)
def test_key_tempo_and_grid_are_the_planted_ones(name, bpm):
    planted = song(parse_key(name), bpm=bpm, seconds=32, start=0.25)
    analysis, arrays = analyse(planted)
    assert analysis.key is not None
    assert analysis.key.key.name == name
    assert analysis.key.clear
    assert analysis.rhythm is not None
    assert analysis.rhythm.bpm == pytest.approx(bpm, abs=0.05)
    assert analysis.rhythm.snapped == (bpm == round(bpm))
    assert analysis.rhythm.steady
    expected = np.arange(0.25, 32, 60 / bpm)
    offsets = np.abs(arrays["beats"][:, None] - expected[None, :]).min(axis=1)
    assert np.median(offsets) < 0.012
    assert analysis.rhythm.meter == 4
    bars = (arrays["downbeats"] - 0.25) / (240 / bpm)
    assert np.abs(bars - np.round(bars)).max() < 0.05


@pytest.mark.parametrize("cents", [-30.0, 15.0, 32.0])
def test_tuning_is_heard_and_does_not_mislead_the_key(cents):
    analysis, _ = analyse(song(parse_key("G minor"), bpm=120, seconds=20, cents=cents))
    assert analysis.tuning is not None
    assert analysis.tuning.cents == pytest.approx(cents, abs=3)
    assert analysis.tuning.hz == pytest.approx(440 * 2 ** (cents / 1200), abs=1)
    assert analysis.key is not None
    assert analysis.key.key.name == "G minor"


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000])
def test_sample_rate_does_not_change_the_answer(rate):
    analysis, arrays = analyse(song(parse_key("D minor"), bpm=125, seconds=24, rate=rate), rate=rate)
    assert analysis.sample_rate == rate
    assert analysis.duration_seconds == 24.0
    assert analysis.key is not None
    assert analysis.key.key.name == "D minor"
    assert analysis.rhythm is not None
    assert analysis.rhythm.bpm == 125.0
    assert len(arrays["peaks"]) == 24 * 300 * 2 // 2
    assert len(arrays["bands"]) == 24 * 100


def test_blocks_may_be_cut_anywhere():
    planted = song(parse_key("E minor"), bpm=130, seconds=16)
    whole, arrays = analyse(planted, block=planted.size)
    cut, cut_arrays = analyse(planted, block=7919)
    assert msgspec.structs.replace(whole, step_seconds={}) == msgspec.structs.replace(cut, step_seconds={})
    for name in ARRAYS:
        assert np.array_equal(arrays[name], cut_arrays[name])


def test_every_answer_can_be_sent():
    for audio in (song(parse_key("C"), bpm=120, seconds=12), noise(5), np.zeros(RATE), clicks(10, bpm=90)):
        analysis, arrays = analyse(audio)
        assert msgspec.json.decode(msgspec.json.encode(analysis), type=Analysis) == analysis
        assert tuple(arrays) == ARRAYS
        assert all(type(value) is float for value in analysis.step_seconds.values())


def test_noise_has_no_clear_key_and_no_clear_beat():
    analysis, _ = analyse(noise(30))
    assert analysis.key is None or not analysis.key.clear
    assert analysis.rhythm is None or not analysis.rhythm.clear


def test_silence_is_told_not_guessed():
    analysis, arrays = analyse(np.zeros((2, 10 * RATE)))
    assert analysis.key is None
    assert analysis.rhythm is None
    assert analysis.mood is None
    assert analysis.loudness.integrated_lufs is None
    assert arrays["beats"].size == 0
    assert any("silent" in note for note in analysis.notes)


def test_direct_current_is_told_not_guessed():
    analysis, _ = analyse(np.full(5 * RATE, 0.5))
    assert analysis.key is None or not analysis.key.clear
    assert any("DC offset" in note for note in analysis.notes)


def test_broken_samples_are_counted_and_silenced():
    planted = song(parse_key("A minor"), bpm=120, seconds=16)
    planted[1000:1010] = np.nan
    planted[2000] = np.inf
    analysis, _ = analyse(planted)
    assert analysis.key is not None
    assert analysis.key.key.name == "A minor"
    assert any(note.startswith("11 samples were no usable numbers") for note in analysis.notes)


@pytest.mark.parametrize("scale", [1e-3, 1e3, 32767.0, 1e8])
def test_key_and_tempo_are_told_at_any_scale(scale):
    analysis, _ = analyse(song(parse_key("A minor"), bpm=120, seconds=16) * scale)
    assert analysis.key is not None
    assert analysis.key.key.name == "A minor"
    assert analysis.tuning is not None
    assert analysis.tuning.hz == pytest.approx(440, abs=1)
    assert analysis.rhythm is not None
    assert analysis.rhythm.bpm == 120.0


def test_below_eight_kilohertz_only_loudness_is_missing():
    analysis, _ = analyse(song(parse_key("A minor"), bpm=120, seconds=16, rate=4000), rate=4000)
    assert analysis.loudness.integrated_lufs is None
    assert analysis.key is not None
    assert analysis.key.key.name == "A minor"


def test_clipping_is_told():
    analysis, _ = analyse(np.clip(4 * song(parse_key("A minor"), bpm=120, seconds=8), -1, 1))
    assert any(note.startswith("Clipped:") for note in analysis.notes)


@pytest.mark.parametrize("samples", [1, 2, 100, 4095, RATE // 5, RATE])
def test_the_shortest_files_get_an_answer(samples):
    analysis, arrays = analyse(song(parse_key("C"), bpm=120, seconds=2)[5000 : 5000 + samples])
    assert analysis.duration_seconds == round(samples / RATE, 3)
    assert any("too short" in note for note in analysis.notes)
    assert len(arrays["peaks"]) == -(-samples // 147)  # the peaks cover the last sample too


def test_a_short_loop_is_heard_as_a_loop():
    bars = song(parse_key("C"), bpm=120, seconds=4)
    analysis, _ = analyse(bars)
    assert analysis.rhythm is not None
    assert analysis.rhythm.bpm == pytest.approx(120, abs=0.5)


def test_surround_is_mixed_for_analysis():
    planted = song(parse_key("F minor"), bpm=110, seconds=12)
    surround = np.stack([planted, planted, planted, noise(12, level=0.5), planted, planted])
    analysis, _ = analyse(surround)
    assert analysis.channels == 6
    assert analysis.key is not None
    assert analysis.key.key.name == "F minor"


def test_no_audio_is_an_error_in_words():
    track = TrackAnalysis(sample_rate=RATE, channels=2, tagger=None)
    track.feed(np.zeros((2, 0), np.float32))
    with pytest.raises(AudioError, match="Expected audio, got none"):
        list(track.steps())


def test_channels_that_change_are_an_error_that_says_where():
    track = TrackAnalysis(sample_rate=RATE, channels=2, tagger=None)
    track.feed(np.zeros((2, RATE), np.float32))
    with pytest.raises(AudioError, match=r"Expected 2 channels of one length at 1\.00 s, got 1"):
        track.feed(np.zeros((1, RATE), np.float32))


@pytest.mark.parametrize(
    ("rate", "channels", "words"),
    [(0, 2, "sample rate"), (44100, 0, "channels"), (10**7, 1, "Hz"), (44100, 33, "1 to 32 channels")],
)
def test_impossible_formats_are_refused(rate, channels, words):
    with pytest.raises(AudioError, match=words):
        TrackAnalysis(sample_rate=rate, channels=channels, tagger=None)


def test_a_tempo_range_settles_the_octave_and_says_when_it_does_not_fit():
    planted = song(parse_key("A minor"), bpm=124, seconds=40)
    answers = []
    for low, high in ((55.0, 70.0), (160.0, 185.0)):
        track = TrackAnalysis(
            sample_rate=RATE, channels=1, tagger=None, tempo_range=TempoRange(low_bpm=low, high_bpm=high)
        )
        track.feed([planted])
        assert [step.stage for step in track.steps()]
        answers.append(track.result[0])
    halved, outside = answers
    assert halved.rhythm is not None
    assert outside.rhythm is not None
    assert (halved.rhythm.bpm, outside.rhythm.bpm) == (62.0, 124.0)
    assert not any("expected" in note for note in halved.notes)
    assert any("outside the expected 160 to 185 BPM" in note for note in outside.notes)


@pytest.mark.parametrize(("low", "high"), [(10.0, 100.0), (120.0, 120.0), (180.0, 90.0), (100.0, 500.0)])
def test_a_range_that_is_none_is_refused(low, high):
    with pytest.raises(KeylightError, match="Expected a tempo range from low to high within 20 to 400 BPM"):
        TrackAnalysis(sample_rate=RATE, channels=1, tagger=None, tempo_range=TempoRange(low_bpm=low, high_bpm=high))


def tone(seconds: float = 30.0) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * 440.0 * np.arange(round(seconds * RATE)) / RATE)


def last_click() -> np.ndarray:
    audio = np.zeros(40 * RATE)
    audio[-1] = 0.9
    return audio


@pytest.mark.parametrize(
    "audio",
    [tone(), tone() * np.minimum(1.0, np.arange(30 * RATE) / (5 * RATE)), last_click(), np.full(30 * RATE, 0.5),
     noise(1.5), noise(2.0, seed=5), noise(3.0, seed=7)],
    ids=["tone", "faded in", "one click", "direct current", "1.5 s of noise", "2 s of noise", "3 s of noise"],
)  # fmt: skip
def test_what_has_no_onsets_or_chance_ones_has_no_clear_beat(audio):
    analysis, _ = analyse(audio)
    assert analysis.rhythm is None or not analysis.rhythm.clear


def test_channels_that_cancel_are_told():
    planted = song(parse_key("A minor"), bpm=120, seconds=12)
    analysis, _ = analyse(np.stack([planted, -planted]))
    assert any(note.startswith("The channels cancel each other out") for note in analysis.notes)
    kept, _ = analyse(np.stack([planted, planted]))
    assert not any("cancel" in note for note in kept.notes)


def test_a_finished_track_takes_no_more_audio():
    track = TrackAnalysis(sample_rate=RATE, channels=1, tagger=None)
    track.feed([song(parse_key("C"), bpm=120, seconds=4)])
    assert list(track.steps())
    with pytest.raises(AudioError, match="Expected no more audio"):
        track.feed([np.zeros(100, np.float32)])
    with pytest.raises(AudioError, match="finished once"):
        list(track.steps())
