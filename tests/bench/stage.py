"""The real server and a real Chromium for benchmarks, outside pytest."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM_FLAGS
from tests.serving import running_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["ROOT", "SONGS", "stage", "wait_for"]

ROOT = Path(__file__).parents[2]
SONGS = ROOT.parent / "shared" / "data" / "songs"


@contextmanager
def stage(**settings: object) -> Iterator[tuple[Browser, str]]:
    """A fresh Chromium and the address of a fresh server; `settings` as for `running_server`."""
    with (
        tempfile.TemporaryDirectory() as data,
        running_server(Path(data), **settings) as server,  # workers would take processors from what is measured
        sync_playwright() as playwright,
    ):
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium, server.url
        chromium.close()


def wait_for(page: Page, holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Poll until something is true (the page's policy forbids Playwright's own waiting by eval)."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        page.wait_for_timeout(10)
