"""Audio files of every odd kind, made by FFmpeg from arithmetic."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream

__all__ = ["read_audio", "tones", "write_audio"]


def tones(seconds: float, *, rate: int = 44_100, channels: int = 2, level: float = 0.25, seed: int = 5) -> np.ndarray:
    """A chord that differs per channel, and some noise: float32 [channels, samples]."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(0, 0.1, (channels, time.size))
    made = [np.sin(2 * np.pi * (110 + 37 * at) * time) + 0.5 * np.sin(2 * np.pi * 660 * time) for at in range(channels)]
    return (level * (np.array(made).reshape(channels, -1) + noise)).astype(np.float32)


def write_audio(
    path: Path, samples: np.ndarray, *, rate: int = 44_100, codec: str = "pcm_s16le", layout: str | None = None
) -> Path:
    """Write float32 [channels, n]; the container follows from the name."""
    layout = layout or {1: "mono", 2: "stereo", 6: "5.1"}[len(samples)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, AudioStream)
        for at in range(0, samples.shape[1], 8192):
            block = np.ascontiguousarray(samples[:, at : at + 8192], np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read_audio(path: Path) -> tuple[np.ndarray, int]:
    """All samples, float64 [channels, n], integers on the scale of -1 to 1, and the rate."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        convert = av.AudioResampler(format="dblp", layout=stream.layout, rate=stream.rate)
        parts = [made.to_ndarray() for frame in container.decode(stream) for made in convert.resample(frame)]
        parts += [made.to_ndarray() for made in convert.resample(None)]
        return np.concatenate(parts, axis=1), int(stream.rate)
