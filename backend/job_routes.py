"""A job by its id: how it stands, its events, its end, its results. An id is 128 bits: who knows it may see the job."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from litestar import HttpMethod, Request, Router, delete, get, route
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import ASGIApp

from backend.answer import Answer
from backend.api_docs import errors_of
from backend.archive import Archive, Member
from backend.content import Content
from backend.desk import Desk
from backend.disposition import attachment
from backend.errors import ApiError
from backend.events import EventStream, nothing_more
from shared.schema.jobs import Job

if TYPE_CHECKING:
    from backend.storage import StoredFile

__all__ = ["job_router"]

_ID: Final = re.compile(r"[0-9a-z]{16,64}")
_NAME: Final = re.compile(r"[0-9a-z_-]{1,64}")
_EVENT: Final = re.compile(r"[0-9]{1,15}")
_ENDED: Final = ("done", "failed", "cancelled", "expired")
_METHODS: Final = [HttpMethod.GET, HttpMethod.HEAD]
#: Results never change, and nobody else's cache may keep them; they are asked for again, since they expire.
_PRIVATE: Final = "private, no-cache"
_READ_BYTES: Final = 512 * 1024
_ENDED_STREAM: Final = {204: ResponseSpec(None, generate_examples=False, description="Nothing more will come.")}
_PARTS: Final = {
    206: ResponseSpec(None, generate_examples=False, description="The part that `Range` asks for."),
    304: ResponseSpec(None, generate_examples=False, description="It is what `If-None-Match` names."),
    416: ResponseSpec(None, generate_examples=False, description="There is no such part."),
}
_GONE: Final = "There is no such job here, or it has expired."


def job_router(desk: Desk) -> Router:
    """The routes of one job."""

    @get(
        "/{job_id:str}",
        summary="How a job stands",
        responses=errors_of("unauthorized", "forbidden", "not-found", "unavailable"),
    )
    async def job(request: Request[Any, Any, Any], job_id: FromPath[str]) -> Job:
        """How the job stands now."""
        desk.client(request)
        return await _job(desk, job_id)

    @get(
        "/{job_id:str}/events",
        summary="Follow a job",
        media_type="text/event-stream",
        responses={**_ENDED_STREAM, **errors_of("unauthorized", "forbidden", "not-found", "too-many", "unavailable")},
    )
    async def events(request: Request[Any, Any, Any], job_id: FromPath[str]) -> ASGIApp:
        """Server-sent events: each is a Job as JSON, with an id that only grows.

        `Last-Event-ID` goes on after that event. The stream ends with the job; to who then asks again, 204 says that
        nothing more will come.
        """
        client = desk.client(request)
        found = await _job(desk, job_id)
        after = _last_event(request)
        stream = desk.jobs().watch(job_id, after)
        if found.state in _ENDED and after is not None:
            first = await anext(stream, None)
            if first is None:
                return nothing_more
            stream = _with_first(first, stream)
        return EventStream(stream, desk, client)

    @delete(
        "/{job_id:str}",
        status_code=200,
        summary="Cancel a job, or remove its results",
        responses=errors_of("unauthorized", "forbidden", "not-found", "unavailable"),
    )
    async def cancel(request: Request[Any, Any, Any], job_id: FromPath[str]) -> Job:
        """Cancel a job that is not done; remove the results of one that is."""
        desk.client(request)
        await _job(desk, job_id)
        cancelled = await desk.jobs().cancel(job_id)
        if cancelled is None:
            raise ApiError("not-found", _GONE)
        return cancelled

    @route(
        "/{job_id:str}/results/{name:str}",
        http_method=_METHODS,
        summary="A finished file",
        media_type="application/octet-stream",
        responses={**_PARTS, **errors_of("unauthorized", "forbidden", "not-found", "unavailable")},
    )
    async def result(request: Request[Any, Any, Any], job_id: FromPath[str], name: FromPath[str]) -> ASGIApp:
        """A stem by its name, whole or a byte range of it; `zip` is all of them in one file, whole."""
        desk.client(request)
        found = await _job(desk, job_id)
        if name == "zip":
            return Answer(await _zip(desk, found))
        return Answer(_content(found, name, await _stored(desk, job_id, name)))

    @route(
        "/{job_id:str}/results/{name:str}/peaks",
        http_method=_METHODS,
        summary="The waveform of a finished file",
        media_type="application/octet-stream",
        responses={**_PARTS, **errors_of("unauthorized", "forbidden", "not-found", "unavailable")},
    )
    async def peaks(request: Request[Any, Any, Any], job_id: FromPath[str], name: FromPath[str]) -> ASGIApp:
        """Least and greatest sample of each stretch of the file, as `shared.spectrum.peaks` writes them."""
        desk.client(request)
        found = await _job(desk, job_id)
        return Answer(_content(found, f"{name}-peaks", await _stored(desk, job_id, name, peaks=True)))

    return Router("/api/jobs", route_handlers=[job, events, cancel, result, peaks], tags=["jobs"])


async def _job(desk: Desk, job_id: str) -> Job:
    jobs = desk.jobs()
    found = await jobs.get(job_id) if _ID.fullmatch(job_id) else None
    if found is None:
        raise ApiError("not-found", _GONE)
    return found


async def _stored(desk: Desk, job_id: str, name: str, *, peaks: bool = False) -> StoredFile:
    stored = await desk.jobs().open_result(job_id, name, peaks=peaks) if _NAME.fullmatch(name) else None
    if stored is None:
        raise ApiError("not-found", "The job has no such file, or it has expired.")
    return stored


async def _zip(desk: Desk, job: Job) -> Content:
    files = [await _stored(desk, job.id, one.name) for one in job.results if one.name != "zip"]
    if not files:
        raise ApiError("not-found", "The job has no files, or they have expired.")
    archive = Archive(tuple(Member(one.file_name, one.bytes, one.read) for one in files))
    title = next((one.file_name for one in job.results if one.name == "zip"), "stems.zip")
    headers = (("content-disposition", attachment(title)),)
    return Content("application/zip", f"{job.id}-zip", _PRIVATE, archive, ranges=False, headers=headers)


def _content(job: Job, name: str, stored: StoredFile) -> Content:
    headers = (("content-disposition", attachment(stored.file_name)),)
    return Content(stored.media_type, f"{job.id}-{name}", _PRIVATE, _Stored(stored), headers=headers)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A stored file as the body of an answer."""

    file: StoredFile

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.file.bytes

    async def read(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `stop`, in chunks."""
        for position in range(start, stop, _READ_BYTES):
            yield await self.file.read(position, min(position + _READ_BYTES, stop))


def _last_event(request: Request[Any, Any, Any]) -> int | None:
    # EventSource sends the header; the parameter is for who opens a new one.
    text = request.headers.get("last-event-id") or str(request.query_params.get("after", ""))
    return int(text) if _EVENT.fullmatch(text) else None


async def _with_first(first: tuple[int, Job], rest: Any) -> Any:
    yield first
    async for event in rest:
        yield event
