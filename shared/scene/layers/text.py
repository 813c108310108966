"""Text: words in a box, with outline and shadow that are rasterised once."""

from __future__ import annotations

from typing import Final, Literal, cast

import msgspec

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, medium, number, switch, text
from shared.scene.kind import LayerKind
from shared.scene.resources import TextSpec

__all__ = ["KIND"]

#: A text that does not fit is set smaller by this factor again and again.
_SHRINK: Final = 0.9


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    spec = _spec(frame, props)
    if not spec.text.strip():
        return
    shadow, outline = props.number("shadow") * frame.unit, props.number("outline") * frame.unit
    if shadow > 0:
        soft = frame.resources.add(msgspec.structs.replace(spec, blur=shadow))
        brush.text(soft, 0, shadow / 2, props.color("shadow_color"))
    if outline > 0:
        edge = frame.resources.add(msgspec.structs.replace(spec, stroke=2 * outline))
        brush.text(edge, 0, 0, props.color("outline_color"))
    brush.text(frame.resources.add(spec), 0, 0, with_alpha(props.color("color"), 1.0))


def _spec(frame: Frame, props: Props) -> TextSpec:
    """The text as it fits: never higher than the box it is given."""
    words = frame.words(props.text("text"))
    spec = TextSpec(
        words.upper() if props.switch("capitals") else words,
        family=props.text("font"),
        weight=props.count("weight"),
        size=props.number("size") * frame.unit,
        width=props.number("width") * frame.width,
        align=cast("Literal['left', 'center', 'right']", props.text("align")),
        spacing=props.number("spacing"),
        line_height=props.number("line_height"),
    )
    return frame.keep(spec, lambda: _fitted(frame, spec, props.number("lines")))


def _fitted(frame: Frame, spec: TextSpec, lines: float) -> TextSpec:
    for _ in range(40):
        found = frame.facts.measure(spec)
        if (found.lines <= lines and found.width <= spec.width) or spec.size < 4:
            break
        spec = msgspec.structs.replace(spec, size=spec.size * _SHRINK)
    return spec


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    spec = _spec(frame, props)
    return spec.width, frame.facts.measure(spec).height


KIND: Final = LayerKind(
    name="text",
    label="Text",
    group="Text",
    words="Words; {title} and {artist} stand for those of the song.",
    inputs=(
        text("text", "Text", "{title}"),
        medium("font", "Font", "font", "Inter"),
        number("weight", "Weight", 700, 100, 900, step=100, whole=True),
        number("size", "Size", 0.08, 0.005, 1, step=0.001, unit="size"),
        number("width", "Box width", 0.8, 0.02, 2, unit="x"),
        number("lines", "Most lines", 2, 1, 50, whole=True, unit="count", words="Longer texts are set smaller."),
        choice("align", "Align", "center", ("left", "center", "right")),
        color("color", "Colour", "$4"),
        switch("capitals", "Capitals", False),
        number("spacing", "Letter spacing", 0, -0.1, 1, step=0.005, unit="ratio"),
        number("line_height", "Line height", 0, 0, 3, step=0.05, unit="ratio"),
        number("outline", "Outline", 0, 0, 0.05, step=0.0005, unit="size", group="Legibility"),
        color("outline_color", "Outline colour", "#000000", group="Legibility"),
        number("shadow", "Shadow", 0.008, 0, 0.1, step=0.001, unit="size", group="Legibility"),
        color("shadow_color", "Shadow colour", "#000000c0", group="Legibility"),
    ),
    draw=_draw,
    extent=_extent,
    static=True,
)
