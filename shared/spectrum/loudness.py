"""Programme loudness and loudness range, measured in blocks with memory for no more than one number per 100 ms.

Conventions: samples are floats, full scale is 1.0; levels in LUFS (BS.1770's LKFS), ranges in LU, peaks in
dBTP. Sources: ITU-R BS.1770-4 (10/2015) Annex 1 (loudness) and 2 (true peak); EBU Tech 3341 (momentary,
short-term, integrated); EBU Tech 3342 (loudness range).

A mono signal counts as one front channel, as BS.1770 has it: the same sound on both channels of a stereo
file reads 3.01 LU more, although a player would play both alike.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from shared.errors import AudioError
from shared.spectrum.kweighting import SegmentEnergy
from shared.spectrum.true_peak import TruePeakMeter
from shared.units import amplitude_to_db

__all__ = ["Loudness", "LoudnessMeter", "channel_weights"]

Floats = npt.NDArray[np.float64]

_OFFSET_LU: Final = -0.691  # BS.1770-4 Annex 1 (2): makes 997 Hz at 0 dBFS in one channel read -3.01
_ABSOLUTE_GATE_LUFS: Final = -70.0  # BS.1770-4 Annex 1 (6), EBU Tech 3342 section 3
_RELATIVE_GATE_LU: Final = -10.0  # BS.1770-4 Annex 1 (7)
_RANGE_GATE_LU: Final = -20.0  # EBU Tech 3342 section 3
_RANGE_PERCENTILES: Final = (0.10, 0.95)  # EBU Tech 3342 section 3
_MOMENTARY: Final = 4  # segments of 100 ms: 400 ms, 75 % overlap (BS.1770-4 Annex 1)
_SHORT_TERM: Final = 30  # 3 s (EBU Tech 3341 section 2.2)
_BATCH: Final = 16  # segments measured at once: enough to make numpy's calls cheap, small for the cache
_SURROUND: Final = 1.41  # BS.1770-4 Annex 1 table 3: about +1.5 dB

# BS.1770-4 table 4: 1.41 for 60 to 120 degrees to the side, 1.0 elsewhere, the low-frequency channel left out.
_WEIGHTS: Final = {
    1: (1.0,),
    2: (1.0, 1.0),
    3: (1.0, 1.0, 1.0),  # L R C
    4: (1.0, 1.0, _SURROUND, _SURROUND),  # L R Ls Rs
    5: (1.0, 1.0, 1.0, _SURROUND, _SURROUND),  # L R C Ls Rs
    6: (1.0, 1.0, 1.0, 0.0, _SURROUND, _SURROUND),  # L R C LFE Ls Rs
    7: (1.0, 1.0, 1.0, 0.0, 1.0, _SURROUND, _SURROUND),  # L R C LFE Cb Ls Rs
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, _SURROUND, _SURROUND),  # L R C LFE Lb Rb Ls Rs
}


class Loudness(msgspec.Struct, frozen=True):
    """What a meter has read so far; None where there is nothing to read.

    integrated_lufs: None if no 400 ms block passes the gates. range_lu: None if no 3 s window does.
    true_peak_db: None for digital silence. momentary_max and short_term_max, in LUFS: None before 0.4 s and
    3 s have passed, and for digital silence.
    """

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_db: float | None
    momentary_max: float | None
    short_term_max: float | None


class LoudnessMeter:
    """Loudness of a stream of blocks; the cut into blocks changes nothing.

    Segments are whole samples, 100 ms to within half a sample. What is left at the end and fills no further
    segment counts for the true peak only (BS.1770-4: incomplete gating blocks are not used).

    >>> seconds = np.arange(5 * 48_000) / 48_000
    >>> meter = LoudnessMeter(48_000, 2)
    >>> meter.feed(np.tile(0.1 * np.sin(2 * np.pi * 1000 * seconds), (2, 1)))
    >>> reading = meter.result()
    >>> round(reading.integrated_lufs, 1), round(reading.true_peak_db, 1), round(reading.range_lu, 1)
    (-20.0, -20.0, 0.0)
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        """For a rate of 8,000 to 768,000 Hz and 1 channel or more in WAV order (see `channel_weights`)."""
        if not 8_000 <= sample_rate <= 768_000:
            raise AudioError(f"expected a sample rate of 8,000 to 768,000 Hz, got {sample_rate}")
        self._weights = channel_weights(channels)
        self._energy = SegmentEnergy(sample_rate, channels)
        self._true_peak = TruePeakMeter(sample_rate, channels)
        self._pending = np.zeros((channels, 0))
        self._powers: list[float] = []  # one weighted mean square per segment

    def feed(self, block: npt.NDArray[Any]) -> None:
        """Take the next samples: float32 or float64 [channels, samples], any length; the block is not changed.

        Raises AudioError for another shape or type, and for samples that are not finite: `sanitize` of
        `shared.spectrum.downmix` takes those out and counts them. After an error the meter is as it was
        before the block, or in the middle of it.
        """
        channels = len(self._weights)
        if block.ndim != 2 or block.shape[0] != channels or block.dtype not in (np.float32, np.float64):
            raise AudioError(
                f"expected a float block of shape [{channels}, samples], got {block.dtype} of shape {list(block.shape)}"
            )
        batch = _BATCH * self._energy.segment
        for start in range(0, block.shape[1], batch):
            part = block[:, start : start + batch].astype(np.float64)
            if not np.isfinite(np.einsum("cn,cn->", part, part)):
                raise AudioError("expected finite samples, got NaN or infinity: clean the block with sanitize() first")
            self._true_peak.feed(part)
            self._take(part)

    def result(self) -> Loudness:
        """The readings so far; feeding may go on afterwards."""
        powers = np.array(self._powers)
        blocks, windows = _moving_mean(powers, _MOMENTARY), _moving_mean(powers, _SHORT_TERM)
        peak = self._true_peak.peak()
        return Loudness(
            integrated_lufs=_lufs(_gated(blocks, _RELATIVE_GATE_LU).mean()) if _any_pass(blocks) else None,
            range_lu=_range_lu(_gated(windows, _RANGE_GATE_LU)) if _any_pass(windows) else None,
            true_peak_db=amplitude_to_db(peak) if peak > 0 else None,
            momentary_max=_lufs(blocks.max(initial=0.0)),
            short_term_max=_lufs(windows.max(initial=0.0)),
        )

    def _take(self, part: Floats) -> None:
        """Measure the segments that are complete and keep the rest."""
        joined = np.concatenate((self._pending, part), axis=1)
        segment = self._energy.segment
        complete = joined.shape[1] // segment * segment
        if complete:
            energy = self._energy.measure(joined[:, :complete])
            self._powers.extend((self._weights @ energy / segment).tolist())
        self._pending = joined[:, complete:].copy()


