"""Page and server see the same pixels in a picture file, whatever file it is, and refuse the same ones."""

from __future__ import annotations

import json
import subprocess
import zlib
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import skia

from backend.gpu.media_pictures import picture_facts, read_picture
from shared.errors import KeylightError
from tests.gpu.test_media import _chunk, _cmyk_jpeg, _png, _with_orientation, corners, saved

_DECODER = Path(__file__).with_name("pictures.mjs")


def _photo(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    color = np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 23), 1 + 0 * x], 2)
    return np.clip(128 + 127 * color, 0, 255).astype(np.uint8)


def _animation(path: Path, codec: str, pixels: str) -> None:
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 32, pixels
        for shift in range(3):
            frame = av.VideoFrame.from_ndarray(np.roll(_photo(64, 32), 9 * shift, 1), "rgba")
            file.mux(stream.encode(frame.reformat(format=pixels)))
        file.mux(stream.encode(None))


def _deep_png(color: int, channels: int, bits: int) -> bytes:
    """A PNG of chance: colour type, channels, bits a channel (PNG specification, 11.2.2)."""
    chance = np.random.default_rng(color)
    row = (20 * channels * bits + 7) // 8
    rows = b"".join(b"\0" + chance.integers(0, 256, row, np.uint8).tobytes() for _ in range(10))
    header = b"\0\0\0\x14\0\0\0\x0a" + bytes([bits, color, 0, 0, 0])
    palette = _chunk(b"PLTE", chance.integers(0, 256, 48, np.uint8).tobytes()) if color == 3 else b""
    clear = _chunk(b"tRNS", bytes(range(0, 240, 15))) if color == 3 else b""
    body = _chunk(b"IHDR", header) + palette + clear + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    clear = _photo(90, 61)
    clear[:, :, 3] = np.arange(90) * 2
    for name, kind in (("png", skia.kPNG), ("jpg", skia.kJPEG), ("webp", skia.kWEBP)):
        saved(folder / f"plain.{name}", _photo(123, 77), kind, 90)
    saved(folder / "clear.png", clear)
    saved(folder / "clear.webp", clear, skia.kWEBP)
    jpeg = (folder / "plain.jpg").read_bytes()
    for orientation in range(1, 9):
        (folder / f"turned-{orientation}.jpg").write_bytes(_with_orientation(jpeg, orientation))
    for at, inks in enumerate(((255, 0, 0, 255), (90, 200, 30, 128), (0, 0, 0, 0))):
        (folder / f"inks-{at}.jpg").write_bytes(_cmyk_jpeg(inks))
    for color, channels, bits in ((0, 1, 1), (0, 1, 16), (2, 3, 16), (3, 1, 4), (4, 2, 8), (6, 4, 16)):
        (folder / f"deep-{color}-{bits}.png").write_bytes(_deep_png(color, channels, bits))
    _animation(folder / "moving.gif", "gif", "rgb8")
    _animation(folder / "moving.webp", "libwebp_anim", "bgra")
    saved(folder / "large.jpg", corners(6000, 1500), skia.kJPEG, 50)
    (folder / "cut.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (folder / "cut.png").write_bytes((folder / "plain.png").read_bytes()[:6000])
    (folder / "none.png").write_bytes(b"<svg/>")
    (folder / "empty.png").write_bytes(b"")
    (folder / "huge.png").write_bytes(_png(60_000, 60_000))
    return folder


@pytest.fixture(scope="module")
def said(files: Path) -> dict[str, Any]:
    done = subprocess.run(["node", str(_DECODER), str(files)], capture_output=True, text=True, check=True, timeout=120)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_page_and_server_see_the_same_pixels(files: Path, said: dict[str, Any]) -> None:
    seen = {name: facts for name, facts in said.items() if "error" not in facts}
    assert len(seen) == 27
    for name, facts in seen.items():
        theirs = read_picture(files / name)[:, :, [2, 1, 0, 3]]
        assert (facts["height"], facts["width"]) == theirs.shape[:2], name
        ours = np.fromfile(files / f"{name}.page", np.uint8).reshape(theirs.shape)
        assert np.abs(ours.astype(int) - theirs).max() <= 1, name


def test_small_copies_are_the_same(files: Path, said: dict[str, Any]) -> None:
    for name in ("plain.jpg", "turned-6.jpg", "clear.png", "large.jpg", "moving.gif"):
        theirs = picture_facts(read_picture(files / name)).small
        assert said[name]["small"] == [theirs.shape[1], theirs.shape[0]]
        ours = np.fromfile(files / f"{name}.small", np.uint8).reshape(theirs.shape)
        assert np.abs(ours.astype(int) - theirs).max() <= 1, name


def test_a_trap_of_gigapixels_is_refused_by_both(files: Path, said: dict[str, Any]) -> None:
    with pytest.raises(KeylightError, match="at most 101 megapixels"):
        read_picture(files / "huge.png")
    assert said["huge.png"]["error"].startswith("Expected a picture")  # CanvasKit does not say how large it is


@pytest.mark.parametrize("name", ["none.png", "empty.png"])
def test_both_refuse_in_the_same_words(files: Path, said: dict[str, Any], name: str) -> None:
    with pytest.raises(KeylightError) as refused:
        read_picture(files / name)
    assert said[name] == {"error": str(refused.value)}
