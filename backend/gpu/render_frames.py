"""The pictures of a render by their numbers: scene, painter, and what lies over both (loops, held back flashes)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from backend.gpu.render_flashes import read_limits
from backend.gpu.render_folder import FONTS, RenderFolder
from backend.gpu.render_plan import Segment
from shared.scene.film import frame_times, loop_share, mixed
from shared.scene.flash import look_size
from shared.scene.scene import Scene

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
        options, frames = self.order.options, self.order.frames
        t, *before = frame_times(options, number, frames)
        picture = self._paint(t)
        if before:
            # The end goes over into what would come before the beginning, so that the loop has no seam.
            kept = picture.copy()
            picture = mixed(kept, self._paint(before[0]), loop_share(options, number, frames))
        return picture if self._limits is None else self._limits.hold(number, picture)

    def _paint(self, t: float) -> np.ndarray:
        return self._raster.play(self._scene.frame(t, transparent=self.order.options.alpha))
