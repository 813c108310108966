"""A database that another process has locked: requests are told to come again in time, and no job is lost or unseen."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from backend import refusals
from backend.app import create_app
from backend.jobs import JobsUnavailable
from backend.settings import Settings
from tests.backend.jobs.rig import (
    ended,
    files_below,
    jobs_of,
    log_lines,
    settings_in,
    submit,
    submit_song,
    until,
    upload,
    workers_of,
)
from tests.serving import wait_for

_LOCKER = """
import sqlite3, sys
held = []
for path in sys.argv[1:]:
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    held.append(connection)
print("locked", flush=True)
sys.stdin.read()
"""


def _paths(settings: Settings) -> list[str]:
    return [str(settings.folder / name) for name in ("jobs.sqlite", "ledger.sqlite")]


@contextlib.asynccontextmanager
async def locked(settings: Settings) -> AsyncIterator[None]:
    """Nobody else can write to jobs or ledger meanwhile."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LOCKER, *_paths(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"locked\n"
        yield
    finally:
        process.stdin.close()
        await process.wait()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests wait half a second."""
    monkeypatch.setattr(refusals, "_ANSWER_SECONDS", 0.5)


def test_a_request_is_told_to_come_again_and_what_was_not_answered_is_no_job(tmp_path: Path, impatient: None) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, workers="none", per_client=20)
        async with jobs_of(settings) as jobs:
            known = await submit(jobs, settings, "pieces=1 seconds=0")
            async with locked(settings):
                sent = (submit(jobs, settings, "pieces=1 seconds=0") for _ in range(6))  # more than there are threads
                for failure in await asyncio.gather(*sent, return_exceptions=True):
                    assert isinstance(failure, JobsUnavailable)
                    assert str(failure) == "The job database does not answer. Try again in a moment."
                    assert failure.retry_after == 5.0
                with pytest.raises(JobsUnavailable, match="does not answer"):
                    await jobs.cancel(known.id)
                # Who only asks is answered: writers have threads of their own.
                assert (await jobs.get(known.id)) is not None
                assert (await jobs.queue()).waiting == 1
                assert (await jobs.health("b1")).database == "ok"
            async with asyncio.timeout(30):
                while jobs._withdrawing:
                    await asyncio.sleep(0.05)
            # Of the songs that were not answered nothing is left, and the other one can be cancelled now.
            await jobs.cancel(known.id)
            assert (await jobs.queue()).waiting == 0
            assert not files_below(tmp_path / "store")

    asyncio.run(scenario())


def test_over_http_it_is_503_with_the_time_to_come_again(tmp_path: Path, impatient: None) -> None:
    settings = settings_in(tmp_path, workers="none")

    async def send() -> str:
        async with jobs_of(settings) as jobs:
            return (await submit(jobs, settings, "pieces=1 seconds=0")).id

    path = f"/api/jobs/{asyncio.run(send())}"
    command = [sys.executable, "-c", _LOCKER, *_paths(settings)]
    with TestClient(create_app(settings=settings), base_url="http://127.0.0.1") as client:
        wait_for(lambda: client.get(path).status_code == 200, what="the jobs")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as locker:
            assert locker.stdout is not None
            assert locker.stdout.readline() == b"locked\n"
            refused = client.delete(path)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert refused.json() == {
                "error": "unavailable", "message": "The job database does not answer. Try again in a moment."
            }  # fmt: skip
            assert client.get(path).json()["state"] in ("queued", "cancelled")
            assert locker.stdin is not None
            locker.stdin.close()
            locker.wait()
        assert client.delete(path).json()["state"] == "cancelled"


def test_who_leaves_while_the_job_is_written_down_has_none(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, workers="none")
        async with jobs_of(settings) as jobs:
            async with locked(settings):
                sending = asyncio.create_task(submit(jobs, settings, "pieces=1 seconds=0"))
                await until(lambda: files_below(tmp_path / "store"))
                sending.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await sending
            async with asyncio.timeout(30):
                while jobs._withdrawing:
                    await asyncio.sleep(0.05)
            assert (await jobs.queue()).waiting == 0
            assert not files_below(tmp_path / "store")

    asyncio.run(scenario())


def test_what_has_a_key_can_be_asked_for_later(tmp_path: Path, impatient: None) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, workers="none")
        async with jobs_of(settings) as jobs:

            async def send() -> tuple[str, bool]:
                job, new = await submit_song(jobs, upload(settings), key="k")
                return job.id, new

            async with locked(settings):
                with pytest.raises(JobsUnavailable):
                    await send()
            async with asyncio.timeout(30):
                while (found := await jobs.find("ann", "k")) is None:
                    await asyncio.sleep(0.05)
            assert await send() == (found.id, False)

    asyncio.run(scenario())


@pytest.mark.slow
def test_jobs_that_run_wait_and_go_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path)
        async with jobs_of(settings) as jobs, workers_of(settings, "one") as workers:
            sent = [await submit(jobs, settings, "pieces=3 seconds=0.5", client=f"c{n}") for n in range(2)]
            await until(lambda: len(log_lines(settings, "end")) >= 2)
            async with locked(settings):
                begin = time.monotonic()
                while time.monotonic() - begin < 11.0:  # longer than the ledger waits for a lock by itself
                    await asyncio.sleep(0.2)
                    assert workers.processes["one"].returncode is None
            assert [(await ended(jobs, job.id)).state for job in sent] == ["done", "done"]
            assert len(log_lines(settings, "start")) == len(set(log_lines(settings, "end"))) == 6

    asyncio.run(scenario())
