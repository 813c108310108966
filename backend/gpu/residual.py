"""What stems leave of their mix, shared out to them so that they sum to it."""

from __future__ import annotations

import torch

__all__ = ["spread_residual"]


def spread_residual(stems: torch.Tensor, mix: torch.Tensor) -> torch.Tensor:
    """Stems [sources, channels, n] that sum to the mix [channels, n] up to rounding.

    >>> stems = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])
    >>> spread_residual(stems, torch.tensor([[2.0, 2.0]])).sum(0).tolist()
    [[2.0, 2.0]]
    """
    residual = mix - stems.sum(0)
    return stems + residual / len(stems)
