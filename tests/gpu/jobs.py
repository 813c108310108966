"""Jobs through the real child, as the worker drives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np

from backend.gpu.finish import finish_files
from backend.gpu.host import ChildHost, Tell
from backend.gpu.source import open_source
from backend.gpu.tasks import FinishManifest, PieceDone, PieceTask
from shared.schema.jobs import StemsOptions
from tests.gpu.audio import read_audio

__all__ = ["ONE_THREAD", "mix_of", "quiet", "results", "separate", "task_for"]

#: Tests share two cores.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def quiet(*_: object) -> None:
    """Take a report and do nothing."""


def task_for(
    folder: Path,
    source: Path,
    piece: int = 0,
    *,
    options: StemsOptions | None = None,
    piece_seconds: float = 2.0,
    alone: bool = False,
    most_seconds: float = 7200.0,
) -> PieceTask:
    """A piece of a job whose files lie in `folder`."""
    made = options or StemsOptions()
    return PieceTask(folder.name, source, folder, made.model, made, piece, piece_seconds, alone, most_seconds)


async def separate(
    host: ChildHost,
    folder: Path,
    source: Path,
    *,
    options: StemsOptions | None = None,
    piece_seconds: float = 2.0,
    report: Tell = quiet,
    retry: type[Exception] | tuple[type[Exception], ...] = (),
    after: Callable[[int, PieceDone], None] = quiet,
) -> list[PieceDone]:
    """All pieces, each tried again after the exceptions in `retry`."""
    done: list[PieceDone] = []
    while not done or not done[-1].last:
        task = task_for(folder, source, len(done), options=options, piece_seconds=piece_seconds)
        try:
            done.append(await host.piece(task, report))
        except retry:
            await asyncio.sleep(0)
            continue
        after(len(done) - 1, done[-1])
    return done


def results(folder: Path, options: StemsOptions | None = None) -> tuple[FinishManifest, dict[str, np.ndarray]]:
    """The job's files: manifest and samples by name."""
    manifest = finish_files(folder, folder / "out", options or StemsOptions(), quiet)
    return manifest, {one.name: read_audio(folder / "out" / one.file)[0] for one in manifest.files}


def mix_of(source: Path) -> np.ndarray:
    """What the model hears of a file: float32 [2, n] at 44.1 kHz."""
    return np.concatenate(list(open_source(source, 44_100, 2)), axis=1)
