"""`python -m backend.worker NAME --device cpu`: takes jobs off the queue and sees them through.

Several workers may run, on one machine with SQLite or on many with Postgres; each needs a name of its own, which it
keeps over restarts. Recovery has two halves. A worker that starts finds its own unfinished jobs and goes on with them.
Every few seconds each worker looks for jobs of workers that are gone for good (`backend.lease`) and gives them back to
the queue. What it cannot make sense of ends it: a restart is the one way back that is always tested.

On SIGTERM it takes nothing new, finishes the pieces that are being computed and ends; `--lifeline` ends it at once
when its input closes, as it does when the server that started it dies.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, error
from sqlalchemy.exc import SQLAlchemyError

from backend import flows
from backend.bench import Bench, Films, Finish, Host, Reporter
from backend.gpu.film_host import FilmHost, films_missing
from backend.gpu.host import ChildHost, finish
from backend.gpu.models import find_models
from backend.jobs import open_client, prepare_database
from backend.lease import Lease, NameTaken, take_lease
from backend.orders import APPLICATION, FLOWS_VERSION, QUEUE, WorkerInfo
from backend.progress import Ledger
from backend.settings import Settings, read_settings
from backend.storage import open_store
from shared.errors import KeylightError
from shared.schema.jobs import DeviceInfo, ModelInfo

__all__ = ["main"]

_LOG: Final = logging.getLogger(__name__)

#: Audio in a piece, which is what a kill costs at most: without a graphics card half a minute or a minute of work,
#: with one a few seconds, for which more would be lost in starting and ending pieces than is ever lost by kills.
_PIECE_SECONDS: Final = 20.0
_PIECE_SECONDS_ON: Final = {"cuda": 60.0}
_JANITOR_SECONDS: Final = 3.0
_HELLO_SECONDS: Final = 5.0
#: Weights may be put into their folder, or their server come back, at any time.
_LOOK_AGAIN_SECONDS: Final = 20.0
_DRAIN_SECONDS: Final = 120.0
_QUEUE_SECONDS: Final = 0.25
#: A job of ours that nothing here works on at so many looks in a row is lost.
_LOST_LOOKS: Final = 3

_LIFELINE_CUT: Final = 77
_LEASE_LOST: Final = 70
_JOB_LOST: Final = 72
_PART_LOST: Final = 73


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker computes with: its warm child, what writes results, what renders, what finds ready models."""

    host: Host
    finish: Finish
    films: Films
    find_models: Callable[[], tuple[ModelInfo, ...]]


MakeTools = Callable[[Settings, str], Tools]


def child_tools(settings: Settings, device: str) -> Tools:
    """The real ones."""
    host = ChildHost(device=device, models=settings.models_folder, idle_seconds=settings.idle_minutes * 60)
    films = FilmHost(gl=device.startswith("cuda"))
    return Tools(host, finish, films, lambda: find_models(settings.models_folder))


