"""What the frames of a film show, the same where it is rendered and where it is checked before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from shared.schema.video import LOOP_SECONDS, RenderOptions

__all__ = ["frame_times", "loop_share", "mixed"]


def loop_share(options: RenderOptions, frame: int, frames: int) -> float:
    """How much of a frame belongs to what comes before the first one, 0-1: a loop has no seam.

    >>> looped = RenderOptions(fps=24, loop=True)
    >>> [round(loop_share(looped, frame, 100), 3) for frame in (87, 88, 99)]
    [0.0, 0.077, 0.923]
    """
    if not options.loop:
        return 0.0
    tail = max(1, min(frames // 2, round(LOOP_SECONDS * options.fps)))
    return max(0.0, (frame - (frames - tail) + 1) / (tail + 1))


def frame_times(options: RenderOptions, frame: int, frames: int) -> tuple[float, ...]:
    """Seconds of the song that a frame shows: one, or at the end of a loop a second one that it goes over into.

    >>> frame_times(RenderOptions(start_seconds=2.0, fps=30), 15, 100)
    (2.5,)
    """
    t = options.start_seconds + frame / options.fps
    return (t, t - frames / options.fps) if loop_share(options, frame, frames) > 0 else (t,)


def mixed(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8], share: float) -> npt.NDArray[np.uint8]:
    """Two pictures of bytes, so much of the second.

    >>> mixed(np.array([0, 255], np.uint8), np.array([255, 255], np.uint8), 0.25).tolist()
    [63, 255]
    """
    weight = np.uint16(round(256 * share))
    sums = first.astype(np.uint16) * (np.uint16(256) - weight)
    sums += second.astype(np.uint16) * weight
    return np.right_shift(sums, 8).astype(np.uint8)
