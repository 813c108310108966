"""Watching jobs: hundreds who watch cost one look at the database a few times a second."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Final

from backend.job_view import ENDED
from shared.errors import KeylightError
from shared.schema.jobs import Job

__all__ = ["Lookout"]

_LOG: Final = logging.getLogger(__name__)
#: How often watched jobs are looked at.
_LOOK_SECONDS: Final = 0.3

#: Jobs as they stand, those that there are; raises `KeylightError` when nobody can tell.
Views = Callable[[Iterable[str]], Awaitable[dict[str, Job]]]


class Lookout:
    """Looks for all who watch. `run` must run."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._watched: Counter[str] = Counter()
        self._seen: dict[str, Job] = {}
        self._looked = asyncio.Condition()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not self._watched:
                self._seen = {}
                continue
            try:
                self._seen = await self._views(list(self._watched))
            except KeylightError as error:
                _LOG.warning("Watched jobs cannot be looked at: %s", error)
                continue
            async with self._looked:
                self._looked.notify_all()

    async def watch(self, job: str, after: int | None = None) -> AsyncIterator[tuple[int, Job]]:
        """A job now and at every change, each with a number that grows; ends when the job has ended or is gone.

        after: the number that was seen last. Numbers of ended jobs are odd: who has seen such a one of a job that has
        ended gets nothing. Any other number, whoever made it up, gets the job as it is now.
        """
        last: Job | None = None
        number = after or 0
        self._watched[job] += 1
        try:
            now = (await self._views([job])).get(job)
            if number % 2 and now is not None and now.state in ENDED:
                return
            while now is not None:
                if now != last:
                    number = max(_event_number(now), number + 2 - (number + _ended(now)) % 2)
                    yield number, now
                last = now
                if now.state in ENDED:
                    return
                now = await self._next_look(job)
        finally:
            self._watched -= Counter([job])

    async def _next_look(self, job: str) -> Job | None:
        async with self._looked:
            await self._looked.wait()
        return self._seen.get(job)


def _ended(job: Job) -> int:
    return int(job.state in ENDED)


def _event_number(job: Job) -> int:
    """Twice the time in milliseconds, odd when the job has ended."""
    return 2 * int(time.time() * 1000) + _ended(job)
