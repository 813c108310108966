"""Another sample rate by one FFT per piece: the spectrum is cut or padded to the other rate's bins.

Conventions: float32 mono, rates in whole Hz. Output sample m lies at the time m / to_hz: no delay.

Up to 0.9 of the lower Nyquist frequency nothing changes, from there the band falls smoothly to nothing at
1.0: nothing is left to alias or to mirror. Pieces lie on a fixed grid of the signal, so the output does not
depend on how the input is cut. The method is overlap-discard (Oppenheim & Schafer, "Discrete-Time Signal
Processing", 3rd ed., section 8.7.3) with two lengths of FFT.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.errors import AudioError

__all__ = ["HIGHEST_HZ", "LOWEST_HZ", "Resampler", "resample"]

Samples = npt.NDArray[np.float32]

#: Sample rates that can be changed.
LOWEST_HZ: Final = 1_000
HIGHEST_HZ: Final = 768_000
_PASSBAND: Final = 0.9  # of the lower Nyquist frequency
_BETA: Final = 13.0  # of the Kaiser window that shapes the band edge: side lobes below -120 dB
# The band edge is a sum over a Kaiser window of width W = (1 - 0.9) / 2 cycles per sample of the lower rate,
# so the filter's response in time is a sinc times that window's transform, whose main lobe ends after
# sqrt(beta^2 + pi^2) / (pi W) = 85 samples. Half as much again on either side is discarded.
_MARGIN: Final = math.ceil(1.5 * math.hypot(_BETA, math.pi) / (math.pi * (1.0 - _PASSBAND) / 2.0))
_PIECE: Final = 32_768  # samples of the higher rate per FFT, about: quick, and small against one block


class Resampler:
    """Stream of mono blocks at one rate in, at another out; identity for equal rates.

    The ratio is exact, also for rates with nothing in common (22,255 to 44,100), whose FFT lengths have large
    prime factors and take some ten times as long. Memory depends on the rates only: a few pieces of about
    32,768 samples, longer where the ratio needs it.

    >>> up = Resampler(22_050, 44_100)
    >>> head, tail = up.feed(np.zeros(1_000, np.float32)), up.flush()
    >>> len(head) + len(tail)
    2000
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """For two rates of 1,000 to 768,000 Hz."""
        for hz in (from_hz, to_hz):
            if not LOWEST_HZ <= hz <= HIGHEST_HZ or hz != int(hz):
                raise AudioError(f"expected sample rates of 1,000 to 768,000 whole Hz, got {from_hz} and {to_hz}")
        common = math.gcd(from_hz, to_hz)
        self._from, self._to = from_hz // common, to_hz // common  # a period: so many in, so many out
        lower = min(self._from, self._to)
        margin = -(-_MARGIN // lower)
        periods = _smooth_at_least(max(3 * margin, -(-_PIECE // max(self._from, self._to))))
        self._length = periods * self._from, periods * self._to
        self._margin = margin * self._from, margin * self._to
        self._hop = (periods - 2 * margin) * self._from
        self._gains = _band_edge(min(self._length)) * np.float32(to_hz / from_hz)
        self._kept = np.zeros(self._margin[0], np.float32)
        self._fed = self._made = 0

    def feed(self, x: npt.NDArray[Any]) -> Samples:
        """Take float32 or float64 [n], give what is ready of the output: float32 [m], m may be 0.

        Raises AudioError for another shape or type. NaN or infinity spoil the piece they lie in: take them
        out with `sanitize` of `shared.spectrum.downmix` first.
        """
        if x.ndim != 1 or x.dtype not in (np.float32, np.float64):
            raise AudioError(f"expected float samples of shape [n], got {x.dtype} of shape {list(x.shape)}")
        self._fed += len(x)
        if self._from == self._to:
            return x.astype(np.float32)
        return self._push(x.astype(np.float32, copy=False))

    def flush(self) -> Samples:
        """The rest: in all exactly ceil(n * to_hz / from_hz) samples. Afterwards a new stream may begin."""
        total = -(-self._fed * self._to // self._from)
        out = np.zeros(0, np.float32)
        if self._from != self._to:
            # After n samples and one more hop of silence, every output sample up to n has been made.
            lacking = self._length[0] + self._hop - len(self._kept)
            made = self._made
            out = self._push(np.zeros(lacking, np.float32))[: total - made]
        self._kept = np.zeros(self._margin[0], np.float32)
        self._fed = self._made = 0
        return out

    def _push(self, x: Samples) -> Samples:
        joined = np.concatenate((self._kept, x))
        pieces = max(0, (len(joined) - self._length[0]) // self._hop + 1)
        starts = range(0, pieces * self._hop, self._hop)
        self._kept = joined[pieces * self._hop :].copy()
        if not pieces:
            return np.zeros(0, np.float32)
        made = np.concatenate([self._convert(joined[at : at + self._length[0]]) for at in starts])
        self._made += len(made)
        return made

    def _convert(self, piece: Samples) -> Samples:
        """The middle of one piece at the other rate; `irfft` pads or cuts the spectrum to its length."""
        spectrum = np.fft.rfft(piece)[: len(self._gains)] * self._gains
        out = np.fft.irfft(spectrum, self._length[1])[self._margin[1] : self._length[1] - self._margin[1]]
        return out.astype(np.float32, copy=False)


def resample(x: npt.NDArray[Any], from_hz: int, to_hz: int) -> Samples:
    """All of a mono signal at another rate: float32 [ceil(n * to_hz / from_hz)].

    >>> tone = np.sin(2 * np.pi * 440 / 48_000 * np.arange(48_000))
    >>> other = resample(tone, 48_000, 44_100)
    >>> len(other), bool(abs(other[22_050] - np.sin(2 * np.pi * 440 * 0.5)) < 1e-5)
    (44100, True)
    """
    resampler = Resampler(from_hz, to_hz)
    return np.concatenate((resampler.feed(x), resampler.flush()))


def _smooth_at_least(least: int) -> int:
    """Smallest number of at least `least` with prime factors 2, 3 and 5 only: quick for numpy's FFT."""
    number = least
    while True:
        rest = number
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return number
        number += 1


def _band_edge(length: int) -> Samples:
    """Gains of the bins of an rfft of `length` at the lower rate: 1 to 0.9 of the band, falling to 0 at 1."""
    bins = length // 2 + 1
    edge = np.cumsum(np.kaiser(max(2, math.floor((1.0 - _PASSBAND) * length / 2.0)), _BETA))
    gains = np.ones(bins)
    gains[bins - len(edge) :] = 1.0 - edge / edge[-1]
    return gains.astype(np.float32)
