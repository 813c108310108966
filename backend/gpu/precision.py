"""Whether a network may run in half precision: only where its stems stay the same to the ear and to the measure.

A stem's signal-to-distortion ratio (SDR) falls by 10 log10(1 + e/E) dB when an error of energy e joins the error E that
the network makes anyway. For a fall of less than 0.01 dB e must stay below 0.0023 E. Separators reach some 9 dB, on an
easy stem 18 dB, so that E is at least 1/63 of the stem's energy: an error 45 dB below the stem is small enough.
"""

from __future__ import annotations

from typing import Final

import torch

__all__ = ["LEAST_SNR_DB", "stem_snr_db"]

#: What half precision must reach against single precision, for the worst stem, in dB; derived above.
LEAST_SNR_DB: Final = 45.0
#: A stem this far below the mix (in energy: -30 dB) is judged as if it were so loud: nobody hears errors of silence.
_QUIETEST: Final = 1e-3


def stem_snr_db(exact: torch.Tensor, other: torch.Tensor, mix: torch.Tensor) -> float:
    """Ratio of a stem to the error in it, in dB, of the worst stem; minus infinity where a value is not finite.

    exact, other: [b, sources, channels, n]; mix: [b, channels, n].

    >>> exact = torch.ones(1, 2, 2, 8)
    >>> round(stem_snr_db(exact, exact * 1.01, exact.sum(1)), 1)
    40.0
    """
    if not bool(torch.isfinite(other).all()):
        return float("-inf")
    error = (exact - other).double().square().sum(dim=(0, 2, 3))
    energy = exact.double().square().sum(dim=(0, 2, 3)).clamp(min=float(mix.double().square().sum()) * _QUIETEST)
    if float(energy.min()) == 0.0:
        return float("inf") if float(error.max()) == 0.0 else float("-inf")
    return float((10 * torch.log10(energy / error.clamp(min=1e-300))).min())
