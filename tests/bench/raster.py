"""What each operation of a display list costs the server's painter: `python -m tests.bench.raster [--gl] [--size WxH]`.

The least of some rounds, in milliseconds of this process, over a frame that is cleared first (the first row, which the
others are without).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from shared.scene.brush import Brush
from shared.scene.display_list import DisplayList
from shared.scene.resources import Resources, TextSpec

__all__ = ["OPERATIONS", "main", "measure"]

_FONTS = Path(__file__).parents[2] / ".assets"
_WIDTH, _HEIGHT = 1920, 1080
_PINK, _BLUE, _DARK = (1.0, 0.2, 0.5, 1.0), (0.2, 0.8, 1.0, 1.0), (0.0, 0.0, 0.1, 1.0)
_STOPS = (_DARK, _BLUE, _PINK)

_Draw = Callable[[Brush, Resources], None]


def _photo(seed: int = 1) -> np.ndarray:
    """Smooth colours, opaque, as large as the canvas."""
    small = np.random.default_rng(seed).random((9, 16, 3))
    rows = np.linspace(0, 7.999, _HEIGHT), np.linspace(0, 14.999, _WIDTH)
    across = (
        small[:, rows[1].astype(int)] * (1 - rows[1] % 1)[:, None]
        + small[:, rows[1].astype(int) + 1] * (rows[1] % 1)[:, None]
    )
    down = across[rows[0].astype(int)] * (1 - rows[0] % 1)[:, None, None]
    down += across[rows[0].astype(int) + 1] * (rows[0] % 1)[:, None, None]
    return np.concatenate([(down * 255).astype(np.uint8), np.full((_HEIGHT, _WIDTH, 1), 255, np.uint8)], axis=2)


def _sprite() -> np.ndarray:
    distance = np.hypot(*(np.mgrid[0:32, 0:32] - 15.5)) / 16
    alpha = (np.clip(1 - distance, 0, 1) ** 2 * 255).astype(np.uint8)
    return np.repeat(alpha[:, :, None], 4, axis=2)


def _image(scale: float, rotation: float = 0.0, **options: str) -> _Draw:
    def draw(brush: Brush, resources: Resources) -> None:
        number = resources.array("photo", _photo, mipmaps=True)
        brush.image(
            number, _WIDTH / 2, _HEIGHT / 2, scale * _WIDTH, scale * _HEIGHT, rotation=rotation,
            sampling=options.get("sampling", "mipmap"), blend=options.get("blend", "normal"),
            opacity=float(options.get("opacity", 1)),
        )  # fmt: skip

    return draw


def _gradient(kind: str) -> _Draw:
    def draw(brush: Brush, _: Resources) -> None:
        brush.fill()
        if kind == "linear":
            brush.linear((0, 0), (_WIDTH, _HEIGHT), _STOPS)
        elif kind == "radial":
            brush.radial((_WIDTH / 2, _HEIGHT / 2), _WIDTH / 2, _STOPS)
        else:
            brush.sweep((_WIDTH / 2, _HEIGHT / 2), _STOPS)
        brush.paint_all()

    return draw


def _cached(brush: Brush, _: Resources) -> None:
    with brush.cached():
        _gradient("linear")(brush, _)


def _cached_clear(brush: Brush, _: Resources) -> None:
    with brush.cached():
        brush.fill((1, 1, 1, 0.5))
        brush.circles(np.array([[400.0, 400, 300]]))


def _bars(count: int, *, radius: float = 6.0, gradient: bool = False, sigma: float = 0.0) -> _Draw:
    heights = 60 + 700 * np.random.default_rng(2).random(count)
    step = 1600 / count
    rows = np.stack([160 + step * np.arange(count), 950 - heights, np.full(count, 0.7 * step), heights], axis=1)

    def draw(brush: Brush, _: Resources) -> None:
        brush.fill(_PINK, sigma=sigma, blend="plus" if sigma else "normal")
        if gradient:
            brush.linear((0, 950), (0, 200), _STOPS)
        brush.rects(rows, radius=radius)

    return draw


def _curve(sigma: float) -> _Draw:
    x = np.linspace(0, _WIDTH, 128)
    points = np.stack([x, _HEIGHT / 2 + 200 * np.sin(x / 90) * np.sin(x / 1000)], axis=1)

    def draw(brush: Brush, _: Resources) -> None:
        brush.stroke(_BLUE, 6, blend="plus" if sigma else "normal", sigma=sigma)
        brush.curve(points, closed=False)

    return draw


def _circles(brush: Brush, _: Resources) -> None:
    rows = np.random.default_rng(4).random((200, 3)) * (_WIDTH, _HEIGHT, 12)
    brush.fill(_BLUE)
    brush.circles(rows)


def _particles(count: int) -> _Draw:
    rows = np.random.default_rng(3).random((count, 8)) * (_WIDTH, _HEIGHT, 1, 3, 1, 1, 1, 1)

    def draw(brush: Brush, resources: Resources) -> None:
        brush.sprites(resources.array("sprite", _sprite), rows)

    return draw


def _text(size: float, **options: float) -> _Draw:
    def draw(brush: Brush, resources: Resources) -> None:
        number = resources.add(TextSpec("Keylight", size=size, width=1400, blur=options.get("blur", 0)))
        brush.text(number, _WIDTH / 2, _HEIGHT / 2, _PINK, rotation=options.get("rotation", 0))

    return draw


def _stamped(divisor: int, sampling: str, blend: str) -> _Draw:
    def draw(brush: Brush, resources: Resources) -> None:
        with brush.offscreen(divisor) as slot:
            _bars(128)(brush, resources)
        brush.stamp(slot, sampling=sampling, blend=blend)

    return draw


def _layer(opacity: float, blend: str = "normal", matrix: list[float] | None = None) -> _Draw:
    def draw(brush: Brush, resources: Resources) -> None:
        with brush.layer(opacity, blend=blend, matrix=matrix):
            _bars(128)(brush, resources)

    return draw


def _tile(brush: Brush, resources: Resources) -> None:
    grain = resources.array("grain", lambda: np.random.default_rng(5).integers(0, 40, (256, 256, 4), np.uint8))
    brush.tile(grain, 13, 7, blend="plus", sampling="nearest")


def _nothing(_: Brush, __: Resources) -> None:
    pass


_WARM = [1.1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0.9, 0, 0, 0, 0, 0, 1, 0]
OPERATIONS: dict[str, _Draw] = {
    "clear alone": _nothing,
    "full gradient, linear": _gradient("linear"),
    "full gradient, radial": _gradient("radial"),
    "full gradient, sweep": _gradient("sweep"),
    "full image, its own size": _image(1.0, sampling="nearest"),
    "full image, grown 1.05 times, linear": _image(1.05, sampling="linear"),
    "full image, grown 1.05 times, mipmap": _image(1.05),
    "full image, grown and turned": _image(1.2, 0.1),
    "full image, cubic": _image(1.05, sampling="cubic"),
    "full image, half opaque": _image(1.05, opacity="0.5", sampling="linear"),
    "image of a quarter of the area": _image(0.5),
    "cached layer, opaque": _cached,
    "cached layer, clear in parts": _cached_clear,
    "128 bars": _bars(128),
    "128 bars, square": _bars(128, radius=0),
    "128 bars, gradient": _bars(128, gradient=True),
    "128 bars, glow by sigma 12": _bars(128, sigma=12),
    "curve": _curve(0),
    "curve, glow by sigma 12": _curve(12),
    "200 circles": _circles,
    "300 particles of 32 pixels": _particles(300),
    "1000 particles of 32 pixels": _particles(1000),
    "text": _text(120),
    "text, turned": _text(120, rotation=0.2),
    "text, blurred": _text(120, blur=8),
    "offscreen / 1 of 128 bars, stamped": _stamped(1, "linear", "normal"),
    "offscreen / 8 of 128 bars, linear": _stamped(8, "linear", "normal"),
    "offscreen / 8 of 128 bars, linear plus": _stamped(8, "linear", "plus"),
    "offscreen / 8 of 128 bars, cubic plus": _stamped(8, "cubic", "plus"),
    "layer of half opacity, 128 bars": _layer(0.5),
    "layer, screen, 128 bars": _layer(1.0, "screen"),
    "layer with a colour matrix, 128 bars": _layer(1.0, matrix=_WARM),
    "tile of grain": _tile,
}


def measure(
    *, size: tuple[int, int] = (_WIDTH, _HEIGHT), gl: bool = False, rounds: int = 8, only: str = ""
) -> tuple[str, list[tuple[str, float, float]]]:
    """What draws, and rows of an operation's name, its least milliseconds and the spread of the rounds."""
    resources = Resources()
    shelf = MediaShelf((), {}, fonts=_FONTS)
    raster = Raster(resources, shelf, canvas=(_WIDTH, _HEIGHT), size=size, fonts=_FONTS, gl=gl)
    rows, clear = [], 0.0
    for name, draw in OPERATIONS.items():
        if only not in name and draw is not _nothing:
            continue
        out = DisplayList()
        brush = Brush(out)
        brush.begin()
        brush.clear(_DARK)
        draw(brush, resources)
        raster.play(out.view())
        took = []
        for _ in range(rounds):
            start = time.process_time()
            raster.play(out.view())
            took.append(1000 * (time.process_time() - start))
        rows.append((name, min(took) - clear, statistics.pstdev(took)))
        clear = clear or min(took)
    words = raster.words
    raster.close()
    return words, rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gl", action="store_true")
    parser.add_argument("--size", default=f"{_WIDTH}x{_HEIGHT}")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    width, height = (int(side) for side in args.size.split("x"))
    words, rows = measure(size=(width, height), gl=args.gl, rounds=args.rounds, only=args.only)
    print(f"Drawn by {words}, {width} x {height}.\n\n| operation | ms | spread |\n|---|---|---|")
    for name, least, spread in rows:
        print(f"| {name} | {least:.2f} | {spread:.2f} |")


if __name__ == "__main__":
    main()
