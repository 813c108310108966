"""The application: routes, headers and what is said when something is not there."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Litestar, MediaType, Request, Response, get
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from backend.headers import complete_headers
from backend.site import Site, site_router

__all__ = ["Health", "create_app"]

_LOG: Final = logging.getLogger(__name__)


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
        before_send=[complete_headers],
        exception_handlers={HTTPException: _say_what_is_wrong, Exception: _say_it_is_our_mistake},
        # Only the document: the usual viewers load scripts from elsewhere, and our policy forbids that.
        openapi_config=OpenAPIConfig(title="Keylight", version="1", path="/api", render_plugins=[JsonRenderPlugin()]),
    )


def _say_what_is_wrong(request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _say_it_is_our_mistake(request, error)
    # Not request.url: it is made with the Host header, and a port that is none makes it raise.
    path = quote(request.scope["path"], errors="replace")
    sentences = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {path}. Keylight starts at /.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible at {path}.",
    }
    sentence = sentences.get(HTTPStatus(error.status_code), error.detail)
    return _sentence(sentence, error.status_code, error.headers)


def _say_it_is_our_mistake(_: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """The person gets a sentence, the terminal the traceback."""
    _LOG.error("A request could not be answered.", exc_info=error)
    return _sentence("Keylight made a mistake and could not answer; its terminal says more.", 500)


def _sentence(sentence: str, status: int, headers: dict[str, str] | None = None) -> Response[str]:
    return Response(sentence + "\n", status_code=status, media_type=MediaType.TEXT, headers=headers)
