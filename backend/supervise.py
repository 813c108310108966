"""Keeping workers alive: each one a process of its own, started again when it ends, gone when this process is.

A worker is exec'd, never forked, in a session of its own, with a pipe as its input. The pipe is its lifeline: when
this process ends, by whatever signal, the pipe closes, and the worker ends at once, and its children likewise.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Final

from backend.settings import Settings

__all__ = ["Supervisor"]

_LOG: Final = logging.getLogger(__name__)
_ROOT: Final = Path(__file__).parents[1]
#: One entry for each graphics card, where NVIDIA's driver is loaded.
_CARDS: Final = Path("/proc/driver/nvidia/gpus")

#: A worker that ran for so long was well, and its successor starts at once: what cannot start ends sooner.
_WELL_SECONDS: Final = 5.0
_FIRST_WAIT_SECONDS: Final = 0.2
_LONGEST_WAIT_SECONDS: Final = 10.0
#: Time for a worker to finish what it has in its hands when the server stops.
_GRACE_SECONDS: Final = 3.0


class Supervisor:
    """Starts a worker for each device of the settings and keeps it alive until `stop`.

    The settings must be those that a worker reads from the environment itself. module: what is run as a worker.
    """

    def __init__(self, settings: Settings, *, module: str = "backend.worker") -> None:
        self._settings = settings
        self._module = module
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = False

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run now, by name of the worker."""
        return {name: process.pid for name, process in self._processes.items() if process.returncode is None}

    async def start(self) -> None:
        """Start all workers; returns at once."""
        for index, device in enumerate(_devices(self._settings.devices)):
            self._tasks.append(asyncio.create_task(self._keep_alive(f"{self._place()}-{index}", device)))

    async def stop(self) -> None:
        """Ask all workers to end, wait a little, and end those that are still there."""
        self._stopping = True
        for process in list(self._processes.values()):
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        running = [asyncio.create_task(process.wait()) for process in self._processes.values()]
        if running:
            await asyncio.wait(running, timeout=_GRACE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *running, return_exceptions=True)

    def _place(self) -> str:
        """Where the workers are, so that those of several machines have names of their own."""
        return "local" if self._settings.embedded else socket.gethostname()

    async def _keep_alive(self, name: str, device: str) -> None:
        wait = _FIRST_WAIT_SECONDS
        while not self._stopping:
            started = time.monotonic()
            code = await self._run(name, device)
            if self._stopping:
                return
            well = time.monotonic() - started > _WELL_SECONDS
            wait = _FIRST_WAIT_SECONDS if well else min(wait * 2, _LONGEST_WAIT_SECONDS)
            _LOG.warning("Worker %s ended (%s); it is started again in %.1f s.", name, code, wait)
            await asyncio.sleep(wait)

    async def _run(self, name: str, device: str) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            name,
            "--device",
            device,
            "--lifeline",
            "--stand-by",
            cwd=_ROOT,
            env=self._environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._processes[name] = process
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            if process.stdin is not None:
                process.stdin.close()

    def _environment(self) -> dict[str, str]:
        """This process's environment, the data folder as an absolute path: the worker starts elsewhere."""
        paths = {"KEYLIGHT_DATA": str(self._settings.folder)}
        if self._settings.models_folder:
            paths["KEYLIGHT_MODELS"] = str(self._settings.models_folder)
        if self._settings.store and "://" not in self._settings.store:
            paths["KEYLIGHT_STORE"] = str(Path(self._settings.store).absolute())
        return {**os.environ, **paths}


def _devices(wanted: tuple[str, ...], cards: Path = _CARDS) -> tuple[str, ...]:
    """The devices to work on: "auto" is every graphics card, or what the worker finds where none can be counted.

    >>> _devices(("cpu",)), _devices(("auto",), Path("/nowhere"))
    (('cpu',), ('auto',))
    """
    if wanted != ("auto",):
        return wanted
    count = len(list(cards.iterdir())) if cards.is_dir() else 0
    return tuple(f"cuda:{index}" for index in range(count)) or wanted
