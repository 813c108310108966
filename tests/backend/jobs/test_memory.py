"""A system that runs out of memory kills the largest process, which is the one that separates."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import pytest

from backend.storage import uploads_folder
from tests.backend.jobs.rig import WAIT_SECONDS, Upload, jobs_of, settings_in, submit_song, workers_of
from tests.chaos.server import make_song
from tests.gpu.tiny import tiny_models


def _children(parent: int) -> list[int]:
    """Processes of a parent that separate."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((path / "stat").read_text().rpartition(") ")[2].split()[1]) == parent:
                found += [int(path.name)] * (b"backend.gpu.child" in (path / "cmdline").read_bytes())
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for the child in /proc")
def test_a_job_whose_child_is_killed_goes_on_and_one_whose_child_always_is_says_why(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = settings_in(tmp_path, models=str(tiny_models()), piece_seconds=2.0, attempts=2)
        async with jobs_of(settings) as jobs, workers_of(settings, "one", module="backend.worker") as workers:
            worker = workers.processes["one"].pid
            for kills, state in ((1, "done"), (99, "failed")):
                source = uploads_folder(settings) / f"song-{kills}"
                source.parent.mkdir(parents=True, exist_ok=True)
                make_song(source, seconds=6.0, seed=kills)
                job, _ = await submit_song(jobs, Upload(source, 6.0))
                async with asyncio.timeout(WAIT_SECONDS):
                    while (done := await jobs.get(job.id)) is None or done.state in ("queued", "running"):
                        await asyncio.sleep(0.02)
                        # What is killed before it has begun with a piece is no try of this song.
                        begun = list((tmp_path / "store" / "work" / job.id).glob(".piece-*.part"))
                        for child in _children(worker) if begun and kills else ():
                            os.kill(child, signal.SIGKILL)
                            begun[0].unlink(missing_ok=True)
                            kills -= 1
                assert done.state == state
            assert done is not None
            assert done.error == (
                "Separation stopped 2 times at the same place of this song and was given up: it looks as if the "
                + "server's memory ran out. Choose a smaller model, or let the server work on fewer songs at once "
                + "(KEYLIGHT_SLOTS=1)."
            )

    asyncio.run(scenario())
