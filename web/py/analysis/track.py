"""One track from decoded audio to `Analysis`, in a stream: feed blocks as they are decoded, finish, then deepen.

Everything that can be measured while audio comes in is measured then, and no audio is kept: an hour costs some tens of
megabytes of features. Finishing says key, tempo and loudness, which a person waits for; deepening says the rest
(`Details`). The tagger begins to listen when the track is finished and goes on beside Python where the platform can.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import numpy as np

from shared.errors import AudioError, KeylightError
from shared.schema.analysis import Analysis, Details, Loudness, Mood, Structure, TempoRange, Tuning
from shared.spectrum.downmix import downmix, sanitize
from shared.spectrum.loudness import LoudnessMeter
from shared.spectrum.resample import Resampler
from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.dfa import FluctuationMaker
from web.py.analysis.mel import PatchMaker
from web.py.analysis.mood import estimate_mood, measure_features
from web.py.analysis.picture import Picture, PictureMaker
from web.py.analysis.remarks import SHORTEST_SECONDS, Remarks
from web.py.analysis.rhythm import Rhythm, analyse_rhythm
from web.py.analysis.structure import find_structure
from web.py.analysis.tagger import Hearing, TaggerBridge, TaggerError, TagReading
from web.py.analysis.tags import mean_embedding
from web.py.analysis.tempo import MAX_BPM, MIN_BPM
from web.py.analysis.tonal import Tonal, TonalMaker
from web.py.analysis.tonality import Tonality, analyse_tonality

__all__ = ["Step", "TrackAnalysis", "check_tempo_range"]

_SILENT_PEAK: Final = 10.0 ** (-70 / 20)  # BS.1770 gates blocks below -70 LUFS as silence
_RATES: Final = (1000, 768_000)
_MAX_CHANNELS: Final = 32
_LOUDNESS_RATE: Final = 8000  # Hz; below, K-weighting's upper shelf has no room
_FEED_SAMPLES: Final = 1 << 20  # over all channels at once, so that no temporary comes near wasm32's 2^31 bytes


class Step(NamedTuple):
    """What comes next in `TrackAnalysis.steps`: its name for people and the fraction 0-1 done before it."""

    stage: str
    fraction: float


class _Heard(NamedTuple):
    """What a finished track keeps for its details."""

    picture: Picture
    tonal: Tonal
    cents: float
    rhythm: Rhythm | None
    hearing: Hearing | None


class TrackAnalysis:
    """Analysis of one track. Feed blocks in order, exhaust `steps`, take `result`; then `deepen` and take `details`.

    sample_rate: Hz, 1,000 to 768,000. channels: 1 to 32, order as in WAV (L R C LFE Ls Rs for six). expected_seconds:
    as the file says. tempo_range: a person's hint. tagger: `None` leaves the tags out.
    Raises `AudioError` for rates and channel counts outside, `KeylightError` for a range that is none.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        channels: int,
        tagger: TaggerBridge | None,
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
        self._tagger = tagger
        self._tempo_range = tempo_range
        self._samples = 0
        self._loudness = LoudnessMeter(sample_rate, channels) if sample_rate >= _LOUDNESS_RATE else None
        self._resampler = Resampler(sample_rate, ANALYSIS_RATE)
        self._picture = PictureMaker()
        self._tonal = TonalMaker()
        self._patches = PatchMaker(expected_seconds=expected_seconds)
        self._fluctuation = FluctuationMaker()
        self._remarks = Remarks(sample_rate=sample_rate, channels=channels)
        self._seconds: dict[str, float] = {}
        self._ended = False
        self._heard: _Heard | None = None
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
        if self._ended:
            raise AudioError("Expected no more audio: the track is being finished already.")
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
            mixed = downmix(block)
            self._remarks.mix(mixed)
            mono = self._resampler.feed(mixed)
        self._feed_mono(mono)

    def _feed_mono(self, mono: np.ndarray) -> None:
        if mono.size == 0:
            return
        for step, maker in (
            ("picture", self._picture),
            ("pitch", self._tonal),
            ("patches", self._patches),
            ("fluctuation", self._fluctuation),
        ):
            with self._timed(step):
                maker.feed(mono)

    def steps(self) -> Iterator[Step]:
        """Finish the analysis step by step, so that a caller can report and cancel between them."""
        if self._ended:
            raise AudioError("Expected a track to be finished once.")
        self._ended = True
        if self._samples == 0:
            raise AudioError("Expected audio, got none: the file decodes to 0 samples.")
        with self._timed("resample"):
            mono = self._resampler.flush()
        self._feed_mono(mono)
        yield Step("Finding the key", 0.1)
        hearing = self._begin_hearing()
        with self._timed("pitch"):
            tonal = self._tonal.finish()
        with self._timed("key"):
            tonality = (
                analyse_tonality(tonal, duration_seconds=self.seconds) if self._sounding else Tonality(None, None)
            )
        yield Step("Finding the beat", 0.4)
        with self._timed("picture"):
            picture = self._picture.finish()
        cents = tonality.tuning.cents if tonality.tuning else 0.0
        with self._timed("beats"):
            rhythm = self._rhythm(picture, tonal, cents) if self._sounding else None
        self._heard = _Heard(picture, tonal, cents, rhythm, hearing)
        self._result = self._assemble(tonality, self._heard)

    async def deepen(self) -> AsyncIterator[Step]:
        """Say the rest of a finished track step by step."""
        (answer, _), heard = self.result, self._heard
        assert heard is not None, "a finished track was heard"
        self._seconds = {}
        yield Step("Finding the sections", 0.1)
        with self._timed("sections"):
            structure = self._structure(answer, heard) if self._sounding else None
        yield Step("Listening for mood", 0.4)
        with self._timed("tags"):
            reading, notes = await _heard_tags(heard.hearing)
        yield Step("Estimating the mood", 0.9)
        with self._timed("mood"):
            mood = self._mood(answer, heard.picture, reading)
        self._details = (
            Details(structure=structure, mood=mood, notes=notes, step_seconds=self._rounded_seconds()),
            {"embedding": mean_embedding(reading) if reading else np.zeros(0, np.float32)},
        )

    @property
    def _sounding(self) -> bool:
        return self._remarks.peak > _SILENT_PEAK

    def _begin_hearing(self) -> Hearing | None:
        with self._timed("patches"):
            patches = self._patches.finish() if self._tagger and self._sounding else None
            return self._tagger.tag(patches) if self._tagger and patches is not None else None

    def _rhythm(self, picture: Picture, tonal: Tonal, cents: float) -> Rhythm | None:
        return analyse_rhythm(
            picture.levels,
            tonal=tonal,
            cents=cents,
            duration_seconds=self.seconds,
            tempo_range=self._tempo_range,
        )

    def _assemble(self, tonality: Tonality, heard: _Heard) -> tuple[Analysis, dict[str, np.ndarray]]:
        rhythm = heard.rhythm
        analysis = Analysis(
            duration_seconds=round(self.seconds, 3),
            sample_rate=self.sample_rate,
            channels=self.channels,
            key=tonality.key,
            rhythm=rhythm.estimate if rhythm else None,
            tuning=_rounded_tuning(tonality.tuning),
            loudness=self._measure_loudness(),
            mood=None,
            notes=(
                *self._remarks.sentences(duration_seconds=self.seconds, silent=not self._sounding),
                *self._beside_the_range(rhythm),
            ),
            step_seconds=self._rounded_seconds(),
        )
        return analysis, {
            "beats": (rhythm.beats if rhythm else np.zeros(0)).round(4),
            "downbeats": (rhythm.downbeats if rhythm else np.zeros(0)).round(4),
            "peaks": heard.picture.peaks,
            "bands": heard.picture.bands,
        }

    def _beside_the_range(self, rhythm: Rhythm | None) -> tuple[str, ...]:
        expected = self._tempo_range
        if expected is None or rhythm is None or not rhythm.estimate.clear:
            return ()
        if expected.low_bpm - 1.0 <= rhythm.estimate.bpm <= expected.high_bpm + 1.0:
            return ()
        return (
            f"The tempo lies outside the expected {expected.low_bpm:g} to {expected.high_bpm:g} BPM: "
            + "neither its half nor its double lies within.",
        )

    def _structure(self, answer: Analysis, heard: _Heard) -> Structure | None:
        """Sections of what is music at all: whales and speech have no verse."""
        if not (answer.key and answer.key.clear) and not (answer.rhythm and answer.rhythm.clear):
            return None
        rhythm = heard.rhythm
        return find_structure(
            heard.picture,
            heard.tonal,
            cents=heard.cents,
            rhythm=rhythm.estimate if rhythm else None,
            beats=rhythm.beats if rhythm else np.zeros(0),
            downbeats=rhythm.downbeats if rhythm else np.zeros(0),
            duration_seconds=self.seconds,
        )

    def _mood(self, answer: Analysis, picture: Picture, reading: TagReading | None) -> Mood | None:
        features = measure_features(picture, duration_seconds=self.seconds)
        if features is None or not self._sounding or self.seconds < SHORTEST_SECONDS:
            return None
        return estimate_mood(
            features,
            key=answer.key,
            rhythm=answer.rhythm,
            loudness=answer.loudness,
            dfa=self._fluctuation.finish(),
            reading=reading,
        )

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

    def _rounded_seconds(self) -> dict[str, float]:
        return {step: round(seconds, 3) for step, seconds in self._seconds.items()}

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


async def _heard_tags(hearing: Hearing | None) -> tuple[TagReading | None, tuple[str, ...]]:
    """The tagger's reading, and a sentence where there is none though there should be."""
    if hearing is None:
        return None, ()
    try:
        return await hearing, ()
    except TaggerError as error:
        return None, (str(error),)
    except Exception as error:  # whatever goes wrong in there costs the tags, not the sections
        return None, (f"Tags are left out: the tagger failed ({type(error).__name__}: {error}).",)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def _rounded_tuning(tuning: Tuning | None) -> Tuning | None:
    if tuning is None:
        return None
    return Tuning(hz=round(tuning.hz, 1), cents=round(tuning.cents, 1), confidence=round(tuning.confidence, 3))
