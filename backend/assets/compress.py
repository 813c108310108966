"""Brotli siblings: `file.br` beside a file, where it saves enough to matter."""

from __future__ import annotations

from typing import Final

import brotli

__all__ = ["BROTLI_VERSION", "brotli_or_none"]

#: Grows when the choice below changes, so that old siblings are made again.
BROTLI_VERSION: Final = 1

_SUFFIXES: Final = (".js", ".mjs", ".wasm", ".json", ".zip", ".whl", ".css", ".html", ".svg")
_LEAST_GAIN: Final = 0.05
# Quality 11 costs about 1.3 s per megabyte and saves 4-8 % over quality 9, at 0.15 s: not worth it for big files,
# which a person waits for once, at the first start.
_BEST_QUALITY_BYTES: Final = 256 * 1024


def brotli_or_none(name: str, content: bytes) -> bytes | None:
    """Brotli of `content`, or None where its kind is packed already or less than 5 % is saved.

    >>> brotli_or_none("a.png", bytes(1000)) is None
    True
    >>> len(brotli_or_none("a.js", b"a" * 1000)) < 20
    True
    """
    if not name.endswith(_SUFFIXES):
        return None
    packed: bytes = brotli.compress(content, quality=11 if len(content) <= _BEST_QUALITY_BYTES else 9, lgwin=24)
    return packed if len(packed) <= (1 - _LEAST_GAIN) * len(content) else None
