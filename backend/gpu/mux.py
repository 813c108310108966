"""Segments to a film: pictures are copied as they are, sound is encoded once, tags and cover come with them.

Time is counted in whole frames from the first segment on, so that nothing drifts however many segments there are. MP4
and QuickTime files have their index first, so that they play while they come. The film appears under its name when it
is whole. Memory holds the index, not the film.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.error
from av.container import OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from backend.gpu.mux_audio import SAMPLE_RATE, SoundTrack
from backend.gpu.mux_cover import Cover, to_cover
from backend.gpu.pieces import disk_full_told
from backend.gpu.video import TICKS
from shared.errors import KeylightError
from shared.schema.video import RenderOptions

__all__ = ["Film", "FilmTags", "join"]

_BUFFER_BYTES: Final = 1 << 18
#: Frames between two reports.
_REPORT: Final = 300


@dataclass(frozen=True)
class FilmTags:
    """What a film says about itself."""

    title: str = ""
    artist: str = ""
    comment: str = ""

    def for_ffmpeg(self) -> dict[str, str]:
        """Under the names that FFmpeg passes on, empty ones left out.

        >>> FilmTags("Song").for_ffmpeg()
        {'title': 'Song'}
        """
        named = {"title": self.title, "artist": self.artist, "comment": self.comment}
        return {name: text for name, text in named.items() if text}


@dataclass(frozen=True)
class Film:
    """What was written. notes: sentences on what a person may miss."""

    frames: int
    seconds: float
    notes: tuple[str, ...] = ()


def join(
    segments: Sequence[Path],
    audio: Path | None,
    out: Path,
    options: RenderOptions,
    *,
    frames: int,
    tags: FilmTags = FilmTags(),
    cover: bytes | None = None,
    report: Callable[[int], None] = lambda frames: None,
) -> Film:
    """Write segments one after another, with the song's sound from `options.start_seconds` on.

    frames: pictures of the film, which the segments must have together. audio: the song's file, None for none. cover:
    bytes of a picture file. report: told now and then how many pictures are written.
    Raises `KeylightError` where a segment is missing, damaged, or of other settings than the first.
    """
    temporary = out.with_name(f".{out.name}.part")
    notes: list[str] = []
    with contextlib.ExitStack() as stack:
        stack.callback(temporary.unlink, missing_ok=True)
        with disk_full_told():
            file = stack.enter_context(temporary.open("w+b"))
            container = av.open(
                file, "w", format=options.container, container_options=_told(options), buffer_size=_BUFFER_BYTES
            )
            try:
                container.metadata.update(tags.for_ffmpeg())
                _write(container, segments, audio, options, frames, _cover(cover, options, notes), report)
            finally:
                container.close()
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(out)
    return Film(frames, frames / options.fps, tuple(notes))


def _told(options: RenderOptions) -> dict[str, str]:
    """The index first; clocks that count frames and samples, where FFmpeg's own rounds to milliseconds."""
    if options.container == "webm":
        return {"cluster_time_limit": "2000"}
    return {
        "movflags": "+faststart",
        "movie_timescale": str(SAMPLE_RATE),
        "video_track_timescale": str(options.fps * TICKS),
    }


def _write(
    container: OutputContainer,
    segments: Sequence[Path],
    audio: Path | None,
    options: RenderOptions,
    frames: int,
    cover: Cover | None,
    report: Callable[[int], None],
) -> None:
    pictures = _Pictures(container, segments, options)
    has_sound = audio is not None and options.audio != "none"
    sound = SoundTrack(container, options, audio, frames=frames) if has_sound and audio is not None else None
    if cover is not None:
        _add_cover(container, cover)
    for at, packet in enumerate(pictures.packets(), 1):
        if sound is not None:
            sound.advance(Fraction(at, options.fps))
        container.mux(packet)
        if at % _REPORT == 0:
            report(at)
    if pictures.frames != frames:
        raise KeylightError(f"Expected {frames} pictures in the segments, found {pictures.frames}. Render them again.")
    if sound is not None:
        sound.advance(None)
    report(frames)


class _Pictures:
    """The one stream of pictures, fed from all segments."""

    def __init__(self, container: OutputContainer, segments: Sequence[Path], options: RenderOptions) -> None:
        if not segments:
            raise KeylightError("Expected at least one segment, got none. Render them first.")
        self._segments, self._fps = segments, options.fps
        self.frames = 0
        with _opened(segments[0]) as (_, first):
            self._kind = _kind(first)
            self._stream = container.add_stream_from_template(first, opaque=True)
            self._stream.codec_context.codec_tag = first.codec_context.codec_tag
        self._stream.time_base = Fraction(1, self._fps * TICKS)
        if options.alpha and options.container == "webm":
            self._stream.metadata["alpha_mode"] = "1"

    def packets(self) -> Iterator[av.Packet[Any]]:
        """Of all segments, in order of decoding, on the film's clock."""
        for path in self._segments:
            with _opened(path) as (source, stream):
                if _kind(stream) != self._kind:
                    raise KeylightError(
                        f"{path.name} was encoded with other settings than {self._segments[0].name}. Render all again."
                    )
                first, count = self.frames, 0
                with _damage_told(path):
                    for packet in source.demux(stream):
                        if packet.dts is None:
                            continue
                        yield self._moved(packet, first)
                        count += 1
                self.frames = first + count

    def _moved(self, packet: av.Packet[Any], first: int) -> av.Packet[Any]:
        """In the film a segment's frame i is frame first + i."""
        assert packet.pts is not None
        assert packet.dts is not None
        of_frame = packet.time_base * self._fps
        shown, decoded = round(packet.pts * of_frame), round(packet.dts * of_frame)
        packet.time_base = Fraction(1, self._fps * TICKS)
        packet.pts, packet.dts = (first + shown) * TICKS, (first + decoded) * TICKS
        packet.duration = TICKS
        packet.stream = self._stream
        return packet


def _kind(stream: VideoStream) -> tuple[object, ...]:
    """What must be the same in all segments: the parameter sets among it, which a film has once."""
    context = stream.codec_context
    return (
        context.codec.canonical_name, context.codec_tag, context.width, context.height, context.pix_fmt,
        context.colorspace, context.color_range, bytes(context.extradata or b""),
    )  # fmt: skip


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[av.container.InputContainer, VideoStream]]:
    if not path.is_file():
        raise KeylightError(f"Expected the segment {path.name}, found none. Render it again.")
    with _damage_told(path):
        container = av.open(str(path))
    with container:
        if not container.streams.video:
            raise KeylightError(f"The segment {path.name} holds no pictures. Render it again.")
        yield container, container.streams.video[0]


@contextlib.contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except av.error.InvalidDataError as error:
        raise KeylightError(f"The segment {path.name} is damaged. Render it again.") from error


def _cover(data: bytes | None, options: RenderOptions, notes: list[str]) -> Cover | None:
    """A cover that the container takes: MP4 alone keeps one."""
    if not data or options.container != "mp4":
        return None
    try:
        return to_cover(data)
    except KeylightError as error:
        notes.append(str(error))
        return None


def _add_cover(container: OutputContainer, cover: Cover) -> None:
    with av.open(io.BytesIO(cover.data), format=cover.demuxer) as source:
        stream = container.add_stream_from_template(source.streams.video[0], opaque=True)
        stream.disposition = Disposition.attached_pic
        packet: av.Packet[Any] = av.Packet(cover.data)
        packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, Fraction(1, 90_000)
        container.mux(packet)
