"""The clock of the machine is put back or forward by an hour while jobs run."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest

from backend.jobs import Jobs
from backend.progress import WorkerRow
from shared.schema.jobs import Job
from tests.backend.jobs.rig import WAIT_SECONDS, ended, jobs_of, log_lines, settings_in, submit, workers_of
from tests.backend.jobs.standin import set_clock


def _put_clock(folder: Path, seconds: float) -> None:
    part = folder / "clock.part"
    part.write_text(f"{seconds}\n")
    part.replace(folder / "clock")


@pytest.mark.slow
@pytest.mark.parametrize("jumps", [(-3600, 0), (3600, 0)], ids=["back", "forward"])
def test_no_job_is_lost_and_none_is_done_twice(
    tmp_path: Path, jumps: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, slots=2)
        async with jobs_of(settings) as jobs, workers_of(settings, "one", "two") as workers:
            # The first one teaches the server a pace, so that it promises times for the others.
            assert (await ended(jobs, (await submit(jobs, settings, "pieces=2 seconds=0.2")).id)).state == "done"
            sent = [await submit(jobs, settings, "pieces=4 seconds=1", client=f"c{n}") for n in range(4)]
            for jump in jumps:
                seen = len(log_lines(settings, "end"))
                _put_clock(tmp_path, jump)
                async with asyncio.timeout(WAIT_SECONDS):
                    while len(log_lines(settings, "end")) < min(seen + 4, 2 + 4 * 4):
                        await asyncio.sleep(0.1)
                        await _check_promises(jobs, sent)
            assert [(await ended(jobs, job.id)).state for job in sent] == ["done"] * 4
            assert max(Counter(log_lines(settings, "start")).values()) == 1
            assert {process.returncode for process in workers.processes.values()} == {None}
            async with asyncio.timeout(WAIT_SECONDS):  # until the workers say again that they are there
                while (await jobs.health("b1")).status != "ok":
                    await asyncio.sleep(0.2)
            await jobs.sweep()
            for job in sent:
                assert (await jobs.open_result(job.id, "vocals")) is not None

    monkeypatch.setattr(time, "time", time.time)  # put back afterwards
    set_clock(tmp_path)
    asyncio.run(scenario())


async def _check_promises(jobs: Jobs, sent: list[Job]) -> None:
    for job in sent:
        now = await jobs.get(job.id)
        assert now is not None
        assert now.eta_seconds is None or now.eta_seconds >= 0
        assert 0 <= now.progress <= 1


def test_what_is_told_goes_on_after_the_clock_was_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read once for all counts as new for a quarter of a second, by a clock that cannot be put back."""

    async def scenario() -> None:
        settings = settings_in(tmp_path, workers="none")
        async with jobs_of(settings) as jobs, jobs_of(settings) as other:
            assert (await jobs.queue()).waiting == 0
            _put_clock(tmp_path, -3600)
            job = await submit(other, settings, "pieces=1 seconds=0")
            async with asyncio.timeout(WAIT_SECONDS):
                while (await jobs.queue()).waiting != 1:
                    await asyncio.sleep(0.05)
            numbers = []
            async for number, one in jobs.watch(job.id, after=2 * int(time.time() * 1000 + 7_200_000)):
                numbers.append(number)
                if one.state == "cancelled":
                    break
                await other.cancel(job.id)
            assert numbers == sorted(set(numbers))

    monkeypatch.setattr(time, "time", time.time)
    set_clock(tmp_path)
    asyncio.run(scenario())


def test_a_worker_of_the_future_is_not_alive_for_ever() -> None:
    now = time.time()
    assert [WorkerRow("one", now + ahead, None).alive for ahead in (-3600, -1, 1, 3600)] == [False, True, True, False]
