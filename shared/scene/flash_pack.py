"""Small pictures of a whole film in little memory: a page has no disk to lay them down on, as a render has.

Pictures of a film hardly differ from one to the next, so differences are packed (zlib), some pictures at a time.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["PackedPictures"]

#: Pictures that are packed together: packing must not take long.
_BLOCK: Final = 32
#: Blocks that are kept unpacked: a second at 60 frames, and the next.
_OPEN: Final = 5
#: Of zlib: the fastest.
_LEVEL: Final = 1

Bytes = npt.NDArray[np.uint8]


class PackedPictures:
    """Pictures of one shape, uint8, put in one after another and cut like one array (`shared.scene.flash.Pictures`).

    >>> packed = PackedPictures()
    >>> for value in range(100):
    ...     packed.append(np.full((36, 64, 4), value, np.uint8))
    >>> packed[40:70].shape, packed[40:70][3, 0, 0].tolist(), packed.size < 100 * 36 * 64 * 4 // 10
    ((30, 36, 64, 4), [43, 43, 43, 43], True)
    """

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._last: list[Bytes] = []  # not packed yet
        self._shape: tuple[int, ...] = ()
        self._open: OrderedDict[int, Bytes] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes that all take, packed."""
        return self._size + sum(each.nbytes for each in self._last)

    def append(self, picture: Bytes) -> None:
        """The next picture; it is copied."""
        self._shape = picture.shape
        self._last.append(picture.copy())
        if len(self._last) == _BLOCK:
            block = np.stack(self._last)
            block[1:] -= block[:-1].copy()  # wraps around, and back by the sum
            self._blocks.append(zlib.compress(block.data, _LEVEL))
            self._size += len(self._blocks[-1])
            self._last = []

    def __len__(self) -> int:
        return _BLOCK * len(self._blocks) + len(self._last)

    def __getitem__(self, frames: slice, /) -> Bytes:
        start, stop, _ = frames.indices(len(self))
        blocks = range(start // _BLOCK, max(start, stop - 1) // _BLOCK + 1)
        parts = [self._block(at)[max(0, start - at * _BLOCK) : max(0, stop - at * _BLOCK)] for at in blocks]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _block(self, at: int) -> Bytes:
        """Pictures of a block, not to be written to."""
        if at == len(self._blocks):
            return np.stack(self._last) if self._last else np.zeros((0, *self._shape), np.uint8)
        found = self._open.get(at)
        if found is None:
            changes = np.frombuffer(zlib.decompress(self._blocks[at]), np.uint8).reshape(_BLOCK, *self._shape)
            found = np.add.accumulate(changes, axis=0, dtype=np.uint8)
            found.setflags(write=False)
            self._open[at] = found
        self._open.move_to_end(at)
        while len(self._open) > _OPEN:
            self._open.popitem(last=False)
        return found
