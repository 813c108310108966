"""What the workflows of a worker work with, and how they tell how far they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

from sqlalchemy.exc import SQLAlchemyError

from backend.gpu.film_tasks import FilmManifest
from backend.gpu.tasks import FinishManifest, PieceDone, PieceTask
from backend.progress import Ledger, Progress
from backend.settings import Settings
from backend.storage import Store
from shared.schema.jobs import DeviceInfo, ModelInfo, RenderJob, Stage, StemsOptions

__all__ = ["Bench", "Films", "Finish", "Host", "Report", "Reporter"]

_LOG: Final = logging.getLogger(__name__)

Report = Callable[[Stage, float], None]
Finish = Callable[[Path, Path, StemsOptions, Report], Awaitable[FinishManifest]]


class Host(Protocol):
    """The warm child, as `backend.gpu.host.ChildHost` gives it."""

    async def piece(self, task: PieceTask, report: Report) -> PieceDone:
        """Compute a piece; being cancelled stops it. Raises `ChildDied`, `DiskFull`, `KeylightError` (a sentence)."""

    async def inspect(self) -> tuple[tuple[ModelInfo, ...], DeviceInfo]:
        """Models and device of the child."""

    async def close(self) -> None:
        """End the child."""


class Films(Protocol):
    """What renders films, as `backend.gpu.film_host.FilmHost` does it; all raise as `Host.piece` does."""

    async def plan(self, folder: Path, job: RenderJob, report: Report) -> int:
        """Frames of the film."""

    async def frames(
        self,
        kind: Literal["look", "render"],
        folder: Path,
        job: RenderJob,
        frames: int,
        report: Report,
        *,
        each: Callable[[], Awaitable[None]],
        until: Callable[[], bool],
    ) -> bool:
        """Look at all frames, or draw them; whether all is there."""

    async def hold(self, folder: Path) -> tuple[str, ...]:
        """How far flashes are held back; sentences."""

    async def write(self, folder: Path, out: Path, job: RenderJob, report: Report) -> FilmManifest:
        """The film."""

    def there(self, folder: Path) -> int:
        """How much is there."""

    async def release(self, folder: Path) -> None:
        """End the processes of a film."""

    async def close(self) -> None:
        """End all processes."""


class Reporter:
    """Takes progress as often as it comes and writes the newest of each job a few times a second, off the loop."""

    def __init__(self, ledger: Ledger, *, every_seconds: float = 0.3) -> None:
        self._ledger = ledger
        self._every = every_seconds
        self._newest: dict[str, Progress] = {}

    def tell(self, job: str, progress: Progress) -> None:
        """Remember how far a job is."""
        self._newest[job] = progress

    async def flush(self) -> None:
        """Write what is new. A database that does not answer is asked again the next time."""
        rows, self._newest = self._newest, {}
        if not rows:
            return
        try:
            await asyncio.to_thread(self._ledger.note, rows)
        except SQLAlchemyError as failure:
            self._newest = {**rows, **self._newest}
            _LOG.warning("Progress cannot be written: %s", failure)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            await self.flush()


@dataclass
class Bench:
    """What the workflows of this process work with.

    running: jobs that a task of this process has in its hands; parked: those of them that wait for its end.
    """

    settings: Settings
    store: Store
    ledger: Ledger
    host: Host
    finish: Finish
    films: Films
    reporter: Reporter
    is_cancelled: Callable[[str], bool]
    piece_seconds: float
    figures: dict[str, float] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    parked: set[str] = field(default_factory=set)
    draining: bool = False
