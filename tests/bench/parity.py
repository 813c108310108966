"""How like the page's frames and the server's are: every op, and every template at five times.

Of the page two kinds: CanvasKit in Node, on the CPU, and WebGL in Chromium. No figure depends on the machine's load.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from shared.scene.gallery import TEMPLATES
from tests.bench.report import machine, table, write_section
from tests.parity.__main__ import measure
from tests.parity.cases import cases
from tests.parity.compare import Row, psnr
from tests.parity.page import bundle
from tests.parity.server import paint_on_the_server, target_size
from tests.parity.templates import LEAST_DECIBELS, LEAST_SSIM, TIMES, Likeness, likenesses, paint_in_node, write_scenes
from tests.parity.webgl import CANVASKIT, WEBGL_FLAGS, paint_on_webgl, painter_pages, picture

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["main", "ops_section", "templates_section"]


def main() -> None:
    """Measure and write both sections."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        chromium = playwright.chromium.launch(executable_path=path, args=WEBGL_FLAGS)
        where = machine(f"Chromium {chromium.version}")
        write_section("Films: page and server, every op", f"{ops_section(chromium)}\n\n{where}")
        write_section("Films: page and server, every template", f"{templates_section(chromium)}\n\n{where}")
        chromium.close()


def ops_section(chromium: Browser) -> str:
    """Worst case of each op."""
    with tempfile.TemporaryDirectory() as scratch:
        node = _worst(measure(Path(scratch)))
    webgl = _worst(_webgl_rows(chromium))
    rows = [[op, *_cells(node[op]), *_cells(webgl[op])] for op in node]
    return (
        "PSNR in decibels of the worst case of each op, against the server's painter: CanvasKit in Node at half,\n"
        + "whole and one and a half size, WebGL (SwiftShader) at whole size.\n\n"
        + table(["op", "Node, worst case", "dB", "WebGL, worst case", "dB"], rows)
    )


def templates_section(chromium: Browser) -> str:
    """Worst time of each template."""
    names = [each.name for each in TEMPLATES]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        servers = write_scenes(names, TIMES, folder)
        pages = paint_in_node(servers, folder)
        rows, short = [], []
        with painter_pages(folder) as opened:
            ask = opened(chromium)
            for name in names:
                print(f"bench: parity of {name}", flush=True)
                server = servers[name]
                node = likenesses(name, TIMES, pages[name], server)
                webgl = likenesses(name, TIMES, paint_on_webgl(ask, name, server.shape), server)
                rows.append([name, *_least(node), *_least(webgl)])
                if any(one.decibels < LEAST_DECIBELS or one.ssim < LEAST_SSIM for one in [*node, *webgl]):
                    short.append(name)
    return (
        f"The worst of {len(TIMES)} times, a third of the canvas' size. Short of {LEAST_DECIBELS:g} dB or"
        + f" {LEAST_SSIM:g}: {', '.join(short) or 'none'}.\n\n"
        + table(["template", "Node, dB", "Node, SSIM", "WebGL, dB", "WebGL, SSIM"], rows)
    )


def _webgl_rows(chromium: Browser) -> list[Row]:
    every = cases()
    width, height = target_size(1.0)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        bundle(every, folder)
        servers = paint_on_the_server(every, 1.0, folder)
        with painter_pages(folder) as opened:
            ask = opened(chromium)
            ask("open", canvaskit=CANVASKIT, kind="webgl", width=width, height=height)
            rows = []
            for number, (case, server) in enumerate(zip(every, servers, strict=True)):
                page = picture(ask("play", number=number), (height, width, 4))
                rows.append(Row(case.group, case.name, 1.0, psnr(page, server), 0))
    return rows


def _worst(rows: Sequence[Row]) -> dict[str, Row]:
    return {row.group: row for row in sorted(rows, key=lambda row: -row.decibels)}


def _cells(row: Row) -> list[str]:
    return [row.name or "as it is", "the same" if math.isinf(row.decibels) else f"{row.decibels:.1f}"]


def _least(found: Sequence[Likeness]) -> list[str]:
    return [f"{min(one.decibels for one in found):.1f}", f"{min(one.ssim for one in found):.4f}"]


if __name__ == "__main__":
    main()
