"""What a scene must know of media and fonts, and cannot know by itself: asked of whoever holds them.

The page answers with CanvasKit, the server with skia-python and PyAV; both lay text out with the same code, so that
they answer alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from shared.scene.resources import TextSpec

__all__ = ["Facts", "ImageFacts", "PlainFacts", "TextSize", "VideoFacts"]


@dataclass(frozen=True)
class TextSize:
    """A laid-out text in canvas pixels: its longest line, its height, and its number of lines."""

    width: float
    height: float
    lines: int


@dataclass(frozen=True)
class ImageFacts:
    """A picture's size in pixels, upright, and a small copy of it, uint8 [h, w, 4], at most 160 pixels a side."""

    width: int
    height: int
    small: np.ndarray


@dataclass(frozen=True)
class VideoFacts:
    """A film's size in pixels and when each of its frames begins, float64 [frames], seconds, ascending from 0."""

    width: int
    height: int
    times: np.ndarray
    seconds: float


class Facts(Protocol):
    """Who knows; None for a medium that is missing or cannot be read."""

    def measure(self, spec: TextSpec) -> TextSize:
        """Lay a text out."""
        ...

    def image(self, media: str) -> ImageFacts | None:
        """A picture by its medium's id."""
        ...

    def video(self, media: str) -> VideoFacts | None:
        """A film by its medium's id."""
        ...


@dataclass(frozen=True)
class PlainFacts:
    """Facts without a painter: for tests, and for lists that nobody sees. Texts are taken to be 0.55 em a letter."""

    images: dict[str, ImageFacts] = field(default_factory=dict)
    videos: dict[str, VideoFacts] = field(default_factory=dict)

    def measure(self, spec: TextSpec) -> TextSize:
        """A guess: every letter as wide as the next."""
        letter = spec.size * (0.55 + spec.spacing)
        lines = sum(max(1, -(-len(line) * letter // max(1.0, spec.width))) for line in spec.text.split("\n"))
        longest = max(len(line) for line in spec.text.split("\n")) * letter
        return TextSize(min(longest, spec.width), lines * spec.size * (spec.line_height or 1.2), int(lines))

    def image(self, media: str) -> ImageFacts | None:
        """As given."""
        return self.images.get(media)

    def video(self, media: str) -> VideoFacts | None:
        """As given."""
        return self.videos.get(media)
