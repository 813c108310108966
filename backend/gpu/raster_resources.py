"""Pictures and texts of a scene's resource table as Skia's images: made when first drawn, kept while there is room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
import skia

from backend.gpu.raster_sheets import shrinks
from backend.gpu.raster_shelf import Shelf
from backend.gpu.raster_surface import image_info, shared_image
from backend.gpu.raster_text import Lettering, TextPicture
from shared.errors import KeylightError
from shared.scene.resources import ArrayImage, MediaImage, MediaVideo, Resource, Resources, TextSpec

__all__ = ["MediaPixels", "Pictures", "bgra_image"]

#: Bytes for pictures of the project and computed ones (12 megapixels with mipmaps take 64 MiB), and for texts.
_PICTURE_ROOM: Final = 320 * 2**20
_LEVEL_ROOM: Final = 96 * 2**20
_TEXT_ROOM: Final = 96 * 2**20
#: Colours of one text that are kept; one that has more changes its colour.
_MOST_TINTS: Final = 8

_EXACT: Final = skia.SamplingOptions(skia.FilterMode.kNearest, skia.MipmapMode.kNearest)


class MediaPixels(Protocol):
    """Who decodes a project's media; None for what is missing or cannot be read."""

    def picture(self, media: str) -> np.ndarray | None:
        """A picture upright: uint8 [height, width, 4], BGRA premultiplied."""
        ...

    def frame(self, media: str, number: int) -> np.ndarray | None:
        """One frame of a film, alike."""
        ...


