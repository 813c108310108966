"""One line of JSON for each request to the API: what was asked by its pattern, never by names, addresses or content."""

from __future__ import annotations

import logging
import sys
import time
from typing import Final

import msgspec

__all__ = ["RequestLine", "log_request", "log_to_stderr"]

_LOG: Final = logging.getLogger("keylight.requests")

#: Characters of a job's id in a line: enough to find it again, too few to open it.
_JOB_DIGITS: Final = 8


class RequestLine(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """A request that was answered. time: seconds since 1970; route: the pattern; ms: until the last byte went out.

    status 499 is nginx's word for a client that left before its answer.
    """

    time: float
    method: str
    route: str
    status: int
    ms: float
    received: int = 0
    sent: int = 0
    request: str = ""
    job: str = ""

    @classmethod
    def at_now(
        cls, *, method: str, route: str, status: int, seconds: float, received: int, sent: int, request: str, job: str
    ) -> RequestLine:
        """The line of a request that has just ended; of the job's id only the beginning is kept."""
        return cls(
            time=round(time.time(), 3),
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            received=received,
            sent=sent,
            request=request,
            job=job[:_JOB_DIGITS],
        )


def log_request(line: RequestLine) -> None:
    """Write the line where `log_to_stderr` or the host program put it."""
    if _LOG.isEnabledFor(logging.INFO):
        _LOG.info(msgspec.json.encode(line).decode())


def log_to_stderr() -> None:
    """Let lines of requests go to the terminal as they are."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOG.handlers = [handler]
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False
