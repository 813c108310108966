"""What each section is: intro, verse, build, drop, chorus, break or outro, from energy, kick and repetition.

The words come from two traditions that share a shape. In club music the kick leaves (break), tension rises (build), and
kick and bass return at the loudest place (drop). In songs the loudest part that comes back is the chorus. Which one a
track is told as depends on its beat and bass: a steady grid with two of a kick that leaves and returns, an even kick,
and deep bass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import SectionKind
from web.py.analysis.units import Units

__all__ = ["Span", "has_kick", "measure_spans", "name_kinds", "unit_energy"]

_RANGE_DB: Final = 14.0  # so far under the loud parts a level counts as no energy
#: Shares of level, of onset strength and of kick in energy.
_LEVEL_SHARE, _FLUX_SHARE, _KICK_SHARE = 0.45, 0.3, 0.25
_KICK_IN, _KICK_OUT = 0.6, 0.4  # of the kick in the parts where it is strongest
_NEAR_TOP: Final = 12.0  # points of energy
_LOWER: Final = 15.0
#: Points of energy: less than so far apart nothing stands out; parts no further apart are as loud.
_FLAT, _SAME_LOUDNESS = 3.0, 4.0
#: Growth of tension (octaves of brightness and the like) that makes a build, and that goes on before one.
_RISE, _SLIGHT_RISE, _JUMP = 0.4, 0.1, 5.0
_LONGEST_BUILD: Final = 16
_EDGE_SHARE: Final = 0.3  # of the track: no intro is longer, no outro


class Span(NamedTuple):
    """A section in units [first, stop): its letter and what tells its kind.

    energy: 0-100. kick: 0-1 of its greatest. rise: how far tension grows (brightness in octaves and the like).
    """

    first: int
    stop: int
    letter: str
    energy: float
    kick: float
    rise: float

    @property
    def length(self) -> int:
        """Units in it."""
        return self.stop - self.first


def unit_energy(units: Units) -> np.ndarray:
    """Energy 0-100 of each unit within its song: level, onset strength and kick, against the song's strongest parts."""
    level = 1.0 + (units.level_db - np.quantile(units.level_db, 0.95)) / _RANGE_DB
    flux = units.flux / max(float(np.quantile(units.flux, 0.95)), 1e-9)
    parts = _LEVEL_SHARE * np.clip(level, 0, 1) + _FLUX_SHARE * np.clip(flux, 0, 1) + _KICK_SHARE * kick_share(units)
    energy: np.ndarray = 100.0 * parts
    return energy


def kick_share(units: Units) -> np.ndarray:
    """Low-band onset strength of each unit, 0-1 of that in the parts where it is strongest."""
    share: np.ndarray = np.clip(units.kick / max(float(np.quantile(units.kick, 0.9)), 1e-9), 0.0, 1.0)
    return share


def has_kick(span: Span) -> bool:
    """Whether the beat's low end runs through the section."""
    return span.kick >= _KICK_IN


def measure_spans(units: Units, starts: np.ndarray, letters: Sequence[str]) -> list[Span]:
    """Sections with what tells their kind."""
    energy, kick = unit_energy(units), kick_share(units)
    stops = [*starts[1:].tolist(), units.size]
    tension = units.bright + 6.0 * units.noisy + units.flux / max(float(np.quantile(units.flux, 0.95)), 1e-9)
    return [
        Span(
            int(first),
            int(stop),
            letter,
            float(energy[first:stop].mean()),
            float(kick[first:stop].mean()),
            _rise(tension[first:stop]),
        )
        for first, stop, letter in zip(starts, stops, letters, strict=True)
    ]


def _rise(tension: np.ndarray) -> float:
    """Growth along the trend, times the share of the variance that the trend explains."""
    if len(tension) < 3:
        return 0.0
    numbers = np.arange(len(tension)) - (len(tension) - 1) / 2
    centred = tension - tension.mean()
    slope = float(np.dot(numbers, centred) / np.dot(numbers, numbers))
    explained = slope**2 * float(np.dot(numbers, numbers)) / max(float(np.dot(centred, centred)), 1e-12)
    return slope * len(tension) * explained


