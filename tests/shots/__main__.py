"""Takes `docs/<state>-<width>.png` of the real app with real songs, at both widths.

    python -m tests.shots [page] [videos] [films]

page: empty, working, result, details (what stands below the waveform), stems (the choice), mixer and error. videos: the
video editor with its gallery and its inspector. films: frames of ten films. Without a word, all.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shared.theory.keys import parse_key
from tests.bench.stage import ROOT, SONGS, stage, wait_for
from tests.browser.decode_support import encode
from tests.serving import tiny_models_folder
from tests.shots.films import shoot_films
from tests.shots.videos import shoot_videos
from tests.signals import RATE, song

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

SIZES: dict[int, ViewportSize] = {1440: {"width": 1440, "height": 900}, 390: {"width": 390, "height": 844}}
#: A window in which nothing needs to be scrolled.
TALL = 3600
DOCS = ROOT / "docs"


def main(wanted: Sequence[str], folder: Path) -> int:
    """All states at both widths; the desk is dark, the phone light, so that both themes are seen."""
    parts = set(wanted) or {"page", "videos", "films"}
    songs = _songs(folder)
    if "films" in parts:
        shoot_films(songs[1], folder, DOCS / "frames.webp")
    if "videos" in parts:
        with stage() as (browser, url):
            shoot_videos(browser, url, songs[1], DOCS)
    if "page" in parts:
        _shoot_page(songs, folder)
    return 0


def _shoot_page(songs: list[Path], folder: Path) -> None:
    broken = folder / "Renamed holiday photo.mp3"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"no music" * 200)
    with stage(workers="cpu", models=tiny_models_folder()) as (browser, url):
        for width in SIZES:
            _shoot(browser, url, width, songs, broken)


def _songs(folder: Path) -> list[Path]:
    found = [SONGS / name for name in ("vibe_ace.ogg", "lets_go_fishin.ogg", "sugar_plum_fairy.ogg")]
    if all(path.is_file() for path in found):
        return found
    made = [("Night Drive.mp3", "A minor", 128), ("Sunrise.mp3", "C major", 122), ("Deep End.mp3", "F minor", 124)]
    return [
        encode(folder / name, "libmp3lame", np.stack([song(parse_key(key), bpm=bpm, seconds=90)] * 2), RATE)
        for name, key, bpm in made
    ]


def _shoot(browser: Browser, url: str, width: int, songs: list[Path], broken: Path) -> None:
    context = browser.new_context(viewport=SIZES[width], color_scheme="dark" if width > 1000 else "light")
    page = context.new_page()
    page.goto(url)
    wait_for(page, lambda: page.locator('[data-part="boot"][data-state="ready"]').count() > 0)
    page.wait_for_timeout(500)
    page.screenshot(path=DOCS / f"empty-{width}.png")
    files = page.locator('input[type="file"]').first
    files.set_input_files([str(path) for path in songs])
    wait_for(page, lambda: page.locator(".row[data-state=working]").count() > 0)
    page.wait_for_timeout(1200)
    page.screenshot(path=DOCS / f"working-{width}.png")
    _wait_until_settled(page)
    _dismiss_notices(page)
    _unfold(page, False)
    page.screenshot(path=DOCS / f"result-{width}.png")
    _shoot_details(page, width)
    _shoot_stems(page, width)
    files.set_input_files([str(broken)])
    wait_for(page, lambda: page.locator(".row[data-state=failed]").count() > 0)
    _unfold(page, True)
    page.locator(".row[data-state=failed]").first.click()
    _unfold(page, False)
    page.evaluate("scrollTo(0, 0)")
    _dismiss_notices(page)
    page.screenshot(path=DOCS / f"error-{width}.png")
    context.close()


def _shoot_details(page: Page, width: int) -> None:
    """What stands below the waveform, with one mood opened to what moved it, all in one picture."""
    page.locator(".mood-energy summary").click()
    page.set_viewport_size({"width": width, "height": TALL})
    page.wait_for_timeout(400)
    cards = page.locator(".cards").bounding_box()
    assert cards is not None
    page.screenshot(path=DOCS / f"details-{width}.png", clip=cards)
    page.locator(".mood-energy summary").click()
    page.set_viewport_size(SIZES[width])


def _shoot_stems(page: Page, width: int) -> None:
    """The choice of a separation (the server's on the desk), and the mixer with the stems of the quick one."""
    card = page.locator('[data-part="stems"]')
    page.get_by_role("button", name="Separate stems").click()
    wait_for(page, lambda: page.locator('[name="stems-model"]:enabled').count() > 1)
    page.locator(f'[name="stems-model"][value="{"htdemucs" if width > 1000 else "quick"}"]').check()
    page.wait_for_timeout(800)
    page.screenshot(path=DOCS / f"stems-{width}.png")
    page.locator('[name="stems-model"][value="quick"]').check()
    page.locator('[data-part="choice-go"]').click()
    wait_for(page, lambda: card.get_attribute("data-state") in ("done", "failed"), 240)
    card.evaluate("card => card.scrollIntoView({ block: 'start' })")
    page.wait_for_timeout(800)
    page.screenshot(path=DOCS / f"mixer-{width}.png")


def _unfold(page: Page, wanted: bool) -> None:
    """On a phone the list of tracks folds; several files unfold it by themselves."""
    fold = page.locator('[data-part="fold"]')
    if fold.is_visible() and (fold.get_attribute("aria-expanded") == "true") != wanted:
        fold.click()


def _wait_until_settled(page: Page) -> None:
    moving = [f".row[data-{part}={state}]" for part in ("state", "details") for state in ("waiting", "working")]
    wait_for(page, lambda: page.locator(", ".join(moving)).count() == 0, 240)


def _dismiss_notices(page: Page) -> None:
    page.wait_for_timeout(300)
    closers = page.locator('[data-part="notices"] [data-part="close"]:visible')
    while closers.count():
        closers.first.click()
    page.wait_for_timeout(400)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(main(sys.argv[1:], Path(temporary)))
