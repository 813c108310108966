"""Genres as data: tempo, metre, feel, drum patterns, and who plays what.

Tempo truth is what a listener or DJ tags, decided here per genre:
- drum and bass 165-180, jungle 160-172, trap, dubstep and half-time rock by their fast count (about 140) although the
  snare falls on three: half of it is as right (`also` 0.5). Boom bap, lo-fi, trip-hop by the head nod (70-98).
- One-drop reggae by the slow count (65-82), double is as right. Bossa nova by its quarter (120-145), half is as right.
- 6/8 by the dotted quarter (two to a bar); counting its eighths (x3) is as right. Waltz by the quarter.
- Ballads by the snare on two and four; below 70 the double is as right, since the hats run at it.
- "Double-time" rock has a snare on each off-beat over a slow song: the slow count, double is as right.

A pattern is one character per step: X accent, x hit, o ghost, . rest, r a roll of three in the step's time. A row may
span several bars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["GENRES", "Genre"]

Pattern = dict[str, str]


@dataclass(frozen=True)
class Genre:
    """How a style is played.

    bpm: lowest and highest tag. steps: grid steps per bar. swing: range of the off-step's place in its pair (0.5 is
    straight, 0.667 triplets) on pairs of `swing_unit` beats. loose: standard deviation of players' timing in ms.
    patches by role; an empty tuple leaves the role out. also: factors on the tempo that are as right.
    """

    name: str
    bpm: tuple[float, float]
    drums: tuple[Pattern, ...]
    bass: tuple[str, ...]
    chords: tuple[str, ...]
    bass_patches: tuple[str, ...]
    chord_patches: tuple[str, ...]
    lead_patches: tuple[str, ...]
    style: str
    meter: str = "4/4"
    steps: int = 16
    swing: tuple[float, float] = (0.5, 0.5)
    swing_unit: float = 0.25
    electronic: bool = False
    kit: str = "acoustic"
    loose: float = 5.0
    also: tuple[float, ...] = ()
    pad: bool = False
    colours: tuple[str, ...] = ()


_FOUR = "x...x...x...x..."
_BACKBEAT = "....X.......X..."
_EIGHTHS = "x.o.x.o.x.o.x.o."
_OFFBEAT = "..x...x...x...x."
_SIXTEENTHS = "xoxoxoxoxoxoxoxo"

GENRES: Final[tuple[Genre, ...]] = (
    Genre(
        "house", (118, 128),
        ({"kick": _FOUR, "clap": _BACKBEAT, "open": _OFFBEAT, "hat": "xoxoxoxoxoxoxoxo"},
         {"kick": _FOUR, "clap": _BACKBEAT, "open": _OFFBEAT, "shaker": _SIXTEENTHS, "conga": "...x..x....x..x."},
         {"kick": _FOUR, "snare": "....x.......x..o", "open": _OFFBEAT, "rim": "x..x..x...x..x.."}),
        ("offbeat", "syncopated", "tresillo"), ("stabs", "syncopated", "pad"), ("saw bass", "sub", "square bass"),
        ("epiano", "pluck", "organ", "piano", "saw stab"), ("lead", "pluck", "voice", "bell"), "dance",
        electronic=True, kit="909", loose=0.5, swing=(0.5, 0.56), pad=True, colours=("dorian",),
    ),
    Genre(
        "techno", (126, 144),
        ({"kick": "X...X...X...X...", "hat": _OFFBEAT, "rim": "...x..x....x..x.", "clap": "............x..."},
         {"kick": _FOUR, "open": _OFFBEAT, "shaker": _SIXTEENTHS, "tom": "...o..x..o....x."},
         {"kick": _FOUR, "ride": _OFFBEAT, "hat": _SIXTEENTHS, "cowbell": "x..x..x..x..x..."}),
        ("offbeat", "rolling", "pedal"), ("stabs", "arp"), ("sub", "saw bass", "reese"), ("saw stab", "pluck", "bell"),
        ("bell",), "drone", electronic=True, kit="909", loose=0.0, pad=True, colours=("phrygian",),
    ),
    Genre(
        "trance", (132, 142),
        ({"kick": _FOUR, "open": _OFFBEAT, "clap": _BACKBEAT, "hat": _SIXTEENTHS},
         {"kick": _FOUR, "open": _OFFBEAT, "snare": _BACKBEAT, "ride": "x.x.x.x.x.x.x.x."}),
        ("rolling", "offbeat"), ("arp", "pad", "gated"), ("saw bass",), ("saw stab", "pluck"), ("lead", "voice"),
        "dance",
        electronic=True, kit="909", loose=0.0, pad=True,
    ),
    Genre(
        "breakbeat", (124, 140),
        ({"kick": "x.x.......x.....", "snare": "....X..o.o..X..o", "hat": _EIGHTHS},
         {"kick": "x.....x...x.....", "snare": "....X.......X.o.", "hat": "x.xxx.x.x.xxx.x.",
          "open": "..............x."},
         {"kick": "X..x......xx....", "snare": "....X..o....X..o", "hat": _SIXTEENTHS, "cowbell": "x...x...x...x..."}),
        ("syncopated", "tresillo"), ("stabs", "pad", "arp"), ("reese", "saw bass", "square bass"),
        ("saw stab", "organ", "epiano"), ("lead", "voice"), "dance", electronic=True, kit="acoustic", loose=2.0,
        pad=True,
    ),
    Genre(
        "drum and bass", (170, 180),
        ({"kick": "x.........x.....", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.x."},
         {"kick": "x.........x.....x..x......x.....", "snare": "....X..o.o..X......oX..o....X..o",
          "ride": "x.x.x.x.x.x.x.x."},
         {"kick": "x..x......x.....", "snare": "....X.......X..o", "hat": _SIXTEENTHS}),
        ("long", "syncopated", "reese"), ("pad", "stabs", "arp"), ("reese", "sub", "saw bass"), ("pluck", "epiano",
         "saw stab"),
        ("voice", "lead", "bell"), "dance", electronic=True, kit="acoustic", loose=1.0, pad=True,
    ),
    Genre(
        "jungle", (160, 172),
        ({"kick": "x.x.......xx....x.x.......x.....", "snare": "....X..o.o..X..o.o..X..o.o....X.",
            "ride": "x.x.x.x.x.x.x.x."},
         {"kick": "x.x.......xx....", "snare": "....X..o.o..X..o", "hat": _EIGHTHS}),
        ("long", "reggae", "syncopated"), ("stabs", "pad"), ("sub", "reese"), ("organ", "epiano", "saw stab"),
        ("voice", "flute"),
        "dance", electronic=True, kit="acoustic", loose=2.0, pad=True,
    ),
    Genre(
        "uk garage", (128, 136),
        ({"kick": "x.........x.....", "snare": "....X.......X...", "hat": "x.xxx.xox.xxx.xo",
            "rim": "......o..o....o."},
         {"kick": "x..x......x..x..", "clap": "....X.......X...", "open": _OFFBEAT, "shaker": _SIXTEENTHS}),
        ("syncopated", "tresillo"), ("stabs", "syncopated"), ("sub", "square bass"), ("organ", "epiano", "pluck"),
        ("voice",),
        "dance", electronic=True, kit="909", loose=1.0, swing=(0.56, 0.62), colours=("dorian",),
    ),
    Genre(
        "dubstep", (138, 146),
        ({"kick": "x.........x.....", "snare": "........X.......", "hat": "x.o.x.o.x.o.x.xx"},
         {"kick": "X.....x.........", "snare": "........X......o", "ride": "x...x...x...x...",
          "hat": "...r..x....x.r.."}),
        ("wobble", "long"), ("pad", "stabs"), ("reese", "saw bass"), ("saw stab", "bell"), ("lead", "voice"), "drone",
        electronic=True, kit="808", loose=0.0, also=(0.5,), pad=True, colours=("phrygian",),
    ),
    Genre(
        "trap", (130, 152),
        ({"kick": "x.....x...x.....", "clap": "........X.......", "hat": "x.x.x.x.x.xrx.x."},
         {"kick": "x..x......x..x..", "snare": "........X.......", "hat": "xxx.x.x.rrx.x.xx",
          "open": "..............x."},
         {"kick": "x.........x.x...", "clap": "........X.......", "hat": "x.x.x.rrx.x.xxx.",
          "rim": "...x.......x...."}),
        ("808", "long"), ("arp", "pad", "broken"), ("808 bass", "sub"), ("bell", "piano", "pluck"), ("flute", "bell",
         "voice"),
        "drone", electronic=True, kit="808", loose=0.0, also=(0.5,), colours=("harmonic", "phrygian"),
    ),
    Genre(
        "boom bap", (82, 98),
        ({"kick": "x......x.xx.....", "snare": _BACKBEAT, "hat": _EIGHTHS},
         {"kick": "x.o.......x..x..", "snare": "....X..o....X...", "hat": "x.x.x.x.x.x.x.xo"},
         {"kick": "x..x...x..x.....", "snare": "....X....o..X..o", "ride": _EIGHTHS}),
        ("syncopated", "root"), ("block", "stabs", "syncopated"), ("ebass", "sub"), ("epiano", "piano", "strings"),
        ("brass", "flute", "voice"), "jazz", electronic=True, kit="acoustic", loose=5.0, swing=(0.54, 0.62),
        colours=("blues",),
    ),
    Genre(
        "lo-fi", (70, 88),
        ({"kick": "x.....x...x.....", "snare": _BACKBEAT, "hat": _EIGHTHS},
         {"kick": "x..x....x.x.....", "rim": _BACKBEAT, "hat": _SIXTEENTHS}),
        ("root", "syncopated"), ("block", "arp"), ("ebass", "sub"), ("epiano", "guitar", "piano"), ("bell", "guitar",
         "flute"),
        "jazz", electronic=True, kit="acoustic", loose=7.0, swing=(0.54, 0.62), pad=True,
    ),
    Genre(
        "pop", (92, 128),
        ({"kick": "x.....x.x.......", "snare": _BACKBEAT, "hat": _EIGHTHS},
         {"kick": "x.......x.x.....", "clap": _BACKBEAT, "hat": _SIXTEENTHS, "tamb": "..x...x...x...x."},
         {"kick": _FOUR, "snare": _BACKBEAT, "hat": _EIGHTHS}),
        ("eighths", "root", "syncopated"), ("strum", "block", "arp", "pad"), ("ebass", "saw bass"),
        ("piano", "guitar", "epiano", "pluck"), ("voice", "lead", "strings"), "pop", loose=4.0, pad=True,
    ),
    Genre(
        "rock", (98, 150),
        ({"kick": "x.......x.x.....", "snare": _BACKBEAT, "hat": "X.x.X.x.X.x.X.x."},
         {"kick": "x.x.....x.x...x.", "snare": _BACKBEAT, "ride": "x.x.x.x.x.x.x.x."},
         {"kick": "x..x..x.x.......", "snare": _BACKBEAT, "open": "x...x...x...x..."}),
        ("eighths", "root"), ("strum", "power"), ("ebass",), ("overdrive", "guitar", "organ"), ("voice", "overdrive"),
        "rock", loose=6.0,
    ),
    Genre(
        "half-time rock", (132, 156),
        ({"kick": "x.....x.........", "snare": "........X.......", "open": "x...x...x...x..."},
         {"kick": "x...........x.x.", "snare": "........X.......", "ride": "x...x...x...x..."}),
        ("eighths", "root"), ("strum", "power"), ("ebass",), ("overdrive", "guitar"), ("voice", "strings"), "rock",
        loose=5.0, also=(0.5,),
    ),
    Genre(
        "double-time rock", (80, 94),
        ({"kick": "x.......x.......", "snare": "..X...X...X...X.", "hat": "x.x.x.x.x.x.x.x."},
         {"kick": "x...x.x.x...x...", "snare": "..X...X...X...X.", "ride": "x...x...x...x..."}),
        ("eighths", "sixteenths"), ("power", "strum"), ("ebass",), ("overdrive", "guitar"), ("voice", "lead"), "rock",
        loose=5.0, also=(2.0,),
    ),
    Genre(
        "punk", (160, 186),
        ({"kick": "x.....x.x.......", "snare": _BACKBEAT, "hat": "x.x.x.x.x.x.x.x."},
         {"kick": "x...x.x.x...x...", "snare": _BACKBEAT, "open": "x...x...x...x..."}),
        ("eighths",), ("power",), ("ebass",), ("overdrive",), ("voice",), "rock", loose=5.0,
    ),
    Genre(
        "ballad", (60, 82),
        ({"kick": "x.........x.....", "snare": _BACKBEAT, "hat": _EIGHTHS},
         {"kick": "x......xx.......", "rim": _BACKBEAT, "hat": "x.x.x.x.x.x.x.x."}),
        ("root", "long"), ("broken", "block", "arp"), ("ebass",), ("piano", "epiano", "guitar"), ("voice", "strings",
         "flute"),
        "pop", loose=8.0, also=(2.0,), pad=True,
    ),
    Genre(
        "reggae", (65, 82),
        ({"kick": "........X.......", "rim": "........X.......", "hat": _EIGHTHS},
         {"kick": "x.......x.......", "rim": "........X.......", "hat": "x.xox.xox.xox.xo"}),
        ("reggae",), ("skank",), ("ebass", "sub"), ("guitar", "organ", "piano"), ("brass", "voice", "organ"), "pop",
        loose=6.0, swing=(0.5, 0.6), also=(2.0,),
    ),
    Genre(
        "dembow", (88, 102),
        ({"kick": _FOUR, "snare": "...x..x....x..x.", "hat": _EIGHTHS},
         {"kick": "x.......x.......", "snare": "...x..X....x..X.", "shaker": _SIXTEENTHS}),
        ("tresillo", "808"), ("stabs", "pad", "arp"), ("sub", "808 bass"), ("pluck", "guitar", "bell"), ("voice",
         "flute", "brass"),
        "pop", electronic=True, kit="808", loose=0.5, pad=True,
    ),
    Genre(
        "afro house", (116, 124),
        ({"kick": _FOUR, "shaker": _SIXTEENTHS, "conga": "x..x..x..xx.x..x", "clap": "....x.......x..."},
         {"kick": _FOUR, "rim": "x..x..x...x..x..", "hat": _OFFBEAT, "tom": "......x..x....x."}),
        ("syncopated", "tresillo"), ("syncopated", "pad"), ("sub", "saw bass"), ("pluck", "epiano", "bell"), ("voice",
         "flute"),
        "dance", electronic=True, kit="909", loose=1.0, pad=True, colours=("dorian",),
    ),
    Genre(
        "funk", (94, 118),
        ({"kick": "x.x....x..x..x..", "snare": "....X..o.o.oX..o", "hat": _SIXTEENTHS},
         {"kick": "x..x..x...x.....", "snare": "....X..o.o..X.o.", "hat": "xxxoxxxoxxxoxxxo",
          "cowbell": "x...x...x...x..."}),
        ("funk", "syncopated"), ("scratch", "stabs"), ("ebass", "square bass"), ("guitar", "epiano", "organ"),
        ("brass", "organ"), "funk", loose=4.0, swing=(0.5, 0.57), colours=("dorian", "mixolydian", "blues"),
    ),
    Genre(
        "disco", (110, 126),
        ({"kick": _FOUR, "snare": _BACKBEAT, "open": _OFFBEAT, "hat": _SIXTEENTHS},
         {"kick": _FOUR, "clap": _BACKBEAT, "open": _OFFBEAT, "conga": "x.xx.x.xx.xx.x.x"}),
        ("octaves", "funk"), ("scratch", "strum", "stabs"), ("ebass", "saw bass"), ("guitar", "piano", "strings"),
        ("strings", "voice", "brass"), "dance", loose=4.0, pad=True, colours=("dorian",),
    ),
    Genre(
        "waltz", (88, 176),
        ({"kick": "x...........", "snare": "....o...o...", "hat": "....x...x..."},
         {"kick": "x...........", "rim": "....x...x...", "ride": "x...x...x.x."}, {}),
        ("root",), ("waltz", "block"), ("contrabass", "ebass"), ("piano", "accordion", "strings"),
        ("flute", "strings", "violin"), "classical", meter="3/4", steps=12, loose=7.0,
    ),
    Genre(
        "pop in three", (92, 140),
        ({"kick": "x.........x.", "snare": "....X.......", "hat": "x.o.x.o.x.o."},
         {"kick": "x...........", "snare": "........X...", "hat": "x.x.x.x.x.x."}),
        ("root", "eighths"), ("strum", "arp", "pad"), ("ebass",), ("guitar", "piano", "epiano"), ("voice", "lead"),
        "pop",
        meter="3/4", steps=12, loose=5.0, pad=True,
    ),
    Genre(
        "six-eight ballad", (48, 72),
        ({"kick": "x.........x.", "snare": "......X.....", "hat": "x.o.o.x.o.o."},
         {"kick": "x...x.......", "snare": "......X...o.", "ride": "x.x.x.x.x.x."}, {}),
        ("root", "long"), ("arp", "broken"), ("ebass", "contrabass"), ("guitar", "piano", "organ"), ("voice",
         "strings"),
        "pop", meter="6/8", steps=12, loose=7.0, also=(3.0,), pad=True,
    ),
    Genre(
        "swing", (112, 184),
        ({"ride": "x...X.x.x...X.x.", "pedal": "....x.......x...", "kick": "o...o...o...o...",
            "snare": "......o...o....."},
         {"ride": "x...X.x.x...X.x.", "pedal": "....x.......x...", "snare": "..o.......o...o."}),
        ("walking",), ("charleston", "block"), ("contrabass",), ("piano", "guitar"), ("brass", "sax", "flute"), "jazz",
        swing=(0.6, 0.68), swing_unit=0.5, loose=8.0, colours=("blues",),
    ),
    Genre(
        "shuffle", (86, 132),
        ({"kick": "x.....x.....", "snare": "...X.....X..", "hat": "x.xx.xx.xx.x"},
         {"kick": "x.....x.x...", "snare": "...X.....X.o", "ride": "x.xx.xx.xx.x"}),
        ("root", "walking"), ("block", "shuffle"), ("ebass",), ("organ", "guitar", "piano", "overdrive"),
        ("overdrive", "brass", "sax"), "blues", steps=12, loose=7.0, colours=("blues",),
    ),
    Genre(
        "bossa nova", (118, 146),
        ({"kick": "x.....x.x.....x.", "rim": "x.....x.....x.......x.....x.....", "hat": "x.o.x.o.x.o.x.o."},
         {"kick": "x.....x.x.....x.", "rim": "x.....x.....x.......x.....x.....", "shaker": "x.x.x.x.x.x.x.x."}),
        ("bossa",), ("bossa",), ("contrabass", "ebass"), ("guitar", "epiano"), ("flute", "sax", "voice"), "jazz",
        loose=6.0,
        also=(0.5,),
    ),
    Genre(
        "country", (94, 126),
        ({"kick": "x.......x.......", "snare": "ooXoooXoooXoooXo", "hat": ""},
         {"kick": "x.......x.......", "snare": _BACKBEAT, "hat": _EIGHTHS, "tamb": _OFFBEAT}),
        ("alternating",), ("strum",), ("ebass", "contrabass"), ("guitar", "piano"), ("violin", "voice", "guitar"),
        "pop",
        loose=6.0,
    ),
    Genre(
        "piano solo", (62, 132), ({},), ("root", "eighths", ""), ("broken", "arp", "block"), ("piano",), ("piano",),
        ("piano",),
        "classical", loose=10.0,
    ),
    Genre(
        "strings", (64, 116), ({},), ("root", "long"), ("block", "eighth chords"), ("contrabass",), ("strings",),
        ("violin", "flute", "oboe"), "classical", loose=12.0,
    ),
    Genre(
        "ambient", (70, 112), ({}, {"hat": "....o.......o...", "kick": "x..............."}), ("long", ""), ("arp",
            "pad"),
        ("sub", "saw bass"), ("pluck", "bell", "pad"), ("bell", "flute"), "drone", electronic=True, kit="808",
        loose=0.0,
        pad=True,
    ),
    Genre(
        "folk guitar", (76, 132), ({}, {"tamb": _OFFBEAT}), ("", "root"), ("fingered", "strum"), ("contrabass",
            "ebass"),
        ("guitar",), ("voice", "violin", "flute"), "pop", loose=9.0,
    ),
)  # fmt: skip
