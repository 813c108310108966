"""What the server says about itself: health, capabilities, metrics; and the session that stands for a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from litestar import Request, Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec

from backend.api_docs import errors_of
from backend.desk import Desk
from backend.errors import ApiError
from backend.metrics import METRICS_TYPE
from backend.tokens import COOKIE
from shared.schema.jobs import Capabilities, Health

__all__ = ["status_router"]

_NOTHING: Final = ResponseSpec(None, generate_examples=False, description="Done; the answer has no body.")


def status_router(desk: Desk, build: Callable[[], str]) -> Router:
    """The routes. `build` tells the name of the page's newest build."""

    @get("/api/health", summary="How the server is", responses=errors_of())
    async def health() -> Health:
        """Say that the server answers, and how its parts are. Needs no token."""
        return await desk.health(build())

    @get(
        "/api/capabilities",
        summary="What can be done here",
        responses=errors_of("unauthorized", "forbidden", "unavailable"),
    )
    async def capabilities(request: Request[Any, Any, Any]) -> Capabilities:
        """Models, devices, limits and the queue; ask before uploading."""
        desk.client(request)
        return await desk.capabilities()

    @get(
        "/api/metrics",
        summary="Figures for Prometheus",
        media_type=METRICS_TYPE,
        responses=errors_of("unauthorized", "forbidden"),
    )
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Requests, uploads, queue and workers in Prometheus' text format."""
        desk.client(request)
        try:
            queue = await desk.jobs().queue()
        except ApiError:
            queue = None
        text = desk.metrics.text(
            health=await desk.health(build()), queue=queue, uploads=desk.uploads.count, streams=desk.streams.count
        )
        return Response(text, media_type=METRICS_TYPE)

    @post(
        "/api/session",
        status_code=204,
        summary="Turn a token into a cookie",
        responses={204: _NOTHING, **errors_of("unauthorized", "forbidden")},
    )
    async def session(request: Request[Any, Any, Any]) -> Response[None]:
        """For what cannot send an Authorization header: event streams and downloads."""
        cookie = desk.tokens.cookie(request.headers, secure=request.scope["scheme"] == "https")
        return Response(None, status_code=204, headers={"set-cookie": cookie})

    @delete(
        "/api/session",
        status_code=204,
        summary="End a session",
        responses={204: _NOTHING, **errors_of("unauthorized", "forbidden")},
    )
    async def end_session(request: Request[Any, Any, Any]) -> Response[None]:
        """Forget the cookie."""
        desk.client(request)
        gone = f"{COOKIE}=; Path=/api; HttpOnly; SameSite=Strict; Max-Age=0"
        return Response(None, status_code=204, headers={"set-cookie": gone})

    return Router("/", route_handlers=[health, capabilities, metrics, session, end_session], tags=["server"])
