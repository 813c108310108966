"""Seconds per minute of audio, by step: ours in browser and CPython, essentia.js from JavaScript, native Essentia."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.theory.keys import parse_key
from tests.bench.report import machine, spread, table, write_section
from tests.bench.stage import ROOT, SONGS, stage
from tests.browser.decode_support import encode
from tests.signals import RATE, song
from web.py.analysis.native import NativeEssentia
from web.py.analyze import analyze_file
from web.py.decode import AudioFile

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RUNS = 3
SECONDS = 240
#: Our steps (`Analysis.step_seconds`) in the order in which they run.
STEPS = ("loudness", "resample", "picture", "pitch", "key", "beats", "danceability", "grid")


def main() -> None:
    """Measure every file and write the section."""
    with tempfile.TemporaryDirectory() as folder, stage() as (browser, url):
        where = machine(f"Chromium {browser.version}")
        made = song(parse_key("A minor"), bpm=126, seconds=SECONDS)
        files = [encode(Path(folder) / "made, 4 min.mp3", "libmp3lame", np.stack([made, made]), RATE, bit_rate=256_000)]
        files += [SONGS / name for name in ("lets_go_fishin.ogg", "vibe_ace.ogg") if (SONGS / name).is_file()]
        page = open_bench_page(browser, url)
        parts = [_measure(page, path) for path in files]
    body = (
        f"Seconds of computing per minute of audio, {RUNS} runs after a warm-up.\n\n"
        + "\n\n".join(parts)
        + f"\n\n{where}"
    )
    write_section("Analysis speed", body)


def _measure(page: Page, path: Path) -> str:
    with AudioFile(path) as audio:
        mono = np.concatenate([np.mean(block, axis=0, dtype=np.float32) for block in audio.blocks()])
    minutes = mono.size / RATE / 60
    choose(page, path)
    browser_runs = [call_in_page(page, "ours", track) for track in range(1000, 1001 + RUNS)][1:]
    decode_runs = [call_in_page(page, "decodeOnly") for _ in range(1 + RUNS)][1:]
    peer_runs = [call_in_page(page, "essentia") for _ in range(1 + RUNS)][1:]
    ours_native = [analyze_file(path)[0].step_seconds for _ in range(1 + RUNS)][1:]
    native = {name: _native(name, mono) for name in ("key", "degara", "danceability", "multifeature", "percival")}
    return _section(path.name, minutes, browser_runs, decode_runs, peer_runs, ours_native, native)


def open_bench_page(browser: Browser, url: str) -> Page:
    """A page of the server without Keylight's own script, so that nothing else computes; `analysis.js` is added."""
    page = browser.new_context(service_workers="block").new_page()
    page.route("**/app/bench/analysis.js", lambda route: route.fulfill(path=ROOT / "tests/bench/analysis.js"))
    page.route("**/js/main.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(url)
    return page


def choose(page: Page, path: Path) -> None:
    """Make the file `globalThis.file` of the page."""
    box = page.locator('input[type="file"]').first
    box.evaluate("(box) => { box.onchange = () => { globalThis.file = box.files[0] } }")
    box.set_input_files(str(path))


def call_in_page(page: Page, name: str, *arguments: object) -> Any:
    """Call a function of `analysis.js` with the chosen file."""
    script = f"""async (rest) => {{
      const own = document.querySelector('script[src*="main.js"]').src;
      const {{ ASSETS }} = await import(own.replace("main.js", "assets.js"));
      const bench = await import("/app/bench/analysis.js");
      const from = "{name}" === "essentia" ? ASSETS.essentia : `/app/${{ASSETS.build}}`;
      return bench.{name}(from, globalThis.file, ...rest);
    }}"""
    return page.evaluate(script, list(arguments))


def _native(name: str, mono: np.ndarray) -> list[float]:
    bridge = NativeEssentia()
    calls: dict[str, Callable[[], object]] = {
        "key": lambda: bridge.key(mono, tuning_hz=440.0),
        "degara": lambda: bridge.rhythm(mono),
        "danceability": lambda: bridge.danceability(mono),
        "percival": lambda: bridge.percival(mono),
        "multifeature": lambda: bridge.rhythm(mono, method="multifeature"),
    }
    runs = []
    for _ in range(RUNS):
        start = time.perf_counter()
        calls[name]()
        runs.append(time.perf_counter() - start)
    return runs


def _section(
    name: str, minutes: float, browser: list[dict[str, Any]], decode: list[float], peer: list[dict[str, Any]],
    ours_native: list[dict[str, float]], native: dict[str, list[float]],
) -> str:  # fmt: skip
    per = lambda values: spread([value / minutes for value in values])  # noqa: E731 - a column's formula
    steps = [run["analysis"]["stepSeconds"] for run in browser]
    peers = {"key": "key", "beats": "degara", "danceability": "danceability"}
    rows = [["decode", per(decode), "", "", ""]]
    for step in STEPS:
        other = peers.get(step)
        rows.append([
            step, per([run.get(step, 0.0) for run in steps]), per([run.get(step, 0.0) for run in ours_native]),
            per([run["seconds"][other] for run in peer]) if other else "", per(native[other]) if other else "",
        ])  # fmt: skip
    rows.append(
        [
            "**all steps**",
            per([sum(run.values()) for run in steps]),
            per([sum(run.values()) for run in ours_native]),
            "",
            "",
        ]
    )
    rows.append(["**from file to answer**", per([run["feed"] + run["finish"] for run in browser]), "", "", ""])
    rows += [
        [f"{other} (not used)", "", "", per([run["seconds"][other] for run in peer]), per(native[other])]
        for other in ("multifeature", "percival")
    ]
    both = [run["seconds"]["key"] + run["seconds"]["degara"] + run["seconds"]["vector"] for run in peer]
    rows.append(
        [
            "key + degara, whole call",
            "",
            "",
            per(both),
            per([a + b for a, b in zip(native["key"], native["degara"], strict=True)]),
        ]
    )
    status = browser[-1]["status"]
    heap = (status["pythonHeapBytes"] / 2**20, status["essentiaHeapBytes"] / 2**20)
    title = f"### {name}, {minutes * 60:.0f} s\n\n"
    columns = ["step", "Keylight, browser", "Keylight, CPython", "essentia.js, browser", "Essentia, native"]
    return title + table(columns, rows) + f"\n\nHeap after it: Python {heap[0]:.0f} MiB, essentia.js {heap[1]:.0f} MiB."
