"""The headers of every answer, also of those that say 404: security, and what a cache may do."""

from __future__ import annotations

from typing import Final

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

__all__ = ["CONTENT_SECURITY_POLICY", "SECURITY_HEADERS", "complete_headers"]

# A worker takes its policy from its own response, so this one holds for page, engine worker and service worker.
# 'wasm-unsafe-eval' allows compiling WebAssembly (Pyodide, ONNX Runtime, FFmpeg) and no JavaScript from text.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

_DENIED_FEATURES: Final = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi",
    "payment", "publickey-credentials-get", "usb",
)  # fmt: skip

SECURITY_HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    # These two make the page cross-origin isolated: SharedArrayBuffer, threads, precise clocks.
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": ", ".join(f"{feature}=()" for feature in _DENIED_FEATURES),
}


async def complete_headers(message: Message, scope: Scope) -> None:
    """Litestar `before_send` hook: it sees every answer, whichever handler or error made it.

    An answer that says nothing of caches is for now only: an error, the API.
    """
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in SECURITY_HEADERS.items():
            headers[name] = value
        headers.setdefault("cache-control", "no-store")
