"""What a picture may know of a song: bands, series, waveform, beats and sections, each asked for by time.

Conventions: t in seconds from the first sample; every value is 0-1 unless said otherwise; frame i of bands and series
stands for t = i / 60 and was measured by a window around it. All is a pure function of the audio and of t:
nothing depends on what was asked before, so that segments of a video and a preview that seeks agree.

`shared.spectrum.features` lists what other rooms may use of this and its neighbours.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from shared.errors import KeylightError
from shared.spectrum.feature_envelope import envelope, envelope_frames, resampling, sampled

__all__ = [
    "BAND_COUNT",
    "FEATURE_RATE",
    "HIGHEST_BAND_HZ",
    "LOWEST_BAND_HZ",
    "SCALARS",
    "SERIES",
    "STEMS",
    "WAVE_RATE",
    "FeatureSection",
    "Features",
    "frame_count",
    "name_sections",
    "silent_features",
]

Floats = npt.NDArray[np.float32]
Seconds = npt.NDArray[np.float64]

#: Frames per second of bands and series, whatever the video's rate.
FEATURE_RATE: Final = 60
BAND_COUNT: Final = 64
LOWEST_BAND_HZ: Final = 30.0
HIGHEST_BAND_HZ: Final = 16_000.0  # where lossy files end
#: Samples per second of the waveform.
WAVE_RATE: Final = 6_000
#: What is measured once per frame. bass below 150 Hz, mid to 2.5 kHz, high from 4 kHz up; brightness: where the sound's
#: weight lies between low and high; onset: a pulse at each attack, as high as the attack is strong; kick and hat: the
#: same of low and of high sounds alone; width: 0 mono, 1 as much between the channels as in their middle.
SERIES: Final = ("bass", "mid", "high", "loudness", "brightness", "onset", "kick", "hat", "width")
#: All that can drive a property. beat, bar: phase 0-1. beatPulse, barPulse: 1 on the beat, then falling to 0 until the
#: next. section: number of the section, from 0. progress: share of the song that is over.
SCALARS: Final = (*SERIES, "beat", "bar", "beatPulse", "barPulse", "section", "progress")
#: What most separations give. Features may have others beside or instead.
STEMS: Final = ("vocals", "drums", "bass", "other")

_CHUNK: Final = 64  # frames whose envelope is computed at once and kept
_KEPT: Final = 256  # such chunks: 4 MB, some minutes in one setting or a glance in many
_FULL_SCALE: Final = 32767
_PULSE_POWER: Final = 3.0  # (1 - phase)^3: half its height after a fifth of the beat, and no edge where it ends
_TEMPO_BEATS: Final = 8  # beats at either end that say how it would go on


@dataclass(frozen=True)
class FeatureSection:
    """A part of the song. kind: a word of `shared.schema.analysis.SectionKind`; label: what people read."""

    start_seconds: float
    end_seconds: float
    kind: str
    label: str


@dataclass(frozen=True, eq=False)
class Features:
    """Everything of one song, or of one stem of it.

    seconds: length of the audio. bands: uint8 [n, 64], 255 is 1.0; n = ceil(60 * seconds). series: float32 [n] by the
    names of `SERIES`. wave: int16 [6000 * seconds], mono, scaled so that the loudest stretches reach full scale.
    beats, downbeats: float64 [any], ascending. sections: in order of time. stems: the same by name ("drums", ...).
    """

    seconds: float
    bands: npt.NDArray[np.uint8]
    series: Mapping[str, Floats]
    wave: npt.NDArray[np.int16]
    beats: Seconds = field(default_factory=lambda: np.zeros(0))
    downbeats: Seconds = field(default_factory=lambda: np.zeros(0))
    sections: tuple[FeatureSection, ...] = ()
    stems: Mapping[str, Features] = field(default_factory=lambda: MappingProxyType({}))
    _chunks: dict[tuple[float, float, int], Floats] = field(default_factory=dict, init=False, repr=False)

    @property
    def frames(self) -> int:
        """How many frames bands and series have."""
        return len(self.bands)

    def bands_at(
        self,
        t: float,
        count: int = BAND_COUNT,
        *,
        low_hz: float = LOWEST_BAND_HZ,
        high_hz: float = HIGHEST_BAND_HZ,
        attack: float = 0.0,
        release: float = 0.12,
    ) -> Floats:
        """Heights of `count` bars at evenly spaced pitches from low_hz to high_hz: float32 [count].

        attack, release: time constants in seconds of rise and fall; 0 follows at once. Before 0 and after the end all
        is 0. Raises `KeylightError` for a count below 1 or frequencies that do not ascend.

        >>> silent_features(1.0).bands_at(0.5, 3).tolist()
        [0.0, 0.0, 0.0]
        """
        return self.bands_over(np.array([t]), count, low_hz=low_hz, high_hz=high_hz, attack=attack, release=release)[0]

    def bands_over(
        self,
        times: npt.NDArray[Any],
        count: int = BAND_COUNT,
        *,
        low_hz: float = LOWEST_BAND_HZ,
        high_hz: float = HIGHEST_BAND_HZ,
        attack: float = 0.0,
        release: float = 0.12,
    ) -> Floats:
        """`bands_at` of many times at once, as a spectrogram wants them: float32 [times, count]."""
        table = resampling(count, low_hz, high_hz)
        rows = np.zeros((len(times), BAND_COUNT), np.float32)
        for at, t in enumerate(times.tolist()):
            if not 0.0 <= t < self.seconds:  # false for NaN too
                continue
            frame, part = divmod(t * FEATURE_RATE, 1.0)
            rows[at] = self._row(int(frame), attack, release)
            if part:
                rows[at] += np.float32(part) * (self._row(int(frame) + 1, attack, release) - rows[at])
        return table.apply(rows)

    def value(self, name: str, t: float) -> float:
        """One of `SCALARS` at t. Phases go on before the first and after the last beat, pulses do not.

        Raises `KeylightError` for another name.

        >>> silent_features(60.0).value("progress", 15.0)
        0.25
        """
        if name in self.series:
            return float(sampled(self.series[name], t)) if 0.0 <= t < self.seconds else 0.0
        return float(self.values(name, np.array([t]))[0])

    def values(self, name: str, times: npt.NDArray[Any]) -> Seconds:
        """`value` of many times: float64 [times]."""
        match name:
            case "beat" | "bar":
                return _phase(self.beats if name == "beat" else self.downbeats, times)
            case "beatPulse" | "barPulse":
                marks = self.beats if name == "beatPulse" else self.downbeats
                return _pulse(marks, times)
            case "section":
                starts = [part.start_seconds for part in self.sections]
                return np.maximum(0.0, np.searchsorted(starts, times, side="right") - 1.0)
            case "progress":
                return np.clip(times / self.seconds, 0.0, 1.0) if self.seconds > 0 else np.zeros(len(times))
            case _ if name in self.series:
                inside = (times >= 0.0) & (times < self.seconds)
                return np.where(inside, sampled(self.series[name], times), 0.0).astype(np.float64)
        raise KeylightError(f"expected a feature named one of {', '.join(SCALARS)}, got {name!r}")

    def window(self, t: float, count: int, seconds: float) -> Floats:
        """`count` points of the waveform, evenly from t - seconds / 2 to t + seconds / 2: float32 [count], -1 to 1.

        Where the points lie further apart than samples, each is the mean of the samples around it.
        """
        if count < 1 or not seconds > 0:
            raise KeylightError(f"expected 1 point or more in more than 0 s, got {count} points in {seconds} s")
        step = seconds / count
        edges: Seconds = t - seconds / 2 + step * np.arange(count + 1, dtype=np.float64)
        if step * WAVE_RATE > 2.0:
            return _means(self.wave, edges * WAVE_RATE)
        return sampled(self.wave, edges[:-1] + step / 2, rate=WAVE_RATE) / np.float32(_FULL_SCALE)

    def section_at(self, t: float) -> FeatureSection | None:
        """The section that t lies in; None outside of all."""
        for part in self.sections:
            if part.start_seconds <= t < part.end_seconds:
                return part
        return None

    def stem(self, name: str | None) -> Features:
        """That stem's features, or the whole song's where it was not separated."""
        return self.stems.get(name, self) if name else self

    def _row(self, frame: int, attack: float, release: float) -> Floats:
        """One frame after attack and release: float32 [64]; zeros after the end."""
        if frame >= len(self.bands):
            return np.zeros(BAND_COUNT, np.float32)
        key = (attack, release, frame // _CHUNK)
        chunk = self._chunks.pop(key, None)
        if chunk is None:
            chunk = self._chunk(*key)
        while len(self._chunks) >= _KEPT:
            del self._chunks[next(iter(self._chunks))]
        self._chunks[key] = chunk  # the newest last: the oldest goes first
        return chunk[frame % _CHUNK]

    # The envelope looks back a fixed number of frames (see `feature_envelope`), so that a chunk computed with that much
    # of the past is, number by number, the same stretch of the whole song's envelope.
    def _chunk(self, attack: float, release: float, number: int) -> Floats:
        first = number * _CHUNK
        past = min(first, envelope_frames(attack, release))
        rows = self.bands[first - past : first + _CHUNK].astype(np.float32)
        rows /= 255
        return envelope(rows, attack=attack, release=release)[past:].copy()


def silent_features(seconds: float) -> Features:
    """Features of silence: every band, series and sample is 0, and there is no beat.

    >>> silent_features(0.05).frames
    3
    """
    if not (math.isfinite(seconds) and seconds >= 0):
        raise KeylightError(f"expected a length of 0 s or more, got {seconds}")
    count = frame_count(seconds)
    return Features(
        seconds=seconds,
        bands=np.zeros((count, BAND_COUNT), np.uint8),
        series={name: np.zeros(count, np.float32) for name in SERIES},
        wave=np.zeros(math.ceil(seconds * WAVE_RATE), np.int16),
    )


class _Part(Protocol):
    """What a section is named by: `shared.schema.analysis.Section` has it."""

    @property
    def start_seconds(self) -> float: ...
    @property
    def end_seconds(self) -> float: ...
    @property
    def kind(self) -> str: ...


def name_sections(parts: Iterable[_Part]) -> tuple[FeatureSection, ...]:
    """Sections as found by the analysis with labels for people: kinds that come more than once are numbered."""
    given = list(parts)
    total, seen = Counter(part.kind for part in given), Counter[str]()
    named = []
    for part in given:
        seen[part.kind] += 1
        number = f" {seen[part.kind]}" if total[part.kind] > 1 else ""
        label = part.kind.capitalize() + number
        named.append(FeatureSection(part.start_seconds, part.end_seconds, part.kind, label))
    return tuple(named)


def frame_count(seconds: float) -> int:
    """Frames that begin before the end; a hair more than a whole number is that number."""
    return math.ceil(round(seconds * FEATURE_RATE, 6))


def _means(wave: npt.NDArray[np.int16], edges: Seconds) -> Floats:
    """Mean of the samples between each edge and the next, silence beyond the ends: float32 [edges - 1]."""
    if not len(wave) or not np.isfinite(edges).all():
        return np.zeros(len(edges) - 1, np.float32)
    inside = np.rint(np.clip(edges, 0, len(wave))).astype(np.intp)
    starts, counts = np.minimum(inside[:-1], len(wave) - 1), np.diff(inside)
    part = wave[starts[0] : max(inside[-1], starts[0] + 1)].astype(np.float32)
    sums = np.add.reduceat(part, np.minimum(starts - starts[0], len(part) - 1))
    # reduceat gives the sample itself where there is none between two edges.
    return np.where(counts > 0, sums / (np.diff(edges) * _FULL_SCALE), 0.0).astype(np.float32)


def _phase(marks: Seconds, times: npt.NDArray[Any]) -> Seconds:
    """Share of the way from the mark before to the mark after, 0-1; 0 without marks.

    Outside it goes on at the tempo of the eight marks at that end. One mark says no tempo: 0.
    """
    if len(marks) < 2:
        return np.zeros(len(times))
    index = np.clip(np.searchsorted(marks, times, side="right") - 1, 0, len(marks) - 2)
    phase = (times - marks[index]) / (marks[index + 1] - marks[index])
    head, tail = marks[: _TEMPO_BEATS + 1], marks[-_TEMPO_BEATS - 1 :]
    before, after = times < marks[0], times >= marks[-1]
    phase = np.where(before, (times - head[0]) * (len(head) - 1) / (head[-1] - head[0]), phase)
    phase = np.where(after, (times - tail[-1]) * (len(tail) - 1) / (tail[-1] - tail[0]), phase)
    phase -= np.floor(phase)
    return np.where(phase < 1.0, phase, 0.0)  # -1e-17 has the floor -1 and rounds to 1


def _pulse(marks: Seconds, times: npt.NDArray[Any]) -> Seconds:
    """1 on each mark, falling to 0 before the next; the last falls for as long as the one before it."""
    if len(marks) < 2:
        return np.zeros(len(times))
    end = 2 * marks[-1] - marks[-2]
    inside = (times >= marks[0]) & (times < end)
    return np.where(inside, (1.0 - _phase(marks, times)) ** _PULSE_POWER, 0.0)
