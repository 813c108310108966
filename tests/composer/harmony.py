"""Chords in a key from Roman numerals, and what a melody may play over them.

Numerals count from the tonic's major scale in both modes ("bVI" lies 8 semitones up), capitals are major chords.
Suffixes: 7 (minor seventh), maj7, sus4, add9, o (diminished), o7, h7 (half-diminished), + (augmented), 6, 9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.theory.keys import Key

__all__ = ["PROGRESSIONS", "SCALES", "Chord", "parse_chord", "parse_progression", "scale_of"]

_DEGREES: Final = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_SHAPES: Final = {
    "": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10), "maj7": (0, 4, 7, 11),
    "mmaj7": (0, 3, 7, 11), "sus4": (0, 5, 7), "msus4": (0, 5, 7), "add9": (0, 4, 7, 14), "madd9": (0, 3, 7, 14),
    "o": (0, 3, 6), "mo": (0, 3, 6), "mo7": (0, 3, 6, 9), "o7": (0, 3, 6, 9), "mh7": (0, 3, 6, 10), "+": (0, 4, 8),
    "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9), "9": (0, 4, 7, 10, 14), "m9": (0, 3, 7, 10, 14), "5": (0, 7, 12),
    "m5": (0, 7, 12),
}  # fmt: skip

#: Semitones of the scales; "harmonic" is minor with a raised seventh.
SCALES: Final = {
    "major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10), "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10), "mixolydian": (0, 2, 4, 5, 7, 9, 10), "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "blues": (0, 3, 5, 6, 7, 10), "pentatonic major": (0, 2, 4, 7, 9), "pentatonic minor": (0, 3, 5, 7, 10),
}  # fmt: skip

#: Progressions by style and mode; "|" parts bars, a space parts chords that share a bar.
PROGRESSIONS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "pop": {
        "major": (
            "I|V|vi|IV", "I|vi|IV|V", "I|IV|vi|V", "I|IV|V|I", "IV|V|I|vi", "I|III7|vi|IV iv", "I|V|vi|iii|IV|I|ii|V",
            "I|IV|I|V", "I|bVII|IV|I", "Iadd9|vi7|IVmaj7|Vsus4", "vi|IV|I|V|I|IV|V|I", "I|II7|IV|I", "I|ii|IV|V7",
        ),
        "minor": (
            "i|bVI|bIII|bVII", "i|iv|bVI|V", "i|bVII|bVI|bVII", "i|bVI|iv|V7", "i|iv|bVII|bIII|bVI|iih7|V7|i",
            "i|bIII|bVII|iv", "i|v|bVI|bVII", "i|bVII|bVI|V", "iv|V7|i|i", "i|iv|i|V7",
        ),
    },
    "dance": {
        "major": (
            "I|V|vi|IV", "I|I|IV|IV", "I|bVII|I|IV", "vi|IV|I|V|I|V|IV|I", "Imaj7|vi7|ii7|V7", "I|ii|I|V",
            "IVmaj7|I|IVmaj7|I V",
        ),
        "minor": (
            "i|bVI|bIII|bVII", "i|i|bVI|bVII", "i|i|iv|iv", "i7|iv7|i7|bVII", "i|bVII|iv|i", "i|i|i|bVII",
            "i9|bVImaj7|iv9|v7",
            "bVI|bVII|i|i",
        ),
    },
    "drone": {
        "major": ("I|I|I|I", "I|I|bVII|I", "I5|I5|I5|IV5"),
        "minor": ("i|i|i|i", "i|i|bII|i", "i|i|i|bVI", "i5|i5|bVII5|i5", "i|i|iv|i"),
    },
    "single": {
        "major": ("I5|I5|I5|I", "I|I|I|I", "I|I|I|bVII"),
        "minor": ("i5|i5|i5|i", "i|i|i|i", "i7|i7|i7|i7", "i|i5|i5|bII5"),
    },
    "parallel": {  # one shape moved about, as samplers do: most of it lies outside the key
        "major": ("Imaj7|bIIImaj7|Imaj7|bVIImaj7", "I9|bVII9|I9|IV9", "Imaj7|Imaj7|bVImaj7|bVIImaj7"),
        "minor": ("i9|i9|biii9|biii9", "i7|bvii7|i7|iv7", "i9|ii9|biii9|ii9", "i7|i7|bvi7|bvii7", "i9|v9|bvi9|v9"),
    },
    "funk": {
        "major": ("I7|I7|IV7|I7", "I9|I9|I9|bVII", "I7|IV7|I7|V7", "Imaj7|IV7|Imaj7|IV7"),
        "minor": ("i7|IV7|i7|IV7", "i7|i7|iv7|i7", "i9|i9|bVI7|V7", "i7|bVII|i7|v7"),
    },
    "jazz": {
        "major": (
            "Imaj7|VI7|ii7|V7", "ii7|V7|Imaj7|Imaj7", "Imaj7|bIIIo7|ii7|V7", "Imaj7|IV7|iii7 VI7|ii7 V7",
            "Imaj7|vi7|ii7|V7",
            "I6|I7|IVmaj7|iv6|I6|VI7|ii7 V7|I6",
        ),
        "minor": ("i6|iih7 V7|i6|V7", "i7|iv7|iih7|V7", "i6|bVI7|V7|i6", "imaj7|i7|iv7|V7|i6|iih7 V7|i6|iih7 V7"),
    },
    "blues": {
        "major": ("I7|I7|I7|I7|IV7|IV7|I7|I7|V7|IV7|I7|V7", "I7|IV7|I7|I7|IV7|IV7|I7|I7|ii7|V7|I7|V7"),
        "minor": ("i7|i7|i7|i7|iv7|iv7|i7|i7|bVI7|V7|i7|V7",),
    },
    "rock": {
        "major": ("I|IV|V|I", "I|bVII|IV|I", "I|V|IV|IV", "I|V|vi|IV", "I5|bVII5|IV5|I5", "I|iii|IV|V"),
        "minor": ("i5|bVI5|bVII5|i5", "i|bIII|bVII|iv", "i5|bVII5|bVI5|V5", "i|bVI|bVII|i", "i5|i5|bII5|i5"),
    },
    "classical": {
        "major": (
            "I|V7|I|IV|I|ii|V7|I", "I|vi|ii|V7", "I|V7|vi|II7|V|IV|V7|I", "I|VI7|ii|V7|I|IV|I V7|I",
            "I|IV|viio|iii|vi|ii|V7|I",
        ),
        "minor": (
            "i|iv|V7|i", "i|V7|i|bVI|iv|iih7|V7|i", "i|bVII|bIII|bVI|iih7|V7|i|V7", "i|V|bVI|iv|i|iv|V7|i",
            "i|IV|iih7|V7",
        ),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Chord:
    """A chord: root as semitones above the tonic (0-11) and its notes as semitones above the root."""

    root: int
    shape: tuple[int, ...]


def parse_chord(text: str) -> Chord:
    """One Roman numeral.

    >>> parse_chord("bVI"), parse_chord("ii7")
    (Chord(root=8, shape=(0, 4, 7)), Chord(root=2, shape=(0, 3, 7, 10)))
    """
    found = re.fullmatch(r"([b#]?)([IV]+|[iv]+)(.*)", text)
    assert found, text
    accidental, numeral, suffix = found.groups()
    root = _DEGREES[numeral.upper()] + {"b": -1, "#": 1, "": 0}[accidental]
    return Chord(root % 12, _SHAPES[("m" if numeral.islower() else "") + suffix])


def parse_progression(text: str) -> list[list[Chord]]:
    """Bars of chords that share each bar evenly.

    >>> [[chord.root for chord in bar] for bar in parse_progression("I|IV V|I")]
    [[0], [5, 7], [0]]
    """
    return [[parse_chord(word) for word in bar.split()] for bar in text.split("|")]


def scale_of(key: Key, *, colour: str | None = None) -> np.ndarray:
    """Pitch classes of a key's scale from its tonic up; `colour` names another of `SCALES` on the same tonic.

    >>> from shared.theory.keys import parse_key
    >>> scale_of(parse_key("A major")).tolist()
    [9, 11, 1, 2, 4, 6, 8]
    """
    return (key.tonic + np.array(SCALES[colour or key.mode])) % 12
