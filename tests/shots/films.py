"""`docs/frames.webp`: a frame of ten films as `python -m backend.gpu.render` writes them, of a real song."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import av
import numpy as np
import skia

__all__ = ["FILMS", "shoot_films"]

#: What kinds of looks there are, one of each.
FILMS: Final = (
    "aftermovie", "sunset-drive", "neon-sign", "lofi-record", "sea-of-sound",
    "furnace", "kinetic", "orbit", "rainy-window", "tunnel-vision",
)  # fmt: skip
_COLUMNS: Final = 5
_SIZE: Final = (384, 216)
_START_SECONDS: Final = 36.0
_SECONDS: Final = 2.0
_QUALITY: Final = 88


def shoot_films(song: Path, folder: Path, out: Path) -> None:
    """Render ten films into `folder`, and put the frames of their last half second side by side."""
    features = folder / "song.klf"
    _run("web.py.features", str(song), str(features))
    frames = [_frame(_film(name, song, features, folder)) for name in FILMS]
    rows = [np.concatenate(frames[at : at + _COLUMNS], axis=1) for at in range(0, len(frames), _COLUMNS)]
    sheet = np.ascontiguousarray(np.concatenate(rows, axis=0))
    picture = skia.Image.fromarray(sheet, colorType=skia.kRGBA_8888_ColorType)
    out.write_bytes(bytes(picture.encodeToData(skia.kWEBP, _QUALITY)))


def _film(name: str, song: Path, features: Path, folder: Path) -> Path:
    out = folder / f"{name}.mp4"
    _run(
        "backend.gpu.render", "--template", name, str(song), str(out), "--size", f"{2 * _SIZE[0]}x{2 * _SIZE[1]}",
        "--fps", "24", "--start", str(_START_SECONDS), "--seconds", str(_SECONDS), "--features", str(features),
        *_words(song),
    )  # fmt: skip
    return out


def _words(song: Path) -> list[str]:
    """Title and artist, where the file says them."""
    with av.open(str(song)) as opened:
        tags = {**opened.metadata, **opened.streams.audio[0].metadata}
    found = {key.lower(): value for key, value in tags.items()}
    return [part for key in ("title", "artist") if key in found for part in (f"--{key}", found[key])]


def _run(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, stderr=subprocess.DEVNULL)


def _frame(film: Path) -> np.ndarray:
    """The film's frame half a second before its end: uint8 [height, width, 4], RGBA."""
    with av.open(str(film)) as opened:
        found = next(each for each in opened.decode(video=0) if (each.time or 0.0) >= _SECONDS - 0.5)
        return found.reformat(*_SIZE, format="rgba", interpolation="AREA").to_ndarray()
