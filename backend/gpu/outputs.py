"""From the stems of a song to what a job asked for: each stem, a stem and the rest, or only the rest."""

from __future__ import annotations

import numpy as np

__all__ = ["outputs_of"]


def outputs_of(chosen: np.ndarray, mix: np.ndarray, mode: str) -> np.ndarray:
    """Chosen stems, the mix without them, or both: float32 [outputs, channels, n].

    chosen: float32 [stems, channels, n]; mix: float32 [channels, n]; mode as in `StemsOptions`. The rest is the mix
    minus the chosen stems, so that in mode "two" both sum to the mix.

    >>> vocals, mix = np.ones((1, 2, 3), np.float32), np.full((2, 3), 4.0, np.float32)
    >>> [outputs_of(vocals, mix, mode)[:, 0, 0].tolist() for mode in ("each", "two", "rest")]
    [[1.0], [1.0, 3.0], [3.0]]
    """
    if mode == "each":
        return chosen
    rest = (mix - chosen.sum(axis=0))[None]
    return rest if mode == "rest" else np.concatenate([chosen, rest])
