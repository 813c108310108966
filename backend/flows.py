"""The workflows: what happens to a job, step by step, and what is done when something dies on the way.

How recovery works. A job is one workflow; DBOS keeps its input and the answer of each finished step. A piece of the
song is one step: the child writes its samples and the carry for the next piece and only then is the step recorded.
Whoever dies, the workflow is started again (by the restarted worker, or by another one, see `backend.lease`), finished
steps answer from the database, and the first unfinished piece is computed from the carry of the one before. A piece
that was on disk before its step was recorded is found there by the child and not computed again.

Steps never raise: DBOS would record the exception and answer with it for ever. A sentence for a person is an answer
(`{"failed": ...}`); a child that died or a full disk is tried again inside the step; when database or disk fail
in a way that nothing here knows, the process ends, and its restart recovers. Tries are counted per piece, before they
start. A piece that was tried before runs alone in the child, so that one that kills it takes no other with it.

Order and names of the steps are what recorded jobs are matched with: `backend.orders.FLOWS_VERSION` changes with them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from dbos import DBOS, error
from sqlalchemy.exc import SQLAlchemyError

from backend.gpu.tasks import ChildDied, DiskFull, FinishManifest, PieceDone, PieceTask
from backend.orders import StemsRequest
from backend.pace import Pace
from backend.progress import Ledger, Progress
from backend.settings import Settings
from backend.storage import Store, free_bytes, is_disk_full
from shared.errors import KeylightError
from shared.schema.jobs import DeviceInfo, ModelInfo, Stage, StemsOptions

__all__ = ["Bench", "Finish", "Host", "Reporter", "install"]

_LOG: Final = logging.getLogger(__name__)
_OURS: Final = "Keylight made a mistake with this song; the server's log says more."
_FULL: Final = "The server's disk is full. The job goes on by itself once there is room."
#: The writing of the results counts its tries under this number.
_WRITING: Final = -1
#: Starts that ended with the worker rather than with the child blame the piece less: this many times `attempts`.
_LOST_FACTOR: Final = 10
#: More room than this, that came while a job waited for room, is worth a try at once.
_ROOM_BYTES: Final = 4_000_000
#: Seconds after which a job that waits for room tries again at the latest.
_LONGEST_PATIENCE: Final = 16
_UNKNOWN_FAULT: Final = 71

Report = Callable[[Stage, float], None]
Finish = Callable[[Path, Path, StemsOptions, Report], Awaitable[FinishManifest]]


class Host(Protocol):
    """The warm child, as `backend.gpu.host.ChildHost` gives it."""

    async def piece(self, task: PieceTask, report: Report) -> PieceDone:
        """Compute a piece; being cancelled stops it. Raises `ChildDied`, `DiskFull`, `KeylightError` (a sentence)."""

    async def inspect(self) -> tuple[tuple[ModelInfo, ...], DeviceInfo]:
        """Models and device of the child."""

    async def close(self) -> None:
        """End the child."""


class Reporter:
    """Takes progress as often as it comes and writes the newest of each job a few times a second, off the loop."""

    def __init__(self, ledger: Ledger, *, every_seconds: float = 0.3) -> None:
        self._ledger = ledger
        self._every = every_seconds
        self._newest: dict[str, Progress] = {}

    def tell(self, job: str, progress: Progress) -> None:
        """Remember how far a job is."""
        self._newest[job] = progress

    async def flush(self) -> None:
        """Write what is new. A database that does not answer is asked again the next time."""
        rows, self._newest = self._newest, {}
        if not rows:
            return
        try:
            await asyncio.to_thread(self._ledger.note, rows)
        except SQLAlchemyError as failure:
            self._newest = {**rows, **self._newest}
            _LOG.warning("Progress cannot be written: %s", failure)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            await self.flush()


@dataclass
class Bench:
    """What the workflows of this process work with.

    running: jobs that a task of this process has in its hands; parked: those of them that wait for its end.
    """

    settings: Settings
    store: Store
    ledger: Ledger
    host: Host
    finish: Finish
    reporter: Reporter
    is_cancelled: Callable[[str], bool]
    piece_seconds: float
    figures: dict[str, float] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    parked: set[str] = field(default_factory=set)
    draining: bool = False


_BENCH: Bench | None = None


def install(bench: Bench) -> None:
    """Give the workflows what they work with; before `DBOS.launch`."""
    global _BENCH
    _BENCH = bench


def _bench() -> Bench:
    assert _BENCH is not None
    return _BENCH


@DBOS.workflow(name="stems", max_recovery_attempts=1000)
async def stems(job: str, given: dict[str, Any]) -> dict[str, Any]:
    """A song taken apart. Answers the manifest's fields, or `{"failed": sentence}`."""
    bench = _bench()
    bench.running.add(job)
    try:
        answer = await _stems(_Run(bench, job, msgspec.convert(given, StemsRequest)))
        await tidy(job, "failed" not in answer)
        return answer
    except (error.DBOSWorkflowCancelledError, error.DBOSWorkflowConflictIDError):
        # Cancelled, as it was seen during a step or when one was recorded; or somebody else has the job by now.
        with contextlib.suppress(Exception):
            if await asyncio.to_thread(bench.is_cancelled, job):
                await asyncio.to_thread(bench.store.delete, f"work/{job}")
        raise
    except Exception:
        # Recording a step failed, so what is known about this job is not what is recorded.
        _LOG.exception("A job's state cannot be recorded; this worker ends, and its restart goes on.")
        os._exit(_UNKNOWN_FAULT)
    finally:
        bench.running.discard(job)


