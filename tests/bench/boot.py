"""How long until the engine answers: first visit (nothing cached) and later ones (service worker, compiled code)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.bench.report import machine, spread, table, write_section
from tests.bench.stage import stage, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

RUNS = 3
#: What the page asks of its service worker when it is idle, at once; and whether the snapshot has come.
_FETCH_LAZY = "async () => (await navigator.serviceWorker.ready).active.postMessage('fetch lazy assets')"
_HAS_SNAPSHOT = """async () => (await (await caches.open('keylight-assets')).keys())
    .some((request) => request.url.includes('pyodide-snapshot'))"""
_READY = '[data-part="boot"][data-state="ready"]'


def main() -> None:
    """Measure and write the section."""
    cold_shell, cold_ready, warm_shell, warm_ready = [], [], [], []
    with stage() as (browser, url):
        where = machine(f"Chromium {browser.version}")
        for _ in range(RUNS):
            context = browser.new_context()
            shell, ready = _visit(context, url)
            cold_shell.append(shell)
            cold_ready.append(ready)
            _keep_snapshot(context.pages[0])
            context.pages[0].close()
            _visit(context, url)  # Chromium compiles to its code cache on a second use
            context.pages[0].close()
            shell, ready = _visit(context, url)
            warm_shell.append(shell)
            warm_ready.append(ready)
            context.close()
    rows = [
        ["first visit, nothing cached", spread(cold_shell), spread(cold_ready)],
        ["later visit, service worker and snapshot", spread(warm_shell), spread(warm_ready)],
    ]
    body = (
        "Seconds from opening the address until the shell takes files, and until the engine answers. "
        + f"{RUNS} runs, each in a fresh profile; server and browser on one machine, so downloads cost nothing.\n\n"
        + table(["visit", "shell", "engine ready"], rows)
        + f"\n\n{where}"
    )
    write_section("Boot", body)


def _keep_snapshot(page: Page) -> None:
    page.evaluate(_FETCH_LAZY)
    wait_for(page, lambda: bool(page.evaluate(_HAS_SNAPSHOT)))


def _visit(context: BrowserContext, url: str) -> tuple[float, float]:
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="domcontentloaded")
    wait_for(page, lambda: page.locator('[data-action="add-files"]:visible').count() > 0)
    shell = time.perf_counter() - start
    wait_for(page, lambda: page.locator(_READY).count() > 0)
    return shell, time.perf_counter() - start
