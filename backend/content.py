"""One thing that can be served: its bytes, in memory or on disk, plain and in brotli.

An address is looked up in a table of these, never turned into a file path: what is not in the table is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from anyio import open_file

from backend.assets.compress import brotli_or_none

__all__ = ["IMMUTABLE", "NO_CACHE", "Content", "Readable", "from_bytes", "from_file", "media_type"]

IMMUTABLE: Final = "public, max-age=31536000, immutable"  # RFC 8246; a year, as RFC 9111 practice has it
NO_CACHE: Final = "no-cache"

_CHUNK_BYTES: Final = 256 * 1024

# Not `mimetypes`: its answers differ between machines, and with nosniff a wrong type is a page that does not start.
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/svg+xml",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".onnx": "application/octet-stream",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}


def media_type(name: str) -> str:
    """Media type of a file by its name; plain text when nothing better is known.

    >>> media_type("a/pyodide.asm.wasm"), media_type("LICENSE")
    ('application/wasm', 'text/plain; charset=utf-8')
    """
    return _MEDIA_TYPES.get(PurePosixPath(name).suffix, "text/plain; charset=utf-8")


class Readable(Protocol):
    """Bytes of a known length that can be read from anywhere."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `stop`, in chunks."""


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes of a known length, wherever they lie."""

    source: bytes | Path
    size: int

    async def read(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `stop`, in chunks."""
        if isinstance(self.source, bytes):
            yield self.source[start:stop]
            return
        async with await open_file(self.source, "rb") as stream:
            await stream.seek(start)
            left = stop - start
            while left > 0 and (chunk := await stream.read(min(_CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk


@dataclass(frozen=True, slots=True)
class Content:
    """What one address serves. `etag` is that of the plain bytes, without quotes; `ranges`: a part of it can be had."""

    media_type: str
    etag: str
    cache_control: str
    plain: Readable
    brotli: Body | None = None
    ranges: bool = True
    headers: tuple[tuple[str, str], ...] = ()


def from_bytes(
    name: str, data: bytes, *, cache_control: str = IMMUTABLE, headers: tuple[tuple[str, str], ...] = ()
) -> Content:
    """Content of a small file held in memory, packed right away."""
    packed = brotli_or_none(name, data)
    return Content(
        media_type=media_type(name),
        etag=hashlib.sha256(data).hexdigest()[:20],
        cache_control=cache_control,
        plain=Body(data, len(data)),
        brotli=None if packed is None else Body(packed, len(packed)),
        headers=headers,
    )


def from_file(path: Path, *, etag: str) -> Content:
    """Content of a file on disk that never changes, with its `.br` sibling where there is one."""
    sibling = path.with_name(path.name + ".br")
    packed = Body(sibling, sibling.stat().st_size) if sibling.exists() else None
    return Content(media_type(path.name), etag, IMMUTABLE, Body(path, path.stat().st_size), packed)
