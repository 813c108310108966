"""Flashes that can harm people with photosensitive epilepsy, found in the pictures of a film.

The rules are those of WCAG 2.2, success criterion 2.3.1 with its definition "general flash and red flash thresholds",
stricter than ITU-R BT.1702-3 and Ofcom where these differ (a quarter of ten degrees of sight, not of the screen):
more than three flashes within a second fail, of more than a quarter of any rectangle of 341 × 256 pixels on a screen of
1024 × 768 that the picture fills, where a flash is two opposing changes of a place's light (general) or colour (red).

Pictures come small: a cell of the grid is about 16 pixels of that screen, and its light the mean of what it covers, so
that patterns finer than a cell count by their mean (WCAG exempts those below 0.1 degrees, a fifth of a cell).

What "concurrently" means is said nowhere; here, cells that change the same way within 50 ms. So a strobe is found
whatever it lights up, and a shape that moves across the picture, whose edge changes cells one by one, is not one.
A place fails by its own changes, and a rectangle by changes anywhere within it.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from shared.errors import KeylightError
from shared.scene.flash_changes import LINEAR, LightChanges, RedChanges, to_bytes
from shared.units import format_seconds

__all__ = [
    "FlashChecker",
    "FlashKind",
    "FlashReport",
    "FlashSpan",
    "Pictures",
    "check_flashes",
    "check_steps",
    "finished",
    "grid_size",
    "look_size",
    "shrink",
]

#: "No more than three general flashes and / or no more than three red flashes within any one-second period".
_MOST_FLASHES: Final = 3
#: "A 341 x 256 pixel rectangle anywhere on the displayed screen area when the content is viewed at 1024 x 768 pixels".
_SCREEN: Final = (1024, 768)
_FIELD: Final = (341, 256)
#: "No more than ... 25% of any 10 degree visual field on the screen".
_AREA: Final = 0.25
_CELL: Final = 16.0  # pixels of that screen: 21 x 16 cells to the field
#: Pixels of a painted picture to a cell, a side: lines thinner than a pixel still count by their share.
_PIXELS: Final = 4
_TOGETHER_SECONDS: Final = 0.05
#: Frames read at a time.
_BLOCK: Final = 64

_Result = TypeVar("_Result")
Grid = npt.NDArray[np.bool_]
#: What changes: light, or colour.
FlashKind = Literal["general", "red"]
_Counts = npt.NDArray[np.int32]
#: The share of a field that fails, and its flashes in the last second; both 0 where nothing fails.
_Failure = tuple[float, int]
_SAFE: Final[_Failure] = (0.0, 0)


class Pictures(Protocol):
    """Pictures of a film in order: an array uint8 [frames, rows, columns, 4], or what cuts like one."""

    def __len__(self) -> int:
        """Frames."""

    def __getitem__(self, frames: slice, /) -> npt.NDArray[np.uint8]:
        """Some of them."""


@dataclass(frozen=True)
class FlashSpan:
    """A time in which it flashes too often. kind: "general" or "red".

    area: of ten degrees of sight, at most, 0-1. flashes: the most that a place has in a second.
    """

    start_seconds: float
    end_seconds: float
    kind: FlashKind
    area: float
    flashes: int

    def __str__(self) -> str:
        start, end = format_seconds(self.start_seconds), format_seconds(self.end_seconds)
        what = "red flashes" if self.kind == "red" else "flashes"
        return f"{start} to {end}: more than {_MOST_FLASHES} {what} in a second, over {self.area:.0%} of the view"


@dataclass(frozen=True)
class FlashReport:
    """spans: where it flashes too often, in order. failing: bool [frames], where such a second ends."""

    spans: tuple[FlashSpan, ...]
    failing: Grid

    @property
    def safe(self) -> bool:
        """Whether it never does."""
        return not self.spans


def grid_size(width: int, height: int) -> tuple[int, int]:
    """Rows and columns of the grid for a picture's ratio.

    >>> grid_size(1920, 1080), grid_size(1080, 1920), grid_size(1080, 1080)
    ((36, 64), (48, 27), (48, 48))
    """
    scale = min(_SCREEN[0] / width, _SCREEN[1] / height) / _CELL
    return max(1, round(height * scale)), max(1, round(width * scale))


def look_size(width: int, height: int) -> tuple[int, int]:
    """Width and height at which a film's frames are painted to be looked at.

    >>> look_size(1920, 1080)
    (256, 144)
    """
    rows, columns = grid_size(width, height)
    return columns * _PIXELS, rows * _PIXELS


def shrink(picture: npt.NDArray[np.uint8], rows: int, columns: int) -> npt.NDArray[np.uint8]:
    """A picture of bytes [height, width, 4] as a grid, by the mean of the light that each cell covers.

    >>> shrink(np.array([[[0, 0, 0, 255], [255, 255, 255, 255]]], np.uint8), 1, 1).tolist()
    [[[188, 188, 188, 255]]]
    """
    if rows > picture.shape[0] or columns > picture.shape[1]:
        raise KeylightError(f"Expected a picture of at least {columns} x {rows}, got {picture.shape[1::-1]}.")
    if picture.shape[:2] == (rows, columns):
        return picture
    # All four channels at once and one too many are faster than three cut out.
    light = _shrunk(LINEAR.take(picture), rows, columns)[..., :3]
    alpha = _shrunk(picture[..., 3:].astype(np.float32), rows, columns)
    return np.concatenate([to_bytes(light), np.rint(alpha).astype(np.uint8)], axis=2)


class FlashChecker:
    """Reads a film's pictures one after another. change, area: thresholds, lower ones to be on the safe side."""

    def __init__(self, rows: int, columns: int, fps: int, *, change: float = 0.1, area: float = _AREA) -> None:
        """change: of relative luminance, where white is 1 (WCAG: "10% or more of the maximum")."""
        self._shape, self._fps = (rows, columns), fps
        self._light, self._red = LightChanges(change), RedChanges()
        kinds: tuple[FlashKind, ...] = ("general", "red")
        self._counters = {kind: _Counter(rows, columns, fps, area) for kind in kinds}
        self._found: dict[FlashKind, list[_Failure]] = {kind: [] for kind in self._counters}

    def feed(self, picture: npt.NDArray[np.uint8]) -> None:
        """The next picture, uint8 [rows, columns, 4], BGRA with colours multiplied by alpha; seen on black."""
        if picture.shape != (*self._shape, 4) or picture.dtype != np.uint8:
            raise ValueError(f"expected uint8 {[*self._shape, 4]}, got {picture.dtype} {list(picture.shape)}")
        self._found["general"].append(self._counters["general"].feed(*self._light.feed(picture)))
        self._found["red"].append(self._counters["red"].feed(*self._red.feed(picture)))

    def report(self) -> FlashReport:
        """On all pictures so far."""
        spans = [span for kind, found in self._found.items() for span in _spans(found, kind, self._fps)]
        failing = np.any([[area > 0 for area, _ in found] for found in self._found.values()], axis=0)
        return FlashReport(tuple(sorted(spans, key=lambda span: (span.start_seconds, span.kind))), failing)


