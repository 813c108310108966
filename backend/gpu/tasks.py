"""What the worker asks of the child and hears from it: plain data, so that neither side imports the other.

Lines of JSON go both ways, one message a line. The worker's side (`backend.gpu.host`) imports this and neither torch,
nor numpy, nor av.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from shared.errors import KeylightError
from shared.schema.jobs import DeviceInfo, ModelInfo, Stage, StemsOptions

__all__ = [
    "MOST_SECONDS",
    "Cancel",
    "Cancelled",
    "ChildDied",
    "DiskFull",
    "Failed",
    "FinishManifest",
    "FinishRequest",
    "FinishResponse",
    "Finished",
    "Inspect",
    "Inspected",
    "OutputFile",
    "Piece",
    "PieceDone",
    "PieceTask",
    "Report",
    "Request",
    "Response",
    "Written",
    "decode_finish_response",
    "decode_request",
    "decode_response",
]

#: Longest audio that is separated unless the caller says otherwise: two hours.
MOST_SECONDS: Final = 7200.0


class ChildDied(Exception):
    """The process that did the work ended, or went wrong in a way that no person caused: worth another try.

    memory: there was too little of it, or the process was killed from outside, as systems do that run out of it.
    """

    def __init__(self, message: str, *, memory: bool = False) -> None:
        super().__init__(message)
        self.memory = memory


class DiskFull(KeylightError):
    """There is no room for results. Worth another try once there is."""


@dataclass(frozen=True)
class PieceTask:
    """One piece of one song: the next `piece_seconds` or so after piece `piece - 1`.

    folder: the job's own; the piece before has left its files there. alone: nothing else is computed meanwhile.
    most_seconds: a song that turns out to be longer is refused.
    """

    job: str
    source: Path
    folder: Path
    model: str
    options: StemsOptions
    piece: int
    piece_seconds: float
    alone: bool = False
    most_seconds: float = MOST_SECONDS


@dataclass(frozen=True)
class PieceDone:
    """A piece is on disk. samples: how many this piece has; last: it is the song's last one.

    total_seconds: length of the song as far as one can tell, exact when `last`.
    """

    samples: int
    last: bool
    total_seconds: float | None


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", tag=True):
    """Base of all lines. id: which request is meant."""

    id: int


class Piece(_Message, frozen=True):
    """Do a `PieceTask`; paths as text."""

    job: str
    source: str
    folder: str
    model: str
    options: StemsOptions
    piece: int
    piece_seconds: float
    alone: bool
    most_seconds: float


class Inspect(_Message, frozen=True):
    """Which models and which device are here? Answered by `Inspected`."""


class Cancel(_Message, frozen=True):
    """Stop what `id` asked for; it is answered by `Cancelled`, or by its result if that was quicker."""


class Report(_Message, frozen=True):
    """How far `id` is: fraction 0-1 of the stage; of "separating" it is the fraction of this piece."""

    stage: Stage
    fraction: float


class Finished(_Message, frozen=True):
    """The fields of `PieceDone`."""

    samples: int
    last: bool
    total_seconds: float | None


class Inspected(_Message, frozen=True):
    """Answer to `Inspect`."""

    models: tuple[ModelInfo, ...]
    device: DeviceInfo


class Cancelled(_Message, frozen=True):
    """`id` has stopped and left nothing behind."""


class Failed(_Message, frozen=True):
    """`id` went wrong.

    kind "person": message is a sentence, do not try again; "disk": no room; "memory": too little; "defect": ours.
    """

    kind: str
    message: str


class OutputFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A finished file. name: the stem or rest, as in the address; file: where it lies in the folder, an ASCII name.

    file_name: what a person who saves it sees. peaks: its `shared.spectrum.peaks`, beside it; a film has none.
    """

    name: str
    label: str
    file: str
    file_name: str
    media_type: str
    bytes: int
    crc32: int | None = None
    peaks: str | None = None


class FinishManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """All that `finish` wrote; it lies beside the files as `manifest.json`.

    gain: factor that all files were multiplied with, so that the loudest one fits the format and they still sum to the
    mix times this factor; 1 when none was needed. archive_name: how a file with all of them is called.
    """

    sample_rate: int
    samples: int
    gain: float
    archive_name: str
    files: tuple[OutputFile, ...]


class FinishRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The first line for `backend.gpu.finish`: from pieces in a folder to files in another; paths as text."""

    folder: str
    out: str
    options: StemsOptions


class Written(_Message, frozen=True):
    """All files are there."""

    manifest: FinishManifest


Request = Piece | Inspect | Cancel
Response = Report | Finished | Inspected | Cancelled | Failed
FinishResponse = Report | Written | Failed

_REQUESTS: Final = msgspec.json.Decoder(Request)
_RESPONSES: Final = msgspec.json.Decoder(Response)
_FINISH_RESPONSES: Final = msgspec.json.Decoder(FinishResponse)


def decode_request(line: bytes) -> Request:
    """A line from the worker; raises `msgspec.DecodeError`.

    >>> decode_request(b'{"type": "Cancel", "id": 7}')
    Cancel(id=7)
    """
    return _REQUESTS.decode(line)


def decode_response(line: bytes) -> Response:
    """A line from the child; raises `msgspec.DecodeError`."""
    return _RESPONSES.decode(line)


def decode_finish_response(line: bytes) -> FinishResponse:
    """A line from `backend.gpu.finish`; raises `msgspec.DecodeError`."""
    return _FINISH_RESPONSES.decode(line)
