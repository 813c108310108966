"""What the page is told of an error, whichever worker met it."""

from __future__ import annotations

import traceback

from shared.errors import KeylightError

__all__ = ["describe"]


def describe(error: Exception) -> dict[str, str | None]:
    """A person's sentence for our own errors, the traceback for mistakes; fields type, message, traceback.

    >>> describe(KeylightError("This is no song."))
    {'type': 'KeylightError', 'message': 'This is no song.', 'traceback': None}
    """
    if isinstance(error, KeylightError):
        return {"type": type(error).__name__, "message": str(error), "traceback": None}
    if isinstance(error, MemoryError):
        return {
            "type": "MemoryError",
            "traceback": None,
            "message": "The browser has no memory left for this file. Close other tabs or try a shorter file.",
        }
    message = f"Keylight made a mistake ({type(error).__name__}: {error}). Try again; if it stays, report it."
    return {"type": type(error).__name__, "message": message, "traceback": "".join(traceback.format_exception(error))}
