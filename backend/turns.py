"""Taking turns on the event loop, so that much work of many leaves room for what others ask in between.

Fifty uploads that send as fast as they can make fifty tasks ready in each round of the loop, and whoever asks for
something small waits for several such rounds. With turns one of them goes on in each round, in the order of asking.
"""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["Turns"]


class Turns:
    """One turn in each round of the loop. For one loop.

    >>> async def show():
    ...     turns, seen = Turns(), []
    ...     async def work(name):
    ...         for step in range(2):
    ...             await turns.take()
    ...             seen.append(f"{name}{step}")
    ...     await asyncio.gather(work("a"), work("b"))
    ...     return seen
    >>> asyncio.run(show())
    ['a0', 'b0', 'a1', 'b1']
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._goes_on = False

    async def take(self) -> None:
        """Wait for a turn; the next one begins in the next round of the loop."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        if not self._goes_on:
            self._goes_on = True
            loop.call_soon(self._next, loop)
        await turn

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting and self._waiting[0].done():  # who was cancelled while waiting
            self._waiting.popleft()
        if not self._waiting:
            self._goes_on = False
            return
        self._waiting.popleft().set_result(None)
        loop.call_soon(self._next, loop)