async def _stems(run: _Run) -> dict[str, Any]:
    piece, samples = 0, 0
    while True:
        await run.park_when_draining()
        answer = await separate_piece(run, piece)
        if "failed" in answer:
            return answer
        samples += answer["samples"]
        run.passed(answer)
        if answer["last"]:
            break
        piece += 1
    await run.park_when_draining()
    return await write_results(run)


@DBOS.step(name="separate piece", preemptible=True)
async def separate_piece(run: _Run, piece: int) -> dict[str, Any]:
    """Compute one piece, or say why it cannot be."""

    async def compute(alone: bool) -> dict[str, Any]:
        before = await asyncio.to_thread(run.pull)
        done = await run.bench.host.piece(run.task(piece, alone=alone), run.report)
        await run.learn()
        await asyncio.to_thread(run.bench.store.push, run.job, before)
        return {"samples": done.samples, "last": done.last, "seconds": done.total_seconds}

    return await _attempt(run, piece, compute)


@DBOS.step(name="write results", preemptible=True)
async def write_results(run: _Run) -> dict[str, Any]:
    """Encode all files and put them into the store."""

    async def write(_alone: bool) -> dict[str, Any]:
        await asyncio.to_thread(run.pull)
        run.report("writing", 0.0)  # so that a death counts, also one at the very start
        out = run.folder / "out"
        manifest = await run.bench.finish(run.folder, out, run.request.options, run.report)
        await run.learn()
        await asyncio.to_thread(run.publish, out, manifest)
        return msgspec.to_builtins(manifest)

    return await _attempt(run, _WRITING, write)


@DBOS.step(name="tidy")
async def tidy(job: str, done: bool) -> bool:
    """Remove the song and its pieces: the results are in the store, or there will be none."""
    bench = _bench()
    try:
        await asyncio.to_thread(bench.store.delete, f"work/{job}")
    except Exception:
        _LOG.exception("Files of a job that is done cannot be removed; the sweep does it later.")
    if done:
        bench.reporter.tell(job, Progress("done", 1.0))
        await bench.reporter.flush()
    return True


