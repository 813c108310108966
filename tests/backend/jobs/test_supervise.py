"""Workers are kept alive, and none outlives the server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.supervise import Supervisor, _devices
from tests.backend.jobs.rig import ROOT, STAND_IN, ended, environment, jobs_of, settings_in, submit, until

_SERVER = """
import asyncio, os, sys
from backend.settings import read_settings
from backend.supervise import Supervisor

async def main():
    supervisor = Supervisor(read_settings(os.environ), module=sys.argv[1])
    await supervisor.start()
    while len(supervisor.pids) < 2:
        await asyncio.sleep(0.01)
    print(*supervisor.pids.values(), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def _alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has waited for does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_a_worker_that_dies_is_started_again_and_stop_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path)
        for key, value in environment(settings).items():
            monkeypatch.setenv(key, value)
        async with jobs_of(settings) as jobs:
            supervisor = Supervisor(settings, module=STAND_IN)
            await supervisor.start()
            await until(lambda: supervisor.pids)
            (first,) = supervisor.pids.values()
            os.kill(first, signal.SIGKILL)
            await until(lambda: supervisor.pids and first not in supervisor.pids.values())
            job = await submit(jobs, settings, "pieces=1 seconds=0")
            assert (await ended(jobs, job.id)).state == "done"
            (second,) = supervisor.pids.values()
            await supervisor.stop()
            assert not _alive(second)
            assert supervisor.pids == {}

    asyncio.run(scenario())


def test_the_worker_of_a_second_server_waits_until_the_first_one_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Two servers on one data folder work together: one worker does the jobs of both, the other is a spare."""

    async def scenario() -> None:
        settings = settings_in(tmp_path)
        for key, value in environment(settings).items():
            monkeypatch.setenv(key, value)
        async with jobs_of(settings) as one, jobs_of(settings) as two:
            first, second = (Supervisor(settings, module=STAND_IN) for _ in range(2))
            await first.start()
            await until(lambda: (tmp_path / "alive" / "local-0").exists())
            await second.start()
            said = ""
            async with asyncio.timeout(60):
                while "another server on this data already runs worker local-0" not in said:
                    await asyncio.sleep(0.1)
                    said += capfd.readouterr().err
            (spare,) = second.pids.values()
            for jobs in (one, two):
                job = await submit(jobs, settings, "pieces=1 seconds=0")
                assert (await ended(one, job.id)).state == "done"
            await first.stop()
            job = await submit(two, settings, "pieces=1 seconds=0")
            assert (await ended(two, job.id)).state == "done"
            assert list(second.pids.values()) == [spare]
            await second.stop()
            assert "already runs" not in capfd.readouterr().err

    asyncio.run(scenario())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_a_killed_server_leaves_no_worker_behind(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, workers="cpu,cpu")
    command = [sys.executable, "-c", _SERVER, STAND_IN]
    with subprocess.Popen(command, cwd=ROOT, env=environment(settings), stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            pids = [int(word) for word in server.stdout.readline().split()]
            assert len(pids) == 2
            # Both are at work already: a lifeline must be held from the first moment, and later too.
            while not (tmp_path / "alive" / "local-1").exists():
                assert all(_alive(pid) for pid in pids)
                time.sleep(0.02)
        finally:
            server.kill()
        server.wait()
        end = time.monotonic() + 1.0
        while any(_alive(pid) for pid in pids):
            assert time.monotonic() < end, "a worker outlived its server by a second"
            time.sleep(0.01)


def test_no_workers_are_started_where_none_are_wanted(tmp_path: Path) -> None:
    async def scenario() -> None:
        supervisor = Supervisor(settings_in(tmp_path, workers="none"))
        await supervisor.start()
        assert supervisor.pids == {}
        await supervisor.stop()

    asyncio.run(scenario())


def test_auto_is_every_graphics_card(tmp_path: Path) -> None:
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / name).mkdir()
    assert _devices(("auto",), tmp_path) == ("cuda:0", "cuda:1")
    assert _devices(("cuda:1", "cpu"), tmp_path) == ("cuda:1", "cpu")
    assert _devices((), tmp_path) == ()
