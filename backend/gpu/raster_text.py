"""Texts laid out and rasterised by the rules of `shared.scene.lettering`, which the page's painter follows too."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import skia

from backend.gpu.raster_paint import SAMPLING_OPTIONS
from shared.errors import KeylightError
from shared.scene.facts import TextSize
from shared.scene.lettering import ELLIPSIS, TextPlan, plan_text
from shared.scene.ops import SAMPLINGS, text_margin, text_scale
from shared.scene.resources import FontFace, TextSpec

__all__ = ["Lettering", "TextPicture", "is_font"]

_TL: Final = skia.textlayout
_ALIGN: Final = {"left": _TL.TextAlign.kLeft, "center": _TL.TextAlign.kCenter, "right": _TL.TextAlign.kRight}
#: Sizes that are remembered: texts that count up are new in every second.
_MOST_SIZES: Final = 4096
#: 64 megapixels, a quarter of a gigabyte: texts of any sense are far below.
_MOST_PIXELS: Final = 64 * 2**20


@dataclass(frozen=True)
class TextPicture:
    """A text, white, with mipmaps: `scale` pixels per canvas pixel, its box `margin` canvas pixels from the edge.

    width, height: of the box, canvas pixels. ink: the part that is not transparent, None where nothing is.
    """

    image: skia.Image
    shader: skia.Shader
    ink: skia.Rect | None
    scale: float
    margin: float
    width: float
    height: float

    @property
    def bytes(self) -> int:
        """Memory that it takes, with mipmaps."""
        return int(self.image.width() * self.image.height() * 16 / 3)


class Lettering:
    """Fonts that were loaded, and what is laid out with them. folder: the bundled ones, `.assets`.

    medium: the bytes of a project's own font by its id, or None. Raises `KeylightError` where a bundled one is missing.
    """

    def __init__(self, folder: Path, medium: Callable[[str], bytes | None] = lambda _: None) -> None:
        self._folder, self._medium = folder, medium
        self._manager = skia.FontMgr.New_Custom_Empty()
        self._provider = _TL.TypefaceFontProvider()
        self._collection = _TL.FontCollection()
        self._collection.setDefaultFontManager(self._provider)
        self._unicode = skia.Unicodes.ICU.Make()
        self._faces: dict[str, Any] = {}
        self._sizes: dict[TextSpec, TextSize] = {}

    def measure(self, spec: TextSpec) -> TextSize:
        """A text's size in canvas pixels."""
        found = self._sizes.get(spec)
        if found is None:
            if len(self._sizes) >= _MOST_SIZES:
                self._sizes.clear()
            found = self._sizes[spec] = self._lay_out(spec)[1]
        return found

    def picture(self, spec: TextSpec, target_scale: float) -> TextPicture:
        """A text as a picture for a target of so many pixels per canvas pixel."""
        paragraph, size = self._lay_out(spec)
        margin = text_margin(spec.size, spec.stroke, spec.blur)
        width, height = spec.width + 2 * margin, size.height + 2 * margin
        scale = text_scale(target_scale, width, height)
        memory = _memory(math.ceil(width * scale), math.ceil(height * scale))
        surface = skia.Surface(memory, colorType=skia.kBGRA_8888_ColorType, alphaType=skia.kPremul_AlphaType)
        canvas = surface.getCanvas()
        canvas.scale(scale, scale)
        if spec.blur > 0:
            blur = skia.ImageFilters.Blur(spec.blur, spec.blur, skia.TileMode.kDecal)
            canvas.saveLayer(None, skia.Paint(ImageFilter=blur))
        paragraph.paint(canvas, margin, margin)
        if spec.blur > 0:
            canvas.restore()
        image = surface.makeImageSnapshot().withDefaultMipmaps()
        clamp = skia.TileMode.kClamp
        shader = image.makeShader(clamp, clamp, SAMPLING_OPTIONS[SAMPLINGS.index("mipmap")])
        return TextPicture(image, shader, _ink_box(memory), scale, margin, spec.width, size.height)

    def _lay_out(self, spec: TextSpec) -> tuple[Any, TextSize]:
        plan = plan_text(spec)
        families = self._families(plan)
        line = self._paragraph(spec, plan, families, "x").Height

        def count(paragraph: Any) -> int:
            return math.floor(paragraph.Height / line + 0.5)

        text = plan.text
        paragraph = self._paragraph(spec, plan, families, text)
        if 0 < spec.max_lines < count(paragraph):
            least, most = 0, len(text)
            while most - least > 1:
                middle = (least + most) // 2
                part = text[:middle].rstrip() + ELLIPSIS
                if count(self._paragraph(spec, plan, families, part)) <= spec.max_lines:
                    least = middle
                else:
                    most = middle
            paragraph = self._paragraph(spec, plan, families, text[:least].rstrip() + ELLIPSIS)
        return paragraph, TextSize(max(0.0, paragraph.LongestLine), paragraph.Height, count(paragraph))

    def _paragraph(self, spec: TextSpec, plan: TextPlan, families: list[str], text: str) -> Any:
        upright = skia.FontStyle.kItalic_Slant if spec.italic else skia.FontStyle.kUpright_Slant
        font = skia.FontStyle(spec.weight, skia.FontStyle.kNormal_Width, upright)
        style, strut, words = _TL.ParagraphStyle(), _TL.StrutStyle(), _TL.TextStyle()
        strut.setStrutEnabled(True)
        strut.setForceStrutHeight(True)
        strut.setFontFamilies(families[:1])
        strut.setFontStyle(font)
        strut.setFontSize(spec.size)
        strut.setLeading(0)
        words.setFontFamilies(families)
        words.setFontStyle(font)
        words.setFontSize(spec.size)
        words.setLetterSpacing(spec.spacing * spec.size)
        words.setLocale(plan.locale)
        words.setForegroundPaint(_ink(spec.stroke))
        if spec.line_height > 0:
            for one in (strut, words):
                one.setHeight(spec.line_height)
                one.setHeightOverride(True)
                one.setHalfLeading(True)
        style.setStrutStyle(strut)
        style.setTextStyle(words)
        style.setTextAlign(_ALIGN[spec.align])
        builder = _TL.ParagraphBuilder.make(style, self._collection, self._unicode)
        builder.pushStyle(words)
        builder.addText(text)
        paragraph = builder.Build()
        paragraph.layout(spec.width)
        return paragraph

    def _families(self, plan: TextPlan) -> list[str]:
        """Names to ask for, in order; what is asked for the first time is loaded."""
        return [name for name in map(self._name, plan.faces) if self._faces[name] is not None]

    def _name(self, face: FontFace) -> str:
        name = face.file or f"media/{face.family}"
        if name not in self._faces:
            data = self._bundled(face.file) if face.file else self._medium(face.family)
            typeface = None if data is None else self._manager.makeFromData(skia.Data.MakeWithCopy(data))
            if typeface is None and face.file:
                raise KeylightError(f"The bundled font {face.file} is broken: fetch the assets again.")
            if typeface is not None:
                self._provider.registerTypeface(typeface, name)
            self._faces[name] = typeface
        return name

    def _bundled(self, file: str) -> bytes:
        try:
            return (self._folder / file).read_bytes()
        except OSError as failure:
            raise KeylightError(
                f"Expected the bundled font {file} in {self._folder.name}: fetch the assets first."
            ) from failure


