"""The processes that render a film, a segment at a time, side by side.

Skia keeps Python's lock while it draws, so that a core needs a process of its own. A segment's file appears under its
name when it is whole: what is there is not done again, whoever died in between. Imports no numpy, skia or av.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
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
#: Encoder and painter hold megabytes at a time: in pages of 2 MB (glibc asks the kernel for them, where it gives them
#: to who asks) a segment of 60 frames at 1080p has 80 page faults instead of 6500, and takes 3 % less.
_MEMORY: Final = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}

#: Told how many frames are done in all.
Report = Callable[[int], None]


@dataclass
class _Hand:
    """A process that renders, and what it said last on standard error."""

    process: asyncio.subprocess.Process
    said: collections.deque[str] = field(default_factory=lambda: collections.deque(maxlen=_LAST_LINES))
    listener: asyncio.Task[None] | None = None

    async def end(self) -> None:
        await kill(self.process)
        if self.listener is not None:
            await asyncio.wait([self.listener], timeout=1.0)
            self.listener.cancel()


def process_count(segments: int) -> int:
    """As many as there are processors for this process, and no more than there is work for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, segments))


class RenderCrew:
    """Works on one folder (`backend.gpu.render_folder`), by processes that stay until it is closed.

    arguments: go to each process. room: shared by crews that are to have so many processes at work in all.
    """

    def __init__(
        self,
        folder: str,
        *arguments: str,
        processes: int,
        stall_seconds: float = _STALL_SECONDS,
        room: asyncio.Semaphore | None = None,
    ) -> None:
        self._folder, self._arguments = folder, arguments
        self._processes, self._stall_seconds = processes, stall_seconds
        self._room = room or asyncio.Semaphore(processes)
        self._idle: list[_Hand] = []
        self._deaths: collections.Counter[int] = collections.Counter()
        self._frames: dict[int, int] = {}

    async def aclose(self) -> None:
        """End the processes."""
        idle, self._idle = self._idle, []
        for hand in idle:
            await hand.end()

    async def work(
        self,
        kind: Literal["look", "render"],
        segments: Sequence[Segment],
        report: Report,
        *,
        each: Callable[[], Awaitable[None]] | None = None,
        until: Callable[[], bool] = lambda: False,
    ) -> None:
        """Do segments, in order as processes become free; being cancelled kills those that work.

        each: awaited after each segment. until: once true, no further segment is begun.
        Raises `KeylightError` with a sentence, `DiskFull`, or `ChildDied` when a segment killed its process again and
        again.
        """
        waiting = collections.deque(segments)
        self._frames = {}
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._processes, len(segments))):
                    group.create_task(self._hand(kind, waiting, report, each, until))
        except* (KeylightError, ChildDied) as failures:
            failure = failures.exceptions[0]
        else:
            return
        raise failure  # one is enough to say what is wrong; the others stopped by it

    async def _hand(
        self,
        kind: Literal["look", "render"],
        waiting: collections.deque[Segment],
        report: Report,
        each: Callable[[], Awaitable[None]] | None,
        until: Callable[[], bool],
    ) -> None:
        """One process after another, until nothing waits."""
        hand: _Hand | None = None
        try:
            while waiting and not until():
                hand = hand or (self._idle.pop() if self._idle else await self._start())
                async with self._room:
                    if not waiting or until():
                        break
                    segment = waiting.popleft()
                    try:
                        await self._one(hand.process, Task(kind, segment.index), report)
                    except ChildDied:
                        waiting.appendleft(segment)
                        dead, hand = hand, None
                        await dead.end()
                        self._blame(segment.index, dead)
                        continue
                if each is not None:
                    await each()
        except BaseException:
            if hand is not None:
                await hand.end()
            raise
        if hand is not None:
            self._idle.append(hand)

    async def _start(self) -> _Hand:
        hand = _Hand(
            await start_module(
                "backend.gpu.render_child",
                self._folder,
                *self._arguments,
                stderr=asyncio.subprocess.PIPE,
                environment={**_MEMORY, **os.environ},
            )
        )
        hand.listener = asyncio.create_task(_keep_last(hand))
        return hand

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

    def _blame(self, segment: int, hand: _Hand) -> None:
        self._frames.pop(segment, None)
        self._deaths[segment] += 1
        if self._deaths[segment] >= _ATTEMPTS:
            code = hand.process.returncode
            how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            raise ChildDied(
                "\n".join([f"The process that renders ended with {how}, {_ATTEMPTS} times.", *hand.said]),
                memory=code == -signal.SIGKILL,
            )


async def _keep_last(hand: _Hand) -> None:
    assert hand.process.stderr is not None
    with contextlib.suppress(ValueError, OSError):  # a line beyond all bounds
        while line := await hand.process.stderr.readline():
            hand.said.append(line.decode(errors="replace").rstrip())
