"""What is kept while there is room: made when first asked for; the least recently used goes when room is needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Shelf"]

T = TypeVar("T")


class Shelf(Generic[T]):
    """Room in bytes. What was asked for since the last `turn` stays, so that a frame never loses what it draws with.

    >>> shelf = Shelf[str](room=10)
    >>> shelf.get("a", lambda: ("first", 8)), shelf.get("b", lambda: ("second", 8)), len(shelf)
    ('first', 'second', 2)
    >>> shelf.turn(), shelf.get("c", lambda: ("third", 8)), len(shelf)
    (None, 'third', 1)
    """

    def __init__(self, room: int) -> None:
        self._room, self._bytes, self._turn = room, 0, 0
        self._kept: OrderedDict[Hashable, tuple[T, int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def turn(self) -> None:
        """The next frame begins."""
        self._turn += 1

    def get(self, key: Hashable, make: Callable[[], tuple[T, int]]) -> T:
        """What was kept under a key, or what `make` gives, with its size in bytes."""
        found = self._kept.get(key)
        if found is None:
            value, size = make()
            self._bytes += size
        else:
            value, size, turn = found
            if turn == self._turn:
                return value
        self._kept[key] = (value, size, self._turn)
        self._kept.move_to_end(key)
        if self._bytes > self._room:
            self._make_room()
        return value

    def clear(self) -> None:
        """Let everything go."""
        self._kept.clear()
        self._bytes = 0

    def _make_room(self) -> None:
        for key in list(self._kept):
            _, size, turn = self._kept[key]
            if self._bytes <= self._room or turn == self._turn:
                return
            del self._kept[key]
            self._bytes -= size
