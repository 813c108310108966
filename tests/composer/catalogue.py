"""The pieces of the evaluation sets by name: genre, key, tempo, length. Fixed by seed; change nothing lightly.

- "composed": five pieces of each genre, 30-60 s, keys dealt evenly over all 24, every second tempo not whole.
- "club": five pieces of each kind of club music whose key is hard to hear, four of five in minor.
- "drift": pieces whose tempo wanders by several per cent, as bands without a click do.
- "structure": 90-150 s with a whole song's form.
- "short": 16 pieces of about 20 s for the project's own tests, by the numpy synthesiser alone.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from shared.theory.keys import KEYS
from tests.composer.club import CLUB
from tests.composer.compose import Spec, seed_of
from tests.composer.genres import GENRES

__all__ = ["catalogue"]

_PER_GENRE: Final = 5
_DRIFTING: Final = (
    "rock", "ballad", "folk guitar", "piano solo", "strings", "waltz", "swing", "funk", "country", "bossa nova",
    "shuffle", "pop",
)  # fmt: skip
_WHOLE_SONGS: Final = (
    "house", "techno", "trance", "drum and bass", "dubstep", "trap", "breakbeat", "afro house", "pop", "rock", "ballad",
    "disco", "boom bap", "dembow", "country", "pop in three",
)  # fmt: skip
_SHORT: Final = (
    ("house", "A minor", 124.0), ("drum and bass", "F minor", 174.0), ("techno", "G minor", 130.0), ("pop", "C major",
     104.0),
    ("rock", "E major", 117.5), ("boom bap", "D minor", 90.0), ("trap", "C# minor", 140.0), ("reggae", "G major", 76.0),
    ("waltz", "Bb major", 138.0), ("six-eight ballad", "Eb major", 60.0), ("swing", "Ab major", 148.0),
    ("funk", "B minor", 108.0), ("disco", "F# minor", 118.25), ("country", "D major", 112.0), ("piano solo",
     "Db major", 96.0),
    ("folk guitar", "A major", 88.0),
)  # fmt: skip


@cache
def catalogue(name: str) -> tuple[Spec, ...]:
    """The specifications of a set: "composed", "club", "drift", "structure" or "short"."""
    return {"composed": _composed, "club": _club, "drift": _drift, "structure": _structure, "short": _short}[name]()


def _composed() -> tuple[Spec, ...]:
    names = [(genre.name, number) for genre in GENRES for number in range(_PER_GENRE)]
    return tuple(
        _spec(f"{genre} {number + 1}", genre, 7 * index, seconds=(32.0, 55.0), whole=index % 2 == 0)
        for index, (genre, number) in enumerate(names)
    )


def _club() -> tuple[Spec, ...]:
    names = [(genre.name, number) for genre in CLUB for number in range(_PER_GENRE)]
    # index 0-11 of KEYS is major: every fifth piece
    keys = [7 * index % 12 + 12 * (index % 5 != 0) for index in range(len(names))]
    return tuple(
        _spec(f"{genre} {number + 1}", genre, key, seconds=(40.0, 60.0), whole=index % 2 == 0)
        for index, ((genre, number), key) in enumerate(zip(names, keys, strict=True))
    )


def _drift() -> tuple[Spec, ...]:
    return tuple(
        _spec(f"drifting {genre}", genre, 5 * index + 1, seconds=(45.0, 55.0), whole=False, drift=(0.02, 0.05))
        for index, genre in enumerate(_DRIFTING)
    )


def _structure() -> tuple[Spec, ...]:
    return tuple(
        _spec(f"whole {genre}", genre, 11 * index + 2, seconds=(95.0, 140.0), whole=index % 2 == 0, long=True)
        for index, genre in enumerate(_WHOLE_SONGS)
    )


def _short() -> tuple[Spec, ...]:
    rng = np.random.default_rng(seed_of("short"))
    cents = [0.0 if index % 2 == 0 else round(float(rng.uniform(-35.0, 35.0)), 1) for index in range(len(_SHORT))]
    return tuple(
        Spec(f"short {genre}", genre, key, bpm, seconds=20.0, cents=detuning)
        for (genre, key, bpm), detuning in zip(_SHORT, cents, strict=True)
    )


def _spec(
    name: str, genre: str, key: int, *, seconds: tuple[float, float], whole: bool, drift: tuple[float, float] = (0.0,
        0.0),
    long: bool = False,
) -> Spec:  # fmt: skip
    rng = np.random.default_rng(seed_of("spec " + name))
    low, high = next(entry.bpm for entry in (*GENRES, *CLUB) if entry.name == genre)
    bpm = float(rng.uniform(low, high))
    return Spec(
        name, genre, KEYS[key % len(KEYS)].name, round(bpm) if whole else round(bpm, 2),
        seconds=float(rng.uniform(*seconds)),
        cents=0.0 if rng.random() < 0.4 else round(float(rng.uniform(-40.0, 40.0)), 1),
        drift=float(rng.uniform(*drift)), long=long,
    )  # fmt: skip
