"""Decoding for CPython by PyAV (FFmpeg): a file to blocks of planar float32, in a stream.

The browser decodes by itself (`web/js/decoder.js`); both are FFmpeg underneath where it matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream

from shared.errors import AudioError
from shared.units import format_seconds

__all__ = ["AudioFile"]

#: Seconds of audio per block; longer blocks mean fewer calls, shorter ones less memory.
_BLOCK_SECONDS: Final = 4.0
#: A file may be this much shorter than it says before a person is told (`web/js/decoder.js` has the same).
_SHORT_SECONDS, _SHORT_SHARE = 1.0, 0.02
#: A frame whose rate is less than the file's by more than this is damaged: FLAC can state 1 Hz in any frame, and one
#: such frame of a few bytes would be hours of audio at once. Real files change between 8 and 96 kHz at most.
_RATE_FACTOR: Final = 16
#: Containers by FFmpeg's names. Each holds its sound in the file itself: playlists and scripts, by which FFmpeg can be
#: led to other files and addresses, are not opened.
_CONTAINERS: Final = (
    "aac", "ac3", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "dsf", "dts", "eac3", "flac", "flv", "iff", "loas",
    "matroska", "mov", "mp3", "mpc", "mpc8", "mpeg", "mpegts", "mxf", "nut", "ogg", "rm", "shn", "sox", "tak", "truehd",
    "tta", "voc", "w64", "wav", "wsd", "wv", "xwma",
)  # fmt: skip
av.logging.set_level(av.logging.PANIC)  # what goes wrong is told once, in our words


class AudioFile:
    """The first audio stream of a file; use it as a context manager.

    sample_rate in Hz, channels, codec by FFmpeg's name, duration_seconds as the container says (None when it does not).
    warnings: what went wrong and did not end the decoding, in sentences, complete once `blocks` is exhausted.
    Raises `AudioError` with a sentence when there is no audio to be had.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise AudioError("Expected a file, got a folder. Name the files in it.")
        if not path.is_file():
            raise AudioError("Expected a file, found none. Check the name.")
        if path.stat().st_size == 0:
            raise AudioError("The file is empty (0 bytes). Copy or download it again.")
        with _explained():
            self._container = av.open(
                str(path), metadata_errors="replace", options={"format_whitelist": ",".join(_CONTAINERS)}
            )
        try:
            self._stream = self._audio_stream()
        except AudioError:
            self._container.close()
            raise
        self.sample_rate = int(self._stream.rate)
        self.channels = int(self._stream.channels)
        self.codec = str(self._stream.codec_context.name)
        duration, base = self._stream.duration, self._stream.time_base
        self.duration_seconds = float(duration * base) if duration is not None and base is not None else None
        self.warnings: list[str] = []
        self._damaged = 0

    def __enter__(self) -> AudioFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def blocks(self) -> Iterator[np.ndarray]:
        """Blocks float32 [channels, samples], all at one rate and layout, also where the file changes them.

        Damaged packets are skipped and counted in `warnings`; a file of nothing else is an error.
        """
        held: list[np.ndarray] = []
        samples = total = 0
        for block in self._converted():
            held.append(block)
            samples += block.shape[1]
            if samples >= _BLOCK_SECONDS * self.sample_rate:
                yield np.concatenate(held, axis=1)
                total += samples
                held, samples = [], 0
        if held:
            yield np.concatenate(held, axis=1)
            total += samples
        if total == 0:
            raise AudioError("The file decodes to 0 samples. Copy or download it again.")
        self._tell(total / self.sample_rate)

    def _audio_stream(self) -> AudioStream:
        if not self._container.streams.audio:
            raise AudioError("The file holds no audio.")
        stream = self._container.streams.audio[0]
        # A compression that FFmpeg does not know has a stream without a decoder, and PyAV then without a rate.
        if getattr(stream, "codec_context", None) is None:
            raise AudioError("The file uses a kind of compression that there is no decoder for. Convert it first.")
        if not stream.rate or not stream.channels:
            raise AudioError("The file holds no audio that can be decoded. Is it damaged or renamed?")
        return stream

    def _converted(self) -> Iterator[np.ndarray]:
        """Frames as float32 [channels, samples]; a new converter wherever the file changes its format."""
        layout = self._stream.layout
        converter, source = None, None
        for packet in self._packets():
            try:
                with _explained():
                    frames = self._stream.decode(packet)
            except AudioError:
                self._damaged += 1
                continue
            for frame in frames:
                if frame.sample_rate * _RATE_FACTOR < self.sample_rate:
                    self._damaged += 1
                    continue
                kind = (frame.format.name, frame.layout.name, frame.sample_rate)
                if kind != source:
                    if converter is not None:
                        yield from _planes(converter.resample(None), self.channels)
                    converter = av.AudioResampler(format="flt", layout=layout, rate=self.sample_rate)
                    source = kind
                assert converter is not None
                yield from _planes(converter.resample(frame), self.channels)
        if converter is not None:
            yield from _planes(converter.resample(None), self.channels)

    def _packets(self) -> Iterator[av.Packet[AudioStream]]:
        """Packets up to the end or to where the container breaks off."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError):
                return
            yield packet

    def _tell(self, seconds: float) -> None:
        expected, damaged = self.duration_seconds, self._damaged
        if expected is not None and expected - seconds > max(_SHORT_SECONDS, _SHORT_SHARE * expected):
            there, whole = format_seconds(seconds), format_seconds(expected)
            self.warnings.append(f"The file ends early: {there} of {whole} are there.")
            damaged -= 1  # the packet in which it ends
        if damaged > 0:
            pieces = "1 piece" if damaged == 1 else f"{damaged} pieces"
            self.warnings.append(f"Parts of the file are damaged: {pieces} could not be decoded.")


def _planes(frames: Iterable[av.AudioFrame], channels: int) -> Iterator[np.ndarray]:
    """Packed frames as [channels, samples]: PyAV 18.1 reads planar frames of more than 8 channels out of bounds."""
    for frame in frames:
        yield frame.to_ndarray().reshape(-1, channels).T


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (av.error.FFmpegError, OSError) as error:
        reason = error.strerror or type(error).__name__
        raise AudioError(
            f"The file cannot be decoded as audio: {reason}. "
            + "Expected MP3, M4A, FLAC, WAV, AIFF, OGG or Opus; is it damaged or renamed?"
        ) from error
