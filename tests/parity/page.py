"""The page's pictures of cases: CanvasKit in Node, on the CPU. What goes over are files in a folder."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import numpy as np

from shared.scene.lettering import painter_entry
from shared.scene.resources import ArrayImage
from tests.parity.cases import CANVAS, FILM_FRAMES, PICTURE, TABLE, Case
from tests.parity.server import film_frame, target_size, write_picture

__all__ = ["bundle", "paint_on_the_page"]

_PLAYER: Final = Path(__file__).with_name("play.mjs")


def bundle(cases: list[Case], folder: Path) -> dict[str, Any]:
    """Write all that a painter needs into a folder; the answer is what also stands in its `bundle.json`."""
    entries = TABLE.resources.since(0)
    arrays = [number for number, entry in enumerate(entries) if isinstance(entry, ArrayImage)]
    lists = [case.floats for case in cases]
    write_picture(folder)
    for number in arrays:
        (folder / f"array-{number}.rgba").write_bytes(TABLE.resources.pixels(number).tobytes())
    for number in range(FILM_FRAMES):
        (folder / f"film-{number}.rgba").write_bytes(film_frame(number).tobytes())
    (folder / "lists.f32").write_bytes(np.concatenate(lists).astype("<f4").tobytes())
    said = {
        "canvas": CANVAS,
        "entries": [painter_entry(entry) for entry in entries],
        "arrays": arrays,
        "picture": PICTURE,
        "film": [film_frame(0).shape[1], film_frame(0).shape[0], FILM_FRAMES],
        "lengths": [len(one) for one in lists],
    }
    (folder / "bundle.json").write_text(json.dumps(said), "utf-8")
    return said


def paint_on_the_page(cases: list[Case], scale: float, folder: Path) -> list[np.ndarray]:
    """Their pictures, uint8 [height, width, 4] RGBA premultiplied; `folder` has what `bundle` wrote."""
    width, height = target_size(scale)
    out = folder / f"page-{width}.rgba"
    done = subprocess.run(
        ["node", str(_PLAYER), str(folder), str(width), str(height), str(out)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return list(np.fromfile(out, np.uint8).reshape(len(cases), height, width, 4))