def _ink(stroke: float) -> skia.Paint:
    ink = skia.Paint(Color=skia.ColorWHITE, AntiAlias=True)
    if stroke > 0:
        ink.setStyle(skia.Paint.kStroke_Style)
        ink.setStrokeWidth(stroke)
        ink.setStrokeJoin(skia.Paint.kRound_Join)
    return ink


def _ink_box(pixels: np.ndarray) -> skia.Rect | None:
    """Where there is any ink, with room for the coarser mipmaps; whole pixels, multiples of 16."""
    inked = pixels[:, :, 3] > 0
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        return None
    left, top = (max(0, int(line[0]) // 16 * 16 - 16) for line in (columns, rows))
    right, bottom = (int(line[-1]) // 16 * 16 + 32 for line in (columns, rows))
    return skia.Rect.MakeLTRB(left, top, min(right, pixels.shape[1]), min(bottom, pixels.shape[0]))


def _memory(width: int, height: int) -> np.ndarray:
    width, height = max(1, width), max(1, height)
    if width * height > _MOST_PIXELS:
        raise KeylightError(
            f"A text of {width} x {height} pixels is too large to draw: make it shorter or its box wider."
        )
    return np.zeros((height, width, 4), np.uint8)


def is_font(data: bytes) -> bool:
    """Whether texts can be set in it."""
    return skia.FontMgr.New_Custom_Empty().makeFromData(skia.Data.MakeWithCopy(data)) is not None
