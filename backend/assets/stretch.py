"""Signalsmith Stretch's WebAssembly out of its npm package.

The package is one script that carries the module as base64 and starts its AudioWorklet from a `blob:` address, which
our policy (`worker-src 'self'`) forbids. The page has its own worklet (`web/js/mixer-worklet.js`) and needs only the
module: it imports four functions and exports `process`, `seek` and the like under the linker's one-letter names, which
`web/js/mixer-stretch.js` spells out.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Final

from backend.assets.lock import AssetError

__all__ = ["SCRIPT", "embedded_wasm", "stretch_wasm"]

SCRIPT: Final = "SignalsmithStretch.mjs"
_DATA_URL: Final = re.compile(rb"data:application/octet-stream;base64,([A-Za-z0-9+/=]{64,})")
_MAGIC: Final = b"\0asm\x01\0\0\0"  # WebAssembly core specification 1.0, section 5.5.15


def stretch_wasm(read: Callable[[str], bytes]) -> bytes:
    """The recipe: `read` gives a file of the package by its path."""
    return embedded_wasm(read(SCRIPT), where=SCRIPT)


def embedded_wasm(script: bytes, *, where: str) -> bytes:
    """The one WebAssembly module that a script carries as a data address; raises `AssetError` when there is not one.

    >>> module = _MAGIC + bytes(60)
    >>> script = b"x='data:application/octet-stream;base64," + base64.b64encode(module) + b"'"
    >>> embedded_wasm(script, where="a.mjs") == module
    True
    """
    found = _DATA_URL.findall(script)
    if len(found) != 1:
        raise AssetError(f"{where}: expected one WebAssembly module as base64, got {len(found)}")
    module = base64.b64decode(found[0])
    if not module.startswith(_MAGIC):
        raise AssetError(f"{where}: expected WebAssembly that begins with {_MAGIC!r}, got {module[:8]!r}")
    return module