def channel_weights(channels: int) -> Floats:
    """Weights G of BS.1770-4 Annex 1 for channels in WAV order: float64 [channels].

    1 to 8 channels are read as mono, stereo, L R C, L R Ls Rs, 5.0, 5.1, 6.1 and 7.1 (rear channels beyond
    120 degrees weigh 1.0). For more there is no common order: all weigh 1.0.

    >>> channel_weights(6).tolist()
    [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]
    """
    if channels < 1:
        raise AudioError(f"expected 1 channel or more, got {channels}")
    return np.array(_WEIGHTS.get(channels, (1.0,) * channels))


def _moving_mean(powers: Floats, size: int) -> Floats:
    """Mean of each run of `size` segments; empty if there are fewer. Plain sums: no drift over hours."""
    count = max(0, len(powers) - size + 1)
    total = np.zeros(count)
    for offset in range(size if count else 0):
        total += powers[offset : offset + count]
    return np.asarray(total / size, dtype=np.float64)


def _lufs(power: float) -> float | None:
    return _OFFSET_LU + 10.0 * math.log10(power) if power > 0 else None


def _power(lufs: float) -> float:
    return float(10.0 ** ((lufs - _OFFSET_LU) / 10.0))


def _any_pass(powers: Floats) -> bool:
    return bool((powers > _power(_ABSOLUTE_GATE_LUFS)).any())


def _gated(powers: Floats, relative_lu: float) -> Floats:
    """Powers above both gates, the relative one taken from the mean of those above the absolute one."""
    loud = powers[powers > _power(_ABSOLUTE_GATE_LUFS)]
    return np.asarray(loud[loud > loud.mean() * 10.0 ** (relative_lu / 10.0)], dtype=np.float64)


def _range_lu(powers: Floats) -> float:
    """Spread between the percentiles, taken as EBU Tech 3342's reference code does: by rounded rank."""
    ranked = np.sort(powers)
    low, high = (float(ranked[math.floor((len(ranked) - 1) * part + 0.5)]) for part in _RANGE_PERCENTILES)
    return 10.0 * math.log10(high / low)
