"""What is said when something cannot be done: JSON below `/api` (`ErrorBody`), one plain sentence elsewhere.

An error has a word for programs and a sentence for people; each word has one HTTP status (RFC 9110; 429 is RFC 6585,
507 is RFC 4918).
"""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import quote

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from shared.errors import KeylightError
from shared.schema.jobs import ErrorBody

__all__ = ["ERRORS", "ApiError", "ErrorWord", "answer_http_error", "answer_mistake", "answer_refusal", "is_api"]

_LOG: Final = logging.getLogger(__name__)

ErrorWord = Literal[
    "bad-request", "unauthorized", "forbidden", "not-found", "method-not-allowed", "too-slow", "conflict",
    "length-required", "too-large", "not-audio", "invalid", "queue-full", "too-many", "mistake", "unavailable",
    "disk-full",
]  # fmt: skip

#: Status of each word, and when it is said.
ERRORS: Final[dict[ErrorWord, tuple[int, str]]] = {
    "bad-request": (400, "The request cannot be read, or it broke off."),
    "unauthorized": (401, "This server wants a token, and none or another one was sent."),
    "forbidden": (403, "A page of another site asks, or one by a name that is not this server's."),
    "not-found": (404, "There is no such job or file, or it has expired."),
    "method-not-allowed": (405, "The address knows other methods."),
    "too-slow": (408, "The upload stood still for too long."),
    "conflict": (409, "The job is not in a state that allows this."),
    "length-required": (411, "An upload has to say its length in `Content-Length`."),
    "too-large": (413, "The upload is larger than this server takes."),
    "not-audio": (415, "The file could not be decoded as audio, or the body is no multipart form."),
    "invalid": (422, "The options are not right, or the audio is empty or too long."),
    "queue-full": (429, "The queue is full; `Retry-After` says when to ask again."),
    "too-many": (429, "This client asks too often or has too many jobs; `Retry-After` says when to ask again."),
    "mistake": (500, "The server made a mistake; its terminal says more."),
    "unavailable": (503, "Jobs or their model are not ready; the sentence says why and what to do."),
    "disk-full": (507, "The server's disk is too full for another job."),
}

_WORD_OF_STATUS: Final[dict[int, ErrorWord]] = {status: word for word, (status, _) in reversed(ERRORS.items())}

# By name: to import them would be to import the job engine, which the page is not to wait for.
_REFUSALS: Final[dict[str, ErrorWord]] = {
    "QueueFull": "queue-full",
    "ClientBusy": "too-many",
    "JobsUnavailable": "unavailable",
    "StorageFull": "disk-full",
}


class ApiError(HTTPException):
    """An answer that says no: `word` for programs, `sentence` for people, and when to ask again in seconds."""

    def __init__(
        self,
        word: ErrorWord,
        sentence: str,
        *,
        retry_after: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        retry = {} if retry_after is None else {"retry-after": str(max(1, math.ceil(retry_after)))}
        super().__init__(detail=sentence, status_code=ERRORS[word][0], headers={**(headers or {}), **retry})
        self.word = word


def is_api(path: str) -> bool:
    """Whether an address belongs to the API.

    >>> is_api("/api"), is_api("/api/jobs/1"), is_api("/apiary"), is_api("/")
    (True, True, False, False)
    """
    return path == "/api" or path.startswith("/api/")


def answer_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Every error that a handler or the router raised on purpose."""
    if isinstance(error, ApiError):
        return _answer(request, error.word, error.detail, error.headers)
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer_mistake(request, error)
    # Not request.url: it is made with the Host header, and a port that is none makes it raise.
    path = quote(request.scope["path"], errors="replace")
    sentences = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {path}. Keylight starts at /.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible at {path}.",
    }
    sentence = sentences.get(HTTPStatus(error.status_code), error.detail)
    word = _WORD_OF_STATUS.get(error.status_code, "bad-request")
    return _answer(request, word, sentence, error.headers, status=error.status_code)


def answer_refusal(request: Request[Any, Any, Any], error: KeylightError) -> Response[Any]:
    """What the jobs say no to, with the time after which to ask again; any other such error is our mistake."""
    word = _REFUSALS.get(type(error).__name__)
    if word is None:
        return answer_mistake(request, error)
    return answer_http_error(request, ApiError(word, str(error), retry_after=getattr(error, "retry_after", None)))


def answer_mistake(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The person gets a sentence, the terminal the traceback."""
    _LOG.error("A request could not be answered.", exc_info=error)
    return _answer(request, "mistake", "Keylight made a mistake and could not answer; its terminal says more.")


def _answer(
    request: Request[Any, Any, Any],
    word: ErrorWord,
    sentence: str,
    headers: dict[str, str] | None = None,
    *,
    status: int | None = None,
) -> Response[Any]:
    status = status or ERRORS[word][0]
    if is_api(request.scope["path"]):
        return Response(ErrorBody(word, sentence), status_code=status, media_type=MediaType.JSON, headers=headers)
    return Response(sentence + "\n", status_code=status, media_type=MediaType.TEXT, headers=headers)
