"""A disk that is really full, in mid-job, with the real child; and freed again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.storage import uploads_folder
from backend.supervise import Supervisor
from tests.backend.jobs.rig import WAIT_SECONDS, Upload, ended, environment, jobs_of, settings_in, submit_song
from tests.chaos.server import make_song
from tests.gpu.tiny import tiny_models

_DISK_MEGABYTES = 64


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room; skips where this may not make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MEGABYTES}m", "keylight-test", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this may not mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(path: Path, *, leave: int) -> None:
    room = os.statvfs(path.parent)
    with path.open("wb") as file, contextlib.suppress(OSError):
        file.write(bytes(max(room.f_bavail * room.f_frsize - leave, 0)))


@pytest.mark.slow
def test_a_job_outlasts_a_full_disk(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        settings = settings_in(small_disk / "data", models=str(tiny_models()), piece_seconds=2.0)
        for key, value in environment(settings).items():
            monkeypatch.setenv(key, value)
        async with jobs_of(settings) as jobs:
            source = uploads_folder(settings) / "song-1"
            source.parent.mkdir(parents=True)
            make_song(source, seconds=12.0, seed=1)
            job, _ = await submit_song(jobs, Upload(source, 12.0))
            # Four stems have 1.4 MB a second: after some pieces, nothing is left for the next one.
            _fill(small_disk / "ballast-1", leave=7_000_000)
            supervisor = Supervisor(settings)
            await supervisor.start()
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    while (now := await jobs.get(job.id)) is None or now.note is None:
                        await asyncio.sleep(0.05)
                assert now.note == "The server's disk is full. The job goes on by itself once there is room."
                assert list((small_disk / "data" / "store" / "work" / job.id).glob("piece-*"))
                # Now nothing is left for the database either.
                _fill(small_disk / "ballast-2", leave=0)
                await asyncio.sleep(3.0)
                now = await jobs.get(job.id)
                assert now is not None
                assert now.state in ("queued", "running"), now.error
                for path in small_disk.glob("ballast-*"):
                    path.unlink()
                done = await ended(jobs, job.id)
                assert (done.state, done.note, len(done.results)) == ("done", None, 5)
            finally:
                await supervisor.stop()

    asyncio.run(scenario())
