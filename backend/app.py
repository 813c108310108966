"""The application: routes, headers and what is said when something is not there."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, get
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from backend.headers import add_security_headers
from backend.site import Site, site_router

__all__ = ["Health", "create_app"]


class Health(msgspec.Struct, frozen=True):
    """The answer of `/api/health`: that the server answers, and with which build of the page."""

    status: str
    build: str


def create_app(site: Site | None = None) -> Litestar:
    """The whole server. Raises `AssetError` when the asset lock cannot be read."""
    served = site or Site()

    @get("/api/health")
    async def health() -> Health:
        """Say that the server answers."""
        return Health("ok", served.newest().name)

    return Litestar(
        route_handlers=[site_router(served), health],
        before_send=[add_security_headers],
        exception_handlers={HTTPException: _say_what_is_wrong},
        # Only the document: the usual viewers load scripts from elsewhere, and our policy forbids that.
        openapi_config=OpenAPIConfig(title="Keylight", version="1", path="/api", render_plugins=[JsonRenderPlugin()]),
    )


def _say_what_is_wrong(request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    sentences = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {request.url.path}. Keylight starts at /.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible at {request.url.path}.",
    }
    sentence = sentences.get(HTTPStatus(error.status_code), error.detail)
    headers = {**(error.headers or {}), "cache-control": "no-store"}
    return Response(sentence + "\n", status_code=error.status_code, media_type=MediaType.TEXT, headers=headers)
