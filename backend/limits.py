"""How much one client may ask at once: submissions per minute, and things that are held open."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from backend.errors import ApiError

__all__ = ["Held", "RateLimit"]

#: Clients that are remembered; who was not seen for longest is forgotten first, and starts anew.
_CLIENTS: Final = 10_000


class RateLimit:
    """A token bucket per client: `per_minute` submissions at once, refilled evenly. `clock` tells seconds.

    >>> seconds = 0.0
    >>> limit = RateLimit(2, clock=lambda: seconds)
    >>> limit.take("a"), limit.take("a"), limit.take("b")
    (None, None, None)
    >>> limit.take("a")
    Traceback (most recent call last):
    backend.errors.ApiError: 429: This server takes 2 submissions a minute from one client; ask again in 30 s.
    >>> seconds = 30.0
    >>> limit.take("a")
    """

    def __init__(self, per_minute: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> None:
        """Count one submission; raises `ApiError` 429 when there were too many."""
        now = self._clock()
        level, since = self._buckets.pop(client, (self._size, now))
        level = min(self._size, level + (now - since) * self._size / 60)
        self._buckets[client] = (level - 1 if level >= 1 else level, now)
        while len(self._buckets) > _CLIENTS:
            self._buckets.popitem(last=False)
        if level < 1:
            wait = (1 - level) * 60 / self._size
            raise ApiError(
                "too-many",
                f"This server takes {self._size:g} submissions a minute from one client; ask again in {wait:.0f} s.",
                retry_after=wait,
            )


class Held:
    """Counts what is open: at most `most` of all clients, `per_client` of one. `what` names it in the sentence."""

    def __init__(self, what: str, *, most: int, per_client: int) -> None:
        self._what = what
        self._most = most
        self._per_client = per_client
        self._open: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """How many are open now."""
        return self._open.total()

    @contextmanager
    def hold(self, client: str) -> Iterator[None]:
        """Hold one open; raises `ApiError` 429 when it would be one too many."""
        if self._open[client] >= self._per_client:
            raise ApiError("too-many", f"This client has {self._per_client} {self._what} open already.", retry_after=10)
        if self.count >= self._most:
            raise ApiError("queue-full", f"There are {self._most} {self._what} open already.", retry_after=10)
        self._open[client] += 1
        try:
            yield
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]
