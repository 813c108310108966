"""What each section is: intro, verse, build, drop, chorus, break or outro, from energy, kick and repetition.

The words come from two traditions that share a shape. In club music the kick leaves (break), tension rises (build), and
kick and bass return at the loudest place (drop). In songs the loudest part that comes back is the chorus. Which one a
track is told as depends on its beat, bass and form: a steady grid with two of a kick that leaves and returns, an even
kick, deep bass, and builds.
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
_FLAT, _SAME_LOUDNESS, _AS_LOUD = 3.0, 4.0, 1.0
#: Growth of tension (octaves of brightness and the like) that makes a build, with kick or roll and without, and that
#: goes on before one; and points of energy from a build to what it leads to.
_RISE, _BARE_RISE, _SLIGHT_RISE, _JUMP = 0.35, 1.0, 0.1, 5.0
#: Signs of a club track that are enough; kick from which a section has it, and below which it is gone.
_ENOUGH_SIGNS: Final = 2
_KICK_RUNS, _KICK_GONE = 0.8, 0.5
_LONGEST_BUILD: Final = 16
_INTRO_LOWER, _OUTRO_LOWER = 33.0, 22.0
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


def name_kinds(spans: Sequence[Span], *, signs: int) -> list[SectionKind]:
    """The kind of each section.

    signs: how much speaks for a club track beside its form, 0-2 (an even kick, deep bass), -1 against (no steady grid).
    A kick that leaves and comes back, and builds, speak for it too: with two signs the peaks are drops, else choruses.
    """
    kinds: list[SectionKind | None] = [None] * len(spans)
    top = max(span.energy for span in spans)
    if len(spans) > 1:
        _name_ends(spans, kinds, top)
    for at in range(len(spans) - 2, 0, -1):
        if kinds[at] is None and _is_build(spans, kinds, at, top):
            kinds[at] = "build"
    club = signs >= 0 and signs + _kick_leaves(spans) + ("build" in kinds) >= _ENOUGH_SIGNS
    for at in range(1, len(spans) - 1):
        if kinds[at] is None and _is_break(spans, at, kinds, club=club):
            kinds[at] = "break"
    for at in _drops(spans, kinds, top) if club else _choruses(spans, kinds):
        kinds[at] = "drop" if club else "chorus"
    _widen_ends(spans, kinds, top)
    return [kind or "verse" for kind in kinds]


def _kick_leaves(spans: Sequence[Span]) -> bool:
    """Whether the kick is gone somewhere between its first and its last strong section."""
    strong = [at for at, span in enumerate(spans) if span.kick > _KICK_RUNS]
    return bool(strong) and any(span.kick < _KICK_GONE for span in spans[strong[0] : strong[-1]])


def _name_ends(spans: Sequence[Span], kinds: list[SectionKind | None], top: float) -> None:
    """Intro and outro: what is quieter than the rest at either end, or returns only at the other end."""
    total = spans[-1].stop - spans[0].first
    uses = Counter(span.letter for span in spans)
    shared = spans[0].letter == spans[-1].letter and uses[spans[0].letter] == 2
    ends: tuple[tuple[int, int, SectionKind], ...] = ((0, 1, "intro"), (-1, -2, "outro"))
    for at, next_to, kind in ends:
        span, beside = spans[at], spans[next_to]
        softer = span.energy < top - _LOWER or span.energy < beside.energy - _LOWER / 2
        if span.length <= _EDGE_SHARE * total and (softer or shared or uses[span.letter] == 1):
            kinds[at] = kind


def _is_build(spans: Sequence[Span], kinds: Sequence[SectionKind | None], at: int, top: float) -> bool:
    """A short rise of tension up to one of the loudest sections, or up to such a rise."""
    span, after = spans[at], spans[at + 1]
    if span.length > _LONGEST_BUILD or after.energy < span.energy + _JUMP:
        return False
    if kinds[at + 1] == "build":
        return span.kick < after.kick and span.rise > _SLIGHT_RISE and span.length + after.length <= _LONGEST_BUILD
    return after.energy > top - _NEAR_TOP and span.rise > (_RISE if span.kick >= _KICK_OUT else _BARE_RISE)


def _is_break(spans: Sequence[Span], at: int, kinds: Sequence[SectionKind | None], *, club: bool) -> bool:
    """The low end is gone after music that had it (in club tracks also before), or far less energy than around it."""
    span = spans[at]
    had_kick = any(other.kick >= _KICK_IN for other in (spans if club else spans[:at]))
    if had_kick and span.kick < _KICK_OUT and not (kinds[at - 1] == "intro" and not club):
        return True
    before = max(other.energy for other in spans[:at])
    after = next((other for other, kind in zip(spans[at + 1 :], kinds[at + 1 :], strict=True) if kind != "build"), span)
    return span.energy < before - 1.5 * _LOWER and span.energy < after.energy - _LOWER


def _widen_ends(spans: Sequence[Span], kinds: list[SectionKind | None], top: float) -> None:
    """What is as quiet beside the outro belongs to it, as long as the outro stays short; so with the intro."""
    total = spans[-1].stop - spans[0].first
    for order, lower in ((range(len(spans)), _INTRO_LOWER), (range(len(spans) - 1, -1, -1), _OUTRO_LOWER)):
        length = 0
        for at, kind in ((at, kinds[at]) for at in order):
            length += spans[at].length
            if length > _EDGE_SHARE * total or (kind is not None and kind not in ("intro", "outro")):
                break
            if kind is None and (at == order[0] or spans[at].energy > top - lower):
                break
            kinds[at] = kind or kinds[order[0]]


def _drops(spans: Sequence[Span], kinds: Sequence[SectionKind | None], top: float) -> list[int]:
    """The loudest sections after a build or a break, those that sound like them or are as loud, and what goes on so."""
    able = [at for at, span in enumerate(spans) if at and kinds[at] is None and span.energy >= top - _NEAR_TOP]
    entered = [at for at in able if kinds[at - 1] in ("build", "break")]
    if not entered:
        return _choruses(spans, kinds)
    letters = {spans[at].letter for at in entered}
    loud = float(np.mean([spans[at].energy for at in entered])) - _AS_LOUD
    found: list[int] = []
    for at in able:
        goes_on = bool(found) and found[-1] == at - 1 and spans[at].energy > spans[at - 1].energy - _NEAR_TOP / 2
        if spans[at].letter in letters or spans[at].energy >= loud or goes_on:
            found.append(at)
    return found


def _choruses(spans: Sequence[Span], kinds: Sequence[SectionKind | None]) -> list[int]:
    """The loudest that comes back, by letter or loudness, and what a build leads to; none where nothing stands out."""
    middle = [at for at, kind in enumerate(kinds) if kind is None]
    chosen = {spans[at].letter for at in middle if at and kinds[at - 1] == "build"}
    letters = {spans[at].letter for at in middle}
    energy = {
        letter: float(np.mean([spans[at].energy for at in middle if spans[at].letter == letter])) for letter in letters
    }
    levels = sorted((energy[spans[at].letter] for at in middle), reverse=True)
    loud = next((level for level in levels[1:2] if level > levels[0] - _NEAR_TOP), max(levels, default=0.0))
    if len(letters) > 1 and loud - levels[-1] >= _FLAT:
        near = min(_SAME_LOUDNESS, (loud - levels[-1]) / 4)
        chosen |= {letter for letter in letters if energy[letter] >= loud - near}
    return [at for at in middle if spans[at].letter in chosen]
