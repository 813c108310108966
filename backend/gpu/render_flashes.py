"""Flash safety of a render: the light of its frames, small, and how far each is held back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from backend.gpu.pieces import disk_full_told
from backend.gpu.render_folder import RenderFolder, write_whole
from backend.gpu.render_plan import Segment
from shared.scene.flash import FlashReport, check_flashes, grid_size, shrink
from shared.scene.flash_limits import FlashLimits, JoinedPictures, decode_limits, encode_limits, limit_flashes

__all__ = ["Light", "hold_back", "read_limits"]


class Light:
    """The light of one segment's frames as it is collected: a grid of means each."""

    def __init__(self, segment: Segment, width: int, height: int) -> None:
        self._grid = grid_size(width, height)
        self._cells = np.empty((segment.count, *self._grid, 4), np.uint8)
        self._count = 0

    def take(self, picture: np.ndarray) -> None:
        """The next picture, of `look_size`."""
        self._cells[self._count] = shrink(picture, *self._grid)
        self._count += 1

    def save(self, folder: RenderFolder, index: int) -> None:
        """To the segment's file, whole or not at all."""
        with disk_full_told():
            write_whole(folder.light(index), lambda file: np.save(file, self._cells))


class _Part:
    """The light of one segment, read where it is asked for and let go: of an hour it is nearly a gigabyte."""

    def __init__(self, path: Path, count: int) -> None:
        self._path, self._count = path, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, frames: slice, /) -> np.ndarray:
        return np.array(np.load(self._path, mmap_mode="r")[frames])


def hold_back(folder: RenderFolder, segments: Sequence[Segment], fps: int) -> FlashReport | None:
    """Work out how far the film's flashes are held back, and keep it in the folder; what flashes without it.

    None where that was done before.
    """
    if folder.limits.is_file():
        return None
    pictures = JoinedPictures([_Part(folder.light(segment.index), segment.count) for segment in segments])
    report = check_flashes(pictures, fps)
    data = encode_limits(limit_flashes(pictures, fps))
    write_whole(folder.limits, lambda file: file.write(data))
    for segment in segments:  # nine kilobytes a frame, and of no more use
        folder.light(segment.index).unlink(missing_ok=True)
    return report


def read_limits(folder: RenderFolder) -> FlashLimits | None:
    """Limits of the film, None where there are none or nothing is held back."""
    if not folder.limits.is_file():
        return None
    limits = decode_limits(folder.limits.read_bytes())
    return None if limits.idle else limits