class Pictures:
    """Images by their numbers. target_scale: target pixels per canvas pixel, for texts."""

    def __init__(self, resources: Resources, media: MediaPixels, lettering: Lettering, target_scale: float) -> None:
        self._resources, self._media = resources, media
        self._lettering, self._target_scale = lettering, target_scale
        self._entries: list[Resource] = []
        self._images: Shelf[skia.Image | None] = Shelf(_PICTURE_ROOM)
        self._levels: Shelf[tuple[skia.Image, ...]] = Shelf(_LEVEL_ROOM)
        self._opaque: set[float] = set()
        self._texts: Shelf[TextPicture] = Shelf(_TEXT_ROOM)
        self._tinted: Shelf[tuple[np.ndarray, skia.Image]] = Shelf(_TEXT_ROOM)
        self._tints: dict[float, set[tuple[float, ...]]] = {}
        self._shrinks: dict[tuple[int, int, int], int] = {}
        # Frames of films are drawn from their own memory, which must stay until the drawing is done.
        self._frames: dict[tuple[int, int], tuple[np.ndarray, skia.Image] | None] = {}

    def turn(self) -> None:
        """The next frame begins."""
        self._images.turn()
        self._levels.turn()
        self._texts.turn()
        self._tinted.turn()
        self._frames.clear()

    def image(self, number: float) -> skia.Image | None:
        """A picture of the project or a computed one; None where the medium is missing."""
        return self._images.get(number, lambda: self._load(number))

    def levels(self, number: float) -> tuple[skia.Image, ...]:
        """A picture and its mipmaps, each as a picture by itself; none for what is clear in parts."""
        image = self.image(number)
        if image is None or number not in self._opaque:
            return ()
        return self._levels.get(number, lambda: (_levels(image), image.width() * image.height() * 4 // 3))

    def shrinks(self, number: float, size: float, strength: float) -> int:
        """As `raster_sheets.shrinks` for a computed picture, 1 for others."""
        entry = self._entry(number)
        if not isinstance(entry, ArrayImage):
            return 1
        key = (int(number), max(1, math.floor(size)), math.ceil(8 * strength))
        if key not in self._shrinks:
            self._shrinks[key] = shrinks(self._resources.pixels(key[0]), key[1], key[2] / 8)
        return self._shrinks[key]

    def text(self, number: float) -> TextPicture:
        """A text, rasterised."""

        def make() -> tuple[TextPicture, int]:
            spec = self._entry(number)
            if not isinstance(spec, TextSpec):
                raise KeyError(f"a text at {number:g}")
            made = self._lettering.picture(spec, self._target_scale)
            return made, made.bytes

        return self._texts.get(number, make)

    def tinted(self, number: float, color: Sequence[float], level: int) -> skia.Image | None:
        """A mipmap of a text in a colour, red, green, blue; None for a text whose colour changes, or no such mipmap."""
        tints = self._tints.setdefault(number, set())
        if len(tints) < _MOST_TINTS:
            tints.add(tuple(color))
        image = self.text(number).image
        if tuple(color) not in tints or max(image.width(), image.height()) >> level == 0:
            return None

        def make() -> tuple[tuple[np.ndarray, skia.Image], int]:
            pixels = _tinted(image, color, level)
            return (pixels, shared_image(pixels)), pixels.size

        return self._tinted.get((number, tuple(color), level), make)[1]

    def frame(self, number: float, frame: float) -> skia.Image | None:
        """One frame of a film; None where there is none."""
        key = (int(number), int(frame))
        if key not in self._frames:
            entry = self._entry(number)
            if not isinstance(entry, MediaVideo):
                raise KeyError(f"a film at {number:g}")
            pixels = self._media.frame(entry.media, key[1])
            self._frames[key] = None if pixels is None else (pixels, shared_image(pixels))
        found = self._frames[key]
        return None if found is None else found[1]

    def clear(self) -> None:
        """Let everything go."""
        self._images.clear()
        self._levels.clear()
        self._texts.clear()
        self._tinted.clear()
        self._frames.clear()

    def _load(self, number: float) -> tuple[skia.Image | None, int]:
        match self._entry(number):
            case ArrayImage(mipmaps=mipmaps):
                pixels = self._resources.pixels(int(number))[:, :, [2, 1, 0, 3]]
                self._look(number, pixels)
                return bgra_image(pixels, mipmaps=mipmaps), int(pixels.size * 4 / 3)
            case MediaImage(media):
                found = self._media.picture(media)
                if found is None:
                    return None, 0
                self._look(number, found)
                return bgra_image(found, mipmaps=True), int(found.size * 4 / 3)
            case _:
                raise KeyError(f"a picture at {number:g}")

    def _look(self, number: float, pixels: np.ndarray) -> None:
        if pixels[:, :, 3].min() == 255:
            self._opaque.add(number)

    def _entry(self, number: float) -> Resource:
        at = int(number)
        if at >= len(self._entries):
            self._entries.extend(self._resources.since(len(self._entries)))
        if not 0 <= at < len(self._entries):
            raise KeyError(f"one of {len(self._entries)} entries of the resource table, got {number:g}")
        return self._entries[at]


def _levels(image: skia.Image) -> tuple[skia.Image, ...]:
    """Every mipmap of a picture, drawn pixel on pixel."""
    levels, width, height = [image], image.width(), image.height()
    while max(width, height) > 1:
        width, height = max(1, width // 2), max(1, height // 2)
        surface = skia.Surface.MakeRaster(image_info(width, height))
        canvas = surface.getCanvas()
        canvas.scale(width / image.width(), height / image.height())
        canvas.drawImage(image, 0, 0, _EXACT, skia.Paint(BlendMode=skia.BlendMode.kSrc))
        levels.append(surface.makeImageSnapshot())
    return tuple(levels)


def _tinted(image: skia.Image, color: Sequence[float], level: int) -> np.ndarray:
    """A mipmap of a white picture in a colour."""
    width, height = max(1, image.width() >> level), max(1, image.height() >> level)
    pixels = np.zeros((height, width, 4), np.uint8)
    surface = skia.Surface(pixels, colorType=skia.kBGRA_8888_ColorType, alphaType=skia.kPremul_AlphaType)
    canvas = surface.getCanvas()
    canvas.scale(width / image.width(), height / image.height())
    canvas.drawImage(image, 0, 0, _EXACT, skia.Paint(BlendMode=skia.BlendMode.kSrc))
    for channel, share in enumerate(reversed(color)):
        steps = np.floor(np.arange(256) * (math.floor(255 * share + 0.5) / 255) + 0.5).astype(np.uint8)
        pixels[:, :, channel] = steps[pixels[:, :, channel]]
    return pixels


def bgra_image(pixels: np.ndarray, *, mipmaps: bool) -> skia.Image:
    """A picture with memory of its own from BGRA premultiplied pixels, uint8 [height, width, 4]."""
    height, width = pixels.shape[:2]
    surface = skia.Surface.MakeRaster(image_info(width, height))
    if surface is None:
        raise KeylightError(f"There is not enough memory for a picture of {width} x {height} pixels.")
    own = np.ascontiguousarray(pixels)
    surface.writePixels(skia.Pixmap(image_info(width, height), own, own.strides[0]))
    image = surface.makeImageSnapshot()
    return image.withDefaultMipmaps() if mipmaps else image
