"""What page and server say to one another about jobs: stems and films. JSON, camelCase, unknown fields refused.

Times are seconds since 1970 (UTC); progress is 0-1. A job is read with `GET /api/jobs/{id}` and followed with
`/events`, whose every event is a `Job` as JSON; its numbers only ever grow, so `Last-Event-ID` resumes it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from shared.errors import MessageError
from shared.schema.video import RenderOptions, check_render_options

__all__ = [
    "FORMATS",
    "Capabilities",
    "DeviceInfo",
    "ErrorBody",
    "Health",
    "Job",
    "JobState",
    "Limits",
    "ModelInfo",
    "OutputFormat",
    "QueueInfo",
    "RenderJob",
    "ResultFile",
    "Stage",
    "StemsOptions",
    "decode_capabilities",
    "decode_job",
    "decode_render_job",
    "decode_stems_options",
]

JobState = Literal["queued", "running", "done", "failed", "cancelled", "expired"]
Stage = Literal[
    "waiting", "fetching model", "loading model", "separating",
    "listening", "looking", "drawing",
    "writing", "done",
]  # fmt: skip
OutputFormat = Literal["flac", "wav16", "wav24", "wav32f", "mp3", "m4a"]

#: File name ending and media type of each format.
FORMATS: Final[dict[str, tuple[str, str]]] = {
    "flac": (".flac", "audio/flac"),
    "wav16": (".wav", "audio/wav"),
    "wav24": (".wav", "audio/wav"),
    "wav32f": (".wav", "audio/wav"),
    "mp3": (".mp3", "audio/mpeg"),
    "m4a": (".m4a", "audio/mp4"),
}

_Text = Annotated[str, msgspec.Meta(max_length=200)]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every document here."""


class StemsOptions(_Data, frozen=True):
    """What to take apart and how to write it.

    mode "each": a file for each of `stems` (none named: for all the model has). "two": one stem, and the rest of the
    mix as a second file. "rest": only the mix without `stems` ("all but vocals").
    spread_residual: what the model left over is shared out to the stems, so that they sum to the mix. title, key and
    bpm go into names and tags of the files.
    """

    model: _Text = "htdemucs"
    mode: Literal["each", "two", "rest"] = "each"
    stems: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=6)] = ()
    format: OutputFormat = "flac"
    spread_residual: bool = True
    title: _Text | None = None
    artist: _Text | None = None
    key: _Text | None = None
    bpm: Annotated[float, msgspec.Meta(gt=0, le=1000)] | None = None


class RenderJob(_Data, frozen=True):
    """What film to make of the project, the song and the media that come with it. title and artist name the file."""

    film: RenderOptions = RenderOptions()
    title: _Text | None = None
    artist: _Text | None = None


class ResultFile(_Data, frozen=True):
    """A finished file. name: the stem, "film", or "zip" for all; peaks_url: its waveform (`shared.spectrum.peaks`)."""

    name: str
    label: str
    file_name: str
    media_type: str
    bytes: int
    url: str
    peaks_url: str | None = None


class Job(_Data, frozen=True):
    """A job as it stands now.

    eta_seconds: until done, None while nobody can tell. queue_position: 1 is next, None when not waiting. error: the
    sentence for a person when it failed. note: one that says why it stands still for now. seconds: length of the audio,
    or of the film. remarks: sentences on what was done, such as flashes that were held back. stems or render: what was
    ordered, by its kind.
    """

    id: str
    kind: Literal["stems", "render"]
    state: JobState
    stage: Stage
    progress: float
    created_at: float
    eta_seconds: float | None = None
    queue_position: int | None = None
    expires_at: float | None = None
    error: str | None = None
    note: str | None = None
    seconds: float | None = None
    stems: StemsOptions | None = None
    render: RenderJob | None = None
    remarks: tuple[str, ...] = ()
    results: tuple[ResultFile, ...] = ()


class ModelInfo(_Data, frozen=True):
    """A model as this server has it. ready: a job for it is accepted. here: its weights need no download.

    reason: why it is not ready and what to do, one sentence. speed: seconds of audio per second, when measured.
    """

    name: str
    label: str
    words: str
    stems: tuple[str, ...]
    ready: bool
    here: bool
    download_megabytes: int
    reason: str | None = None
    speed: float | None = None


class DeviceInfo(_Data, frozen=True):
    """Where separation runs: kind "cpu", "cuda" or "mps", and its name."""

    kind: str
    name: str


class Limits(_Data, frozen=True):
    """What the server takes: one upload, one song, one queue, one client; and how long it keeps results."""

    upload_bytes: int
    audio_seconds: float
    queued_jobs: int
    jobs_per_client: int
    keep_seconds: float


class QueueInfo(_Data, frozen=True):
    """Jobs that wait and that run, and whether another one is taken now."""

    waiting: int
    running: int
    full: bool


class Capabilities(_Data, frozen=True):
    """What this server can do for this client. separation: some model is ready; reason: why not, one sentence.

    rendering: films can be made; rendering_reason: why not, one sentence.
    """

    separation: bool
    models: tuple[ModelInfo, ...]
    devices: tuple[DeviceInfo, ...]
    limits: Limits
    queue: QueueInfo
    formats: tuple[OutputFormat, ...]
    reason: str | None = None
    rendering: bool = False
    rendering_reason: str | None = None


class Health(_Data, frozen=True):
    """The answer of `/api/health`: that the server answers, with which build of the page, and how its parts are.

    workers: how many are alive; database, store: "ok" or a sentence.
    """

    status: Literal["ok", "degraded"]
    build: str
    workers: int = 0
    database: str = "ok"
    store: str = "ok"


class ErrorBody(_Data, frozen=True):
    """Every error of the API: `error` is a word for programs, `message` a sentence for people."""

    error: str
    message: str


_OPTIONS: Final = msgspec.json.Decoder(StemsOptions)
_RENDER: Final = msgspec.json.Decoder(RenderJob)
_JOB: Final = msgspec.json.Decoder(Job)
_CAPABILITIES: Final = msgspec.json.Decoder(Capabilities)


def decode_stems_options(text: str | bytes) -> StemsOptions:
    """Options from JSON; raises `MessageError` that says what was expected, what came and where.

    >>> decode_stems_options('{"format": "mp3"}').format
    'mp3'
    >>> decode_stems_options('{"format": "ogg"}')
    Traceback (most recent call last):
    shared.errors.MessageError: Options of the job are not right: Invalid enum value 'ogg' - at `$.format`
    """
    try:
        return _OPTIONS.decode(text)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise MessageError(f"Options of the job are not right: {error}") from error


def decode_render_job(text: str | bytes) -> RenderJob:
    """What film to make, from JSON; raises `MessageError` that says what was expected, what came and where.

    >>> decode_render_job('{"film": {"codec": "vp9", "audio": "opus"}}').film.ending
    '.webm'
    >>> decode_render_job('{"film": {"codec": "vp9", "audio": "aac"}}')
    Traceback (most recent call last):
    shared.errors.MessageError: VP9 is written as .webm, which holds Opus or no sound, not AAC: choose one of these.
    """
    try:
        job = _RENDER.decode(text)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise MessageError(f"Options of the render are not right: {error}") from error
    check_render_options(job.film)
    return job


def decode_job(text: str | bytes) -> Job:
    """A job from JSON; raises `msgspec.ValidationError`."""
    return _JOB.decode(text)


def decode_capabilities(text: str | bytes) -> Capabilities:
    """Capabilities from JSON; raises `msgspec.ValidationError`."""
    return _CAPABILITIES.decode(text)