def main(arguments: list[str] | None = None, make_tools: MakeTools = child_tools) -> int:
    """Work until asked to end; the answer is the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m backend.worker", description="Separate songs and render videos for Keylight."
    )
    parser.add_argument("name", help="its name, which no other worker has")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps or auto")
    parser.add_argument("--lifeline", action="store_true", help="end when the input closes")
    parser.add_argument("--stand-by", action="store_true", help="wait while another worker has the name")
    given = parser.parse_args(arguments)
    if given.lifeline:
        threading.Thread(target=_hang_on, daemon=True).start()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("dbos").addFilter(_is_news)
    try:
        settings = read_settings(os.environ)
        ledger = prepare_database(settings)
        lease = _stand_by(settings, given.name) if given.stand_by else take_lease(settings, given.name)
        worker = _Worker(settings, given.name, ledger, lease, make_tools(settings, given.device))
        asyncio.run(worker.run())
    except KeylightError as refusal:
        print(f"keylight worker: {refusal}", file=sys.stderr)
        return 1
    return 0


def _stand_by(settings: Settings, name: str) -> Lease:
    """The lock of the name, whenever it is free: another server on the same data has this worker, and may end."""
    told = False
    while True:
        try:
            return take_lease(settings, name)
        except NameTaken:
            if not told:
                print(
                    f"keylight worker: another server on this data already runs worker {name}, which works for both. "
                    + "This one waits, and takes over when it ends.",
                    file=sys.stderr,
                )
            told = True


def _hang_on() -> None:
    os.read(0, 1)
    os._exit(_LIFELINE_CUT)


class _Worker:
    """One worker process."""

    def __init__(self, settings: Settings, name: str, ledger: Ledger, lease: Lease, tools: Tools) -> None:
        self._settings = settings
        self._name = name
        self._ledger = ledger
        self._lease = lease
        self._tools = tools
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Start the engine, look after it, and end when asked to."""
        client = open_client(self._settings)
        bench = await self._make_bench(client)
        flows.install(bench)
        await asyncio.to_thread(self._register_queue, client)
        self._launch()
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, self._stopping.set)
        janitor = _Janitor(self._name, self._lease, client, bench)
        tasks = [
            asyncio.create_task(coroutine)
            for coroutine in (bench.reporter.run(), janitor.run(), self._greet(), self._tell(bench))
        ]
        stopping = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        if stopping not in done:
            _LOG.error("A part of this worker ended; all of it does.", exc_info=done.pop().exception())
            os._exit(_PART_LOST)
        await self._drain(bench)
        for task in tasks:
            task.cancel()
        await bench.reporter.flush()
        await self._tools.host.close()
        await self._tools.films.close()
        await asyncio.to_thread(self._ledger.goodbye, self._name)
        sys.stderr.flush()
        # Jobs that are parked stay as they are, for whoever recovers them; an orderly end would wait for them.
        os._exit(0)

    async def _make_bench(self, client: DBOSClient) -> Bench:
        settings = self._settings
        return Bench(
            settings=settings,
            store=await asyncio.to_thread(open_store, settings),
            ledger=self._ledger,
            host=self._tools.host,
            finish=self._tools.finish,
            films=self._tools.films,
            reporter=Reporter(self._ledger),
            is_cancelled=lambda job: _is_cancelled(client, job),
            piece_seconds=settings.piece_seconds or _PIECE_SECONDS,
            figures=await asyncio.to_thread(self._ledger.figures),
        )

    def _launch(self) -> None:
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self._settings.database_url,
                "executor_id": self._name,
                "application_version": FLOWS_VERSION,
                "serializer": DBOSPortableJSONSerializer(),
                "sys_db_pool_size": 8,
                "log_level": "WARNING",
            }
        )
        DBOS.listen_queues([QUEUE])
        DBOS.launch()

    def _register_queue(self, client: DBOSClient) -> None:
        """Before the engine starts: it would find a later one only a second later."""
        slots = self._settings.slots
        client.register_queue(
            QUEUE,
            worker_concurrency=slots,
            # One client never has all places, where there is more than one: somebody else's job need not wait for it.
            partition_worker_concurrency=max(1, slots - 1),
            polling_interval_sec=_QUEUE_SECONDS,
            on_conflict="always_update",
        )

    async def _greet(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._ledger.hello, self._name)
            except SQLAlchemyError as failure:
                _LOG.warning("The database does not answer: %s", failure)
            await asyncio.sleep(_HELLO_SECONDS)

    async def _tell(self, bench: Bench) -> None:
        """Tell what is here: at once which models there are, then on what they run, and again when either changes."""
        told: WorkerInfo | None = None
        device: DeviceInfo | None = None
        while True:
            try:
                info = WorkerInfo(await asyncio.to_thread(self._tools.find_models), device, films_missing())
                if info != told:
                    await asyncio.to_thread(self._ledger.hello, self._name, msgspec.json.encode(info))
                    told = info
                if device is None:
                    _, device = await self._tools.host.inspect()
                    if not self._settings.piece_seconds:
                        bench.piece_seconds = _PIECE_SECONDS_ON.get(device.kind, _PIECE_SECONDS)
                    continue
            except Exception as failure:
                _LOG.warning("What can be separated here is not known; looking again: %s", failure)
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _drain(self, bench: Bench) -> None:
        """Let the pieces at hand be finished."""
        bench.draining = True
        end = time.monotonic() + _DRAIN_SECONDS
        while bench.running - bench.parked and time.monotonic() < end:
            await asyncio.sleep(0.05)


def _is_cancelled(client: DBOSClient, job: str) -> bool:
    rows = client.list_workflows(workflow_ids=[job], load_input=False, load_output=False)
    return [row.status for row in rows] == ["CANCELLED"]


def _is_news(record: logging.LogRecord) -> bool:
    """DBOS tells a traceback for every job that is cancelled, which is no fault."""
    failure = record.exc_info[1] if record.exc_info else None
    return not isinstance(failure, error.DBOSAwaitedWorkflowCancelledError)


class _Janitor:
    """Gives jobs of dead workers back to the queue, and makes sure that this one is alive and has lost none."""

    def __init__(self, name: str, lease: Lease, client: DBOSClient, bench: Bench) -> None:
        self._name = name
        self._lease = lease
        self._client = client
        self._bench = bench
        self._looks: dict[str, int] = {}

    async def run(self) -> None:
        """Look around until cancelled."""
        while True:
            await asyncio.sleep(_JANITOR_SECONDS * random.uniform(0.8, 1.2))
            try:
                await asyncio.to_thread(self._lease.ping)
            except Exception:
                _LOG.exception("The lease may be lost, and with it the right to work; this worker ends.")
                os._exit(_LEASE_LOST)
            try:
                await asyncio.to_thread(self._look)
            except SQLAlchemyError as failure:
                _LOG.warning("The database does not answer: %s", failure)

    def _look(self) -> None:
        rows = self._client.list_workflows(status="PENDING", queue_name=QUEUE, load_input=False, load_output=False)
        for executor in {row.executor_id for row in rows} - {self._name, None}:
            assert executor is not None
            with self._lease.others_gone(executor) as gone:
                if gone:
                    _LOG.warning("Worker %s is gone; its jobs go back to the queue.", executor)
                    # Unlike a public `resume_workflow` it changes only rows that are still that worker's.
                    DBOS._recover_pending_workflows([executor])
        mine = {row.workflow_id for row in rows if row.executor_id == self._name} - self._bench.running
        self._looks = {job: self._looks.get(job, 0) + 1 for job in mine}
        if any(looks >= _LOST_LOOKS for looks in self._looks.values()):
            _LOG.error("A job is recorded as running here and is not; this worker ends, and its restart goes on.")
            os._exit(_JOB_LOST)


if __name__ == "__main__":
    sys.exit(main())
