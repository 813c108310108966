"""Key, tempo, loudness and mood of audio files on the command line, by the code that runs in the browser.

    python -m web.py.analyze FILE... [--json] [--beats] [--tempo-range LOW-HIGH]

Prints a line of text per file, with --json one JSON object per line (fields: `web.py.analysis.row.Row`).
A file that fails has its reason on stderr and makes the exit code 1; the others are still answered.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from shared.errors import KeylightError
from shared.schema.analysis import Analysis, TempoRange
from shared.schema.messages import TrackRecord
from web.py.analysis.native_tagger import NativeTagger
from web.py.analysis.row import as_text, make_row
from web.py.analysis.track import TrackAnalysis, check_tempo_range
from web.py.decode import AudioFile

__all__ = ["analyze_blocks", "analyze_file", "main"]


def analyze_file(path: Path, *, tempo_range: TempoRange | None = None) -> tuple[Analysis, dict[str, np.ndarray]]:
    """The whole analysis of one file and its arrays (`ARRAYS` and `DETAIL_ARRAYS` of `shared.schema.analysis`).

    Raises `KeylightError` with a sentence.
    """
    with AudioFile(path) as audio:
        analysis, arrays = analyze_blocks(
            audio.blocks(),
            sample_rate=audio.sample_rate,
            channels=audio.channels,
            expected_seconds=audio.duration_seconds,
            tempo_range=tempo_range,
        )
        return msgspec.structs.replace(analysis, notes=(*audio.warnings, *analysis.notes)), arrays


def analyze_blocks(
    blocks: Iterable[np.ndarray],
    *,
    sample_rate: int,
    channels: int,
    expected_seconds: float | None = None,
    tempo_range: TempoRange | None = None,
) -> tuple[Analysis, dict[str, np.ndarray]]:
    """The same of decoded audio: blocks float32 [channels, samples] of any length."""
    track = TrackAnalysis(
        sample_rate=sample_rate,
        channels=channels,
        tagger=_tagger(),
        expected_seconds=expected_seconds,
        tempo_range=tempo_range,
    )
    for block in blocks:
        track.feed(block)
    for _ in track.steps():
        pass
    _run(_exhausted(track.deepen()))
    (analysis, arrays), (details, more) = track.result, track.details
    whole = msgspec.structs.replace(
        analysis,
        structure=details.structure,
        mood=details.mood,
        notes=(*analysis.notes, *details.notes),
        step_seconds={**analysis.step_seconds, **details.step_seconds},
    )
    return whole, {**arrays, **more}


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run what never waits, without an event loop: the caller may have one already."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("the command line's analysis waits for nothing, yet it did")


@cache
def _tagger() -> NativeTagger:
    """One for all files: reading the network takes longer than a song."""
    return NativeTagger()


async def _exhausted(steps: AsyncIterator[object]) -> None:
    async for _ in steps:
        pass


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    failed = False
    for name in options.files:
        shown = os.fsencode(name).decode("utf-8", "replace")  # names need not be text; what is printed must be
        try:
            analysis, arrays = analyze_file(Path(name), tempo_range=options.tempo_range)
        except KeylightError as error:
            print(f"{shown}: {error}", file=sys.stderr, flush=True)
            failed = True
            continue
        except Exception as error:  # a mistake of ours must not cost the files after it their answer
            print(f"{shown}: Keylight made a mistake ({type(error).__name__}: {error}).", file=sys.stderr, flush=True)
            failed = True
            continue
        grid = {"beats": arrays["beats"], "downbeats": arrays["downbeats"]} if options.beats else {}
        row = make_row(TrackRecord(file=shown, analysis=analysis), **grid)
        print(msgspec.json.encode(row).decode() if options.json else as_text(row), flush=True)
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m web.py.analyze", description="Key, tempo, loudness and mood of audio files."
    )
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--beats", action="store_true", help="with --json: also beats_seconds and downbeats_seconds")
    parser.add_argument(
        "--tempo-range",
        type=_tempo_range,
        metavar="LOW-HIGH",
        help="where the tempo is expected, in BPM, for example 160-180: settles half and double",
    )
    return parser


def _tempo_range(text: str) -> TempoRange:
    low, _, high = text.partition("-")
    try:
        found = TempoRange(low_bpm=float(low), high_bpm=float(high))
        check_tempo_range(found)
    except ValueError as error:
        reason = str(error) if isinstance(error, KeylightError) else f"expected LOW-HIGH in BPM, got {text!r}"
        raise argparse.ArgumentTypeError(reason) from error
    return found


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # a console that lacks a sign must not cost the files after it
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:  # the reader has enough: `| head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
