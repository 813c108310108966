"""The worker's side of the child: a process that is started when there is work, kept warm, and never left behind.

Imports no torch, numpy or av: those live in the processes that this starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from backend.gpu.processes import kill, start_module
from backend.gpu.tasks import (
    Cancel,
    Cancelled,
    ChildDied,
    DiskFull,
    Failed,
    Finished,
    FinishManifest,
    FinishRequest,
    FinishResponse,
    Inspect,
    Inspected,
    Piece,
    PieceDone,
    PieceTask,
    Report,
    Request,
    Response,
    Written,
    decode_finish_response,
    decode_response,
)
from shared.errors import KeylightError
from shared.schema.jobs import DeviceInfo, ModelInfo, Stage, StemsOptions

__all__ = ["ChildHost", "Tell", "finish"]

Tell = Callable[[Stage, float], None]
#: Lines of standard error that are kept, to say why a process ended.
_LAST_LINES: Final = 20
#: A process that works and says nothing for so long hangs. Every batch is told of; the longest ones, of a bag of four
#: models on a slow processor, take minutes, and so does compiling a model.
_STALL_SECONDS: Final = 1800.0


@dataclass
class _Waiting:
    """Who waits for an answer. heard: when something was last said about it; computing: it is in the model's hands."""

    future: asyncio.Future[Response]
    tell: Tell
    heard: float = field(default_factory=time.monotonic)
    computing: bool = False


@dataclass
class _Child:
    """A running child, who waits for it, and what it said last on standard error. ended: by this process."""

    process: asyncio.subprocess.Process
    waiting: dict[int, _Waiting] = field(default_factory=dict)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    readers: list[asyncio.Task[None]] = field(default_factory=list)
    ended: bool = False

    @property
    def killed(self) -> bool:
        """Whether somebody else killed it: a system that runs out of memory does so to its largest process."""
        return self.process.returncode == -signal.SIGKILL and not self.ended

    def hangs(self, seconds: float) -> bool:
        """Whether nothing was said for so long of anybody, or of one whose segments are being computed.

        Others may wait for their turn, or for a download, without a word, as long as somebody gets on.
        """
        latest = time.monotonic() - seconds
        late = [one.heard < latest for one in self.waiting.values() if not one.future.done()]
        return (bool(late) and all(late)) or any(
            one.computing and one.heard < latest for one in self.waiting.values() if not one.future.done()
        )


