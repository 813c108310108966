"""Kinds of sections and cues from planted sections: what energy, kick and rise say without any audio."""

from __future__ import annotations

import numpy as np
import pytest

from web.py.analysis.cues import suggest_cues
from web.py.analysis.kinds import Span, name_kinds
from web.py.analysis.units import Units

_CLUB = 2  # signs: an even kick and deep bass


def _spans(*rows: tuple[str, int, float, float, float]) -> list[Span]:
    """From (letter, bars, energy, kick, rise) in a row."""
    spans, at = [], 0
    for letter, bars, energy, kick, rise in rows:
        spans.append(Span(at, at + bars, letter, energy, kick, rise))
        at += bars
    return spans


def _units(spans: list[Span], *, bars: int = 1) -> Units:
    """Bars of two seconds whose kick is that of their section."""
    kick = np.concatenate([np.full(span.length, span.kick) for span in spans])
    flat = np.zeros(kick.size)
    edges = 0.5 + 2.0 * np.arange(kick.size + 1)
    return Units(edges, bars, flat[:, None], flat[:, None], flat, kick, flat, flat, flat, 1.0, 1.0)


_FORM = _spans(
    ("A", 16, 60, 0.9, 0.0),
    ("B", 16, 85, 0.9, 0.0),
    ("C", 16, 45, 0.1, 0.0),
    ("D", 8, 70, 0.5, 2.0),
    ("E", 32, 95, 1.0, 0.0),
    ("A", 16, 60, 0.9, 0.0),
)


def test_a_club_track() -> None:
    assert name_kinds(_FORM, signs=_CLUB) == ["intro", "verse", "break", "build", "drop", "outro"]


def test_the_same_form_without_a_steady_grid_has_a_chorus() -> None:
    assert name_kinds(_FORM, signs=-1) == ["intro", "verse", "break", "build", "chorus", "outro"]


def test_the_loudest_that_returns_is_the_chorus() -> None:
    spans = _spans(
        ("A", 4, 40, 0.2, 0.0),
        ("B", 16, 75, 0.8, 0.0),
        ("C", 8, 92, 0.9, 0.0),
        ("B", 16, 76, 0.8, 0.0),
        ("C", 8, 93, 0.9, 0.0),
        ("D", 8, 40, 0.3, 0.1),
        ("C", 8, 94, 0.9, 0.0),
    )
    expected = ["intro", "verse", "chorus", "verse", "chorus", "break", "chorus"]
    assert name_kinds(spans, signs=0) == expected


def test_nothing_stands_out_where_all_is_as_loud() -> None:
    spans = _spans(*((letter, 16, 90.0, 0.9, 0.0) for letter in "ABAB"))
    assert set(name_kinds(spans, signs=-1)) == {"verse"}


def test_a_rise_that_leads_nowhere_is_no_build() -> None:
    spans = _spans(("A", 16, 90, 0.9, 0.0), ("B", 8, 80, 0.9, 2.0), ("C", 16, 60, 0.9, 0.0), ("A", 16, 90, 0.9, 0.0))
    assert "build" not in name_kinds(spans, signs=_CLUB)


def test_one_section_is_a_verse() -> None:
    assert name_kinds(_spans(("A", 40, 90, 0.9, 0.0)), signs=_CLUB) == ["verse"]


def test_reasons_count_bars() -> None:
    cues = suggest_cues(_units(_FORM), _FORM, name_kinds(_FORM, signs=_CLUB))
    assert [(cue.kind, cue.seconds, cue.reason) for cue in cues] == [
        ("load", 0.5, "first downbeat with sound"),
        ("mix in", 0.5, "the beat runs from the first bar, 56 bars before the drop"),
        ("break", 64.5, "kick and bass leave for 16 bars"),
        ("drop", 112.5, "kick and bass return after 8 bars of build"),
        ("mix out", 176.5, "the outro: 16 bars to mix out"),
    ]


def test_units_of_four_bars_are_counted_as_four() -> None:
    cues = suggest_cues(_units(_FORM, bars=4), _FORM, name_kinds(_FORM, signs=_CLUB))
    assert "kick and bass return after 32 bars of build" in [cue.reason for cue in cues]


def test_the_first_beat_after_an_intro_without_one() -> None:
    spans = _spans(("A", 8, 40, 0.1, 0.0), ("B", 32, 90, 0.9, 0.0), ("C", 32, 93, 0.9, 0.0))
    cues = suggest_cues(_units(spans), spans, ["intro", "verse", "chorus"])
    mix_in = next(cue for cue in cues if cue.kind == "mix in")
    assert (mix_in.seconds, mix_in.reason) == (16.5, "first strong beat after the intro, 32 bars before the chorus")


def test_nobody_mixes_in_on_the_drop_itself() -> None:
    spans = _spans(("A", 16, 40, 0.1, 0.0), ("B", 16, 90, 0.9, 0.0), ("C", 16, 93, 0.9, 0.0), ("D", 16, 50, 0.1, 0.0))
    cues = suggest_cues(_units(spans), spans, ["intro", "drop", "drop", "break"])
    mix_in = next(cue for cue in cues if cue.kind == "mix in")
    assert (mix_in.seconds, mix_in.reason) == (0.5, "no beat yet, 16 bars before the drop")
    assert [cue.seconds for cue in cues if cue.kind == "drop"] == [32.5]


@pytest.mark.parametrize(("bars", "reason"), [(1, "last part that leaves 24 bars"), (0, "last place that leaves 32 s")])
def test_mix_out_without_an_outro(bars: int, reason: str) -> None:
    spans = _spans(("A", 40, 90, 0.9, 0.0), ("B", 40, 90, 0.9, 0.0), ("C", 24, 90, 0.9, 0.0))
    cues = suggest_cues(_units(spans, bars=bars), spans, ["verse", "verse", "verse"])
    assert [cue.reason for cue in cues if cue.kind == "mix out"] == [reason]


def test_no_more_than_eight_cues_and_all_ends_kept() -> None:
    rows = [("A", 16, 60.0, 0.9, 0.0)]
    for number in range(10):
        rows += [("B", 16, 45.0, 0.1, 0.0), ("C", 16, 95.0 + number / 10, 1.0, 0.0)]
    spans = _spans(*rows, ("A", 16, 60.0, 0.9, 0.0))
    cues = suggest_cues(_units(spans), spans, name_kinds(spans, signs=_CLUB))
    assert len(cues) == 8
    assert {"load", "mix in", "mix out"} <= {cue.kind for cue in cues}
