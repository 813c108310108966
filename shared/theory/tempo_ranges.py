"""Tempo ranges that a person may expect, to choose from by a number or by a genre.

A range settles which of several readings of one pulse is meant (87 or 174 BPM). A plain range spans an octave, so
every pulse has one reading in it, as in DJ software. A genre's is where most of its tracks lie: common knowledge among
DJs rather than a measurement, wide enough for the outliers and narrower than an octave, so half and double lie outside.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

__all__ = ["HIGHEST_BPM", "LOWEST_BPM", "TEMPO_RANGES", "NamedTempoRange"]

#: What a person may ask for at all, as for a tempo set by hand.
LOWEST_BPM: Final = 20
HIGHEST_BPM: Final = 400


class NamedTempoRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A range in BPM with both ends in it. group: "range" is named by its numbers, "genre" by its music.

    >>> next(each for each in TEMPO_RANGES if each.name == "House")
    NamedTempoRange(name='House', group='genre', low_bpm=115, high_bpm=130)
    """

    name: str
    group: Literal["range", "genre"]
    low_bpm: int
    high_bpm: int


def _plain(low_bpm: int, high_bpm: int) -> NamedTempoRange:
    return NamedTempoRange(name=f"{low_bpm}-{high_bpm}", group="range", low_bpm=low_bpm, high_bpm=high_bpm)


def _genre(name: str, low_bpm: int, high_bpm: int) -> NamedTempoRange:
    return NamedTempoRange(name=name, group="genre", low_bpm=low_bpm, high_bpm=high_bpm)


#: No two have the same ends, so a range says which it is.
TEMPO_RANGES: Final = (
    _plain(50, 100),
    _plain(60, 120),
    _plain(70, 140),
    _plain(80, 160),
    _plain(90, 180),
    _plain(100, 200),
    _genre("Ambient, downtempo", 60, 100),
    _genre("Hip-hop", 70, 110),
    _genre("Reggae, dub", 65, 95),
    _genre("Pop, disco", 95, 132),
    _genre("House", 115, 130),
    _genre("Techno", 125, 150),
    _genre("Trance", 128, 145),
    _genre("Dubstep", 135, 145),
    _genre("Drum & bass", 160, 185),
    _genre("Hardcore", 155, 200),
)