def check_flashes(pictures: Pictures, fps: int, *, change: float = 0.1, area: float = _AREA) -> FlashReport:
    """The report on a film. Memory holds a few pictures at a time.

    >>> dark, light = np.zeros((36, 64, 4), np.uint8), np.full((36, 64, 4), 255, np.uint8)
    >>> print(*check_flashes(np.stack([dark, light] * 30), 60).spans)
    0:00 to 0:01: more than 3 flashes in a second, over 100% of the view
    """
    return finished(check_steps(pictures, fps, change=change, area=area))


def check_steps(
    pictures: Pictures, fps: int, *, change: float = 0.1, area: float = _AREA
) -> Generator[float, None, FlashReport]:
    """`check_flashes` picture by picture, for one who has other things to do in between: yields how far it is, 0-1."""
    if not len(pictures):
        return FlashReport((), np.zeros(0, bool))
    rows, columns = pictures[0:1].shape[1:3]
    checker = FlashChecker(rows, columns, fps, change=change, area=area)
    for at in range(0, len(pictures), _BLOCK):
        for more, picture in enumerate(pictures[at : at + _BLOCK], start=1):
            checker.feed(picture)
            yield (at + more) / len(pictures)
    return checker.report()


def finished(steps: Generator[Any, None, _Result]) -> _Result:
    """What steps come to that are all taken at once.

    >>> finished(check_steps(np.zeros((9, 36, 64, 4), np.uint8), 60)).safe
    True
    """
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _Result = end.value
            return result


class _Counter:
    """Counts changes that happen together, at each place and in each field of sight, over the last second."""

    def __init__(self, rows: int, columns: int, fps: int, area: float) -> None:
        pixels = min(_SCREEN[0] / columns, _SCREEN[1] / rows)  # of a cell
        self._field = min(rows, max(1, round(_FIELD[1] / pixels))), min(columns, max(1, round(_FIELD[0] / pixels)))
        self._enough = area * _FIELD[0] * _FIELD[1] / pixels**2
        self._together = max(1, round(_TOGETHER_SECONDS * fps))
        fields = rows - self._field[0] + 1, columns - self._field[1] + 1
        self._age = np.full((2, rows, columns), self._together)  # frames since the last rise and fall
        self._new = np.zeros((2, rows, columns), bool)  # not counted yet
        self._of_places = _Second((2, rows, columns), fps)
        self._last = np.zeros(fields, np.int8)  # the last change of each field: 1 a rise, -1 a fall
        self._of_fields = _Second((2, *fields), fps)

    def feed(self, rises: Grid, falls: Grid) -> _Failure:
        """Cells that rise and fall in this frame; what fails with it."""
        for at, changed in enumerate((rises, falls)):
            self._age[at] = np.where(changed, 0, np.minimum(self._age[at] + 1, self._together))
            self._new[at] |= changed
        recent = self._age < self._together
        if not recent.any():
            self._new[:] = False
            self._of_places.pass_by()
            self._of_fields.pass_by()
            return _SAFE
        sums = np.stack([_box_sums(one, self._field) for one in recent])
        enough = sums > self._enough
        (area, flashes), (more_area, more) = self._places(recent, enough), self._fields(sums, enough)
        return max(area, more_area), max(flashes, more)

    def _places(self, recent: npt.NDArray[np.bool_], enough: npt.NDArray[np.bool_]) -> _Failure:
        """Each cell's own changes, as far as others around it change with it."""
        together = np.stack([_spread(one, self._field) for one in enough]) & recent
        counts = self._of_places.add(together & self._new)
        self._new &= recent & ~together
        often: Grid = np.any(counts > _MOST_FLASHES, axis=0)
        if not often.any():
            return _SAFE
        most = int(_box_sums(often, self._field).max())
        return (self._share(most), int(counts.max())) if most > self._enough else _SAFE

    def _fields(self, sums: _Counts, enough: npt.NDArray[np.bool_]) -> _Failure:
        """Changes of a field, wherever within it: clearly the one way, and the other way than the last."""
        clear = enough & (sums >= 2 * sums[::-1])
        new = clear & (self._last != np.array([1, -1], np.int8)[:, None, None])
        self._last = np.where(new[0], 1, np.where(new[1], -1, self._last)).astype(np.int8)
        counts = self._of_fields.add(new)
        often: Grid = np.any(counts > _MOST_FLASHES, axis=0)
        return (self._share(int(sums.max(axis=0)[often].max())), int(counts.max())) if often.any() else _SAFE

    def _share(self, cells: int) -> float:
        """Of a field, of which some cells may change after it was found to fail."""
        return max(1, cells) / (self._field[0] * self._field[1])


