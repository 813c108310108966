"""The job engine as a test needs it: jobs in this process, real workers as processes, a stand-in for the child."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from backend.jobs import Jobs, open_jobs
from backend.orders import StemsRequest
from backend.settings import Settings
from backend.storage import uploads_folder
from shared.schema.jobs import Job, StemsOptions

ROOT = Path(__file__).parents[3]
STAND_IN = "tests.backend.jobs.standin"
WAIT_SECONDS = 60.0


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings of a test: no space kept free, pieces of ten seconds as the stand-in has them."""
    given = {"data": str(folder), "reserve_mb": 0, "piece_seconds": 10.0, "workers": "cpu", **changes}
    return Settings(**given)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def jobs_of(settings: Settings) -> AsyncIterator[Jobs]:
    """What a server has."""
    jobs = await open_jobs(settings)
    try:
        yield jobs
    finally:
        await jobs.close()


class Workers:
    """Worker processes by name, which nobody starts again."""

    def __init__(self, settings: Settings, module: str) -> None:
        self._settings = settings
        self._module = module
        self.processes: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, name: str) -> asyncio.subprocess.Process:
        """Start one and return at once."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, name, "--device", "cpu", "--lifeline",
            cwd=ROOT, env=environment(self._settings), stdin=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self.processes[name] = process
        return process

    async def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send a signal and wait for the end; its exit code."""
        process = self.processes.pop(name)
        process.send_signal(number)
        return await process.wait()


@contextlib.asynccontextmanager
async def workers_of(settings: Settings, *names: str, module: str = STAND_IN) -> AsyncIterator[Workers]:
    """Workers for the length of a test."""
    workers = Workers(settings, module)
    try:
        for name in names:
            await workers.start(name)
        yield workers
    finally:
        for name in list(workers.processes):
            with contextlib.suppress(ProcessLookupError):
                await workers.kill(name)


def environment(settings: Settings) -> dict[str, str]:
    """The variables from which another process reads the same settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("KEYLIGHT_")}
    fields = {f"KEYLIGHT_{name.upper()}": str(getattr(settings, name)) for name in Settings.__struct_fields__}
    return {**kept, **fields, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True)
class Upload:
    """A song that has come whole. seconds: its length."""

    path: Path
    seconds: float


async def submit_song(
    jobs: Jobs, source: Upload, *, client: str = "ann", key: str | None = None, options: StemsOptions | None = None
) -> tuple[Job, bool]:
    """As the server submits it."""
    request = StemsRequest(client, options or StemsOptions(), source.seconds)
    return await jobs.submit(key=key, request=request, files={"source": source.path})


def upload(settings: Settings, text: str = "pieces=2 seconds=0.1", seconds: float = 20.0) -> Upload:
    """A song for the stand-in, as it lies after it was sent."""
    folder = uploads_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"song-{os.urandom(4).hex()}"  # no name of an upload, which whoever sends it keeps locked
    path.write_text(text)
    return Upload(path, seconds)


async def submit(jobs: Jobs, settings: Settings, text: str, *, client: str = "ann", key: str | None = None) -> Job:
    """A new job."""
    job, new = await submit_song(jobs, upload(settings, text), client=client, key=key)
    assert new
    return job


async def ended(jobs: Jobs, job: str) -> Job:
    """The job once it has ended, by watching it as a page does."""
    async with asyncio.timeout(WAIT_SECONDS):
        seen = [one async for _, one in jobs.watch(job)]
    return seen[-1]


async def until(true: Callable[[], object]) -> None:
    """Return once something is so."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not true():
            await asyncio.sleep(0.02)


def log_lines(settings: Settings, what: str) -> list[tuple[str, int, bool]]:
    """Job, piece and whether it ran alone, of each line of the stand-in that begins with `what`."""
    path = settings.folder / "pieces.log"
    rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [(job, int(piece), alone == "1") for word, job, piece, alone in rows if word == what]


def files_below(folder: Path) -> list[str]:
    """Names of all files, relative to the folder, also while some are being removed."""
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)
