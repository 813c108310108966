"""Any number of channels to two: what quick separation takes apart, and what its stems sum to."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.errors import AudioError

__all__ = ["stereo_mix"]

_SIDE: Final = float(np.sqrt(0.5))
#: Gains into left and right by number of channels in WAV order (ITU-R BS.775-4, annex 4; the LFE channel is left out).
_LEFT: Final[dict[int, tuple[float, ...]]] = {
    1: (1.0,),
    2: (1.0, 0.0),
    3: (1.0, 0.0, _SIDE),
    4: (1.0, 0.0, _SIDE, 0.0),
    5: (1.0, 0.0, _SIDE, _SIDE, 0.0),
    6: (1.0, 0.0, _SIDE, 0.0, _SIDE, 0.0),
    7: (1.0, 0.0, _SIDE, 0.0, _SIDE / 2, _SIDE, 0.0),
    8: (1.0, 0.0, _SIDE, 0.0, _SIDE, 0.0, _SIDE, 0.0),
}
#: For each layout, the channel that stands on the other side of each one.
_MIRROR: Final[dict[int, tuple[int, ...]]] = {
    1: (0,),
    2: (1, 0),
    3: (1, 0, 2),
    4: (1, 0, 3, 2),
    5: (1, 0, 2, 4, 3),
    6: (1, 0, 2, 3, 5, 4),
    7: (1, 0, 2, 3, 4, 6, 5),
    8: (1, 0, 2, 3, 5, 4, 7, 6),
}


def stereo_mix(planes: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Left and right, float32 [2, samples], of float [channels, samples] in WAV order; never louder than the loudest.

    One channel stands in both; more than eight alternate left and right. Raises AudioError without a channel.

    >>> stereo_mix(np.array([[0.5, -1.0]], np.float32)).tolist()
    [[0.5, -1.0], [0.5, -1.0]]
    """
    if planes.ndim != 2 or planes.shape[0] == 0:
        raise AudioError(f"Expected audio as [channels, samples] with a channel or more, got shape {planes.shape}.")
    count = planes.shape[0]
    if count == 2:
        return planes.astype(np.float32)
    if count not in _LEFT:
        return np.stack([planes[side::2].mean(axis=0, dtype=np.float64) for side in (0, 1)]).astype(np.float32)
    left = np.array(_LEFT[count])
    gains = np.stack([left, left[list(_MIRROR[count])]]) / left.sum()
    mixed = np.zeros((2, planes.shape[1]))
    for channel in range(count):
        mixed += gains[:, channel, None] * planes[channel]
    return mixed.astype(np.float32)
