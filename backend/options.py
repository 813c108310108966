"""Whether a job can be done here as it is wanted: asked before its song is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final, TypeVar

import msgspec

from backend.errors import ApiError
from shared.errors import MessageError
from shared.schema.jobs import Capabilities, ModelInfo, RenderJob, StemsOptions, decode_render_job, decode_stems_options

__all__ = ["check_options", "name_after_file", "name_film", "read_options", "read_render_job"]

_TITLE_CHARACTERS: Final = 200
T = TypeVar("T")


def read_options(data: bytes) -> StemsOptions:
    """Options from JSON; raises `ApiError` 422 with the place that is wrong."""
    return _read(decode_stems_options, data)


def read_render_job(data: bytes) -> RenderJob:
    """What film to make, from JSON; raises `ApiError` 422 with the place that is wrong."""
    return _read(decode_render_job, data)


def _read(decode: Callable[[bytes], T], data: bytes) -> T:
    try:
        return decode(data)
    except MessageError as error:
        raise ApiError("invalid", f"{error}.".replace("..", ".")) from error


def check_options(options: StemsOptions, capabilities: Capabilities) -> None:
    """Raise `ApiError`: 422 when no server could do that, 503 when this one cannot do it now."""
    known = {model.name: model for model in capabilities.models}
    if not known:
        raise ApiError("unavailable", capabilities.reason or "No model is known here yet.", retry_after=5)
    if options.model not in known:
        raise ApiError("invalid", f"There is no model {options.model!r}; expected one of {', '.join(known)}.")
    model = known[options.model]
    _check_stems(options, model)
    if options.format not in capabilities.formats:
        formats = ", ".join(capabilities.formats)
        raise ApiError("invalid", f"This server writes no {options.format}; expected one of {formats}.")
    if not model.ready:
        raise ApiError("unavailable", model.reason or f"The model {model.name} is not ready.", retry_after=60)


def name_after_file(options: StemsOptions, file_name: str) -> StemsOptions:
    r"""The options with a title: the file's name without folder and ending, unless the song has a title.

    >>> name_after_file(StemsOptions(), "C:\\Music\\My song.mp3").title
    'My song'
    >>> name_after_file(StemsOptions(title="Known"), "x.mp3").title
    'Known'
    """
    return options if options.title else msgspec.structs.replace(options, title=_title(file_name))


def name_film(job: RenderJob, file_name: str) -> RenderJob:
    """The same of a film."""
    return job if job.title else msgspec.structs.replace(job, title=_title(file_name))


def _title(file_name: str) -> str | None:
    stem = PurePosixPath(file_name.replace("\\", "/").rpartition("/")[2]).stem
    return "".join(character for character in stem if character.isprintable())[:_TITLE_CHARACTERS].strip() or None


def _check_stems(options: StemsOptions, model: ModelInfo) -> None:
    strangers = [stem for stem in options.stems if stem not in model.stems]
    if strangers:
        has = ", ".join(model.stems)
        raise ApiError("invalid", f"The model {model.name} has no stem {strangers[0]!r}; expected some of {has}.")
    if len(set(options.stems)) != len(options.stems):
        raise ApiError("invalid", "A stem is named twice.")
    if options.mode == "two" and len(options.stems) != 1:
        raise ApiError("invalid", f'The mode "two" takes out one stem; got {len(options.stems)}.')
    if options.mode == "rest" and not 0 < len(options.stems) < len(model.stems):
        raise ApiError("invalid", f'The mode "rest" leaves out some stems, not none and not all {len(model.stems)}.')
