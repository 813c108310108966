"""What a kind of layer or effect is: a name, inputs with ranges and defaults, and a function that draws.

A kind is one small module in `shared.scene.layers` or `shared.scene.effects` with a constant `KIND` (or `KINDS`);
`shared.scene.kinds` is the table of all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Input, Props, choice, number
from shared.scene.ops import BLENDS

__all__ = ["PLACEMENT", "Content", "EffectKind", "LayerKind"]


class Content(Protocol):
    """Draws what an effect is applied to, as it is now or at another time in seconds; any number of times."""

    def __call__(self, at: float | None = None, /) -> None:
        """Draw."""
        ...


#: What every layer has besides its kind's own inputs.
PLACEMENT: Final = (
    number("x", "X", 0.5, -1, 2, step=0.001, unit="x", group="Place"),
    number("y", "Y", 0.5, -1, 2, step=0.001, unit="y", group="Place"),
    number("scale", "Scale", 1, 0, 10, step=0.01, unit="ratio", group="Place"),
    number("rotation", "Rotation", 0, -3600, 3600, step=1, unit="degrees", group="Place"),
    number("opacity", "Opacity", 1, 0, 1, step=0.01, unit="percent", group="Place"),
    choice("blend", "Blend", "normal", BLENDS, group="Place"),
)


@dataclass(frozen=True)
class LayerKind:
    """A kind of layer.

    draw: writes one frame; the origin is the layer's middle, already scaled and turned. extent: width and height of
    what is drawn in canvas pixels, for selecting and dragging. static: the same in every frame while the inputs are.
    own_blend: draws with the input `blend` by itself, else the layer is put together first and then blended.
    """

    name: str
    label: str
    group: Literal["Spectrum", "Wave", "Particles", "Picture", "Background", "Text", "Shape"]
    words: str
    inputs: tuple[Input, ...]
    draw: Callable[[Brush, Frame, Props], None]
    extent: Callable[[Frame, Props], tuple[float, float]]
    static: bool = False
    own_blend: bool = False

    @property
    def all_inputs(self) -> tuple[Input, ...]:
        """Its own and those of its place."""
        return self.inputs + PLACEMENT


@dataclass(frozen=True)
class EffectKind:
    """A kind of effect. apply: draws the content, changed; the origin is the canvas' upper left corner.

    scope: whether it makes sense on a layer, on the whole picture, or on both. static: as of layers.
    """

    name: str
    label: str
    group: Literal["Light", "Colour", "Shape", "Motion", "Film"]
    words: str
    inputs: tuple[Input, ...]
    apply: Callable[[Brush, Frame, Props, Content], None]
    scope: Literal["layer", "picture", "both"] = "both"
    static: bool = False
