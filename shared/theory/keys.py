"""The 24 major and minor keys, their names, and how two keys relate.

Conventions: pitch classes are integers, C = 0 to B = 11. A key is its tonic's pitch class and its mode.
Names are ASCII ("F# major", "Eb minor"); `symbol` has the typographic signs ("F♯ major"). Each key is
spelled with the fewer accidentals; of the two with six, F# major and Eb minor, as the Camelot wheel has it.

Camelot (Mark Davis, Mixed In Key): 1-12 around the circle of fifths, A minor = 8A, C major = 8B.
Open Key (Beatport, Traktor): the same circle with C major = 1d and A minor = 1m.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from shared.errors import KeylightError
from shared.units import midi_to_hz

__all__ = ["KEYS", "Key", "Mode", "Relation", "compatible", "key_at", "parse_key", "reason", "relation", "tonic_triad"]

Mode = Literal["major", "minor"]
Relation = Literal[
    "same key",
    "relative",
    "parallel",
    "fifth above",
    "fifth below",
    "relative of the fifth above",
    "relative of the fifth below",
    "semitone above",
    "semitone below",
    "distant",
]

_MAJOR_TONICS: Final = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_TONICS: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
_LETTERS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS: Final = {"#": 1, "♯": 1, "b": -1, "♭": -1}
_MINOR_TO_RELATIVE_MAJOR: Final = 3  # semitones up
_FIFTH: Final = 7  # semitones; also its own inverse modulo 12
_REASONS: Final[dict[Relation, str]] = {
    "same key": "same home note, same seven notes",
    "relative": "same seven notes, other home note",
    "fifth above": "six of seven notes shared, home a fifth higher",
    "fifth below": "six of seven notes shared, home a fifth lower",
    "relative of the fifth above": "six of seven notes shared, the relative of the key a fifth higher",
    "relative of the fifth below": "six of seven notes shared, the relative of the key a fifth lower",
    "semitone above": "same melody a semitone higher",
    "semitone below": "same melody a semitone lower",
}
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven")


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One key. Take it from `KEYS`, `key_at` or `parse_key`; do not construct it.

    tonic: pitch class 0-11. name: "A minor". short: "Am". symbol: "F♯ major".
    camelot: "8A". open_key: "1m". wheel: position 0-11 on the circle of fifths, C major and A minor at 0.
    """

    tonic: int
    mode: Mode
    name: str
    short: str
    symbol: str
    camelot: str
    open_key: str
    wheel: int


def _make_key(tonic: int, mode: Mode) -> Key:
    minor = mode == "minor"
    letter = (_MINOR_TONICS if minor else _MAJOR_TONICS)[tonic]
    wheel = (tonic + _MINOR_TO_RELATIVE_MAJOR * minor) * _FIFTH % 12
    name = f"{letter} {mode}"
    return Key(
        tonic=tonic,
        mode=mode,
        name=name,
        short=letter + "m" * minor,
        symbol=letter.replace("#", "♯").replace("b", "♭") + " " + mode,
        camelot=f"{(wheel + 7) % 12 + 1}{'A' if minor else 'B'}",
        open_key=f"{wheel + 1}{'m' if minor else 'd'}",
        wheel=wheel,
    )


#: All keys: C major to B major, then C minor to B minor (index = tonic + 12 when minor).
KEYS: Final[tuple[Key, ...]] = tuple(_make_key(tonic, mode) for mode in ("major", "minor") for tonic in range(12))

_BY_CODE: Final = {code: key for key in KEYS for code in (key.camelot.lower(), key.open_key)}


def key_at(tonic: int, mode: Mode) -> Key:
    """The key on a tonic; any integer is taken modulo 12.

    >>> key_at(9, "minor").camelot
    '8A'
    """
    return KEYS[tonic % 12 + 12 * (mode == "minor")]


