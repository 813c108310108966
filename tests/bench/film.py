"""Films: what each template costs a frame, and whole renders beside ffmpeg's own visualizers, in the same run.

All make 1080p at 60 frames per second with x264 veryfast, from the same song, and use both cores: ours by processes, of
which each draws and encodes, ffmpeg by threads, the browser that is filmed (`tests.bench.film_page`) by a page each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from shared.scene.gallery import TEMPLATES
from shared.spectrum.features import decode_features
from shared.theory.keys import parse_key
from tests.bench.film_page import film_page
from tests.bench.report import machine, table, write_section
from tests.bench.scene import AIM_RASTER_MS, AIM_SCENE_MS, measure
from tests.bench.stage import ROOT
from tests.gpu.audio import write_audio
from tests.signals import RATE, song

__all__ = ["main", "renders_section", "templates_section"]

_SECONDS: Final = 20
_FPS: Final = 60
#: Templates of which whole films are made: the best known look, one of the cheapest, one of the dearest.
_FILMS: Final = ("default", "minimal", "club", "horizon", "hyperspace")
#: Of the page that is filmed: it makes a few a second.
_PAGE_FRAMES: Final = 120
_PEERS: Final = {
    "ffmpeg showcqt": "[0:a]showcqt=s=1920x1080:r=60[v]",
    "ffmpeg showfreqs": "[0:a]showfreqs=s=1920x1080:r=60[v]",
    "ffmpeg showwaves": "[0:a]showwaves=s=1920x1080:r=60:mode=cline[v]",
}


def main() -> None:
    """Measure and write both sections."""
    write_section("Films: whole renders", renders_section())
    write_section("Films: what a frame of each template costs", templates_section())


def renders_section() -> str:
    """Frames per second of whole commands, without the time that hearing the song takes, and their memory."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        audio = folder / "song.wav"
        write_audio(audio, song(parse_key("A minor"), bpm=126, seconds=_SECONDS)[None], rate=RATE)
        features = folder / "song.klf"
        _timed([sys.executable, "-m", "web.py.features", str(audio), str(features)])
        rows = []
        for name, graph in _PEERS.items():
            rows.append([name, _rate([*_peer(audio, graph), str(folder / "peer.mp4")])])
        rows.append(["headless Chromium, a screenshot a frame", _page_rate(features, folder / "page.mp4")])
        out = folder / "ours.mp4"
        for name in _FILMS:
            command = [
                sys.executable,
                "-m",
                "backend.gpu.render",
                "--template",
                name,
                str(audio),
                str(out),
            ]
            command += ["--features", str(features), "--size", "1920x1080", "--fps", str(_FPS), "--quality", "good"]
            rows.append([f"ours, {name}", _rate([*command, "--unsafe-flashes"])])
            rows.append([f"ours, {name}, flashes looked for", _rate(command)])
    return (
        f"{_SECONDS} s at 1080p60, x264 veryfast, frames per second of the whole command, start and end included; the\n"
        + f"song's features were made before. Of the page {_PAGE_FRAMES} frames, without browser's start and sound.\n\n"
        + table(["command", "frames per second"], rows)
        + f"\n\n{machine('PyAV and Skia')}"
    )


def templates_section() -> str:
    """CPU milliseconds of one process a frame at 1080p (upright ones at their own size)."""
    costs = measure([each.name for each in TEMPLATES])
    rows = [
        [cost.name, f"{cost.scene[0]:.2f}", f"{cost.raster[0]:.1f}", f"{cost.raster[1]:.1f}"]
        for cost in sorted(costs, key=lambda cost: cost.raster[0])
    ]
    beyond = [cost.name for cost in costs if cost.beyond]
    return (
        "Milliseconds of CPU a frame, medians: Python that makes the list, and the server's painter (90 % beside);\n"
        + f"encoding comes on top. Beyond {AIM_SCENE_MS} or {AIM_RASTER_MS:.0f} ms: {', '.join(beyond) or 'none'}.\n\n"
        + table(["template", "scene, ms", "painter, ms", "90 %"], rows)
        + f"\n\n{machine('PyAV and Skia')}"
    )


def _peer(audio: Path, graph: str) -> list[str]:
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(audio), "-filter_complex", graph, "-map", "[v]", "-map", "0:a"]
    return [*command, "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", "aac"]


def _page_rate(features: Path, out: Path) -> str:
    seconds = film_page(
        decode_features(features.read_bytes()), out, frames=_PAGE_FRAMES, fps=_FPS, size=(1920, 1080)
    )  # fmt: skip
    return f"{_PAGE_FRAMES / seconds:.1f}"


def _rate(command: Sequence[str]) -> str:
    return f"{_SECONDS * _FPS / _timed(command):.1f}"


def _timed(command: Sequence[str]) -> float:
    begin = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.monotonic() - begin


if __name__ == "__main__":
    main()
