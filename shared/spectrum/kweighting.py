"""K-weighting of ITU-R BS.1770-4 (Annex 1, stages 1 and 2) at any sample rate, and its energy per segment.

Conventions: signals are float64, full scale is 1.0, polynomials are in z^-1 with the constant first.

The Recommendation gives the filters for 48 kHz only and asks that other rates have the same response. The
usual way (pyloudnorm, libebur128) takes the analog prototypes through the bilinear transform, which bends
the shelf towards the Nyquist frequency: 0.2 dB off at 1 kHz for 8 kHz audio. Here the poles keep their
decay in seconds and the zeros are fitted so that the magnitude agrees (M. Vicanek, "Matched Second Order
Digital Filters", 2016): within 0.05 dB of the 48 kHz filters
up to 0.5 of the rate at 8 kHz, within 0.001 dB from 22.05 to 192 kHz.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["SegmentEnergy", "fast_length", "k_weighting"]

Floats = npt.NDArray[np.float64]
Section = tuple[Floats, Floats]

_TABLE_HZ: Final = 48_000  # the rate of tables 1 and 2
_SHELF: Final = (  # BS.1770-4 Annex 1 table 1
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
_HIGHPASS: Final = (  # BS.1770-4 Annex 1 table 2
    (1.0, -2.0, 1.0),
    (1.0, -1.99004745483398, 0.99007225036621),
)
#: Near the calibration tone of 997 Hz; the fit holds its value here, at 0 Hz and at the top.
_FIT_HZ: Final = 1_000.0


def fast_length(least: int) -> int:
    """Smallest even number of at least `least` whose only prime factors are 2, 3 and 5: quick for numpy's FFT.

    >>> fast_length(4410), fast_length(4800)
    (4500, 4800)
    """
    best = 1 << max(1, (least - 1).bit_length())
    five = 1
    while five < best:
        odd = five
        while odd < best:
            two = 1 << max(1, (-(-least // odd) - 1).bit_length())
            best = min(best, odd * two)
            odd *= 3
        five *= 5
    return best


def k_weighting(sample_rate: int) -> tuple[Section, Section]:
    """The shelf and the high-pass as (numerator, denominator), float64 [3] each, for a rate in Hz.

    At 48 kHz these are the coefficients of BS.1770-4 tables 1 and 2.

    >>> (b, a), _ = k_weighting(48_000)
    >>> b.round(6).tolist(), a.round(6).tolist()
    ([1.535125, -2.691696, 1.198393], [1.0, -1.690659, 0.732481])
    """
    shelf, highpass = (_section(*table) for table in (_SHELF, _HIGHPASS))
    top_hz = min(sample_rate, _TABLE_HZ) / 2
    return _matched_shelf(shelf, sample_rate, top_hz), _matched_highpass(highpass, sample_rate, top_hz)


class SegmentEnergy:
    """Energy of the K-weighted signal in consecutive segments of 100 ms, with the filter's memory across them.

    One forward FFT and a few inner products per segment replace the filter: no inverse FFT, no loop over
    samples, and no error beyond rounding (the memory left after 100 ms is below 1e-8 and is dropped).
    `measure` is called with consecutive stretches of the same channels; the state lives here.
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        """For a rate in Hz and a number of channels."""
        self.segment = (sample_rate + 5) // 10  # 100 ms as libebur128 rounds it
        self._fft_length = fast_length(self.segment)
        sections = k_weighting(sample_rate)[::-1]  # the high-pass, which remembers long, first
        self._weights = _parseval_weights(sections, self._fft_length)
        modes = _free_responses(sections, self.segment)
        padding = self._fft_length - self.segment
        self._gram = modes @ modes.T
        self._padding = np.linalg.solve(self._gram, modes[:, : self.segment - padding] @ modes[:, padding:].T)
        left, overlap = _state_products(sections, modes, self._gram)
        self._long = np.concatenate((left[:2], overlap[:2]))
        short = min(self.segment, math.ceil(math.log(1e-10) / math.log(_pole_radius(sections[1]))))
        self._short_left, self._short_overlap = left[2:, -short:].copy(), overlap[2:, :short].copy()
        self._state = np.zeros((channels, 1, 4))

    # Let h be the filter's impulse response and x one segment of S samples. With nothing before it, the
    # output is y0 = h * x. What the filter still emits after a segment ("free response") is always a sum of
    # its four decaying modes F [S, 4]: a state v is four numbers, emits F v and has energy v.Gv, G = F^T F.
    # A segment that starts in state v therefore has the energy
    #     E = |y0|^2 + 2 b.v + v.Gv,                 b = F^T y0, four inner products with x.
    # Let w be the state that x itself leaves behind: four inner products more. An FFT of length N >= S shows
    # the circular output, in which F w runs on through the padding and comes round to the start as F u, with
    # u = M w the state N - S samples later. By Parseval its energy is known without going back:
    #     C = |y0|^2 + 2 b.u + u.Gu + (w.Gw - u.Gu)
    # so that  E = C - w.Gw + v.Gv + 2 b.(v - u),  and w is the next segment's v. The shelf's two modes are
    # over within a few ms, so that only four of the eight inner products run over the whole segment.
    def measure(self, x: Floats) -> Floats:
        """Sums of squares, float64 [channels, segments], of x, float64 [channels, segments * self.segment].

        >>> meter = SegmentEnergy(48_000, 1)
        >>> tone = np.sin(2 * np.pi * 997 / 48_000 * np.arange(48_000))[None]
        >>> energy = meter.measure(tone)
        >>> round(float(10 * np.log10(2 * energy[0, 1:].mean() / meter.segment)), 2)  # gain in dB
        0.69
        """
        rows = x.reshape(x.shape[0], -1, self.segment)
        spectrum = np.fft.rfft(rows, self._fft_length)
        circular = np.einsum("csk,k->cs", np.square(spectrum.view(np.float64)), self._weights)
        # einsum, not @: no threads that wait for each other, and quick where numpy has no BLAS
        long = np.einsum("csn,kn->csk", rows, self._long)
        tail, head = self._short_left.shape[1], self._short_overlap.shape[1]
        short_left = np.einsum("csn,kn->csk", rows[..., -tail:], self._short_left)
        short_overlap = np.einsum("csn,kn->csk", rows[..., :head], self._short_overlap)
        left = np.concatenate((long[..., :2], short_left), axis=-1)
        overlap = np.concatenate((long[..., 2:], short_overlap), axis=-1)
        before = np.concatenate((self._state, left[:, :-1]), axis=1)
        self._state = left[:, -1:].copy()
        wrapped = np.einsum("csi,ji->csj", left, self._padding)
        crossed = 2.0 * np.einsum("csi,csi->cs", overlap, before - wrapped)
        energy = circular - self._norms(left) + self._norms(before) + crossed
        return np.asarray(np.maximum(energy, 0.0), dtype=np.float64)

    def _norms(self, states: Floats) -> Floats:
        """Energies of the free responses of states [channels, segments, 4]."""
        return np.asarray(np.einsum("csi,ij,csj->cs", states, self._gram, states), dtype=np.float64)


