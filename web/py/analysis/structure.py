"""The form of a track: sections with kind, letter and energy, and suggested cue points.

Bars are measured (`units`), cut into sections by change and repetition (`sections`), told apart by energy and kick
(`kinds`), and offered as places to jump to (`cues`).
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from shared.schema.analysis import RhythmEstimate, Section, Structure
from web.py.analysis.cues import suggest_cues
from web.py.analysis.kinds import measure_spans, name_kinds
from web.py.analysis.picture import Picture
from web.py.analysis.sections import cut_sections
from web.py.analysis.tonal import Tonal
from web.py.analysis.units import Units, cut_units

__all__ = ["find_structure", "on_downbeats"]

_MIN_SECONDS: Final = 20.0
_EVEN_KICK: Final = 0.75
_DEEP_BASS: Final = 0.6


def find_structure(
    picture: Picture,
    tonal: Tonal,
    *,
    cents: float,
    rhythm: RhythmEstimate | None,
    beats: np.ndarray,
    downbeats: np.ndarray,
    duration_seconds: float,
) -> Structure | None:
    """Sections that cover 0 to `duration_seconds` without gaps, and cues; `None` of less than 20 s or of silence.

    cents: tuning as in `Tuning`. beats, downbeats: seconds, ascending, may be empty. Where the beat is clear, sections
    and cues begin on downbeats (or where downbeats would lie that are missing), else on beats or about every two
    seconds.
    """
    if duration_seconds < _MIN_SECONDS:
        return None
    units = cut_units(
        picture,
        tonal,
        cents=cents,
        rhythm=rhythm,
        beats=beats,
        downbeats=downbeats,
        duration_seconds=duration_seconds,
    )
    if units is None:
        return None
    spans = measure_spans(units, *cut_sections(units))
    kinds = name_kinds(spans, signs=_club_signs(units, rhythm))
    times = [0.0, *(float(units.edges[span.first]) for span in spans[1:]), float(duration_seconds)]
    sections = tuple(
        Section(
            start_seconds=round(start, 4),
            end_seconds=round(end, 4),
            kind=kind,
            letter=span.letter,
            energy=round(span.energy, 1),
        )
        for start, end, kind, span in zip(times[:-1], times[1:], kinds, spans, strict=True)
    )
    return Structure(sections=sections, cues=suggest_cues(units, spans, kinds))


def _club_signs(units: Units, rhythm: RhythmEstimate | None) -> int:
    """How much of the beat and the bass speaks for a club track; -1 where there is no steady grid."""
    if rhythm is None or not rhythm.steady or units.bars == 0:
        return -1
    return (units.evenness > _EVEN_KICK) + (units.bass_share > _DEEP_BASS)


def on_downbeats(structure: Structure, downbeats: np.ndarray) -> Structure:
    """The same sections and cues on the nearest of other downbeats (seconds, ascending), as after a grid is corrected.

    The beginning and the end stay; a section that a coarser grid leaves no room goes.
    """
    if not downbeats.size:
        return structure

    def near(seconds: float) -> float:
        return round(float(downbeats[np.argmin(np.abs(downbeats - seconds))]), 4)

    first, end = structure.sections[0], structure.sections[-1].end_seconds
    kept = [first]
    for section in structure.sections[1:]:
        start = near(section.start_seconds)
        if kept[-1].start_seconds < start < end:
            kept.append(msgspec.structs.replace(section, start_seconds=start))
    ends = [*(section.start_seconds for section in kept[1:]), end]
    return Structure(
        sections=tuple(msgspec.structs.replace(one, end_seconds=stop) for one, stop in zip(kept, ends, strict=True)),
        cues=tuple(msgspec.structs.replace(cue, seconds=near(cue.seconds)) for cue in structure.cues),
    )
