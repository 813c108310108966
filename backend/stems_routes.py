"""`POST /api/stems`: a song and what to do with it, refused as early as can be, else a job."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from litestar import Request, Response, Router, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import Receive

from backend.api_docs import SubmitOperation, errors_of
from backend.desk import Desk
from backend.errors import ApiError
from backend.gpu.probing import probe
from backend.leaving import while_there
from backend.options import check_options, name_after_file, read_options
from backend.storage import StoredUpload, uploads_folder
from backend.upload import Form, declared_length, request_body, scratch_file
from shared.errors import AudioError
from shared.schema.jobs import Job, StemsOptions

if TYPE_CHECKING:
    from backend.jobs import Jobs

__all__ = ["stems_router"]

#: Idempotency-Key: visible ASCII, as a UUID or any other token has it (draft-ietf-httpapi-idempotency-key-header).
_KEY: Final = re.compile(r"[!-~]{1,200}")

_ERRORS: Final = errors_of(
    "unauthorized", "forbidden", "too-slow", "length-required", "too-large", "not-audio", "invalid",
    "queue-full", "unavailable", "disk-full",
)  # fmt: skip

_KNOWN: Final = ResponseSpec(Job, generate_examples=False, description="The job that this Idempotency-Key has made.")


def stems_router(desk: Desk) -> Router:
    """The route that takes songs."""

    @post(
        "/api/stems",
        status_code=202,
        summary="Take a song apart",
        tags=["jobs"],
        operation_class=SubmitOperation,
        responses={200: _KNOWN, **_ERRORS},
    )
    async def submit(request: Request[Any, Any, Any]) -> Response[Job]:
        """Take a song and queue its separation.

        The body is multipart/form-data: first the part `options` (StemsOptions as JSON), then the part `file`. What
        can be refused is refused before the file is read. With an `Idempotency-Key` the same request can be sent
        again: it answers 200 and the job that there is.
        """
        client = desk.client(request)
        key = _idempotency_key(request)
        jobs = desk.jobs()
        if key is not None and (known := await jobs.find(client, key)) is not None:
            return Response(known, status_code=200, headers=_location(known))
        desk.rate.take(client)
        length = declared_length(request.headers, limit=desk.settings.limits.upload_bytes)
        async with desk.stoppable():
            with desk.uploads.hold(client), desk.space(length):
                await jobs.admit(client)
                job, new = await _Submission(desk, jobs, client, key).receive(request, length)
        return Response(job, status_code=202 if new else 200, headers=_location(job))

    return Router("/", route_handlers=[submit])


class _Submission:
    """One upload on its way to being a job."""

    def __init__(self, desk: Desk, jobs: Jobs, client: str, key: str | None) -> None:
        self._desk = desk
        self._jobs = jobs
        self._client = client
        self._key = key

    async def receive(self, request: Request[Any, Any, Any], length: int) -> tuple[Job, bool]:
        """Read the form and submit it; the file is gone afterwards, unless the jobs have taken it."""
        form = Form(
            request.headers.get("content-type", ""),
            request_body(request.receive, self._desk.turns, stall_seconds=self._desk.settings.stall_seconds),
            length=length,
            limit=self._desk.settings.limits.upload_bytes,
        )
        options = read_options(await form.options())
        check_options(options, await self._desk.capabilities())
        async with scratch_file(uploads_folder(self._desk.settings)) as (path, file):
            size = await form.save(file)
            self._desk.metrics.uploaded(size)
            accepted = self._accept(path, size, name_after_file(options, form.file_name))
            # With a key the client can ask for the job, so it is made whether somebody waits for the answer or not.
            return await (accepted if self._key is not None else self._while_there(request.receive, accepted))

    async def _accept(self, path: Path, size: int, options: StemsOptions) -> tuple[Job, bool]:
        seconds = await self._check(path)
        source = StoredUpload(path, size, seconds)
        return await self._jobs.submit_stems(client=self._client, key=self._key, options=options, source=source)

    async def _while_there(self, receive: Receive, accepted: Coroutine[Any, Any, tuple[Job, bool]]) -> tuple[Job, bool]:
        """The job, if its client is there until it is made: else nobody would know of it, and it is none."""
        made: list[tuple[Job, bool]] = []

        async def accept() -> None:
            made.append(await accepted)

        if await while_there(receive, accept()):
            return made[0]
        for job, _ in made:
            await self._jobs.cancel(job.id)
        raise ApiError("bad-request", "The client left before it could be told its job, so there is none.")

    async def _check(self, path: Path) -> float | None:
        """Length of the song; raises `ApiError` 415 and 422."""
        async with self._desk.probes:
            try:
                found = await probe(path)
            except AudioError as error:
                raise ApiError("not-audio", str(error)) from error
        most = self._desk.settings.limits.audio_seconds
        if found.seconds is not None and found.seconds > most:
            size, unit = (60, "minutes") if most >= 120 else (1, "seconds")
            said = f"The song has {found.seconds / size:.0f} {unit}; this server takes {most / size:.0f}."
            raise ApiError("invalid", said)
        if found.seconds == 0:
            raise ApiError("invalid", "The song is empty.")
        return found.seconds


def _idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise ApiError("bad-request", "Idempotency-Key: expected 1 to 200 visible ASCII characters.")
    return key


def _location(job: Job) -> dict[str, str]:
    return {"location": f"/api/jobs/{job.id}"}
