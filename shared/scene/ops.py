"""The display list: what a painter is told to draw, as one flat float32 array `[code, count, count floats]*`.

Units are canvas pixels of the project (`canvas.width` x `canvas.height`, y down); the painter scales by its target's
width over the canvas' width. Colours are RGBA 0-1, not premultiplied, rounded to 1/255 so that a painter with byte
colours agrees with one that has floats. Angles are radians, clockwise as y goes down.

A count that does not fit an op's head is rows: `count - len(head)` is a multiple of `len(row)`.

The paint. `paint` sets how shapes are drawn, one of `solid`, `linear`, `radial`, `sweep` what they are filled with;
both hold until they are set anew, also across `restore`. Shapes are `fill`, `rects`, `segments`, `circles`, `polygon`,
`curve`. Every row of a shape op is part of ONE antialiased path (single rectangles and circles differ between a CPU and
a GPU, a path does not), nonzero winding. `sigma` above 0 blurs the shape with a normal mask filter that grows with the
transform: glow is a blurred shape with blend "plus" and then the sharp one.

Stack. `transform`, `clip_*` and `layer*` each push; `restore` pops. What is left open at the end is our own mistake.

Pictures. `image` and `sprites` name a picture of the resource table, `text` a text, `video` a film and the number of
its frame. An image is drawn around its middle at (x, y), so many canvas pixels wide and high. A text's box (its spec's
width, its laid-out height) is drawn around its middle too: painters lay it out once in canvas pixels, rasterise it
white on a CPU surface at the scale `text_scale` gives, blur that where the spec says so, and draw it as an image with
mipmaps, tinted with the op's colour (its alpha is the opacity).

Nested lists. `cached` is followed by the floats of a list that depends on nothing but its key: painters keep its
picture, at their own size, for the key. `offscreen` is followed by a list that is painted on a transparent surface of
1/divisor of the target's size (rounded up) and kept as `slot` until the frame ends; `stamp` draws it over the whole
canvas' area, changed by a matrix. Inside both the paint (solid black, blend "normal") and the stack begin anew, in
canvas pixels; nesting is allowed, and a divisor is always one of the whole target. Both pictures are drawn under the
transform and the clip that hold where `cached` or `stamp` stands; a cached one pixel on pixel where nothing is
transformed, else linear.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

__all__ = ["BLENDS", "CAPS", "OPS", "OPS_BY_NAME", "SAMPLINGS", "TEXT", "Op", "TextLimits", "text_margin", "text_scale"]


@dataclass(frozen=True)
class Op:
    """One operation: its number, its fixed floats, and the floats of each row that may follow."""

    code: int
    name: str
    head: tuple[str, ...] = ()
    row: tuple[str, ...] = ()


#: Numbers of blend modes in the list are places in here; names are Skia's, in CSS spelling.
BLENDS: Final = (
    "normal", "plus", "screen", "multiply", "overlay", "soft-light", "lighten", "darken", "difference", "color-dodge",
)  # fmt: skip
#: Filters for pictures: nearest, linear, linear with mipmaps, cubic (Mitchell).
SAMPLINGS: Final = ("nearest", "linear", "mipmap", "cubic")
CAPS: Final = ("butt", "round", "square")

_RGBA: Final = ("red", "green", "blue", "alpha")
_STOP: Final = ("offset", *_RGBA)
_MATRIX: Final = ("a", "b", "c", "d", "e", "f")  # x' = a x + c y + e, y' = b x + d y + f, as in CSS and canvas
_PLACED: Final = ("x", "y", "width", "height", "rotation", "opacity", "blend", "sampling")

OPS: Final = (
    Op(1, "clear", _RGBA),
    # How: stroke 0 fills, 1 strokes; joins of a stroke are round.
    Op(2, "paint", ("stroke", "width", "cap", "blend", "sigma")),
    # With what. Offsets 0-1, ascending; clamped outside.
    Op(3, "solid", _RGBA),
    Op(4, "linear", ("x0", "y0", "x1", "y1"), _STOP),
    Op(5, "radial", ("x", "y", "radius"), _STOP),
    Op(6, "sweep", ("x", "y", "start"), _STOP),
    # Shapes.
    Op(10, "fill"),
    Op(11, "rects", ("radius",), ("x", "y", "width", "height")),
    Op(12, "segments", (), ("x0", "y0", "x1", "y1")),
    Op(13, "circles", (), ("x", "y", "radius")),
    Op(14, "polygon", ("closed",), ("x", "y")),
    # Cubic curves from a first point: its row holds the point three times.
    Op(15, "curve", ("closed",), ("x1", "y1", "x2", "y2", "x", "y")),
    # Pictures. A sprite is a square picture with white premultiplied pixels, tinted by modulation; scale 1 is its size.
    Op(20, "image", ("image", *_PLACED)),
    Op(21, "sprites", ("image", "blend"), ("x", "y", "scale", "rotation", *_RGBA)),
    Op(22, "text", ("text", "x", "y", "scale", "rotation", *_RGBA, "blend")),
    # A picture over and over, from (x, y) on, one of its pixels `scale` canvas pixels wide.
    Op(23, "tile", ("image", "x", "y", "scale", "opacity", "blend", "sampling")),
    Op(24, "video", ("video", "frame", *_PLACED)),
    # Stack.
    Op(30, "transform", _MATRIX),
    Op(31, "clip_rect", ("x", "y", "width", "height", "radius")),
    Op(32, "clip_circle", ("x", "y", "radius")),
    Op(33, "clip_polygon", (), ("x", "y")),
    Op(34, "layer", ("opacity", "blend")),
    # Rows of a 4 x 5 colour matrix on colours that are not premultiplied, offsets 0-1.
    Op(35, "layer_color", ("opacity", "blend", *(f"m{at}" for at in range(20)))),
    # Blurs all that is drawn until `restore`: dear on a CPU, `offscreen` with a divisor is not.
    Op(36, "layer_blur", ("opacity", "blend", "sigma")),
    Op(39, "restore"),
    # Nested.
    Op(40, "cached", ("key",), ("float",)),
    Op(41, "offscreen", ("slot", "divisor"), ("float",)),
    Op(42, "stamp", ("slot", *_MATRIX, "opacity", "blend", "sampling")),
)
OPS_BY_NAME: Final = {op.name: op for op in OPS}


@dataclass(frozen=True)
class TextLimits:
    """Numbers of `text_scale` and `text_margin`; they go into `web/js/scene-ops.js` beside the same two functions."""

    finer: float = 2.0  # pixels per pixel of the target at least, so that a turned text stays sharp
    most_scale: float = 8.0
    least_scale: float = 1 / 16
    most_pixels: float = 4096.0
    overhang: float = 0.5  # ems that letters may stand out of their box
    sigmas: float = 3.0  # how far a blur reaches


TEXT: Final = TextLimits()


def text_margin(size: float, stroke: float, blur: float) -> float:
    """Canvas pixels around a text's box that its picture holds too, whole: for overhang, outline and blur.

    >>> text_margin(64, 2, 4)
    45.0
    """
    return float(math.ceil(TEXT.overhang * size + stroke / 2 + TEXT.sigmas * blur))


def text_scale(target_scale: float, text_width: float, text_height: float) -> float:
    """At how many pixels per canvas pixel a text is rasterised: the next power of two, at most 4096 pixels a side.

    target_scale: target pixels per canvas pixel. The same for a preview and an export of one size.

    >>> text_scale(1.0, 900, 120), text_scale(0.4, 900, 120), text_scale(2.0, 3000, 100)
    (2.0, 1.0, 1.0)
    """
    scale = 1.0
    while scale < TEXT.finer * target_scale and scale < TEXT.most_scale:
        scale *= 2
    while scale > TEXT.least_scale and scale * max(text_width, text_height) > TEXT.most_pixels:
        scale /= 2
    return scale
