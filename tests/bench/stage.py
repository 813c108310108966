"""The real server and a real Chromium for benchmarks, outside pytest."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM_FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["ROOT", "SONGS", "stage", "wait_for"]

ROOT = Path(__file__).parents[2]
SONGS = ROOT.parent / "shared" / "data" / "songs"


@contextmanager
def stage() -> Iterator[tuple[Browser, str]]:
    """A fresh Chromium and the address of a fresh server."""
    command = [sys.executable, "-m", "backend", "--port", "0"]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server,
        sync_playwright() as playwright,
    ):
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+(?=/)", server.stdout.readline())
            assert found, "the server printed no address"
            path = shutil.which("chromium") or shutil.which("chromium-browser")
            chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
            yield chromium, found.group()
            chromium.close()
        finally:
            server.terminate()


def wait_for(page: Page, holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Poll until something is true (the page's policy forbids Playwright's own waiting by eval)."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        page.wait_for_timeout(10)
