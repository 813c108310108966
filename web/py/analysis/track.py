"""One track from decoded audio to `Analysis`, in a stream: feed blocks as they are decoded, finish, then deepen.

Finishing says key, tempo and loudness, which a person waits for; deepening says the rest (`Details`).

Everything that can be measured while audio comes in is measured then; what needs Essentia runs on windows of up to ten
minutes, after which their samples are let go, so that an hour costs no more memory than ten minutes.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import numpy as np

from shared.errors import AudioError, KeylightError
from shared.schema.analysis import Analysis, Details, KeyEstimate, Loudness, Mood, RhythmEstimate, TempoRange, Tuning
from shared.spectrum.downmix import downmix, sanitize
from shared.spectrum.loudness import LoudnessMeter
from shared.spectrum.resample import Resampler
from shared.theory.keys import KEYS
from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.essentia import MIN_RHYTHM_SECONDS, EssentiaBridge, KeyReading, RhythmReading
from web.py.analysis.key import estimate_key, pitch_clarity
from web.py.analysis.mood import estimate_mood, measure_features
from web.py.analysis.onsets import onset_strength
from web.py.analysis.picture import Picture, PictureMaker
from web.py.analysis.remarks import Remarks
from web.py.analysis.tempo import MAX_BPM, MIN_BPM, estimate_rhythm, same_pulse
from web.py.analysis.tonal import Tonal, TonalMaker, chroma, estimate_tuning

__all__ = ["Step", "TrackAnalysis", "check_tempo_range"]

_WINDOW_SECONDS: Final = 600
_MIN_KEY_SECONDS: Final = 1.0
_MIN_DANCE_SECONDS: Final = 8.0  # DFA needs several of its longest spans (8.8 s in Essentia's default) to say anything
#: A clip shorter than this is repeated until it is as long before its beats are sought: loops are made to repeat.
_LOOP_SECONDS: Final = 12.0
_SILENT_PEAK: Final = 10.0 ** (-70 / 20)  # BS.1770 gates blocks below -70 LUFS as silence
#: Shorter tracks have too few beats to prove a tempo by themselves: PercivalBpmEstimator is asked too.
_SECOND_OPINION_SECONDS: Final = 30.0
_DISAGREEMENT: Final = 0.4  # confidence left when the two name different pulses
_RATES: Final = (1000, 768_000)
_MAX_CHANNELS: Final = 32
_LOUDNESS_RATE: Final = 8000  # Hz; below, K-weighting's upper shelf has no room
_FEED_SAMPLES: Final = 1 << 20  # over all channels at once, so that no temporary comes near wasm32's 2^31 bytes


class Step(NamedTuple):
    """What comes next in `TrackAnalysis.steps`: its name for people and the fraction 0-1 done before it."""

    stage: str
    fraction: float


class _Window(NamedTuple):
    """What Essentia said of one window that starts at `start` seconds and lasts `seconds`."""

    start: float
    seconds: float
    key: KeyReading | None
    rhythm: RhythmReading | None
    second_bpm: float | None
    dfa: float | None


class TrackAnalysis:
    """Analysis of one track. Feed blocks in order, exhaust `steps`, take `result`; then `deepen` and take `details`.

    sample_rate: Hz, 1,000 to 768,000. channels: 1 to 32, order as in WAV (L R C LFE Ls Rs for six). expected_seconds:
    as the file says. tempo_range: a person's hint.
    Raises `AudioError` for rates and channel counts outside, `KeylightError` for a range that is none.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        channels: int,
        essentia: EssentiaBridge,
        expected_seconds: float | None = None,
        tempo_range: TempoRange | None = None,
    ) -> None:
        if not _RATES[0] <= sample_rate <= _RATES[1]:
            raise AudioError(f"Expected a sample rate of {_RATES[0]} to {_RATES[1]} Hz, got {sample_rate} Hz.")
        if not 1 <= channels <= _MAX_CHANNELS:
            raise AudioError(f"Expected 1 to {_MAX_CHANNELS} channels, got {channels}.")
        if tempo_range is not None:
            check_tempo_range(tempo_range)
        self.sample_rate, self.channels = sample_rate, channels
        self._essentia = essentia
        self._samples = 0
        self._mono: list[np.ndarray] = []
        self._mono_samples = 0
        self._window_start = 0.0
        self._windows: list[_Window] = []
        self._loudness = LoudnessMeter(sample_rate, channels) if sample_rate >= _LOUDNESS_RATE else None
        self._resampler = Resampler(sample_rate, ANALYSIS_RATE)
        self._picture = PictureMaker()
        self._tonal = TonalMaker()
        self._tonal_result: Tonal
        self._remarks = Remarks(sample_rate=sample_rate, channels=channels)
        self._seconds: dict[str, float] = {}
        self._heard: Picture
        self._result: tuple[Analysis, dict[str, np.ndarray]] | None = None
        self._details: tuple[Details, dict[str, np.ndarray]] | None = None

    @property
    def seconds(self) -> float:
        """Seconds of audio fed so far."""
        return self._samples / self.sample_rate

    @property
    def finished(self) -> bool:
        """Whether `result` can be taken."""
        return self._result is not None

    @property
    def result(self) -> tuple[Analysis, dict[str, np.ndarray]]:
        """The analysis and its arrays (`shared.schema.analysis.ARRAYS`), once `steps` is exhausted."""
        assert self._result is not None, "steps() must be exhausted first"
        return self._result

    @property
    def details(self) -> tuple[Details, dict[str, np.ndarray]]:
        """The details and their arrays (`shared.schema.analysis.DETAIL_ARRAYS`), once `deepen` is exhausted."""
        assert self._details is not None, "deepen() must be exhausted first"
        return self._details

    def feed(self, planes: Sequence[np.ndarray] | np.ndarray) -> None:
        """Take one block.

        planes: float32 [samples] per channel, all of one length, or [channels, samples]; full scale is -1 to 1.
        Raises `AudioError` when the block does not have the track's channels or the channels differ in length.
        """
        lengths = {plane.size for plane in planes}
        if len(planes) != self.channels or len(lengths) > 1:
            raise AudioError(
                f"Expected {self.channels} channels of one length at {self.seconds:.2f} s, "
                + f"got {len(planes)} of lengths {sorted(lengths)}. The file is damaged or changes its format there."
            )
        size = max(1, _FEED_SAMPLES // self.channels)
        for first in range(0, lengths.pop(), size):
            self._feed(np.stack([plane[first : first + size] for plane in planes]))

    def _feed(self, stacked: np.ndarray) -> None:
        block, invalid = sanitize(stacked)
        self._samples += block.shape[1]
        self._remarks.feed(block, invalid)
        if self._loudness:
            with self._timed("loudness"):
                self._loudness.feed(block)
        with self._timed("resample"):
            mono = self._resampler.feed(downmix(block))
        self._feed_mono(mono)

    def steps(self) -> Iterator[Step]:
        """Finish the analysis step by step, so that a caller can report and cancel between them."""
        if self._samples == 0:
            raise AudioError("Expected audio, got none: the file decodes to 0 samples.")
        with self._timed("resample"):
            mono = self._resampler.flush()
        self._feed_mono(mono)
        yield Step("Finding the key", 0.1)
        with self._timed("picture"):
            self._heard = self._picture.finish()
        with self._timed("pitch"):
            self._tonal_result = self._tonal.finish()
        key = self._window_key() if self._mono_samples else None
        yield Step("Finding the beat", 0.3)
        if self._mono_samples:
            self._close_window(key)
        self._result = self._assemble(self._heard)

    async def deepen(self) -> AsyncIterator[Step]:
        """Say the rest of a finished track step by step."""
        answer, _ = self.result
        self._seconds = {}
        yield Step("Estimating the mood", 0.5)
        with self._timed("mood"):
            mood = self._mood(answer)
        seconds = {step: round(value, 3) for step, value in self._seconds.items()}
        self._details = (
            Details(structure=None, mood=mood, step_seconds=seconds),
            {"embedding": np.zeros(0, np.float32)},
        )

    def _feed_mono(self, mono: np.ndarray) -> None:
        if mono.size == 0:
            return
        with self._timed("picture"):
            self._picture.feed(mono)
        with self._timed("pitch"):
            self._tonal.feed(mono)
        limit = _WINDOW_SECONDS * ANALYSIS_RATE
        while mono.size:
            taken, mono = np.split(mono, [limit - self._mono_samples])
            self._mono.append(taken)
            self._mono_samples += taken.size
            if self._mono_samples == limit:
                self._close_window(self._window_key())

    def _window_audio(self) -> np.ndarray:
        if len(self._mono) > 1:
            self._mono = [np.concatenate(self._mono)]
        return self._mono[0]

    def _window_key(self) -> KeyReading | None:
        tuning = estimate_tuning(self._tonal.histogram())
        if tuning is None or self._mono_samples < _MIN_KEY_SECONDS * ANALYSIS_RATE:
            return None
        with self._timed("key"), self._remarks.essentia("key"):
            return self._essentia.key(self._window_audio(), tuning_hz=tuning.hz)
        return None

    def _close_window(self, key: KeyReading | None) -> None:
        """Ask Essentia for the rest and let the samples go."""
        audio = self._window_audio()
        seconds = audio.size / ANALYSIS_RATE
        rhythm, second_bpm, dfa = None, None, None
        if self._remarks.peak > _SILENT_PEAK:
            with self._timed("beats"), self._remarks.essentia("beat"):
                rhythm = self._essentia.rhythm(_looped(audio))
                if seconds < _SECOND_OPINION_SECONDS:
                    second_bpm = self._essentia.percival(_looped(audio))
            if seconds >= _MIN_DANCE_SECONDS:
                with self._timed("danceability"), self._remarks.essentia("danceability"):
                    dfa = self._essentia.danceability(audio)
        self._windows.append(_Window(self._window_start, seconds, key, rhythm, second_bpm, dfa))
        self._window_start += seconds
        self._mono, self._mono_samples = [], 0

    def _assemble(self, picture: Picture) -> tuple[Analysis, dict[str, np.ndarray]]:
        duration = self.seconds
        loudness = self._measure_loudness()
        sounding = self._remarks.peak > _SILENT_PEAK
        total = self._tonal_result.all.sum(axis=0)
        tuning = estimate_tuning(total) if sounding else None
        key = self._key(tuning.cents, tuning.confidence) if tuning else None
        with self._timed("grid"):
            found = self._rhythm(onset_strength(picture.levels), duration) if sounding else None
        rhythm, beats, downbeats = found or (None, np.zeros(0), np.zeros(0))
        analysis = Analysis(
            duration_seconds=round(duration, 3),
            sample_rate=self.sample_rate,
            channels=self.channels,
            key=key,
            rhythm=rhythm,
            tuning=_rounded_tuning(tuning),
            loudness=loudness,
            mood=None,
            notes=self._remarks.sentences(duration_seconds=duration, silent=not sounding),
            step_seconds={step: round(seconds, 3) for step, seconds in self._seconds.items()},
        )
        return analysis, {
            "beats": beats.round(4),
            "downbeats": downbeats.round(4),
            "peaks": picture.peaks,
            "bands": picture.bands,
        }

    def _mood(self, answer: Analysis) -> Mood | None:
        features = measure_features(self._heard, duration_seconds=self.seconds)
        if features is None or self._remarks.peak <= _SILENT_PEAK or self.seconds < MIN_RHYTHM_SECONDS:
            return None
        weights = [(w.dfa, w.seconds) for w in self._windows if w.dfa is not None]
        dfa = sum(d * s for d, s in weights) / sum(s for _, s in weights) if weights else None
        return estimate_mood(features, key=answer.key, rhythm=answer.rhythm, loudness=answer.loudness, dfa=dfa)

    def _measure_loudness(self) -> Loudness:
        if self._loudness is None:
            return Loudness(integrated_lufs=None, range_lu=None, true_peak_db=None)
        with self._timed("loudness"):
            measured = self._loudness.result()
        return Loudness(
            integrated_lufs=_rounded(measured.integrated_lufs, 1),
            range_lu=_rounded(measured.range_lu, 1),
            true_peak_db=_rounded(measured.true_peak_db, 1),
        )

    def _key(self, cents: float, tuning_confidence: float) -> KeyEstimate | None:
        """The windows' keys weighed by strength and length, ranked with our chroma; `None` without any."""
        scores: dict[int, float] = {}
        for window in self._windows:
            if window.key:
                index = KEYS.index(window.key.key)
                scores[index] = scores.get(index, 0.0) + max(window.key.strength, 0.0) * window.seconds
        if not scores:
            return None
        best = max(scores, key=lambda index: scores[index])
        seconds = sum(window.seconds for window in self._windows if window.key)
        tonal = self._tonal_result
        return estimate_key(
            chroma(tonal.all.sum(axis=0) + tonal.bass.sum(axis=0), cents=cents),
            chosen=KEYS[best],
            strength=scores[best] / seconds,
            clarity=pitch_clarity(tuning_confidence, float(tonal.tonalness.mean())) * _length_trust(self.seconds),
        )

    def _rhythm(self, onsets: np.ndarray, duration: float) -> tuple[RhythmEstimate, np.ndarray, np.ndarray] | None:
        """One rhythm from all windows: their beats in a row, the tempo that most of the track has."""
        heard = [(window.rhythm, window.start, window.seconds) for window in self._windows if window.rhythm]
        if not heard or not onsets.any():
            return None
        beats = np.concatenate([rhythm.beats + start for rhythm, start, _ in heard])
        bpm = _weighted_median([rhythm.bpm for rhythm, _, _ in heard], [seconds for _, _, seconds in heard])
        seconds = [(window.second_bpm, window.seconds) for window in self._windows if window.second_bpm]
        agrees = all(same_pulse(bpm, other) for other, _ in seconds)
        trust = _length_trust(duration) * (1.0 if agrees else _DISAGREEMENT)
        return estimate_rhythm(beats, onsets, bpm=bpm, duration_seconds=duration, trust=trust)

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[step] = self._seconds.get(step, 0.0) + time.perf_counter() - start


def check_tempo_range(tempo_range: TempoRange) -> None:
    """Raise `KeylightError` unless the range ascends within 20 to 400 BPM."""
    low, high = tempo_range.low_bpm, tempo_range.high_bpm
    if not MIN_BPM <= low < high <= MAX_BPM:
        raise KeylightError(
            f"Expected a tempo range from low to high within {MIN_BPM:g} to {MAX_BPM:g} BPM, got {low:g} to {high:g}."
        )


def _length_trust(seconds: float) -> float:
    """How far an answer from so little music can be trusted, 0-1: the error of a mean falls with the root of length.

    >>> _length_trust(3.0), _length_trust(60.0)
    (0.5, 1.0)
    """
    return float(min(1.0, (seconds / _LOOP_SECONDS) ** 0.5))


def _looped(audio: np.ndarray) -> np.ndarray:
    wanted = max(_LOOP_SECONDS, MIN_RHYTHM_SECONDS) * ANALYSIS_RATE
    return np.tile(audio, int(np.ceil(wanted / audio.size))) if audio.size < wanted else audio


def _weighted_median(values: list[float], weights: list[float]) -> float:
    order = np.argsort(values)
    sums = np.cumsum(np.asarray(weights)[order])
    return values[int(order[np.searchsorted(sums, sums[-1] / 2)])]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def _rounded_tuning(tuning: Tuning | None) -> Tuning | None:
    if tuning is None:
        return None
    return Tuning(hz=round(tuning.hz, 1), cents=round(tuning.cents, 1), confidence=round(tuning.confidence, 3))
