"""Where a DJ or an editor jumps to: load, mix in, drop, chorus, break, mix out, on downbeats, with reasons in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.schema.analysis import CueKind, CuePoint, SectionKind
from web.py.analysis.kinds import Span, has_kick, kick_share
from web.py.analysis.units import Units

__all__ = ["suggest_cues"]

_MOST: Final = 8
_PHRASE: Final = 4
_ROOM: Final = 16  # bars that a mix takes
_ROOM_SECONDS: Final = 30.0  # the same at 128 BPM, for music without bars
_BEAT_RUNS: Final = 0.5  # of the kick where it is strongest
_TOO_LATE: Final = 0.6  # of the track: nobody mixes in there


def suggest_cues(units: Units, spans: Sequence[Span], kinds: Sequence[SectionKind]) -> tuple[CuePoint, ...]:
    """At most eight cues in order of time."""
    cues = [_load(units), *_mix_in(units, spans, kinds), *_mix_out(units, spans, kinds)]
    inner = _peaks(units, spans, kinds) + _breaks(units, spans, kinds)
    ranked = sorted(inner, key=lambda found: found[0], reverse=True)[: _MOST - len(cues)]
    cues += [cue for _, cue in ranked]
    return tuple(sorted(cues, key=lambda cue: cue.seconds))


def _cue(units: Units, unit: int, kind: CueKind, reason: str) -> CuePoint:
    return CuePoint(seconds=round(float(units.edges[unit]), 4), kind=kind, reason=reason)


def _words(units: Units, count: int) -> str:
    """The length of `count` units in words: "1 bar", "16 bars", or "31 s" where there are no bars."""
    if units.bars == 0:
        return f"{round(count * float(np.median(np.diff(units.edges))))} s"
    bars = count * units.bars
    return "1 bar" if bars == 1 else f"{bars} bars"


def _room(units: Units) -> int:
    """Units that a mix takes."""
    if units.bars:
        return max(1, _ROOM // units.bars)
    return max(1, round(_ROOM_SECONDS / float(np.median(np.diff(units.edges)))))


def _load(units: Units) -> CuePoint:
    begin = units.begin_seconds if units.begin_seconds is not None else float(units.edges[0])
    return CuePoint(
        seconds=round(begin, 4), kind="load", reason="first downbeat with sound" if units.bars else "first sound"
    )


def _mix_in(units: Units, spans: Sequence[Span], kinds: Sequence[SectionKind]) -> list[CuePoint]:
    """The first phrase on which the beat runs; where that is a drop or chorus itself, the beginning before it."""
    runs = kick_share(units) >= _BEAT_RUNS
    steady = np.flatnonzero(runs[:-1] & runs[1:])
    if units.bars == 0 or steady.size == 0:
        return []
    first = _on_a_phrase(int(steady[0]), spans)
    if first >= _TOO_LATE * units.size:
        return []
    peaks = [spans[at].first for at in range(len(spans)) if _begins_peak(kinds, at)]
    if first and first in peaks:
        kind = kinds[next(at for at, span in enumerate(spans) if span.first == first)]
        return [_cue(units, 0, "mix in", f"no beat yet, {_words(units, first)} before the {kind}")]
    beat = "kick" if "drop" in kinds else "strong beat"  # without drops what is low may be a piano's left hand
    begins = next((at for at, span in enumerate(spans) if span.first == first), 0)
    if first == 0:
        reason = "the beat runs from the first bar"
    else:
        reason = f"first {beat}" + (" after the intro" if begins and kinds[begins - 1] == "intro" else "")
    ahead = next((at for at, span in enumerate(spans) if span.first > first and _begins_peak(kinds, at)), None)
    if ahead is not None:
        reason += f", {_words(units, spans[ahead].first - first)} before the {kinds[ahead]}"
    return [_cue(units, first, "mix in", reason)]


def _begins_peak(kinds: Sequence[SectionKind], at: int) -> bool:
    """Whether a drop or chorus begins with this section rather than goes on."""
    return kinds[at] in ("drop", "chorus") and (at == 0 or kinds[at - 1] != kinds[at])


def _on_a_phrase(unit: int, spans: Sequence[Span]) -> int:
    """The unit itself, or the section start or phrase within one unit of it."""
    span = next(span for span in spans if unit < span.stop)
    inside = (unit - span.first) % _PHRASE
    if inside == 1:
        return unit - 1
    return min(unit + 1, span.stop) if inside == _PHRASE - 1 or unit + 1 == span.stop else unit


def _mix_out(units: Units, spans: Sequence[Span], kinds: Sequence[SectionKind]) -> list[CuePoint]:
    """The outro where it is long enough, else the last section or phrase that leaves a mix its room."""
    room = _room(units)
    outro = units.size
    for span, kind in zip(reversed(spans), reversed(kinds), strict=True):
        if kind != "outro":
            break
        outro = span.first
    left = units.size - outro
    if left >= room // 2:
        return [_cue(units, outro, "mix out", f"the outro: {_words(units, left)} to mix out")]
    latest = units.size - room
    if latest <= room:
        return []
    starts = [span.first for span in spans if latest - room // 2 <= span.first <= latest]
    if starts:
        at = starts[-1]
        return [_cue(units, at, "mix out", f"last part that leaves {_words(units, units.size - at)}")]
    span = next(span for span in spans if latest < span.stop)
    at = span.first + (latest - span.first) // _PHRASE * _PHRASE
    what = "phrase" if units.bars else "place"
    return [_cue(units, at, "mix out", f"last {what} that leaves {_words(units, units.size - at)}")]


def _peaks(units: Units, spans: Sequence[Span], kinds: Sequence[SectionKind]) -> list[tuple[float, CuePoint]]:
    """Where drops and choruses begin, the most energetic first."""
    found = []
    for at, span in enumerate(spans):
        kind = kinds[at]
        if (kind != "drop" and kind != "chorus") or not _begins_peak(kinds, at):
            continue
        before = spans[at - 1] if at else None
        if before and kinds[at - 1] in ("build", "break"):
            what = "kick and bass return" if kind == "drop" else "the chorus comes"
            reason = f"{what} after {_words(units, before.length)} of {kinds[at - 1]}"
        else:
            reason = "the loudest part begins" if kind == "drop" else "the chorus begins"
        found.append((100.0 + span.energy, _cue(units, span.first, kind, reason)))
    return found


def _breaks(units: Units, spans: Sequence[Span], kinds: Sequence[SectionKind]) -> list[tuple[float, CuePoint]]:
    found = []
    for at, span in enumerate(spans):
        if kinds[at] != "break" or (at and kinds[at - 1] == "break"):
            continue
        before = spans[at - 1] if at else span
        leaves = "drop" in kinds and has_kick(before) and not has_kick(span)
        what = "kick and bass leave" if leaves else "the music thins out"
        found.append((float(span.length), _cue(units, span.first, "break", f"{what} for {_words(units, span.length)}")))
    return found
