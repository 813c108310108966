"""The worker protocol: what the page asks of the engine and what comes back.

On the wire (`postMessage`), requests are `{id, request, arrays}`, answers `{id, ok, value, arrays}` or
`{id, ok: false, error: {type, message, traceback}}`, progress `{id, progress: {stage, fraction}}`. `request` and
`value` are the Structs below as JSON-like objects tagged by `type`; arrays are transferred beside them.

A track goes over in pieces: `OpenTrack`, then `FeedTrack` once per block of decoded audio with one float32 array
per channel beside it (any length; NaN allowed, it is counted and silenced), then `FinishTrack`, whose answer is the
`Analysis` with its arrays: key, tempo, loudness and waveform. `DeepenTrack` brings the rest, the `Details`, and closes
the track. `CancelTrack` may come at any point and frees all that the track held.

A quick separation goes the same way: `OpenSplit`, `FeedSplit` per block, `FinishSplit`; stems come back in each answer.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from shared.errors import MessageError
from shared.schema.analysis import Analysis, Details, RhythmEstimate, Structure, TempoRange

__all__ = [
    "CancelSplit",
    "CancelTrack",
    "Cancelled",
    "DeepenTrack",
    "Deepened",
    "Edit",
    "Edited",
    "EngineStatus",
    "Export",
    "Fed",
    "FeedSplit",
    "FeedTrack",
    "FinishSplit",
    "FinishTrack",
    "Finished",
    "GetStatus",
    "OpenSplit",
    "OpenTrack",
    "Opened",
    "Progress",
    "Reply",
    "Request",
    "Retempo",
    "SplitBlock",
    "SplitCancelled",
    "SplitOpened",
    "TapTempo",
    "Tapped",
    "TextFile",
    "TrackRecord",
    "decode_request",
    "encode_reply",
]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every message."""


class OpenTrack(_Message, frozen=True, tag="openTrack"):
    """Begin a track. `track` is the page's own number for it.

    expected_seconds: as the file says, for progress and for spreading what is sampled. tempo_range: a person's hint.
    """

    track: int
    sample_rate: int
    channels: int
    expected_seconds: float | None = None
    tempo_range: TempoRange | None = None


class FeedTrack(_Message, frozen=True, tag="feedTrack"):
    """One block of audio; arrays: one float32 [samples] per channel."""

    track: int


class FinishTrack(_Message, frozen=True, tag="finishTrack"):
    """No more audio; say key, tempo and loudness. The track stays open for `DeepenTrack`."""

    track: int


class DeepenTrack(_Message, frozen=True, tag="deepenTrack"):
    """Say the rest of a finished track, and forget it."""

    track: int


class CancelTrack(_Message, frozen=True, tag="cancelTrack"):
    """Forget a track; unknown tracks are no error."""

    track: int


class Retempo(_Message, frozen=True, tag="retempo"):
    """Lay a new beat grid at `bpm` over a track; arrays: beats, downbeats (float64) as they are now.

    `shift_seconds` moves the grid; `downbeat_shift` says by how many beats the first of the bar moves. Sections and
    cue points of `structure` go to the nearest new downbeat.
    """

    rhythm: RhythmEstimate | None
    duration_seconds: float
    bpm: float
    shift_seconds: float = 0.0
    downbeat_shift: int = 0
    structure: Structure | None = None


class TapTempo(_Message, frozen=True, tag="tapTempo"):
    """Tempo of hand taps; `times_seconds` ascending, at least two."""

    times_seconds: tuple[float, ...]


class Edit(_Message, frozen=True):
    """What a person set by hand on a track and locked: it wins over the analysis."""

    key: str | None = None
    bpm: float | None = None
    locked: bool = False


class TrackRecord(_Message, frozen=True):
    """One row of an export: a file and what is known of it; `error` where it failed."""

    file: str
    analysis: Analysis | None = None
    edit: Edit = Edit()
    error: str | None = None


class Export(_Message, frozen=True, tag="export"):
    """Write records as a table or a text; arrays: beats and downbeats of each record in turn when `beats`."""

    format: Literal["csv", "json", "text"]
    records: tuple[TrackRecord, ...]
    beats: bool = False