class ChildHost:
    """One child on one device. Use it from one event loop, and close it."""

    def __init__(
        self,
        *,
        device: str = "auto",
        models: Path | None = None,
        idle_seconds: float = 300.0,
        cancel_seconds: float = 1.0,
        stall_seconds: float = _STALL_SECONDS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is started yet.

        models: folder with all weights, None for the hub. idle_seconds: after so long without work the child is ended,
        and with it all memory of the device is free. cancel_seconds: how long a child may take to stop before it is
        killed. stall_seconds: a child that gets no further for so long is killed, and its work is worth another try.
        environment: variables for the child beside those of this process, such as OMP_NUM_THREADS.
        """
        self._arguments = ["--device", device, *([] if models is None else ["--models", str(models.absolute())])]
        self._environment = dict(environment or {})
        self._idle_seconds, self._cancel_seconds = idle_seconds, cancel_seconds
        self._stall_seconds = stall_seconds
        self._child: _Child | None = None
        self._starting = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._last_id = 0

    async def piece(self, task: PieceTask, report: Tell) -> PieceDone:
        """Compute a piece; it and the carry are on disk when this returns.

        Cancelling stops the work: the child is asked to, and killed when it does not and nobody else works there.
        Raises `KeylightError` with a sentence (do not try again), `DiskFull`, `ChildDied` (try again).
        """
        answer = await self._ask(
            Piece(
                id=self._next_id(),
                job=task.job,
                source=str(task.source.absolute()),
                folder=str(task.folder.absolute()),
                model=task.model,
                options=task.options,
                piece=task.piece,
                piece_seconds=task.piece_seconds,
                alone=task.alone,
                most_seconds=task.most_seconds,
            ),
            report,
        )
        assert isinstance(answer, Finished), answer
        return PieceDone(answer.samples, answer.last, answer.total_seconds)

    async def inspect(self) -> tuple[tuple[ModelInfo, ...], DeviceInfo]:
        """Which models are here and on what they run; raises as `piece` does."""
        answer = await self._ask(Inspect(id=self._next_id()), _nobody)
        assert isinstance(answer, Inspected), answer
        return answer.models, answer.device

    async def close(self) -> None:
        """End the child; whoever waits for it gets `ChildDied`."""
        if self._idle is not None:
            self._idle.cancel()
        async with self._starting:
            if self._child is not None:
                await self._end(self._child)
        for task in list(self._background):
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def _ask(self, request: Piece | Inspect, report: Tell) -> Response:
        child = await self._running()
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        child.waiting[request.id] = _Waiting(future, report)
        try:
            _send(child, request)
            answer = await asyncio.shield(future)
        except asyncio.CancelledError:
            await self._in_background(self._stop(child, request.id, future))
            raise
        finally:
            if future.done():
                self._forget(child, request.id)
        return _checked(answer)

    async def _running(self) -> _Child:
        """The child, started if there is none."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        async with self._starting:
            if self._child is None:
                self._child = await self._start()
                self._forget(self._child, 0)  # the clock of idleness runs: whoever asked may be gone by now
            return self._child

    async def _start(self) -> _Child:
        process = await start_module(
            "backend.gpu.child", *self._arguments, environment=self._environment, stderr=asyncio.subprocess.PIPE
        )
        child = _Child(process)
        child.readers = [asyncio.create_task(self._listen(child)), asyncio.create_task(_keep_last(child))]
        self._keep(asyncio.create_task(self._watch(child)))
        return child

    async def _watch(self, child: _Child) -> None:
        """Kill the child when it hangs."""
        while not child.readers[0].done():
            await asyncio.wait(child.readers[:1], timeout=self._stall_seconds / 20)
            if child.hangs(self._stall_seconds):
                child.said.append(f"It got no further for {self._stall_seconds:g} s and was killed.")
                await self._end(child)

    async def _listen(self, child: _Child) -> None:
        """Give out what the child says until it says no more; then it is dead."""
        stdout = child.process.stdout
        assert stdout is not None
        try:
            while line := await stdout.readline():
                _deliver(child, decode_response(line))
        except (msgspec.DecodeError, ValueError, OSError) as error:
            child.said.append(f"it said what is no message: {error}")
        finally:
            if self._child is child:
                self._child = None
            await kill(child.process)
            await asyncio.wait(child.readers[1:], timeout=1.0)
            reason = _reason(child)
            for one in child.waiting.values():
                if not one.future.done():
                    one.future.set_exception(ChildDied(reason, memory=child.killed))
                    one.future.exception()  # nobody may be left to look at it

    async def _stop(self, child: _Child, number: int, future: asyncio.Future[Response]) -> None:
        """Ask to stop; kill the child when it does not and nobody else would lose by it.

        Beside other songs it is left to stop after the batch at hand: the device is theirs as well.
        """
        with contextlib.suppress(OSError):
            _send(child, Cancel(number))
        await asyncio.wait([future], timeout=self._cancel_seconds)
        if future.done():
            self._forget(child, number)
        elif all(other == number or one.future.done() for other, one in child.waiting.items()):
            await self._end(child)
            self._forget(child, number)
        else:
            future.add_done_callback(lambda _: self._forget(child, number))

    async def _end(self, child: _Child) -> None:
        child.ended = True
        await kill(child.process)
        await asyncio.wait(child.readers)

    def _forget(self, child: _Child, number: int) -> None:
        """Somebody waits no more; after the last one the child is ended, but not at once."""
        child.waiting.pop(number, None)
        if not child.waiting and self._child is child:
            if self._idle is not None:
                self._idle.cancel()
            self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, self._unload, child)

    def _unload(self, child: _Child) -> None:
        if self._child is child and not child.waiting:
            self._child = None  # whoever comes now gets a new one
            self._keep(asyncio.create_task(self._end(child)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _in_background(self, work: Coroutine[None, None, None]) -> None:
        """Do this to its end, whoever cancels the one that waits for it."""
        task = asyncio.create_task(work)
        self._keep(task)
        await asyncio.shield(task)


async def finish(
    folder: Path, out: Path, options: StemsOptions, report: Tell, *, stall_seconds: float = _STALL_SECONDS
) -> FinishManifest:
    """Pieces in `folder` to files in `out`, by a process of its own; cancelling kills it.

    Raises `KeylightError` with a sentence, `DiskFull`, or `ChildDied` when the process ended without an answer or gets
    no further for `stall_seconds`.
    """
    process = await start_module("backend.gpu.finish", stderr=asyncio.subprocess.PIPE)
    child = _Child(process)
    child.readers = [asyncio.create_task(_keep_last(child))]
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with contextlib.suppress(OSError):  # dead already: reading tells
            request = FinishRequest(str(folder.absolute()), str(out.absolute()), options)
            process.stdin.write(msgspec.json.encode(request) + b"\n")
            await process.stdin.drain()
        while line := await _line(process.stdout, stall_seconds):
            answer: FinishResponse = decode_finish_response(line)
            if isinstance(answer, Written):
                return answer.manifest
            if isinstance(answer, Failed):
                raise _error(answer)
            report(answer.stage, answer.fraction)
    finally:
        await kill(process)
        await asyncio.wait(child.readers)
    raise ChildDied(_reason(child), memory=child.killed)


async def _line(stdout: asyncio.StreamReader, seconds: float) -> bytes:
    """The next line, empty at the end; raises `ChildDied` when there is none for so long."""
    try:
        async with asyncio.timeout(seconds):
            return await stdout.readline()
    except TimeoutError:
        raise ChildDied(f"The process that writes stems got no further for {seconds:g} s and was killed.") from None


def _nobody(_stage: Stage, _fraction: float) -> None:
    """Nobody wants to know how far it is."""


def _send(child: _Child, request: Request) -> None:
    assert child.process.stdin is not None
    child.process.stdin.write(msgspec.json.encode(request) + b"\n")


def _deliver(child: _Child, response: Response) -> None:
    one = child.waiting.get(response.id)
    if one is None or one.future.done():
        return
    if not isinstance(response, Report):
        one.future.set_result(response)
        return
    one.heard, one.computing = time.monotonic(), response.stage == "separating"
    try:
        one.tell(response.stage, response.fraction)
    except Exception as error:  # the listener's mistake ends its own job only
        one.future.set_exception(error)
        _send(child, Cancel(response.id))


async def _keep_last(child: _Child) -> None:
    stderr = child.process.stderr
    assert stderr is not None
    with contextlib.suppress(ValueError, OSError):  # a line beyond all bounds
        while line := await stderr.readline():
            child.said.append(line.decode(errors="replace").rstrip())


def _checked(answer: Response) -> Response:
    if isinstance(answer, Failed):
        raise _error(answer)
    if isinstance(answer, Cancelled):
        raise ChildDied("The child stopped without being asked to.")
    return answer


def _error(failed: Failed) -> Exception:
    match failed.kind:
        case "person":
            return KeylightError(failed.message)
        case "disk":
            return DiskFull(failed.message)
        case kind:
            return ChildDied(failed.message, memory=kind == "memory")


def _reason(child: _Child) -> str:
    code = child.process.returncode
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    return "\n".join([f"The process that separates ended with {how}.", *child.said])
