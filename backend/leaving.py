"""Stopping long answers when nobody listens any more: an ASGI server drops what is sent to a client that has left."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from litestar.types import Receive

__all__ = ["while_there"]


async def while_there(receive: Receive, work: Coroutine[Any, Any, None], *, until: asyncio.Event | None = None) -> bool:
    """Do `work` until it ends, the client is gone or `until` is set; whether the client is still there.

    What the work raises is raised.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(receive))
    closing = asyncio.ensure_future(until.wait()) if until else None
    tasks: set[asyncio.Future[Any]] = {working, leaving, *([closing] if closing else [])}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if working in done:
        working.result()
    return leaving not in done


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
