"""The flat float32 array of a display list, written op by op without making a new array for every frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from shared.errors import KeylightError
from shared.scene.ops import OPS, OPS_BY_NAME, Op

__all__ = ["DisplayList", "read_list"]

_FIRST: Final = 1 << 14
_BY_CODE: Final = {op.code: op for op in OPS}


class DisplayList:
    """Grows as it is written; `begin` starts the next frame in the same memory."""

    def __init__(self) -> None:
        self._floats = np.zeros(_FIRST, np.float32)
        self._end = 0

    def begin(self) -> None:
        """Forget what was written."""
        self._end = 0

    def op(self, name: str, *head: float, rows: np.ndarray | None = None) -> None:
        """Write an op by its name, with its head and rows [n, row]."""
        op = OPS_BY_NAME[name]
        assert len(head) == len(op.head), name
        assert (rows is None) == (not op.row) or rows is None, name
        count = len(head) + (0 if rows is None else rows.size)
        self._reserve(count + 2)
        at = self._end
        self._floats[at] = op.code
        self._floats[at + 1] = count
        self._floats[at + 2 : at + 2 + len(head)] = head
        if rows is not None:
            self._floats[at + 2 + len(head) : at + 2 + count] = np.asarray(rows, np.float32).reshape(-1)
        self._end = at + 2 + count

    def nest(self, name: str, *head: float) -> _Nested:
        """Write `cached` or `offscreen`: what is written inside the `with` block becomes its list."""
        return _Nested(self, OPS_BY_NAME[name], head)

    def copy(self) -> np.ndarray:
        """What was written, finite float32 [n], as a copy of its own."""
        return self.view().copy()

    def view(self) -> np.ndarray:
        """What was written, made finite float32 [n]; holds until the next `begin`.

        All at once: op by op it would take as long as the rest of a frame.
        """
        written = self._floats[: self._end]
        if not np.isfinite(written).all():
            np.nan_to_num(written, copy=False, nan=0.0, posinf=1e6, neginf=-1e6)
        return written

    def append(self, floats: np.ndarray) -> None:
        """Write ops that were written before."""
        self._reserve(floats.size)
        self._floats[self._end : self._end + floats.size] = floats
        self._end += floats.size

    def _reserve(self, more: int) -> None:
        if self._end + more > self._floats.size:
            grown = np.zeros(max(2 * self._floats.size, self._end + more), np.float32)
            grown[: self._end] = self._floats[: self._end]
            self._floats = grown

    def _open(self, op: Op, head: tuple[float, ...]) -> int:
        assert len(head) == len(op.head), op.name
        at = self._end
        self._reserve(2 + len(head))
        self._floats[at] = op.code
        self._floats[at + 2 : at + 2 + len(head)] = head
        self._end = at + 2 + len(head)
        return at

    def _close(self, at: int) -> None:
        self._floats[at + 1] = self._end - at - 2


class _Nested:
    def __init__(self, out: DisplayList, op: Op, head: tuple[float, ...]) -> None:
        self._out, self._op, self._head, self._at = out, op, head, 0

    def __enter__(self) -> _Nested:
        self._at = self._out._open(self._op, self._head)
        return self

    def inside(self) -> np.ndarray:
        """What was written inside so far, float32 [n]."""
        return self._out._floats[self._at + 2 + len(self._head) : self._out._end]

    def rename(self, first: float) -> None:
        """Change the first float of the head."""
        self._out._floats[self._at + 2] = first

    def __exit__(self, *_: object) -> None:
        self._out._close(self._at)


def read_list(floats: np.ndarray) -> Iterator[tuple[Op, np.ndarray, np.ndarray]]:
    """Ops of a list in order, each with its head and its rows [n, row]; nested lists come as rows of one float.

    Raises `KeylightError` where the floats are no display list.

    >>> out = DisplayList()
    >>> out.op("clear", 0, 0, 0, 1)
    >>> [(op.name, head.tolist()) for op, head, _ in read_list(out.view())]
    [('clear', [0.0, 0.0, 0.0, 1.0])]
    """
    at = 0
    while at < floats.size:
        op = _BY_CODE.get(int(floats[at])) if np.isfinite(floats[at]) else None
        count = int(floats[at + 1]) if op is not None and at + 1 < floats.size else -1
        if op is None or count < len(op.head) or at + 2 + count > floats.size:
            raise KeylightError(f"Expected an op with all its floats at place {at} of a display list of {floats.size}.")
        body = floats[at + 2 : at + 2 + count]
        rows = body[len(op.head) :]
        if rows.size and (not op.row or rows.size % len(op.row)):
            raise KeylightError(f"Expected whole rows of {len(op.row)} floats for {op.name!r} at place {at}.")
        yield op, body[: len(op.head)], rows.reshape(-1, max(1, len(op.row)))
        at += 2 + count
