"""Quick separation's speed inside Pyodide, printed: `node tests/pyodide/run.mjs tests/bench/quick_pyodide.py -s -q`."""

from __future__ import annotations

import json
import time

import numpy as np

from shared.separation.quick import QuickSeparator

__all__ = ["measure", "test_speed_is_told"]

RATE = 44100
SECONDS = 60
RUNS = 3


def measure() -> list[float]:
    """Seconds of computing per second of stereo audio at 44.1 kHz, each run; fed a second at a time."""
    rng = np.random.default_rng(1)
    second = (0.1 * rng.standard_normal((2, RATE))).astype(np.float32)
    second += 0.2 * np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE).astype(np.float32)
    times = []
    for _ in range(1 + RUNS):
        start = time.perf_counter()
        separator = QuickSeparator(RATE, 2)
        samples = sum(separator.feed(second).shape[2] for _ in range(SECONDS)) + separator.finish().shape[2]
        times.append((time.perf_counter() - start) / SECONDS)
        assert samples == SECONDS * RATE
    return times[1:]


def test_speed_is_told() -> None:
    """Prints a line of JSON with the times and the heap in bytes."""
    import pyodide_js

    times = measure()
    print(json.dumps({"quick": times, "heap": pyodide_js._module.HEAP8.length}))
