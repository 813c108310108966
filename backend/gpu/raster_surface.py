"""What the painter draws on: memory that numpy shares, or a texture of a GPU that is read back.

Pixels are BGRA, premultiplied, in sRGB without a colour space: the order in which Skia's CPU code here is quickest
(RGBA takes nine times as long), and what an encoder is given.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import skia

from backend.gpu.egl import HeadlessContext
from shared.errors import KeylightError

__all__ = ["MAX_SIDE", "CpuSurfaces", "GlSurfaces", "Sheet", "Surfaces", "image_info", "open_surfaces", "shared_image"]

#: Pixels a side: 8K, and the largest texture that common GPUs have.
MAX_SIDE: Final = 8192


@dataclass(frozen=True)
class Sheet:
    """A surface to draw on, and its memory: uint8 [height, width, 4], where numpy shares it."""

    surface: skia.Surface
    memory: np.ndarray | None = None


class Surfaces(Protocol):
    """Where pictures come from. words: what draws, for logs; main: the frame that `pixels` gives."""

    words: str
    main: Sheet

    def picture(self, width: int, height: int, *, shared: bool = False) -> Sheet:
        """One more to draw on, like the main one. shared: with memory, where the processor draws."""
        ...

    def pixels(self) -> np.ndarray:
        """The main surface as it is now: uint8 [height, width, 4], good until the next drawing."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class CpuSurfaces:
    """Drawn by the processor, in numpy's own memory. why: a sentence for `words`."""

    def __init__(self, width: int, height: int, *, why: str = "") -> None:
        self.words = f"CPU ({why})" if why else "CPU"
        self.main = self.picture(width, height, shared=True)

    def picture(self, width: int, height: int, *, shared: bool = False) -> Sheet:
        """As of `Surfaces`. A snapshot of one that is shared is a copy, of another it costs nothing."""
        if not shared:
            return _made(skia.Surface.MakeRaster(image_info(width, height)), width, height)
        memory = np.zeros((height, width, 4), np.uint8)
        # The surface does not hold the array: whoever holds the sheet does.
        surface = skia.Surface(memory, colorType=skia.kBGRA_8888_ColorType, alphaType=skia.kPremul_AlphaType)
        return Sheet(surface, memory)

    def pixels(self) -> np.ndarray:
        """As of `Surfaces`; no copy."""
        assert self.main.memory is not None
        return self.main.memory

    def close(self) -> None:
        """Nothing to do."""


class GlSurfaces:
    """Drawn by a GPU. Raises `KeylightError` where there is none."""

    def __init__(self, width: int, height: int) -> None:
        self._context = HeadlessContext()
        self.words = f"OpenGL ({self._context.renderer})"
        self.software = self._context.software
        interface = skia.GrGLInterface.MakeEGL()
        direct = skia.GrDirectContext.MakeGL(interface) if interface is not None else None
        if direct is None:
            self._context.close()
            raise KeylightError(f"Expected a graphics driver with OpenGL 3.3 or ES 3, got {self.words}.")
        self._direct = direct
        self._pixels = np.zeros((height, width, 4), np.uint8)
        self._info = image_info(width, height)
        try:
            self.main = self.picture(width, height)
        except KeylightError:
            self.close()
            raise

    def picture(self, width: int, height: int, *, shared: bool = False) -> Sheet:
        """As of `Surfaces`; never shared."""
        made = skia.Surface.MakeRenderTarget(self._direct, skia.Budgeted.kNo, image_info(width, height))
        return _made(made, width, height)

    def pixels(self) -> np.ndarray:
        """As of `Surfaces`: read back from the GPU."""
        self.main.surface.flushAndSubmit()
        if not self.main.surface.readPixels(self._info, self._pixels):
            raise KeylightError("The GPU lost the frame that it drew: its driver was reset. Start the render again.")
        return self._pixels

    def close(self) -> None:
        """Give textures and context back."""
        with contextlib.suppress(AttributeError):
            del self.main
        self._direct.releaseResourcesAndAbandonContext()
        self._context.close()


def open_surfaces(width: int, height: int, *, gl: bool) -> Surfaces:
    """Surfaces of a size in pixels. gl: on a GPU where there is one, else on the CPU, whose `words` say why."""
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise KeylightError(f"Expected a picture of 1 to {MAX_SIDE} pixels a side, got {width} x {height}.")
    if not gl:
        return CpuSurfaces(width, height)
    try:
        surfaces = GlSurfaces(width, height)
        if not surfaces.software:
            return surfaces
        surfaces.close()
        raise KeylightError(f"{surfaces.words} is the processor too, and slower")
    except KeylightError as reason:
        return CpuSurfaces(width, height, why=str(reason))


def image_info(width: int, height: int) -> skia.ImageInfo:
    """BGRA, premultiplied."""
    return skia.ImageInfo.Make(width, height, skia.kBGRA_8888_ColorType, skia.kPremul_AlphaType)


def shared_image(pixels: np.ndarray) -> skia.Image:
    """A picture over an array's own memory, BGRA premultiplied: the caller keeps the array as long as the picture."""
    return skia.Image.fromarray(
        pixels, colorType=skia.kBGRA_8888_ColorType, alphaType=skia.kPremul_AlphaType, copy=False
    )


def _made(surface: skia.Surface | None, width: int, height: int) -> Sheet:
    if surface is None:
        raise KeylightError(f"There is not enough memory for one more picture of {width} x {height} pixels.")
    return Sheet(surface)
