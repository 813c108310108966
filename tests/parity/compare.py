"""How far two pictures are apart, and the table of that."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

__all__ = ["Row", "psnr", "ssim", "table"]


@dataclass(frozen=True)
class Row:
    """One case at one scale. decibels: PSNR over all pixels; most: the largest difference of a channel, 0-255."""

    group: str
    name: str
    scale: float
    decibels: float
    most: int


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal to noise over colour channels of RGBA pictures, decibels; infinite for the same pictures.

    >>> psnr(np.zeros((2, 2, 4), np.uint8), np.full((2, 2, 4), 1, np.uint8))
    48.13
    """
    error = float(np.square(one[:, :, :3].astype(np.int32) - other[:, :, :3]).mean())
    return math.inf if error == 0 else round(10 * math.log10(255**2 / error), 2)


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Structural similarity of brightness over blocks of 8 x 8, 0-1 (Wang et al. 2004, eq. 13), RGBA pictures.

    >>> ssim(np.zeros((16, 16, 4), np.uint8), np.zeros((16, 16, 4), np.uint8))
    1.0
    """
    first, second = _blocks(one), _blocks(other)
    mean, other_mean = first.mean(1), second.mean(1)
    both = (first * second).mean(1) - mean * other_mean
    spread = first.var(1) + second.var(1)
    small, smaller = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = (2 * mean * other_mean + small) * (2 * both + smaller)
    return float((likeness / ((mean**2 + other_mean**2 + small) * (spread + smaller))).mean())


def _blocks(picture: np.ndarray) -> np.ndarray:
    """Brightness (ITU-R BT.601 weights) of whole blocks, [blocks, 64]."""
    gray = picture[:, :, :3] @ np.array([0.299, 0.587, 0.114])
    height, width = (side // 8 for side in gray.shape)
    return gray[: height * 8, : width * 8].reshape(height, 8, width, 8).transpose(0, 2, 1, 3).reshape(-1, 64)


def table(rows: Iterable[Row]) -> str:
    """Worst of each op, as Markdown."""
    worst: dict[str, Row] = {}
    for row in rows:
        if row.group not in worst or row.decibels < worst[row.group].decibels:
            worst[row.group] = row
    lines = [
        f"| {row.group} | {row.name or 'as it is'}, scale {row.scale:g} | {_said(row.decibels)} | {row.most} |"
        for row in worst.values()
    ]
    return "\n".join(["| op | worst case | PSNR, dB | largest difference |", "|---|---|---|---|", *lines])


def _said(decibels: float) -> str:
    return "the same" if math.isinf(decibels) else f"{decibels:.1f}"
