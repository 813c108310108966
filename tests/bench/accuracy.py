"""How right are the answers: ours, essentia's and librosa's on the same recordings, into BENCH.md.

`nox -s bench -- accuracy` (or `analysis`) writes all of it into BENCH.md; for parts of it, printed or into a file:
`python -m tests.bench.accuracy [--half tune|report|both] [--sets NAME ...] [--systems NAME ...] [--to FILE]`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench.answers import answers, cost
from tests.bench.report import machine, table, write_section
from tests.bench.scores import (
    COLUMNS,
    comparison,
    confidence_tables,
    genre_table,
    rhythm_extras,
    score_table,
    without_empty,
)
from tests.bench.sets import SETS, Item, items
from tests.bench.systems import OURS, SYSTEMS, Answer

__all__ = ["main", "report"]

_SETS: Final = ("composed", "club", "pop909", "loops", "songs", "drift", "structure", "heldback")
#: Reported whole, said in the title: too few songs to halve, or none of them tuned on.
_WHOLE: Final = {"loops": "both halves", "songs": "both halves", "heldback": "all of them held back"}
#: Title of the table of all halved sets in one.
_TOGETHER: Final = "all halved sets together"
#: The reporting of costs takes one recording of two minutes and more.
_COST_SET: Final = "structure"

Asked = dict[str, list[Answer]]


def main() -> None:
    """Ask all systems about the report half and write the section."""
    write_section("Accuracy", report(half="report", sets=_SETS, systems=list(SYSTEMS), costs=True))


def report(*, half: str, sets: Sequence[str], systems: Sequence[str], costs: bool) -> str:
    """The section's text: a table per set, then confidence, metre and sections, then speed and memory."""
    parts = [_head(half)]
    everything: list[tuple[Item, Answer]] = []
    pooled: list[Item] = []
    together: Asked = {system: [] for system in systems}
    for name in sets:
        chosen = items(name, half=None if half == "both" or name in _WHOLE else half)  # type: ignore[arg-type]
        if not chosen:
            parts.append(f"### {name}\n\nNot here: its recordings or FluidSynth are missing on this machine.")
            continue
        print(f"accuracy: {name}, {len(chosen)} recordings", flush=True)
        asked = {system: answers(system, chosen) for system in systems}
        parts.append(_set_part(name, chosen, asked))
        if name not in _WHOLE:
            pooled += chosen
            for system, given in asked.items():
                together[system] += given
        if OURS in asked:
            everything += zip(chosen, asked[OURS], strict=True)
    if len({item.set for item in pooled}) > 1:
        parts.append(_set_part(_TOGETHER, pooled, together))
    if everything:
        parts.append(f"### Confidence, said and right\n\n{confidence_tables(everything)}")
    if costs:
        parts.append(_cost_part(systems))
    return "\n\n".join(part for part in parts if part)


def _head(half: str) -> str:
    words = {"report": "The half that was not tuned on", "tune": "The half that was tuned on", "both": "Both halves"}
    return (
        f"{words[half]} of each set (tests/bench/sets). MIREX: weighted key score; signature: relative keys count as "
        + "one; A1: tempo within 4 % of the tag, A1*: or of an octave that is as right; A2: of the tag, its "
        + "double, triple, half, third; error: median distance of the tempi that are right; beats by mir_eval: F at "
        + "70 ms, CMLt, AMLt. All in per cent. The last rows are ours less the best peer of the column, with the 95 % "
        + "interval of a bootstrap that draws songs with all their recordings."
    )


def _set_part(name: str, chosen: list[Item], asked: Asked) -> str:
    songs = len({item.song for item in chosen})
    title = f"### {name}: {len(chosen)} recordings of {songs} songs{', ' + _WHOLE[name] if name in _WHOLE else ''}"
    rows = score_table(chosen, asked)
    peers = [system for system in asked if system != OURS]
    if OURS in asked and peers:
        rows += comparison(chosen, asked)
    extras = rhythm_extras(chosen, asked[OURS]) if OURS in asked else ""
    genres = genre_table(chosen, asked[OURS]) if OURS in asked and name == "composed" else ""
    columns, rows = without_empty(["system", *COLUMNS], rows)
    scores = table(columns, rows) if rows else ""
    return "\n\n".join(part for part in (title, scores, extras, genres) if part)


def _cost_part(systems: Sequence[str]) -> str:
    item = next(iter(items(_COST_SET)))
    minutes = item.audio().size / 44100 / 60
    rows = []
    for system in systems:
        measured = cost(system, item.path)
        seconds = (measured["seconds"] / minutes, measured["slowest"] / minutes)
        rows.append([system, f"{seconds[0]:.2f} (-{seconds[1]:.2f})", f"{measured['peak_mib']:.0f}"])
    return (
        f"### Cost in CPython\n\nOn a file of {minutes:.1f} min, each system in a process of its own, decoding "
        + "included; 3 runs after a warm-up. Keylight's row is the whole analysis (key, beats, loudness, mood, "
        + "pictures), a peer's only its own question.\n\n"
        + table(["system", "s per minute of audio", "peak memory, MiB"], rows)
        + f"\n\n{machine('no browser')}"
    )


def _command(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accuracy", description=__doc__)
    parser.add_argument("--half", choices=("tune", "report", "both"), default="tune")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(_SETS))
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--costs", action="store_true", help="also measure speed and memory")
    parser.add_argument("--to", type=Path, help="write to this file, not to the terminal")
    options = parser.parse_args(arguments)
    text = report(half=options.half, sets=options.sets, systems=options.systems, costs=options.costs)
    if options.to:
        options.to.write_text(text + "\n", "utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(_command(sys.argv[1:]))
