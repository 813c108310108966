"""A song as a stream of blocks at a model's rate and channels, whatever its file has.

Mono is doubled; of more channels than two the left ones, the right ones and the centre are mixed by ITU-R BS.775
without the low-frequency channel, scaled so that nothing gets louder than full scale. Samples that are none (NaN)
are silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from shared.errors import KeylightError
from shared.spectrum.downmix import sanitize
from shared.spectrum.resample import Resampler
from web.py.decode import AudioFile

__all__ = ["open_source", "to_stereo"]

_SIDE: Final = 0.5**0.5  # ITU-R BS.775-3, table 2: centre and surround channels at -3 dB
#: Left and right of the channels in WAV order (L R C LFE, then back or side pairs), by their number.
_LEFT: Final[dict[int, tuple[float, ...]]] = {
    3: (1, 0, _SIDE),
    4: (1, 0, _SIDE, 0),
    5: (1, 0, _SIDE, _SIDE, 0),
    6: (1, 0, _SIDE, 0, _SIDE, 0),
    7: (1, 0, _SIDE, 0, 0.5, _SIDE, 0),
    8: (1, 0, _SIDE, 0, _SIDE, 0, _SIDE, 0),
}
_RIGHT: Final[dict[int, tuple[float, ...]]] = {
    3: (0, 1, _SIDE),
    4: (0, 1, 0, _SIDE),
    5: (0, 1, _SIDE, 0, _SIDE),
    6: (0, 1, _SIDE, 0, 0, _SIDE),
    7: (0, 1, _SIDE, 0, 0.5, 0, _SIDE),
    8: (0, 1, _SIDE, 0, 0, _SIDE, 0, _SIDE),
}


def open_source(path: Path, sample_rate: int, channels: int, start_sample: int = 0) -> Iterator[np.ndarray]:
    """Blocks float32 [2, n] of the file's audio at a rate in Hz, from a sample of that rate on.

    The file is decoded from its beginning also for a later start: only so are the samples the same ones in every
    format. Raises `AudioError` with a sentence where the file is not audio, at the first block.
    """
    if channels != 2:
        raise KeylightError(f"Expected a separator of two channels, got one of {channels}.")
    skip = start_sample
    for block in _resampled(path, sample_rate):
        if skip >= block.shape[1]:
            skip -= block.shape[1]
            continue
        yield np.ascontiguousarray(block[:, skip:])
        skip = 0


def to_stereo(block: np.ndarray) -> np.ndarray:
    """Two channels [2, n] out of any number [channels, n], float32.

    >>> to_stereo(np.ones((1, 2), np.float32)).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    >>> [round(float(one), 2) for one in to_stereo(np.eye(6, dtype=np.float32))[0]]
    [0.41, 0.0, 0.29, 0.0, 0.29, 0.0]
    """
    count = len(block)
    if count <= 2:
        return np.repeat(block, 2, axis=0) if count == 1 else block
    # Beyond 7.1 no order is common: the rest of the channels go to the sides in turn.
    rest = [(at % 2 == 0) * _SIDE for at in range(count - 8)], [(at % 2 == 1) * _SIDE for at in range(count - 8)]
    weights = np.array([(*_LEFT[min(count, 8)], *rest[0]), (*_RIGHT[min(count, 8)], *rest[1])])
    mixed: np.ndarray = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32) @ block
    return mixed


def _resampled(path: Path, sample_rate: int) -> Iterator[np.ndarray]:
    with AudioFile(path) as audio:
        pair = [Resampler(audio.sample_rate, sample_rate) for _ in range(2)]
        for block in audio.blocks():
            clean, _ = sanitize(block)
            yield np.stack([one.feed(plane) for one, plane in zip(pair, to_stereo(clean), strict=True)])
        yield np.stack([one.flush() for one in pair])
