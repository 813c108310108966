"""How far a film's pictures are held back so that it flashes no more than is safe, worked out before they are painted.

Held back means blended toward the mean of the second around: a strobe fades to what it flickers about, while what is
slow goes on. How far is found by trying: each half second in which it still flashes too often is held back one step
more, until a check finds nothing, with lower thresholds than those of the rule, since the finished pictures are not the
small ones that were looked at. At the last step only the mean is left, which changes direction once in half a second at
most: the search ends. All is a function of the small pictures, so that segments of a film agree.
"""

from __future__ import annotations

import itertools
import operator
import struct
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from shared.errors import KeylightError
from shared.scene.flash import FlashChecker, FlashReport, Pictures, check_steps, finished

__all__ = [
    "FlashLimits",
    "JoinedPictures",
    "cautious_checker",
    "decode_limits",
    "encode_limits",
    "limit_flashes",
    "limit_steps",
]

#: Steps of holding back. A strobe between black and white needs 0.95: light goes with the power 2.4.
_STEPS: Final = (0.0, 0.25, 0.45, 0.6, 0.72, 0.82, 0.9, 0.95, 0.98, 1.0)
#: Of the rule's 10 % of light and 25 % of the field, on the safe side.
_CHANGE, _AREA = 0.085, 0.21
#: A time is checked with so many seconds before and after it, in which all that it can share a flash with lies.
_AROUND_SECONDS: Final = 2
#: What share of all work the search at single times is about.
_SETTLING: Final = 0.6
#: Rows of a picture held back at a time.
_BAND: Final = 32
_MAGIC: Final = b"KLFLASH1"
_HEAD: Final = struct.Struct("<8sIIIII")  # magic, frames, fps, stills, rows, columns

_Result = TypeVar("_Result")
Bytes = npt.NDArray[np.uint8]
_Number = np.float32 | npt.NDArray[np.float32]