def _section(numerator: tuple[float, ...], denominator: tuple[float, ...]) -> Section:
    return np.array(numerator), np.array(denominator)


def _moved_poles(denominator: Floats, sample_rate: int) -> Floats:
    """Denominator whose modes decay and turn as fast in seconds as those of the 48 kHz table: p^(48000 / rate)."""
    pole = complex(np.roots(denominator)[0]) ** (_TABLE_HZ / sample_rate)
    return np.array([1.0, -2.0 * pole.real, abs(pole) ** 2])


def _power(polynomial: Floats, hz: float, sample_rate: int) -> float:
    z = np.exp(-2j * math.pi * hz / sample_rate)
    return float(abs(polynomial[0] + z * (polynomial[1] + z * polynomial[2])) ** 2)


def _table_power(section: Section, hz: float) -> float:
    return _power(section[0], hz, _TABLE_HZ) / _power(section[1], hz, _TABLE_HZ)


# With s = sin^2(w/2), |b0 + b1 z^-1 + b2 z^-2|^2 = P (1 - s) + R s + T 4 s (1 - s), where P = (b0 + b1 + b2)^2,
# R = (b0 - b1 + b2)^2 and T = -4 b0 b2 (Vicanek 2016, section 3). Three prescribed powers give P, R and T.
# The numerator that returns is the minimum-phase one, as in the table, so 48 kHz gives back the table.
def _matched_shelf(shelf: Section, sample_rate: int, top_hz: float) -> Section:
    denominator = _moved_poles(shelf[1], sample_rate)
    points = np.array([0.0, _FIT_HZ, top_hz])
    s = np.sin(np.pi * points / sample_rate) ** 2
    powers = [_table_power(shelf, hz) * _power(denominator, hz, sample_rate) for hz in points]
    p, r, t = np.linalg.solve(np.stack((1 - s, s, 4 * s * (1 - s)), axis=1), powers)
    half = (math.sqrt(p) + math.sqrt(r)) / 2
    b0 = (half + math.sqrt(half * half + t)) / 2
    return np.array([b0, (math.sqrt(p) - math.sqrt(r)) / 2, -t / (4 * b0)]), denominator


