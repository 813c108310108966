"""What server and workers say to one another through the database."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.schema.jobs import DeviceInfo, ModelInfo, StemsOptions

__all__ = ["APPLICATION", "FLOWS_VERSION", "STEMS_QUEUE", "StemsRequest", "WorkerInfo"]

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


class WorkerInfo(msgspec.Struct, frozen=True, rename="camel"):
    """What a worker has. device: None until its child has told."""

    models: tuple[ModelInfo, ...]
    device: DeviceInfo | None = None
