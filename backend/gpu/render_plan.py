"""Which frames a render has, and how they are cut into segments that are rendered by themselves.

Frame i is the picture at `start_seconds + i / fps`, and is shown from then on for 1 / fps. The film is as long as the
audio, to the nearest frame. A segment is ten seconds where the film is long. A short film is cut finer, or one process
would draw it while others have nothing to do; never finer than the encoders' groups of pictures are, as the first
picture of each segment is a whole one. The cut depends on the film alone: a render goes on where other cores are.

>>> [(segment.first, segment.count) for segment in segments_of(700, fps=60)]
[(0, 175), (175, 175), (350, 175), (525, 175)]
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["LIMITS", "SEGMENT_SECONDS", "Segment", "cut_at", "light_name", "segment_name", "segments_of"]

SEGMENT_SECONDS: Final = 10
#: Of a short film: the encoders begin a group of pictures so often anyway (`backend.gpu.video_encoders`).
_LEAST_SECONDS: Final = 2
#: Parts into which a film is cut before they grow beyond the least: a power of two goes evenly into most machines.
_PARTS: Final = 16

#: The file that says how far each picture is held back.
LIMITS: Final = "limits"


def segment_name(index: int) -> str:
    """The file of a finished segment."""
    return f"segment-{index:05}"


def light_name(index: int) -> str:
    """The file with the light of a segment's frames."""
    return f"light-{index:05}.npy"


@dataclass(frozen=True)
class Segment:
    """`count` frames from frame `first` on."""

    index: int
    first: int
    count: int


def segments_of(frames: int, *, fps: int, seconds: float = SEGMENT_SECONDS) -> tuple[Segment, ...]:
    """All frames in segments of at most about so many seconds; the last one is the longer for what is left over."""
    possible = max(1, frames // (_LEAST_SECONDS * fps))
    parts = min(_PARTS, 1 << (possible.bit_length() - 1))
    step = max(1, min(round(seconds * fps), frames // parts))
    count = max(1, frames // step)
    return cut_at([at * step for at in range(count)], frames)


def cut_at(starts: Sequence[int], frames: int) -> tuple[Segment, ...]:
    """Segments that begin at these frames, of so many in all.

    >>> [segment.count for segment in cut_at([0, 100], 250)]
    [100, 150]
    """
    pairs = itertools.pairwise([*starts, frames])
    return tuple(Segment(at, first, end - first) for at, (first, end) in enumerate(pairs))
