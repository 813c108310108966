"""A worker whose child is a stand-in, so that a test says what happens to each piece: run it as a module.

A song is a line of words: `pieces=4 seconds=0.2` and, one time each in the named piece, `poison=2` (kills the child
at every try), `mortal=1` (kills it once), `full=1` (no room while the file `full` lies beside the song), `refuse=3` (a
sentence). What it does is written to `pieces.log` in the data folder. Its clock goes wrong by the seconds in the file
`clock` there.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from backend.gpu.film_host import FilmHost
from backend.gpu.tasks import ChildDied, DiskFull, FinishManifest, OutputFile, PieceDone, PieceTask
from backend.settings import Settings
from backend.worker import Tools, main
from shared.errors import KeylightError
from shared.schema.jobs import DeviceInfo, ModelInfo

STEMS = ("drums", "bass", "other", "vocals")


class StandIn:
    """In place of `backend.gpu.host.ChildHost`: pieces take time, leave a file, and end as the song says."""

    def __init__(self, settings: Settings) -> None:
        self._log = settings.folder / "pieces.log"

    async def piece(self, task: PieceTask, report):
        plan = dict(word.split("=") for word in task.source.read_text().split())
        last = task.piece + 1 == int(plan["pieces"])
        done = task.folder / f"piece-{task.piece:04d}"
        if not done.exists():
            report("separating", 0.0)
            self._write("start", task)
            await self._work(task, plan, report)
            part = done.with_name(f".{done.name}.part")
            part.write_text(f"{os.getpid()} {time.time()}")
            part.rename(done)
            self._write("end", task)
        return PieceDone(441_000, last, 10.0 * int(plan["pieces"]))

    async def _work(self, task: PieceTask, plan, report):
        try:
            for step in range(4):
                await asyncio.sleep(float(plan["seconds"]) / 4)
                report("separating", (step + 1) / 4)
        except asyncio.CancelledError:
            self._write("stopped", task)
            raise
        here = str(task.piece)
        once = task.folder / f"died-{here}"
        if plan.get("poison") == here or (plan.get("mortal") == here and not once.exists()):
            once.touch()
            self._write("died", task)
            raise ChildDied("as planned")
        if plan.get("full") == here and (task.folder.parents[2] / "full").exists():
            raise DiskFull("No room.")
        if plan.get("refuse") == here:
            raise KeylightError("The song cannot be decoded from 0:10 on.")

    def _write(self, what: str, task: PieceTask) -> None:
        with self._log.open("a") as log:
            log.write(f"{what} {task.job} {task.piece} {int(task.alone)}\n")

    async def inspect(self):
        return find_models(), DeviceInfo("cpu", "A stand-in")

    async def close(self) -> None:
        """Nothing to end."""


async def finish(folder: Path, out: Path, options, report) -> FinishManifest:
    """One small file for each stem."""
    out.mkdir(exist_ok=True)
    files = []
    for stem in STEMS:
        text = f"{stem} of {len(list(folder.glob('piece-*')))} pieces\n".encode()
        (out / f"{stem}.flac").write_bytes(text)
        (out / f"{stem}.peaks").write_bytes(b"peaks of " + stem.encode())
        shown = f"Song ({stem}).flac"
        one = OutputFile(stem, stem.title(), f"{stem}.flac", shown, "audio/flac", len(text), 0, f"{stem}.peaks")
        files.append(one)
    report("writing", 1.0)
    return FinishManifest(44_100, 441_000, 1.0, "Song (stems).zip", tuple(files))


def find_models() -> tuple[ModelInfo, ...]:
    """One model, which is always ready."""
    return (ModelInfo("htdemucs", "Studio", "A stand-in.", STEMS, ready=True, here=True, download_megabytes=0),)


def set_clock(folder: Path) -> None:
    """From now on the clock of this process is wrong by what the file says, or right while there is none."""
    right = time.time

    def wrong() -> float:
        try:
            return right() + float((folder / "clock").read_text())
        except FileNotFoundError:
            return right()

    time.time = wrong


if __name__ == "__main__":
    set_clock(Path(os.environ["KEYLIGHT_DATA"]))
    sys.exit(
        main(make_tools=lambda settings, _device: Tools(StandIn(settings), finish, FilmHost(processes=1), find_models))
    )
