"""The pictures of a render by their numbers: scene, painter, and what lies over both (loops, held back flashes)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from backend.gpu.render_flashes import read_limits
from backend.gpu.render_folder import FONTS, RenderFolder, RenderOrder
from backend.gpu.render_plan import Segment
from shared.scene.flash import look_size
from shared.scene.scene import Scene
from shared.schema.video import LOOP_SECONDS

__all__ = ["FramePainter"]


class FramePainter:
    """Paints frames of one render folder, at the film's size or, for looking, at a small one."""

    def __init__(self, folder: RenderFolder, *, small: bool = False) -> None:
        """Raises `KeylightError` with a sentence for a project or media that are not right."""
        self.order = folder.order()
        project = folder.project()
        canvas = (project.canvas.width, project.canvas.height)
        size = look_size(*canvas) if small else (self.order.options.width, self.order.options.height)
        self._shelf = MediaShelf(project.media, folder.media_of(project), fonts=FONTS)
        self._scene = Scene(project, folder.features(), self._shelf)
        self._raster = Raster(
            self._scene.resources,
            self._shelf,
            canvas=canvas,
            size=size,
            fonts=FONTS,
            gl=self.order.gl and not small,
        )
        self._limits = None if small else read_limits(folder)

    def frames(self, segment: Segment) -> Iterator[np.ndarray]:
        """A segment's pictures in order, uint8 [height, width, 4], each good until the next."""
        for number in range(segment.first, segment.first + segment.count):
            yield self._frame(number)

    def close(self) -> None:
        """Give back what is held."""
        self._raster.close()
        self._shelf.close()

    def _frame(self, number: int) -> np.ndarray:
        t = self.order.seconds_at(number)
        picture = self._paint(t)
        share = _loop_share(self.order, number)
        if share > 0:
            # The end goes over into what would come before the beginning, so that the loop has no seam.
            kept = picture.astype(np.uint16)
            before = self._paint(t - self.order.frames / self.order.options.fps).astype(np.uint16)
            picture = _mixed(kept, before, round(256 * share))
        return picture if self._limits is None else self._limits.hold(number, picture)

    def _paint(self, t: float) -> np.ndarray:
        return self._raster.play(self._scene.frame(t, transparent=self.order.options.alpha))


def _mixed(first: np.ndarray, second: np.ndarray, weight: int) -> np.ndarray:
    """Pictures, uint16, mixed with `weight` of 256 parts of the second: uint8."""
    first *= np.uint16(256 - weight)
    second *= np.uint16(weight)
    first += second
    return np.right_shift(first, 8).astype(np.uint8)


def _loop_share(order: RenderOrder, number: int) -> float:
    """How much of a frame belongs to what comes before the first one, 0-1."""
    if not order.options.loop:
        return 0.0
    tail = max(1, min(order.frames // 2, round(LOOP_SECONDS * order.options.fps)))
    return max(0.0, (number - (order.frames - tail) + 1) / (tail + 1))
