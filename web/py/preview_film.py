"""What the page asks of films before one is ordered: the presets, and whether what was chosen can be written."""

from __future__ import annotations

import msgspec

from shared.errors import MessageError
from shared.schema import preview as p
from shared.schema.video import (
    CONTAINERS,
    PRESETS,
    Preset,
    RenderOptions,
    check_render_options,
    find_preset,
    fit_render_options,
    fit_seconds,
)

__all__ = ["fit_film", "presets_for"]


def presets_for(width: int, height: int) -> p.Presets:
    """All presets, those of the canvas' ratio first, each with its ratio; and the sounds that each codec holds.

    >>> presets_for(1080, 1080).presets[0].preset.name
    'square'
    """

    def suits(preset: Preset) -> bool:
        return preset.options.width * height == preset.options.height * width

    words = [p.PresetWords(each, each.ratio, suits(each)) for each in PRESETS]
    codecs = tuple(p.CodecWords(name, ending, sounds) for name, (_, ending, _, sounds) in CONTAINERS.items())
    return p.Presets(tuple(sorted(words, key=lambda each: not each.suits)), codecs)


def fit_film(options: RenderOptions, preset: str | None, width: int, height: int, song_seconds: float) -> p.FilmFitted:
    """Options that can be written, with sentences on all that differs from what was asked; `trouble` where none can.

    width, height: the canvas. A part of the song that ends after it is cut there.

    >>> fit_film(RenderOptions(), "shorts", 1920, 1080, 200.0).notes
    ('YouTube Shorts takes up to 180 s: the film ends there.',)
    >>> fit_film(RenderOptions(audio="pcm"), None, 1920, 1080, 200.0).trouble
    'H.264 is written as .mp4, which holds AAC, Opus, FLAC or no sound, not PCM: choose one of these.'
    """
    left = song_seconds - options.start_seconds
    try:
        check_render_options(options)
        if left <= 0:
            raise MessageError(f"The song ends at {song_seconds:.1f} s: choose a beginning before that.")
    except MessageError as error:
        return p.FilmFitted(options, 0.0, options.ending, (), str(error))
    fitted, notes = fit_render_options(options)
    seconds = min(left, options.seconds or left)
    if preset is not None:
        seconds, more = fit_seconds(find_preset(preset), seconds)
        notes += more
    if fitted.width * height != fitted.height * width:
        notes += (
            f"The video is laid out anew for {fitted.width} × {fitted.height}: its canvas is {width} × {height}.",
        )
    fitted = msgspec.structs.replace(fitted, seconds=None if seconds == left else seconds)
    return p.FilmFitted(fitted, seconds, fitted.ending, notes, "")