def name_kinds(spans: Sequence[Span], *, club: bool) -> list[SectionKind]:
    """The kind of each section; `club` tells drops from choruses."""
    kinds: list[SectionKind | None] = [None] * len(spans)
    top = max(span.energy for span in spans)
    if len(spans) > 1:
        _name_ends(spans, kinds, top)
    for at in range(len(spans) - 2, 0, -1):
        if kinds[at] is None and _is_build(spans, kinds, at, top):
            kinds[at] = "build"
    for at in range(1, len(spans) - 1):
        if kinds[at] is None and _is_break(spans, at, kinds):
            kinds[at] = "break"
    best = _drops(spans, kinds, top) if club else _choruses(spans, kinds)
    for at in best:
        kinds[at] = "drop" if club else "chorus"
    return [kind or "verse" for kind in kinds]


def _name_ends(spans: Sequence[Span], kinds: list[SectionKind | None], top: float) -> None:
    """Intro and outro: what is quieter than the rest at either end, or returns only at the other end."""
    total = spans[-1].stop - spans[0].first
    uses = Counter(span.letter for span in spans)
    shared = spans[0].letter == spans[-1].letter and uses[spans[0].letter] == 2
    for at, step, kind in ((0, 1, "intro"), (len(spans) - 1, -1, "outro")):
        span, beside = spans[at], spans[at + step]
        softer = span.energy < top - _LOWER or span.energy < beside.energy - _LOWER / 2
        if span.length <= _EDGE_SHARE * total and (softer or shared or uses[span.letter] == 1):
            kinds[at] = kind  # type: ignore[call-overload]


def _is_build(spans: Sequence[Span], kinds: Sequence[SectionKind | None], at: int, top: float) -> bool:
    """A short rise of tension up to one of the loudest sections, or up to such a rise."""
    span, after = spans[at], spans[at + 1]
    if span.length > _LONGEST_BUILD or after.energy < span.energy + _JUMP:
        return False
    if kinds[at + 1] == "build":
        return span.kick < after.kick and span.rise > _SLIGHT_RISE and span.length + after.length <= _LONGEST_BUILD
    return after.energy > top - _NEAR_TOP and span.rise > (_RISE if span.kick < 0.8 * after.kick else 2 * _RISE)


def _is_break(spans: Sequence[Span], at: int, kinds: Sequence[SectionKind | None]) -> bool:
    """The low end is gone, or far less energy than on both sides, after music that had it."""
    span = spans[at]
    before = max(other.energy for other in spans[:at])
    had_kick = any(has_kick(other) for other in spans[:at])
    if had_kick and span.kick < _KICK_OUT:
        return True
    after = next((other for other, kind in zip(spans[at + 1 :], kinds[at + 1 :], strict=True) if kind != "build"), span)
    return span.energy < before - 1.5 * _LOWER and span.energy < after.energy - _LOWER


def _drops(spans: Sequence[Span], kinds: Sequence[SectionKind | None], top: float) -> list[int]:
    """The loudest sections after a build or a break, those that sound like them, and what goes on as loud."""
    able = [at for at, span in enumerate(spans) if at and kinds[at] is None and span.energy >= top - _NEAR_TOP]
    entered = [at for at in able if kinds[at - 1] in ("build", "break")]
    letters = {spans[at].letter for at in entered}
    found: list[int] = []
    for at in able:
        goes_on = bool(found) and found[-1] == at - 1 and spans[at].energy > spans[at - 1].energy - _NEAR_TOP / 2
        if at in entered or spans[at].letter in letters or goes_on:
            found.append(at)
    return found or _choruses(spans, kinds)


def _choruses(spans: Sequence[Span], kinds: Sequence[SectionKind | None]) -> list[int]:
    """The loudest letter that comes back, and others as loud as it; none where nothing stands out."""
    middle = [at for at, kind in enumerate(kinds) if kind is None]
    uses = Counter(spans[at].letter for at in middle)
    risen = {spans[at].letter for at in middle if at and kinds[at - 1] == "build"}
    if len(uses) < 2:
        return [at for at in middle if spans[at].letter in risen]
    energy = {
        letter: float(np.mean([spans[at].energy for at in middle if spans[at].letter == letter])) for letter in uses
    }
    top, quiet = max(energy.values()), min(energy.values())
    repeated = [energy[letter] for letter, count in uses.items() if count > 1 and energy[letter] > top - _NEAR_TOP]
    loudest = max(repeated, default=top)
    if loudest - quiet < _FLAT:
        chosen = risen
    else:
        near = min(_SAME_LOUDNESS, (loudest - quiet) / 4)
        chosen = risen | {letter for letter in uses if energy[letter] >= loudest - near}
    return [at for at in middle if spans[at].letter in chosen]
