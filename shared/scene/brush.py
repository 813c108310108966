"""Drawing in words: what kinds of layers and effects call, written as ops into a display list.

Coordinates are canvas pixels in the space of the nearest `moved`; inside a layer's `draw` the origin is the layer's
middle. The paint is set by `fill` and `stroke`, and holds for the shapes after it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np

from shared.scene.colors import RGBA
from shared.scene.display_list import DisplayList
from shared.scene.ops import BLENDS, CAPS, SAMPLINGS

__all__ = ["Brush", "Stops", "key_of"]

#: Offsets 0-1 with colours, or colours at equal distances.
Stops = Sequence[tuple[float, RGBA]] | Sequence[RGBA]

_Matrix = tuple[float, float, float, float, float, float]
_SAME: Final[_Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_BLEND: Final = {name: at for at, name in enumerate(BLENDS)}
_SAMPLING: Final = {name: at for at, name in enumerate(SAMPLINGS)}
#: Keys of cached lists: whole numbers that a float32 holds exactly.
_KEYS: Final = 2**24
_CAP: Final = {name: at for at, name in enumerate(CAPS)}


def key_of(floats: np.ndarray) -> int:
    """The key of a cached list, by what is in it: painters keep its picture, also when the scene is another one."""
    return zlib.crc32(floats.tobytes()) % _KEYS


class Brush:
    """Writes into one display list."""

    def __init__(self, out: DisplayList) -> None:
        self.out = out
        self._slot = 0
        #: The transforms that hold, as one.
        self._matrix = _SAME

    def begin(self) -> None:
        """Start a frame."""
        self.out.begin()
        self._slot = 0

    # How and with what.

    def fill(self, color: RGBA | None = None, *, blend: str = "normal", sigma: float = 0.0) -> None:
        """Shapes are filled from now on; without a colour call `linear`, `radial` or `sweep` next."""
        self.out.op("paint", 0, 0, 0, _BLEND[blend], max(0.0, sigma))
        if color is not None:
            self.out.op("solid", *color)

    def stroke(
        self, color: RGBA | None, width: float, *, cap: str = "round", blend: str = "normal", sigma: float = 0.0
    ) -> None:
        """Shapes are outlined from now on, `width` canvas pixels wide."""
        self.out.op("paint", 1, max(0.0, width), _CAP[cap], _BLEND[blend], max(0.0, sigma))
        if color is not None:
            self.out.op("solid", *color)

    def linear(self, start: tuple[float, float], end: tuple[float, float], stops: Stops) -> None:
        """Colours along a line."""
        self.out.op("linear", *start, *end, rows=_rows(stops))

    def radial(self, middle: tuple[float, float], radius: float, stops: Stops) -> None:
        """Colours from a middle outwards."""
        self.out.op("radial", *middle, max(1e-3, radius), rows=_rows(stops))

    def sweep(self, middle: tuple[float, float], stops: Stops, *, start: float = 0.0) -> None:
        """Colours around a middle, from an angle in radians on."""
        self.out.op("sweep", *middle, start, rows=_rows(stops))

    # Shapes.

    def clear(self, color: RGBA) -> None:
        """Everything in one colour."""
        self.out.op("clear", *color)

    def paint_all(self) -> None:
        """The paint everywhere within the clip."""
        self.out.op("fill")

    def rects(self, rows: np.ndarray, *, radius: float = 0.0) -> None:
        """Rectangles [n, 4]: x, y, width, height, as one path; corners rounded by up to half their shorter side."""
        if len(rows):
            self.out.op("rects", max(0.0, radius), rows=rows)

    def rect(self, x: float, y: float, width: float, height: float, *, radius: float = 0.0) -> None:
        """One rectangle by its upper left corner."""
        self.rects(np.array([[x, y, width, height]], np.float32), radius=radius)

    def segments(self, rows: np.ndarray) -> None:
        """Lines [n, 4]: x0, y0, x1, y1, as one path; needs `stroke`."""
        if len(rows):
            self.out.op("segments", rows=rows)

    def circles(self, rows: np.ndarray) -> None:
        """Circles [n, 3]: x, y, radius, as one path."""
        if len(rows):
            self.out.op("circles", rows=rows)

    def polygon(self, points: np.ndarray, *, closed: bool = True) -> None:
        """Straight lines through points [n, 2]."""
        if len(points) > 1:
            self.out.op("polygon", float(closed), rows=points)

    def curve(self, points: np.ndarray, *, closed: bool = True) -> None:
        """A smooth line through points [n, 2], a Catmull-Rom spline as cubic Béziers."""
        if len(points) > 1:
            self.out.op("curve", float(closed), rows=_spline(np.asarray(points, np.float32), closed))

    # Pictures.

    def image(
        self,
        number: int,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        rotation: float = 0.0,
        opacity: float = 1.0,
        blend: str = "normal",
        sampling: str = "mipmap",
    ) -> None:
        """A picture around its middle; rotation in radians."""
        self.out.op("image", number, x, y, width, height, rotation, opacity, _BLEND[blend], _SAMPLING[sampling])

    def video(
        self, number: int, frame: int, x: float, y: float, width: float, height: float, *, opacity: float = 1.0,
        blend: str = "normal",
    ) -> None:  # fmt: skip
        """One frame of a film around its middle."""
        self.out.op("video", number, frame, x, y, width, height, 0, opacity, _BLEND[blend], _SAMPLING["linear"])

    def sprites(self, number: int, rows: np.ndarray, *, blend: str = "plus") -> None:
        """One white picture many times [n, 8]: x, y, scale, rotation, red, green, blue, alpha."""
        if len(rows):
            steps = np.array(rows, np.float32)
            steps[:, 4:] = np.round(np.clip(steps[:, 4:], 0, 1) * 255) / np.float32(255)
            self.out.op("sprites", number, _BLEND[blend], rows=steps)

    def text(
        self, number: int, x: float, y: float, color: RGBA, *, scale: float = 1.0, rotation: float = 0.0,
        blend: str = "normal",
    ) -> None:  # fmt: skip
        """A text's box around its middle, in a colour."""
        self.out.op("text", number, x, y, scale, rotation, *color, _BLEND[blend])

    def tile(
        self, number: int, x: float, y: float, *, scale: float = 1.0, opacity: float = 1.0, blend: str = "normal",
        sampling: str = "linear",
    ) -> None:  # fmt: skip
        """A picture over and over, everywhere within the clip."""
        self.out.op("tile", number, x, y, scale, opacity, _BLEND[blend], _SAMPLING[sampling])

    # Stack.

    @contextmanager
    def moved(
        self, x: float = 0.0, y: float = 0.0, *, scale: float | tuple[float, float] = 1.0, rotation: float = 0.0
    ) -> Iterator[None]:
        """Inside, the origin lies at (x, y), turned by radians and scaled."""
        across, down = scale if isinstance(scale, tuple) else (scale, scale)
        cos, sin = math.cos(rotation), math.sin(rotation)
        matrix = (cos * across, sin * across, -sin * down, cos * down, x, y)
        self.out.op("transform", *matrix)
        outer, self._matrix = self._matrix, _after(self._matrix, matrix)
        yield
        self._matrix = outer
        self.out.op("restore")

    def lies_at(self, x: float, y: float) -> bool:
        """Whether the origin is at (x, y) now, and nothing is turned or scaled."""
        return all(abs(have - want) < 1e-6 for have, want in zip(self._matrix, (1, 0, 0, 1, x, y), strict=True))

    @contextmanager
    def clipped(self, x: float, y: float, width: float, height: float, *, radius: float = 0.0) -> Iterator[None]:
        """Inside, only what lies in a rectangle is seen."""
        self.out.op("clip_rect", x, y, width, height, radius)
        yield
        self.out.op("restore")

    @contextmanager
    def within(self, rect: tuple[float, float, float, float] | None) -> Iterator[None]:
        """`clipped` to left, top, width, height; None clips nothing. What is clipped away costs nothing."""
        if rect is None:
            yield
            return
        with self.clipped(*rect):
            yield

    @contextmanager
    def clipped_circle(self, x: float, y: float, radius: float) -> Iterator[None]:
        """Inside, only what lies in a circle is seen."""
        self.out.op("clip_circle", x, y, max(0.0, radius))
        yield
        self.out.op("restore")

    @contextmanager
    def clipped_polygon(self, points: np.ndarray) -> Iterator[None]:
        """Inside, only what lies in a polygon [n, 2] is seen."""
        self.out.op("clip_polygon", rows=points)
        yield
        self.out.op("restore")

    @contextmanager
    def layer(
        self, opacity: float = 1.0, *, blend: str = "normal", matrix: Sequence[float] | None = None
    ) -> Iterator[None]:
        """What is drawn inside is put together first, then drawn as one; matrix: 20 numbers, see `layer_color`."""
        if matrix is None:
            self.out.op("layer", opacity, _BLEND[blend])
        else:
            self.out.op("layer_color", opacity, _BLEND[blend], *matrix)
        yield
        self.out.op("restore")

    # Nested.

    @contextmanager
    def cached(self) -> Iterator[None]:
        """What is drawn inside is painted once and then shown again, while it is the same to the last float.

        For what never changes (`Frame.steady`): each new look takes the memory of a whole picture in the painter.
        """
        outer, self._matrix = self._matrix, _SAME
        with self.out.nest("cached", 0) as nest:
            yield
            self._matrix = outer
            nest.rename(key_of(nest.inside()))

    @contextmanager
    def offscreen(self, divisor: int = 1) -> Iterator[int]:
        """What is drawn inside, from the canvas' origin on, becomes a picture of the canvas; the slot for `stamp`."""
        slot = self._slot
        self._slot += 1
        outer, self._matrix = self._matrix, _SAME
        with self.out.nest("offscreen", slot, max(1, divisor)):
            yield slot
        self._matrix = outer

    def stamp(
        self,
        slot: int,
        *,
        matrix: tuple[float, float, float, float, float, float] = (1, 0, 0, 1, 0, 0),
        opacity: float = 1.0,
        blend: str = "normal",
        sampling: str = "linear",
    ) -> None:
        """Draw an offscreen picture over the canvas, changed by a matrix as in `ops`."""
        self.out.op("stamp", slot, *matrix, opacity, _BLEND[blend], _SAMPLING[sampling])


