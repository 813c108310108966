"""All sets by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final, Literal

from tests.bench.sets.composed import composed_items
from tests.bench.sets.heldback import heldback_items
from tests.bench.sets.item import Half, Item
from tests.bench.sets.pop909 import pop909_items
from tests.bench.sets.real import loop_items, song_items

__all__ = ["SETS", "items"]

_MAKERS: Final[dict[str, Callable[[], list[Item]]]] = {
    "pop909": pop909_items,
    "loops": loop_items,
    "songs": song_items,
    "composed": lambda: composed_items("composed"),
    "club": lambda: composed_items("club"),
    "drift": lambda: composed_items("drift"),
    "structure": lambda: composed_items("structure"),
    "heldback": heldback_items,
    "short": lambda: composed_items("short"),
}
SETS: Final = tuple(_MAKERS)


def items(name: str, *, half: Half | None = None, renderings: Literal["all", "first"] = "all") -> list[Item]:
    """The recordings of a set, in a fixed order.

    half: "tune" to work on, "report" to publish, None for both. renderings: "first" gives one recording per song.
    """
    if name not in _MAKERS:
        raise ValueError(f"Expected a set among {', '.join(SETS)}; got {name!r}.")
    found = [item for item in _all(name) if half is None or item.half == half]
    if renderings == "first":
        found = list({item.song: item for item in reversed(found)}.values())[::-1]
    return found


@cache
def _all(name: str) -> tuple[Item, ...]:
    return tuple(_MAKERS[name]())
