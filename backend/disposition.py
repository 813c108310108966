"""`Content-Disposition` for a download with any name (RFC 6266, RFC 8187)."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import quote

__all__ = ["attachment"]

#: What RFC 8187 lets stand for itself beside letters and digits (attr-char).
_ATTR_CHARS: Final = "!#$&+-.^_`|~"


def attachment(file_name: str) -> str:
    r"""The header's value: an ASCII name for old clients, and the true one in UTF-8 where they differ.

    >>> attachment("vocals.flac")
    'attachment; filename="vocals.flac"'
    >>> attachment('Café "déjà".flac')
    'attachment; filename="Cafe _deja_.flac"; filename*=UTF-8\'\'Caf%C3%A9%20%22d%C3%A9j%C3%A0%22.flac'
    >>> attachment("\N{FULLWIDTH SOLIDUS}x\N{FULLWIDTH REVERSE SOLIDUS}").partition(";")[2].partition(";")[0]
    ' filename="_x_"'
    """
    # A path is none of a name's business: what comes before the last separator is dropped.
    name = file_name.replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cs")) or "download"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    # Also slashes of all kinds become plain ones here: a folder to some clients, an escape in a quoted string.
    plain = "".join("_" if c in '"%\\/' else c for c in plain).strip() or "download"
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}"
    return f'attachment; filename="{plain}"{exact}'
