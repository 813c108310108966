"""The way of filming a page: headless Chromium shows frame after frame, a screenshot of each goes to ffmpeg.

As Remotion and others do it: JPEG of quality 80 by the browser's own protocol, a page per core side by side. The page
draws one look, about that of our template "default", on a canvas.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, CDPSession, Page, async_playwright

from shared.spectrum.features import Features
from tests.conftest import CHROMIUM_FLAGS

__all__ = ["film_page"]

_PAGE: Final = Path(__file__).with_name("film_page.html")
_BARS: Final = 132
_SHOT: Final = {"format": "jpeg", "quality": 80}


def film_page(features: Features, out: Path, *, frames: int, fps: int, size: tuple[int, int]) -> float:
    """Make a film without sound; seconds that it took, without the browser's start."""
    return asyncio.run(_film(features, out, frames, fps, size))


async def _film(features: Features, out: Path, frames: int, fps: int, size: tuple[int, int]) -> float:
    async with async_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        pages = [await _open(browser, size) for _ in range(os.cpu_count() or 1)]
        begin = time.monotonic()
        command = ["ffmpeg", "-v", "error", "-y", "-f", "image2pipe", "-c:v", "mjpeg", "-r", str(fps), "-i", "-"]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", str(out)]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
            assert encoder.stdin is not None
            for first in range(0, frames, len(pages)):
                side_by_side = zip(range(first, frames), pages, strict=False)
                shots = await asyncio.gather(*(_shot(*page, features, at / fps) for at, page in side_by_side))
                for shot in shots:
                    await asyncio.to_thread(encoder.stdin.write, shot)
            encoder.stdin.close()
            code = await asyncio.to_thread(encoder.wait)
        took = time.monotonic() - begin
        await browser.close()
    assert code == 0, "ffmpeg failed"
    return took


async def _open(browser: Browser, size: tuple[int, int]) -> tuple[Page, CDPSession]:
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = await context.new_page()
    await page.goto(_PAGE.as_uri())
    return page, await context.new_cdp_session(page)


async def _shot(page: Page, session: CDPSession, features: Features, t: float) -> bytes:
    levels = features.bands_at(t, _BARS).tolist()
    await page.evaluate("([bands, bass]) => show(bands, bass)", [levels, max(levels[:16])])
    answer: dict[str, Any] = await session.send("Page.captureScreenshot", _SHOT)
    return base64.b64decode(answer["data"])
