"""Pictures from files by Skia's own decoders, which are CanvasKit's too, so that page and server see the same pixels.

They come upright as EXIF says, in sRGB whatever profile they have, the first frame of an animation, at most 4096 pixels
a side. Of a file that is cut off what is there is seen.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import numpy as np
import skia

from backend.gpu.raster_surface import image_info, shared_image
from shared.errors import KeylightError
from shared.scene.facts import ImageFacts

__all__ = ["MAX_PICTURE_PIXELS", "MAX_PICTURE_SIDE", "picture_facts", "read_picture", "scaled_picture"]

#: Larger ones are made smaller: most WebGL devices have no larger textures, and the page must show the same.
MAX_PICTURE_SIDE: Final = 4096
#: A 100-megapixel camera's; its pixels are 400 MB while it is made smaller. More is taken for a trap.
MAX_PICTURE_PIXELS: Final = 101_000_000
_MAX_BYTES: Final = 256 * 2**20
#: Longer side of the copy that a scene takes colours from.
_SMALL_SIDE: Final = 160
_FORMATS: Final = "PNG, JPEG, WebP, GIF, BMP or ICO"
_SEEN: Final = (skia.Codec.kSuccess, skia.Codec.kIncompleteInput, skia.Codec.kErrorInInput)


def read_picture(path: Path) -> np.ndarray:
    """A picture file's pixels: uint8 [height, width, 4], BGRA premultiplied.

    Raises `KeylightError`, a sentence without the file's name, where there is no picture or one that is far too large.
    """
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise KeylightError(f"Expected a picture of at most {_MAX_BYTES >> 20} MiB, got {size >> 20} MiB.")
        data = path.read_bytes()
    except OSError as failure:
        raise KeylightError(f"The picture cannot be read: {failure.strerror}.") from failure
    try:
        codec = skia.Codec.MakeFromData(data)
    except (RuntimeError, ValueError) as failure:
        raise KeylightError(
            f"Expected a picture in {_FORMATS} format. The file is not one, or it is broken."
        ) from failure
    pixels = _upright(_decoded(codec), int(codec.getOrigin()))
    height, width = pixels.shape[:2]
    if max(width, height) > MAX_PICTURE_SIDE:
        pixels = scaled_picture(pixels, MAX_PICTURE_SIDE / max(width, height))
    return pixels


def picture_facts(pixels: np.ndarray) -> ImageFacts:
    """Facts of a picture from its pixels; the small copy is RGBA, premultiplied."""
    height, width = pixels.shape[:2]
    small = scaled_picture(pixels, min(1.0, _SMALL_SIDE / max(width, height)))
    return ImageFacts(width, height, np.ascontiguousarray(small[:, :, [2, 1, 0, 3]]))


def scaled_picture(pixels: np.ndarray, scale: float) -> np.ndarray:
    """A picture made smaller, scale at most 1: BGRA premultiplied to the same, linear between mipmaps."""
    height, width = pixels.shape[:2]
    across, down = (max(1, math.floor(side * scale + 0.5)) for side in (width, height))
    smaller = np.zeros((down, across, 4), np.uint8)
    surface = skia.Surface(smaller, colorType=skia.kBGRA_8888_ColorType, alphaType=skia.kPremul_AlphaType)
    canvas = surface.getCanvas()
    canvas.scale(across / width, down / height)
    sampling = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
    paint = skia.Paint(BlendMode=skia.BlendMode.kSrc)
    canvas.drawImage(shared_image(pixels).withDefaultMipmaps(), 0, 0, sampling, paint)
    return smaller


def _decoded(codec: skia.Codec) -> np.ndarray:
    size = codec.dimensions()
    width, height = size.width(), size.height()
    if width * height > MAX_PICTURE_PIXELS:
        most = MAX_PICTURE_PIXELS // 1_000_000
        raise KeylightError(
            f"Expected a picture of at most {most} megapixels, got {width} x {height}. Make it smaller first."
        )
    pixels = np.zeros((height, width, 4), np.uint8)
    info = image_info(width, height).makeColorSpace(skia.ColorSpace.MakeSRGB())
    result = codec.getPixels(info, pixels, width * 4)
    if result not in _SEEN:
        raise KeylightError(f"Expected a picture that can be decoded. The file is broken ({result.name[1:]}).")
    return pixels


def _upright(pixels: np.ndarray, origin: int) -> np.ndarray:
    """Turned and mirrored by EXIF's orientation (TIFF 6.0, tag 274)."""
    turned = pixels.transpose(1, 0, 2) if origin >= 5 else pixels
    if origin in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    if origin in (3, 4, 7, 8):
        turned = turned[::-1]
    return np.ascontiguousarray(turned)
