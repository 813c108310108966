"""What the engine's heap does over many songs in a row, on twenty minutes and on an hour."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from shared.theory.keys import parse_key
from tests.bench.analysis import call_in_page, choose, open_bench_page
from tests.bench.report import machine, table, write_section
from tests.bench.stage import stage
from tests.browser.decode_support import encode
from tests.signals import RATE, song

SONGS_IN_A_ROW = 50
_MIB = 2**20


def main() -> None:
    """Measure and write the section."""
    with tempfile.TemporaryDirectory() as folder, stage() as (browser, url):
        where = machine(f"Chromium {browser.version}")
        minute = song(parse_key("A minor"), bpm=126, seconds=60)
        long = np.tile(minute, 4)
        four = encode(Path(folder) / "four minutes.mp3", "libmp3lame", np.stack([long, long]), RATE)
        hour = encode(Path(folder) / "an hour.mp3", "libmp3lame", np.tile(minute, 60)[None], RATE)
        twenty = encode(Path(folder) / "twenty minutes.mp3", "libmp3lame", np.tile(minute, 20)[None].repeat(2, 0), RATE)
        page = open_bench_page(browser, url)
        rows = []
        choose(page, four)
        for number in range(1, SONGS_IN_A_ROW + 1):
            status = call_in_page(page, "ours", number)["status"]
            if number in (1, 2, 5, 10, 20, 30, SONGS_IN_A_ROW):
                rows.append([f"{number} songs of 4 min", *_row(status), ""])
        for number, (minutes, path) in enumerate(((20, twenty), (60, hour)), 100):
            choose(page, path)
            start = time.perf_counter()
            answer = call_in_page(page, "ours", number)
            rows.append([f"then one of {minutes} min", *_row(answer["status"]), f"{time.perf_counter() - start:.0f}"])
            _check(answer)
    body = (
        "Python's heap after each song; WebAssembly memory never shrinks, so this is its peak. The tagger's worker\n"
        + "has one of its own that does not grow with length.\n\n"
        + table(["after", "Python, MiB", "seconds"], rows)
        + f"\n\n{where}"
    )
    write_section("Memory", body)


def _row(status: dict[str, Any]) -> list[str]:
    return [f"{status['pythonHeapBytes'] / _MIB:.0f}"]


def _check(answer: dict[str, Any]) -> None:
    """The hour's key is the minute's, of which it was made."""
    analysis = answer["analysis"]
    assert analysis["key"]["key"]["camelot"] == "8A", json.dumps(analysis["key"])[:200]
