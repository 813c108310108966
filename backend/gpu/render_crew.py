"""The processes that render a film, a segment at a time, side by side.

Skia keeps Python's lock while it draws, so that a core needs a process of its own. A segment's file appears under its
name when it is whole: what is there is not done again, whoever died in between. Imports no numpy, skia or av.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import os
from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from backend.gpu.processes import kill, start_module
from backend.gpu.render_plan import Segment
from backend.gpu.render_tasks import Done, Drawn, Refused, Task, decode_answer
from backend.gpu.tasks import ChildDied, DiskFull
from shared.errors import KeylightError

__all__ = ["RenderCrew", "process_count"]

#: A process that says nothing for so long hangs: a frame takes milliseconds, the dearest a second or two.
_STALL_SECONDS: Final = 120.0
#: Deaths at one segment after which it is given up.
_ATTEMPTS: Final = 3
_LAST_LINES: Final = 8

#: Told how many frames are done in all.
Report = Callable[[int], None]


def process_count(segments: int) -> int:
    """As many as there are processors for this process, and no more than there is work for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, segments))


class RenderCrew:
    """Works on one folder (`backend.gpu.render_folder`). arguments: go to each process."""

    def __init__(self, folder: str, *arguments: str, processes: int, stall_seconds: float = _STALL_SECONDS) -> None:
        self._folder, self._arguments = folder, arguments
        self._processes, self._stall_seconds = processes, stall_seconds
        self._deaths: collections.Counter[int] = collections.Counter()
        self._frames: dict[int, int] = {}

    async def work(self, kind: Literal["look", "render"], segments: Sequence[Segment], report: Report) -> None:
        """Do segments, in order as processes become free; being cancelled kills them all.

        Raises `KeylightError` with a sentence, `DiskFull`, or `ChildDied` when a segment killed its process again and
        again.
        """
        waiting = collections.deque(segments)
        self._frames = {}
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._processes, len(segments))):
                    group.create_task(self._hand(kind, waiting, report))
        except* (KeylightError, ChildDied) as failures:
            failure = failures.exceptions[0]
        else:
            return
        raise failure  # one is enough to say what is wrong; the others stopped by it

    async def _hand(self, kind: Literal["look", "render"], waiting: collections.deque[Segment], report: Report) -> None:
        """One process after another, until nothing waits."""
        while waiting:
            process = await start_module(
                "backend.gpu.render_child", self._folder, *self._arguments, stderr=asyncio.subprocess.PIPE
            )
            said: collections.deque[str] = collections.deque(maxlen=_LAST_LINES)
            listener = asyncio.create_task(_keep_last(process, said))
            try:
                while waiting:
                    segment = waiting.popleft()
                    try:
                        await self._one(process, Task(kind, segment.index), report)
                    except ChildDied:
                        waiting.appendleft(segment)
                        await kill(process)
                        await asyncio.wait([listener], timeout=1.0)
                        self._blame(segment.index, process.returncode, said)
                        break
            finally:
                await kill(process)
                listener.cancel()

    async def _one(self, process: asyncio.subprocess.Process, task: Task, report: Report) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):  # dead already: reading tells
            process.stdin.write(msgspec.json.encode(task) + b"\n")
            await process.stdin.drain()
        while True:
            try:
                async with asyncio.timeout(self._stall_seconds):
                    line = await process.stdout.readline()
                answer = decode_answer(line) if line else None
            except (TimeoutError, msgspec.DecodeError) as failure:
                raise ChildDied(f"The process that renders got no further: {failure}") from failure
            match answer:
                case None:
                    raise ChildDied("The process that renders ended.")
                case Drawn(frames):
                    self._frames[task.segment] = frames
                    report(sum(self._frames.values()))
                case Done():
                    return
                case Refused("person", message):
                    raise KeylightError(message)
                case Refused("disk", message):
                    raise DiskFull(message)
                case Refused(_, message):
                    raise ChildDied(message)

    def _blame(self, segment: int, code: int | None, said: Sequence[str]) -> None:
        self._frames.pop(segment, None)
        self._deaths[segment] += 1
        if self._deaths[segment] >= _ATTEMPTS:
            how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            raise ChildDied("\n".join([f"The process that renders ended with {how}, {_ATTEMPTS} times.", *said]))


async def _keep_last(process: asyncio.subprocess.Process, said: collections.deque[str]) -> None:
    assert process.stderr is not None
    with contextlib.suppress(ValueError, OSError):  # a line beyond all bounds
        while line := await process.stderr.readline():
            said.append(line.decode(errors="replace").rstrip())
