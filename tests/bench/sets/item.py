"""One recording of a set: its audio, made or read when asked for, and its truth."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from tests.bench.sets.store import read_audio
from tests.composer.truth import Truth

__all__ = ["Half", "Item", "half_of"]

Half = Literal["tune", "report"]


def half_of(song: str) -> Half:
    """Which half a song belongs to, by its name alone. (473: the first salt that halves each set evenly.)

    >>> half_of("pop909/008") == half_of("pop909/008")
    True
    """
    return "tune" if hashlib.sha256(f"keylight halves 473: {song}".encode()).digest()[0] % 2 == 0 else "report"


@dataclass(frozen=True)
class Item:
    """One recording.

    name: unique. set: the set's name. song: what it is a recording of; recordings of one song share it, and so share
    the
    half. make: gives the file's path, making the file when it is not there. genre: for tables.
    """

    name: str
    set: str
    song: str
    truth: Truth
    make: Callable[[], Path]
    genre: str = ""

    @property
    def half(self) -> Half:
        """The half of the set in which it is."""
        return half_of(self.song)

    @cached_property
    def path(self) -> Path:
        """Its audio file."""
        return self.make()

    def audio(self) -> np.ndarray:
        """Its samples: float32 mono at 44.1 kHz."""
        return read_audio(self.path)
