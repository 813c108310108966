"""The sound of a film: a part of the song, encoded once, exactly as long as its pictures.

48 kHz stereo (the rate of video, AES5-2018, and a whole number of samples to a frame of every rate on offer). Where the
song ends before the pictures, silence; where it is longer, it ends with them. An encoder's delay stands in the file as
an edit list or pre-skip, so that players take it off again.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

from backend.gpu.source import open_source
from shared.schema.video import Quality, RenderOptions, Sound

__all__ = ["SAMPLE_RATE", "SoundTrack", "sample_count"]

SAMPLE_RATE: Final = 48_000
#: FFmpeg's encoder, its samples, and bits per second by quality, None where it loses nothing.
_WAYS: Final[dict[Sound, tuple[str, str, dict[Quality, int] | None]]] = {
    "aac": ("aac", "fltp", {"draft": 192_000, "good": 256_000, "best": 320_000}),
    "opus": ("libopus", "flt", {"draft": 128_000, "good": 192_000, "best": 256_000}),
    "flac": ("flac", "s32", None),
    "pcm": ("pcm_s24le", "s32", None),
}
#: Samples of a frame given to FFmpeg, which cuts them as its codecs want.
_FRAME: Final = 1 << 13
_FULL: Final = 1 << 23  # of 24 bits


def sample_count(frames: int, fps: int) -> int:
    """Samples that last as long as so many pictures.

    >>> sample_count(90, 60), sample_count(7, 24)
    (72000, 14000)
    """
    return frames * SAMPLE_RATE // fps


class SoundTrack:
    """Sound in a container that is being written: `advance` it along with the pictures."""

    def __init__(self, container: OutputContainer, options: RenderOptions, source: Path, *, frames: int) -> None:
        """source: the song's file; frames: pictures of the film."""
        codec, self._format, rates = _WAYS[options.audio]
        stream = container.add_stream(codec, rate=SAMPLE_RATE, layout="stereo")
        assert isinstance(stream, AudioStream)
        stream.format = self._format
        if rates is not None:
            stream.bit_rate = rates[options.quality]
        if options.audio == "opus":
            # WebM says that it is as long as its last packet; one of 20 ms could be longer than a frame of the film.
            stream.options = {"frame_duration": "10"}
        self._container, self._stream = container, stream
        self._done = False
        start = round(options.start_seconds * SAMPLE_RATE)
        self._blocks = _exactly(open_source(source, SAMPLE_RATE, 2, start), sample_count(frames, options.fps))
        self._at = 0

    def advance(self, until: Fraction | None) -> None:
        """Write the sound up to a time of the film in seconds, or all that is left. Raises `AudioError`."""
        while until is None or self._at < until * SAMPLE_RATE:
            block = next(self._blocks, None)
            if block is None:
                if not self._done:
                    self._container.mux(self._stream.encode(None))
                    self._done = True
                return
            frame = av.AudioFrame.from_ndarray(self._laid_out(block), format=self._format, layout="stereo")
            frame.sample_rate, frame.pts = SAMPLE_RATE, self._at
            frame.time_base = Fraction(1, SAMPLE_RATE)
            self._at += block.shape[1]
            self._container.mux(self._stream.encode(frame))

    def _laid_out(self, block: np.ndarray) -> np.ndarray:
        """As the encoder takes samples: planes of floats, or packed floats or 24-bit integers in 32."""
        if self._format == "fltp":
            return np.ascontiguousarray(block)
        if self._format == "s32":
            whole = np.clip(np.rint(block.astype(np.float64) * _FULL), -_FULL, _FULL - 1)
            block = whole.astype(np.int32) << 8
        return np.ascontiguousarray(block.T.reshape(1, -1))


def _exactly(blocks: Iterator[np.ndarray], samples: int) -> Iterator[np.ndarray]:
    """So many samples of float32 [2, n], in pieces of one frame: cut, or silence after the end."""
    left = samples
    for block in blocks:
        for at in range(0, min(block.shape[1], left), _FRAME):
            piece = block[:, at : min(at + _FRAME, left)]
            yield piece
        left -= min(block.shape[1], left)
        if left == 0:
            return
    while left:
        count = min(left, _FRAME)
        yield np.zeros((2, count), np.float32)
        left -= count
