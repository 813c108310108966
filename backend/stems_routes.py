"""`POST /api/stems`: a song and what to do with it, refused as early as can be, else a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, Router, post
from litestar.openapi.datastructures import ResponseSpec

from backend.api_docs import SubmitOperation, errors_of
from backend.desk import Desk
from backend.errors import ApiError
from backend.gpu.probing import probe
from backend.options import check_options, name_after_file, read_options
from backend.orders import StemsRequest
from backend.storage import uploads_folder
from backend.submission import Submission, answer_job
from backend.upload import scratch_file
from shared.errors import AudioError
from shared.schema.jobs import Job, StemsOptions

__all__ = ["stems_router"]

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
        return await answer_job(desk, request, _receive)

    return Router("/", route_handlers=[submit])


async def _receive(submission: Submission) -> tuple[Job, bool]:
    """Read the form and submit it; the file is gone afterwards, unless the jobs have taken it."""
    desk = submission.desk
    form = submission.form()
    options = read_options(await form.options())
    check_options(options, await desk.capabilities())
    async with scratch_file(uploads_folder(desk.settings)) as (path, file):
        size = await form.save(file)
        desk.metrics.uploaded(size)
        named = name_after_file(options, form.file_name)
        return await submission.accept(_accept(submission, path, named))


async def _accept(submission: Submission, path: Path, options: StemsOptions) -> tuple[Job, bool]:
    seconds = await _check(submission.desk, path)
    request = StemsRequest(submission.client, options, seconds)
    return await submission.jobs.submit(key=submission.key, request=request, files={"source": path})


async def _check(desk: Desk, path: Path) -> float | None:
    """Length of the song; raises `ApiError` 415 and 422."""
    async with desk.probes:
        try:
            found = await probe(path)
        except AudioError as error:
            raise ApiError("not-audio", str(error)) from error
    most = desk.settings.limits.audio_seconds
    if found.seconds is not None and found.seconds > most:
        size, unit = (60, "minutes") if most >= 120 else (1, "seconds")
        said = f"The song has {found.seconds / size:.0f} {unit}; this server takes {most / size:.0f}."
        raise ApiError("invalid", said)
    if found.seconds == 0:
        raise ApiError("invalid", "The song is empty.")
    return found.seconds
