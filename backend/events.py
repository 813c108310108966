"""A job's life as server-sent events (HTML, section 9.2): each event is the job as it stands, its id only grows.

A stream ends with the job. An EventSource then connects again, with the last id it saw, and is told 204: stop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar.types import Receive, Scope, Send

from backend.desk import Desk
from backend.leaving import while_there
from shared.errors import KeylightError
from shared.schema.jobs import Job

__all__ = ["KEEP_ALIVE_SECONDS", "EventStream", "encode_event", "nothing_more"]

#: Proxies close what is silent for a minute (nginx' default); a quarter of it also finds dead clients early.
KEEP_ALIVE_SECONDS: Final = 15.0

_RETRY_MILLISECONDS: Final = 2000
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx passes each event on at once
]


def encode_event(number: int, job: Job) -> bytes:
    """One event as bytes."""
    return b"id: %d\ndata: %b\n\n" % (number, msgspec.json.encode(job))


class EventStream:
    """An ASGI application that sends what `events` yields until it ends, the client is gone or the server stops.

    A client that reads slowly slows only its own stream: what is next is asked for when the last was taken.
    """

    def __init__(
        self,
        events: AsyncIterator[tuple[int, Job]],
        desk: Desk,
        client: str,
        *,
        keep_alive: float = KEEP_ALIVE_SECONDS,
    ) -> None:
        self._events = events
        self._desk = desk
        self._client = client
        self._keep_alive = keep_alive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; raises `ApiError` 429 before it begins when the client has too many streams open."""
        with self._desk.streams.hold(self._client):
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            if await while_there(receive, self._send_all(send), until=self._desk.closing):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, send: Send) -> None:
        await _send(send, b"retry: %d\n\n" % _RETRY_MILLISECONDS)
        coming: asyncio.Future[Any] | None = None
        try:
            while True:
                coming = coming or asyncio.ensure_future(anext(self._events, None))
                done, _ = await asyncio.wait({coming}, timeout=self._keep_alive)
                if not done:
                    await _send(send, b": still here\n\n")
                    continue
                event, coming = coming.result(), None
                if event is None:
                    return
                await _send(send, encode_event(*event))
        except KeylightError:
            return  # the jobs do not answer now: the client comes again, with the last number it saw
        finally:
            if coming is not None:
                coming.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await coming
            await self._events.aclose()  # type: ignore[attr-defined]  # it is a generator


async def nothing_more(scope: Scope, receive: Receive, send: Send) -> None:
    """204, at which an EventSource stops asking."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})
