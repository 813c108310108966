"""Which pages may change something here: ours, and those of the origins that are set.

A browser says where a request comes from: `Sec-Fetch-Site` on trustworthy addresses (Fetch Metadata), and `Origin` with
each POST and DELETE (Fetch, section 3.2). A program that is no browser says neither, and cannot be misled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from backend.errors import ApiError

__all__ = ["check_origin"]

_OWN_SITES: Final = ("same-origin", "none")


def check_origin(headers: Mapping[str, str], *, allowed: tuple[str, ...]) -> None:
    """Raise `ApiError` 403 when the page of another site made this request.

    >>> check_origin({"origin": "http://keylight.test", "host": "keylight.test"}, allowed=())
    >>> check_origin({"origin": "https://evil.test", "host": "keylight.test"}, allowed=())
    Traceback (most recent call last):
    backend.errors.ApiError: 403: Pages of https://evil.test may not use this server; KEYLIGHT_ORIGINS can allow them.
    """
    origin = headers.get("origin", "")
    site = headers.get("sec-fetch-site", "")
    if origin and origin in allowed:
        return
    if site in _OWN_SITES or (not site and (not origin or _host(origin) == headers.get("host"))):
        return
    who = origin or "another site"
    raise ApiError("forbidden", f"Pages of {who[:200]} may not use this server; KEYLIGHT_ORIGINS can allow them.")


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
