"""Which frames a render has, and how they are cut into segments that are rendered by themselves.

Frame i is the picture at `start_seconds + i / fps`, and is shown from then on for 1 / fps. The film is as long as the
audio, to the nearest frame. A segment is at least ten seconds where the film is: the first picture of each is a whole
one (closed GOP), which shorter segments would pay for in bits.

>>> [(segment.first, segment.count) for segment in segments_of(1500, fps=60)]
[(0, 600), (600, 900)]
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

from shared.errors import KeylightError

__all__ = ["SEGMENT_SECONDS", "Segment", "frame_count", "segments_of"]

SEGMENT_SECONDS: Final = 10
#: Ten hours at 60 frames per second: more is a mistake in the file.
_MOST_FRAMES: Final = 10 * 3600 * 60


@dataclass(frozen=True)
class Segment:
    """`count` frames from frame `first` on."""

    index: int
    first: int
    count: int


def frame_count(seconds: float, fps: int) -> int:
    """Frames of a film of so many seconds, at least one.

    Raises `KeylightError` for a length that no film has.

    >>> frame_count(2.51, 30)
    75
    """
    if not 0 < seconds < float("inf") or seconds * fps > _MOST_FRAMES:
        most = _MOST_FRAMES / fps / 3600
        raise KeylightError(f"A film of {seconds:g} s cannot be rendered: expected more than 0 s, at most {most:g} h.")
    return max(1, round(seconds * fps))


def segments_of(frames: int, *, fps: int, seconds: float = SEGMENT_SECONDS) -> tuple[Segment, ...]:
    """All frames in segments of about so many seconds; the last one is the longer for what is left over."""
    step = max(1, round(seconds * fps))
    count = max(1, frames // step)
    pairs = itertools.pairwise([at * step for at in range(count)] + [frames])
    return tuple(Segment(at, first, end - first) for at, (first, end) in enumerate(pairs))
