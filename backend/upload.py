"""Files and options from a multipart request (RFC 7578) to disk, in bounded memory.

The parts have a fixed order, `options` first: a job that cannot be done is refused before its files are sent.
Who sends nothing, or next to nothing, for a set time is cut off.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from backend.errors import ApiError
from backend.incoming import new_upload, parts_folder
from backend.turns import Turns

__all__ = [
    "OPTIONS_BYTES",
    "OVERHEAD_BYTES",
    "Form",
    "declared_length",
    "request_body",
    "scratch_file",
    "scratch_folder",
]

#: The most that options may have; real ones have a tenth.
OPTIONS_BYTES: Final = 16 * 1024
#: What a body may have beside its file: options, boundaries, headers of parts.
OVERHEAD_BYTES: Final = 64 * 1024

#: What has to come before the time for stalling begins anew: 2 KiB/s in its 30 s, a twentieth of a slow mobile network.
_STALL_BYTES: Final = 64 * 1024

#: Written at once: large enough that changing threads costs nothing, small enough for 50 uploads in 25 MB.
_WRITE_BYTES: Final = 256 * 1024
# Not the loop's default threads: those answer from the database, and must not wait behind a slow disk.
_WRITERS: Final = ThreadPoolExecutor(2, "upload")

_GONE: Final = "The upload broke off before its end."

T = TypeVar("T")
Receive = Callable[[], Awaitable[Any]]


def declared_length(headers: Mapping[str, str], *, limit: int) -> int:
    """Length of the body in bytes as its header says; raises `ApiError` (411, 413) when it says none or too much."""
    text = headers.get("content-length", "")
    # With both, what stands between us and the client may believe the other one (RFC 9112, section 6.1).
    if "transfer-encoding" in headers or not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ApiError("length-required", "An upload has to say its length; expected a Content-Length header.")
    if int(text) > limit + OVERHEAD_BYTES:
        raise ApiError("too-large", _too_large(limit), headers={"connection": "close"})
    return int(text)


async def request_body(receive: Receive, turns: Turns, *, stall_seconds: float) -> AsyncIterator[bytes]:
    """The body in the pieces in which it comes, each in its turn.

    Raises `ApiError`: 408 when the client stalls, 400 when it is gone. Only time spent waiting for the client counts.
    """
    left, got = stall_seconds, 0
    while True:
        await turns.take()
        start = time.monotonic()
        try:
            async with asyncio.timeout(left):
                message = await receive()
        except TimeoutError:
            raise ApiError("too-slow", f"The upload stood still for {stall_seconds:g} seconds.") from None
        left = max(0.0, left - (time.monotonic() - start))
        if message["type"] == "http.disconnect":
            raise ApiError("bad-request", _GONE)
        got += len(message["body"])
        if got >= _STALL_BYTES:
            left, got = stall_seconds, 0
        if message["body"]:
            yield message["body"]
        if not message.get("more_body", False):
            return


class Form:
    """The parts of a request, read one after the other. `limit`: the most bytes that a file may have; `parts`: of them.

    All methods raise `ApiError` when the form is not as it should be.
    """

    def __init__(
        self, content_type: str, body: AsyncIterator[bytes], *, length: int, limit: int, parts: int = 2
    ) -> None:
        kind, parameters = parse_options_header(content_type)
        if kind != "multipart/form-data" or "boundary" not in parameters:
            raise ApiError("not-audio", "Expected a multipart/form-data body with the parts options and file.")
        with _readable(limit):
            self._parser = PushMultipartParser(
                parameters["boundary"], length, max_segment_size=limit, max_segment_count=parts, strict=True
            )
        self._limit = limit
        self._events = self._parsed(body)
        self.file_name = ""

    async def options(self) -> bytes:
        """The first part, which must be `options`."""
        await self._open("options")
        data = b""
        async for piece in self._payload():
            data += piece
            if len(data) > OPTIONS_BYTES:
                raise ApiError("invalid", f"The options have more than {OPTIONS_BYTES} bytes.")
        return data

    async def part(self) -> tuple[str, str] | None:
        """Name and file name of the next part, to be written by `store`; None when there is none."""
        event = await anext(self._events, None)
        if event is None:
            return None
        if not isinstance(event, MultipartSegment):
            raise ApiError("bad-request", "The form cannot be read: a part has no head.")
        return event.name, event.filename or ""

    async def save(self, file: BinaryIO) -> int:
        """Write the second part, which must be `file`, and return its bytes; `file_name` is known from then on."""
        self.file_name = (await self._open("file")).filename or ""
        size = await self.store(file)
        await self._end()
        return size

    async def store(self, file: BinaryIO) -> int:
        """Write the part that was begun last, and return its bytes."""
        size, pending, held = 0, [], 0
        async for piece in self._payload():
            pending.append(piece)
            held += len(piece)
            if held >= _WRITE_BYTES:
                size += await _write(file, pending)
                pending, held = [], 0
        return size + await _write(file, pending)

    async def _open(self, name: str) -> MultipartSegment:
        event = await anext(self._events, None)
        if not isinstance(event, MultipartSegment) or event.name != name:
            found = repr(event.name) if isinstance(event, MultipartSegment) else "nothing"
            raise ApiError("bad-request", f"Expected the part {name!r} of the form, got {found[:80]}.")
        return event

    async def _payload(self) -> AsyncIterator[bytes]:
        async for event in self._events:
            if event is None:
                return
            yield event

    async def _end(self) -> None:
        async for _ in self._events:
            raise ApiError("bad-request", "Expected the end of the form after the part 'file'.")

    async def _parsed(self, body: AsyncIterator[bytes]) -> AsyncIterator[Any]:
        with _readable(self._limit):
            async for piece in body:
                for event in self._parser.parse(piece):
                    yield event
            self._parser.close()


@contextlib.asynccontextmanager
async def scratch_file(folder: Path) -> AsyncIterator[tuple[Path, BinaryIO]]:
    """A new file that is gone afterwards, unless it was moved away."""
    path, file = await _on_disk(new_upload, folder)
    try:
        yield path, file
    finally:
        # Also when the request is cancelled: removing is not waited for then, but it is done.
        await asyncio.shield(_on_disk(_remove, path, file))


@contextlib.asynccontextmanager
async def scratch_folder(folder: Path) -> AsyncIterator[Path]:
    """A new folder for the files of one upload that is gone afterwards."""
    async with scratch_file(folder) as (path, _):
        parts = parts_folder(path)
        await _on_disk(parts.mkdir)
        yield parts


def _remove(path: Path, file: BinaryIO) -> None:
    shutil.rmtree(parts_folder(path), ignore_errors=True)
    path.unlink(missing_ok=True)
    file.close()


def _on_disk(call: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
    return asyncio.get_running_loop().run_in_executor(_WRITERS, call, *arguments)


async def _write(file: BinaryIO, pieces: list[bytes]) -> int:
    data = memoryview(b"".join(pieces))
    try:
        await _on_disk(_write_all, file, data)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ApiError("disk-full", "The server's disk is full; ask again later.", retry_after=60) from error
        raise
    return len(data)


def _write_all(file: BinaryIO, data: memoryview) -> None:
    while data:
        data = data[file.write(data) :]


@contextlib.contextmanager
def _readable(limit: int) -> Iterator[None]:
    try:
        yield
    except ParserLimitReached as error:
        if "segment size" in str(error).lower():
            raise ApiError("too-large", _too_large(limit)) from error
        raise ApiError("bad-request", f"The form cannot be read: {error}.") from error
    except MultipartError as error:
        raise ApiError("bad-request", f"The form cannot be read: {error}.") from error


def _too_large(limit: int) -> str:
    return f"The upload is larger than the {limit / 1e6:g} MB that this server takes."
