"""How strongly onsets repeat at each lag and frequency, over the whole track and window by window.

Windows of 10.24 s are transformed once; from the spectra come the magnitude at each frequency (Fourier tempogram,
strong at a pulse and its multiples) and the generalised autocorrelation at each lag (strong at a period and its
multiples; of magnitudes, not powers: Percival & Tzanetakis 2014). Where both are strong is a pulse (Peeters 2006).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import BANDS_PER_SECOND
from web.py.analysis.onsets import VOICES

__all__ = ["FRAME_RATE", "Tempogram", "make_tempogram", "mixed_onsets", "pulses"]

FRAME_RATE: Final = float(BANDS_PER_SECOND)
_WINDOW: Final = 1024
_HOP: Final = 512
_SIZE: Final = 2 * _WINDOW
_CHUNK: Final = 16  # windows transformed at once
_MIX: Final = np.array([0.3, 0.25, 0.25, 0.2])
_QUIETEST: Final = 0.15  # of the mean voice: a voice weaker than this is not amplified as far as the others
_SLOWEST_HZ, _FASTEST_HZ = 30 / 60, 330 / 60


class Tempogram(NamedTuple):
    """Rows are the voices of `onsets.VOICES`, last their mix.

    acf: float64 [5, lags] at 100 Hz, 1 at lag 0. spectrum: float64 [5, bins], root mean square magnitude over the mean
    onset strength. cross: float64 [bins], whether low and bite go together (1) or alternate (-1) at a frequency.
    local: float32 [windows, lags] autocorrelation of the mix, window i is centred on `times`[i] seconds. bin_hz.
    """

    acf: np.ndarray
    spectrum: np.ndarray
    cross: np.ndarray
    local: np.ndarray
    times: np.ndarray
    bin_hz: float

    def acf_at(self, row: int, seconds: np.ndarray) -> np.ndarray:
        """Autocorrelation of a row at lags in seconds, 0 beyond the longest."""
        return _read(self.acf[row], np.asarray(seconds) * FRAME_RATE)

    def spectrum_at(self, row: int, hz: np.ndarray) -> np.ndarray:
        """Magnitude of a row at frequencies in Hz."""
        return _read(self.spectrum[row], np.asarray(hz) / self.bin_hz)

    def cross_at(self, hz: np.ndarray) -> np.ndarray:
        """`cross` at frequencies in Hz."""
        return _read(self.cross, np.asarray(hz) / self.bin_hz)


def mixed_onsets(voices: np.ndarray) -> np.ndarray:
    """One envelope float64 [frames] of mean about 1 from onsets float32 [frames, 4], voices near the same weight."""
    means = voices.mean(axis=0, dtype=np.float64) if len(voices) else np.ones(len(VOICES))
    scale = np.maximum(means, _QUIETEST * max(float(means.mean()), 1e-9))
    mixed: np.ndarray = np.einsum("ij,j->i", voices, _MIX / scale)
    return mixed


def make_tempogram(voices: np.ndarray, mix: np.ndarray) -> Tempogram:
    """From onsets float32 [frames, 4] and their mix [frames] at 100 Hz; a short track is one window, filled up."""
    rows = np.concatenate([voices.T, mix[None].astype(np.float32)], dtype=np.float32)
    frames = rows.shape[1]
    starts = np.arange(0, max(1, frames - _WINDOW // 2), _HOP) if frames > _WINDOW else np.zeros(1, np.int64)
    starts = np.minimum(starts, max(0, frames - _WINDOW))
    window = np.hanning(_WINDOW + 2)[1:-1].astype(np.float32)
    bins = _SIZE // 2 + 1
    acf, power = np.zeros((len(rows), _WINDOW)), np.zeros((len(rows), bins))
    both = np.zeros(bins)
    local = np.zeros((starts.size, _WINDOW), np.float32)
    for first in range(0, starts.size, _CHUNK):
        some = starts[first : first + _CHUNK]
        cut = np.stack([_cut(rows, start) for start in some])
        spectra = np.fft.rfft((cut - cut.mean(axis=2, keepdims=True)) * window, _SIZE, axis=2)
        magnitude = np.abs(spectra)
        power += np.einsum("wcb->cb", magnitude**2)
        both += (spectra[:, 0] * spectra[:, 2].conj()).real.sum(axis=0)
        lags = np.fft.irfft(magnitude, axis=2)[:, :, :_WINDOW]
        acf += np.einsum("wcl->cl", lags)
        local[first : first + _CHUNK] = lags[:, -1] / np.maximum(lags[:, -1, :1], 1e-9)
    acf /= np.maximum(acf[:, :1], 1e-9)
    mean = rows.mean(axis=1, dtype=np.float64)
    scale = np.maximum(mean, _QUIETEST * max(float(mean.mean()), 1e-9)) * window.sum() / 2
    return Tempogram(
        acf=acf,
        spectrum=np.sqrt(power / starts.size) / scale[:, None],
        cross=both / np.maximum(np.sqrt(power[0] * power[2]), 1e-9),
        local=local,
        times=(starts + _WINDOW / 2) / FRAME_RATE,
        bin_hz=FRAME_RATE / _SIZE,
    )


def pulses(tempogram: Tempogram, *, count: int = 6) -> np.ndarray:
    """Frequencies in Hz, float64 [up to count], where the mix pulses most, strongest first, refined by multiples.

    A pulse of frequency f is strong in the spectrum at f and in the autocorrelation at 1/f, 2/f and 4/f.
    """
    grid = _SLOWEST_HZ * 2.0 ** (np.arange(int(np.log2(_FASTEST_HZ / _SLOWEST_HZ) * 60)) / 60)
    lags = sum(tempogram.acf_at(-1, k / grid) for k in (1, 2, 4)) / 3
    hz = sum(tempogram.spectrum_at(-1, k * grid) for k in (1, 2, 3, 4)) / 4
    strength = np.maximum(lags, 0.0) * hz
    inner = strength[1:-1]
    peaks = np.flatnonzero((inner > strength[:-2]) & (inner >= strength[2:])) + 1
    best = peaks[np.argsort(-strength[peaks])][:count]
    return np.array([_refined(tempogram, float(grid[peak])) for peak in best])


def _refined(tempogram: Tempogram, hz: float) -> float:
    """The frequency near `hz` whose multiples of the period lie on peaks of the autocorrelation, ever longer ones."""
    acf = tempogram.acf[-1]
    period, reach = FRAME_RATE / hz, 0.012
    for multiple in (1, 2, 4, 8):
        if multiple * period * 1.03 > acf.size - 2:
            break
        lags = np.arange(int(multiple * period * (1 - reach)), int(multiple * period * (1 + reach)) + 2)
        peak = int(lags[np.argmax(acf[lags])])
        if not 0 < peak < acf.size - 1 or acf[peak] <= max(acf[peak - 1], acf[peak + 1], 0.0) - 1e-12:
            continue
        left, mid, right = acf[peak - 1 : peak + 2]
        bend = left - 2 * mid + right
        period = (peak + (0.5 * (left - right) / bend if bend < 0 else 0.0)) / multiple
        reach = 0.012 / multiple
    return FRAME_RATE / period


def _cut(rows: np.ndarray, start: int) -> np.ndarray:
    piece = rows[:, start : start + _WINDOW]
    short = _WINDOW - piece.shape[1]
    return np.pad(piece, ((0, 0), (0, short))) if short else piece


def _read(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    read: np.ndarray = np.interp(at, np.arange(values.size), values, right=0.0)
    return read
