"""The page with planted engine, decoder and player (tests/browser/fakes/), so that its own behaviour is tested fast.

The real server serves the page; only the three modules are replaced on their way to the browser.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route

__all__ = ["DESKTOP", "PHONE", "axe_findings", "drop", "open_fake_page", "served_files", "until"]

ROOT = Path(__file__).parents[2]
FAKES = Path(__file__).parent / "fakes"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

#: Files made inside the page, dropped as a person would.
_DROP = """names => {
    const transfer = new DataTransfer();
    for (const name of names) transfer.items.add(new File([name], name, { lastModified: 1 }));
    for (const type of ["dragenter", "dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
}"""

_DEEPENING = ".row[data-details=waiting], .row[data-details=working]"


class _Files(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, each with the same headers beside its own."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".wasm": "application/wasm"}  # noqa: RUF012

    def __init__(self, *args: Any, headers: Mapping[str, str], **options: Any) -> None:
        self._added = headers
        super().__init__(*args, **options)

    def end_headers(self) -> None:
        for name, value in self._added.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextlib.contextmanager
def served_files(headers: Mapping[str, str]) -> Iterator[str]:
    """Address of the repository's files as they are, for test pages of single widgets, under a policy's headers."""
    handler = functools.partial(_Files, directory=str(ROOT), headers=headers)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def open_fake_page(browser: Browser, server_url: str, *, ready: bool = True, **options: Any) -> Page:
    """Keylight with its fakes in a fresh profile; `options` as for `browser.new_context`."""
    options = {"viewport": DESKTOP, "reduced_motion": "reduce", "service_workers": "block", **options}
    page = browser.new_context(**options).new_page()
    for fake in FAKES.glob("*.js"):
        page.route(f"**/js/{fake.name}", functools.partial(_serve, fake))
    page.goto(f"{server_url}/")
    page.locator("[data-part=keys] dt").first.wait_for(state="attached")
    if ready:
        page.evaluate("fakeEngine.become('ready')")
    return page


def _serve(fake: Path, route: Route) -> None:
    route.fulfill(path=fake, content_type="text/javascript")


def drop(page: Page, names: Sequence[str], *, settled: bool = True, rows: int | None = None) -> None:
    """Drop files with these names on the window, and wait until all are answered (or failed); `rows` there are then.

    Details are waited for, too, unless the engine holds them.
    """
    expected = rows if rows is not None else page.locator(".row").count() + len(names)
    page.evaluate(_DROP, list(names))
    until(lambda: page.locator(".row").count() == expected)
    if settled:
        until(lambda: page.locator(".row[data-state=waiting], .row[data-state=working]").count() == 0)
        until(lambda: page.evaluate("fakeEngine.holds") or page.locator(_DEEPENING).count() == 0)


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something true; `page.wait_for_function` would need eval, which the page's headers forbid."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def axe_findings(page: Page) -> list[str]:
    """Serious and critical findings of axe-core, each with the elements."""
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [
        f"{each['id']}: {[node['html'][:120] + ' | ' + node['failureSummary'][:200] for node in each['nodes'][:4]]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]
