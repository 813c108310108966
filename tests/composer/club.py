"""Club music whose key is hard to hear: one-note basses, riffs with chromatic steps, parallel chords, loud drums.

Most dance music says its key by a bass note and a few others, over drums that are louder than both, and four of five
tracks are minor; GiantSteps, the public test of it, costs template methods a quarter of their score. Each piece sounds
its third somewhere, so that its mode can be known. Tempo is tagged as in `genres`.
"""

from __future__ import annotations

from typing import Final

from tests.composer.genres import Genre

__all__ = ["CLUB"]

_FOUR = "x...x...x...x..."
_OFFBEAT = "..x...x...x...x."
_SIXTEENTHS = "xoxoxoxoxoxoxoxo"

CLUB: Final[tuple[Genre, ...]] = (
    Genre(
        "acid house", (118, 128),
        ({"kick": _FOUR, "open": _OFFBEAT, "clap": "....x.......x...", "hat": _SIXTEENTHS},
         {"kick": _FOUR, "cowbell": "x..x..x...x..x..", "open": _OFFBEAT}),
        ("riff",), ("", "stabs"), ("saw bass", "square bass"), ("saw stab", "organ"), ("voice", "bell"), "drone",
        electronic=True, kit="909", loose=0.0, colours=("phrygian", "blues"),
    ),
    Genre(
        "minimal techno", (122, 130),
        ({"kick": _FOUR, "rim": "..x..x.x..x..x..", "tom": "x..o..x...o..x..", "hat": _OFFBEAT},
         {"kick": _FOUR, "conga": "..xx.x..x.xx.x..", "low tom": "......x.......x.", "shaker": _SIXTEENTHS}),
        ("pedal", "offbeat"), ("stabs",), ("sub", "square bass"), ("saw stab", "pluck", "bell"), ("bell",), "single",
        electronic=True, kit="808", loose=0.0,
    ),
    Genre(
        "dub techno", (116, 126),
        ({"kick": _FOUR, "hat": _OFFBEAT, "rim": "...x..x....x..x."}, {"kick": _FOUR, "shaker": _SIXTEENTHS}),
        ("pedal", "long"), ("stabs", "syncopated"), ("sub",), ("saw stab", "epiano"), ("bell",), "parallel",
        electronic=True, kit="909", loose=0.0, pad=True,
    ),
    Genre(
        "deep house", (118, 125),
        ({"kick": _FOUR, "clap": "....x.......x...", "open": _OFFBEAT, "shaker": _SIXTEENTHS},
         {"kick": _FOUR, "rim": "....x.......x..x", "hat": "x.xxx.xxx.xxx.xx"}),
        ("syncopated", "tresillo"), ("syncopated", "stabs"), ("sub", "ebass"), ("epiano", "organ", "saw stab"),
        ("voice",),
        "parallel", electronic=True, kit="909", loose=0.5, swing=(0.5, 0.57),
    ),
    Genre(
        "tribal house", (122, 128),
        ({"kick": _FOUR, "conga": "x.xx.xx.x.xx.xxx", "tom": "..x..x....x..x..", "shaker": _SIXTEENTHS},
         {"kick": _FOUR, "conga": ".xx..xx..xx..xx.", "low tom": "x.....x...x.....", "cowbell": "x.x.xx.x.x.x.xx."}),
        ("pedal",), ("", "stabs"), ("sub",), ("pluck",), ("flute", "voice"), "single", electronic=True, kit="acoustic",
        loose=1.0,
    ),
    Genre(
        "hard techno", (140, 152),
        ({"kick": "X...X...X...X...", "open": _OFFBEAT, "clap": "....x.......x..."},
         {"kick": "X...X...X...X...", "ride": "x.x.x.x.x.x.x.x.", "tom": ".x..x..x..x.x..x"}),
        ("rolling",), ("arp", "stabs"), ("reese", "saw bass"), ("saw stab",), ("lead",), "single", electronic=True,
        kit="909",
        loose=0.0, colours=("phrygian", "phrygian", "harmonic"),
    ),
    Genre(
        "neurofunk", (172, 176),
        ({"kick": "x.........x.....", "snare": "....X.......X...", "hat": _SIXTEENTHS},
         {"kick": "x..x......x.....", "snare": "....X.......X..o", "ride": "x.x.x.x.x.x.x.x."}),
        ("riff",), ("", "pad"), ("reese",), ("saw stab",), ("voice", "lead"), "drone", electronic=True, kit="acoustic",
        loose=0.0, colours=("phrygian", "harmonic"),
    ),
    Genre(
        "big room", (126, 132),
        ({"kick": "X...X...X...X...", "clap": "....x.......x..."}, {"kick": "X...X...X...X...", "open": _OFFBEAT}),
        ("offbeat", "rolling"), ("pad", "gated"), ("saw bass", "sub"), ("saw stab",), ("lead",), "dance",
        electronic=True,
        kit="909", loose=0.0,
    ),
    Genre(
        "grime", (138, 142),
        ({"kick": "x..x..x...x.....", "snare": "........X.......", "hat": "x.xxx.x.x.xxx.xr"},
         {"kick": "x.....x...x..x..", "clap": "........X.......", "rim": "..x..x....x..x.."}),
        ("riff", "808"), ("stabs", "arp"), ("square bass", "808 bass"), ("strings", "bell"), ("flute", "bell"), "drone",
        electronic=True, kit="808", loose=0.0, also=(0.5,), colours=("phrygian", "harmonic"),
    ),
)  # fmt: skip
