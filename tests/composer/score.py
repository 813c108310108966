"""A piece as both renderers take it: parts of notes in seconds. And the clock that turns beats into seconds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from tests.composer.truth import Truth

__all__ = ["Clock", "Note", "Part", "Score", "wander"]


@dataclass(frozen=True)
class Note:
    """One note: start and length in seconds, MIDI pitch or the name of a drum, velocity 0-1."""

    start: float
    seconds: float
    what: int | str
    velocity: float


@dataclass
class Part:
    """What one player plays. role: drums, bass, chords, pad or lead. gain is linear, 1.0 as loud as written."""

    role: str
    patch: str
    gain: float
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class Score:
    """A whole piece and its truth. cents: detuning of all but the drums. ducked: kicks push the rest down."""

    name: str
    seed: int
    seconds: float
    cents: float
    electronic: bool
    kit: str
    parts: tuple[Part, ...]
    truth: Truth

    def fingerprint(self) -> str:
        """A digest of every note, to 0.1 ms and 0.001 of velocity: the same on every platform."""
        lines = [
            f"{part.role} {part.patch} {note.start:.4f} {note.seconds:.4f} {note.what} {note.velocity:.3f}"
            for part in self.parts
            for note in part.notes
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class Clock:
    """Beats to seconds: a constant tempo, or one that wanders.

    >>> Clock(bpm=120.0, start=0.5).seconds(4.0)
    2.5
    """

    def __init__(self, *, bpm: float, start: float = 0.0, drift: np.ndarray | None = None) -> None:
        self.bpm, self.start = bpm, start
        if drift is None:
            self._times = None
        else:  # one factor on the tempo per beat
            self._times = start + np.concatenate([[0.0], np.cumsum(60.0 / (bpm * drift))])

    def seconds(self, beat: float) -> float:
        """When a beat (counted from 0, fractions allowed) is."""
        if self._times is None:
            return self.start + beat * 60.0 / self.bpm
        return float(np.interp(beat, np.arange(self._times.size), self._times))


def wander(rng: np.random.Generator, beats: int, *, spread: float) -> np.ndarray:
    """Factors on the tempo, one per beat: smooth, around 1, most within `spread`."""
    steps = np.arange(beats)
    waves = [np.sin(2 * np.pi * (steps / period + rng.random())) for period in (24.0, 47.0, 95.0)]
    return 1.0 + spread * np.sum(waves, axis=0) / 2.0
