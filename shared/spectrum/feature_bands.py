"""Levels of the bands, 60 times a second, from a stream of mono audio.

Conventions: mono float32 at 44.1 kHz in; levels in hundredths of a decibel as int16, 0 is the power of a full-scale
square wave. Frame i is that of sample i * 735, of i / 60 s.

Two spectra share the work. Above 929 Hz a Hann window of two frames (33 ms) around the frame's time: it is exactly zero
at both neighbouring frames' times, so that a click on a frame is in that frame alone. Below, where bands are narrower
than the 60 Hz which that window can tell apart, one of four frames (67 ms) of the signal at 3 kHz. The short window
also gives seven low levels of its own, for attacks: they must not be smeared over four frames.

A level in decibels is up as soon as a few milliseconds of a note lie in the window. The long window's middle therefore
lies half a frame before the frame's time: a bass note is then seen to begin within 8 ms of when it does, and not a
whole frame early.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.spectrum.feature_document import BAND_COUNT, FEATURE_RATE, HIGHEST_BAND_HZ, LOWEST_BAND_HZ, WAVE_RATE
from shared.spectrum.resample import Resampler

__all__ = ["BAND_CENTRES_HZ", "BAND_RATE", "FIRST_SHORT_BAND", "FLOOR_DB", "SHORT_LOW", "BandMeter"]

Floats = npt.NDArray[np.float32]
Levels = npt.NDArray[np.int16]

#: Rate of the audio that bands are measured in, Hz.
BAND_RATE: Final = 44_100
FLOOR_DB: Final = -140.0
_EDGES_HZ: Final = LOWEST_BAND_HZ * (HIGHEST_BAND_HZ / LOWEST_BAND_HZ) ** (np.arange(BAND_COUNT + 1) / BAND_COUNT)
BAND_CENTRES_HZ: Final = np.sqrt(_EDGES_HZ[1:] * _EDGES_HZ[:-1])
#: The first band that the short window measures: from 929 Hz it is three of its bins wide.
FIRST_SHORT_BAND: Final = 35
_SHORT: Final = 2 * BAND_RATE // FEATURE_RATE
_LOW_RATE: Final = WAVE_RATE // 2
_LONG: Final = 4 * _LOW_RATE // FEATURE_RATE
#: Both are filled up with zeros to a power of 2: twice as quick as 1470, and 2.9 Hz a bin of the long window, as narrow
#: as the lowest band.
_SHORT_FFT: Final = 2_048
_LONG_FFT: Final = 1_024
#: The short window's own low levels: kicks have the first three.
_SHORT_LOW_HZ: Final = np.array([15.0, 35.0, 60.0, 120.0, 225.0, 375.0, 615.0, 975.0])
SHORT_LOW: Final = len(_SHORT_LOW_HZ) - 1
_LONG_LATE: Final = _LOW_RATE // FEATURE_RATE // 2  # samples: half a frame
_BATCH_SAMPLES: Final = 128 * 1024  # transformed at once: stays in the cache


class BandMeter:
    """Streaming meter: `feed` mono audio, then `finish` once. Keeps 142 bytes a frame and the waveform.

    An hour keeps 31 MB of levels and 43 MB of waveform.
    """

    def __init__(self) -> None:
        self._to_wave, self._to_low = Resampler(BAND_RATE, WAVE_RATE), Resampler(WAVE_RATE, _LOW_RATE)
        self._short = _Frames(_SHORT, BAND_RATE // FEATURE_RATE)
        self._long = _Frames(_LONG, _LOW_RATE // FEATURE_RATE, late=_LONG_LATE)
        self._levels: tuple[list[Levels], ...] = ([], [], [])
        self._wave: list[npt.NDArray[np.float16]] = []

    def feed(self, mono: Floats) -> None:
        """Take float32 [samples] at 44.1 kHz."""
        for frames in self._short.feed(mono):
            self._take_short(frames)
        self._feed_wave(self._to_wave.feed(mono))

    def finish(self, frames: int) -> tuple[Levels, Levels, npt.NDArray[np.float16]]:
        """The levels of so many frames, int16 [frames, 64] and [frames, 7], and the waveform at 6 kHz, float16."""
        self._feed_wave(self._to_wave.flush())
        for rest in self._long.feed(self._to_low.flush()):
            self._take_long(rest)
        for rest in self._short.fill(frames):
            self._take_short(rest)
        for rest in self._long.fill(frames):
            self._take_long(rest)
        wave = np.empty(sum(map(len, self._wave)), np.float16)
        _pour(wave, self._wave)
        bands = np.empty((frames, BAND_COUNT), np.int16)
        attacks = np.empty((frames, SHORT_LOW), np.int16)
        for out, parts in zip(
            (bands[:, :FIRST_SHORT_BAND], bands[:, FIRST_SHORT_BAND:], attacks), self._levels, strict=True
        ):
            _pour(out, parts)
        return bands, attacks, wave

    def _feed_wave(self, wave: Floats) -> None:
        # Loud float masters reach beyond float16's 65504 only where they are broken.
        self._wave.append(np.clip(wave, -6e4, 6e4).astype(np.float16))
        for frames in self._long.feed(self._to_low.feed(wave)):
            self._take_long(frames)

    def _take_short(self, frames: Floats) -> None:
        power = _power(frames, _SHORT_WINDOW, _SHORT_FFT)
        self._levels[1].append(_levels(power[:, : _SHORT_BINS[-1]], _SHORT_BINS, _SHORT_SCALES))
        self._levels[2].append(_levels(power[:, : _SHORT_LOW_BINS[-1]], _SHORT_LOW_BINS, _SHORT_LOW_SCALES))

    def _take_long(self, frames: Floats) -> None:
        power = _power(frames, _LONG_WINDOW, _LONG_FFT)[:, : _LONG_BINS[-1]]
        self._levels[0].append(_levels(power, _LONG_BINS, _LONG_SCALES))


class _Frames:
    """Cuts a stream into frames of `size` samples every `hop`, the first with its middle `late` samples before 0."""

    def __init__(self, size: int, hop: int, *, late: int = 0) -> None:
        self._size, self._hop = size, hop
        self._held = np.zeros(size // 2 + late, np.float32)
        self._given = 0

    def feed(self, block: Floats) -> Iterator[Floats]:
        """Frames float32 [rows, size] that the block completes."""
        held = np.concatenate((self._held, block))
        count = max(0, (held.size - self._size) // self._hop + 1)
        rows_at_once = _BATCH_SAMPLES // self._size
        for first in range(0, count, rows_at_once):
            rows = min(rows_at_once, count - first)
            piece = held[first * self._hop : (first + rows - 1) * self._hop + self._size]
            # Not sliding_window_view: its full view, though never read, overflows 2^31 bytes on wasm32.
            yield np.lib.stride_tricks.as_strided(piece, (rows, self._size), (4 * self._hop, 4), writeable=False)
        self._given += count
        self._held = held[count * self._hop :].copy()

    def fill(self, count: int) -> Iterator[Floats]:
        """The last frames, with silence after the end, so that there are `count` in all."""
        wanted = count - self._given
        if wanted > 0:
            missing = (wanted - 1) * self._hop + self._size - self._held.size
            yield from self.feed(np.zeros(max(0, missing), np.float32))


def _power(frames: Floats, window: Floats, length: int) -> Floats:
    """Power spectra without the frames' mean: float32 [rows, length // 2 + 1]."""
    # A constant offset would leak into the lowest bands. The mean is that under the window: the plain mean of a tone
    # that does not fill the frame in whole periods would put an offset in.
    mean = np.einsum("ij,j->i", frames, window) / window.sum()
    level = frames - mean[:, None].astype(np.float32)
    level *= window
    spectra = np.fft.rfft(level, length, axis=1)  # single precision: quick in wasm
    return np.square(spectra.real) + np.square(spectra.imag)