async def _attempt(run: _Run, piece: int, work: Callable[[bool], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Do `work` until it is done, or cannot be. `piece` is the number under which its tries are counted."""
    while True:
        try:
            await run.wait_for_space()
            before = await run.count(piece)
            if refusal := run.refusal(piece, before.starts, before.deaths):
                return {"failed": refusal}
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
            await run.blame(piece)
            await asyncio.sleep(min(0.25 * 2**before.deaths, 5.0))
        except OSError as failure:
            if not is_disk_full(failure):
                return _our_mistake()
            await run.excuse(piece)
            await run.pause_for_space()
        except Exception:
            return _our_mistake()


def _our_mistake() -> dict[str, Any]:
    _LOG.exception("A job failed by a mistake of ours.")
    return {"failed": _OURS}


class _Run:
    """One job in the hands of this process. begun: the child has said something about the piece it was asked for."""

    def __init__(self, bench: Bench, job: str, request: StemsRequest) -> None:
        self.bench = bench
        self.job = job
        self.request = request
        self.folder = bench.store.workspace(job)
        self._piece_seconds = bench.piece_seconds
        self._pace = Pace(request.options, request.seconds, bench.figures)
        self._before = 0.0
        self._progress = Progress("waiting", 0.0, seconds=request.seconds)
        self._clock: dict[Stage, tuple[float, float]] = {}
        self._stuck = False
        self._patience = 1
        self.begun = False

    def task(self, piece: int, *, alone: bool) -> PieceTask:
        """What the child is asked for."""
        return PieceTask(
            job=self.job,
            source=self.folder / "source",
            folder=self.folder,
            model=self.request.options.model,
            options=self.request.options,
            piece=piece,
            piece_seconds=self._piece_seconds,
            alone=alone,
            most_seconds=self.bench.settings.limits.audio_seconds,
        )

    def report(self, stage: Stage, fraction: float) -> None:
        """Tell how far it is; the fraction of "separating" is that of the piece."""
        now = time.monotonic()
        self.begun = True
        self._clock.setdefault(stage, (now, fraction))
        done = fraction
        if stage == "separating":
            done = self._before + fraction * self._piece_seconds
        progress, left = self._pace.step(stage, done, now)
        ends_at = None if left is None else time.time() + left
        self._tell(Progress(stage, progress, ends_at, self._pace.seconds))

    def passed(self, answer: dict[str, Any]) -> None:
        """A piece is done."""
        self._before += self._piece_seconds
        if answer["seconds"] is not None:
            self._pace.seconds = answer["seconds"]

    def unstuck(self) -> None:
        """There was room again."""
        self._stuck, self._patience = False, 1

    def pull(self) -> frozenset[str]:
        """Have all files of the job here; their names."""
        self.bench.store.pull(self.job)
        return frozenset(path.name for path in self.folder.iterdir())

    def publish(self, out: Path, manifest: FinishManifest) -> None:
        """Put the results into the store."""
        for file in manifest.files:
            for name in (file.file, file.peaks):
                self.bench.store.put_file(f"results/{self.job}/{name}", out / name)

    def refusal(self, piece: int, starts: int, deaths: int) -> str | None:
        """Why there is no further try, if there is none."""
        limit = self.bench.settings.attempts
        if deaths < limit and starts < limit * _LOST_FACTOR:
            return None
        if piece == _WRITING:
            return f"Writing the stems of this song stopped {max(deaths, limit)} times and was given up."
        return f"Separation stopped {max(deaths, limit)} times at the same place of this song and was given up."

    async def count(self, piece: int) -> Any:
        """Count a try that starts now; those before it."""
        return await self.database(self.bench.ledger.begin_piece, self.job, piece)

    async def excuse(self, piece: int) -> None:
        """The try was not the piece's fault."""
        await self.database(self.bench.ledger.excuse_piece, self.job, piece)

    async def blame(self, piece: int) -> None:
        """The child died: of this piece, if it had begun with it, rather than of one that it waited behind."""
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
        self._tell(replace(self._progress, ends_at=None))
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

    async def learn(self) -> None:
        """A step is done: remember how long loading took and how fast separating or writing was."""
        now, clock, self._clock = time.monotonic(), self._clock, {}
        options, seconds = self.request.options, self._pace.seconds
        measured: dict[str, float] = {}
        if "separating" in clock and seconds:
            begun, fraction = clock["separating"]
            audio = min(self._piece_seconds, seconds - self._before) * (1 - fraction)
            measured[f"separate {options.model}"] = audio / max(now - begun, 1e-3)
            if "loading model" in clock:
                measured[f"load {options.model}"] = begun - clock["loading model"][0]
        if "writing" in clock and seconds:
            measured[f"write {options.format}"] = seconds / max(now - clock["writing"][0], 1e-3)
        for what, value in measured.items():
            if value > 0:
                self.bench.figures[what] = (self.bench.figures.get(what, value) + value) / 2
                await self.database(self.bench.ledger.learn, what, value)

    def _tell(self, progress: Progress) -> None:
        progress = replace(progress, note=_FULL if self._stuck else None)
        self._progress = progress
        self.bench.reporter.tell(self.job, progress)
