"""A Chromium with WebGL, for the tests of the painter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium_with_webgl(chromium_path: str | None, browser: Browser) -> Iterator[Browser]:
    """Chromium whose WebGL is its own software driver."""
    from tests.parity.webgl import WEBGL_FLAGS

    chromium = browser.browser_type.launch(executable_path=chromium_path, args=WEBGL_FLAGS)
    yield chromium
    chromium.close()