class _Second:
    """How often something was in the last second, this frame included: a window of as many frames as it has."""

    def __init__(self, shape: tuple[int, ...], fps: int) -> None:
        self._ring = np.zeros((fps, *shape), bool)
        self._held = np.zeros(fps, bool)  # which of the ring are not empty
        self._counts = np.zeros(shape, np.int32)
        self._at = 0

    def add(self, now: npt.NDArray[np.bool_]) -> _Counts:
        """Counts with this frame."""
        self.pass_by()
        if now.any():
            self._ring[self._at], self._held[self._at] = now, True
            self._counts += now
        return self._counts

    def pass_by(self) -> None:
        """A frame in which nothing was."""
        self._at = (self._at + 1) % len(self._ring)
        if self._held[self._at]:
            self._counts -= self._ring[self._at]
            self._held[self._at] = False


def _box_sums(cells: Grid, field: tuple[int, int]) -> _Counts:
    """How many cells are set in each field, by a table of sums (Crow 1984)."""
    table = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), np.int32)
    np.cumsum(np.cumsum(cells, axis=0, dtype=np.int32), axis=1, out=table[1:, 1:])
    rows, columns = field
    return table[rows:, columns:] - table[:-rows, columns:] - table[rows:, :-columns] + table[:-rows, :-columns]


def _spread(fields: Grid, field: tuple[int, int]) -> Grid:
    """Cells that lie in any of the fields that are set."""
    rows, columns = field
    if not fields.any():
        return np.zeros((fields.shape[0] + rows - 1, fields.shape[1] + columns - 1), bool)
    return _box_sums(np.pad(fields, ((rows - 1, rows - 1), (columns - 1, columns - 1))), field) > 0


def _shrunk(values: npt.NDArray[np.float32], rows: int, columns: int) -> npt.NDArray[np.float32]:
    """Means of cells; where all have the same size, as in pictures of `look_size`, in a faster way."""
    height, width, channels = values.shape
    if height % rows or width % columns:
        return _means(_means(values, rows, axis=0), columns, axis=1)
    bands = values.reshape(rows, height // rows, width * channels).sum(axis=1)
    cells = bands.reshape(rows, columns, width // columns, channels)
    sums = cells[:, :, 0].copy()
    for at in range(1, width // columns):
        sums += cells[:, :, at]
    sums /= np.float32(height * width // (rows * columns))
    return sums


def _means(values: npt.NDArray[np.float32], parts: int, *, axis: int) -> npt.NDArray[np.float32]:
    """Means over equal parts of an axis, rows that lie in two parts given to the one of their middle."""
    edges = np.round(np.arange(parts) * (values.shape[axis] / parts)).astype(int)
    counts = np.diff(np.append(edges, values.shape[axis])).astype(np.float32)
    shape = [1] * values.ndim
    shape[axis] = parts
    return (np.add.reduceat(values, edges, axis=axis) / counts.reshape(shape)).astype(np.float32)


def _spans(failures: Sequence[_Failure], kind: FlashKind, fps: int) -> list[FlashSpan]:
    """Runs of failing frames, from the beginning of the first one's second; such as overlap are one."""
    found: list[FlashSpan] = []
    for frame, (area, flashes) in enumerate(failures):
        if area <= 0:
            continue
        start, end = max(0.0, (frame + 1 - fps) / fps), (frame + 1) / fps
        if found and start <= found[-1].end_seconds:
            last = found.pop()
            start, area, flashes = last.start_seconds, max(area, last.area), max(flashes, last.flashes)
        found.append(FlashSpan(start, end, kind, float(area), flashes))
    return found
