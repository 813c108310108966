"""Films by PyAV: when each frame begins, and any frame's pixels by its number.

Times come from the packets, without decoding: variable frame rates, edit lists and reordered frames are in them. Frames
that follow one another are decoded once; behind a jump decoding begins at the keyframe before. What is damaged shows
the last good frame.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from shared.errors import KeylightError
from shared.scene.facts import VideoFacts

__all__ = ["Film"]

#: Containers by FFmpeg's names that hold their pictures themselves: playlists, which lead to other files and addresses,
#: are not opened.
_CONTAINERS: Final = (
    "asf", "avi", "flv", "h264", "hevc", "ivf", "matroska", "mjpeg", "mov", "mpeg", "mpegts", "mxf", "nut", "ogg",
)  # fmt: skip
_FORMATS: Final = "MP4, MOV, WebM, MKV, AVI or MPEG"
_MAX_SIDE: Final = 8192
_MAX_FRAMES: Final = 4_000_000
#: Decoded frames that are kept, in bytes of YUV, and at least and at most so many: echoes ask for frames again.
_RING_BYTES: Final = 64 * 2**20
_RING_LEAST, _RING_MOST = 4, 40
#: Pictures in BGRA that are kept.
_PICTURES: Final = 3
#: Frames to decode and drop rather than to jump: a jump costs about as much, since it starts the decoder anew.
_NEAR: Final = 12
#: H.273 numbers of matrix coefficients as swscale names them; what is not said is 709 from 720 lines on, 601 below.
_MATRICES: Final = {
    1: Colorspace.ITU709, 4: Colorspace.FCC, 5: Colorspace.ITU601, 6: Colorspace.ITU601, 7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020, 10: Colorspace.BT2020,
}  # fmt: skip
#: Ticks before a film's first keyframe that are surely before it.
_BEFORE: Final = 1 << 20
_HD_LINES: Final = 720
_FULL_RANGE: Final = 2  # AVCOL_RANGE_JPEG


class Film:
    """One film file. facts: size as shown (upright, square pixels) and times.

    Raises `KeylightError`, a sentence without the file's name, where there is no film.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._container = av.open(
                str(path), metadata_errors="replace", options={"format_whitelist": ",".join(_CONTAINERS)}
            )
        except (av.error.FFmpegError, OSError, ValueError) as failure:
            raise KeylightError(
                f"Expected a film in {_FORMATS} format. The file is not one, or it is broken."
            ) from failure
        try:
            self._stream = self._picture_stream()
            self._table()
            self._restart()
            first = self._first()
        except BaseException:
            self._container.close()
            raise
        self._rotation = round(first.rotation / 90) % 4
        width, height = self._shown(first)
        self._size = width, height
        if self._rotation % 2:
            width, height = height, width
        self.facts = VideoFacts(width, height, self._times, self._seconds)

    def frame(self, number: int) -> np.ndarray | None:
        """A frame by its number, clamped to those that there are: uint8 [height, width, 4], BGRA premultiplied.

        None when nothing of the film could be decoded.
        """
        number = min(max(0, number), len(self._ticks) - 1)
        made = self._pictures.get(number)
        if made is None:
            frame = self._decoded(number)
            if frame is None:
                return None
            made = self._picture(frame)
            self._pictures[number] = made
            if len(self._pictures) > _PICTURES:
                self._pictures.popitem(last=False)
        return made

    def close(self) -> None:
        """Let the file go."""
        self._ring.clear()
        self._pictures.clear()
        self._container.close()

    # Opening.

    def _picture_stream(self) -> VideoStream:
        for stream in self._container.streams.video:
            if av.stream.Disposition.attached_pic in stream.disposition:
                continue
            width, height = stream.codec_context.width, stream.codec_context.height
            if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
                raise KeylightError(f"Expected a film of 1 to {_MAX_SIDE} pixels a side, got {width} x {height}.")
            stream.codec_context.thread_type = "AUTO"
            stream.codec_context.thread_count = 2  # a core to decode ahead while this one draws
            return stream
        raise KeylightError("Expected a film, found no moving pictures in the file.")

    def _table(self) -> None:
        """When frames begin, and which of them decoding can begin at."""
        ticks, keys, last = [], [], 0
        with contextlib.suppress(av.error.FFmpegError):  # what came before the damage counts
            for packet in self._container.demux(self._stream):
                tick = packet.pts if packet.pts is not None else packet.dts
                if tick is None or not packet.size:
                    continue
                if packet.is_keyframe:
                    keys.append(tick)
                if packet.is_discard:  # an edit list leaves it out, but others may need it
                    continue
                ticks.append(tick)
                last = max(last, tick + (packet.duration or 0))
                if len(ticks) > _MAX_FRAMES:
                    raise KeylightError(f"Expected a film of at most {_MAX_FRAMES} frames.")
        if not ticks:
            raise KeylightError("Expected a film, found no frames in the file: it is cut off or broken.")
        self._ticks = np.unique(np.array(ticks, np.int64))
        self._keys = np.unique(np.array(keys or ticks[:1], np.int64))
        base = float(self._stream.time_base or 1)
        self._times = (self._ticks - self._ticks[0]).astype(np.float64) * base
        usual = float(np.median(np.diff(self._times))) if len(self._times) > 1 else 1 / 25
        self._seconds = max(float(last - self._ticks[0]) * base, float(self._times[-1]) + min(usual, 1.0) / 2)

    def _restart(self) -> None:
        self._ring: OrderedDict[int, VideoFrame] = OrderedDict()
        self._pictures: OrderedDict[int, np.ndarray] = OrderedDict()
        self._capacity = _RING_LEAST
        self._at = len(self._ticks)  # behind all, so that the first frame asked for is looked for
        self._frames: Iterator[VideoFrame] = iter(())

    def _first(self) -> VideoFrame:
        frame = self._decoded(0)
        if frame is None:
            codec = self._stream.codec_context.name
            raise KeylightError(f"Expected a film that can be decoded, none of its frames can be ({codec}).")
        return frame

    # Decoding.

    def _decoded(self, number: int) -> VideoFrame | None:
        """A frame, or the last good one before it, or the first good one behind it."""
        found = self._ring.get(number)
        if found is not None:
            return found
        if not self._is_ahead(number):
            self._jump(number)
        self._advance(number)
        before = [at for at in self._ring if at <= number]
        if not self._ring:
            return None
        frame = self._ring[max(before) if before else min(self._ring)]
        self._keep(number, frame)
        return frame

    def _is_ahead(self, number: int) -> bool:
        """Whether decoding on gets there at least as soon as a jump does."""
        if number <= self._at:
            return False
        key = int(np.searchsorted(self._ticks, self._keys[self._key_before(number)]))
        return key <= self._at + 1 or number - self._at <= _NEAR

    def _key_before(self, number: int) -> int:
        return max(0, int(np.searchsorted(self._keys, self._ticks[number], side="right")) - 1)

    def _jump(self, number: int) -> None:
        """Begin at a keyframe from which decoding reaches the frame: some containers land behind it."""
        key, back = self._key_before(number), 1
        while True:
            self._seek(int(self._keys[key]))
            if self._take() and self._at <= number:
                return
            if key == 0:
                break
            key, back = max(0, key - back), 2 * back
        # Even the first keyframe is missed by some: from the very beginning, then.
        self._seek(min(0, int(self._keys[0]) - _BEFORE))

    def _seek(self, tick: int) -> None:
        with contextlib.suppress(av.error.FFmpegError):
            self._container.seek(tick, stream=self._stream)
        self._frames = self._decoding()
        self._at = -1

    def _advance(self, number: int) -> None:
        while self._at < number:
            if not self._take():
                self._at = len(self._ticks)

    def _take(self) -> bool:
        """Decode one more frame; False behind the last one."""
        for frame in self._frames:
            number = self._number(frame)
            if number >= 0:  # else an edit list leaves it out
                self._at = max(self._at, number)
                self._keep(number, frame)
                return True
        return False

    def _decoding(self) -> Iterator[VideoFrame]:
        """Frames in the order that they are shown, without those that are damaged beyond decoding."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                return
            if packet is None:
                return
            with contextlib.suppress(av.error.FFmpegError):
                yield from packet.decode()

    def _number(self, frame: VideoFrame) -> int:
        tick = frame.pts if frame.pts is not None else frame.dts
        if tick is None:
            return self._at + 1
        return int(np.searchsorted(self._ticks, tick, side="right")) - 1

    def _keep(self, number: int, frame: VideoFrame) -> None:
        self._capacity = min(_RING_MOST, max(_RING_LEAST, _RING_BYTES // max(1, frame.width * frame.height * 3 // 2)))
        self._ring[number] = frame
        self._ring.move_to_end(number)
        while len(self._ring) > self._capacity:
            self._ring.popitem(last=False)

    # Colours.

    def _shown(self, frame: VideoFrame) -> tuple[int, int]:
        """Size of square pixels, before it is turned upright."""
        aspect = self._stream.sample_aspect_ratio
        wide = float(aspect) if aspect else 1.0
        width = round(frame.width * wide) if 0.1 < wide < 10 else frame.width
        return max(1, min(_MAX_SIDE, width)), frame.height

    def _picture(self, frame: VideoFrame) -> np.ndarray:
        """A frame as it is shown, in BGRA."""
        width, height = self._size
        said = _MATRICES.get(int(frame.colorspace))
        guess = Colorspace.ITU709 if frame.height >= _HD_LINES else Colorspace.ITU601
        full = int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
        shown = frame.reformat(
            width,
            height,
            "bgra",
            src_colorspace=said or guess,
            dst_colorspace=said or guess,
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
        )
        plane = shown.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        pixels = rows[:height, : width * 4].reshape(height, width, 4)
        if _has_alpha(frame):
            pixels = _premultiplied(pixels)
        return np.ascontiguousarray(np.rot90(pixels, self._rotation)) if self._rotation else pixels.copy()


def _premultiplied(pixels: np.ndarray) -> np.ndarray:
    alpha = pixels[:, :, 3:]
    colors = (pixels[:, :, :3] * alpha.astype(np.uint16) + 127) // 255
    return np.concatenate([colors.astype(np.uint8), alpha], axis=2)


def _has_alpha(frame: VideoFrame) -> bool:
    name = frame.format.name
    return name.startswith(("yuva", "gbrap", "ya8", "ya16")) or name[:4] in ("rgba", "bgra", "argb", "abgr")
