"""Samples to files of every format on offer (`shared.schema.jobs.FORMATS`), as a stream, by FFmpeg (PyAV).

FLAC and WAV of 24 bits are rounded; at 16 bits a triangular dither of one step goes before (Lipshitz, Wannamaker,
Vanderkooy 1992), drawn from a seed, so that the same samples make the same file. MP3 has 320 kbit/s and a LAME header
with the delay and padding that a player takes off again; M4A is AAC-LC at 256 kbit/s with an edit list for the same
(FFmpeg itself, reading it, leaves up to 1023 samples of padding on).
WAV becomes RF64 when it grows beyond 4 GB.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

from backend.gpu.pieces import disk_full_told
from shared.errors import KeylightError
from shared.schema.jobs import OutputFormat

__all__ = ["Encoder", "Tags"]


@dataclass(frozen=True)
class _Way:
    """How a format is made: FFmpeg's container, codec and sample format, and what both are told.

    bits: of integer samples, 0 for floats.
    """

    container: str
    codec: str
    samples: str
    bits: int = 0
    bit_rate: int | None = None
    container_options: Mapping[str, str] = field(default_factory=dict)


_RF64: Final = {"rf64": "auto"}
#: The index first, so that it plays while it comes; an edit list that counts samples, not milliseconds.
_MP4: Final = {"movflags": "+faststart", "movie_timescale": "{rate}"}
_WAYS: Final[dict[OutputFormat, _Way]] = {
    "flac": _Way("flac", "flac", "s32", bits=24),
    "wav16": _Way("wav", "pcm_s16le", "s16", bits=16, container_options=_RF64),
    "wav24": _Way("wav", "pcm_s24le", "s32", bits=24, container_options=_RF64),
    "wav32f": _Way("wav", "pcm_f32le", "flt", container_options=_RF64),
    "mp3": _Way("mp3", "libmp3lame", "fltp", bit_rate=320_000),
    "m4a": _Way("ipod", "aac", "fltp", bit_rate=256_000, container_options=_MP4),
}
_PACKED: Final = ("s16", "s32", "flt")
#: Samples of a frame given to FFmpeg, which cuts them as its codecs want.
_FRAME: Final = 1 << 14
_BUFFER_BYTES: Final = 1 << 18


@dataclass(frozen=True)
class Tags:
    """What a file says about itself; key and bpm are the song's, made_by how the stem came to be."""

    title: str
    artist: str | None = None
    key: str | None = None
    bpm: float | None = None
    made_by: str = ""

    def for_format(self, kind: OutputFormat) -> dict[str, str]:
        """Under the names that FFmpeg passes on: ID3 frames, Vorbis comments, MP4 atoms, and a comment for the rest.

        >>> Tags("Song (Vocals)", key="8A", bpm=127.96).for_format("mp3")
        {'title': 'Song (Vocals)', 'TKEY': '8A', 'TBPM': '128'}
        """
        found = {"title": self.title, "artist": self.artist or ""}
        key, bpm = self.key or "", "" if self.bpm is None else f"{round(self.bpm, 2):g}"
        whole_bpm = "" if self.bpm is None else str(round(self.bpm))  # ID3 and MP4 take whole numbers only
        comment = self.made_by
        match kind:
            case "flac":
                found |= {"INITIALKEY": key, "BPM": bpm}
            case "mp3":
                found |= {"TKEY": key, "TBPM": whole_bpm}
            case "m4a":
                found["tmpo"] = whole_bpm
                comment = _sentence(comment, f"Key {key}" if key else "")
            case _:
                comment = _sentence(comment, f"Key {key}" if key else "", f"{bpm} BPM" if bpm else "")
        return {name: text for name, text in {**found, "comment": comment}.items() if text}


class Encoder:
    """One file in the making: `write` blocks, then `close` once."""

    def __init__(
        self, path: Path, kind: OutputFormat, *, sample_rate: int, channels: int, tags: Tags, seed: int = 0
    ) -> None:
        """The file is made anew. seed: of the dither; files of one song get different ones."""
        if channels not in (1, 2):
            raise KeylightError(f"Expected one channel or two, got {channels}.")
        self._way, self._path, self._rate = _WAYS[kind], path, sample_rate
        self._layout = "mono" if channels == 1 else "stereo"
        self._chance = np.random.Generator(np.random.PCG64(seed)) if self._way.bits == 16 else None
        self._at = 0
        with disk_full_told():
            # A Python file, since what FFmpeg's own does with a full disk is known only at the end, if at all.
            self._file = path.open("w+b")
        try:
            with disk_full_told():
                self._container, self._stream = self._open(tags.for_format(kind))
        except BaseException:
            with contextlib.suppress(OSError):
                self._file.close()
            raise

    def _open(self, tags: Mapping[str, str]) -> tuple[OutputContainer, AudioStream]:
        way = self._way
        options = {name: text.format(rate=self._rate) for name, text in way.container_options.items()}
        container = av.open(self._file, "w", format=way.container, container_options=options, buffer_size=_BUFFER_BYTES)
        container.metadata.update(tags)
        stream = container.add_stream(way.codec, rate=self._rate, layout=self._layout)
        assert isinstance(stream, AudioStream)
        if way.bit_rate is not None:
            stream.bit_rate = way.bit_rate
        stream.format = way.samples
        container.start_encoding()  # else a file without samples would be no file
        return container, stream

    def write(self, block: np.ndarray) -> None:
        """Take the next samples, float32 [channels, n]; integers clip beyond full scale."""
        with disk_full_told():
            for at in range(0, block.shape[1], _FRAME):
                part = self._quantized(block[:, at : at + _FRAME])
                if self._way.samples in _PACKED:
                    part = part.T.reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(part), format=self._way.samples, layout=self._layout
                )
                frame.sample_rate, frame.pts = self._rate, self._at
                self._at += frame.samples
                self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what is left and bring the file to the disk."""
        with disk_full_told():
            self._container.mux(self._stream.encode(None))
            self._container.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def abandon(self) -> None:
        """Let go of the file as it is; of one that is closed, nothing."""
        with contextlib.suppress(OSError):  # what cannot be written is of no use any more
            self._container.close()
        with contextlib.suppress(OSError):
            self._file.close()

    def _quantized(self, block: np.ndarray) -> np.ndarray:
        """Integers of the format, in the upper bits of 32 for 24, or floats as they are."""
        if self._way.bits == 0:
            return block.astype(np.float32, copy=False)
        full = 1 << (self._way.bits - 1)
        scaled = block.astype(np.float64) * full
        if self._chance is not None:
            # Drawn sample by sample, so that the blocks do not matter.
            draws = self._chance.random((block.shape[1], block.shape[0], 2))
            scaled += (draws[..., 0] - draws[..., 1]).T
        whole = np.clip(np.rint(scaled), -full, full - 1)
        return whole.astype(np.int16) if self._way.bits == 16 else whole.astype(np.int32) << 8


def _sentence(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