def _levels(power: Floats, starts: tuple[int, ...], scales: Floats) -> Levels:
    """Level of each run of bins in hundredths of a decibel: int16 [rows, runs]."""
    sums = np.add.reduceat(power, starts[:-1], axis=1) * scales
    level_db = 10.0 * np.log10(sums + np.float32(10.0 ** (FLOOR_DB / 10.0)))
    return np.rint(100.0 * level_db).astype(np.int16)


def _scales(starts: tuple[int, ...], widths_hz: npt.NDArray[Any], window: Floats, rate: int) -> Floats:
    """What a sum over bins is multiplied by to be the power in a band.

    |X|^2 of white noise is rate / 2 * sum(w^2) times its power per Hz (both halves of the spectrum counted), whatever
    zeros are appended. The mean over the bins, times the band's true width, is then the same on either side of the
    crossover.
    """
    per_hz = 2.0 / (rate * float(np.sum(np.square(window, dtype=np.float64))))
    return (per_hz * widths_hz / np.diff(starts)).astype(np.float32)


def _hann(size: int) -> Floats:
    return (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size)).astype(np.float32)


def _bins(edges_hz: npt.NDArray[Any], bin_hz: float) -> tuple[int, ...]:
    return tuple(int(number) for number in np.rint(edges_hz / bin_hz))


def _pour(out: npt.NDArray[Any], parts: list[Any]) -> None:
    """Fill out with the parts one after another, giving the memory of each back at once."""
    at = 0
    parts.reverse()
    while parts:
        part = parts.pop()[: len(out) - at]
        out[at : at + len(part)] = part
        at += len(part)
    assert at == len(out), "the meter was filled up to all its frames"


_SHORT_WINDOW: Final = _hann(_SHORT)
_LONG_WINDOW: Final = _hann(_LONG)
_SHORT_BINS: Final = _bins(_EDGES_HZ[FIRST_SHORT_BAND:], BAND_RATE / _SHORT_FFT)
_SHORT_LOW_BINS: Final = _bins(_SHORT_LOW_HZ, BAND_RATE / _SHORT_FFT)
_LONG_BINS: Final = _bins(_EDGES_HZ[: FIRST_SHORT_BAND + 1], _LOW_RATE / _LONG_FFT)
_SHORT_SCALES: Final = _scales(_SHORT_BINS, np.diff(_EDGES_HZ[FIRST_SHORT_BAND:]), _SHORT_WINDOW, BAND_RATE)
_LONG_SCALES: Final = _scales(_LONG_BINS, np.diff(_EDGES_HZ[: FIRST_SHORT_BAND + 1]), _LONG_WINDOW, _LOW_RATE)
_SHORT_LOW_SCALES: Final = _scales(_SHORT_LOW_BINS, np.diff(_SHORT_LOW_HZ), _SHORT_WINDOW, BAND_RATE)
