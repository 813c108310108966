"""A cover for the file of a film: JPEG and PNG as they are, everything else that FFmpeg reads as a JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import av
import av.error
from av.video.stream import VideoStream

from shared.errors import KeylightError

__all__ = ["Cover", "to_cover"]

#: First bytes of a file, and FFmpeg's demuxer for it (JPEG: ITU-T T.81, B.1.1.3; PNG: ISO 15948, 5.2).
_AS_THEY_ARE: Final = ((b"\xff\xd8\xff", "jpeg_pipe"), (b"\x89PNG\r\n\x1a\n", "png_pipe"))
#: Longest side of a cover that is made anew: what stores of music ask for at most.
_SIDE: Final = 3000


@dataclass(frozen=True)
class Cover:
    """A picture's file and FFmpeg's name of the demuxer that reads it."""

    data: bytes
    demuxer: str


def to_cover(data: bytes) -> Cover:
    """A cover out of a picture's file; raises `KeylightError` with a sentence where it cannot be read."""
    try:
        for magic, demuxer in _AS_THEY_ARE:
            if data.startswith(magic):
                with av.open(io.BytesIO(data), "r", format=demuxer) as source:
                    next(source.decode(video=0))
                return Cover(data, demuxer)
        return Cover(_to_jpeg(data), "jpeg_pipe")
    except (av.error.FFmpegError, StopIteration, IndexError, ValueError) as error:
        raise KeylightError("The cover cannot be read as a picture: the film has none.") from error


def _to_jpeg(data: bytes) -> bytes:
    with av.open(io.BytesIO(data), "r") as source:
        frame = next(source.decode(video=0))
    scale = min(1.0, _SIDE / max(frame.width, frame.height))
    width, height = max(2, round(frame.width * scale)), max(2, round(frame.height * scale))
    held = io.BytesIO()
    with av.open(held, "w", format="image2pipe") as out:
        stream = out.add_stream("mjpeg", rate=1)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p"
        picture = frame.reformat(width=width, height=height, format="yuvj420p")
        picture.pts = 0
        out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return held.getvalue()
