"""What the process that renders is asked and what it answers: JSON, one message a line (`backend.gpu.render_child`)."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

__all__ = ["Done", "Drawn", "Refused", "RenderAnswer", "Task", "decode_answer", "decode_task"]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every message."""


class Task(_Message, frozen=True):
    """Do one segment. "look": only the light of its frames, small, for flash safety; "render": its file."""

    kind: Literal["look", "render"]
    segment: int


class Drawn(_Message, frozen=True, tag="drawn"):
    """So many frames of the segment are done."""

    frames: int


class Done(_Message, frozen=True, tag="done"):
    """The segment's file is there."""

    segment: int


class Refused(_Message, frozen=True, tag="refused"):
    """It cannot be done. kind "person": the message is a sentence for one; "disk": no room; else our mistake."""

    kind: Literal["person", "disk", "fault"]
    message: str


RenderAnswer = Drawn | Done | Refused

_TASK: Final = msgspec.json.Decoder(Task)
_ANSWER: Final[msgspec.json.Decoder[RenderAnswer]] = msgspec.json.Decoder(RenderAnswer)


def decode_task(line: bytes) -> Task:
    """A task from its line; raises `msgspec.ValidationError`."""
    return _TASK.decode(line)


def decode_answer(line: bytes) -> RenderAnswer:
    """An answer from its line; raises `msgspec.ValidationError`."""
    return _ANSWER.decode(line)
