"""What server and workers say to one another through the database."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from shared.schema.jobs import DeviceInfo, ModelInfo, RenderJob, StemsOptions
from shared.separation.models import MODELS, QUICK_STEMS

__all__ = [
    "APPLICATION",
    "FLOWS_VERSION",
    "QUEUE",
    "RenderRequest",
    "Request",
    "StemsRequest",
    "WorkerInfo",
    "job_kind",
    "work_bytes",
]

#: Owner of jobs and queues, where other programs share the database.
APPLICATION: Final = "keylight"
#: Recorded with every job. Bump when the order or the names of steps change: jobs of other versions are left alone.
FLOWS_VERSION: Final = "stems-1"
#: All jobs wait in one queue, called after those that were there first.
QUEUE: Final = "stems"

#: Bits to a pixel of each codec, generously: x264 at its best writes 0.2 of most templates, ProRes 422 HQ 4, 4444 7.
_BITS: Final[dict[str, float]] = {"h264": 0.4, "hevc": 0.3, "av1": 0.3, "vp9": 0.4, "prores": 4.5}
_ALPHA_BITS: Final = 1.6
#: Room for a film that nobody knows the length of.
_UNKNOWN_SECONDS: Final = 600.0


class StemsRequest(msgspec.Struct, frozen=True, rename="camel"):
    """The input of a job, as the database keeps it.

    client: who sent it, a hash; seconds: length of the song; at: when it came, in seconds since 1970.
    """

    client: str
    options: StemsOptions
    seconds: float | None = None
    at: float = 0.0


class RenderRequest(msgspec.Struct, frozen=True, rename="camel"):
    """The input of a render. looks: flashes are looked for; sent: bytes of the upload; notes: what was changed."""

    client: str
    job: RenderJob
    seconds: float | None = None
    looks: bool = True
    sent: int = 0
    notes: tuple[str, ...] = ()
    at: float = 0.0


Request = StemsRequest | RenderRequest


def job_kind(request: Request) -> Literal["stems", "render"]:
    """The kind of job, which is also the name of its workflow."""
    return "stems" if isinstance(request, StemsRequest) else "render"


def work_bytes(request: Request) -> int:
    """Room that a job takes until its results are written.

    Stems: every output as float32 in stereo at 44.1 kHz. Films: segments, and the film made of them.

    >>> round(work_bytes(StemsRequest("ann", StemsOptions(), 7200.0)) / 1e9, 1)
    10.2
    >>> round(work_bytes(RenderRequest("ann", RenderJob(), 180.0)) / 1e9, 1)
    2.2
    """
    if isinstance(request, RenderRequest):
        film = request.job.film
        bits = _BITS[film.codec] * (_ALPHA_BITS if film.alpha else 1.0)
        seconds = request.seconds if request.seconds is not None else _UNKNOWN_SECONDS
        return request.sent + int(2 * seconds * film.fps * film.width * film.height * bits / 8)
    model = MODELS.get(request.options.model)
    each = len(request.options.stems) or len(model.stems if model else QUICK_STEMS)
    outputs = {"each": each, "two": 2, "rest": 1}[request.options.mode]
    return int((request.seconds or 0.0) * outputs * 44_100 * 2 * 4)


class WorkerInfo(msgspec.Struct, frozen=True, rename="camel"):
    """What a worker has. device: None until its child has told. films_missing: why it renders nothing, if so."""

    models: tuple[ModelInfo, ...]
    device: DeviceInfo | None = None
    films_missing: str | None = None
