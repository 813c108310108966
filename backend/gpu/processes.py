"""Starting and ending the processes of the worker side: each in a session of its own, none left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["kill", "start_module"]

_ROOT: Final = Path(__file__).parents[2]
#: Greatest line that is read from a process.
_LINE_BYTES: Final = 1 << 20


async def start_module(
    module: str, *arguments: str, environment: Mapping[str, str] | None = None, stderr: int = asyncio.subprocess.DEVNULL
) -> asyncio.subprocess.Process:
    """`python -m module arguments` with pipes for input and output; it dies when this process closes its input.

    environment: variables beside those of this process.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            cwd=_ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            limit=_LINE_BYTES,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:  # half started it would be nobody's
        await kill(await starting)
        raise


async def kill(process: asyncio.subprocess.Process) -> None:
    """End a process and all of its session, wait until it is gone and close the pipes; one that has ended is fine.

    Being cancelled is told afterwards: nobody else would wait for it.
    """
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    if process.stdin is not None:
        process.stdin.close()
    gone = asyncio.ensure_future(process.wait())
    try:
        await asyncio.shield(gone)
    except asyncio.CancelledError:
        await gone
        raise
