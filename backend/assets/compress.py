"""Brotli siblings: `file.br` beside a file, where it saves enough to matter."""

from __future__ import annotations

from typing import Final

import brotli

__all__ = ["BROTLI_VERSION", "brotli_or_none"]

#: Grows when the choice below changes, so that old siblings are made again.
BROTLI_VERSION: Final = 4

_SUFFIXES: Final = (".js", ".mjs", ".wasm", ".json", ".zip", ".whl", ".css", ".html", ".svg", ".onnx", ".ttf", ".otf")
_LEAST_GAIN: Final = 0.05
# On 32 MB, quality 11 takes minutes, 9 takes 25 s, 6 takes 1.8 s and is 2.5 % larger than 9: a person waits for
# this at the first start, while a shell's own small files are packed well in no time.
_SMALL_BYTES: Final = 256 * 1024
_QUALITY_SMALL: Final = 11
_QUALITY_BIG: Final = 6


def brotli_or_none(name: str, content: bytes) -> bytes | None:
    """Brotli of `content`, or None where its kind is packed already or less than 5 % is saved.

    >>> brotli_or_none("a.png", bytes(1000)) is None
    True
    >>> len(brotli_or_none("a.js", b"a" * 1000)) < 20
    True
    """
    if not name.endswith(_SUFFIXES):
        return None
    packed: bytes = brotli.compress(
        content, quality=_QUALITY_SMALL if len(content) <= _SMALL_BYTES else _QUALITY_BIG, lgwin=24
    )
    return packed if len(packed) <= (1 - _LEAST_GAIN) * len(content) else None
