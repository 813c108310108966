"""What all routes that take jobs do: know a request that comes again, count it, hold its place, and tell its job."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from litestar import Request, Response

from backend.desk import Desk
from backend.errors import ApiError
from backend.leaving import while_there
from backend.upload import Form, declared_length, request_body
from shared.schema.jobs import Job

if TYPE_CHECKING:
    from backend.jobs import Jobs

__all__ = ["Submission", "answer_job", "submitted"]

#: Idempotency-Key: visible ASCII, as a UUID or any other token has it (draft-ietf-httpapi-idempotency-key-header).
_KEY: Final = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True)
class Submission:
    """One upload on its way to being a job."""

    desk: Desk
    jobs: Jobs
    client: str
    key: str | None
    request: Request[Any, Any, Any]
    length: int

    def form(self, *, parts: int = 2) -> Form:
        """The body, to be read once."""
        return Form(
            self.request.headers.get("content-type", ""),
            request_body(self.request.receive, self.desk.turns, stall_seconds=self.desk.settings.stall_seconds),
            length=self.length,
            limit=self.desk.settings.limits.upload_bytes,
            parts=parts,
        )

    async def accept(self, accepted: Coroutine[Any, Any, tuple[Job, bool]]) -> tuple[Job, bool]:
        """The job that comes of it, and whether it is a new one.

        With a key the client can ask for the job, so it is made whether somebody waits for the answer or not. Without
        one there is none if the client leaves before: nobody would know of it.
        """
        if self.key is not None:
            return await accepted
        made: list[tuple[Job, bool]] = []

        async def accept() -> None:
            made.append(await accepted)

        if await while_there(self.request.receive, accept()):
            return made[0]
        for job, _ in made:
            await self.jobs.cancel(job.id)
        raise ApiError("bad-request", "The client left before it could be told its job, so there is none.")


async def answer_job(
    desk: Desk,
    request: Request[Any, Any, Any],
    receive: Callable[[Submission], Awaitable[tuple[Job, bool]]],
) -> Response[Job]:
    """The answer to a request that is to become a job by `receive`."""
    client = desk.client(request)
    key = _idempotency_key(request)
    jobs = desk.jobs()
    if key is not None and (known := await jobs.find(client, key)) is not None:
        return submitted(known, new=False)
    desk.rate.take(client)
    length = declared_length(request.headers, limit=desk.settings.limits.upload_bytes)
    async with _held(desk, client, length):
        await jobs.admit(client)
        job, new = await receive(Submission(desk, jobs, client, key, request, length))
    return submitted(job, new=new)


@contextlib.asynccontextmanager
async def _held(desk: Desk, client: str, length: int) -> AsyncIterator[None]:
    async with desk.stoppable():
        with desk.uploads.hold(client), desk.space(length):
            yield


def submitted(job: Job, *, new: bool) -> Response[Job]:
    """202 for a new job, 200 for one that was there."""
    return Response(job, status_code=202 if new else 200, headers={"location": f"/api/jobs/{job.id}"})


def _idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise ApiError("bad-request", "Idempotency-Key: expected 1 to 200 visible ASCII characters.")
    return key
