"""The editor's check for flashes that are not safe: a film's frames, small, and how far the film is held back.

What a render does before its first frame (`backend.gpu.render_flashes`), on the same grid by the same rules; but the
frames are painted one by one by who calls, and all is done in small steps, since the preview plays in the same thread.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Final

import msgspec
import numpy as np

from shared.errors import KeylightError
from shared.scene.facts import Facts
from shared.scene.film import film_frames, film_project, frame_times, loop_share, mixed
from shared.scene.flash import FlashChecker, grid_size, look_size, shrink
from shared.scene.flash_limits import FlashLimits, cautious_checker, limit_steps
from shared.scene.flash_pack import PackedPictures
from shared.scene.scene import Scene
from shared.schema import preview as p
from shared.schema.project import Project
from shared.schema.video import RenderOptions
from shared.spectrum.features import Features
from web.py.preview_fresh import FreshEntry, entries_since

__all__ = ["FlashLook", "HeldBack"]

#: Of the pictures of one film: an hour at 60 frames per second of what changes much.
_MOST_BYTES: Final = 800_000_000
#: RGBA to BGRA and back.
_SWAPPED: Final = [2, 1, 0, 3]


class FlashLook:
    """One film that is looked at: first every frame in order, by `times`, `frame` and `take`, then `work`."""

    def __init__(self, project: Project, features: Features, facts: Facts, options: RenderOptions) -> None:
        """Raises `KeylightError` where the song has nothing of the film."""
        self.asked, self.options = project, options
        self.project, self.features = film_project(project, options), features
        self._facts = facts
        self.frames = film_frames(options, features.seconds)
        canvas = (self.project.canvas.width, self.project.canvas.height)
        self._grid = grid_size(*canvas)
        self.size = look_size(*canvas)
        self._strict = FlashChecker(*self._grid, options.fps)
        self._cautious = cautious_checker(*self._grid, options.fps)
        self._pictures = PackedPictures()
        self._limits: FlashLimits | None = None
        self._steps: Generator[float, None, FlashLimits] | None = None
        self.remake()

    def remake(self) -> None:
        """Lay the scene out anew: fonts have come. Its table begins anew, too."""
        self._scene = Scene(self.project, self.features, self._facts)
        self._told = 0

    def fresh(self) -> list[FreshEntry]:
        """As `Preview.fresh`."""
        first, self._told = self._told, len(self._scene.resources)
        return entries_since(self._scene.resources, first)

    def times(self) -> list[float]:
        """Seconds whose pictures make the next frame: one, or two at the end of a loop."""
        return list(frame_times(self.options, len(self._pictures), self.frames))

    def frame(self, t: float) -> np.ndarray:
        """The display list of a time, as `Preview.frame`."""
        return self._scene.frame(t, transparent=self.options.alpha)

    def take(self, *pictures: np.ndarray) -> float:
        """What was painted of the next frame's `times`, uint8 RGBA [rows, columns, 4] of `size`; how much is done, 0-1.

        Raises `KeylightError` where a film has more pictures than there is memory for.
        """
        number = len(self._pictures)
        whole = pictures[0]
        if len(pictures) > 1:
            whole = mixed(whole, pictures[1], loop_share(self.options, number, self.frames))
        cells = shrink(whole, *self._grid)[..., _SWAPPED]
        self._strict.feed(cells)
        self._cautious.feed(cells)
        self._pictures.append(cells)
        if self._pictures.size > _MOST_BYTES:
            raise KeylightError(
                "The film is too long to be checked here in one go: give a shorter part under From and Length. The "
                + "export itself checks films of any length."
            )
        return (number + 1) / self.frames

    def work(self, seconds: float) -> float | None:
        """Find for about so long how far the film is held back: about how much of that is done, None when all is."""
        if self._steps is None:
            self._steps = limit_steps(self._pictures, self.options.fps, self._cautious.report().failing)
        end = time.perf_counter() + seconds
        try:
            share = next(self._steps)
            while time.perf_counter() < end:
                share = next(self._steps)
        except StopIteration as over:
            self._limits = over.value
            self._pictures = PackedPictures()
            return None
        return share

    def held_back(self) -> HeldBack:
        """What the preview needs to show the film as it will be."""
        return HeldBack(self, self._found())

    def found(self) -> p.FlashesFound:
        """The answer."""
        start, fps = self.options.start_seconds, self.options.fps
        times = tuple(
            p.FlashTime(start + each.start_seconds, start + each.end_seconds, each.kind, each.area, each.flashes)
            for each in self._strict.report().spans
        )
        held = tuple(
            p.HeldTime(start + first / fps, start + (last + 1) / fps, strength)
            for first, last, strength in _runs(self._found(), self.frames)
        )
        return p.FlashesFound(self.frames, start, start + self.frames / fps, times, held, _shown(self))

    def _found(self) -> FlashLimits:
        if self._limits is None:
            raise RuntimeError("a film's limits are known when all of it was worked through")
        return self._limits


class HeldBack:
    """How far the preview's pictures of one project and song are held back."""

    def __init__(self, look: FlashLook, limits: FlashLimits) -> None:
        self._seen, self._features = _seen(look.asked), look.features
        self._start, self._fps = look.options.start_seconds, look.options.fps
        self._limits = limits if _shown(look) and not limits.idle else None

    def suits(self, project: Project, features: Features) -> bool:
        """Whether it is still that project and that song."""
        return features is self._features and _seen(project) == self._seen

    def strength(self, t: float) -> float:
        """At a time of the song, 0-1: how much of `still` lies over the picture."""
        return 0.0 if self._limits is None or self._outside(t) else self._limits.strength(self._frame(t))

    def still(self, t: float) -> np.ndarray:
        """Where `strength` is above 0: uint8 RGBA [rows, columns, 4], to be stretched over the picture."""
        if self._limits is None:
            raise RuntimeError("nothing is held back here")
        return np.ascontiguousarray(self._limits.still(self._frame(t))[..., _SWAPPED])

    def _outside(self, t: float) -> bool:
        return self._limits is None or not -0.5 <= (t - self._start) * self._fps < self._limits.frames

    def _frame(self, t: float) -> float:
        return max(0.0, (t - self._start) * self._fps)


def _shown(look: FlashLook) -> bool:
    """Whether film and preview have one shape and the same ground."""
    (film, preview) = (look.project.canvas, look.asked.canvas)
    return film.width * preview.height == film.height * preview.width and not look.options.alpha


def _seen(project: Project) -> Project:
    """A project without what changes no picture."""
    return msgspec.structs.replace(project, name="", template="", safe_flashes=True)


def _runs(limits: FlashLimits, frames: int) -> list[tuple[int, int, float]]:
    """First frame, last frame and the greatest strength of each stretch that is held back."""
    if limits.idle:
        return []
    strengths = np.array([limits.strength(frame) for frame in range(frames)])
    held = np.flatnonzero(strengths > 0)
    parts = np.split(held, np.flatnonzero(np.diff(held) > 1) + 1)
    return [(int(part[0]), int(part[-1]), float(strengths[part].max())) for part in parts if len(part)]