@dataclass(frozen=True)
class FlashLimits:
    """Strengths and stills at knots, half a second apart; what lies between is a straight line from one to the next.

    strengths: float32 [knots], 0 leaves a picture as it is, 1 leaves the still. stills: uint8 [n, rows, columns, 4], of
    the knots that `places` names, in order.
    """

    frames: int
    fps: int
    strengths: npt.NDArray[np.float32]
    places: npt.NDArray[np.int32]
    stills: Bytes
    _index: dict[int, int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._index.update({int(knot): at for at, knot in enumerate(self.places)})

    @property
    def idle(self) -> bool:
        """Whether nothing is held back anywhere."""
        return not self.strengths.any()

    def strength(self, frame: float) -> float:
        """How far a frame is held back, 0-1; also for times between frames."""
        knot, share = self._place(frame)
        return float((1 - share) * self.strengths[knot] + share * self.strengths[knot + 1])

    def still(self, frame: float) -> Bytes:
        """What a frame of a strength above 0 is blended toward, uint8 [rows, columns, 4]."""
        knot, share = self._place(frame)
        one, other = self.stills[self._index[knot]], self.stills[self._index[knot + 1]]
        return _between(one, other, share).astype(np.uint8)

    def hold(self, frame: int, picture: Bytes) -> Bytes:
        """A frame's picture of any size, held back; the same one where it need not be."""
        strength = self.strength(frame)
        if strength <= 0:
            return picture
        # In bands, which stay in the processor's cache and make no large picture larger.
        wide = _across(self.still(frame).astype(np.float32), picture.shape[1])
        above, below, share = _places(len(wide), len(picture))
        held = np.empty_like(picture)
        for top in range(0, len(picture), _BAND):
            rows = slice(top, top + _BAND)
            still = wide[below[rows]]
            still -= wide[above[rows]]
            still *= share[rows, None, None]
            still += wide[above[rows]]
            held[rows] = _blended(picture[rows], still, np.float32(strength))
        return held

    def _place(self, frame: float) -> tuple[int, np.float32]:
        """The knot before a frame, and how far toward the next it lies."""
        at = frame / _knot_frames(self.fps)
        knot = min(int(at), len(self.strengths) - 2)
        return knot, np.float32(at - knot)


class JoinedPictures:
    """Pictures of one film in parts, such as one file each, cut like one array."""

    def __init__(self, parts: Sequence[Pictures]) -> None:
        self._parts = parts
        self._starts = np.cumsum([0, *(len(part) for part in parts)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, frames: slice, /) -> Bytes:
        start, stop, _ = frames.indices(len(self))
        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        found = []
        for part, begin in zip(self._parts[first:], self._starts[first:], strict=False):
            if begin >= stop:
                break
            found.append(part[max(start - int(begin), 0) : stop - int(begin)])
        if len(found) == 1:
            return found[0]
        return np.concatenate(found)


def limit_flashes(pictures: Pictures, fps: int) -> FlashLimits:
    """Limits by which a film of these pictures, uint8 [frames, rows, columns, 4], flashes no more than is safe."""
    return finished(limit_steps(pictures, fps))


def limit_steps(
    pictures: Pictures, fps: int, failing: npt.NDArray[np.bool_] | None = None
) -> Generator[float, None, FlashLimits]:
    """`limit_flashes` in small steps, for one who has other things to do in between: yields about how far it is, 0-1.

    failing: what a `cautious_checker` found of the same pictures, where one has read them.
    """
    search = _Search(pictures, fps)
    if failing is None:
        failing = (yield from _cautious(pictures, fps)).failing
    wrong = np.flatnonzero(failing)
    while len(wrong):
        times = _times(wrong, fps, len(pictures))
        for at, (start, stop) in enumerate(times):
            yield from _scaled(
                search.settle(start, stop), _SETTLING * at / len(times), _SETTLING * (at + 1) / len(times)
            )
        # Once more from beginning to end, as a check of the film will be.
        report = yield from _scaled(_cautious(search, fps), _SETTLING, 1.0)
        wrong = np.flatnonzero(report.failing)
        if len(wrong):
            search.raise_at(wrong)
    return search.limits()


def cautious_checker(rows: int, columns: int, fps: int) -> FlashChecker:
    """One with the thresholds by which films are held back."""
    return FlashChecker(rows, columns, fps, change=_CHANGE, area=_AREA)


def encode_limits(limits: FlashLimits) -> bytes:
    """Magic, sizes, then the arrays, little-endian."""
    count, rows, columns, _ = limits.stills.shape
    head = _HEAD.pack(_MAGIC, limits.frames, limits.fps, count, rows, columns)
    arrays = (limits.strengths.astype("<f4"), limits.places.astype("<i4"), limits.stills)
    return head + b"".join(array.tobytes() for array in arrays)


def decode_limits(data: bytes) -> FlashLimits:
    """Limits again; raises `KeylightError` for bytes that are none."""
    if len(data) < _HEAD.size or not data.startswith(_MAGIC):
        raise KeylightError(f"Expected limits of flashes that begin with {_MAGIC!r}. Render again.")
    _, frames, fps, count, rows, columns = _HEAD.unpack_from(data)
    knots = _knots(frames, fps)
    if len(data) != _HEAD.size + 4 * knots + 4 * count + 4 * count * rows * columns:
        raise KeylightError("Limits of flashes are cut or damaged. Render again.")
    strengths = np.frombuffer(data, "<f4", knots, _HEAD.size)
    places = np.frombuffer(data, "<i4", count, _HEAD.size + 4 * knots)
    stills = np.frombuffer(data, np.uint8, -1, _HEAD.size + 4 * knots + 4 * count)
    return FlashLimits(frames, fps, strengths, places, stills.reshape(count, rows, columns, 4))


class _Search:
    """Steps at knots, and the pictures as they are held back by them."""

    def __init__(self, pictures: Pictures, fps: int) -> None:
        self._pictures, self._fps = pictures, fps
        self._steps = np.zeros(_knots(len(pictures), fps), int)
        self._means: dict[int, Bytes] = {}

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, frames: slice, /) -> Bytes:
        start, stop, _ = frames.indices(len(self))
        pictures = self._pictures[start:stop]
        strengths, step = self._strengths(), _knot_frames(self._fps)
        if not strengths[start // step : stop // step + 2].any():
            return pictures
        held = pictures.copy()
        for knot in range(start // step, (stop - 1) // step + 1):
            if not strengths[knot : knot + 2].any():
                continue
            begin, end = max(start, knot * step), min(stop, (knot + 1) * step)
            share = ((np.arange(begin, end) / step) - knot).astype(np.float32)[:, None, None, None]
            strength = (1 - share) * strengths[knot] + share * strengths[knot + 1]
            still = _between(self._mean(knot), self._mean(knot + 1), share)
            held[begin - start : end - start] = _blended(pictures[begin - start : end - start], still, strength)
        return held

    def settle(self, start: int, stop: int) -> Generator[float, None, None]:
        """Hold a time back until it flashes no more; yields about how far it is, 0-1."""
        around = _AROUND_SECONDS * self._fps
        part = _Part(self, max(0, start - around), min(len(self), stop + around))
        for left in itertools.accumulate(itertools.repeat(0.5), operator.mul):
            report = yield from _scaled(_cautious(part, self._fps), 1 - 2 * left, 1 - left)
            wrong = np.flatnonzero(report.failing) + part.start
            if not len(wrong):
                return
            self.raise_at(wrong)

    def raise_at(self, wrong: npt.NDArray[np.intp]) -> None:
        """One step more at all knots of the seconds that end with these frames."""
        step = _knot_frames(self._fps)
        firsts = np.maximum(wrong + 1 - self._fps, 0) // step
        lasts = wrong // step + 1
        marks = np.zeros(len(self._steps) + 1, int)
        np.add.at(marks, firsts, 1)
        np.add.at(marks, lasts + 1, -1)
        self._steps = np.minimum(self._steps + (np.cumsum(marks)[:-1] > 0), len(_STEPS) - 1)

    def limits(self) -> FlashLimits:
        """As they stand."""
        strengths = self._strengths()
        near = strengths > 0
        near[1:] |= strengths[:-1] > 0
        near[:-1] |= strengths[1:] > 0
        places = np.flatnonzero(near).astype(np.int32)
        stills = [self._mean(int(knot)) for knot in places]
        shape = self._pictures[0:1].shape[1:] if len(self) else (0, 0, 4)
        held = np.stack(stills) if stills else np.zeros((0, *shape), np.uint8)
        return FlashLimits(len(self), self._fps, strengths, places, held)

    def _strengths(self) -> npt.NDArray[np.float32]:
        return np.array(_STEPS, np.float32)[self._steps]

    def _mean(self, knot: int) -> Bytes:
        """Of the second around a knot, less of it at the film's ends."""
        if knot not in self._means:
            middle, half = knot * _knot_frames(self._fps), self._fps // 2
            stop = min(len(self), max(middle + half, 1))
            around = self._pictures[max(0, min(middle - half, stop - self._fps)) : stop]
            self._means[knot] = np.rint(around.mean(axis=0, dtype=np.float32)).astype(np.uint8)
        return self._means[knot]


@dataclass(frozen=True)
class _Part:
    """Some of a film's pictures, read when they are asked for."""

    whole: Pictures
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, frames: slice, /) -> Bytes:
        start, stop, _ = frames.indices(len(self))
        return self.whole[self.start + start : self.start + stop]


def _cautious(pictures: Pictures, fps: int) -> Generator[float, None, FlashReport]:
    return check_steps(pictures, fps, change=_CHANGE, area=_AREA)


def _scaled(steps: Generator[float, None, _Result], begin: float, end: float) -> Generator[float, None, _Result]:
    """Steps whose way from 0 to 1 is a part of a longer one."""
    while True:
        try:
            share = next(steps)
        except StopIteration as over:
            result: _Result = over.value
            return result
        yield begin + (end - begin) * share


def _between(one: Bytes, other: Bytes, share: _Number) -> npt.NDArray[np.float32]:
    """Whole values of a line from one still to the other."""
    begin = one.astype(np.float32)
    return np.rint(begin + (other.astype(np.float32) - begin) * share)


def _blended(picture: Bytes, still: npt.NDArray[np.float32], strength: _Number) -> Bytes:
    """So much of a still laid over pictures; the still's memory is used up."""
    still -= picture
    still *= strength
    still += picture
    return np.rint(still, out=still).astype(np.uint8)


def _knot_frames(fps: int) -> int:
    """Frames from one knot to the next."""
    return max(1, fps // 2)


def _knots(frames: int, fps: int) -> int:
    """So many that every frame lies between two."""
    return max(0, frames - 1) // _knot_frames(fps) + 2


def _times(wrong: npt.NDArray[np.intp], fps: int, frames: int) -> list[tuple[int, int]]:
    """Stretches of frames in which failing ones lie, far enough from one another to be settled by themselves."""
    cuts = np.flatnonzero(np.diff(wrong) > (2 * _AROUND_SECONDS + 1) * fps) + 1
    return [(max(0, int(part[0]) - fps), min(frames, int(part[-1]) + 1)) for part in np.split(wrong, cuts)]


def _across(still: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    """A small picture made wider, straight lines between the middles of its cells."""
    left, right, share = _places(still.shape[1], width)
    return still[:, left] + (still[:, right] - still[:, left]) * share[:, None]


def _places(cells: int, count: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """For each of so many pixels in a row, the cells whose middles it lies between, and how far toward the second."""
    at = np.clip((np.arange(count) + 0.5) * cells / count - 0.5, 0, cells - 1)
    first = np.minimum(at.astype(np.intp), max(0, cells - 2))
    return first, np.minimum(first + 1, cells - 1), (at - first).astype(np.float32)
