"""The part of a moving layer that stands still, painted once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.scene.brush import Brush
from shared.scene.frame import Frame

__all__ = ["still"]


@contextmanager
def still(brush: Brush, frame: Frame) -> Iterator[None]:
    """What is drawn inside depends on inputs alone; it is `cached` where they never change.

    A cached picture is one of the canvas: pixel on pixel it costs next to nothing, moved as much as any picture. So it
    is kept where the layer is, and only of one that no effect moves and that is not turned.
    """
    x, y = frame.middle
    if not (frame.steady and brush.lies_at(x, y)):
        yield
        return
    with brush.moved(-x, -y), brush.cached(), brush.moved(x, y):
        yield
