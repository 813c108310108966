"""What the jobs say no to, each with the seconds after which to ask again, and how long a request waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable
from typing import Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from shared.errors import KeylightError

__all__ = ["ClientBusy", "JobsUnavailable", "QueueFull", "StorageFull", "TryLater", "in_time", "told"]

_LOG: Final = logging.getLogger(__name__)
#: How long a request waits for the database before it is told to come again; proxies and people wait longer.
_ANSWER_SECONDS: Final = 8.0
_AGAIN_SECONDS: Final = 5.0
T = TypeVar("T")


class TryLater(KeylightError):
    """Not now. retry_after: seconds after which it may be different."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class QueueFull(TryLater):
    """As many jobs wait and run as the server takes."""


class ClientBusy(TryLater):
    """As many jobs of this client wait and run as one client may have."""


class StorageFull(TryLater):
    """There is no room for all that this job would write on its way."""


class JobsUnavailable(TryLater):
    """Database or store do not answer."""


async def told(answer: Awaitable[T]) -> T:
    """What the database answers; raises `JobsUnavailable` when it does not."""
    try:
        return await answer
    except SQLAlchemyError as error:
        _LOG.warning("The job database does not answer: %s", error)
        raise _silent() from error


@contextlib.asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Raises `JobsUnavailable` in what takes too long; a thread that was asked goes on, and its answer is nobody's."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            yield
    except TimeoutError as error:
        raise _silent() from error


def _silent() -> JobsUnavailable:
    return JobsUnavailable("The job database does not answer. Try again in a moment.", _AGAIN_SECONDS)
