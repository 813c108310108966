"""The part of a moving layer that stands still, painted once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props

__all__ = ["still"]


@contextmanager
def still(brush: Brush, frame: Frame, props: Props) -> Iterator[None]:
    """What is drawn inside depends on inputs alone; it is `cached` where they never change.

    A cached picture is one of the canvas: it is kept where the layer is, and only of a layer that is not turned, since
    pixel on pixel it costs next to nothing, and turned as much as any picture.
    """
    if not (frame.steady and props.number("scale") == 1 and props.number("rotation") == 0):
        yield
        return
    x, y = frame.middle
    with brush.moved(-x, -y), brush.cached(), brush.moved(x, y):
        yield
