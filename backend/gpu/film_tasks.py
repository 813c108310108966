"""What is asked of the process that readies and ends a film (`backend.gpu.film`), and its answers: lines of JSON."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from backend.gpu.tasks import OutputFile
from shared.schema.jobs import RenderJob, Stage

__all__ = [
    "RAW_PROJECT",
    "FilmAnswer",
    "FilmChecked",
    "FilmDone",
    "FilmManifest",
    "FilmRefused",
    "FilmReport",
    "FilmTask",
    "decode_film_answer",
    "decode_film_task",
]

#: The project as it came, in the folder of an upload; checked, it is `project.json`.
RAW_PROJECT: Final = "project.raw"


class FilmManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The film as it was written. files: one; remarks: sentences on what a person may want to know."""

    files: tuple[OutputFile, ...]
    frames: int
    seconds: float
    remarks: tuple[str, ...] = ()


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of all lines."""


class FilmTask(_Message, frozen=True):
    """One line in; paths as text.

    "check": an upload in `folder`, from a stranger: can this be rendered? "plan": how many frames, by which encoder.
    "hold": from the light of all frames, how far flashes are held back. "write": the film, into `out`.
    gl: draw on the graphics card. most_seconds: no longer film is made.
    """

    kind: Literal["check", "plan", "hold", "write"]
    folder: str
    job: RenderJob = RenderJob()
    out: str = ""
    gl: bool = False
    most_seconds: float = 7200.0


class FilmReport(_Message, frozen=True, tag="report"):
    """How far it is: fraction 0-1 of the stage."""

    stage: Stage
    fraction: float


class FilmChecked(_Message, frozen=True, tag="checked"):
    """It can be rendered. job: as it will be; seconds: of the film, as far as known; notes: what was changed."""

    job: RenderJob
    seconds: float | None
    looks: bool
    notes: tuple[str, ...] = ()


class FilmDone(_Message, frozen=True, tag="done"):
    """frames: of the planned film; remarks: of held flashes; manifest: of the written one."""

    frames: int = 0
    remarks: tuple[str, ...] = ()
    manifest: FilmManifest | None = None


class FilmRefused(_Message, frozen=True, tag="refused"):
    """It cannot be done. kind "person": the message is a sentence for one; "disk": no room; else our mistake."""

    kind: Literal["person", "disk", "fault"]
    message: str


FilmAnswer = FilmReport | FilmChecked | FilmDone | FilmRefused

_TASK: Final = msgspec.json.Decoder(FilmTask)
_ANSWER: Final[msgspec.json.Decoder[FilmAnswer]] = msgspec.json.Decoder(FilmAnswer)


def decode_film_task(line: bytes) -> FilmTask:
    """A task from its line; raises `msgspec.ValidationError`."""
    return _TASK.decode(line)


def decode_film_answer(line: bytes) -> FilmAnswer:
    """An answer from its line; raises `msgspec.ValidationError`."""
    return _ANSWER.decode(line)
