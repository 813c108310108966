"""`python -m tests.parity.templates [NAME...]`: every template at five times, page against server, as a table.

What the promise is about: the frame that is previewed is the frame that is rendered. Frames are a third of a 1080p
canvas' size, songs are `demo_features`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from backend.assets.store import ASSETS_PATH
from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from shared.scene.gallery import TEMPLATES, sample
from shared.scene.lettering import painter_entry
from shared.scene.resources import ArrayImage
from shared.scene.scene import Scene
from shared.spectrum.feature_demo import demo_features
from shared.spectrum.features import Features
from tests.parity.compare import psnr, ssim

__all__ = [
    "LEAST_DECIBELS",
    "LEAST_SSIM",
    "TIMES",
    "Likeness",
    "compare_templates",
    "likenesses",
    "paint_in_node",
    "template_table",
    "write_scenes",
]

#: What the promise of the same frame means, for every template.
LEAST_DECIBELS: Final = 40.0
LEAST_SSIM: Final = 0.99
TIMES: Final = (0.4, 3.1, 6.5, 9.3, 14.9)
_PARTS: Final = 3
_PLAYER: Final = Path(__file__).with_name("play-scenes.mjs")


@dataclass(frozen=True)
class Likeness:
    """One template at one time: PSNR in decibels and structural similarity, 0-1."""

    name: str
    t: float
    decibels: float
    ssim: float


def compare_templates(names: Sequence[str], times: Sequence[float], folder: Path) -> list[Likeness]:
    """Likeness of all frames of page (CanvasKit in Node) and server; `folder` is for what passes between the two."""
    servers = write_scenes(names, times, folder)
    pages = paint_in_node(servers, folder)
    return [one for name in names for one in likenesses(name, times, pages[name], servers[name])]


def write_scenes(names: Sequence[str], times: Sequence[float], folder: Path) -> dict[str, np.ndarray]:
    """Write all that a page needs to paint templates into a folder, as `scenes.mjs` reads it.

    The answer is the server's frames by template, uint8 [times, height, width, 4], RGBA premultiplied.
    """
    features = demo_features(16.0)
    said, servers = [], {}
    for name in names:
        scene, servers[name] = _server(name, times, features, folder)
        said.append(scene)
    (folder / "scenes.json").write_text(json.dumps(said), "utf-8")
    return servers


def paint_in_node(servers: dict[str, np.ndarray], folder: Path) -> dict[str, np.ndarray]:
    """The page's frames of what `write_scenes` wrote and answered, like those of the server."""
    done = subprocess.run(["node", str(_PLAYER), str(folder)], capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    return {
        name: np.fromfile(folder / f"{name}.page", np.uint8).reshape(frames.shape) for name, frames in servers.items()
    }


def likenesses(name: str, times: Sequence[float], page: np.ndarray, server: np.ndarray) -> list[Likeness]:
    """Those of a template's frames, each [times, height, width, 4]."""
    return [
        Likeness(name, t, psnr(one, other), ssim(one, other)) for t, one, other in zip(times, page, server, strict=True)
    ]


def template_table(found: Sequence[Likeness]) -> str:
    """Worst of each template, as Markdown."""
    lines = ["| template | worst PSNR, dB | worst SSIM |", "|---|---|---|"]
    for name in dict.fromkeys(one.name for one in found):
        mine = [one for one in found if one.name == name]
        lines.append(f"| {name} | {min(one.decibels for one in mine):.1f} | {min(one.ssim for one in mine):.4f} |")
    return "\n".join(lines)


def _server(
    name: str, times: Sequence[float], features: Features, folder: Path
) -> tuple[dict[str, object], np.ndarray]:
    """What the page must know to paint a template, and the server's frames [times, height, width, 4], RGBA."""
    project = sample(name)
    media = MediaShelf(project.media, {}, fonts=ASSETS_PATH)
    scene = Scene(project, features, media)
    canvas = (project.canvas.width, project.canvas.height)
    size = (canvas[0] // _PARTS, canvas[1] // _PARTS)
    raster = Raster(scene.resources, media, canvas=canvas, size=size, fonts=ASSETS_PATH)
    lists, frames = [], []
    for t in times:
        lists.append(scene.frame(t).astype("<f4"))
        frames.append(raster.play(lists[-1])[:, :, [2, 1, 0, 3]].copy())
    raster.close()
    entries = scene.resources.since(0)
    arrays = [number for number, entry in enumerate(entries) if isinstance(entry, ArrayImage)]
    for number in arrays:
        (folder / f"{name}-{number}.rgba").write_bytes(scene.resources.pixels(number).tobytes())
    (folder / f"{name}.f32").write_bytes(np.concatenate(lists).tobytes())
    said = {"name": name, "canvas": canvas, "size": size, "arrays": arrays, "lengths": [len(one) for one in lists]}
    return said | {"entries": [painter_entry(entry) for entry in entries]}, np.stack(frames)


def _main(names: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        found = compare_templates(names or [each.name for each in TEMPLATES], TIMES, Path(scratch))
    print(template_table(found))


if __name__ == "__main__":
    _main(sys.argv[1:])
