"""Which pages may change something here: ours, and those of the origins that are set.

A browser says where a request comes from: `Sec-Fetch-Site` on trustworthy addresses (Fetch Metadata), and `Origin` with
each POST and DELETE (Fetch, section 3.2). A program that is no browser says neither, and cannot be misled.

A page whose name is made to lead to this machine (DNS rebinding) is of the same origin to the browser; what gives it
away is that name, in `Host`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from backend.errors import ApiError

__all__ = ["check_host", "check_origin", "is_loopback"]

_OWN_SITES: Final = ("same-origin", "none")
#: A host and a port, RFC 9110, section 7.2.
_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]*)(?::[0-9]*)?")


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


def check_host(headers: Mapping[str, str], *, allowed: tuple[str, ...]) -> None:
    """Raise `ApiError` 403 when the request is for a name that is not this machine's own; `allowed` are origins.

    For a server that only this machine reaches and that wants no token. An address cannot be made to lead elsewhere,
    and names below `localhost` lead nowhere else (RFC 6761, section 6.3). Who names no host is no browser.

    >>> for host in ("127.0.0.1:8321", "[::1]:8321", "localhost", "music.test", ""):
    ...     check_host({"host": host}, allowed=("https://music.test",))
    >>> check_host({"host": "rebound.test:8321"}, allowed=())
    Traceback (most recent call last):
    backend.errors.ApiError: 403: This server does not know itself as rebound.test:8321. Open it as localhost, or, ...
    """
    host = headers.get("host", "")
    match = _HOST.fullmatch(host)
    name = (match.group(1) if match else host).lower().rstrip(".")
    if not name or name == "localhost" or name.endswith(".localhost") or _is_address(name.strip("[]")):
        return
    if name in {(_hostname(origin) or "").lower() for origin in allowed}:
        return
    raise ApiError(
        "forbidden",
        f"This server does not know itself as {host[:200]}. Open it as localhost, or, when it is behind a proxy of "
        + "that name, put the proxy's origin into KEYLIGHT_ORIGINS.",
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens at `host`.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    return host.lower() == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _hostname(origin: str) -> str | None:
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
