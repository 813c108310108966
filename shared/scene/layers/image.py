"""Pictures: a photo in a box, the song's cover as a card, a logo that jumps, a record that turns."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import RGBA, mix, with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, medium, number, switch
from shared.scene.kind import LayerKind
from shared.scene.layers.photos import FITS, draw_photo, fitted, soft_shadow, stand_in
from shared.scene.layers.still import still
from shared.scene.music import felt, follow

__all__ = ["KINDS"]

_TAU: Final = 2 * math.pi


def _box(frame: Frame, props: Props) -> tuple[float, float]:
    if props.switch("full"):
        return frame.width, frame.height
    box = props.number("width") * frame.unit, props.number("height") * frame.unit
    facts = frame.facts.image(props.text("image"))
    if props.text("fit") == "contain" and facts is not None:
        return fitted("contain", (facts.width, facts.height), box)
    return box


def _image(brush: Brush, frame: Frame, props: Props) -> None:
    width, height = _box(frame, props)
    media = props.text("image")
    if frame.facts.image(media) is None:
        return
    radius = props.number("round") * min(width, height) / 2
    with brush.clipped(-width / 2, -height / 2, width, height, radius=radius):
        draw_photo(
            brush, frame, media, (width, height), fit=props.text("fit"), zoom=props.number("zoom"),
            blur=props.number("blur"),
        )  # fmt: skip
        for tint, amount in (((0.0, 0.0, 0.0, 1.0), "darken"), (props.color("tint"), "tinted")):
            if props.number(amount) > 0:
                brush.fill(with_alpha(tint, props.number(amount)))
                brush.rect(-width / 2, -height / 2, width, height)
    _border(brush, frame, props, width, height, radius)


def _border(brush: Brush, frame: Frame, props: Props, width: float, height: float, radius: float) -> None:
    line = props.number("border") * frame.unit
    if line > 0:
        brush.stroke(props.color("border_color"), line)
        brush.rect(-width / 2, -height / 2, width, height, radius=radius)


def _cover(brush: Brush, frame: Frame, props: Props) -> None:
    side = props.number("size") * frame.unit
    scale = 1 + props.number("bounce") * felt(frame, props.text("follow"))
    soft = props.number("shadow") * frame.unit
    with still(brush, frame), brush.moved(0, soft * 0.3):
        soft_shadow(brush, frame, side * 0.94, side * 0.94, soft * 1.4, 0.6)
    with brush.moved(0, 0, scale=scale):
        radius = props.number("round") * side / 2
        with brush.clipped(-side / 2, -side / 2, side, side, radius=radius):
            if not draw_photo(brush, frame, props.text("image"), (side, side)):
                stand_in(brush, frame, side)
        _border(brush, frame, props, side, side, radius)


def _logo(brush: Brush, frame: Frame, props: Props) -> None:
    side, blow = props.number("size") * frame.unit, felt(frame, props.text("follow"))
    line = props.number("ring") * frame.unit
    round_ = props.switch("circle")
    if line > 0:
        reach = side / 2 + line * 1.5 + props.number("ring_jump") * frame.unit * blow
        brush.stroke(with_alpha(props.color("ring_color"), 0.8), line, blend="plus", sigma=1.5 * line)
        brush.circles(np.array([[0, 0, reach]], np.float32))
        brush.stroke(props.color("ring_color"), line)
        brush.circles(np.array([[0, 0, reach]], np.float32))
    degrees = math.fmod(props.number("spin") * frame.t, 360) + props.number("sway") * math.sin(_TAU * frame.t / 6)
    with brush.moved(0, 0, scale=1 + props.number("bounce") * blow, rotation=math.radians(degrees)):
        if not round_:
            if not draw_photo(brush, frame, props.text("image"), (side, side), fit="contain") and props.switch("art"):
                with brush.clipped(-side / 2, -side / 2, side, side, radius=side * 0.08):
                    stand_in(brush, frame, side)
            return
        with brush.clipped_circle(0, 0, side / 2):
            if not draw_photo(brush, frame, props.text("image"), (side, side)) and props.switch("art"):
                stand_in(brush, frame, side)


def _vinyl(brush: Brush, frame: Frame, props: Props) -> None:
    """A record: grooves, a sheen that stays while it turns, and the cover as its label."""
    radius = props.number("size") * frame.unit / 2
    with still(brush, frame):
        _record(brush, frame, props, radius)
    turn = math.radians(math.fmod(6 * props.number("rpm") * frame.t, 360))
    label = radius * props.number("label")
    with brush.moved(0, 0, rotation=turn), brush.clipped_circle(0, 0, label):
        if not draw_photo(brush, frame, props.text("image"), (2 * label, 2 * label)):
            stand_in(brush, frame, 2 * label)
    brush.fill(frame.place(0))
    brush.circles(np.array([[0, 0, radius * 0.028]], np.float32))


def _record(brush: Brush, frame: Frame, props: Props, radius: float) -> None:
    """All of it that does not turn, or looks the same turned."""
    body: RGBA = props.color("color")
    whole = np.array([[0, 0, radius]], np.float32)
    soft = 0.1 * radius
    soft_shadow(brush, frame, 1.7 * radius, 1.7 * radius, 3 * soft, 0.7, round_=True)
    brush.fill(body)
    brush.circles(whole)
    grooves = np.zeros((22, 3), np.float32)
    grooves[:, 2] = radius * np.linspace(0.42, 0.965, 22)
    brush.stroke(with_alpha(mix(body, (1, 1, 1, 1), 0.6), 0.13), max(0.75, radius * 0.0035))
    brush.circles(grooves)
    light, none = with_alpha((1, 1, 1, 1), 0.16), (1.0, 1.0, 1.0, 0.0)
    sheen = [(0.0, none), (0.07, light), (0.14, none), (0.5, none), (0.57, light), (0.64, none), (1.0, none)]
    brush.fill()
    brush.sweep((0, 0), sheen, start=math.radians(-70))
    brush.circles(whole)


def _square(frame: Frame, props: Props) -> tuple[float, float]:
    return props.number("size") * frame.unit, props.number("size") * frame.unit


_BORDER: Final = (
    number("border", "Border", 0, 0, 0.05, step=0.0005, unit="size"),
    color("border_color", "Border colour", "$4"),
)

KINDS: Final = (
    LayerKind(
        name="image", label="Image", group="Picture", words="A picture of yours, in a box or over the whole canvas.",
        inputs=(
            medium("image", "Image", "image", "cover"),
            switch("full", "Fills the canvas", False),
            number("width", "Width", 0.6, 0.01, 4, unit="size"),
            number("height", "Height", 0.6, 0.01, 4, unit="size"),
            choice("fit", "Fit", "cover", FITS, words="Cover fills the box, contain shows all of the picture."),
            number("zoom", "Zoom", 1, 0.2, 5, step=0.01, unit="ratio"),
            number("round", "Roundness", 0.06, 0, 1, unit="percent"),
            *_BORDER,
            number("blur", "Blur", 0, 0, 1, unit="percent"),
            number("darken", "Darken", 0, 0, 1, unit="percent"),
            color("tint", "Tint", "$1"),
            number("tinted", "Tint amount", 0, 0, 1, unit="percent"),
        ),
        draw=_image, extent=_box, static=True,
    ),
    LayerKind(
        name="cover", label="Cover art", group="Picture",
        words="The song's cover as a card that jumps with the beat; without one the palette paints it.",
        inputs=(
            medium("image", "Image", "image", "cover"),
            number("size", "Size", 0.5, 0.02, 2, unit="size"),
            number("round", "Roundness", 0.06, 0, 1, unit="percent"),
            *_BORDER,
            number("shadow", "Shadow", 0.06, 0, 0.3, step=0.005, unit="size"),
            number("bounce", "Bounce", 0.04, 0, 0.6, step=0.005, unit="percent", group="Music"),
            follow("follow", "Follows", "kick"),
        ),
        draw=_cover, extent=_square,
    ),
    LayerKind(
        name="logo", label="Logo", group="Picture", words="A logo that jumps with the kick, in a ring.",
        inputs=(
            medium("image", "Image", "image", "cover"),
            number("size", "Size", 0.34, 0.02, 2, unit="size"),
            switch("circle", "Circle", True),
            switch("art", "Painted where it is missing", True),
            number("bounce", "Bounce", 0.08, 0, 1, step=0.005, unit="percent", group="Music"),
            follow("follow", "Follows", "kick"),
            number("spin", "Degrees per second", 0, -360, 360, step=1, group="Motion"),
            number("sway", "Sway", 0, 0, 45, step=0.5, unit="degrees", group="Motion"),
            number("ring", "Ring", 0.006, 0, 0.05, step=0.0005, unit="size", group="Ring"),
            color("ring_color", "Ring colour", "$1", group="Ring"),
            number("ring_jump", "Ring jumps", 0.03, 0, 0.3, step=0.005, unit="size", group="Ring"),
        ),
        draw=_logo, extent=_square,
    ),
    LayerKind(
        name="vinyl", label="Record", group="Picture", words="A record that turns, the cover its label.",
        inputs=(
            medium("image", "Image", "image", "cover"),
            number("size", "Size", 0.7, 0.02, 3, unit="size"),
            number("label", "Label", 0.36, 0.1, 0.9, unit="percent"),
            number("rpm", "Turns per minute", 33.3, -90, 90, step=0.1),
            color("color", "Colour", "#141418"),
        ),
        draw=_vinyl, extent=_square,
    ),
)  # fmt: skip