def parse_key(text: str) -> Key:
    """Read a key in any notation that DJ software writes: musical, Camelot or Open Key.

    >>> parse_key("Am").name, parse_key("8a").name, parse_key("1m").name, parse_key("G♭ major").name
    ('A minor', 'A minor', 'A minor', 'F# major')

    Raises `KeylightError` with the text when it is no key.
    """
    trimmed = text.strip()
    code = trimmed.lower().lstrip("0")
    if code in _BY_CODE:
        return _BY_CODE[code]
    letter = trimmed[:1].upper()
    rest = trimmed[1:]
    if letter not in _LETTERS:
        raise _not_a_key(text)
    shift = 0
    while rest and rest[0] in _ACCIDENTALS:
        shift += _ACCIDENTALS[rest[0]]
        rest = rest[1:]
    return key_at(_LETTERS[letter] + shift, _parse_mode(rest.strip(), text))


def _parse_mode(word: str, text: str) -> Mode:
    if word == "M" or word.lower() in ("", "maj", "major", "dur"):
        return "major"
    if word.lower() in ("m", "min", "minor", "moll"):
        return "minor"
    raise _not_a_key(text)


def _not_a_key(text: str) -> KeylightError:
    return KeylightError(
        f"Expected a key such as A minor, Am, 8A or 1m, got {text!r}. Write the tonic and the mode, or a wheel code."
    )


def relation(of: Key, to: Key) -> Relation:
    """How key `of` lies to key `to`, in words.

    >>> relation(parse_key("C"), parse_key("Am"))
    'relative'
    >>> relation(parse_key("Em"), parse_key("Am"))
    'fifth above'
    """
    steps = (of.wheel - to.wheel) % 12
    if of.mode == to.mode:
        by_steps: dict[int, Relation] = {
            0: "same key",
            1: "fifth above",
            11: "fifth below",
            7: "semitone above",
            5: "semitone below",
        }
        return by_steps.get(steps, "distant")
    if of.tonic == to.tonic:
        return "parallel"
    across: dict[int, Relation] = {
        0: "relative",
        1: "relative of the fifth above",
        11: "relative of the fifth below",
    }
    return across.get(steps, "distant")


def reason(of: Key, to: Key) -> str:
    """What a listener could take for the other: why music in key `to` may be heard in key `of`.

    >>> reason(parse_key("C"), parse_key("Am"))
    'same seven notes, other home note'
    >>> reason(parse_key("A"), parse_key("Am"))
    'same home note, major third instead of minor'
    >>> reason(parse_key("Em"), parse_key("Am"))
    'six of seven notes shared, home a fifth higher'
    >>> reason(parse_key("F#"), parse_key("C"))
    'two of seven notes shared'
    """
    kind = relation(of, to)
    if kind == "parallel":
        return f"same home note, {of.mode} third instead of {to.mode}"
    if kind in _REASONS:
        return _REASONS[kind]
    apart = min((of.wheel - to.wheel) % 12, (to.wheel - of.wheel) % 12)  # each fifth changes one note of the seven
    return f"{_NUMBERS[max(2, 7 - apart)]} of seven notes shared"


def compatible(key: Key) -> tuple[Key, ...]:
    """The keys that mix with `key` by the wheel: itself, its neighbours up and down, its relative.

    >>> [k.camelot for k in compatible(parse_key("8A"))]
    ['8A', '9A', '7A', '8B']
    """
    same_ring = [k for k in KEYS if k.mode == key.mode]
    by_wheel = {k.wheel: k for k in same_ring}
    relative = next(k for k in KEYS if k.mode != key.mode and k.wheel == key.wheel)
    return key, by_wheel[(key.wheel + 1) % 12], by_wheel[(key.wheel - 1) % 12], relative


def tonic_triad(key: Key) -> tuple[float, float, float, float]:
    """The key's own chord, root doubled below, as frequency ratios to A4 (multiply by the tuning in Hz).

    The upper root lies between F#3 and F4, where a triad sounds neither muddy nor thin.

    >>> [round(440 * ratio, 1) for ratio in tonic_triad(parse_key("A minor"))]
    [110.0, 220.0, 261.6, 329.6]
    """
    root = 54 + (key.tonic - 54) % 12
    third = 3 if key.mode == "minor" else 4
    bass, low, middle, high = (midi_to_hz(note, a4_hz=1.0) for note in (root - 12, root, root + third, root + _FIFTH))
    return bass, low, middle, high
