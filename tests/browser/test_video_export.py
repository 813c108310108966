"""The export panel in a real Chromium: presets and rules come from Python, and it says what this server can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.page_support import axe_findings
from tests.browser.test_video import opened_editor, tune, until, until_heard
from tests.serving import running_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["tune"]  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def panel(browser: Browser, server_url: str, tune: Path) -> Iterator[Page]:
    """The editor of the tune with its export panel open."""
    with opened_editor(browser, server_url, tune) as page:
        page.locator('[data-part="video-export"]').click()
        until(lambda: page.locator(".export__preset").count() == 14)
        yield page


def notes(page: Page) -> str:
    return " ".join(page.locator(".export__notes li").all_text_contents())


def test_the_presets_of_the_canvas_stand_first_and_the_first_is_chosen(panel: Page) -> None:
    first = panel.locator(".export__preset").first
    assert first.text_content() == "YouTube 1080p16:9"
    assert first.get_attribute("aria-pressed") == "true"
    until(lambda: notes(panel) == "H.264, 1920 × 1080, 60 fps, AAC, 12 s.")


def test_a_preset_of_another_ratio_says_what_becomes_of_the_video(panel: Page) -> None:
    panel.locator('[data-export="spotify-canvas"]').click()
    until(lambda: "laid out anew for 576 × 1024" in notes(panel))
    assert panel.get_by_label("Length (seconds)").input_value() == "8"
    assert panel.get_by_label("Loop").is_checked()


def test_what_does_not_go_together_is_said_before_anything_is_sent(panel: Page) -> None:
    panel.locator('[data-export="youtube-1080p"]').click()
    until(lambda: "1920 × 1080" in notes(panel))
    panel.get_by_label("Transparent").check()
    until(lambda: "H.264 knows no transparency" in notes(panel))
    assert panel.locator('[data-part="export-go"]').is_disabled()
    panel.get_by_label("Transparent").uncheck()
    until(lambda: "1920 × 1080" in notes(panel))


def test_the_panel_is_accessible(panel: Page) -> None:
    assert axe_findings(panel) == []


def test_a_locked_server_takes_its_token_in_the_panel(browser: Browser, tune: Path, tmp_path: Path) -> None:
    with running_server(tmp_path / "locked", tokens="open-sesame") as server:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(server.url)
        page.locator('[data-part="files"]').set_input_files(str(tune))
        button = page.locator('[data-action="video"]').first
        button.wait_for(state="visible", timeout=120_000)
        button.click()
        until_heard(page)
        page.locator('[data-part="video-export"]').click()
        trouble = page.locator(".export__trouble")
        until(lambda: "wants an access token" in trouble.inner_text())
        assert page.locator('[data-part="export-go"]').is_disabled()
        page.get_by_label("Access token").locator("visible=true").fill("guess")
        page.locator(".export__locked button").click()
        until(lambda: "does not know this token" in trouble.inner_text())
        page.get_by_label("Access token").locator("visible=true").fill("open-sesame")
        page.keyboard.press("Enter")
        until(lambda: "No worker is running" in trouble.inner_text())
        assert page.locator(".export__locked").is_hidden()
        page.context.close()
