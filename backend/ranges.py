"""Single byte ranges of RFC 9110, section 14."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["Unsatisfiable", "parse_range"]

# 18 digits count every byte that a file can have (2^63 has 19); int() itself refuses more than 4300.
_ONE_RANGE: Final = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range lies outside the content: 416."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Start and stop (exclusive) of a Range header on `size` bytes.

    None when the header is to be ignored: another unit, no number, one of more than 18 digits, or several
    ranges, which a server need not serve.

    >>> parse_range("bytes=0-99", 1000), parse_range("bytes=-100", 1000), parse_range("bytes=900-", 1000)
    ((0, 100), (900, 1000), (900, 1000))
    >>> parse_range("bytes=0-1,5-6", 1000) is None
    True
    """
    match = _ONE_RANGE.fullmatch(header)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:  # the last so many bytes
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return max(0, size - int(last)), size
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, min(int(last) + 1, size) if last else size
