"""Decoding for CPython by PyAV (FFmpeg): a file to blocks of planar float32, in a stream.

The browser decodes by itself (`web/js/decoder.js`); both are FFmpeg underneath where it matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream

from shared.errors import AudioError

__all__ = ["AudioFile"]

#: Seconds of audio per block; longer blocks mean fewer calls, shorter ones less memory.
_BLOCK_SECONDS: Final = 4.0
av.logging.set_level(av.logging.PANIC)  # what goes wrong is told once, in our words


class AudioFile:
    """The first audio stream of a file; use it as a context manager.

    sample_rate in Hz, channels, duration_seconds as the container says (None when it does not).
    Raises `AudioError` with a sentence when there is no audio to be had.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        if not path.is_file():
            raise AudioError(f"Expected a file at {path}, found none. Check the name.")
        if path.stat().st_size == 0:
            raise AudioError(f"{path.name} is empty (0 bytes). Copy or download it again.")
        with self._explained():
            self._container = av.open(str(path), metadata_errors="replace")
        if not self._container.streams.audio:
            self._container.close()
            raise AudioError(f"{path.name} holds no audio.")
        self._stream = self._container.streams.audio[0]
        self.sample_rate = int(self._stream.rate or 0)
        self.channels = int(self._stream.channels or 0)
        duration = self._stream.duration
        base = self._stream.time_base
        self.duration_seconds = float(duration * base) if duration is not None and base is not None else None

    def __enter__(self) -> AudioFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def blocks(self) -> Iterator[np.ndarray]:
        """Blocks float32 [channels, samples]. Damaged packets are skipped; a file of nothing else is an error."""
        resampler = av.AudioResampler(format="fltp", layout=self._stream.layout, rate=self.sample_rate)
        held: list[np.ndarray] = []
        samples = total = 0
        damage: AudioError | None = None
        for packet in self._packets():
            try:
                with self._explained():
                    frames = [out for frame in self._stream.decode(packet) for out in resampler.resample(frame)]
            except AudioError as error:
                damage = error
                continue
            for frame in frames:
                held.append(frame.to_ndarray())
                samples += frame.samples
            if samples >= _BLOCK_SECONDS * self.sample_rate:
                yield np.concatenate(held, axis=1)
                total += samples
                held, samples = [], 0
        held += [frame.to_ndarray() for frame in resampler.resample(None)]
        if held:
            yield np.concatenate(held, axis=1)
            total += sum(block.shape[1] for block in held)
        if total == 0:
            raise damage or AudioError(f"{self._name} decodes to 0 samples. Copy or download it again.")

    def _packets(self) -> Iterator[av.Packet[AudioStream]]:
        """Packets up to the end or to where the container breaks off."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError):
                return
            yield packet

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except av.error.FFmpegError as error:
            reason = error.strerror or type(error).__name__
            raise AudioError(
                f"{self._name} cannot be decoded as audio: {reason}. "
                + "Expected MP3, M4A, FLAC, WAV, AIFF, OGG or Opus; is it damaged or renamed?"
            ) from error
