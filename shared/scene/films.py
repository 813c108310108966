"""Which frame of a film is seen at a time: the same on the page and on the server, whatever the film's frame rate."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

__all__ = ["REPEATS", "frame_at"]

#: From the beginning again, stay at the last frame, or forth and back.
REPEATS: Final = ("loop", "hold", "mirror")


def frame_at(
    times: np.ndarray, t: float, *, seconds: float, repeat: str = "loop", speed: float = 1.0, start: float = 0.0
) -> int:
    """The number of the last frame that has begun; -1 for a film without frames.

    times: when frames begin, float64 [frames], ascending. t: seconds since the film was started; before that it shows
    where it starts. seconds: the film's length. start: seconds of the film that are left out.

    >>> times = np.array([0.0, 0.5, 0.9, 1.5])
    >>> [frame_at(times, t, seconds=2.0) for t in (-1.0, 0.0, 0.6, 1.9, 2.6)]
    [0, 0, 1, 3, 1]
    >>> [frame_at(times, t, seconds=2.0, repeat="hold") for t in (1.9, 2.6)]
    [3, 3]
    >>> [frame_at(times, t, seconds=2.0, repeat="mirror") for t in (1.9, 2.6, 3.8)]
    [3, 2, 0]
    """
    if len(times) == 0:
        return -1
    length = max(seconds, float(times[-1]))
    left_out = min(max(0.0, start), max(0.0, length - 1e-3))
    span = length - left_out
    gone = max(0.0, t) * speed
    if span <= 0 or not math.isfinite(gone):
        gone = 0.0
    elif repeat == "loop":
        gone = math.fmod(gone, span)
    elif repeat == "mirror":
        gone = math.fmod(gone, 2 * span)
        # The last frame's own moment belongs to the way forth.
        gone = min(gone, 2 * span - gone)
    place = float(times[0]) + left_out + gone
    # A time that was computed may lie a hair before the frame that it means.
    return int(np.clip(np.searchsorted(times, place + 1e-6, side="right") - 1, 0, len(times) - 1))
