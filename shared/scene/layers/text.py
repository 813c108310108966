"""Text: words in a box, with outline, shadow and a plate behind; rasterised once, and set smaller until they fit."""

from __future__ import annotations

import math
import re
from typing import Final, Literal, cast

import msgspec

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Input, Props, choice, color, medium, number, switch, text
from shared.scene.kind import LayerKind
from shared.scene.resources import TextSpec

__all__ = ["KIND", "MOST_LETTERS", "draw_words", "fitted_spec", "font_inputs", "spec_of"]

#: A text that does not fit is set smaller by this factor again and again, down to this share of its size; what still
#: does not fit ends with an ellipsis.
_SHRINK: Final = 0.92
_SMALLEST: Final = 0.4
#: Of so many of the longest words it is asked whether they fit; Thai and the scripts of East Asia break anywhere.
_LONGEST_WORDS: Final = 3
_FREELY_BROKEN: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\uffef]")
#: What is longer is laid out only so far: no picture can show more.
MOST_LETTERS: Final = 2000


def spec_of(frame: Frame, props: Props, words: str, *, width: float) -> TextSpec:
    """A text with the inputs of `font_inputs`, not yet fitted; `width` in canvas pixels."""
    shown = words.upper() if props.switch("capitals") else words
    return TextSpec(
        shown if len(shown) <= MOST_LETTERS else shown[:MOST_LETTERS].rstrip() + "\u2026",
        family=props.text("font"),
        weight=props.count("weight"),
        italic=props.switch("italic"),
        size=props.number("size") * frame.unit,
        width=max(1.0, width),
        align=cast("Literal['left', 'center', 'right']", props.text("align")),
        spacing=props.number("spacing"),
        line_height=props.number("line_height"),
    )


def fitted_spec(frame: Frame, spec: TextSpec, lines: int) -> TextSpec:
    """The text as it fits: not wider than its box, not more lines than allowed."""
    return frame.keep(("fitted", spec, lines), lambda: _fitted(frame, spec, lines))


def _fitted(frame: Frame, spec: TextSpec, lines: int) -> TextSpec:
    smaller = spec
    while smaller.size >= spec.size * _SMALLEST:
        found = frame.facts.measure(smaller)
        if found.lines <= lines and found.width <= spec.width and _whole(frame, smaller):
            return smaller
        smaller = msgspec.structs.replace(smaller, size=smaller.size * _SHRINK)
    return msgspec.structs.replace(spec, size=spec.size * _SMALLEST, max_lines=lines)


def _whole(frame: Frame, spec: TextSpec) -> bool:
    """Whether no word is broken: each of the longest fits into one line by itself."""
    words = sorted({word for word in spec.text.split() if not _FREELY_BROKEN.search(word)}, key=len)[-_LONGEST_WORDS:]
    alone = (frame.facts.measure(msgspec.structs.replace(spec, text=word)) for word in words if len(word) > 1)
    return all(found.lines <= 1 for found in alone)


def draw_words(brush: Brush, frame: Frame, props: Props, spec: TextSpec, *, x: float = 0, y: float = 0) -> None:
    """A text around a point with shadow and outline as its inputs say."""
    spec, aside = frame.keep(("tight", spec), lambda: _tight(frame, spec))
    x += aside
    shadow, outline = props.number("shadow") * frame.unit, props.number("outline") * frame.unit
    if shadow > 0:
        soft = frame.resources.add(msgspec.structs.replace(spec, blur=_step(shadow)))
        brush.text(soft, x, y + shadow / 2, props.color("shadow_color"))
    if outline > 0:
        edge = frame.resources.add(msgspec.structs.replace(spec, stroke=_step(2 * outline)))
        brush.text(edge, x, y, props.color("outline_color"))
    brush.text(frame.resources.add(spec), x, y, props.color("color"))


