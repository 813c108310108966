"""`python -m backend.gpu.render_child FOLDER`: renders the segments it is told to, one after another.

Reads a `Task` a line and answers as `backend.gpu.render_tasks` says. It ends when its input closes.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from backend.gpu.confine import die_with_parent
from backend.gpu.render_flashes import Light
from backend.gpu.render_folder import RenderFolder
from backend.gpu.render_frames import FramePainter
from backend.gpu.render_plan import Segment
from backend.gpu.render_tasks import Done, Drawn, Refused, RenderAnswer, Task, decode_task
from backend.gpu.tasks import DiskFull
from backend.gpu.video import SegmentWriter
from shared.errors import KeylightError

__all__ = ["main"]

#: Seconds between two reports of progress.
_TELL_SECONDS: Final = 0.25


def main(arguments: list[str] | None = None) -> int:
    """Work until the input ends."""
    die_with_parent()
    folder = RenderFolder(Path((arguments or sys.argv[1:])[0]))
    worker = _Worker(folder)
    for line in sys.stdin.buffer:
        _say(worker.answer(decode_task(line)))
    return 0


class _Worker:
    def __init__(self, folder: RenderFolder) -> None:
        self._folder = folder
        self._painter: FramePainter | None = None
        self._kind = ""

    def answer(self, task: Task) -> RenderAnswer:
        try:
            self._do(task)
            return Done(task.segment)
        except DiskFull as full:
            return Refused("disk", str(full))
        except KeylightError as refusal:
            return Refused("person", str(refusal))
        except Exception:
            traceback.print_exc()
            return Refused("fault", traceback.format_exc(limit=-3))

    def _do(self, task: Task) -> None:
        if self._kind != task.kind:
            self._kind, self._painter = task.kind, FramePainter(self._folder, small=task.kind == "look")
        assert self._painter is not None
        order = self._painter.order
        segment = order.segments[task.segment]
        if task.kind == "look":
            light = Light(segment, order.options.width, order.options.height)
            self._each(segment, light.take)
            light.save(self._folder, task.segment)
        else:
            with SegmentWriter(self._folder.segment(task.segment), order.options, encoder=order.encoder) as writer:
                self._each(segment, writer.write)

    def _each(self, segment: Segment, take: Callable[[np.ndarray], None]) -> None:
        assert self._painter is not None
        told = time.monotonic()
        for at, picture in enumerate(self._painter.frames(segment)):
            take(picture)
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                _say(Drawn(at + 1))


def _say(answer: RenderAnswer) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
