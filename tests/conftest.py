"""Fixtures that several rooms share: the real server as a process, and a real Chromium."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.serving import get_json, running_server, tiny_models_folder, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a real server on a free port, without a closing slash. It has no workers: it separates nothing."""
    with running_server(tmp_path_factory.mktemp("data")) as server:
        yield server.url


@pytest.fixture(scope="session")
def stems_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `stems_server` keeps its data."""
    return tmp_path_factory.mktemp("stems")


@pytest.fixture(scope="session")
def stems_server(stems_data: Path) -> Iterator[str]:
    """Address of a real server with a worker on the CPU and the tiny models: jobs come to their end in seconds."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("separation is not installed")
    with running_server(stems_data, models=tiny_models_folder(), per_client=20, rate=1000, workers="cpu") as server:
        wait_for(lambda: get_json(f"{server.url}/api/capabilities")["separation"], what="separation")
        yield server.url


@pytest.fixture(scope="session")
def chromium_path() -> str | None:
    """The system's Chromium, or None for the one Playwright brought."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser(chromium_path: str | None) -> Iterator[Browser]:
    """One Chromium for the whole run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser, server_url: str) -> Iterator[BrowserContext]:
    """A fresh profile: no cache, no service worker, no storage."""
    fresh = browser.new_context(base_url=server_url, viewport={"width": 1440, "height": 900})
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A blank page in a fresh profile; `page.goto("/")` opens Keylight."""
    return context.new_page()
