"""The table of tempo ranges that the page offers."""

from __future__ import annotations

import pytest

from shared.theory.tempo_ranges import HIGHEST_BPM, LOWEST_BPM, TEMPO_RANGES, NamedTempoRange
from web.py.analysis.tempo import MAX_BPM, MIN_BPM


@pytest.mark.parametrize("each", TEMPO_RANGES, ids=lambda each: each.name)
def test_a_range_lies_where_a_tempo_may(each: NamedTempoRange) -> None:
    assert LOWEST_BPM <= each.low_bpm < each.high_bpm <= HIGHEST_BPM


def test_the_ends_say_which_range_it_is_and_so_does_the_name() -> None:
    assert len({(each.low_bpm, each.high_bpm) for each in TEMPO_RANGES}) == len(TEMPO_RANGES)
    assert len({each.name for each in TEMPO_RANGES}) == len(TEMPO_RANGES)


@pytest.mark.parametrize("each", [each for each in TEMPO_RANGES if each.group == "range"], ids=lambda each: each.name)
def test_a_plain_range_holds_one_reading_of_every_pulse(each: NamedTempoRange) -> None:
    assert each.high_bpm >= 2 * each.low_bpm


@pytest.mark.parametrize(("bpm", "genre"), [(90, "Hip-hop"), (124, "House"), (140, "Dubstep"), (174, "Drum & bass")])
def test_a_genres_usual_tempo_is_inside_and_its_half_and_double_are_not(bpm: int, genre: str) -> None:
    (found,) = [each for each in TEMPO_RANGES if each.name == genre]
    assert found.low_bpm <= bpm <= found.high_bpm
    assert not any(found.low_bpm <= bpm * ratio <= found.high_bpm for ratio in (0.5, 2))


def test_what_may_be_asked_for_is_what_a_hand_may_set() -> None:
    assert (LOWEST_BPM, HIGHEST_BPM) == (MIN_BPM, MAX_BPM)