class OpenSplit(_Message, frozen=True, tag="openSplit"):
    """Begin a quick separation. `split` is the page's own number for it."""

    split: int
    sample_rate: int
    channels: int
    expected_seconds: float | None = None


class FeedSplit(_Message, frozen=True, tag="feedSplit"):
    """One block of audio; arrays: one float32 [samples] per channel. The answer is a `SplitBlock`."""

    split: int


class FinishSplit(_Message, frozen=True, tag="finishSplit"):
    """No more audio: the last `SplitBlock` is the answer, and the separation is forgotten."""

    split: int


class CancelSplit(_Message, frozen=True, tag="cancelSplit"):
    """Forget a separation; unknown ones are no error."""

    split: int


class GetStatus(_Message, frozen=True, tag="getStatus"):
    """Ask for versions and memory."""


class Opened(_Message, frozen=True, tag="opened"):
    """The track is open."""

    track: int


class Fed(_Message, frozen=True, tag="fed"):
    """The block was taken; seconds of audio held so far."""

    track: int
    seconds: float


class Finished(_Message, frozen=True, tag="finished"):
    """The answer; arrays: those named in `shared.schema.analysis.ARRAYS`."""

    track: int
    analysis: Analysis


class Deepened(_Message, frozen=True, tag="deepened"):
    """The rest of the answer; arrays: those named in `shared.schema.analysis.DETAIL_ARRAYS`."""

    track: int
    details: Details


class Cancelled(_Message, frozen=True, tag="cancelled"):
    """The track is forgotten."""

    track: int


class Edited(_Message, frozen=True, tag="edited"):
    """The rhythm after `Retempo`; arrays: beats, downbeats."""

    rhythm: RhythmEstimate
    structure: Structure | None = None


class Tapped(_Message, frozen=True, tag="tapped"):
    """Tempo of the taps and its uncertainty in BPM (one standard error)."""

    bpm: float
    error_bpm: float
    taps: int


class SplitOpened(_Message, frozen=True, tag="splitOpened"):
    """The separation is open; its stems have this rate (that of the file) and two channels."""

    split: int
    sample_rate: int


class SplitBlock(_Message, frozen=True, tag="splitBlock"):
    """What is finished since the last block, maybe nothing.

    arrays: left and right, float32 [samples], of each of `shared.separation.models.QUICK_STEMS`.

    Blocks follow one another without a gap, and their stems sum to the (stereo) mix.
    """

    split: int
    start_sample: int
    samples: int


class SplitCancelled(_Message, frozen=True, tag="splitCancelled"):
    """The separation is forgotten."""

    split: int


class TextFile(_Message, frozen=True, tag="textFile"):
    """A file to save or to copy."""

    name: str
    media_type: str
    text: str


class EngineStatus(_Message, frozen=True, tag="engineStatus"):
    """Versions, and the memory of Python's heap in bytes."""

    python: str
    numpy: str
    python_heap_bytes: int
    open_tracks: int


class Progress(_Message, frozen=True, tag="progress"):
    """How far a request has come: stage in words, fraction 0-1 of the whole request."""

    stage: str
    fraction: float


Request = (
    OpenTrack | FeedTrack | FinishTrack | DeepenTrack | CancelTrack | Retempo | TapTempo | Export | GetStatus
    | OpenSplit | FeedSplit | FinishSplit | CancelSplit
)  # fmt: skip
Reply = (
    Opened | Fed | Finished | Deepened | Cancelled | Edited | Tapped | TextFile | EngineStatus
    | SplitOpened | SplitBlock | SplitCancelled
)  # fmt: skip

_REQUESTS: Final[msgspec.json.Decoder[Request]] = msgspec.json.Decoder(Request)
_ENCODER: Final = msgspec.json.Encoder()


def decode_request(text: str | bytes) -> Request:
    """Read one request from JSON; raises `MessageError` with the path of what is wrong.

    >>> decode_request('{"type": "cancelTrack", "track": 3}')
    CancelTrack(track=3)
    """
    try:
        return _REQUESTS.decode(text)
    except msgspec.DecodeError as error:
        raise MessageError(f"The engine does not understand this request: {error}.") from error


def encode_reply(reply: Reply | Progress) -> str:
    """JSON of a reply.

    >>> encode_reply(Opened(track=3))
    '{"type":"opened","track":3}'
    """
    return _ENCODER.encode(reply).decode()
