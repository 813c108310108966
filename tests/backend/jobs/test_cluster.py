"""The core again on Postgres and S3, with workers whose folders are not shared, as on several machines."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.settings import Settings
from tests.backend.jobs.rig import Workers, ended, jobs_of, log_lines, settings_in, submit, until, workers_of
from tests.backend.jobs.services import Postgres


@contextlib.asynccontextmanager
async def _machines(settings: Settings, folder: Path) -> AsyncIterator[dict[str, tuple[Settings, Workers]]]:
    """Two machines, each with a folder of its own, and a worker on the first."""
    each = {}
    async with contextlib.AsyncExitStack() as stack:
        for name in ("one", "two"):
            here = settings_in(folder / name, database=settings.database, store=settings.store)
            each[name] = (here, await stack.enter_async_context(workers_of(here)))
        await each["one"][1].start("one")
        yield each


@pytest.mark.slow
def test_jobs_move_to_another_machine_and_outlast_the_database(postgres: Postgres, s3: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path / "web", database=postgres.url, store=s3)
        async with jobs_of(settings) as jobs, _machines(settings, tmp_path) as machines:
            (one, first), (two, second) = machines.values()
            sent = [await submit(jobs, settings, "pieces=4 seconds=0.4", client=f"c{n}") for n in range(2)]
            await until(lambda: len(log_lines(one, "end")) >= 4)
            await second.start("two")
            await first.kill("one")
            assert [(await ended(jobs, job.id)).state for job in sent] == ["done", "done"]
            finished = Counter(log_lines(one, "end") + log_lines(two, "end"))
            assert len([1 for line in finished if line[0] == sent[0].id]) >= 4
            # A piece may be done twice when its machine went between finishing it and sending it away; others never.
            assert sum(count > 1 for count in finished.values()) <= len(sent)
            assert log_lines(two, "end")
            file = await jobs.open_result(sent[0].id, "vocals")
            assert file is not None
            assert await file.read(0, file.bytes) == b"vocals of 4 pieces\n"

            last = await submit(jobs, settings, "pieces=6 seconds=0.5", client="c9")
            await until(lambda: (last.id, 1, False) in log_lines(two, "start"))
            await asyncio.to_thread(postgres.stop)
            await asyncio.sleep(1.0)
            assert (await jobs.health("b1")).database != "ok"
            await asyncio.to_thread(postgres.start)
            for _ in range(100):
                with contextlib.suppress(Exception):
                    if (now := await jobs.get(last.id)) and now.state not in ("queued", "running"):
                        break
                if second.processes["two"].returncode is not None:  # its lease went with the database
                    await second.start("two")
                await asyncio.sleep(0.5)
            done = await jobs.get(last.id)
            assert done is not None
            assert done.state == "done"
            mine = [line for line in log_lines(two, "end") if line[0] == last.id]
            assert sorted(piece for _, piece, _ in mine) == [0, 1, 2, 3, 4, 5]

    asyncio.run(scenario())
