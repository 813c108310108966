"""The seam: all that the server knows of jobs. Behind it are DBOS, the ledger and the store.

Nothing here computes. A job that `submit` has returned is in the database, and its files in the store, before the
answer leaves; from then on it ends, whoever dies (see `backend.flows`). The web process may be killed at any time: it
holds nothing that is not in database or store.

All database calls run in threads, and a request waits for them so long and no longer: what writes has threads of its
own, so that a database that is locked for writing still answers who reads. What many ask at once (the queue, progress
for watchers) is read once for all. Ages are told by the monotonic clock: the other one may jump.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import hmac
import logging
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, WorkflowStatus
from sqlalchemy import make_url

from backend.incoming import remove_left_uploads
from backend.job_view import ENDED, Board, Record, job_view, manifest_of
from backend.offers import offers
from backend.orders import APPLICATION, FLOWS_VERSION, QUEUE, RenderRequest, Request, StemsRequest, job_kind, work_bytes
from backend.progress import Ledger, Progress, WorkerRow
from backend.refusals import ClientBusy, JobsUnavailable, QueueFull, StorageFull, in_time, told
from backend.settings import Settings, read_secret
from backend.storage import Store, StoredFile, free_bytes, open_store, uploads_folder
from backend.watching import Lookout
from shared.errors import KeylightError
from shared.schema.jobs import Capabilities, Health, Job, JobState, QueueInfo

__all__ = [
    "ClientBusy",
    "Jobs",
    "JobsUnavailable",
    "QueueFull",
    "StorageFull",
    "open_client",
    "open_jobs",
    "prepare_database",
]

_LOG: Final = logging.getLogger(__name__)
T = TypeVar("T")

_REQUESTS: Final[dict[str, type[Request]]] = {"stems": StemsRequest, "render": RenderRequest}
_ACTIVE: Final = ["ENQUEUED", "DELAYED", "PENDING"]
_STATES: Final[dict[str, JobState]] = {
    "ENQUEUED": "queued",
    "DELAYED": "queued",
    "PENDING": "running",
    "SUCCESS": "done",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
    "CANCELLED": "cancelled",
}
#: For how long others may read what was read for one.
_BOARD_SECONDS: Final = 0.25
_WORKERS_SECONDS: Final = 1.0
_PART_SECONDS: Final = 3.0
_SWEEP_SECONDS: Final = 60.0
_WRITERS: Final = 4
_CLOSE_SECONDS: Final = 2.0
#: Rows of ended jobs stay this long after their results have gone, so that a late look still says "expired".
_FORGET_SECONDS: Final = 7 * 24 * 3600.0
#: Files that belong to no job are removed when they are older: an upload has long become a job by then.
_ORPHAN_SECONDS: Final = 3600.0


_NO_ROOM: Final = {
    "stems": "The server's disk has no room for this song: while it is separated it takes {size}. Try again later, or "
    + "with fewer stems.",
    "render": "The server's disk has no room for this video: while it is rendered it takes {size}. Try again later, or "
    + "with a smaller size or another codec.",
}


def prepare_database(settings: Settings) -> Ledger:
    """Make the databases that are missing, and bring old ones to today's shape; the ledger."""
    logging.getLogger("dbos").setLevel(logging.WARNING)
    with _one_at_a_time(settings):
        if settings.embedded:
            with contextlib.closing(sqlite3.connect(settings.folder / "jobs.sqlite", timeout=30)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
        DBOS.migrate(settings.database_url)
        ledger = Ledger(settings)
        ledger.create()
    return ledger


@contextlib.contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Server and workers of one machine start together, and SQLite does not wait to change a database's journal."""
    if not settings.embedded:
        yield
        return
    settings.folder.mkdir(parents=True, exist_ok=True)
    with (settings.folder / "prepare.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def open_client(settings: Settings) -> DBOSClient:
    """A client of the engine; it raises, rather than waits, when the database does not answer."""
    return DBOSClient(
        system_database_url=_impatient(settings.database_url),
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        retry_connection_errors=False,
    )


def _impatient(url: str) -> str:
    """The address of a Postgres that is given up after a few seconds when nobody answers there."""
    parts = make_url(url)
    if parts.drivername.startswith("sqlite") or "connect_timeout" in parts.query:
        return url
    return parts.update_query_dict({"connect_timeout": "5"}).render_as_string(hide_password=False)


async def open_jobs(settings: Settings) -> Jobs:
    """Open database and store; raises what they raise."""

    def prepare() -> Jobs:
        ledger = prepare_database(settings)
        return Jobs(settings, open_client(settings), ledger, open_store(settings))

    jobs = await asyncio.to_thread(prepare)
    jobs.start()
    return jobs


class Jobs:
    """The jobs of this server. Made by `open_jobs`; every method may raise `JobsUnavailable`."""

    def __init__(self, settings: Settings, client: DBOSClient, ledger: Ledger, store: Store) -> None:
        self._settings = settings
        self._client = client
        self._ledger = ledger
        self._store = store
        self._secret = read_secret(settings)
        self._admission = asyncio.Lock()
        self._arriving: dict[str, str] = {}
        self._same_job: dict[str, tuple[asyncio.Lock, int]] = {}
        self._board: Board | None = None
        self._board_at = 0.0
        self._board_lock = asyncio.Lock()
        self._workers: tuple[float, list[WorkerRow]] = (0.0, [])
        self._lookout = Lookout(self._views)
        self._tasks: list[asyncio.Task[None]] = []
        self._writers = ThreadPoolExecutor(_WRITERS, "jobs-write")
        self._withdrawing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to look after watched jobs and old results."""
        self._tasks = [asyncio.create_task(self._lookout.run()), asyncio.create_task(self._keep_sweeping())]

    async def close(self) -> None:
        """Stop; jobs go on in their workers."""
        if self._withdrawing:
            await asyncio.wait(self._withdrawing, timeout=_CLOSE_SECONDS)
        tasks = [*self._tasks, *self._withdrawing]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._writers.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._client.destroy)
        await asyncio.to_thread(self._ledger.close)

    async def find(self, client: str, key: str) -> Job | None:
        """The job that was submitted with this Idempotency-Key, if there is one."""
        return await self.get(self._job_id(client, key))

    async def admit(self, client: str) -> None:
        """Raise `QueueFull` or `ClientBusy` when a job of this client would not be taken now."""
        await self._refuse(client)

    async def submit(self, *, key: str | None, request: Request, files: Mapping[str, Path]) -> tuple[Job, bool]:
        """Take a job, and its files with it; the job, and whether it is a new one. Raises as `admit` does.

        files: below `uploads_folder`, by their names in the job's folder.

        Being cancelled, as when the client is gone, or raising leaves no job, unless there is a key to ask for it.
        """
        client = request.client
        job = self._job_id(client, key)
        async with self._one_at_a_time(job):
            if key is not None and (known := await self.get(job)):
                return known, False
            async with self._place(job, client):
                request = msgspec.structs.replace(request, at=time.time())
                await self._refuse_without_room(request)
                await self._accept(job, request, files, keyed=key is not None)
                self._board = None
            made = await self.get(job)
        assert made is not None
        return made, True

    async def get(self, job: str) -> Job | None:
        """A job as it stands."""
        return (await self._views([job])).get(job)

    def watch(self, job: str, after: int | None = None) -> AsyncIterator[tuple[int, Job]]:
        """A job now and at every change, each with a number that grows, see `Lookout.watch`."""
        return self._lookout.watch(job, after)

    async def cancel(self, job: str) -> Job | None:
        """Stop a job that waits or runs; of one that has ended, remove the results. None when there is none."""
        found = await self.get(job)
        if found is None:
            return None
        if found.state in ("queued", "running"):
            await self._write(self._client.cancel_workflow, job)
            if found.state == "queued":
                await self._call(self._store.delete, f"work/{job}")
        elif found.state == "done":
            await self._write(self._expire, job)
        self._board = None
        return await self.get(job)

    async def queue(self) -> QueueInfo:
        """How many wait and run."""
        return (await self._fresh_board()).queue(self._settings.queue)

    async def capabilities(self) -> Capabilities:
        """Models, devices, limits and queue, as the workers that are alive tell them."""
        board = await self._fresh_board()
        rows = await self._worker_rows()
        queue = board.queue(self._settings.queue)
        return offers(rows, board.figures, self._settings.limits, queue, supervised=bool(self._settings.devices))

    async def health(self, build: str) -> Health:
        """How the parts are. Answers within seconds also when they do not."""
        database, store, alive = await asyncio.gather(
            self._part(self._ledger.check), self._part(self._store.check), self._alive()
        )
        workers = alive if database == "ok" else 0
        fine = database == store == "ok" and (workers > 0 or not self._settings.devices)
        return Health("ok" if fine else "degraded", build, workers, database, store)

    async def open_result(self, job: str, name: str, *, peaks: bool = False) -> StoredFile | None:
        """A finished file by its name, or its waveform; None when there is none or it has expired."""
        record = (await self._read(self._records, [job])).get(job)
        manifest = manifest_of(record) if record else None
        found = next((one for one in manifest.files if one.name == name), None) if manifest else None
        if found is None:
            return None
        stored = found.peaks if peaks else found.file
        if stored is None:
            return None
        key = f"results/{job}/{stored}"
        try:
            size = await self._call(self._store.size, key)
        except FileNotFoundError:
            return None
        if peaks:
            return StoredFile(self._store, key, stored, "application/octet-stream", size)
        return StoredFile(self._store, key, found.file_name, found.media_type, size)

    async def sweep(self) -> None:
        """Remove results that have expired, rows that are old, and files that belong to no job or upload."""
        await asyncio.to_thread(remove_left_uploads, uploads_folder(self._settings))
        await self._call(self._sweep)

    # What follows runs on the loop.

    def _job_id(self, client: str, key: str | None) -> str:
        if key is None:
            return secrets.token_hex(16)
        return hmac.new(self._secret, f"{client}\0{key}".encode(), hashlib.sha256).hexdigest()[:32]

    @contextlib.asynccontextmanager
    async def _one_at_a_time(self, job: str) -> AsyncIterator[None]:
        lock, users = self._same_job.get(job, (asyncio.Lock(), 0))
        self._same_job[job] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            # A lock that was just let go is not locked, though others wait for it: who comes now has to wait with them.
            users = self._same_job[job][1] - 1
            if users:
                self._same_job[job] = lock, users
            else:
                del self._same_job[job]

    @contextlib.asynccontextmanager
    async def _place(self, job: str, client: str) -> AsyncIterator[None]:
        """A place in the queue for a job on its way there. Several web processes may overshoot by their number."""
        async with self._admission:
            self._board = None
            await self._refuse(client)
            self._arriving[job] = client
        try:
            yield
        finally:
            del self._arriving[job]

    async def _refuse(self, client: str) -> None:
        """Raise when there is no place, counting those on their way there."""
        # First those on their way: who has arrived meanwhile is among both, who had arrived before is on the board.
        clients = dict(self._arriving)
        board = await self._fresh_board()
        clients.update((record.id, record.client) for record in board.records.values())
        most, each = self._settings.queue, self._settings.per_client
        if len(clients) >= most:
            wait = _retry_after(board.first_end())
            raise QueueFull(f"The queue is full: {most} jobs wait or run. Try again in {wait:.0f} s.", wait)
        if list(clients.values()).count(client) >= each:
            wait = _retry_after(board.first_end(client))
            said = f"You have {each} jobs that wait or run, which is the most. Try again when one of them is done."
            raise ClientBusy(said, wait)

    async def _refuse_without_room(self, request: Request) -> None:
        """Raise when this job and those before it would fill the disk: it would wait for room that never comes."""
        board = await self._fresh_board()
        ahead = sum(work_bytes(one.request) * (1 - board.done(one.id)) for one in board.records.values())
        free = await self._call(free_bytes, self._settings)
        needed = work_bytes(request)
        if needed > free - self._settings.reserve_bytes - ahead:
            size = f"{needed / 1e9:.1f} GB" if needed >= 1e9 else f"{needed / 1e6:.0f} MB"
            raise StorageFull(_NO_ROOM[job_kind(request)].format(size=size), 60.0)

    async def _fresh_board(self, *, seconds: float = _BOARD_SECONDS) -> Board:
        async with in_time(), self._board_lock:
            if self._board is None or time.monotonic() - self._board_at > seconds:
                self._board = await self._read(self._read_board)
                self._board_at = time.monotonic()
            return self._board

    async def _views(self, jobs: Iterable[str]) -> dict[str, Job]:
        """Jobs as they stand, those that there are."""
        wanted = list(jobs)
        board = await self._fresh_board()
        others = [job for job in wanted if job not in board.records]
        records = dict(board.records)
        progress = dict(board.progress)
        if others:
            found, far = await self._read(lambda: (self._records(others), self._ledger.progress(others)))
            records.update(found)
            progress.update(far)
        keep = self._settings.limits.keep_seconds
        return {
            job: job_view(records[job], progress.get(job), board, keep_seconds=keep) for job in wanted if job in records
        }

    async def _worker_rows(self) -> list[WorkerRow]:
        if time.monotonic() - self._workers[0] > _WORKERS_SECONDS or not self._workers[0]:
            self._workers = (time.monotonic(), await self._read(self._ledger.workers))
        return self._workers[1]

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception:
                _LOG.exception("Old results cannot be removed; trying again later.")
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _part(self, check: Callable[[], None]) -> str:
        try:
            async with asyncio.timeout(_PART_SECONDS):
                await asyncio.to_thread(check)
        except TimeoutError:
            return f"No answer in {_PART_SECONDS:.0f} s."
        except Exception as error:
            return f"No answer ({type(error).__name__})."
        return "ok"

    async def _alive(self) -> int:
        """How many workers there are, as far as that can be told in time."""
        with contextlib.suppress(TimeoutError, KeylightError):
            async with asyncio.timeout(_PART_SECONDS):
                return sum(row.alive for row in await self._worker_rows())
        return 0

    async def _accept(self, job: str, request: Request, files: Mapping[str, Path], *, keyed: bool) -> None:
        """Take the files, then write the job down."""
        loop = asyncio.get_running_loop()
        doing = loop.run_in_executor(None, self._put_files, job, files)
        try:
            await asyncio.shield(doing)
            doing = loop.run_in_executor(self._writers, self._enqueue, job, request)
            async with in_time():
                await told(asyncio.shield(doing))
        except BaseException:
            if not keyed:  # nobody will ever know of this job
                task = asyncio.create_task(self._withdraw(job, doing))
                self._withdrawing.add(task)
                task.add_done_callback(self._withdrawing.discard)
            raise

    async def _withdraw(self, job: str, doing: asyncio.Future[None]) -> None:
        """Undo what `doing` does, now or later: what a thread has begun cannot be stopped."""
        await asyncio.wait([doing])
        doing.exception()
        while True:
            try:
                await self._call(self._client.cancel_workflow, job)
            except JobsUnavailable as failure:
                await asyncio.sleep(failure.retry_after)
            else:
                break
        await self._call(self._store.delete, f"work/{job}")
        self._board = None

    async def _read(self, call: Callable[..., T], *arguments: Any) -> T:
        async with in_time():
            return await self._call(call, *arguments)

    async def _write(self, call: Callable[..., T], *arguments: Any) -> T:
        async with in_time():
            return await told(asyncio.get_running_loop().run_in_executor(self._writers, call, *arguments))

    async def _call(self, call: Callable[..., T], *arguments: Any) -> T:
        return await told(asyncio.to_thread(call, *arguments))

    # What follows blocks and runs in threads.

    def _put_files(self, job: str, files: Mapping[str, Path]) -> None:
        for name, path in files.items():
            self._store.put_file(f"work/{job}/{name}", path)

    def _enqueue(self, job: str, request: Request) -> None:
        self._client.enqueue(
            {
                "workflow_name": job_kind(request),
                "queue_name": QUEUE,
                "workflow_id": job,
                "queue_partition_key": request.client,
                "app_version": FLOWS_VERSION,
            },
            job,
            msgspec.to_builtins(request),
        )

    def _read_board(self) -> Board:
        now = time.time()
        rows = self._client.list_workflows(status=_ACTIVE, queue_name=QUEUE, load_output=False)
        records = {row.workflow_id: _record(row) for row in rows}
        progress = self._ledger.progress(records) if records else {}
        alive = sum(row.alive for row in self._ledger.workers())
        return Board(now, records, progress, self._ledger.figures(), max(1, alive) * self._settings.slots)

    def _records(self, jobs: list[str]) -> dict[str, Record]:
        rows = self._client.list_workflows(workflow_ids=jobs)
        return {row.workflow_id: _record(row) for row in rows}

    def _expire(self, job: str) -> None:
        self._ledger.expire(job)
        for room in ("results", "work"):
            self._store.delete(f"{room}/{job}")

    def _sweep(self) -> None:
        now = time.time()
        kept = self._settings.limits.keep_seconds
        ended = [status for status, state in _STATES.items() if state in ENDED]
        rows = self._client.list_workflows(
            status=ended, name=list(_REQUESTS), load_input=False, load_output=False, completed_before=_iso(now - kept)
        )
        known = self._ledger.progress([row.workflow_id for row in rows])
        for row in rows:
            if not known.get(row.workflow_id, Progress("waiting", 0.0)).expired:
                self._expire(row.workflow_id)
        old = [row.workflow_id for row in rows if (row.completed_at or 0) / 1000 < now - kept - _FORGET_SECONDS]
        if old:
            self._client.delete_workflows(old)
            self._ledger.forget(old)
        for room in ("work", "results"):
            self._sweep_orphans(room)

    def _sweep_orphans(self, room: str) -> None:
        """Files of jobs that are not there, or that have no more use for them."""
        found = list(self._store.jobs(room, older_seconds=_ORPHAN_SECONDS))
        records = self._records(found) if found else {}
        wanted = _wants_work if room == "work" else _wants_results
        for job in found:
            if job not in records or not wanted(records[job].state):
                self._store.delete(f"{room}/{job}")


def _wants_work(state: JobState) -> bool:
    return state in ("queued", "running")


def _wants_results(state: JobState) -> bool:
    return state in ("queued", "running", "done")


def _record(row: WorkflowStatus) -> Record:
    given = row.input["args"][1] if row.input else None
    assert given is not None
    request = msgspec.convert(given, _REQUESTS[row.name])
    return Record(
        id=row.workflow_id,
        state=_STATES[row.status],
        request=request,
        ended_at=row.completed_at / 1000 if row.completed_at else None,
        output=row.output if isinstance(row.output, dict) else None,
    )


def _retry_after(end: float | None) -> float:
    return min(max(end if end is not None else 30.0, 2.0), 600.0)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
