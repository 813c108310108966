"""Backdrops: the blurred cover behind everything, fog, colours that travel, textures, patterns, a tunnel.

What covers the whole canvas is dear on a CPU: still ones are static, so that they are painted once, and moving ones are
painted small and drawn large.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.colors import RGBA, hex_of, mix, with_alpha
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, medium, number
from shared.scene.kind import LayerKind
from shared.scene.layers.photos import blurred, fitted
from shared.scene.music import felt, follow, travelled

__all__ = ["KINDS", "cloud_alpha"]

_TAU: Final = 2 * math.pi
_MOST_ROWS: Final = 120
_CLOUD: Final = 128


def _whole(brush: Brush, frame: Frame) -> None:
    brush.rect(-frame.width / 2, -frame.height / 2, frame.width, frame.height)


def _extent(frame: Frame, props: Props) -> tuple[float, float]:
    return frame.width, frame.height


def _solid(brush: Brush, frame: Frame, props: Props) -> None:
    brush.fill(props.color("color"))
    _whole(brush, frame)


def _backdrop(brush: Brush, frame: Frame, props: Props) -> None:
    """The picture's small copy, blurred and darkened in numpy; without a picture, the palette's colours alike."""
    media, dark = props.text("image"), props.number("darken")
    facts = frame.facts.image(media)
    if facts is None:
        _soft_palette(brush, frame, dark)
        return
    number_of = blurred(
        frame, media, facts, props.number("blur"), dark=dark, tint=props.color("tint"), tinted=props.number("tinted"),
        saturation=props.number("saturation"),
    )  # fmt: skip
    zoom = props.number("zoom")
    width, height = fitted("cover", (facts.width, facts.height), (frame.width, frame.height))
    brush.image(number_of, 0, 0, width * zoom, height * zoom, sampling="cubic")


def _soft_palette(brush: Brush, frame: Frame, dark: float) -> None:
    chances = frame.title_chance(12)
    black = (0.0, 0.0, 0.0, 1.0)
    brush.fill(mix(mix(frame.place(0), frame.place(1), 0.35), black, dark))
    _whole(brush, frame)
    reach = 0.6 * math.hypot(frame.width, frame.height)
    for at in range(4):
        tint = mix(frame.place(1 + at % 3), black, dark)
        middle = ((float(chances[at]) - 0.5) * frame.width, (float(chances[4 + at]) - 0.5) * frame.height)
        brush.fill()
        brush.radial(middle, reach, [with_alpha(tint, 0.75), with_alpha(tint, 0.25), with_alpha(tint, 0.0)])
        _whole(brush, frame)


def cloud_alpha(seed: int) -> np.ndarray:
    """Clouds that repeat at their edges, 0-1 [128, 128]: waves of whole numbers, weaker the finer, by chance."""
    chance = np.random.default_rng(seed)
    places = np.arange(_CLOUD) * (_TAU / _CLOUD)
    out = np.zeros((_CLOUD, _CLOUD))
    for _ in range(90):
        across, down = chance.integers(-9, 10, 2)
        rate = math.hypot(across, down)
        if rate < 1:
            continue
        turn = chance.random() * _TAU
        out += np.cos(across * places[None, :] + down * places[:, None] + turn) / rate**1.3
    low, high = np.percentile(out, 12), out.max()
    return np.clip((out - low) / (high - low), 0, 1) ** 1.4


def _cloud(frame: Frame, tint: RGBA, seed: int) -> int:
    name = f"cloud {seed} {hex_of(tint[:3])}"

    def make() -> np.ndarray:
        alpha = cloud_alpha(seed)[:, :, None]
        colors = np.concatenate([np.array(tint[:3])[None, None] * alpha, alpha], axis=2)
        return np.round(colors * 255).astype(np.uint8)

    return frame.keep(name, lambda: frame.resources.array(name, make))


def _fog(brush: Brush, frame: Frame, props: Props) -> None:
    travel = frame.t * props.number("speed") + props.number("push") * travelled(frame, props.text("follow"))
    scale = props.number("size") * frame.unit / _CLOUD
    much = props.number("strength") * (1 - props.number("swell") + props.number("swell") * felt(frame, "loudness"))
    with brush.offscreen(8) as slot:
        for at, name in enumerate(("first", "second")):
            way = travel * (0.035, -0.022)[at] * _CLOUD * scale
            wide = scale * (1, 1.7)[at] * _CLOUD
            x = math.fmod(way, wide) - wide
            y = math.fmod(way * (0.2, 0.35)[at], wide) - wide
            brush.tile(_cloud(frame, props.color(name), 3 + at), x, y, scale=wide / _CLOUD, sampling="cubic")
    # The stamp covers the canvas, whose corner lies where the layer's middle does not.
    with brush.moved(-frame.width / 2, -frame.height / 2):
        brush.stamp(slot, opacity=min(1.0, much), blend=props.text("mix"))


def _flow(brush: Brush, frame: Frame, props: Props) -> None:
    """Colours in a row without an end, that travel along a line."""
    travel = frame.t * props.number("speed") / 20 + props.number("push") * travelled(frame, props.text("follow")) / 20
    colors = [props.color(name) for name in ("first", "second", "third")]
    angle = math.radians(props.number("angle") + props.number("turning") * frame.t)
    half = 0.5 * (abs(math.cos(angle)) * frame.width + abs(math.sin(angle)) * frame.height)
    places = np.linspace(0, 1, 13)
    stops = []
    for place in places:
        along = (place * props.number("bands") + travel) % 1.0 * 3
        at = int(along) % 3
        share = along - int(along)
        stops.append((float(place), mix(colors[at], colors[(at + 1) % 3], share * share * (3 - 2 * share))))
    across, down = math.cos(angle) * half, math.sin(angle) * half
    brush.fill()
    brush.linear((-across, -down), (across, down), stops)
    _whole(brush, frame)


def _texture(brush: Brush, frame: Frame, props: Props) -> None:
    look = props.text("look")
    number_of = frame.keep(look, lambda: frame.resources.array(f"texture {look}", lambda: _texture_pixels(look)))
    scale = props.number("size") * frame.unit / 256
    with brush.clipped(-frame.width / 2, -frame.height / 2, frame.width, frame.height):
        brush.tile(
            number_of, -frame.width / 2, -frame.height / 2, scale=scale, opacity=props.number("strength"),
            sampling="linear",
        )  # fmt: skip


def _texture_pixels(look: str) -> np.ndarray:
    """Dark and light flecks, uint8 [256, 256, 4], premultiplied; repeats at its edges."""
    chance = np.random.default_rng(11)
    noise = chance.normal(0, 1, (256, 256))
    match look:
        case "paper":
            soft = sum(np.roll(noise, at, axis=0) for at in range(3)) + sum(np.roll(noise, at, 1) for at in range(3))
            value = 0.28 * soft / np.std(soft) + 0.25 * np.kron(cloud_alpha(5) - 0.4, np.ones((2, 2)))
        case "brushed":
            value = 0.3 * sum(np.roll(noise, at, axis=1) for at in range(40)) / 40**0.5
        case "canvas":
            places = np.arange(256)
            weave = np.sin(places * _TAU / 8)
            value = 0.25 * (weave[:, None] * ((places // 8) % 2 * 2 - 1)[None, :]) + 0.1 * noise
        case _:  # scratches: thin upright lines and specks, as on an old film
            value = np.where(noise > 3.4, 0.9, 0.0)
            for column in chance.integers(0, 256, 7):
                start, length = chance.integers(0, 256), chance.integers(40, 200)
                value[np.arange(start, start + length) % 256, column] = 0.5
    value = np.clip(value, -1, 1)
    alpha = np.round(np.abs(value) * 255).astype(np.uint8)
    light = np.where(value > 0, alpha, np.uint8(0))
    return np.stack([light, light, light, alpha], axis=2)


def _pattern(brush: Brush, frame: Frame, props: Props) -> None:
    # On a canvas that is all length, a share of its short side would be thousands of rows.
    step = max(props.number("distance") * frame.unit, math.hypot(frame.width, frame.height) / _MOST_ROWS)
    gone = frame.t * props.number("speed") * step + props.number("push") * step * travelled(
        frame, props.text("follow")
    )  # fmt: skip
    reach = math.hypot(frame.width, frame.height) / 2 + step
    count = int(reach / step) + 1
    places = (np.arange(-count, count + 1) * step + math.fmod(gone, step)).astype(np.float32)
    thick = props.number("thick") * step
    with (
        brush.clipped(-frame.width / 2, -frame.height / 2, frame.width, frame.height),
        brush.moved(0, 0, rotation=math.radians(props.number("angle"))),
    ):
        if props.text("look") == "dots":
            x, y = np.meshgrid(places, places)
            inside = np.hypot(x, y) < reach
            radius = np.full(int(inside.sum()), thick / 2, np.float32)
            brush.fill(props.color("color"))
            brush.circles(np.stack([x[inside], y[inside], radius], axis=1))
            return
        ends = np.full(len(places), reach, np.float32)
        rows = np.stack([places, -ends, places, ends], axis=1)
        if props.text("look") == "grid":
            rows = np.concatenate([rows, np.stack([-ends, places, ends, places], axis=1)])
        brush.stroke(props.color("color"), thick, cap="butt")
        brush.segments(rows)


def _tunnel(brush: Brush, frame: Frame, props: Props) -> None:
    """Frames that come nearer, each turned a little against the one behind it."""
    sides, count = props.count("sides"), props.count("rings")
    travel = frame.t * props.number("speed") / 4 + props.number("push") * travelled(frame, props.text("follow")) / 4
    part = travel % 1.0
    base = math.floor(travel)
    far = 0.75 * math.hypot(frame.width, frame.height)
    blow = 1 + 1.2 * felt(frame, "kick")
    for at in range(count - 1, -1, -1):
        # Equal steps in depth; what is near is large.
        depth = (at + 1 - part) / count
        size = far * (1 / (0.06 + depth) - 1 / 1.06) / (1 / 0.06 - 1 / 1.06) * 1.6
        if size < 1 or depth <= 0:
            continue
        light = (1 - depth) ** 1.2 * min(1.0, depth * count * 0.8 + 0.2)
        number_of = base + at
        tint = mix(props.color("first"), props.color("second"), 0.5 - 0.5 * math.cos(number_of * 0.7))
        turn = math.radians(props.number("twist")) * (number_of - travel * 0.5) + math.radians(
            props.number("turning") * frame.t
        )  # fmt: skip
        width = max(0.75, props.number("thick") * size * blow)
        brush.stroke(with_alpha(tint, light), width, blend=props.text("mix"))
        if sides > 12:
            brush.circles(np.array([[0, 0, size]], np.float32))
        else:
            angles = turn + np.arange(sides) * (_TAU / sides)
            brush.polygon(np.stack([np.cos(angles) * size, np.sin(angles) * size], axis=1).astype(np.float32))


_MIX: Final = choice("mix", "Mix", "plus", ("plus", "normal", "screen"))

KINDS: Final = (
    LayerKind(
        name="solid", label="Plain colour", group="Background", words="One colour over the whole canvas.",
        inputs=(color("color", "Colour", "$0"),), draw=_solid, extent=_extent, static=True,
    ),
    LayerKind(
        name="backdrop", label="Blurred cover", group="Background",
        words="The cover, blurred and dark, behind everything; without one the palette's colours.",
        inputs=(
            medium("image", "Image", "image", "cover"),
            number("blur", "Blur", 0.6, 0.05, 1, unit="percent"),
            number("darken", "Darken", 0.45, 0, 1, unit="percent"),
            number("saturation", "Saturation", 1.15, 0, 2.5, unit="percent"),
            color("tint", "Tint", "$0"),
            number("tinted", "Tint amount", 0.15, 0, 1, unit="percent"),
            number("zoom", "Zoom", 1.15, 1, 4, unit="ratio"),
        ),
        draw=_backdrop, extent=_extent, static=True,
    ),
    LayerKind(
        name="fog", label="Fog", group="Background", words="Clouds in two colours that pass one another.",
        inputs=(
            color("first", "First colour", "$1"), color("second", "Second colour", "$2"),
            number("strength", "Strength", 0.5, 0, 1, unit="percent"),
            number("size", "Size", 1.1, 0.2, 5, unit="size"),
            choice("mix", "Mix", "plus", ("plus", "screen", "normal", "multiply")),
            number("speed", "Speed", 1, -8, 8, unit="ratio", group="Motion"),
            follow("follow", "Pushed by", "bass"),
            number("push", "Push", 1, 0, 12, unit="ratio", group="Music"),
            number("swell", "Swells with loudness", 0.35, 0, 1, unit="percent", group="Music"),
        ),
        draw=_fog, extent=_extent,
    ),
    LayerKind(
        name="flow", label="Flowing gradient", group="Background", words="Three colours that travel without an end.",
        inputs=(
            color("first", "First colour", "$0"), color("second", "Second colour", "$1"),
            color("third", "Third colour", "$2"),
            number("bands", "Bands", 0.6, 0.1, 4, unit="ratio"),
            number("angle", "Angle", 60, -360, 360, step=1, unit="degrees"),
            number("turning", "Degrees per second", 0, -90, 90, step=0.5, group="Motion"),
            number("speed", "Speed", 1, -8, 8, unit="ratio", group="Motion"),
            follow("follow", "Pushed by", "loudness"),
            number("push", "Push", 1, 0, 12, unit="ratio", group="Music"),
        ),
        draw=_flow, extent=_extent,
    ),
    LayerKind(
        name="texture", label="Texture", group="Background", words="Paper, metal, cloth or old film over the colours.",
        inputs=(
            choice("look", "Look", "paper", ("paper", "brushed", "canvas", "scratches")),
            number("strength", "Strength", 0.25, 0, 1, unit="percent"),
            number("size", "Size", 0.4, 0.1, 2, unit="size"),
        ),
        draw=_texture, extent=_extent, static=True,
    ),
    LayerKind(
        name="pattern", label="Pattern", group="Background", words="Stripes, a grid, or dots that travel.",
        inputs=(
            choice("look", "Look", "stripes", ("stripes", "grid", "dots")),
            color("color", "Colour", "$1/20"),
            number("distance", "Distance", 0.08, 0.02, 1, unit="size"),
            number("thick", "Thickness", 0.3, 0.01, 0.95, unit="percent"),
            number("angle", "Angle", 30, -360, 360, step=1, unit="degrees"),
            number("speed", "Speed", 0.25, -8, 8, unit="ratio", group="Motion"),
            follow("follow", "Pushed by", "none"),
            number("push", "Push", 1, 0, 12, unit="ratio", group="Music"),
        ),
        draw=_pattern, extent=_extent,
    ),
    LayerKind(
        name="tunnel", label="Tunnel", group="Background", words="Frames that fly towards you.",
        inputs=(
            number("sides", "Corners", 6, 3, 13, whole=True, unit="count", words="13 is a circle."),
            number("rings", "Frames", 14, 2, 40, whole=True, unit="count"),
            number("thick", "Thickness", 0.012, 0.001, 0.2, step=0.001, unit="ratio"),
            color("first", "First colour", "$1"), color("second", "Second colour", "$2"),
            _MIX,
            number("twist", "Twist", 6, -60, 60, step=0.5, unit="degrees"),
            number("turning", "Degrees per second", 4, -180, 180, step=1, group="Motion"),
            number("speed", "Speed", 1, -8, 8, unit="ratio", group="Motion"),
            follow("follow", "Pushed by", "bass"),
            number("push", "Push", 3, 0, 12, unit="ratio", group="Music"),
        ),
        draw=_tunnel, extent=_extent,
    ),
)  # fmt: skip
