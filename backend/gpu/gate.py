"""Who may compute: many at once, or one alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["Gate"]

_LOOK_SECONDS: Final = 0.1  # between two looks whether who waits was told to stop


class Gate:
    """Lets in who comes first: any number together, and nobody beside one who asked to be alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: list[object] = []
        self._inside = 0
        self._alone = False

    @contextmanager
    def enter(self, *, alone: bool, check: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Wait for one's turn and keep it; `check` raises to give up waiting."""
        self._wait(alone, check)
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._alone = False
                self._changed.notify_all()

    def _wait(self, alone: bool, check: Callable[[], None]) -> None:
        turn = object()
        with self._changed:
            self._queue.append(turn)
            try:
                while self._queue[0] is not turn or self._alone or (alone and self._inside):
                    check()
                    self._changed.wait(_LOOK_SECONDS)
                self._inside += 1
                self._alone = alone
            finally:
                self._queue.remove(turn)
                self._changed.notify_all()
