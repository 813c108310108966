"""Serving one `Content` over ASGI: conditional requests, brotli, byte ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from litestar.types import Receive, Scope, Send

from backend.content import Content, Readable
from backend.leaving import while_there
from backend.ranges import Unsatisfiable, parse_range

__all__ = ["Answer", "accepts_brotli"]

#: What is sent without looking whether the client is still there.
_SHORT_BYTES: Final = 1024 * 1024

_REFUSED: Final = re.compile(r";\s*q=0(\.0*)?\s*$")


def accepts_brotli(header: str) -> bool:
    """Whether an Accept-Encoding header allows brotli.

    >>> accepts_brotli("gzip, br"), accepts_brotli("br;q=0, gzip"), accepts_brotli("")
    (True, False, False)
    """
    codings = [coding.strip() for coding in header.lower().split(",")]
    return any(coding.partition(";")[0].strip() == "br" and not _REFUSED.search(coding) for coding in codings)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What will be sent: status, headers and the piece of the body."""

    status: int
    headers: list[tuple[str, str]]
    body: Readable
    start: int = 0
    stop: int = 0


class Answer:
    """An ASGI application that answers one GET or HEAD with one `Content`."""

    def __init__(self, content: Content) -> None:
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the content, or the part of it that is asked for."""
        asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        plan = _plan(self._content, asked)
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in plan.headers]
        await send({"type": "http.response.start", "status": plan.status, "headers": raw})
        if scope["method"] != "HEAD":  # type: ignore[typeddict-item]  # a lifespan scope never comes here
            sending = _send(send, plan)
            if plan.stop - plan.start <= _SHORT_BYTES:
                await sending
            elif not await while_there(receive, sending):
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send(send: Send, plan: _Plan) -> None:
    async for chunk in plan.body.read(plan.start, plan.stop):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


def _plan(content: Content, asked: Mapping[str, str]) -> _Plan:
    headers = [("content-type", content.media_type), ("cache-control", content.cache_control), *content.headers]
    headers += [("accept-ranges", "bytes" if content.ranges else "none"), ("vary", "Accept-Encoding")]
    packed = content.brotli if "range" not in asked and accepts_brotli(asked.get("accept-encoding", "")) else None
    etag = f'"{content.etag}-br"' if packed else f'"{content.etag}"'
    headers.append(("etag", etag))
    if _matches(asked.get("if-none-match", ""), etag):
        return _Plan(304, headers, content.plain)
    if packed:
        headers += [("content-encoding", "br"), ("content-length", str(packed.size))]
        return _Plan(200, headers, packed, 0, packed.size)
    return _plain_plan(content.plain, headers, asked if content.ranges else {}, etag)


def _plain_plan(body: Readable, headers: list[tuple[str, str]], asked: Mapping[str, str], etag: str) -> _Plan:
    try:
        part = parse_range(asked.get("range", ""), body.size) if asked.get("if-range", etag) == etag else None
    except Unsatisfiable:
        return _Plan(416, [*headers, ("content-range", f"bytes */{body.size}"), ("content-length", "0")], body)
    start, stop = part or (0, body.size)
    headers = [*headers, ("content-length", str(stop - start))]
    if part is None:
        return _Plan(200, headers, body, start, stop)
    return _Plan(206, [*headers, ("content-range", f"bytes {start}-{stop - 1}/{body.size}")], body, start, stop)


def _matches(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags
