"""What a layer or effect sees of the frame that it draws."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from shared.scene.colors import RGBA, parse_color
from shared.scene.facts import Facts
from shared.scene.resources import Resources
from shared.schema.project import Project
from shared.spectrum.features import Features

__all__ = ["Frame", "Rect", "Shelf"]

T = TypeVar("T")

#: What is computed once and looked up by name in every frame.
Shelf = dict[Any, Any]
#: Left, top, width, height in canvas pixels.
Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """One time of one project. t: seconds; owner: the layer or effect that draws, for `keep` and `chance`.

    middle: the layer's place in canvas pixels, or the picture's middle: what effects turn and grow around. steady: none
    of the inputs ever changes, so that what follows from them alone is worth a `Brush.cached`.
    whole: an effect on the whole picture. near: where its content lies; None is anywhere.
    """

    t: float
    project: Project
    features: Features
    facts: Facts
    resources: Resources
    shelf: Shelf
    owner: str = ""
    middle: tuple[float, float] = (0.0, 0.0)
    steady: bool = False
    whole: bool = False
    near: Rect | None = None

    @property
    def width(self) -> float:
        """Canvas pixels."""
        return float(self.project.canvas.width)

    @property
    def height(self) -> float:
        """Canvas pixels."""
        return float(self.project.canvas.height)

    @property
    def unit(self) -> float:
        """The canvas' shorter side in pixels: what sizes are fractions of."""
        return float(min(self.project.canvas.width, self.project.canvas.height))

    def around(self, reach: float) -> Rect | None:
        """Where an effect may draw that reaches so many canvas pixels beyond its content; None is anywhere."""
        if self.near is None:
            return None
        x, y, width, height = self.near
        far = float(math.ceil(reach))
        return x - far, y - far, width + 2 * far, height + 2 * far

    @property
    def step(self) -> float:
        """Seconds from frame to frame."""
        return 1.0 / self.project.canvas.fps

    def keep(self, name: Any, make: Callable[[], T]) -> T:
        """A value that depends on nothing but `name` and the owner: made once."""
        key = (self.owner, name)
        if key not in self.shelf:
            self.shelf[key] = make()
        found: T = self.shelf[key]
        return found

    def chance(self, name: str, *shape: int) -> np.ndarray:
        """Numbers 0-1 by chance, float32, the same in every frame of this owner and project seed."""

        def make() -> np.ndarray:
            key = zlib.crc32(f"{self.owner}/{name}".encode())
            return np.random.default_rng([self.project.seed, key]).random(shape, np.float32)

        return self.keep(("chance", name, shape), make)

    def title_chance(self, count: int) -> np.ndarray:
        """Numbers 0-1 by chance, float32, the same for every owner, others for another title or artist."""
        key = ("title", count)
        if key not in self.shelf:
            name = zlib.crc32(f"{self.project.title}/{self.project.artist}".encode())
            self.shelf[key] = np.random.default_rng([self.project.seed, name]).random(count, np.float32)
        found: np.ndarray = self.shelf[key]
        return found

    def place(self, at: int) -> RGBA:
        """A colour of the palette, wrapped around."""
        return parse_color(f"${at}", self.project.palette)

    def words(self, text: str) -> str:
        """A text with the project's title and artist in their places."""
        return text.replace("{title}", self.project.title).replace("{artist}", self.project.artist)
