"""A film that is rendered, in the hands of a worker."""

from __future__ import annotations

import asyncio
import time

from backend.bench import Bench
from backend.orders import RenderRequest
from backend.pace import FilmPace
from backend.progress import Progress
from backend.run import Run
from shared.schema.jobs import Stage

__all__ = ["HOLDING", "PLANNING", "FilmRun"]

#: Tries of what is no frame count under these numbers; `backend.run.WRITING` is -1.
PLANNING = -2
HOLDING = -3


class FilmRun(Run):
    """One film."""

    gives_up_writing = "Writing this video stopped {times} times and was given up"
    gives_up = "Rendering stopped {times} times at the same place of this video and was given up"
    needs_less = "Choose a smaller size, or let the server work on fewer jobs at once (KEYLIGHT_SLOTS=1)."

    def __init__(self, bench: Bench, job: str, request: RenderRequest) -> None:
        super().__init__(bench, job, request.seconds)
        self.request = request
        self._pace = FilmPace(request, bench.figures)
        self._begun: dict[Stage, tuple[float, float]] = {}
        self._kept: frozenset[str] = frozenset()

    def planned(self, frames: int) -> None:
        """The film has so many frames."""
        self._pace.seconds = frames / self.request.job.film.fps

    def report(self, stage: Stage, fraction: float) -> None:
        """Tell how far it is."""
        now = time.monotonic()
        self.begun = True
        self._begun.setdefault(stage, (now, fraction))
        progress, left = self._pace.step(stage, fraction, now)
        ends_at = None if left is None else time.time() + left
        self.tell(Progress(stage, progress, ends_at, self._pace.seconds))

    async def fetch(self) -> None:
        """Have all files of the job here."""
        self._kept = await asyncio.to_thread(self.pull)

    async def keep(self) -> None:
        """Put what is new into the store, so that another worker can go on from it."""
        self.unstuck()
        await asyncio.to_thread(self.bench.store.push, self.job, self._kept)
        self._kept = await asyncio.to_thread(lambda: frozenset(path.name for path in self.folder.iterdir()))

    async def learn(self, stage: Stage) -> None:
        """A stage has come to its end: remember how fast it was."""
        begun, seconds = self._begun.pop(stage, None), self._pace.seconds
        if begun is None or not seconds:
            return
        film = self.request.job.film
        rate = (1 - begun[1]) * seconds * film.fps / max(time.monotonic() - begun[0], 1e-3)
        what = "look" if stage == "looking" else f"draw {film.codec}"
        value = rate if stage == "looking" else rate * film.width * film.height / 1e6
        if value > 0:
            self.bench.figures[what] = (self.bench.figures.get(what, value) + value) / 2
            await self.database(self.bench.ledger.learn, what, value)