def _matched_highpass(highpass: Section, sample_rate: int, top_hz: float) -> Section:
    denominator = _moved_poles(highpass[1], sample_rate)
    zeros = highpass[0]
    wanted = _table_power(highpass, top_hz) * _power(denominator, top_hz, sample_rate)
    return zeros * math.sqrt(wanted / _power(zeros, top_hz, sample_rate)), denominator


def _pole_radius(section: Section) -> float:
    return math.sqrt(section[1][2])


def _response(sections: tuple[Section, ...], length: int) -> npt.NDArray[np.complex128]:
    """Frequency response at the bins of an rfft of `length`."""
    z = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)
    product = np.ones(len(z), np.complex128)
    for b, a in sections:
        product *= (b[0] + z * (b[1] + z * b[2])) / (a[0] + z * (a[1] + z * a[2]))
    return product


def _parseval_weights(sections: tuple[Section, ...], length: int) -> Floats:
    """Weights of re^2 and im^2 of an rfft (float64 [length + 2]) whose sum is the filtered signal's energy."""
    weights = np.abs(_response(sections, length)) ** 2 / length
    weights[1:-1] *= 2.0  # the bins that an rfft leaves out; `length` is even
    return np.repeat(weights, 2)


def _free_responses(sections: tuple[Section, ...], length: int) -> Floats:
    """Rows, float64 [4, length], that span what the filter can emit after its input has ended.

    Two rows for each section, orthonormal among themselves: the high-pass has nearly a double pole.
    """
    n = np.arange(length)
    rows = []
    for _, a in sections:
        mode = complex(np.roots(a)[0]) ** n
        pair = np.stack((mode.real, mode.imag / np.abs(mode.imag).max()), axis=1)
        rows.append(np.linalg.qr(pair)[0].T)
    return np.concatenate(rows)


def _state_products(sections: tuple[Section, ...], modes: Floats, gram: Floats) -> tuple[Floats, Floats]:
    """Two arrays, float64 [4, S]: their inner products with a segment are the state w it leaves, and b.

    A sample x[S-1-m] leaves h[m+1+n] behind, which is the state G^-1 sum over n of h[m+1+n] F[n]; x[m] adds
    sum over n of h[n-m] F[n] to b. Both are correlations, made here by FFT, long enough not to wrap around.
    """
    size = modes.shape[1]
    length = fast_length(4 * size)
    impulse = np.fft.rfft(np.fft.irfft(_response(sections, length), length)[: 2 * size], length)
    transform = np.fft.rfft(modes, length)
    left = np.fft.irfft(impulse * transform.conj(), length)[:, 1 : size + 1][:, ::-1]
    overlap = np.fft.irfft(impulse.conj() * transform, length)[:, :size]
    return np.asarray(np.linalg.solve(gram, left), dtype=np.float64), overlap
