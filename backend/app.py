"""The application: all routes, the headers of every answer, and what is around every request."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig

from backend.api_page import docs_router
from backend.desk import Desk
from backend.errors import answer_http_error, answer_mistake, answer_refusal
from backend.headers import complete_headers
from backend.job_routes import job_router
from backend.observe import Observed
from backend.render_routes import render_router
from backend.settings import Settings
from backend.site import Site, site_router
from backend.status_routes import status_router
from backend.stems_routes import stems_router
from shared.errors import KeylightError

__all__ = ["create_app"]

#: What a page of another origin may read of an answer beside its body.
_EXPOSED = ["content-disposition", "content-range", "etag", "location", "retry-after", "x-request-id"]


def create_app(site: Site | None = None, settings: Settings | None = None) -> Litestar:
    """The whole server. Raises `AssetError` when the asset lock cannot be read.

    The page is served whatever becomes of the jobs, which are opened when the server starts; without settings there
    are none.
    """
    served = site or Site()
    desk = Desk(settings)
    app = Litestar(
        route_handlers=[site_router(served), docs_router(lambda: _document(desk, served)), *_api(desk, served)],
        before_send=[complete_headers],
        cors_config=_cors(desk.settings),
        exception_handlers={
            HTTPException: answer_http_error,
            KeylightError: answer_refusal,
            Exception: answer_mistake,
        },
        lifespan=[lambda _: desk.open()],
        # Made apart, when asked for: Litestar would answer what is not there in HTML.
        openapi_config=None,
    )
    # Outside of routing, so that what is not there is seen too; the router's pattern is in the scope afterwards.
    app.asgi_handler = Observed(app.asgi_handler, desk.metrics)
    app.state.desk = desk
    return app


def _api(desk: Desk, site: Site) -> list[Router]:
    return [status_router(desk, lambda: site.newest().name), stems_router(desk), render_router(desk), job_router(desk)]


def _document(desk: Desk, site: Site) -> dict[str, Any]:
    """The OpenAPI document."""
    config = OpenAPIConfig(title="Keylight", version="1", use_handler_docstrings=True)
    return Litestar(route_handlers=_api(desk, site), openapi_config=config).openapi_schema.to_schema()


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.origin_list:
        return None
    # No cookies: the session's never leaves this site; a page elsewhere sends its token as a header.
    return CORSConfig(
        allow_origins=list(settings.origin_list),
        allow_methods=["GET", "HEAD", "POST", "DELETE"],
        allow_headers=["authorization", "content-type", "idempotency-key", "last-event-id", "range"],
        expose_headers=_EXPOSED,
    )
