"""Pictures to a segment of a film, by FFmpeg (PyAV).

Pictures are uint8 [height, width, 4], BGRA with colours multiplied by alpha, as Skia paints them; FFmpeg reads them
where they lie. sRGB becomes limited-range YCbCr by the matrix of ITU-R BT.709, with chroma from all pixels of a row,
and the stream says so. A segment stands for itself (its first picture is a whole one, nothing points beyond its last),
and its file appears under its name when it is whole: what a killed process leaves is a temporary name.
"""

from __future__ import annotations

import contextlib
import functools
import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

import av
import av.error
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from backend.gpu.pieces import disk_full_told
from backend.gpu.video_encoders import configure, explain_refusal, settings_for
from shared.errors import KeylightError
from shared.schema.video import RenderOptions, check_render_options

__all__ = ["TICKS", "SegmentWriter", "straight_alpha"]

#: Ticks of a film's clock in a frame: enough that the container keeps the rate it is told.
TICKS: Final = 512
_BUFFER_BYTES: Final = 1 << 18


class SegmentWriter:
    """One segment in the making: `write` its pictures in order, then `close` it or `abandon` it; or a `with` block.

    encoder: what `pick_encoder` said, the same for all segments of a film; None is the software one.
    """

    def __init__(self, path: Path, options: RenderOptions, *, encoder: str | None = None, threads: int = 1) -> None:
        """Raises `KeylightError` with a sentence where the options do not go together or no encoder takes them."""
        check_render_options(options)
        if options.width % 2 or options.height % 2:
            raise KeylightError(f"Expected even sides, got {options.width} x {options.height}.")
        self._options, self._path = options, path
        self._settings = settings_for(options, encoder, threads=threads)
        self._reformatter = VideoReformatter()
        self._temporary = path.with_name(f".{path.name}.part")
        self.frames = 0
        with disk_full_told():
            # A Python file, since what FFmpeg's own does with a full disk is known only at the end, if at all.
            self._file = self._temporary.open("w+b")
        try:
            with disk_full_told():
                self._container, self._stream = self._open(threads)
        except BaseException:
            self._file.close()
            self._temporary.unlink(missing_ok=True)
            raise

    def _open(self, threads: int) -> tuple[OutputContainer, VideoStream]:
        options, settings = self._options, self._settings
        clock = {} if options.container == "webm" else {"video_track_timescale": str(options.fps * TICKS)}
        container = av.open(
            self._file, "w", format=options.container, container_options=clock, buffer_size=_BUFFER_BYTES
        )
        try:
            stream = container.add_stream(settings.encoder, rate=options.fps)
            assert isinstance(stream, VideoStream)
            configure(stream.codec_context, options, settings, threads=threads)
            stream.time_base = Fraction(1, options.fps)
            container.start_encoding()
        except (av.error.FFmpegError, ValueError) as error:
            raise explain_refusal(options, settings, error) from error
        return container, stream

    def write(self, picture: np.ndarray) -> None:
        """Take the next picture, uint8 [height, width, 4]; it is free to be painted over when this returns."""
        expected = (self._options.height, self._options.width, 4)
        if picture.dtype != np.uint8 or picture.shape != expected:
            raise ValueError(f"expected a picture of uint8 {list(expected)}, got {picture.dtype} {list(picture.shape)}")
        if self._options.alpha:
            picture = straight_alpha(picture)
        frame = self._reformatter.reformat(
            av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(picture), format="bgra"),
            format=self._settings.pixels,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            dst_color_trc=ColorTrc.BT709,
            dst_color_primaries=ColorPrimaries.BT709,
            interpolation=Interpolation.BILINEAR | Interpolation.FULL_CHR_H_INP,
            threads=1,
        )
        frame.pts, frame.time_base = self.frames, Fraction(1, self._options.fps)
        with disk_full_told():
            self._container.mux(self._stream.encode(frame))
        self.frames += 1

    def close(self) -> None:
        """The segment is whole: bring it to the disk under its name. Raises `ValueError` for one without pictures."""
        if not self.frames:
            raise ValueError("expected at least one picture in a segment, got none")
        with disk_full_told():
            packets = self._stream.encode(None)
            if self._options.codec == "hevc" and self.frames <= 2:
                # x265 leaves the times of decoding to chance in a stream shorter than its delay by B-frames.
                for at, packet in enumerate(packets):
                    packet.dts = at - 2
            self._container.mux(packets)
            self._container.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self._path)

    def abandon(self) -> None:
        """Leave nothing behind; of a segment that is closed, its file."""
        with contextlib.suppress(OSError, ValueError):  # what cannot be written is of no use any more
            self._container.close()
        with contextlib.suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.close()
        finally:
            self.abandon()


def straight_alpha(picture: np.ndarray) -> np.ndarray:
    """Colours not multiplied by alpha, as ProRes 4444 and VP9 want them; where nothing is, black.

    >>> straight_alpha(np.array([[[10, 20, 64, 128]]], np.uint8)).tolist()
    [[[20, 40, 128, 128]]]
    """
    alpha = picture[..., 3]
    if (alpha == 255).all():
        return picture
    straight = _divided()[alpha[..., None], picture]
    straight[..., 3] = alpha
    return straight


@functools.lru_cache(maxsize=1)
def _divided() -> np.ndarray:
    """By alpha, then by colour, uint8 [256, 256]: the colour divided by alpha."""
    alpha, color = np.arange(256)[:, None], np.arange(256)[None]
    whole = (color * 255 + alpha // 2) // np.maximum(alpha, 1)
    table: np.ndarray = np.where(alpha > 0, np.minimum(whole, 255), 0).astype(np.uint8)
    return table
