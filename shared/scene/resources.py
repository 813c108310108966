"""The pictures and texts that a display list names by number, made as they are first asked for.

A table only grows while a scene lives; a number stays. Painters take what is new before they play a list:
`Resources.since(n)` are the entries from the n-th on. Images, texts and videos are numbered together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec
import numpy as np

from shared.errors import KeylightError

__all__ = ["ArrayImage", "FontFace", "MediaImage", "MediaVideo", "Resource", "Resources", "TextSpec"]

#: A scene with more than this has lost count, for example by a text that changes with every frame.
_MOST: Final = 20_000


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every entry."""


class TextSpec(_Data, frozen=True, tag="text"):
    """A text to be laid out in a box of `width` canvas pixels, and as high as it becomes.

    family: a bundled family (`shared.scene.fonts`) or the id of a font medium. size and stroke in canvas pixels; stroke
    0 fills, else the outlines only, round joins. blur: sigma in canvas pixels of the rasterised text. spacing: between
    letters, in ems. line_height: in font sizes, 0 is the font's own. max_lines: 0 is any number, else ended by an
    ellipsis. The direction of writing is the text's own.
    """

    text: str
    family: str = "Inter"
    weight: int = 700
    italic: bool = False
    size: float = 64.0
    width: float = 1000.0
    align: Literal["left", "center", "right"] = "center"
    spacing: float = 0.0
    line_height: float = 0.0
    stroke: float = 0.0
    blur: float = 0.0
    max_lines: int = 0


class MediaImage(_Data, frozen=True, tag="image"):
    """A picture of the project by its medium's id. Painters hold its pixels, upright, with mipmaps."""

    media: str


class MediaVideo(_Data, frozen=True, tag="video"):
    """A film of the project by its medium's id; `video` ops choose its frames."""

    media: str


class ArrayImage(_Data, frozen=True, tag="array"):
    """A picture that was computed; its pixels travel beside (`Resources.pixels`). repeats: for `tile`."""

    name: str
    width: int
    height: int
    mipmaps: bool = False


class FontFace(msgspec.Struct, frozen=True):
    """A font file: the family and weight that texts ask for."""

    family: str
    weight: int
    italic: bool
    file: str


Resource = TextSpec | MediaImage | MediaVideo | ArrayImage


class Resources:
    """The table of one scene."""

    def __init__(self) -> None:
        self._entries: list[Resource] = []
        self._numbers: dict[Resource, int] = {}
        self._arrays: dict[str, int] = {}
        self._pixels: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: TextSpec | MediaImage | MediaVideo) -> int:
        """The number of an entry, which is made when it is new. Raises `KeylightError` when there are far too many."""
        found = self._numbers.get(entry)
        if found is not None:
            return found
        if len(self._entries) >= _MOST:
            raise KeylightError(f"This project needs more than {_MOST} different texts and pictures at once.")
        self._entries.append(entry)
        self._numbers[entry] = len(self._entries) - 1
        return len(self._entries) - 1

    def array(self, name: str, make: Callable[[], np.ndarray], *, mipmaps: bool = False) -> int:
        """The number of a computed picture, uint8 [height, width, 4], premultiplied RGBA; `name` says all of it."""
        if name in self._arrays:
            return self._arrays[name]
        pixels = make()
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        assert pixels.shape[2] == 4
        self._entries.append(ArrayImage(name, pixels.shape[1], pixels.shape[0], mipmaps))
        number = self._arrays[name] = len(self._entries) - 1
        self._pixels[number] = np.ascontiguousarray(pixels)
        return number

    def since(self, number: int) -> list[Resource]:
        """Entries from a number on, in order."""
        return self._entries[number:]

    def pixels(self, number: int) -> np.ndarray:
        """The pixels of a computed picture: uint8 [height, width, 4], premultiplied RGBA."""
        return self._pixels[number]
