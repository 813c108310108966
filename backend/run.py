"""One job in the hands of a worker: tries that are counted, waiting for room, and how far it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from backend.bench import Bench
from backend.gpu.tasks import ChildDied, DiskFull, OutputFile
from backend.progress import Attempts, Progress
from backend.storage import free_bytes, is_disk_full, is_store_failure
from shared.errors import KeylightError

__all__ = ["WRITING", "Run", "attempt"]

_LOG: Final = logging.getLogger(__name__)
_OURS: Final = "Keylight made a mistake with this job; the server's log says more."
_FULL: Final = "The server's disk is full. The job goes on by itself once there is room."
_MEMORY: Final = "it looks as if the server's memory ran out."
#: The writing of the results counts its tries under this number.
WRITING: Final = -1
#: Starts that ended with the worker rather than with the child blame the piece less: this many times `attempts`.
_LOST_FACTOR: Final = 10
#: More room than this, that came while a job waited for room, is worth a try at once.
_ROOM_BYTES: Final = 4_000_000
#: Seconds after which a job that waits for room, or for the store, tries again at the latest.
_LONGEST_PATIENCE: Final = 16


async def attempt(
    run: Run, which: int | Callable[[], int], work: Callable[[bool], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """Do `work` until it is done, or cannot be. `which` is the number under which its tries are counted.

    One that is asked for before each try may grow with what is done, so that only tries in vain count together.
    """
    before = Attempts(0, 0, 0)
    while True:
        piece = which if isinstance(which, int) else which()
        try:
            await run.wait_for_space()
            before = await run.count(piece)
            if said := run.refusal(piece, before):
                return {"failed": said}
            run.begun = False
            # One that killed the child, or was lost twice with its worker, may be poison: it runs alone.
            answer = await work(before.deaths > 0 or before.starts > 1)
            await run.database(run.bench.ledger.end_piece, run.job, piece)
            run.unstuck()
            return answer
        except DiskFull:
            await run.excuse(piece)
            await run.pause_for_space()
        except KeylightError as refusal:
            return {"failed": str(refusal)}
        except ChildDied as death:
            _LOG.warning("The child died while piece %d of a job was there: %s", piece, death)
            await run.blame(piece, death)
            await asyncio.sleep(min(0.25 * 2**before.deaths, 5.0))
        except Exception as failure:
            if is_disk_full(failure):
                await run.excuse(piece)
                await run.pause_for_space()
            elif is_store_failure(failure):
                # Counted, so that a store that never comes back is an end too.
                _LOG.warning("The store does not take or give the files of a job: %s", failure)
                await asyncio.sleep(min(2.0**before.starts, _LONGEST_PATIENCE))
            else:
                _LOG.exception("A job failed by a mistake of ours.")
                return {"failed": _OURS}


class Run:
    """One job in the hands of this process. begun: the child has said something about the piece it was asked for."""

    #: What is told when a piece is given up: of the writing, of any other one, and how to need less memory.
    gives_up_writing: str
    gives_up: str
    needs_less: str

    def __init__(self, bench: Bench, job: str, seconds: float | None) -> None:
        self.bench = bench
        self.job = job
        self.folder = bench.store.workspace(job)
        self._progress = Progress("waiting", 0.0, seconds=seconds)
        self._stuck = False
        self._patience = 1
        self._memory = False
        self.begun = False

    def unstuck(self) -> None:
        """There was room again."""
        self._stuck, self._patience = False, 1

    def pull(self) -> frozenset[str]:
        """Have all files of the job here; their names."""
        self.bench.store.pull(self.job)
        return frozenset(path.name for path in self.folder.iterdir())

    def publish(self, out: Path, files: Iterable[OutputFile]) -> None:
        """Put the results into the store."""
        for file in files:
            for name in (file.file, file.peaks):
                if name is not None:
                    self.bench.store.put_file(f"results/{self.job}/{name}", out / name)

    def refusal(self, piece: int, before: Attempts) -> str | None:
        """Why there is no further try, if there is none."""
        limit, deaths = self.bench.settings.attempts, before.deaths
        if deaths < limit and before.starts < limit * _LOST_FACTOR:
            return None
        why = f": {_MEMORY} {self.needs_less}" if self._memory else "."
        said = self.gives_up_writing if piece == WRITING else self.gives_up
        return f"{said.format(times=max(deaths, limit))}{why}"

    async def count(self, piece: int) -> Attempts:
        """Count a try that starts now; those before it."""
        before: Attempts = await self.database(self.bench.ledger.begin_piece, self.job, piece)
        return before

    async def excuse(self, piece: int) -> None:
        """The try was not the piece's fault."""
        await self.database(self.bench.ledger.excuse_piece, self.job, piece)

    async def blame(self, piece: int, death: ChildDied) -> None:
        """The child died: of this piece, if it had begun with it, rather than of one that it waited behind."""
        self._memory = death.memory
        blame = self.bench.ledger.died if self.begun else self.bench.ledger.excuse_piece
        await self.database(blame, self.job, piece)

    async def database(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Call the ledger in a thread, again and again while it does not answer."""
        wait = 0.2
        while True:
            try:
                return await asyncio.to_thread(call, *arguments)
            except SQLAlchemyError as failure:
                _LOG.warning("The database does not answer: %s", failure)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)

    async def wait_for_space(self) -> None:
        """Return once there is room to work: half of what uploads leave free, so that jobs outlast them."""
        while await self._free() < self.bench.settings.reserve_bytes / 2:
            await self.pause_for_space()

    async def pause_for_space(self) -> None:
        """Say that the disk is full, and wait until there is more room than now, or for a while.

        What was computed without being written is lost, so that it is not tried every moment; nobody can tell, though,
        how much room is enough.
        """
        self._stuck = True
        self.tell(replace(self._progress, ends_at=None))
        level = await self._free()
        for _ in range(self._patience):
            await asyncio.sleep(1.0)
            if await self._free() > level + _ROOM_BYTES:
                return
        self._patience = min(self._patience * 2, _LONGEST_PATIENCE)

    async def _free(self) -> int:
        return await asyncio.to_thread(free_bytes, self.bench.settings)

    async def park_when_draining(self) -> None:
        """Between steps: when the worker is to end, go no further; whoever comes next goes on from here."""
        if self.bench.draining:
            self.bench.parked.add(self.job)
            await asyncio.Event().wait()

    def tell(self, progress: Progress) -> None:
        """Say how far it is."""
        progress = replace(progress, note=_FULL if self._stuck else None)
        self._progress = progress
        self.bench.reporter.tell(self.job, progress)
