"""What each template costs a frame: `python -m tests.bench.scene [NAME...] [--size WxH] [--frames N]`.

Milliseconds of this process, the medians over frames from the middle of the demo song and their 90th percentiles:
`Scene.frame` (Python that the page runs too) and `Raster.play` (the server's painter, on a CPU). The words are a title
and an artist; there is a cover, of smooth colours.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import skia

from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from shared.scene.gallery import TEMPLATES, sample
from shared.scene.scene import Scene
from shared.schema.project import Medium, Project
from shared.spectrum.feature_demo import demo_features

__all__ = ["AIM_RASTER_MS", "AIM_SCENE_MS", "Cost", "main", "measure"]

_FONTS = Path(__file__).parents[2] / ".assets"
#: What a template should keep to, so that one core makes a film at more than 30 frames per second.
AIM_SCENE_MS, AIM_RASTER_MS = 1.5, 20.0
_SECONDS, _FROM = 30.0, 15.0  # of the demo song, which is at its loudest from there on


@dataclass(frozen=True)
class Cost:
    """Milliseconds of one template: median and 90th percentile of scene and painter; floats of a list."""

    name: str
    scene: tuple[float, float]
    raster: tuple[float, float]
    floats: int

    @property
    def beyond(self) -> bool:
        """Whether it misses an aim."""
        return self.scene[0] > AIM_SCENE_MS or self.raster[0] > AIM_RASTER_MS


def measure(names: Sequence[str], *, size: tuple[int, int] | None = None, frames: int = 30) -> list[Cost]:
    """Costs of templates at a size in pixels, else at their own."""
    with tempfile.TemporaryDirectory() as folder:
        cover = Path(folder) / "cover.png"
        cover.write_bytes(_cover())
        return [_cost(_with_cover(name), cover, size, frames) for name in names]


def _with_cover(name: str) -> Project:
    return msgspec.structs.replace(sample(name), media=(Medium("cover", "image", role="cover"),))


def _cost(project: Project, cover: Path, size: tuple[int, int] | None, frames: int) -> Cost:
    shelf = MediaShelf(project.media, {"cover": cover}, fonts=_FONTS)
    canvas = (project.canvas.width, project.canvas.height)
    scene = Scene(project, demo_features(_SECONDS), shelf)
    raster = Raster(scene.resources, shelf, canvas=canvas, size=size or canvas, fonts=_FONTS)
    took = []
    floats = 0
    for number in range(-3, frames):
        begun = time.process_time()
        listed = scene.frame(_FROM + number / project.canvas.fps)
        made = time.process_time()
        raster.play(listed)
        played = time.process_time()
        floats = max(floats, listed.size)
        if number >= 0:  # the first ones make texts, pictures and what is cached
            took.append((1000 * (made - begun), 1000 * (played - made)))
    raster.close()
    shelf.close()
    middle, slow = np.median(took, axis=0), np.percentile(took, 90, axis=0)
    return Cost(
        project.template, (float(middle[0]), float(slow[0])), (float(middle[1]), float(slow[1])), floats
    )  # fmt: skip


def _cover() -> bytes:
    down, across = np.mgrid[0:1200, 0:1200] / 1200
    pixels = np.stack([across * 255, down * 160, 255 - 200 * across * down, np.full_like(down, 255)], axis=2)
    return bytes(skia.Image.fromarray(pixels.astype(np.uint8), colorType=skia.kRGBA_8888_ColorType).encodeToData())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and which templates miss an aim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[each.name for each in TEMPLATES])
    parser.add_argument("--size", default="", help="pixels, such as 1280x720; else each template's own")
    parser.add_argument("--frames", type=int, default=30)
    args = parser.parse_args(arguments)
    size = tuple(int(side) for side in args.size.split("x")) if args.size else None
    print("| template | scene ms | p90 | painter ms | p90 | floats |\n|---|---|---|---|---|---|")
    beyond = []
    for name in args.names:
        [cost] = measure([name], size=size, frames=args.frames)  # type: ignore[arg-type]  # two sides
        times = f"{cost.scene[0]:.2f} | {cost.scene[1]:.2f} | {cost.raster[0]:.1f} | {cost.raster[1]:.1f}"
        print(f"| {name} | {times} | {cost.floats} |", flush=True)
        if cost.beyond:
            beyond.append(name)
    print(f"\nBeyond {AIM_SCENE_MS} ms or {AIM_RASTER_MS:.0f} ms: {', '.join(beyond) or 'none'}.")


if __name__ == "__main__":
    main()
