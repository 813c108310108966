"""Who asks: bearer tokens of private installs, the cookie in their place, and a name for a client without its address.

Without tokens everybody may ask. With tokens a request carries one in `Authorization: Bearer`, or, since an
EventSource and a download cannot send headers, the cookie that `POST /api/session` gives for it. The cookie is made
from the token with the server's secret, so it does not tell the token and ends with it.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final

from backend.errors import ApiError

__all__ = ["COOKIE", "Tokens"]

COOKIE: Final = "keylight-session"

#: Characters of a client's name: 96 bits, so that no two clients share one.
_NAME_DIGITS: Final = 24


class Tokens:
    """The tokens that are taken; none means that everybody is. `secret` keys all that is derived here."""

    def __init__(self, tokens: tuple[str, ...], secret: bytes) -> None:
        self._secret = secret
        self._tokens = tokens
        self._cookies = {self._digest("session", token): token for token in tokens}

    def client(self, headers: Mapping[str, str], address: str) -> str:
        """A name for who asks, the same every time; raises `ApiError` 401 without a right token.

        >>> tokens = Tokens(("open",), b"secret")
        >>> len(tokens.client({"authorization": "Bearer open"}, "::1"))
        24
        >>> tokens.client({}, "::1")
        Traceback (most recent call last):
        backend.errors.ApiError: 401: This server wants a token: send it as Authorization: Bearer, or POST /api/session.
        """
        if not self._tokens:
            return self._digest("address", _network(address))[:_NAME_DIGITS]
        token = self.bearer(headers) or self._of_cookie(headers.get("cookie", ""))
        if token is None:
            raise ApiError(
                "unauthorized",
                "This server wants a token: send it as Authorization: Bearer, or POST /api/session.",
                headers={"www-authenticate": 'Bearer realm="keylight"'},
            )
        return self._digest("token", token)[:_NAME_DIGITS]

    def bearer(self, headers: Mapping[str, str]) -> str | None:
        """The right token that the Authorization header carries, None when it carries none or another."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return self._known(given.strip()) if scheme.lower() == "bearer" else None

    def cookie(self, headers: Mapping[str, str], *, secure: bool) -> str:
        """`Set-Cookie` for the token that the Authorization header carries; raises `ApiError` 401."""
        token = self.bearer(headers)
        if token is None:
            self.client({}, "")  # says what is missing
            raise ApiError("bad-request", "This server wants no token.")
        flags = "; Path=/api; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")
        return f"{COOKIE}={self._digest('session', token)}{flags}"

    def _known(self, given: str) -> str | None:
        # All are compared, each in constant time, so that the time taken tells nothing.
        same = [token for token in self._tokens if hmac.compare_digest(token.encode(), given.encode())]
        return same[0] if same else None

    def _of_cookie(self, header: str) -> str | None:
        try:
            morsel = SimpleCookie(header).get(COOKIE)
        except CookieError:
            return None
        given = morsel.value.encode() if morsel else b""
        same = [token for cookie, token in self._cookies.items() if hmac.compare_digest(cookie.encode(), given)]
        return same[0] if same else None

    def _digest(self, purpose: str, text: str) -> str:
        return hmac.new(self._secret, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """The part of an address that a client cannot choose: of IPv6 the first 64 bits (RFC 4291, section 2.5.4).

    >>> _network("192.0.2.7"), _network("2001:db8::1:2:3"), _network("::ffff:192.0.2.7"), _network("")
    ('192.0.2.7', '2001:db8::', '192.0.2.7', '')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64))
