"""One channel out of many for analysis, and samples that are none taken out.

Conventions: floats, full scale is 1.0, channels in WAV order (for 5.1: L R C LFE Ls Rs).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.errors import AudioError

__all__ = ["downmix", "sanitize"]

_LFE: Final = 3  # its place in 5.1, 6.1 and 7.1; files with 5 channels or fewer have none
_LFE_LAYOUTS: Final = (6, 7, 8)
#: Full scale of the widest integer samples. Nothing beyond it is audio on any scale, integers taken for
#: floats included, and below it no sum of squares overflows.
_LARGEST: Final = 2.0**31


def downmix(planes: Sequence[npt.NDArray[Any]] | npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Mean of the channels without the low-frequency channel of 5.1, 6.1 and 7.1: float32 [samples].

    planes: float arrays [channels, samples], or one array [samples] per channel. The mean keeps what is
    equal in all channels at its level and never exceeds the loudest channel.

    Raises AudioError if there is no channel, or if the channels differ in length.

    >>> downmix([np.array([1.0, 0.5]), np.array([0.0, 0.5])]).tolist()
    [0.5, 0.5]
    """
    lengths = {plane.shape for plane in planes}
    if len(lengths) != 1 or len(next(iter(lengths))) != 1:
        raise AudioError(f"expected one channel or more of one length, got shapes {sorted(map(list, lengths))}")
    chosen = [plane for at, plane in enumerate(planes) if at != _LFE or len(planes) not in _LFE_LAYOUTS]
    mixed: npt.NDArray[np.float32] = chosen[0].astype(np.float32)
    if len(chosen) > 1:
        total = chosen[0].astype(np.float64)
        for plane in chosen[1:]:
            total += plane
        mixed = (total / len(chosen)).astype(np.float32)
    return mixed


def sanitize(block: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], int]:
    """The block with 0 where a sample is none, and how many there were. A clean block is returned itself.

    No sample: NaN, infinity, and magnitudes above 2^31. All else stays as it is: beyond full scale there may
    be a hot float master (true peaks of +20 dB do occur), and whether 30,000 stands for a 16-bit sample only
    the decoder can know; loudness, key and tempo can be told at any scale.

    >>> clean, invalid = sanitize(np.array([[0.5, np.nan, -np.inf, 3.0]]))
    >>> clean.tolist(), invalid
    ([[0.5, 0.0, 0.0, 3.0]], 2)
    """
    if block.size == 0 or (block.max() <= _LARGEST and block.min() >= -_LARGEST):  # false if there is a NaN
        return block, 0
    valid = (block <= _LARGEST) & (block >= -_LARGEST)
    return np.where(valid, block, block.dtype.type(0)), int(block.size - np.count_nonzero(valid))
