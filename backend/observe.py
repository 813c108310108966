"""Around the whole application: count, time and log each request, and let go of uploads that were refused half-way.

A client that is still sending when its answer is ready may never read it: closing at once makes the network say
"reset", and what was on its way is thrown away. So the answer goes out first, then what comes is read and dropped for
a while, and then the connection is closed (RFC 9112, section 9.6).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Iterable
from typing import Any, Final, cast

from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from backend.errors import is_api
from backend.logs import RequestLine, log_request
from backend.metrics import Metrics

__all__ = ["Observed"]

#: After its answer, a client may go on sending this long and this much before it is cut off.
_LINGER_SECONDS: Final = 2.0
_LINGER_BYTES: Final = 8 * 1024 * 1024
_CLIENT_LEFT: Final = 499


class Observed:
    """The application, watched."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and tell of it."""
        one = _Exchange(receive, send, has_body=_has_body(scope))
        start = time.perf_counter()
        try:
            await self._app(scope, one.receive, one.send)
        finally:
            self._tell(scope, one, time.perf_counter() - start)

    def _tell(self, scope: Scope, one: _Exchange, seconds: float) -> None:
        facts = cast("dict[str, Any]", scope)
        route = str(facts.get("path_template", "unknown"))
        method = str(facts["method"])
        self._metrics.request(method=method, route=route, status=one.status, seconds=seconds)
        if is_api(scope["path"]) or one.status >= 400:  # files of the page are counted, not told
            line = RequestLine.at_now(
                method=method,
                route=route,
                status=one.status,
                seconds=seconds,
                received=one.received,
                sent=one.sent,
                request=one.name,
                job=str(facts.get("path_params", {}).get("job_id", "")),
            )
            log_request(line)


class _Exchange:
    """One request and its answer, counted."""

    def __init__(self, receive: Receive, send: Send, *, has_body: bool) -> None:
        self._receive = receive
        self._send = send
        self._expects_more = has_body
        self._lingers = False
        self.name = secrets.token_hex(4)
        self.status = _CLIENT_LEFT
        self.received = 0
        self.sent = 0

    async def receive(self) -> Any:
        """The next message of the client."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.received += len(message["body"])
            self._expects_more = message["more_body"]
        elif message["type"] == "http.disconnect":
            self._expects_more = False
        return message

    async def send(self, message: Message) -> None:
        """The next message to the client."""
        if message["type"] == "http.response.start":
            await self._send(self._start(message))
            return
        if message["type"] == "http.response.body":
            self.sent += len(message["body"])
            if self._lingers and not message["more_body"]:
                await self._send({**message, "more_body": True})
                await self._linger()
                message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    def _start(self, message: HTTPResponseStartEvent) -> HTTPResponseStartEvent:
        self.status = message["status"]
        headers: Iterable[tuple[bytes, bytes]] = [*message["headers"], (b"x-request-id", self.name.encode())]
        self._lingers = self._expects_more
        if self._lingers:
            headers = [*(h for h in headers if h[0] != b"connection"), (b"connection", b"close")]
        return {**message, "headers": headers}

    async def _linger(self) -> None:
        until = self.received + _LINGER_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while self._expects_more and self.received < until:
                    await self.receive()


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
