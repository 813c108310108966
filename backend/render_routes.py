"""`POST /api/renders`: a project, its song and its media, checked by painting one picture of it, else a job."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, Router, post
from litestar.openapi.datastructures import ResponseSpec

from backend.api_docs import RenderOperation, errors_of
from backend.desk import Desk
from backend.errors import ApiError
from backend.gpu.film_host import check_film
from backend.gpu.film_tasks import RAW_PROJECT
from backend.options import name_film, read_render_job
from backend.orders import RenderRequest
from backend.storage import uploads_folder
from backend.submission import Submission, answer_job
from backend.upload import Form, scratch_folder
from shared.errors import KeylightError
from shared.schema.jobs import Job, RenderJob

__all__ = ["render_router"]

_ERRORS: Final = errors_of(
    "unauthorized", "forbidden", "too-slow", "length-required", "too-large", "invalid",
    "queue-full", "unavailable", "disk-full",
)  # fmt: skip
_KNOWN: Final = ResponseSpec(Job, generate_examples=False, description="The job that this Idempotency-Key has made.")
_MEDIUM: Final = re.compile(r"medium-[0-9]{3}")
#: Names of the parts' files in the job's folder.
_FILES: Final = {"project": RAW_PROJECT, "features": "features.klf", "file": "source"}
#: Options, project, features, song, and as many media as a project may have.
_PARTS: Final = 204
_PROJECT_BYTES: Final = 16_000_000


def render_router(desk: Desk) -> Router:
    """The route that takes videos."""

    @post(
        "/api/renders",
        status_code=202,
        summary="Render a video",
        tags=["jobs"],
        operation_class=RenderOperation,
        responses={200: _KNOWN, **_ERRORS},
    )
    async def submit(request: Request[Any, Any, Any]) -> Response[Job]:
        """Take a video project and queue its rendering.

        The body is multipart/form-data, its parts in this order: `options` (RenderJob as JSON), `project` (the project
        as JSON), `features` (the song for pictures, as the page has it; may be missing), `medium-000` and so on (the
        file of the project's medium at that place), `file` (the song; may be missing for a film without sound).
        """
        return await answer_job(desk, request, _receive)

    return Router("/", route_handlers=[submit])


async def _receive(submission: Submission) -> tuple[Job, bool]:
    desk = submission.desk
    form = submission.form(parts=_PARTS)
    job = read_render_job(await form.options())
    capabilities = await desk.capabilities()
    if not capabilities.rendering:
        said = capabilities.rendering_reason or "This server renders no videos."
        raise ApiError("unavailable", said, retry_after=60)
    async with scratch_folder(uploads_folder(desk.settings)) as folder:
        size, song = await _save(form, folder)
        desk.metrics.uploaded(size)
        return await submission.accept(_accept(submission, folder, job, size, song))


async def _save(form: Form, folder: Path) -> tuple[int, str]:
    """Write all parts; their bytes, and the name of the song's file."""
    size, song = 0, ""
    while (part := await form.part()) is not None:
        name, file_name = part
        path = folder / (name if _MEDIUM.fullmatch(name) else _FILES.get(name, ""))
        if path == folder:
            expected = "project, features, medium-000 and so on, file"
            raise ApiError("bad-request", f"Expected one of the parts {expected}; got {name[:80]!r}.")
        if path.exists():
            raise ApiError("bad-request", f"The part {name!r} comes twice.")
        with path.open("wb", buffering=0) as file:
            size += await form.store(file)
        if name == "project" and path.stat().st_size > _PROJECT_BYTES:
            raise ApiError("invalid", f"The project has more than {_PROJECT_BYTES / 1e6:g} MB.")
        if name == "file":
            song = file_name
    if not (folder / RAW_PROJECT).is_file():
        raise ApiError("bad-request", "Expected the part 'project' of the form, got none.")
    return size, song


async def _accept(submission: Submission, folder: Path, job: RenderJob, size: int, song: str) -> tuple[Job, bool]:
    desk = submission.desk
    async with desk.probes:
        try:
            checked = await check_film(folder, job, most_seconds=desk.settings.limits.audio_seconds)
        except KeylightError as error:
            raise ApiError("invalid", str(error)) from error
    request = RenderRequest(
        submission.client, name_film(checked.job, song), checked.seconds, checked.looks, sent=size, notes=checked.notes
    )
    files = {path.name: path for path in sorted(folder.iterdir())}
    return await submission.jobs.submit(key=submission.key, request=request, files=files)
