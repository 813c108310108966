"""A job as people see it, made of what the engine has recorded and of how far the worker says it is. Pure.

`Record` is a row of the engine, `Board` all jobs that wait or run at one moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heapify, heapreplace
from typing import Any, Final

import msgspec

from backend.archive import archive_bytes
from backend.gpu.film_tasks import FilmManifest
from backend.gpu.tasks import FinishManifest
from backend.orders import RenderRequest, Request, StemsRequest, job_kind
from backend.pace import request_seconds
from backend.progress import Progress
from shared.schema.jobs import Job, JobState, QueueInfo, ResultFile, Stage

__all__ = ["ENDED", "Board", "Record", "job_view", "manifest_of", "waiting_order"]

#: States in which nothing more happens by itself.
ENDED: Final = frozenset({"done", "failed", "cancelled", "expired"})

_GIVEN_UP: Final = "The job was begun too often without coming to an end and was given up."


@dataclass(frozen=True, slots=True)
class Record:
    """What the engine keeps of a job. output: its answer once it has ended; times in seconds since 1970."""

    id: str
    state: JobState
    request: Request
    ended_at: float | None = None
    output: Mapping[str, Any] | None = None

    @property
    def client(self) -> str:
        """Who sent it."""
        return self.request.client

    @property
    def seconds(self) -> float | None:
        """Length of the song, or of the film."""
        return self.request.seconds

    @property
    def created_at(self) -> float:
        """When it came."""
        return self.request.at


@dataclass(frozen=True, slots=True)
class Board:
    """All jobs that wait or run. taken_at: when one looked, in seconds since 1970; slots: jobs that can run at once."""

    taken_at: float
    records: Mapping[str, Record]
    progress: Mapping[str, Progress]
    figures: Mapping[str, float] = field(default_factory=dict)
    slots: int = 1

    @property
    def waiting(self) -> list[Record]:
        """Those that wait, the next one first."""
        return waiting_order(list(self.records.values()))

    def queue(self, most: int) -> QueueInfo:
        """How many wait and run; `most` is how many of both there may be."""
        running = sum(record.state == "running" for record in self.records.values())
        return QueueInfo(len(self.records) - running, running, len(self.records) >= most)

    def done(self, job: str) -> float:
        """How far a job is, 0-1."""
        return self.progress[job].progress if job in self.progress else 0.0

    def first_end(self, client: str | None = None) -> float | None:
        """Seconds until some running job will be done, of one client or of anybody; None while nobody can tell."""
        ends = [self._left(one) for one in self.records.values() if one.state == "running"]
        mine = [self._left(one) for one in self.records.values() if one.state == "running" and one.client == client]
        known = [left for left in (ends if client is None else mine) if left is not None]
        return min(known, default=None)

    def eta(self, job: str) -> float | None:
        """Seconds until a job is done, as far as one can tell."""
        record = self.records.get(job)
        if record is None:
            return None
        return self._left(record) if record.state == "running" else self._queued_eta(job)

    def _left(self, record: Record) -> float | None:
        progress = self.progress.get(record.id)
        if progress is None or progress.ends_at is None:
            return None
        return max(0.0, progress.ends_at - self.taken_at)

    def _queued_eta(self, job: str) -> float | None:
        """Play the queue forward: each waiting job takes the slot that is free first."""
        running = [self._left(one) for one in self.records.values() if one.state == "running"]
        if any(left is None for left in running):
            return None
        free = [left for left in running if left is not None]
        free += [0.0] * max(0, self.slots - len(free))
        heapify(free)
        for record in self.waiting:
            work = request_seconds(record.request, self.figures)
            if work is None:
                return None
            end = free[0] + work
            heapreplace(free, end)
            if record.id == job:
                return end
        return None


def waiting_order(records: list[Record]) -> list[Record]:
    """Those that wait in the order in which they should run: clients take turns, each one's jobs in order of arrival.

    The engine draws among the clients that wait, so within a turn this order is the likely one and no promise.
    """
    order: list[tuple[int, float, Record]] = []
    turns: dict[str, int] = {}
    for record in records:
        if record.state == "running":
            turns[record.client] = turns.get(record.client, 0) + 1
    for record in sorted((one for one in records if one.state == "queued"), key=lambda one: one.created_at):
        turn = turns.get(record.client, 0)
        turns[record.client] = turn + 1
        order.append((turn, record.created_at, record))
    return [record for _, _, record in sorted(order, key=lambda one: one[:2])]


def manifest_of(record: Record) -> FinishManifest | FilmManifest | None:
    """What a finished job wrote; None when it has not, or failed."""
    if record.output is None or "failed" in record.output:
        return None
    if isinstance(record.request, RenderRequest):
        return msgspec.convert(record.output, FilmManifest)
    return msgspec.convert(record.output, FinishManifest)


def job_view(record: Record, progress: Progress | None, board: Board, *, keep_seconds: float) -> Job:
    """The job for a person."""
    state, error = _state(record, progress)
    progress = progress or Progress("waiting", 0.0)
    position = None
    if state == "queued":
        position = next((n for n, one in enumerate(board.waiting, 1) if one.id == record.id), None)
    eta = board.eta(record.id) if state in ("queued", "running") else None
    request = record.request
    manifest = manifest_of(record) if state == "done" else None
    return Job(
        id=record.id,
        kind=job_kind(request),
        state=state,
        stage=_stage(state, progress),
        progress=1.0 if state == "done" else round(progress.progress, 4),
        created_at=record.created_at,
        eta_seconds=None if eta is None else float(round(eta)),
        queue_position=position,
        expires_at=record.ended_at + keep_seconds if state == "done" and record.ended_at else None,
        error=error,
        note=progress.note if state in ("queued", "running") else None,
        seconds=progress.seconds or record.seconds,
        stems=request.options if isinstance(request, StemsRequest) else None,
        render=request.job if isinstance(request, RenderRequest) else None,
        remarks=manifest.remarks if isinstance(manifest, FilmManifest) else (),
        results=_results(record.id, manifest) if manifest is not None else (),
    )


def _state(record: Record, progress: Progress | None) -> tuple[JobState, str | None]:
    if progress is not None and progress.expired and record.state in ENDED:
        return "expired", None
    if record.output is not None and "failed" in record.output:
        return "failed", str(record.output["failed"])
    return record.state, _GIVEN_UP if record.state == "failed" else None


def _stage(state: JobState, progress: Progress) -> Stage:
    if state == "queued":
        return "waiting"
    if state in ("done", "expired"):
        return "done"
    return msgspec.convert(progress.stage, Stage)


def _results(job: str, manifest: FinishManifest | FilmManifest) -> tuple[ResultFile, ...]:
    base = f"/api/jobs/{job}/results"
    files = [
        ResultFile(
            f.name,
            f.label,
            f.file_name,
            f.media_type,
            f.bytes,
            f"{base}/{f.name}",
            f"{base}/{f.name}/peaks" if f.peaks else None,
        )
        for f in manifest.files
    ]
    if isinstance(manifest, FinishManifest) and len(files) > 1:
        size = archive_bytes((file.file_name, file.bytes) for file in files)
        files.append(ResultFile("zip", "All files", manifest.archive_name, "application/zip", size, f"{base}/zip"))
    return tuple(files)
