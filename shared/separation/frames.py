"""Short-time Fourier transforms and running means: float32 in, complex64 spectra [channels, frames, bins].

Frame k spans samples k * hop to k * hop + size, so a signal of n samples has (n - size) / hop + 1 frames. Windows are
periodic Hann on both ways, four frames deep: their squares sum to a constant (Griffin and Lim 1984).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["DEPTH", "inverse", "mean_power", "running_mean", "spectra"]

Plane = npt.NDArray[np.float32]
Spectra = npt.NDArray[np.complex64]

#: Frames that cover each sample: hop = size / DEPTH.
DEPTH: Final = 4
#: Samples that go through the Fourier transform at once; keeps temporaries small.
_BATCH: Final = 1 << 18


@lru_cache(maxsize=8)
def _hann(size: int) -> Plane:
    window: Plane = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size)).astype(np.float32)
    return window


def spectra(signal: Plane, size: int) -> Spectra:
    """Windowed spectra of every whole frame of float32 [channels, samples]; samples is a multiple of size / DEPTH.

    >>> np.abs(spectra(np.ones((1, 16), np.float32), 8))[0, 0].round(3).tolist()
    [4.0, 2.0, 0.0, 0.0, 0.0]
    """
    hop = size // DEPTH
    # sliding_window_view would name every start, and those sizes overflow 32-bit WebAssembly
    frames = np.lib.stride_tricks.as_strided(
        signal,
        (signal.shape[0], (signal.shape[1] - size) // hop + 1, size),
        (signal.strides[0], signal.strides[1] * hop, signal.strides[1]),
        writeable=False,
    )
    out = np.empty((signal.shape[0], frames.shape[1], size // 2 + 1), np.complex64)
    step = max(1, _BATCH // size)
    for first in range(0, frames.shape[1], step):
        out[:, first : first + step] = np.fft.rfft(frames[:, first : first + step] * _hann(size), axis=2)
    return out


def inverse(frames: Spectra, size: int) -> Plane:
    """Overlap-add of spectra, float32 [channels, samples]; whole but for the first and last size - hop samples.

    >>> signal = np.sin(np.arange(64, dtype=np.float32))[None]
    >>> bool(np.abs(inverse(spectra(signal, 16), 16) - signal)[:, 12:-12].max() < 1e-6)
    True
    """
    hop = size // DEPTH
    window = _hann(size) * np.float32(
        1.0 / (1.5 / 4.0 * DEPTH)
    )  # squares of a periodic Hann window sum to 3/8 per frame
    channels, count, _ = frames.shape
    out = np.zeros((channels, count + DEPTH - 1, hop), np.float32)
    step = max(1, _BATCH // size)
    for first in range(0, count, step):
        piece = np.fft.irfft(frames[:, first : first + step], size, axis=2) * window
        parts = piece.reshape(channels, -1, DEPTH, hop)
        for part in range(DEPTH):
            out[:, first + part : first + part + parts.shape[1]] += parts[:, :, part]
    return out.reshape(channels, -1)


def mean_power(frames: Spectra) -> Plane:
    """Mean power of the channels, float32 [frames, bins]."""
    power: Plane = np.square(frames.real).sum(axis=0)
    power += np.square(frames.imag).sum(axis=0)
    power *= np.float32(1.0 / frames.shape[0])
    return power


def running_mean(plane: Plane, width: int, axis: int) -> Plane:
    """Mean over `width` (odd) neighbours along an axis of [frames, bins]; the ends are repeated outwards.

    >>> running_mean(np.array([[0.0, 3.0, 0.0, 0.0]], np.float32), 3, 1).tolist()
    [[1.0, 1.0, 1.0, 0.0]]
    """
    half = width // 2
    pad = [(0, 0), (0, 0)]
    pad[axis] = (half + 1, half)
    total = np.cumsum(np.pad(plane, pad, mode="edge"), axis=axis, dtype=np.float64)
    sums = total[width:] - total[:-width] if axis == 0 else total[:, width:] - total[:, :-width]
    sums *= 1.0 / width
    return sums.astype(np.float32)
