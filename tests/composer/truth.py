"""What is known of a piece of music: key, tempo, beats, metre, sections. `None` means unknown, not absent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.theory.keys import parse_key

__all__ = ["Section", "Truth"]


@dataclass(frozen=True)
class Section:
    """A part of the form, in seconds; labels: intro, verse, chorus, build, drop, break, outro."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Truth:
    """The known answers of one recording.

    key: "A minor", or None when unknown. mode_certain: False where only the key signature can be trusted.
    has_key, has_beat: False when the right answer is "there is none" (speech); None when nobody knows.
    bpm: what a listener or DJ would tag. bpm_alternatives_ok: other tempi that are as right (half-time trap at 70).
    beats, downbeats: seconds, float64, ascending. meter: "4/4", "3/4", "6/8" (two dotted beats per bar).
    constant_tempo: every beat lies on one grid. cents: how far A4 lies from 440 Hz.
    """

    key: str | None = None
    mode_certain: bool = True
    has_key: bool | None = None
    bpm: float | None = None
    bpm_alternatives_ok: tuple[float, ...] = ()
    has_beat: bool | None = None
    beats: np.ndarray | None = None
    downbeats: np.ndarray | None = None
    meter: str | None = None
    constant_tempo: bool = True
    sections: tuple[Section, ...] | None = None
    cents: float | None = None

    @property
    def key_signature(self) -> int | None:
        """Position 0-11 of the key's signature on the circle of fifths (C major and A minor at 0)."""
        return None if self.key is None else parse_key(self.key).wheel

    @property
    def beats_per_bar(self) -> int | None:
        """Beats of one bar: 4, 3, or 2 for 6/8."""
        return None if self.meter is None else {"4/4": 4, "3/4": 3, "6/8": 2}[self.meter]
