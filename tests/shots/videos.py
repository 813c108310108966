"""`docs/gallery-*.png` and `docs/video-*.png`: the video editor on a desk, a tablet and a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.bench.stage import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

__all__ = ["shoot_videos"]

_SIZES: Final[dict[int, ViewportSize]] = {
    1440: {"width": 1440, "height": 900},
    1024: {"width": 1024, "height": 768},
    390: {"width": 390, "height": 844},
}
_TEMPLATES: Final = {1440: "sunset-drive", 1024: "neon-sign", 390: "aftermovie"}
_SECOND: Final = 41.0
#: As in the browser tests: the module's own instance.
_EDITOR: Final = "(await import(document.querySelector('script[src$=\"main.js\"]').src)).video.editor"
#: A picture takes the painter a moment after it was asked for; without a GPU the gallery's take seconds.
_STILL_MILLISECONDS: Final = 1500


def shoot_videos(browser: Browser, url: str, song: Path, docs: Path) -> None:
    """The gallery, and a layer in the inspector that follows the drums, at each width."""
    for width in _SIZES:
        _shoot(browser, url, song, width, docs)


def _shoot(browser: Browser, url: str, song: Path, width: int, docs: Path) -> None:
    context = browser.new_context(viewport=_SIZES[width], color_scheme="light" if width == 1024 else "dark")
    page = context.new_page()
    page.goto(url)
    page.locator('[data-part="files"]').set_input_files(str(song))
    button = page.locator('[data-action="video"]').first
    button.wait_for(state="visible", timeout=240_000)
    button.click()
    wait_for(page, lambda: bool(page.evaluate(f"async () => {_EDITOR}?.model?.song.features")), 240)
    wait_for(page, lambda: page.evaluate(f"async () => {_EDITOR}.model.song.sections.length") > 0, 240)
    page.locator(f'[data-template="{_TEMPLATES[width]}"]').click()
    page.evaluate(f"async (at) => {_EDITOR}.player.seek(at)", _SECOND)
    wait_for(page, lambda: _pictures(page), 240)
    page.mouse.move(width / 2, 5)
    page.locator(".gallery__search").focus()
    page.wait_for_timeout(_STILL_MILLISECONDS)
    page.screenshot(path=docs / f"gallery-{width}.png")
    _follow_the_drums(page)
    page.screenshot(path=docs / f"video-{width}.png")
    context.close()


def _pictures(page: Page) -> bool:
    """Whether all that is seen of the gallery is painted of this song."""
    return bool(
        page.evaluate("""() => [...document.querySelectorAll(".gallery__picture")].every((canvas) => {
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            return data.some((value) => value > 0);
        })""")
    )


def _follow_the_drums(page: Page) -> None:
    page.locator("#tab-layers").click()
    page.locator(".layer__name", has_text="Title").first.click()
    row = page.locator(".prop--number", has_text="Scale").first
    row.scroll_into_view_if_needed()
    row.hover()
    row.locator(".prop__drive").click()
    ends = row.locator(".drive__line .field-number")
    for place, value in ((0, "1"), (1, "1.3")):
        ends.nth(place).fill(value)
        ends.nth(place).press("Tab")
    row.locator("select").nth(0).select_option("drums")
    wait_for(page, lambda: bool(page.evaluate(f"async () => {_EDITOR}.model.song.stems?.length")), 300)
    row.locator("select").nth(1).select_option("kick")
    row.evaluate("row => row.scrollIntoView({ block: 'center' })")
    page.mouse.move(5, 5)
    page.wait_for_timeout(_STILL_MILLISECONDS)
