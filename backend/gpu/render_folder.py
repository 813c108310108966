"""The folder of one render: what is asked for, what it is made from, and the segments as they are done.

    order.json       options and length                         project.json     the project
    features.klf     the song for pictures                      source           the song
    medium-000       the project's first picture, film or font  segment-00000    a finished segment
    light-00000.npy  the light of a segment's frames            limits           how far flashes are held back

Everything of a render lies here, so that a process that starts anew goes on from what is there.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from backend.gpu.render_plan import LIMITS, Segment, cut_at, light_name, segment_name, segments_of
from shared.errors import KeylightError
from shared.schema.project import Project, decode_project, encode_project
from shared.schema.video import RenderOptions
from shared.spectrum.features import Features, decode_features, encode_features

__all__ = ["FONTS", "RenderFolder", "RenderOrder", "write_whole"]


#: Where the bundled fonts lie.
FONTS: Final = Path(__file__).parents[2] / ".assets"


class RenderOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What to render. frames: of the whole film. encoder: FFmpeg's name, None for the software one of the codec.

    starts: the first frames of its segments. They are written down: another Keylight may cut otherwise, and what lies
    in the folder would be taken for what it is not.
    """

    options: RenderOptions
    frames: int
    encoder: str | None = None
    gl: bool = False
    starts: tuple[int, ...] = ()

    @classmethod
    def of(cls, options: RenderOptions, frames: int, *, encoder: str | None = None, gl: bool = False) -> RenderOrder:
        """A new one, cut as films are cut today."""
        starts = tuple(segment.first for segment in segments_of(frames, fps=options.fps))
        return cls(options, frames, encoder, gl, starts)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The film in parts."""
        return cut_at(self.starts, self.frames)

    def seconds_at(self, frame: int) -> float:
        """When frame number `frame` is shown, in seconds of the song."""
        return self.options.start_seconds + frame / self.options.fps


_ORDER: Final = msgspec.json.Decoder(RenderOrder)


@dataclass(frozen=True)
class RenderFolder:
    """Paths of one render, and what lies there."""

    path: Path

    @property
    def source(self) -> Path:
        """The song."""
        return self.path / "source"

    @property
    def limits(self) -> Path:
        """How far each picture is held back, `shared.scene.flash_limits`."""
        return self.path / LIMITS

    def medium(self, place: int) -> Path:
        """A file of the project's media, by its place there: ids are a stranger's words and no names for files."""
        return self.path / f"medium-{place:03}"

    def media_of(self, project: Project) -> dict[str, Path]:
        """The files that are there, by the media's ids."""
        found = {one.id: self.medium(place) for place, one in enumerate(project.media)}
        return {name: path for name, path in found.items() if path.is_file()}

    def segment(self, index: int) -> Path:
        """A finished segment."""
        return self.path / segment_name(index)

    def light(self, index: int) -> Path:
        """The light of a segment's frames."""
        return self.path / light_name(index)

    def missing(self, segments: tuple[Segment, ...], *, of: str) -> list[Segment]:
        """Segments whose file is not there yet; of "render" or "look"."""
        where = self.segment if of == "render" else self.light
        return [segment for segment in segments if not where(segment.index).is_file()]

    def write(self, order: RenderOrder, project: Project, features: Features) -> None:
        """Lay down what the processes read. The song and the media are the caller's."""
        for name, data in (
            ("project.json", encode_project(project)),
            ("features.klf", encode_features(features)),
            ("order.json", msgspec.json.encode(order)),  # last: it says that all is there
        ):
            write_whole(self.path / name, functools.partial(_put, data))

    def order(self) -> RenderOrder:
        """What to render; raises `KeylightError` where there is none."""
        try:
            return _ORDER.decode((self.path / "order.json").read_bytes())
        except (OSError, msgspec.DecodeError) as error:
            raise KeylightError(f"Expected the order of a render in its folder: {error}") from error

    def project(self) -> Project:
        """The project; raises `KeylightError`."""
        return decode_project((self.path / "project.json").read_bytes())

    def features(self) -> Features:
        """The song for pictures; raises `KeylightError`."""
        return decode_features((self.path / "features.klf").read_bytes())


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """A file with all that `write` writes, or none."""
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _put(data: bytes, file: BinaryIO) -> None:
    file.write(data)
