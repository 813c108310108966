"""What server and workers say to one another through the database."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.schema.jobs import DeviceInfo, ModelInfo, StemsOptions
from shared.separation.models import MODELS, QUICK_STEMS

__all__ = ["APPLICATION", "FLOWS_VERSION", "STEMS_QUEUE", "StemsRequest", "WorkerInfo", "work_bytes"]

#: Owner of jobs and queues, where other programs share the database.
APPLICATION: Final = "keylight"
#: Recorded with every job. Bump when the order or the names of steps change: jobs of other versions are left alone.
FLOWS_VERSION: Final = "stems-1"
STEMS_QUEUE: Final = "stems"


class StemsRequest(msgspec.Struct, frozen=True, rename="camel"):
    """The input of a job, as the database keeps it.

    client: who sent it, a hash; seconds: length of the song; at: when it came, in seconds since 1970.
    """

    client: str
    options: StemsOptions
    seconds: float | None = None
    at: float = 0.0


def work_bytes(request: StemsRequest) -> int:
    """Room that a job takes until its results are written: every output as float32 in stereo at 44.1 kHz.

    >>> round(work_bytes(StemsRequest("ann", StemsOptions(), 7200.0)) / 1e9, 1)
    10.2
    """
    model = MODELS.get(request.options.model)
    each = len(request.options.stems) or len(model.stems if model else QUICK_STEMS)
    outputs = {"each": each, "two": 2, "rest": 1}[request.options.mode]
    return int((request.seconds or 0.0) * outputs * 44_100 * 2 * 4)


class WorkerInfo(msgspec.Struct, frozen=True, rename="camel"):
    """What a worker has. device: None until its child has told."""

    models: tuple[ModelInfo, ...]
    device: DeviceInfo | None = None
