"""Flash safety between the processes that paint: small pictures of each segment on disk, and what follows from them.

A file of light is a NumPy array uint8 [frames, rows, columns, 4], 9 kB a frame at 16:9; it is mapped, not read, so that
memory is flat however long the film is. Each file appears under its name when it is whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from backend.gpu.pieces import disk_full_told, write_file
from shared.errors import KeylightError
from shared.scene.flash import FlashReport, check_flashes, grid_size, shrink
from shared.scene.flash_limits import FlashLimits, JoinedPictures, decode_limits, encode_limits, limit_flashes

__all__ = ["check_light", "find_limits", "read_limits", "write_light"]


def write_light(path: Path, pictures: Iterable[np.ndarray]) -> None:
    """Keep the light of a segment's pictures, each uint8 [height, width, 4], good until the next; all of one size."""
    cells = [shrink(picture, *grid_size(picture.shape[1], picture.shape[0])) for picture in pictures]
    temporary = path.with_name(f".{path.name}.part")
    with disk_full_told():
        with temporary.open("wb") as file:
            np.save(file, np.stack(cells))
        temporary.replace(path)


def find_limits(lights: Sequence[Path], fps: int, out: Path) -> FlashLimits:
    """How far the film of these segments must be held back, kept for the processes that paint it."""
    limits = limit_flashes(_joined(lights), fps)
    write_file(out, encode_limits(limits))
    return limits


def check_light(lights: Sequence[Path], fps: int) -> FlashReport:
    """Where the film of these segments flashes too often as it is."""
    return check_flashes(_joined(lights), fps)


def read_limits(path: Path) -> FlashLimits | None:
    """What `find_limits` kept; None where that was not done, or nothing is held back."""
    if not path.is_file():
        return None
    limits = decode_limits(path.read_bytes())
    return None if limits.idle else limits


def _joined(lights: Sequence[Path]) -> JoinedPictures:
    try:
        return JoinedPictures([np.load(path, mmap_mode="r") for path in lights])
    except (OSError, ValueError) as error:
        raise KeylightError(f"Light of the film is missing or damaged ({error}). Render again.") from error
