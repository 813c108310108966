"""Films of arithmetic: pictures whose answer is known, songs of clicks, and what a finished file says of itself."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np

from backend.gpu.mux import FilmTags, join
from backend.gpu.video import SegmentWriter
from shared.schema.video import RenderOptions

__all__ = ["atoms", "click_song", "make_film", "make_segments", "plain", "read_sound"]

UNTAGGED = FilmTags()
#: Draws frame i.
Draw = Callable[[int], np.ndarray]


def plain(options: RenderOptions, bgra: tuple[int, int, int, int]) -> np.ndarray:
    """A picture of one colour."""
    picture = np.empty((options.height, options.width, 4), np.uint8)
    picture[:] = bgra
    return picture


def make_segments(folder: Path, options: RenderOptions, draw: Draw, *counts: int) -> list[Path]:
    """Segments of so many frames, drawn."""
    paths: list[Path] = []
    at = 0
    for count in counts:
        path = folder / f"segment-{len(paths):04d}"
        with SegmentWriter(path, options) as writer:
            for frame in range(at, at + count):
                writer.write(draw(frame))
        at += count
        paths.append(path)
    return paths


def make_film(
    folder: Path, options: RenderOptions, draw: Draw, *counts: int, song: Path | None = None,
    tags: FilmTags = UNTAGGED, cover: bytes | None = None,
) -> Path:  # fmt: skip
    """A film out of such segments."""
    out = folder / f"film{options.ending}"
    join(make_segments(folder, options, draw, *counts), song, out, options, frames=sum(counts), tags=tags, cover=cover)
    return out


def click_song(path: Path, seconds: float, times: np.ndarray, *, rate: int = 48_000) -> Path:
    """A WAV of clicks, one sample wide at full scale, in silence; written in pieces, so that an hour fits in memory."""
    at = np.round(times * rate).astype(np.int64)
    total = round(seconds * rate)
    with path.open("wb") as file:
        fmt = struct.pack("<IHHIIHH", 16, 1, 2, rate, 4 * rate, 4, 16)
        head = struct.pack("<4sI8s", b"RIFF", 36 + 4 * total, b"WAVEfmt ") + fmt
        file.write(head + struct.pack("<4sI", b"data", 4 * total))
        for begin in range(0, total, rate * 60):
            block = np.zeros((min(rate * 60, total - begin), 2), "<i2")
            block[at[(at >= begin) & (at < begin + len(block))] - begin] = 30_000
            file.write(block.tobytes())
    return path


def read_sound(path: Path) -> Iterator[tuple[float, np.ndarray]]:
    """Time in seconds, as a player has it, and samples float64 [n] of the left channel."""
    with av.open(str(path), "r") as container:
        for frame in container.decode(container.streams.audio[0]):
            assert frame.time is not None
            samples = frame.to_ndarray().astype(np.float64)
            yield frame.time, samples[0] if len(samples) > 1 else samples[0, ::2]


def atoms(data: bytes) -> list[str]:
    """The outermost boxes of an MP4 or QuickTime file, in order (ISO 14496-12, 4.2)."""
    found, at = [], 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
        found.append(name.decode())
        at += size
    return found
