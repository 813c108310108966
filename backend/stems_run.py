"""A song that is taken apart, in the hands of a worker."""

from __future__ import annotations

import time
from typing import Any

from backend.bench import Bench
from backend.gpu.tasks import PieceTask
from backend.orders import StemsRequest
from backend.pace import Pace
from backend.progress import Progress
from backend.run import Run
from shared.schema.jobs import Stage

__all__ = ["StemsRun"]


class StemsRun(Run):
    """One song."""

    gives_up_writing = "Writing the stems of this song stopped {times} times and was given up"
    gives_up = "Separation stopped {times} times at the same place of this song and was given up"
    needs_less = "Choose a smaller model, or let the server work on fewer songs at once (KEYLIGHT_SLOTS=1)."

    def __init__(self, bench: Bench, job: str, request: StemsRequest) -> None:
        super().__init__(bench, job, request.seconds)
        self.request = request
        self._piece_seconds = bench.piece_seconds
        self._pace = Pace(request.options, request.seconds, bench.figures)
        self._before = 0.0
        self._clock: dict[Stage, tuple[float, float]] = {}

    def task(self, piece: int, *, alone: bool) -> PieceTask:
        """What the child is asked for."""
        return PieceTask(
            job=self.job,
            source=self.folder / "source",
            folder=self.folder,
            model=self.request.options.model,
            options=self.request.options,
            piece=piece,
            piece_seconds=self._piece_seconds,
            alone=alone,
            most_seconds=self.bench.settings.limits.audio_seconds,
        )

    def report(self, stage: Stage, fraction: float) -> None:
        """Tell how far it is; the fraction of "separating" is that of the piece."""
        now = time.monotonic()
        self.begun = True
        self._clock.setdefault(stage, (now, fraction))
        done = fraction
        if stage == "separating":
            done = self._before + fraction * self._piece_seconds
        progress, left = self._pace.step(stage, done, now)
        ends_at = None if left is None else time.time() + left
        self.tell(Progress(stage, progress, ends_at, self._pace.seconds))

    def passed(self, answer: dict[str, Any]) -> None:
        """A piece is done."""
        self._before += self._piece_seconds
        if answer["seconds"] is not None:
            self._pace.seconds = answer["seconds"]

    async def learn(self) -> None:
        """A step is done: remember how long loading took and how fast separating or writing was."""
        now, clock, self._clock = time.monotonic(), self._clock, {}
        options, seconds = self.request.options, self._pace.seconds
        measured: dict[str, float] = {}
        if "separating" in clock and seconds:
            begun, fraction = clock["separating"]
            audio = min(self._piece_seconds, seconds - self._before) * (1 - fraction)
            measured[f"separate {options.model}"] = audio / max(now - begun, 1e-3)
            if "loading model" in clock:
                measured[f"load {options.model}"] = begun - clock["loading model"][0]
        if "writing" in clock and seconds:
            measured[f"write {options.format}"] = seconds / max(now - clock["writing"][0], 1e-3)
        for what, value in measured.items():
            if value > 0:
                self.bench.figures[what] = (self.bench.figures.get(what, value) + value) / 2
                await self.database(self.bench.ledger.learn, what, value)
