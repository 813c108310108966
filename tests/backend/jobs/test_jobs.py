"""Jobs as the server sees them, with real workers and a child that does as it is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend.jobs import ClientBusy, QueueFull, StorageFull
from shared.schema.jobs import StemsOptions
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


def test_a_song_goes_through_and_its_files_can_be_read(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path)
        async with jobs_of(settings) as jobs, workers_of(settings, "one"):
            job = await submit(jobs, settings, "pieces=3 seconds=0.3")
            assert (job.state, job.stage, job.queue_position, job.progress) == ("queued", "waiting", 1, 0.0)
            events = [event async for event in jobs.watch(job.id)]
            numbers = [number for number, _ in events]
            assert numbers == sorted(set(numbers))
            assert [number % 2 for number in numbers] == [0] * (len(numbers) - 1) + [1]
            seen = [one for _, one in events]
            progress = [one.progress for one in seen]
            assert progress == sorted(progress)
            assert {"waiting", "separating"} <= {one.stage for one in seen}
            done = seen[-1]
            assert (done.state, done.stage, done.progress, done.error) == ("done", "done", 1.0, None)
            assert [file.name for file in done.results] == ["drums", "bass", "other", "vocals", "zip"]
            assert done.results[3].url == f"/api/jobs/{job.id}/results/vocals"
            file = await jobs.open_result(job.id, "vocals")
            assert file is not None
            assert (file.file_name, file.bytes, file.media_type) == ("Song (vocals).flac", 19, "audio/flac")
            assert await file.read(0, file.bytes) == b"vocals of 3 pieces\n"
            assert await file.read(10, 13) == b"3 p"
            peaks = await jobs.open_result(job.id, "vocals", peaks=True)
            assert peaks is not None
            assert await peaks.read(0, peaks.bytes) == b"peaks of vocals"
            assert await jobs.open_result(job.id, "piano") is None
            # Who has seen the end is sent nothing more; who has not, is sent it.
            assert [event async for event in jobs.watch(job.id, numbers[-1])] == []
            assert [one.state async for _, one in jobs.watch(job.id, numbers[-2])] == ["done"]
            assert not files_below(tmp_path / "store" / "work")
            # DELETE of what is done removes the files.
            gone = await jobs.cancel(job.id)
            assert gone is not None
            assert (gone.state, gone.results) == ("expired", ())
            assert await jobs.open_result(job.id, "vocals") is None
            assert not files_below(tmp_path / "store")
            assert await jobs.get("0" * 32) is None
            assert await jobs.cancel("0" * 32) is None
            capabilities = await jobs.capabilities()
            assert capabilities.separation
            assert capabilities.models[0].speed is not None
            health = await jobs.health("b1")
            assert (health.status, health.workers, health.database, health.store) == ("ok", 1, "ok", "ok")

    asyncio.run(scenario())


def test_the_same_key_is_the_same_job_however_often_and_how_many_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, workers="none")
        async with jobs_of(settings) as jobs, jobs_of(settings) as other:

            async def send(server, client="ann"):
                source = upload(settings)
                return await submit_song(server, source, client=client, key="k-1")

            answers = await asyncio.gather(*(send(server) for _ in range(10) for server in (jobs, other)))
            assert len({job.id for job, _ in answers}) == 1
            first = answers[0][0]
            # Two servers may both believe that theirs was the first; one server never does.
            assert 1 <= sum(new for _, new in answers) <= 2
            found = await other.find("ann", "k-1")
            assert found is not None
            assert found.id == first.id
            assert await jobs.find("ann", "k-2") is None
            assert await jobs.find("bob", "k-1") is None
            job, new = await send(jobs, client="bob")
            assert new
            assert job.id != first.id
            assert (await jobs.queue()).waiting == 2

    asyncio.run(scenario())


def test_who_comes_while_others_wait_for_the_same_key_waits_with_them(tmp_path: Path) -> None:
    """A lock that was just let go looks free to a newcomer; two at once would both keep a place of the queue."""

    async def scenario() -> None:
        async with jobs_of(settings_in(tmp_path, workers="none")) as jobs:
            inside: list[int] = []

            async def enter(number: int) -> None:
                async with jobs._one_at_a_time("a"):
                    assert not inside
                    inside.append(number)
                    await asyncio.sleep(0.01)
                    inside.remove(number)
                if number < 3:
                    await enter(number + 10)  # comes when the one before has left and the next has not begun

            await asyncio.gather(*(enter(number) for number in range(4)))
            assert jobs._same_job == {}

    asyncio.run(scenario())


def test_a_full_queue_and_a_busy_client_are_told_when_to_come_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, workers="none", queue=5, per_client=2)
        async with jobs_of(settings) as jobs:
            await submit(jobs, settings, "pieces=1 seconds=0")
            await submit(jobs, settings, "pieces=1 seconds=0")
            with pytest.raises(ClientBusy, match="You have 2 jobs that wait or run, which is the most") as busy:
                await jobs.admit("ann")
            assert 2 <= busy.value.retry_after <= 600
            await jobs.admit("bob")
            sent = (submit(jobs, settings, "pieces=1 seconds=0", client=f"c{n}") for n in range(12))
            answers = await asyncio.gather(*sent, return_exceptions=True)
            assert sum(isinstance(one, QueueFull) for one in answers) == 9
            with pytest.raises(QueueFull, match="The queue is full: 5 jobs wait or run"):
                await jobs.admit("dan")
            queue = await jobs.queue()
            assert (queue.waiting, queue.running, queue.full) == (5, 0, True)
            # What was refused has left its upload to whoever sent it, and nothing in the store.
            assert len(list((tmp_path / "store" / "work").iterdir())) == 5

    asyncio.run(scenario())


def test_a_song_that_would_fill_the_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        # 20 s in four stems take 28 MB until they are written: two songs fit above the reserve, a third does not.
        settings = settings_in(tmp_path, workers="none", reserve_mb=100)
        monkeypatch.setattr("backend.jobs.free_bytes", lambda _: 170_000_000)
        async with jobs_of(settings) as jobs:
            for _ in range(2):
                await submit(jobs, settings, "pieces=1 seconds=0")
            refused = upload(settings)
            with pytest.raises(StorageFull, match=r"no room for this song: while it is separated it takes 28 MB"):
                await submit_song(jobs, refused)
            assert refused.path.exists()
            one = StemsOptions(mode="rest", stems=("vocals",))
            _, new = await submit_song(jobs, refused, options=one)
            assert new

    asyncio.run(scenario())


def test_without_a_worker_it_says_that_nothing_can_be_separated(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path)
        async with jobs_of(settings) as jobs:
            capabilities = await jobs.capabilities()
            assert not capabilities.separation
            assert capabilities.reason == (
                "No worker is running, so nothing can be separated on this server. "
                + "One is started again within seconds; if it does not stay, the terminal says why."
            )
            assert (await jobs.health("b1")).status == "degraded"

    asyncio.run(scenario())


def test_a_job_can_be_cancelled_while_it_waits_and_while_it_runs(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path)
        async with jobs_of(settings) as jobs:
            waiting = await submit(jobs, settings, "pieces=1 seconds=0")
            cancelled = await jobs.cancel(waiting.id)
            assert cancelled is not None
            assert (cancelled.state, cancelled.queue_position) == ("cancelled", None)
            assert not files_below(tmp_path / "store")
            async with workers_of(settings, "one"):
                running = await submit(jobs, settings, "pieces=9 seconds=20")
                await until(lambda: log_lines(settings, "start"))
                await jobs.cancel(running.id)
                assert (await ended(jobs, running.id)).state == "cancelled"
                await until(lambda: log_lines(settings, "stopped") == [(running.id, 0, False)])
                await until(lambda: not files_below(tmp_path / "store"))
                # The worker is free for the next one, and the one cancelled while waiting never began.
                after = await submit(jobs, settings, "pieces=1 seconds=0")
                assert (await ended(jobs, after.id)).state == "done"
            assert waiting.id not in {job for job, _, _ in log_lines(settings, "start")}

    asyncio.run(scenario())


def test_hundreds_of_watchers_cost_one_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, workers="none", per_client=10)
        async with jobs_of(settings) as jobs:
            sent = [await submit(jobs, settings, "pieces=1 seconds=0") for _ in range(4)]
            looks = []
            read = jobs._read_board

            def counted():
                looks.append(1)
                return read()

            monkeypatch.setattr(jobs, "_read_board", counted)
            watched = [asyncio.create_task(ended(jobs, sent[n % 4].id)) for n in range(400)]
            await asyncio.sleep(2.0)
            assert 0 < len(looks) < 15
            for job in sent:
                await jobs.cancel(job.id)
            assert {one.state for one in await asyncio.gather(*watched)} == {"cancelled"}
            assert len(looks) < 40
            assert jobs._lookout._watched == {}

    asyncio.run(scenario())


def test_one_client_never_has_all_places(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, slots=2)
        async with jobs_of(settings) as jobs:
            for _ in range(3):
                await submit(jobs, settings, "pieces=1 seconds=3", client="ann")
            late = await submit(jobs, settings, "pieces=1 seconds=0", client="bob")
            assert late.queue_position == 2
            async with workers_of(settings, "one"):
                assert (await ended(jobs, late.id)).state == "done"
                # Ann's first is still being computed: Bob's came last and began at once.
                assert [job for job, _, _ in log_lines(settings, "end")] == [late.id]

    asyncio.run(scenario())


def test_old_results_go_and_files_of_no_job_go_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, keep_hours=1.0)
        async with jobs_of(settings) as jobs, workers_of(settings, "one"):
            job = await submit(jobs, settings, "pieces=1 seconds=0")
            done = await ended(jobs, job.id)
            assert done.expires_at is not None
            orphan = tmp_path / "store" / "work" / "f" / "source"
            orphan.parent.mkdir()
            orphan.write_bytes(b"a song whose job was never written down")
            await jobs.sweep()
            assert orphan.exists()
            assert (await jobs.get(job.id)) == done
            monkeypatch.setattr("backend.jobs.time.time", lambda: done.expires_at + 5)
            monkeypatch.setattr("backend.storage.time.time", lambda: done.expires_at + 5)
            await jobs.sweep()
            assert not files_below(tmp_path / "store")
            late = await jobs.get(job.id)
            assert late is not None
            assert (late.state, late.stage, late.results) == ("expired", "done", ())
            monkeypatch.setattr("backend.jobs.time.time", lambda: done.expires_at + 8 * 24 * 3600)
            await jobs.sweep()
            monkeypatch.undo()
            assert await jobs.get(job.id) is None

    asyncio.run(scenario())
