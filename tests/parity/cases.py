"""Display lists for every op of the table, in the variants that painters have reason to differ in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.scene.brush import Brush
from shared.scene.display_list import DisplayList, read_list
from shared.scene.ops import BLENDS, CAPS, SAMPLINGS
from shared.scene.resources import MediaImage, MediaVideo, Resources, TextSpec

__all__ = ["CANVAS", "FILM_FRAMES", "PICTURE", "SCALES", "TABLE", "Case", "cases"]

#: Canvas of all cases, in pixels.
CANVAS: Final = (640, 360)
#: Target pixels per canvas pixel.
SCALES: Final = (0.5, 1.0, 1.5)
#: Ids of the picture and the film that `page` and `server` provide.
PICTURE: Final = "m1"
FILM: Final = "m2"
FILM_FRAMES: Final = 3

_SKY: Final = ((0.05, 0.02, 0.2, 1.0), (0.9, 0.3, 0.4, 1.0), (1.0, 0.8, 0.4, 1.0))
_INK: Final = (0.2, 0.8, 1.0, 1.0)
_SCRIPTS: Final = {
    "latin": TextSpec("Keylight AVATAR fi é", size=48, width=420),
    "cyrillic and greek": TextSpec("Привет Ελλάδα", family="Montserrat", size=44, width=420, weight=900),
    "hebrew and arabic": TextSpec("שלום עולם\nمرحبا بالعالم", size=40, width=420, align="right"),  # noqa: RUF001
    "japanese": TextSpec("東京タワー 音楽", family="Anton", size=44, width=420),
    "korean and chinese": TextSpec("서울 음악\n北京 音乐", size=40, width=420, weight=400, align="left"),
    "thai and devanagari": TextSpec("สวัสดี नमस्ते", size=44, width=420),
}


@dataclass(frozen=True)
class Case:
    """One list. group: the ops that it is about."""

    group: str
    name: str
    floats: np.ndarray


_Draw = Callable[[Brush], None]


class _Table:
    """Numbers of the resources that cases name."""

    def __init__(self) -> None:
        self.resources = Resources()
        self.picture = self.resources.add(MediaImage(PICTURE))
        self.film = self.resources.add(MediaVideo(FILM))
        self.soft = self.resources.array("soft", _soft)
        self.grain = self.resources.array("grain", _grain)
        self.grain_small = self.resources.array("grain with mipmaps", _grain, mipmaps=True)

    def text(self, spec: TextSpec) -> int:
        return self.resources.add(spec)


def _soft() -> np.ndarray:
    """A white dot, 33 x 33, soft, premultiplied."""
    y, x = np.mgrid[-16:17, -16:17] / 16
    alpha = np.round(255 * np.clip(1 - np.hypot(x, y), 0, 1) ** 2).astype(np.uint8)
    return np.repeat(alpha[..., None], 4, 2)


def _grain() -> np.ndarray:
    """Noise, 48 x 40, half of it transparent."""
    chance = np.random.default_rng(5)
    alpha = chance.integers(0, 256, (40, 48, 1))
    color = chance.integers(0, 256, (40, 48, 3)) * alpha // 255
    return np.concatenate([color, alpha], 2).astype(np.uint8)


TABLE: Final = _Table()


def cases() -> list[Case]:
    """All of them; the resource table is `TABLE.resources`."""
    return [Case(group, name, _recorded(draw)) for group, name, draw in _all()]


def _recorded(draw: _Draw) -> np.ndarray:
    brush = Brush(DisplayList())
    brush.begin()
    brush.clear((0.04, 0.04, 0.07, 1.0))
    draw(brush)
    return _with_byte_colors(brush.out.copy())


def _with_byte_colors(floats: np.ndarray) -> np.ndarray:
    """The list with its colours rounded to 1/255, as kinds write them."""
    for op, head, rows in read_list(floats):
        for table, names in ((head[None], op.head), (rows, op.row)):
            for at, name in enumerate(names):
                if name in ("red", "green", "blue", "alpha") and table.size:
                    table[:, at] = np.round(table[:, at] * 255) / np.float32(255)
        if op.name in ("cached", "offscreen"):
            _with_byte_colors(rows.reshape(-1))
    return floats


def _all() -> Iterator[tuple[str, str, _Draw]]:
    yield from _gradients()
    yield from _shapes()
    yield from _blends()
    yield from _pictures()
    yield from _texts()
    yield from _stack()
    yield from _nested()


def _gradients() -> Iterator[tuple[str, str, _Draw]]:
    def linear(brush: Brush) -> None:
        brush.fill()
        brush.linear((40, 20), (600, 330), _SKY)
        brush.paint_all()

    def radial(brush: Brush) -> None:
        brush.fill()
        brush.radial(
            (300, 200), 240, [(0.1, _SKY[0]), (0.1, _SKY[2]), (0.7, (0.2, 0.9, 0.5, 0.3)), (1.0, (1, 1, 1, 0))]
        )
        brush.paint_all()

    def sweep(brush: Brush) -> None:
        brush.fill()
        brush.sweep((320, 180), [*_SKY, _SKY[0]], start=2.3)
        brush.circles(np.array([[320, 180, 160]]))

    def point(brush: Brush) -> None:
        brush.fill()
        brush.out.op("radial", 300, 200, 0, rows=np.array([[0, *_SKY[0]], [1, *_INK]]))
        brush.rect(100, 100, 200, 100)

    yield from (("linear", "", linear), ("radial", "", radial), ("sweep", "", sweep), ("radial", "no radius", point))


def _bars(brush: Brush, *, radius: float = 0.0) -> None:
    x = np.arange(40, dtype=np.float32)
    height = 40 + 220 * np.abs(np.sin(x / 5))
    brush.rects(np.stack([x * 15.3 + 14.2, 320 - height, x * 0 + 9.7, height], 1), radius=radius)


def _wave(points: int = 60) -> np.ndarray:
    x = np.linspace(-20, 660, points)
    return np.stack([x, 180 + 110 * np.sin(x / 50) * np.cos(x / 171)], 1)


def _shapes() -> Iterator[tuple[str, str, _Draw]]:
    def bars(radius: float) -> _Draw:
        def draw(brush: Brush) -> None:
            brush.fill(_INK)
            _bars(brush, radius=radius)

        return draw

    def gradient_bars(brush: Brush) -> None:
        brush.fill()
        brush.linear((0, 330), (0, 60), _SKY)
        _bars(brush, radius=4.85)

    def lines(cap: str) -> _Draw:
        def draw(brush: Brush) -> None:
            brush.stroke((1.0, 0.6, 0.2, 0.8), 7.5, cap=cap)
            angle = np.arange(24) * math.tau / 24
            spokes = np.stack([np.cos(angle), np.sin(angle)], 1)
            middle = np.array([320.0, 180.0])
            brush.segments(np.concatenate([middle + 40 * spokes, middle + 150 * spokes], 1))

        return draw

    def circles(brush: Brush) -> None:
        brush.fill((0.9, 0.3, 0.9, 0.7))
        x = np.arange(30)
        brush.circles(np.stack([x * 21 + 10.3, 180 + 100 * np.sin(x), 3 + x % 9], 1))

    def star(brush: Brush) -> None:
        brush.fill((1.0, 0.9, 0.3, 1.0))
        angle = np.arange(5) * math.tau * 2 / 5
        brush.polygon(np.stack([320 + 150 * np.sin(angle), 180 - 150 * np.cos(angle)], 1))

    def zigzag(brush: Brush) -> None:
        brush.stroke(_INK, 5)
        brush.polygon(np.stack([np.arange(30) * 22.0, 180 + 90.0 * (np.arange(30) % 2)], 1), closed=False)

    def curve(brush: Brush) -> None:
        brush.stroke(_INK, 3.3)
        brush.curve(_wave(), closed=False)

    def blob(brush: Brush) -> None:
        brush.fill((0.3, 1.0, 0.6, 0.8))
        angle = np.arange(24) * math.tau / 24
        far = 100 + 30 * np.sin(angle * 5)
        brush.curve(np.stack([320 + far * np.cos(angle), 180 + far * np.sin(angle)], 1))

    def hair(brush: Brush) -> None:
        brush.stroke(_INK, 0)
        brush.curve(_wave(), closed=False)

    def thin_rings(brush: Brush) -> None:
        with brush.offscreen(6) as slot, brush.moved(320, 180):
            brush.stroke((1.0, 1.0, 1.0, 0.9), 5)
            angle = np.arange(4) * math.tau / 4 + 0.4
            for radius in (40, 90, 140):
                ring = radius * np.stack([np.cos(angle), np.sin(angle)], 1)
                brush.polygon(ring)
                brush.curve(ring)
        brush.stamp(slot, blend="plus")

    def thin_lines(brush: Brush) -> None:
        for at, width in enumerate((0.2, 0.5, 0.8, 1.0, 1.3)):
            with brush.moved(0, 40 * at - 80, rotation=0.02 * at, scale=0.9):
                brush.stroke((1.0, 0.9, 0.7, 0.9), width)
                if at % 2:
                    brush.linear((0, 0), (640, 0), _SKY)
                brush.curve(_wave(), closed=False)

    def glow(sigma: float) -> _Draw:
        def draw(brush: Brush) -> None:
            brush.stroke((1.0, 0.3, 0.5, 0.9), 6, blend="plus", sigma=sigma)
            brush.curve(_wave(), closed=False)
            brush.stroke((1.0, 0.9, 0.95, 1.0), 3)
            brush.curve(_wave(), closed=False)

        return draw

    def glowing_bars(brush: Brush) -> None:
        brush.fill((0.2, 0.6, 1.0, 0.8), blend="plus", sigma=9)
        _bars(brush)
        brush.fill((0.8, 0.9, 1.0, 1.0))
        _bars(brush)

    def haze(brush: Brush) -> None:
        brush.fill((0.2, 0.6, 1.0, 0.4), sigma=12)
        brush.paint_all()

    yield from (("rects", f"radius {radius}", bars(radius)) for radius in (0.0, 3.0, 50.0))
    yield "rects", "gradient", gradient_bars
    yield from (("segments", cap, lines(cap)) for cap in CAPS)
    yield "circles", "", circles
    yield from (("polygon", "star", star), ("polygon", "open", zigzag))
    yield from (("curve", "open", curve), ("curve", "closed", blob), ("curve", "hairline", hair))
    yield "polygon", "thin rings, small", thin_rings
    yield "curve", "thin lines", thin_lines
    yield from (("paint", f"sigma {sigma}", glow(sigma)) for sigma in (0.4, 3.0, 24.0))
    yield from (("paint", "bars with sigma", glowing_bars), ("fill", "with sigma", haze))


def _blends() -> Iterator[tuple[str, str, _Draw]]:
    def blended(blend: str) -> _Draw:
        def draw(brush: Brush) -> None:
            brush.fill()
            brush.linear((0, 0), (640, 0), _SKY)
            brush.paint_all()
            brush.fill((0.2, 0.7, 0.9, 0.6), blend=blend)
            _bars(brush)
            brush.image(TABLE.picture, 450, 120, 260, 160, opacity=0.7, blend=blend)

        return draw

    yield from (("blend", blend, blended(blend)) for blend in BLENDS)


def _pictures() -> Iterator[tuple[str, str, _Draw]]:
    def placed(sampling: str, width: float, rotation: float) -> _Draw:
        def draw(brush: Brush) -> None:
            brush.image(TABLE.picture, 310, 190, width, width * 0.6, rotation=rotation, opacity=0.9, sampling=sampling)

        return draw

    def whole(brush: Brush) -> None:
        brush.image(TABLE.picture, 320, 180, 640, 360)

    def mirrored(brush: Brush) -> None:
        brush.image(TABLE.picture, 320, 180, -300, 200, rotation=-0.4)

    def particles(brush: Brush) -> None:
        chance = np.random.default_rng(3)
        rows = chance.random((300, 8)).astype(np.float32) * np.array([640, 360, 1.5, 6.3, 1, 1, 1, 1], np.float32)
        brush.sprites(TABLE.soft, rows)

    def leaves(brush: Brush) -> None:
        chance = np.random.default_rng(4)
        rows = chance.random((60, 8)).astype(np.float32) * np.array([640, 360, 1.5, 6.3, 1, 1, 1, 1], np.float32)
        brush.sprites(TABLE.grain, rows, blend="normal")

    def tiled(sampling: str, scale: float) -> _Draw:
        def draw(brush: Brush) -> None:
            number = TABLE.grain_small if sampling == "mipmap" else TABLE.grain
            brush.tile(number, 13.3, 7.7, scale=scale, opacity=0.6, blend="overlay", sampling=sampling)
            with brush.moved(320, 180, rotation=0.3), brush.clipped(-150, -60, 300, 120):
                brush.tile(number, 5, 5, scale=scale, sampling=sampling)

        return draw

    def film(brush: Brush) -> None:
        brush.video(TABLE.film, 1, 320, 180, 512, 288, opacity=0.9)
        brush.video(TABLE.film, 2, 90, 60, 160, 90, blend="screen")

    for sampling in SAMPLINGS:
        yield "image", f"{sampling}, smaller", placed(sampling, 120, 0.5)
        yield "image", f"{sampling}, larger", placed(sampling, 560, -0.2)
        yield "tile", f"{sampling}", tiled(sampling, 1.0 if sampling == "nearest" else 0.7)
    yield from (("image", "whole canvas", whole), ("image", "mirrored", mirrored))
    yield from (("sprites", "particles", particles), ("sprites", "normal blend", leaves), ("video", "", film))


def _texts() -> Iterator[tuple[str, str, _Draw]]:
    def text(spec: TextSpec, scale: float, rotation: float) -> _Draw:
        number = TABLE.text(spec)

        def draw(brush: Brush) -> None:
            brush.text(number, 317.3, 171.9, (1.0, 0.95, 0.8, 0.9), scale=scale, rotation=rotation)

        return draw

    odd = ((1.0, 0.0), (0.73, 0.21), (1.37, -1.1))
    for at, (script, spec) in enumerate(_SCRIPTS.items()):
        for scale, rotation in (odd[at % 3], odd[(at + 1) % 3]):
            yield "text", f"{script}, scale {scale}, turned {rotation}", text(spec, scale, rotation)
    specs = {
        "outline": TextSpec("Outline", family="Anton", size=90, width=500, stroke=3.5),
        "blurred": TextSpec("Blurred", family="Pacifico", size=80, width=500, blur=6),
        "spaced, two lines": TextSpec(
            "wide open\nletters", family="Orbitron", size=40, width=560, spacing=0.3, line_height=1.6
        ),
        "cut": TextSpec("a long line that does not fit into its box at all " * 3, size=30, width=400, max_lines=2),
        "thickened and slanted": TextSpec("Bebas", family="Bebas Neue", weight=900, italic=True, size=90, width=400),
        "emoji and a missing letter": TextSpec("Notes \U0001f3b5 \u2665 \U00013000", size=50, width=500),
        "small": TextSpec("A caption of fourteen pixels, iIlL1", size=14, width=300, weight=400),
    }  # fmt: skip
    for name, spec in specs.items():
        yield "text", name, text(spec, 1.0, 0.07)


def _stack() -> Iterator[tuple[str, str, _Draw]]:
    def clipped(kind: str) -> _Draw:
        def draw(brush: Brush) -> None:
            triangle = np.array([[100.5, 320], [330, 30], [560, 300]])
            clips = {
                "rectangle": brush.clipped(100.3, 50.6, 400.5, 250.2),
                "rounded": brush.clipped(100, 50, 400, 250, radius=40),
                "circle": brush.clipped_circle(320, 180, 133.3),
                "polygon": brush.clipped_polygon(triangle),
            }
            with brush.moved(320, 180, rotation=0.2, scale=(0.9, 1.1)), brush.moved(-320, -180), clips[kind]:
                brush.fill()
                brush.linear((0, 0), (640, 360), _SKY)
                brush.paint_all()

        return draw

    def layered(blend: str, opacity: float) -> _Draw:
        def draw(brush: Brush) -> None:
            brush.fill()
            brush.linear((0, 0), (640, 360), _SKY)
            brush.paint_all()
            with brush.layer(opacity, blend=blend):
                brush.fill(_INK)
                _bars(brush)
                brush.fill((1.0, 0.3, 0.3, 0.5))
                brush.circles(np.array([[320, 180, 100]]))

        return draw

    def graded(brush: Brush) -> None:
        matrix = [0.5, 0.4, 0.1, 0, 0.05, 0.2, 0.9, -0.1, 0, 0, 0.1, 0.1, 1.2, 0, -0.02, 0, 0, 0, 0.9, 0]
        with brush.layer(0.8, matrix=matrix):
            brush.image(TABLE.picture, 320, 180, 500, 300, rotation=0.1)
            brush.fill((1.0, 0.3, 0.3, 0.5))
            brush.circles(np.array([[320, 180, 100]]))

    def blurred(sigma: float) -> _Draw:
        def draw(brush: Brush) -> None:
            brush.out.op("layer_blur", 0.9, 0, sigma)
            brush.image(TABLE.picture, 320, 180, 400, 240)
            _bars(brush)
            brush.out.op("restore")

        return draw

    yield from (("clip", kind, clipped(kind)) for kind in ("rectangle", "rounded", "circle", "polygon"))
    yield from (("layer", f"{blend} {opacity}", layered(blend, opacity)) for blend, opacity in
                (("normal", 0.5), ("screen", 0.8), ("multiply", 1.0)))  # fmt: skip
    yield "layer_color", "", graded
    yield from (("layer_blur", f"sigma {sigma}", blurred(sigma)) for sigma in (1.5, 10.0))


def _nested() -> Iterator[tuple[str, str, _Draw]]:
    def cached(key: int, inside: _Draw) -> _Draw:
        def draw(brush: Brush) -> None:
            brush.fill((0.3, 0.3, 0.5, 1.0))
            brush.paint_all()
            with brush.out.nest("cached", key):
                inside(brush)

        return draw

    def wash(brush: Brush) -> None:
        brush.fill()
        brush.radial((320, 180), 250, [(0.9, 0.5, 0.2, 1.0), (0.9, 0.5, 0.2, 0.0)])
        brush.paint_all()
        _bars(brush, radius=3)

    def stamped(divisor: int, sampling: str, matrix: tuple[float, float, float, float, float, float]) -> _Draw:
        def draw(brush: Brush) -> None:
            with brush.offscreen(divisor) as slot:
                brush.stroke((1.0, 0.3, 0.5, 1.0), 12)
                brush.curve(_wave(), closed=False)
                brush.fill((0.3, 0.8, 1.0, 0.8), sigma=6)
                _bars(brush)
            brush.stamp(slot, matrix=matrix, opacity=0.9, blend="plus", sampling=sampling)

        return draw

    def trail(brush: Brush) -> None:
        with brush.offscreen(3) as outer:
            with brush.offscreen(2) as inner:
                brush.fill(_INK)
                _bars(brush)
            brush.stamp(inner, opacity=0.6)
            brush.stamp(inner, matrix=(0.7, 0.1, -0.1, 0.7, 100, 40), sampling="mipmap")
        with brush.moved(320, 180, scale=0.8, rotation=0.1), brush.moved(-320, -180):
            brush.stamp(outer, opacity=0.9)

    same = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    turned = (0.95, 0.1, -0.1, 0.95, 20.0, -10.0)

    def together(brush: Brush) -> None:
        brush.fill()
        brush.linear((0, 0), (0, 360), _SKY)
        brush.paint_all()
        for key, left in enumerate((60, 180, 300)):
            with brush.out.nest("cached", 20 + key):
                brush.fill((0.1, 0.3 * key, 0.0, 0.4), blend="plus" if key == 2 else "normal")
                brush.rect(left, 40 + 60 * key, 240, 160)

    yield "cached", "", cached(1, wash)
    yield "cached", "three as one", together
    for divisor in (1, 2, 4, 7):
        yield "offscreen", f"1/{divisor}, as it is", stamped(divisor, "linear", same)
    for sampling in SAMPLINGS:
        yield "stamp", f"{sampling}, turned", stamped(2, sampling, turned)
    yield "stamp", "mirrored", stamped(1, "linear", (-1.0, 0.0, 0.0, 1.0, 640.0, 0.0))
    yield "offscreen", "nested", trail