def _tight(frame: Frame, spec: TextSpec) -> tuple[TextSpec, float]:
    """The same lines in a box that is no wider than they are, and how far its middle lies aside.

    A picture costs by its area: a short title in a box as wide as the canvas would be air to nine tenths.
    """
    found = frame.facts.measure(spec)
    narrow = msgspec.structs.replace(spec, width=min(spec.width, math.ceil(found.width) + 2.0))
    again = frame.facts.measure(narrow)
    if spec.max_lines > 0 or (again.lines, again.height) != (found.lines, found.height):
        return spec, 0.0
    return narrow, {"left": -0.5, "right": 0.5}.get(spec.align, 0.0) * (spec.width - narrow.width)


def _step(pixels: float) -> float:
    """Steps of a quarter of a pixel, so that a shadow that moves makes few pictures."""
    return max(0.25, round(pixels * 4) / 4)


def _draw(brush: Brush, frame: Frame, props: Props) -> None:
    spec = _spec(frame, props)
    if not spec.text.strip():
        return
    if props.number("plate") > 0:
        _plate(brush, frame, props, spec)
    draw_words(brush, frame, props, spec)


def _plate(brush: Brush, frame: Frame, props: Props, spec: TextSpec) -> None:
    found = frame.facts.measure(spec)
    pad = props.number("plate") * frame.unit
    width, height = found.width + 2.4 * pad, found.height + 1.2 * pad
    free = (spec.width - found.width) / 2
    middle = {"left": -free, "right": free}.get(spec.align, 0.0)
    brush.fill(props.color("plate_color"))
    brush.rect(middle - width / 2, -height / 2, width, height, radius=props.number("plate_round") * height / 2)


def _spec(frame: Frame, props: Props) -> TextSpec:
    words = frame.words(props.text("text"))
    # A size that moves would make a new picture in every frame: steps of a pixel make few.
    spec = spec_of(frame, props, words, width=round(props.number("width") * frame.width))
    spec = msgspec.structs.replace(spec, size=max(1.0, round(spec.size * 2) / 2), spacing=round(spec.spacing, 3))
    return fitted_spec(frame, spec, props.count("lines"))


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    spec = _spec(frame, props)
    return spec.width, frame.facts.measure(spec).height


def font_inputs(
    *, size: float = 0.08, weight: int = 700, font: str = "Inter", capitals: bool = False, spacing: float = 0.0,
    shadow: float = 0.008,
) -> tuple[Input, ...]:  # fmt: skip
    """What every text has."""
    return (
        medium("font", "Font", "font", font),
        number("weight", "Weight", weight, 100, 900, step=100, whole=True),
        switch("italic", "Italic", False),
        number("size", "Size", size, 0.005, 1, step=0.001, unit="size"),
        choice("align", "Align", "center", ("left", "center", "right")),
        color("color", "Colour", "$4"),
        switch("capitals", "Capitals", capitals),
        number("spacing", "Letter spacing", spacing, -0.1, 1, step=0.005, unit="ratio"),
        number("line_height", "Line height", 0, 0, 3, step=0.05, unit="ratio"),
        number("outline", "Outline", 0, 0, 0.05, step=0.0005, unit="size", group="Legibility"),
        color("outline_color", "Outline colour", "#000000", group="Legibility"),
        number("shadow", "Shadow", shadow, 0, 0.1, step=0.001, unit="size", group="Legibility"),
        color("shadow_color", "Shadow colour", "$0/75", group="Legibility"),
    )


KIND: Final = LayerKind(
    name="text",
    label="Text",
    group="Text",
    words="Words in any script; {title} and {artist} stand for those of the song. Emoji have the text's colour.",
    inputs=(
        text("text", "Text", "{title}"),
        *font_inputs(),
        number("width", "Box width", 0.8, 0.02, 2, unit="x"),
        number(
            "lines", "Most lines", 2, 1, 50, whole=True, unit="count",
            words="Longer texts are set smaller, then end with an ellipsis.",
        ),
        number("plate", "Plate", 0, 0, 0.2, step=0.001, unit="size", words="How far it reaches beyond the words.",
               group="Plate"),
        color("plate_color", "Plate colour", "$0/80", group="Plate"),
        number("plate_round", "Plate roundness", 0.3, 0, 1, unit="percent", group="Plate"),
    ),
    draw=_draw,
    extent=_extent,
    static=True,
)  # fmt: skip
