"""All results of a job as one zip, made while it is sent: nothing is compressed, so its length is known before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from zipstream import ZIP_STORED, ZipStream  # type: ignore[import-untyped]

__all__ = ["Archive", "Member", "archive_bytes"]

#: Read from the store at once.
_READ_BYTES: Final = 1024 * 1024
_ZIPPERS: Final = ThreadPoolExecutor(4, "zip")


@dataclass(frozen=True, slots=True)
class Member:
    """A file to put in: its name, its size in bytes, and how to read it."""

    name: str
    size: int
    read: Callable[[int, int], Awaitable[bytes]]


class Archive:
    """A zip of `members`. `size`: its length in bytes."""

    def __init__(self, members: tuple[Member, ...]) -> None:
        self._members = members
        self.size = len(self._stream(None))

    async def read(self, _start: int = 0, _stop: int = 0) -> AsyncIterator[bytes]:
        """The whole of it in chunks; a part of it cannot be had."""
        loop = asyncio.get_running_loop()
        chunks = iter(self._stream(loop))
        while chunk := await loop.run_in_executor(_ZIPPERS, _some, chunks):
            yield chunk

    def _stream(self, loop: asyncio.AbstractEventLoop | None) -> ZipStream:
        stream = ZipStream(compress_type=ZIP_STORED, sized=True)
        for member in self._members:
            stream.add(_pieces(member, loop), member.name, size=member.size)
        return stream


def archive_bytes(files: Iterable[tuple[str, int]]) -> int:
    """Length of the archive of files with these names and sizes in bytes, without reading them.

    >>> archive_bytes([("vocals.flac", 1000)])
    1136
    """

    async def unread(_start: int, _stop: int) -> bytes:
        raise AssertionError("an archive is measured without being read")

    return Archive(tuple(Member(name, size, unread) for name, size in files)).size


def _pieces(member: Member, loop: asyncio.AbstractEventLoop | None) -> Iterator[bytes]:
    """The member's bytes, read by the loop for a thread that is none of its own."""
    assert loop is not None, "an archive is measured without being read"
    for start in range(0, member.size, _READ_BYTES):
        stop = min(start + _READ_BYTES, member.size)
        yield asyncio.run_coroutine_threadsafe(_awaited(member.read(start, stop)), loop).result()


async def _awaited(reading: Awaitable[bytes]) -> bytes:
    return await reading


def _some(chunks: Iterator[bytes]) -> bytes:
    """The next so many bytes, or nothing at the end: small chunks are joined, since each costs a change of threads."""
    parts, held = [], 0
    while held < _READ_BYTES and (chunk := next(chunks, b"")):
        parts.append(chunk)
        held += len(chunk)
    return b"".join(parts)
