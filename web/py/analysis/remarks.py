"""What a person should know about a file beside its answers: clipping, DC, broken samples, silence, thin bandwidth."""

from __future__ import annotations

from typing import Final

import numpy as np

from shared.units import amplitude_to_db

__all__ = ["SHORTEST_SECONDS", "Remarks"]

#: Under this no answer is worth much, and mood is not told.
SHORTEST_SECONDS: Final = 3.0

_FULL_SCALE: Final = 0.9995  # the largest 16-bit sample is 0.99997; encoders leave a little less
_CLIP_RUN: Final = 3  # that many full-scale samples in a row are a flat top, not a peak
_CLIP_SHARE: Final = 1e-4
_DC_OFFSET: Final = 0.01
_SHORT_SECONDS: Final = 12.0
_FULL_BAND_HZ: Final = 32_000
_CANCELLED: Final = 1e-4  # of the channels' mean power: -40 dB


class Remarks:
    """Collects while blocks go by; `sentences` says it at the end.

    peak: highest absolute sample so far.
    """

    def __init__(self, *, sample_rate: int, channels: int) -> None:
        self._sample_rate, self._channels = sample_rate, channels
        self.peak = 0.0
        self._samples = 0
        self._invalid = 0
        self._clipped = 0
        self._sums = np.zeros(channels)
        self._power = self._mono_power = 0.0

    def feed(self, block: np.ndarray, invalid: int) -> None:
        """Take a finite block float32 [channels, samples] and how many of its samples were not numbers."""
        size = np.abs(block)
        self.peak = max(self.peak, float(size.max()))
        self._samples += block.shape[1]
        self._invalid += invalid
        self._sums += block.sum(axis=1, dtype=np.float64)
        self._power += float(np.einsum("ij,ij->", block, block, dtype=np.float64)) / len(block)
        full = size >= _FULL_SCALE
        if full.any():
            run = full[:, 2:] & full[:, 1:-1] & full[:, :-2]
            self._clipped += int(run.sum())

    def mix(self, mono: np.ndarray) -> None:
        """Take the mono mix of the same block."""
        self._mono_power += float(np.einsum("i,i->", mono, mono, dtype=np.float64))

    @property
    def cancelled(self) -> bool:
        """Whether hardly anything of the channels is left when they are mixed to one."""
        return self._mono_power < _CANCELLED * self._power

    def sentences(self, *, duration_seconds: float, silent: bool) -> tuple[str, ...]:
        """All remarks, the gravest first; empty for a sound file."""
        total = max(1, self._samples * self._channels)
        offset = float(np.abs(self._sums).max()) / max(1, self._samples)
        found: list[str] = []
        if self._invalid:
            what = (
                "1 sample was no usable number"
                if self._invalid == 1
                else f"{self._invalid:,} samples were no usable numbers"
            )
            found.append(f"{what} (NaN, infinite or beyond any scale) and counted as silence.")
        if silent:
            found.append("The file is silent (nothing above -70 dBFS): there is nothing to analyse in it.")
        elif duration_seconds < SHORTEST_SECONDS:
            found.append(f"At {duration_seconds:.2f} s the clip is too short for a reliable answer.")
        elif duration_seconds < _SHORT_SECONDS:
            found.append(f"The clip is short ({duration_seconds:.1f} s): take its key and tempo with care.")
        if self.cancelled and not silent:
            found.append(
                "The channels cancel each other out when mixed to one, as where one is inverted: key, tempo and "
                + "mood cannot be told. Invert one channel and analyse again."
            )
        if self._clipped / total > _CLIP_SHARE:
            found.append(f"Clipped: {_per_cent(self._clipped / total)} of the samples stand at full scale in a row.")
        if self.peak > 1.0:
            found.append(f"The highest sample is {amplitude_to_db(self.peak):+.1f} dB over full scale.")
        if offset > _DC_OFFSET:
            found.append(f"DC offset: the waveform is shifted by {_per_cent(offset)} of full scale.")
        if self._sample_rate < _FULL_BAND_HZ:
            found.append(
                f"At {self._sample_rate:,} Hz nothing above {self._sample_rate // 2:,} Hz can be heard or analysed."
            )
        return tuple(found)


def _per_cent(share: float) -> str:
    """Two digits where the value is small, whole where it is not.

    >>> _per_cent(0.0123), _per_cent(0.5), _per_cent(71000.0)
    ('1.2 %', '50 %', '7,100,000 %')
    """
    value = 100.0 * share
    return f"{value:.2g} %" if value < 10 else f"{value:,.0f} %"
