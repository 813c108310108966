"""The media of a project, by their ids: facts for a scene, pixels for a painter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from backend.gpu.media_films import Film
from backend.gpu.media_pictures import picture_facts, read_picture
from backend.gpu.raster_shelf import Shelf
from backend.gpu.raster_text import Lettering, is_font
from shared.errors import KeylightError
from shared.scene.facts import ImageFacts, TextSize, VideoFacts
from shared.scene.resources import TextSpec
from shared.schema.project import Medium

__all__ = ["MediaShelf"]

T = TypeVar("T")

#: Bytes for pictures that were decoded; painters hold the same memory, not a copy.
_PICTURE_ROOM: Final = 256 * 2**20


class MediaShelf:
    """Knows a project's media by their files; `Facts` for a scene.

    paths: files by media's ids; those without one are missing. fonts: the folder of the bundled fonts, `.assets`.
    problems: a sentence for each medium that was asked for and cannot be had; such a one is not drawn.
    """

    def __init__(self, media: Iterable[Medium], paths: Mapping[str, Path], *, fonts: Path) -> None:
        self._media = {medium.id: medium for medium in media}
        self._paths, self._fonts = dict(paths), fonts
        self.problems: dict[str, str] = {}
        self._pictures: Shelf[np.ndarray] = Shelf(_PICTURE_ROOM)
        self._facts: dict[str, ImageFacts] = {}
        self._films: dict[str, Film] = {}
        self._letterings: dict[Path, Lettering] = {}

    def measure(self, spec: TextSpec) -> TextSize:
        """As of `Facts`. Raises `KeylightError` where a bundled font is missing."""
        return self.lettering(self._fonts).measure(spec)

    def image(self, media: str) -> ImageFacts | None:
        """As of `Facts`."""
        if media not in self._facts:
            pixels = self.picture(media)
            if pixels is None:
                return None
            self._facts[media] = picture_facts(pixels)
        return self._facts[media]

    def video(self, media: str) -> VideoFacts | None:
        """As of `Facts`."""
        film = self._film(media)
        return None if film is None else film.facts

    def picture(self, media: str) -> np.ndarray | None:
        """A picture upright: uint8 [height, width, 4], BGRA premultiplied, not to be changed; None with a problem."""

        def make() -> tuple[np.ndarray, int]:
            pixels = read_picture(self._path(media, "image", "a picture"))
            pixels.setflags(write=False)
            return pixels, pixels.size

        self._pictures.turn()
        return self._tried(media, lambda: self._pictures.get(media, make))

    def frame(self, media: str, number: int) -> np.ndarray | None:
        """One frame of a film, alike, good until four more of it were asked for."""
        film = self._film(media)
        return None if film is None else film.frame(number)

    def font(self, media: str) -> bytes | None:
        """A font file's bytes; None with a problem."""
        return self._tried(media, lambda: _read_font(self._path(media, "font", "a font")))

    def lettering(self, fonts: Path) -> Lettering:
        """Texts with the fonts of a folder and those of the project."""
        if fonts not in self._letterings:
            self._letterings[fonts] = Lettering(fonts, self.font)
        return self._letterings[fonts]

    def look_through(self) -> tuple[str, ...]:
        """Try to have every medium of the project once; a sentence for each that will be missing in the pictures."""
        have: dict[str, Callable[[str], object]] = {"image": self.image, "video": self.video, "font": self.font}
        for medium in self._media.values():
            have[medium.kind](medium.id)
        return tuple(self.problems[media] for media in self._media if media in self.problems)

    def close(self) -> None:
        """Let files and memory go."""
        for film in self._films.values():
            film.close()
        self._films.clear()
        self._pictures.clear()

    def _film(self, media: str) -> Film | None:
        if media not in self._films:
            film = self._tried(media, lambda: Film(self._path(media, "video", "a film")))
            if film is None:
                return None
            self._films[media] = film
        return self._films[media]

    def _path(self, media: str, kind: str, words: str) -> Path:
        medium = self._media.get(media)
        if medium is None:
            raise KeylightError(f"Expected {words}, the project has no medium {media!r}.")
        if medium.kind != kind:
            raise KeylightError(f"Expected {words}, the project says that it is of kind {medium.kind!r}.")
        path = self._paths.get(media)
        if path is None or not path.is_file():
            raise KeylightError(f"Expected {words}, its file is missing. Add it again.")
        return path

    def _tried(self, media: str, make: Callable[[], T]) -> T | None:
        """What `make` gives, or None and a problem, which is not tried again."""
        if media in self.problems:
            return None
        try:
            return make()
        except KeylightError as error:
            medium = self._media.get(media)
            self.problems[media] = f"{(medium.name if medium else '') or media}: {error}"
            return None


def _read_font(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as failure:
        raise KeylightError(f"The font cannot be read: {failure.strerror}.") from failure
    if not is_font(data):
        raise KeylightError("Expected a font in TrueType or OpenType format. The file is not one, or it is broken.")
    return data
