"""Separation on a GPU, as one short script: `python -m tests.bench.stems_gpu [OUT.md]`; some three minutes.

The full architecture of `htdemucs` with seeded weights: seconds by batch size in float32 and in half precision, with
and without `torch.compile`, against the stock `apply_model` that the `demucs` command calls; and how far half
precision moves the stems. Without a GPU it says so and ends with 2.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch

from backend.gpu.devices import device_info
from backend.gpu.models import load_model
from backend.gpu.precision import stem_snr_db
from backend.gpu.separator import Separator
from backend.gpu.stream import StemStream
from tests.bench.report import table
from tests.gpu.tiny import full_models

__all__ = ["main"]

_SECONDS: Final = 240
_RUNS: Final = 3
_BATCHES: Final = (1, 2, 4, 8, 16)
_DTYPES: Final = {"float32": (), "float16": (torch.float16,), "bfloat16": (torch.bfloat16,)}


def main(arguments: list[str]) -> int:
    """Measure and print, and write to a file if one is named."""
    if not torch.cuda.is_available():
        print("There is no CUDA GPU here: nothing was measured.", file=sys.stderr)
        return 2
    mix = torch.randn(2, _SECONDS * 44_100, generator=torch.Generator().manual_seed(1)) * 0.1
    stock_seconds, exact = _timed(lambda: _stock(mix))
    rows = [["stock `apply_model`", "1", *_cells(stock_seconds, stock_seconds), "0", ""]]
    for compiled in (False, True):
        for name, halves in _DTYPES.items():
            for batch in _BATCHES if not compiled else (8,):
                rows.append(_row(name, halves, batch, compiled, mix, exact, stock_seconds))
                print(" | ".join(rows[-1]), flush=True)
    automatic = Separator(load_model("htdemucs", full_models()), device="cuda")
    _ours(automatic, mix[:, : 44_100 * 20])
    text = (
        f"{_SECONDS} s of noise, full architecture of `htdemucs`, seeded weights; chosen by itself: {automatic.dtype}, "
        + f"{automatic.batch} segments at once.\n\n"
        + table(["way", "batch", "seconds", "times real time", "times stock", "max difference", "worst SNR, dB"], rows)
        + f"\n\n{device_info('cuda').name}, PyTorch {torch.__version__}."
    )
    print(text)
    for path in arguments:
        Path(path).write_text(text + "\n")
    return 0


def _row(
    name: str,
    halves: tuple[torch.dtype, ...],
    batch: int,
    compiled: bool,
    mix: torch.Tensor,
    exact: torch.Tensor,
    stock_seconds: float,
) -> list[str]:
    model = load_model("htdemucs", full_models())
    separator = Separator(model, device="cuda", batch=batch, halves=halves, compiled=compiled)
    label = f"ours, {name}{', compiled' if compiled else ''}"
    try:
        seconds, found = _timed(lambda: _ours(separator, mix))
    except Exception as error:  # a row that fails is told and the others are measured
        return [label, str(batch), type(error).__name__, "", "", "", ""]
    finally:
        separator.close()
    kept = name if str(separator.dtype) == f"torch.{name}" else f"{name}, refused"
    snr = stem_snr_db(exact[None], found[None], mix[None])
    difference = float((exact - found).abs().max())
    return [label.replace(name, kept), str(batch), *_cells(seconds, stock_seconds), f"{difference:.1e}", f"{snr:.1f}"]


def _cells(seconds: float, stock_seconds: float) -> list[str]:
    return [f"{seconds:.2f}", f"{_SECONDS / seconds:.0f}", f"{stock_seconds / seconds:.1f}"]


def _timed(work: Callable[[], torch.Tensor]) -> tuple[float, torch.Tensor]:
    """Least seconds of some runs, the first not counted."""
    result, best = work(), float("inf")
    for _ in range(_RUNS):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        result = work()
        torch.cuda.synchronize()
        best = min(best, time.perf_counter() - begin)
    return best, result


def _stock(mix: torch.Tensor) -> torch.Tensor:
    from demucs.apply import apply_model

    global _model
    if _model is None:
        _model = load_model("htdemucs", full_models())
    result: torch.Tensor = apply_model(_model, mix[None], shifts=0, device="cuda")[0]
    return result


_model: Any = None


def _ours(separator: Separator, mix: torch.Tensor) -> torch.Tensor:
    stream, found = StemStream(separator, iter([mix.numpy()])), []
    while segments := stream.segments(separator.batch):
        found.append(torch.from_numpy(stream.take(separator.forward_all(segments))))
    return torch.cat(found, dim=2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
