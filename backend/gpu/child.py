"""The process that separates: `python -m backend.gpu.child --device cpu [--models FOLDER]`, JSON lines in and out.

It keeps models in memory and works on several songs at once, whose segments share batches. It lives in a session of its
own, ends at once when its input is closed, and writes nothing to standard output but messages (`backend.gpu.tasks`):
what a library prints there goes to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from backend.gpu.confine import die_with_parent, input_is_cut
from backend.gpu.gate import Gate
from backend.gpu.tasks import (
    Cancel,
    Cancelled,
    DiskFull,
    Failed,
    Finished,
    Inspect,
    Inspected,
    Piece,
    Report,
    Request,
    Response,
    decode_request,
)
from shared.errors import Cancelled as CancelledWork
from shared.errors import KeylightError
from shared.schema.jobs import Stage

if TYPE_CHECKING:
    from backend.gpu.song import Song

__all__ = ["Child", "main"]

#: Songs whose decoder and carry are held between two pieces, and for how long; others go on from disk.
_SONGS: Final = 8
_HELD_SECONDS: Final = 60.0
_READ_BYTES: Final = 1 << 16
_INSTALL: Final = "`python3 -m nox -s app` without `--light` installs it."

Say = Callable[[Response], None]


class Child:
    """Answers requests, each in a thread of its own."""

    def __init__(self, say: Say, *, device: str, models: Path | None) -> None:
        """Answer by `say`. Raises ImportError where torch is not installed."""
        from backend.gpu.residents import Residents

        self._say, self._device, self._folder = say, device, models
        self._residents = Residents(device=device, folder=models)
        self._gate = Gate()
        self._lock = threading.Lock()
        self._stops: dict[int, threading.Event] = {}
        self._songs: OrderedDict[str, tuple[float, Song]] = OrderedDict()

    def handle(self, request: Request) -> None:
        """Begin to answer; returns at once."""
        match request:
            case Cancel(id=number):
                with self._lock:
                    stop = self._stops.get(number)
                if stop is not None:
                    stop.set()
            case Piece() | Inspect():
                stop = threading.Event()
                with self._lock:
                    self._stops[request.id] = stop
                threading.Thread(target=self._answer, args=(request, stop), daemon=True).start()

    def _answer(self, request: Piece | Inspect, stop: threading.Event) -> None:
        # A turn ends after its answer is said: who comes next, and may die at once, takes nobody along that is done.
        with ExitStack() as turn:
            answer = self._answered(request, stop, turn)
            with self._lock:
                del self._stops[request.id]
            self._say(answer)

    def _answered(self, request: Piece | Inspect, stop: threading.Event, turn: ExitStack) -> Response:
        try:
            return self._piece(request, stop, turn) if isinstance(request, Piece) else self._inspect(request)
        except CancelledWork:
            return Cancelled(request.id)
        except DiskFull as error:
            return Failed(request.id, "disk", str(error))
        except KeylightError as error:
            return Failed(request.id, "person", str(error))
        except Exception as error:
            return Failed(request.id, "memory" if _is_lack_of_memory(error) else "defect", traceback.format_exc())

    def _piece(self, request: Piece, stop: threading.Event, turn: ExitStack) -> Response:
        def check() -> None:
            if stop.is_set():
                raise CancelledWork("Cancelled.")

        def report(stage: Stage, fraction: float) -> None:
            self._say(Report(request.id, stage, min(1.0, fraction)))

        from backend.gpu.song import Song, finished_piece

        foot = finished_piece(request)
        if foot is None:
            turn.enter_context(self._gate.enter(alone=request.alone, check=check))
            with self._residents.use(request.model, report) as one:
                # Said before the file is opened: who dies or hangs of it is to be blamed, not those who wait behind.
                report("separating", 0.0)
                song = self._song(request, check) or Song(request, one, check)
                foot = song.run(request, one, lambda fraction: report("separating", fraction))
                if not foot.last:
                    self._keep(request.folder, song)
        return Finished(request.id, foot.samples, foot.last, foot.total_seconds)

    def _song(self, request: Piece, check: Callable[[], None]) -> Song | None:
        """The song as it was held after the piece before, if it was; those that nobody came for are let go."""
        latest = time.monotonic() - _HELD_SECONDS
        with self._lock:
            for folder in [folder for folder, (since, _) in self._songs.items() if since < latest]:
                del self._songs[folder]
            _, song = self._songs.pop(request.folder, (0.0, None))
        if song is None or not song.goes_on_with(request):
            return None
        song.check = check
        return song

    def _keep(self, folder: str, song: Song) -> None:
        with self._lock:
            self._songs[folder] = time.monotonic(), song
            while len(self._songs) > _SONGS:
                self._songs.popitem(last=False)

    def _inspect(self, request: Inspect) -> Response:
        from backend.gpu.devices import best_device, device_info
        from backend.gpu.models import find_models

        return Inspected(request.id, find_models(self._folder), device_info(best_device(self._device)))


def main(arguments: list[str] | None = None) -> int:
    """Answer requests until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m backend.gpu.child", description="Separate songs for the worker.")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps or auto")
    parser.add_argument("--models", type=Path, help="folder with all weights; without it the hub is asked")
    given = parser.parse_args(arguments)
    say = _take_output()
    die_with_parent()
    if input_is_cut():
        return 1  # rather than importing torch for nobody, which takes seconds
    handle: Callable[[Request], None]
    try:
        handle = Child(say, device=given.device, models=given.models).handle
    except ImportError as error:
        handle = _refuse(say, f"Separation is not installed on this server: {error}. {_INSTALL}")
    except KeylightError as error:
        handle = _refuse(say, str(error))
    try:
        for line in _lines():
            handle(decode_request(line))
    except Exception:  # such as no memory for another thread: the others would keep a process that hears nobody
        traceback.print_exc()
        os._exit(1)
    os._exit(0)  # at once: nobody is left to take what threads are working on


def _is_lack_of_memory(error: Exception) -> bool:
    """Whether an allocation failed; torch has no class of its own for that on a processor (c10, alloc_cpu.cpp)."""
    return isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error)


def _take_output() -> Say:
    """Messages go to what is standard output now; afterwards everything else goes to standard error."""
    output = os.dup(1)
    os.dup2(2, 1)
    lock = threading.Lock()

    def say(message: Response) -> None:
        line = memoryview(msgspec.json.encode(message) + b"\n")
        try:
            with lock:
                while line:
                    line = line[os.write(output, line) :]
        except OSError:  # the worker is gone
            os._exit(1)

    return say


def _lines() -> Iterator[bytes]:
    """Lines of standard input. Not `sys.stdin`: its buffer would hold back lines."""
    held = b""
    while data := os.read(0, _READ_BYTES):
        *lines, held = (held + data).split(b"\n")
        yield from lines


def _refuse(say: Say, sentence: str) -> Callable[[Request], None]:
    """An answer to everything."""

    def handle(request: Request) -> None:
        if not isinstance(request, Cancel):
            say(Failed(request.id, "person", sentence))

    return handle


if __name__ == "__main__":
    sys.exit(main())
