"""What bass, chords and lead play over the chords: patterns as data, voicings, and melodies from motifs.

A figure is one character per step. Bass: 1 root, 3 third, 5 fifth, 7 seventh, 8 octave, a an approach to the next
root. Chords: c all notes; 0-7 one note of the chord, counted upwards over the octaves. Both: - holds, . rests.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from tests.composer.harmony import Chord

__all__ = ["BarNote", "Riff", "bass_bar", "chord_bar", "make_riff", "melody", "riff_bar", "voicing"]

#: A riff of one bar: step, length in steps, semitones above the tonic.
Riff = list[tuple[int, int, int]]


class BarNote(NamedTuple):
    """A note within the piece, in beats: position, length, MIDI pitch, velocity 0-1."""

    beat: float
    beats: float
    pitch: int
    velocity: float


#: By figure and grid: "4/4" and "3/4" in sixteenths, "6/8" in sixteenths, "12" four beats of triplets.
_BASS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "root": {"4/4": ("1-------1-------", "1-----1-1-------", "1-------5-----a-"), "3/4": ("1-----------",
        "1-------5---"),
             "6/8": ("1-----5-----", "1---------5-"), "12": ("1-.1-.1-.5-.", "1-.1-.5-.3-.")},
    "eighths": {"4/4": ("1.1.1.1.1.1.1.1.", "1-1-1-1-1-1-5-a-"), "3/4": ("1-1-1-1-1-5-",)},
    "sixteenths": {"4/4": ("1.111.111.111.1a",)},
    "offbeat": {"4/4": ("..1...1...1...1.", "..1-..1-..1-..8-")},
    "rolling": {"4/4": (".111.111.111.111", ".1.1.1.8.1.1.5.1")},
    "pedal": {"4/4": ("1--1--1--1--1-1-", "1-1-1-1-1-1-1-1-", "1...1..1....1..1")},
    "syncopated": {"4/4": ("1--1..1---.1..5.", "1-..1..8.-1...5.", "1..1..1-..1.81..", "1.....11..5...7.")},
    "tresillo": {"4/4": ("1--1--1-1--1--5-", "1-----1-....1-5-")},
    "long": {"4/4": ("1---------------", "1---------1-----"), "6/8": ("1-----------",)},
    "reese": {"4/4": ("1-----1---------", "1-----1---5-----")},
    "reggae": {"4/4": ("1-..1-3-5-..1-3-", "....1--1--5-1---", "1---..1-5-3-....")},
    "wobble": {"4/4": ("1-1-1-1-111-1-1-", "1--1--1-1-1-8-1-")},
    "808": {"4/4": ("1-----1---1-----", "1-----------1-5-", "1-----1---......")},
    "octaves": {"4/4": ("1.8.1.8.1.8.1.8.", "1-8-1-8-5-8-1-8-")},
    "funk": {"4/4": ("1.1..8.1..71.5.8", "1..8.1....7.8.1.", "1-.1.8..1..5.78.")},
    "walking": {"4/4": ("1---3---5---a---", "1---5---8---a---", "1---3---5-5-a---"), "12": ("1-.3-.5-.7-.",
        "1-.3-.5-.a-.")},
    "bossa": {"4/4": ("1-----5-5-----1-", "1-----5-5-----5-")},
    "alternating": {"4/4": ("1---....5---....", "1---....5---..a-")},
}  # fmt: skip
_CHORDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "pad": {"4/4": ("c---------------",), "3/4": ("c-----------",), "6/8": ("c-----------",), "12": ("c-----------",)},
    "block": {"4/4": ("c---c---c---c---", "c-------c-------", "c-----c---c-----"), "3/4": ("c-------c---",
        "c---c---c---"),
              "12": ("c-.c-.c-.c-.", "c-...cc-....")},
    "eighth chords": {"4/4": ("c-c-c-c-c-c-c-c-",)},
    "stabs": {"4/4": ("..c...c...c...c.", "c..c..c...c..c..", "...c......c.....", "c.....c....c....")},
    "syncopated": {"4/4": ("c..c..c..c..c...", "..c..c....c..c..", "c--c--c-..c-.c..")},
    "gated": {"4/4": ("c.c.cc.c.c.cc.cc",)},
    "arp": {"4/4": ("0.2.1.3.2.1.3.2.", "0123210301232103", "0.1.2.3.4.3.2.1."), "3/4": ("0.1.2.3.2.1.",),
            "6/8": ("0-1-2-3-2-1-", "0-2-3-4-3-2-")},
    "broken": {"4/4": ("0.2.1.2.0.2.1.2.", "0---2-1-3---2-1-", "0-1-2-----------"), "6/8": ("0-1-2-1-2-1-",
        "0-2-1-2-1-2-")},
    "strum": {"4/4": ("c---c-cc-cc-c-c-", "c---c-c---c-c-c-", "c-------c---c-c-"), "3/4": ("c---c-c-c-c-",
        "c-----c-c---")},
    "power": {"4/4": ("c.c.c.c.c.c.c.c.", "c-c-c.c.c-c-c.c.", "c---------c-c-c-")},
    "scratch": {"4/4": (".c..c.cc.c..cc.c", "c.cc..c..cc.c.c.", "....c.cc....c.c.")},
    "skank": {"4/4": ("..c...c...c...c.", "..c...c...c...cc")},
    "charleston": {"4/4": ("c-....c-........", "......c-..c-....", "c---..c-....c-..")},
    "waltz": {"3/4": ("....c-..c-..", "0...c...c...", "0-..c-..c-..")},
    "shuffle": {"12": ("c-.c-cc-.c-c", "c.cc.cc.cc.c")},
    "bossa": {"4/4": ("c---..c-..c---c-", "c-..c-....c-..c-")},
    "fingered": {"4/4": ("0-3-2-1-0-3-2-1-", "0-2-3-2-1-2-3-2-")},
}  # fmt: skip
_SHORT: Final = {"stabs", "scratch", "skank", "gated"}


def bass_bar(
    figure: str, grid: str, *, chords: list[Chord], following: Chord, tonic: int, bar_beat: float, beats: int,
    rng: np.random.Generator,
) -> list[BarNote]:  # fmt: skip
    """One bar of a bass figure; the lowest root lies in E1-D#2 (MIDI 28-39)."""
    table = _BASS.get(figure, _BASS["root"])
    options = table.get(grid) or _BASS["root"][grid]
    pattern = options[int(rng.integers(len(options)))]
    step = beats / len(pattern)
    notes = []
    for index, length, symbol in _runs(pattern):
        chord = chords[min(len(chords) - 1, index * len(chords) // len(pattern))]
        root = 28 + (tonic + chord.root - 28) % 12
        if symbol == "a":
            target = 28 + (tonic + following.root - 28) % 12
            pitch = target + (1 if rng.random() < 0.5 else -1)
        else:
            pitch = root + _bass_step(symbol, chord)
        notes.append(BarNote(bar_beat + index * step, length * step * 0.95, pitch, 0.85 if index == 0 else 0.72))
    return notes


def make_riff(scale: tuple[int, ...], *, steps: int, rng: np.random.Generator) -> Riff:
    """A bar for a machine to repeat: mostly the tonic, its octave, steps of the scale, now and then one outside."""
    density, stray = float(rng.uniform(0.45, 0.8)), float(rng.uniform(0.0, 0.14))
    riff: Riff = []
    for step in range(steps):
        if step and rng.random() > density:
            continue
        draw = rng.random()
        if step == 0 or draw < 0.45:
            semitones = 0
        elif draw < 0.6:
            semitones = 12
        elif draw < 1.0 - stray:
            semitones = scale[int(rng.integers(len(scale)))]
        else:
            semitones = int(rng.integers(12))
        riff.append((step, 1 if rng.random() < 0.75 else 2, semitones))
    return riff


def riff_bar(riff: Riff, *, chord: Chord, tonic: int, bar_beat: float, beats: int, steps: int) -> list[BarNote]:
    """The riff in the bass, moved to the chord's root; its tonic lies in E1-D#2 (MIDI 28-39)."""
    root = 28 + (tonic + chord.root - 28) % 12
    step = beats / steps
    return [
        BarNote(bar_beat + at * step, 0.9 * length * step, root + up, 0.8 if at % 4 == 0 else 0.7)
        for at, length, up in riff
    ]


def _bass_step(symbol: str, chord: Chord) -> int:
    fifth = next((n for n in chord.shape if n in (6, 7, 8)), 7)
    if symbol == "3":
        return next((n for n in chord.shape if n in (3, 4)), fifth)
    if symbol == "7":
        return next((n for n in chord.shape if n in (9, 10, 11)), 10)
    return {"1": 0, "5": fifth, "8": 12}[symbol]


def voicing(chord: Chord, *, tonic: int, near: float, notes: int = 4) -> list[int]:
    """The chord as ascending MIDI pitches whose middle lies nearest to `near`, whichever inversion that takes."""
    classes = [(tonic + chord.root + step) % 12 for step in chord.shape[:5]]
    best: list[int] = []
    nearest = float("inf")
    for first in range(len(classes)):
        for octave in (36, 48, 60, 72):
            pitches = [octave + classes[first]]
            for name in classes[first + 1 :] + classes[:first]:
                pitches.append(pitches[-1] + ((name - pitches[-1]) % 12 or 12))
            distance = abs(sum(pitches) / len(pitches) - near)
            if distance < nearest:
                best, nearest = pitches, distance
    return best[: max(3, notes)]


def chord_bar(
    figure: str, grid: str, *, chords: list[Chord], tonic: int, bar_beat: float, beats: int, near: float,
    rng: np.random.Generator,
) -> list[BarNote]:  # fmt: skip
    """One bar of a chord figure around the MIDI pitch `near`."""
    table = _CHORDS.get(figure, _CHORDS["block"])
    options = table.get(grid) or _CHORDS["pad"][grid]
    pattern = options[int(rng.integers(len(options)))]
    step = beats / len(pattern)
    share = 0.5 if figure in _SHORT else 0.98
    notes = []
    for index, length, symbol in _runs(pattern):
        chord = chords[min(len(chords) - 1, index * len(chords) // len(pattern))]
        pitches = voicing(chord, tonic=tonic, near=near)
        if symbol != "c":
            rank, octave = int(symbol) % len(pitches), int(symbol) // len(pitches)
            pitches = [pitches[rank] + 12 * octave]
        accent = 0.78 if index % (len(pattern) // beats) == 0 else 0.66
        notes += [BarNote(bar_beat + index * step, length * step * share, pitch, accent) for pitch in pitches]
    return notes


def melody(
    bars: list[list[Chord]], scale: np.ndarray, *, tonic: int, beats: int, grid: str, first_beat: float, low: int,
    rng: np.random.Generator, busy: float,
) -> list[BarNote]:  # fmt: skip
    """A tune: a two-bar rhythm that returns, steps through the scale, chord notes on the beat, home at the end."""
    per_beat = {"4/4": 2, "3/4": 2, "6/8": 3, "12": 3}[grid]
    slots = per_beat * beats
    rhythms = [_rhythm(slots, per_beat, busy, rng) for _ in range(2)]
    pool = np.array([pitch for pitch in range(low, low + 20) if pitch % 12 in set(scale.tolist())])
    at = int(rng.integers(len(pool) // 3, 2 * len(pool) // 3))
    notes: list[BarNote] = []
    for number, chords in enumerate(bars):
        rhythm = rhythms[number % 2] if rng.random() < 0.8 else _rhythm(slots, per_beat, busy, rng)
        for slot, length in rhythm:
            chord = chords[min(len(chords) - 1, slot * len(chords) // slots)]
            at = int(np.clip(at + rng.integers(-2, 3), 0, len(pool) - 1))
            last = number == len(bars) - 1 and slot == rhythm[-1][0]
            wanted = {tonic % 12} if last else {(tonic + chord.root + step) % 12 for step in chord.shape}
            if last or (slot % per_beat == 0 and rng.random() < 0.75):
                at = _nearest(pool, at, wanted)
            beat = first_beat + number * beats + slot / per_beat
            if rng.random() < 0.06:  # a grace note from the step above
                notes.append(BarNote(beat - 0.12, 0.1, int(pool[min(at + 1, len(pool) - 1)]), 0.5))
            notes.append(BarNote(beat, length / per_beat * 0.92, int(pool[at]), float(0.7 + 0.2 * rng.random())))
    return notes


def _rhythm(slots: int, per_beat: int, busy: float, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Slots with their lengths: on beats often, between them by `busy`, and a breath at the end."""
    weights = [0.75 if slot % per_beat == 0 else busy for slot in range(slots - 1)]
    starts = [slot for slot, weight in enumerate(weights) if rng.random() < weight] or [0]
    ends = [*starts[1:], slots]
    return [(start, min(end - start, 2 * per_beat)) for start, end in zip(starts, ends, strict=True)]


def _nearest(pool: np.ndarray, at: int, wanted: set[int]) -> int:
    fitting = [index for index, pitch in enumerate(pool.tolist()) if pitch % 12 in wanted]
    return min(fitting, key=lambda index: abs(index - at)) if fitting else at


def _runs(pattern: str) -> list[tuple[int, int, str]]:
    """Index, length in steps, symbol of each note of a figure.

    >>> _runs("1--.5-")
    [(0, 3, '1'), (4, 2, '5')]
    """
    found = []
    for index, symbol in enumerate(pattern):
        if symbol not in "-.":
            held = len(pattern[index + 1 :]) - len(pattern[index + 1 :].lstrip("-"))
            found.append((index, 1 + held, symbol))
    return found
