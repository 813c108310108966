"""What goes wrong on the way, and that every job ends all the same."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path

from tests.backend.jobs.rig import ended, jobs_of, log_lines, settings_in, submit, until, workers_of


def _ends(settings, job: str) -> list[int]:
    return [piece for name, piece, _ in log_lines(settings, "end") if name == job]


def test_a_poison_song_is_given_up_and_takes_no_other_with_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, attempts=3, slots=4)
        async with jobs_of(settings) as jobs, workers_of(settings, "one"):
            poison = await submit(jobs, settings, "pieces=3 seconds=0.1 poison=1")
            mortal = await submit(jobs, settings, "pieces=3 seconds=0.1 mortal=1")
            refused = await submit(jobs, settings, "pieces=3 seconds=0.1 refuse=2", client="bob")
            failed = await ended(jobs, poison.id)
            assert failed.state == "failed"
            assert failed.error == "Separation stopped 3 times at the same place of this song and was given up."
            assert (await ended(jobs, mortal.id)).state == "done"
            said = await ended(jobs, refused.id)
            assert (said.state, said.error) == ("failed", "The song cannot be decoded from 0:10 on.")
            starts = [alone for job, piece, alone in log_lines(settings, "start") if (job, piece) == (poison.id, 1)]
            assert starts == [False, True, True]
            assert _ends(settings, mortal.id) == [0, 1, 2]
            assert not list((tmp_path / "store" / "work").iterdir())

    asyncio.run(scenario())


def test_a_full_disk_is_waited_for_and_said(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, attempts=1)
        (tmp_path / "full").touch()
        async with jobs_of(settings) as jobs, workers_of(settings, "one"):
            job = await submit(jobs, settings, "pieces=3 seconds=0.1 full=1")
            await until(lambda: len([1 for _, piece, _ in log_lines(settings, "start") if piece == 1]) > 2)
            now = await jobs.get(job.id)
            assert now is not None
            assert now.state == "running"
            assert now.note == "The server's disk is full. The job goes on by itself once there is room."
            (tmp_path / "full").unlink()
            done = await ended(jobs, job.id)
            assert (done.state, done.note) == ("done", None)
            assert _ends(settings, job.id) == [0, 1, 2]

    asyncio.run(scenario())


def test_a_killed_worker_goes_on_where_it_was(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path)
        async with jobs_of(settings) as jobs, workers_of(settings, "one") as workers:
            job = await submit(jobs, settings, "pieces=4 seconds=0.5")
            await until(lambda: len(_ends(settings, job.id)) == 2)
            await workers.kill("one")
            await workers.start("one")
            assert (await ended(jobs, job.id)).state == "done"
            assert _ends(settings, job.id) == [0, 1, 2, 3]

    asyncio.run(scenario())


def test_jobs_of_a_worker_that_is_gone_for_good_are_taken_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path)
        async with jobs_of(settings) as jobs, workers_of(settings, "one") as workers:
            sent = [await submit(jobs, settings, "pieces=3 seconds=0.5", client=f"c{n}") for n in range(2)]
            await until(lambda: len(log_lines(settings, "end")) >= 2)
            await workers.start("two")
            await workers.kill("one")
            assert [(await ended(jobs, job.id)).state for job in sent] == ["done", "done"]
            assert max(Counter(log_lines(settings, "end")).values()) == 1

    asyncio.run(scenario())


def test_a_second_worker_of_the_same_name_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path)
        async with jobs_of(settings) as jobs, workers_of(settings, "one") as workers:
            await ended(jobs, (await submit(jobs, settings, "pieces=1 seconds=0")).id)
            first = workers.processes["one"]
            second = await workers.start("one")
            async with asyncio.timeout(30):
                assert await second.wait() == 1
            assert first.returncode is None
            workers.processes["one"] = first

    asyncio.run(scenario())


def test_a_worker_that_is_asked_to_end_finishes_its_piece_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path)
        async with jobs_of(settings) as jobs, workers_of(settings, "one") as workers:
            job = await submit(jobs, settings, "pieces=3 seconds=1")
            await until(lambda: (job.id, 1, False) in log_lines(settings, "start"))
            assert await workers.kill("one", signal.SIGTERM) == 0
            assert _ends(settings, job.id) == [0, 1]
            assert log_lines(settings, "stopped") == []
            now = await jobs.get(job.id)
            assert now is not None
            assert now.progress > 0.5
            await workers.start("one")
            assert (await ended(jobs, job.id)).state == "done"
            assert [piece for _, piece, _ in log_lines(settings, "start")] == [0, 1, 2]

    asyncio.run(scenario())
