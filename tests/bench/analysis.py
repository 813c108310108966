"""Seconds per minute of audio: ours whole and by step in browser and CPython, essentia.js from JavaScript, and native.

The yardstick is what Essentia takes for key and beats in its better method: KeyExtractor + RhythmExtractor2013
(multifeature). Ours is everything: key with timeline, tempo, beats, bars, loudness, sections, mood and tags.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.assets.lock import read_lock
from backend.assets.store import ASSETS_PATH
from shared.theory.keys import parse_key
from tests.bench.essentia_native import NativeEssentia
from tests.bench.report import machine, spread, table, write_section
from tests.bench.stage import ROOT, SONGS, stage
from tests.browser.decode_support import encode
from tests.signals import RATE, song
from web.py.analyze import analyze_file
from web.py.decode import AudioFile

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RUNS = 3
SECONDS = 240
PEERS = ("key", "multifeature", "degara", "percival", "danceability")


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
    # In turn, so that a machine that slows down slows all of them.
    runs: dict[str, list[Any]] = {name: [] for name in ("streamed", "whole", "decode", "peer", "ours_native")}
    native: dict[str, list[float]] = {name: [] for name in PEERS}
    for number in range(1 + RUNS):
        runs["streamed"].append(call_in_page(page, "ours", 1000 + 2 * number))
        runs["whole"].append(call_in_page(page, "afterDecode", 1001 + 2 * number))
        runs["decode"].append(call_in_page(page, "decodeOnly"))
        runs["peer"].append(call_in_page(page, "essentia"))
        runs["ours_native"].append(_timed(lambda: analyze_file(path)))
        for name, call in _native(mono).items():
            native[name].append(_timed(call)[0])
    counted = {name: values[1:] for name, values in runs.items()}
    return _section(path.name, minutes, counted, {name: values[1:] for name, values in native.items()})


def open_bench_page(browser: Browser, url: str) -> Page:
    """A page of the server without Keylight's own script, so that nothing else computes; `analysis.js` is added."""
    page = browser.new_context(service_workers="block").new_page()
    page.route("**/app/bench/analysis.js", lambda route: route.fulfill(path=ROOT / "tests/bench/analysis.js"))
    page.route("**/app/bench/essentia.js", lambda route: route.fulfill(path=_essentia_js()))
    page.route("**/js/main.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(url)
    return page


def _essentia_js() -> Path:
    """The peer as an ES module; the product does not use it, so the server does not have it."""
    return ASSETS_PATH / read_lock().package("essentia.js").folder / "essentia-wasm.es.js"


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
      const from = "{name}" === "essentia" ? "/app/bench/essentia.js" : `/app/${{ASSETS.build}}`;
      return bench.{name}(from, globalThis.file, ...rest);
    }}"""
    return page.evaluate(script, list(arguments))


def _native(mono: np.ndarray) -> dict[str, Callable[[], object]]:
    bridge = NativeEssentia()
    return {
        "key": lambda: bridge.key(mono, tuning_hz=440.0),
        "degara": lambda: bridge.rhythm(mono),
        "danceability": lambda: bridge.danceability(mono),
        "percival": lambda: bridge.percival(mono),
        "multifeature": lambda: bridge.rhythm(mono, method="multifeature"),
    }


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = call()
    return time.perf_counter() - start, answer


def _section(name: str, minutes: float, runs: dict[str, list[Any]], native: dict[str, list[float]]) -> str:
    def per(seconds: list[float]) -> str:
        return spread([value / minutes for value in seconds])

    whole = [run["seconds"]["details"] for run in runs["whole"]]
    yardstick = [sum(run["seconds"][part] for part in ("vector", "key", "multifeature")) for run in runs["peer"]]
    native_yardstick = [a + b for a, b in zip(native["key"], native["multifeature"], strict=True)]
    rows = [
        ["**Keylight: everything, after decoding**", per(whole), ""],
        ["Essentia: key + multifeature", per(yardstick), per(native_yardstick)],
        ["Keylight: key, tempo, loudness, waveform", per([run["seconds"]["answer"] for run in runs["whole"]]), ""],
        ["Keylight: everything, from the file", per([run["seconds"]["details"] for run in runs["streamed"]]),
         per([seconds for seconds, _ in runs["ours_native"]])],
        ["Keylight: key and tempo, from the file", per([run["seconds"]["answer"] for run in runs["streamed"]]), ""],
        ["decoding alone", per(runs["decode"]), ""],
        *([f"Essentia: {part}", per([run["seconds"][part] for run in runs["peer"]]), per(native[part])]
          for part in PEERS),
    ]  # fmt: skip
    rows += [[f"step: {step}", per(browser), per(ours)] for step, browser, ours in _steps(runs)]
    status = runs["streamed"][-1]["status"]
    heap = status["pythonHeapBytes"] / 2**20
    ratios = (min(yardstick) / min(whole), min(native_yardstick) / min(whole))
    return (
        f"### {name}, {minutes * 60:.0f} s\n\n{table(['what', 'browser', 'native'], rows)}\n\n"
        + f"Everything takes 1/{ratios[0]:.1f} of what essentia.js takes for key and beats, "
        + f"and 1/{ratios[1]:.2f} of what native Essentia takes. "
        + f"Python's heap after it: {heap:.0f} MiB."
    )


def _steps(runs: dict[str, list[Any]]) -> list[tuple[str, list[float], list[float]]]:
    """Each step with its seconds in the browser and natively, in the order in which they first appear."""
    browser = [{**run["analysis"]["stepSeconds"], **run["details"]["stepSeconds"]} for run in runs["whole"]]
    native = [answer[0].step_seconds for _, answer in runs["ours_native"]]
    names = dict.fromkeys(step for run in browser for step in run)
    return [(n, [run.get(n, 0.0) for run in browser], [run.get(n, 0.0) for run in native]) for n in names]
