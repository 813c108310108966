"""From a person's project and wishes to what is rendered: canvas, length, frames."""

from __future__ import annotations

import msgspec

from backend.gpu.render_plan import frame_count
from shared.errors import KeylightError
from shared.scene.relayout import relayout
from shared.schema.project import Project
from shared.schema.video import RenderOptions

__all__ = ["film_frames", "film_project", "film_seconds"]


def film_project(project: Project, options: RenderOptions, *, unsafe_flashes: bool = False) -> Project:
    """The project laid out for the film's size, at its frame rate."""
    laid = relayout(project, options.width, options.height)
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