def _after(outer: _Matrix, inner: _Matrix) -> _Matrix:
    """The matrix that does `inner`, then `outer`."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * m + e, b * k + d * m + f)


def _rows(stops: Stops) -> np.ndarray:
    rows: list[tuple[float, ...]] = []
    for at, stop in enumerate(stops):
        if len(stop) == 2:
            rows.append((float(stop[0]), *stop[1]))  # type: ignore[misc, arg-type]  # told apart by length
        else:
            rows.append((at / max(1, len(stops) - 1), *stop))  # type: ignore[arg-type]  # as above
    table = np.array(rows, np.float32)
    table[:, 0] = np.maximum.accumulate(np.clip(table[:, 0], 0, 1))
    return table


def _spline(points: np.ndarray, closed: bool) -> np.ndarray:
    """Rows of the op `curve`: uniform Catmull-Rom, whose handles are a sixth of the way between the neighbours."""
    if closed:
        around = np.concatenate([points[-1:], points, points[:2]])
    else:
        around = np.concatenate([points[:1], points, points[-1:]])
    before, here, there, after = around[:-3], around[1:-2], around[2:-1], around[3:]
    rows = np.concatenate([here + (there - before) / 6, there - (after - here) / 6, there], axis=1)
    return np.concatenate([np.tile(points[:1], (1, 3)), rows]).astype(np.float32)
