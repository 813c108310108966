"""What the frames of a film show, the same where it is rendered and where it is checked before."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from shared.errors import KeylightError
from shared.scene.relayout import relayout
from shared.schema.project import MOST_SIDE, Project
from shared.schema.video import LOOP_SECONDS, RenderOptions

__all__ = ["film_frames", "film_project", "film_seconds", "frame_count", "frame_times", "loop_share", "mixed"]

#: Ten hours at 60 frames per second: more is a mistake in the file.
_MOST_FRAMES: Final = 10 * 3600 * 60


def film_project(project: Project, options: RenderOptions, *, unsafe_flashes: bool = False) -> Project:
    """The project laid out for the film's ratio, at its frame rate.

    The canvas stays as fine as it is, and is painted larger or smaller: letters laid out at another size would stand
    otherwise than in the preview.

    >>> film_project(Project(), RenderOptions(width=832, height=468)).canvas.width
    1920
    >>> film_project(Project(), RenderOptions(width=540, height=960)).canvas.height
    1920
    """
    fine = min(project.canvas.width, project.canvas.height) / min(options.width, options.height)
    fine = min(fine, MOST_SIDE / max(options.width, options.height))
    laid = relayout(project, round(fine * options.width), round(fine * options.height))
    if unsafe_flashes:
        laid = msgspec.structs.replace(laid, safe_flashes=False)
    return msgspec.structs.replace(laid, canvas=msgspec.structs.replace(laid.canvas, fps=options.fps))


def film_seconds(options: RenderOptions, song_seconds: float) -> float:
    """Length of the film of a song; raises `KeylightError` where nothing is left of it.

    >>> film_seconds(RenderOptions(start_seconds=10.0, seconds=60.0), 30.0)
    20.0
    """
    left = song_seconds - options.start_seconds
    if left <= 0:
        raise KeylightError(
            f"The film would begin at {options.start_seconds:g} s, and the song is {song_seconds:.1f} s long."
        )
    return min(left, options.seconds) if options.seconds is not None else left


def film_frames(options: RenderOptions, song_seconds: float) -> int:
    """Frames of the film of a song; raises `KeylightError`."""
    return frame_count(film_seconds(options, song_seconds), options.fps)


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
