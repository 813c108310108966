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
from typing import Any, Final

import msgspec
from dbos import DBOS, error

from backend.bench import Bench
from backend.orders import StemsRequest
from backend.progress import Progress
from backend.run import WRITING, Run, attempt

__all__ = ["install", "separate_piece", "stems", "tidy", "write_results"]

_LOG: Final = logging.getLogger(__name__)
_UNKNOWN_FAULT: Final = 71

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
        answer = await _stems(Run(bench, job, msgspec.convert(given, StemsRequest)))
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


async def _stems(run: Run) -> dict[str, Any]:
    piece = 0
    while True:
        await run.park_when_draining()
        answer = await separate_piece(run, piece)
        if "failed" in answer:
            return answer
        run.passed(answer)
        if answer["last"]:
            break
        piece += 1
    await run.park_when_draining()
    return await write_results(run)


@DBOS.step(name="separate piece", preemptible=True)
async def separate_piece(run: Run, piece: int) -> dict[str, Any]:
    """Compute one piece, or say why it cannot be."""

    async def compute(alone: bool) -> dict[str, Any]:
        before = await asyncio.to_thread(run.pull)
        done = await run.bench.host.piece(run.task(piece, alone=alone), run.report)
        await run.learn()
        await asyncio.to_thread(run.bench.store.push, run.job, before)
        return {"samples": done.samples, "last": done.last, "seconds": done.total_seconds}

    return await attempt(run, piece, compute)


@DBOS.step(name="write results", preemptible=True)
async def write_results(run: Run) -> dict[str, Any]:
    """Encode all files and put them into the store."""

    async def write(_alone: bool) -> dict[str, Any]:
        await asyncio.to_thread(run.pull)
        run.report("writing", 0.0)  # so that a death counts, also one at the very start
        out = run.folder / "out"
        manifest = await run.bench.finish(run.folder, out, run.request.options, run.report)
        await run.learn()
        await asyncio.to_thread(run.publish, out, manifest)
        return msgspec.to_builtins(manifest)

    return await attempt(run, WRITING, write)


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
