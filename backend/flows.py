"""The workflows: what happens to a job, step by step, and what is done when something dies on the way.

How recovery works. A job is one workflow; DBOS keeps its input and the answer of each finished step. A piece of the
song is one step: the child writes its samples and the carry for the next piece and only then is the step recorded.
Whoever dies, the workflow is started again (by the restarted worker, or by another one, see `backend.lease`), finished
steps answer from the database, and the first unfinished piece is computed from the carry of the one before. A piece
that was on disk before its step was recorded is found there by the child and not computed again. A film is drawn in one
step, whose pieces are the segments on disk: tries are counted anew whenever another one is there.

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
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

import msgspec
from dbos import DBOS, error

from backend.bench import Bench
from backend.film_run import HOLDING, PLANNING, FilmRun
from backend.orders import RenderRequest, StemsRequest
from backend.progress import Progress
from backend.run import WRITING, attempt
from backend.stems_run import StemsRun

__all__ = [
    "draw_film",
    "hold_flashes",
    "install",
    "look_at_film",
    "plan_film",
    "render",
    "separate_piece",
    "stems",
    "tidy",
    "write_film",
    "write_results",
]

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
    return await _carried_out(job, lambda: _stems(StemsRun(_bench(), job, msgspec.convert(given, StemsRequest))))


@DBOS.workflow(name="render", max_recovery_attempts=1000)
async def render(job: str, given: dict[str, Any]) -> dict[str, Any]:
    """A film of a song. Answers the manifest's fields, or `{"failed": sentence}`."""
    run = FilmRun(_bench(), job, msgspec.convert(given, RenderRequest))
    try:
        return await _carried_out(job, lambda: _render(run))
    finally:
        await run.bench.films.release(run.folder)


async def _carried_out(job: str, work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Do a job's work and tidy up; what cannot be recorded ends this process."""
    bench = _bench()
    bench.running.add(job)
    try:
        answer = await work()
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


async def _stems(run: StemsRun) -> dict[str, Any]:
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
async def separate_piece(run: StemsRun, piece: int) -> dict[str, Any]:
    """Compute one piece, or say why it cannot be."""

    async def compute(alone: bool) -> dict[str, Any]:
        before = await asyncio.to_thread(run.pull)
        done = await run.bench.host.piece(run.task(piece, alone=alone), run.report)
        await run.learn()
        await asyncio.to_thread(run.bench.store.push, run.job, before)
        return {"samples": done.samples, "last": done.last, "seconds": done.total_seconds}

    return await attempt(run, piece, compute)


@DBOS.step(name="write results", preemptible=True)
async def write_results(run: StemsRun) -> dict[str, Any]:
    """Encode all files and put them into the store."""

    async def write(_alone: bool) -> dict[str, Any]:
        await asyncio.to_thread(run.pull)
        run.report("writing", 0.0)  # so that a death counts, also one at the very start
        out = run.folder / "out"
        manifest = await run.bench.finish(run.folder, out, run.request.options, run.report)
        await run.learn()
        await asyncio.to_thread(run.publish, out, manifest.files)
        return msgspec.to_builtins(manifest)

    return await attempt(run, WRITING, write)


async def _render(run: FilmRun) -> dict[str, Any]:
    planned = await plan_film(run)
    if "failed" in planned:
        return planned
    frames = planned["frames"]
    run.planned(frames)
    steps = [look_at_film, hold_flashes, draw_film] if run.request.looks else [draw_film]
    for step in steps:
        done = False
        while not done:
            await run.park_when_draining()
            answer = await step(run, frames)
            if "failed" in answer:
                return answer
            done = answer["all"]
    await run.park_when_draining()
    return await write_film(run)


@DBOS.step(name="plan film", preemptible=True)
async def plan_film(run: FilmRun) -> dict[str, Any]:
    """Decide on frames and encoder."""

    async def plan(_alone: bool) -> dict[str, Any]:
        await run.fetch()
        frames = await run.bench.films.plan(run.folder, run.request.job, run.report)
        await run.keep()
        return {"frames": frames}

    return await attempt(run, PLANNING, plan)


@DBOS.step(name="look at film", preemptible=True)
async def look_at_film(run: FilmRun, frames: int) -> dict[str, Any]:
    """The light of all frames, for flash safety."""
    return await _frames(run, "look", frames)


@DBOS.step(name="hold flashes", preemptible=True)
async def hold_flashes(run: FilmRun, _frames: int) -> dict[str, Any]:
    """How far flashes are held back."""

    async def hold(_alone: bool) -> dict[str, Any]:
        await run.fetch()
        remarks = await run.bench.films.hold(run.folder)
        await run.keep()
        return {"all": True, "remarks": list(remarks)}

    return await attempt(run, HOLDING, hold)


@DBOS.step(name="draw film", preemptible=True)
async def draw_film(run: FilmRun, frames: int) -> dict[str, Any]:
    """All segments."""
    return await _frames(run, "render", frames)


async def _frames(run: FilmRun, kind: Literal["look", "render"], frames: int) -> dict[str, Any]:
    """All frames, or as many as could be finished before this worker has to end."""

    async def go(_alone: bool) -> dict[str, Any]:
        done = await run.bench.films.frames(
            kind,
            run.folder,
            run.request.job,
            frames,
            run.report,
            each=run.keep,
            until=lambda: run.bench.draining,
        )
        if done:
            await run.learn("looking" if kind == "look" else "drawing")
        return {"all": done}

    await run.fetch()
    return await attempt(run, lambda: run.bench.films.there(run.folder), go)


@DBOS.step(name="write film", preemptible=True)
async def write_film(run: FilmRun) -> dict[str, Any]:
    """Join the segments and put the film into the store."""

    async def write(_alone: bool) -> dict[str, Any]:
        await run.fetch()
        run.report("writing", 0.0)  # so that a death counts, also one at the very start
        out = run.folder / "out"
        manifest = await run.bench.films.write(run.folder, out, run.request.job, run.report)
        await asyncio.to_thread(run.publish, out, manifest.files)
        remarks = (*run.request.notes, *manifest.remarks)
        return msgspec.to_builtins(msgspec.structs.replace(manifest, remarks=remarks))

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
