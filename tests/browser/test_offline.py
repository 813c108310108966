"""The second visit needs no network, the app can be installed, and nothing on the page speaks to anyone else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from backend.assets.lock import read_lock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

BOOT_MS = 120_000


def wait_until_ready(page: Page) -> None:
    """The engine answers: the page's own status says so."""
    expect(page.locator('[data-part="boot"]')).to_have_attribute("data-state", "ready", timeout=BOOT_MS)


def kept_addresses(page: Page) -> dict[str, list[str]]:
    """Addresses kept by the service worker, by cache."""
    kept: dict[str, list[str]] = page.evaluate(
        """async () => {
          const kept = {};
          for (const name of await caches.keys()) {
            kept[name] = (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname);
          }
          return kept;
        }"""
    )
    return kept


def wait_until_tagger_is_kept(page: Page) -> None:
    """The service worker has the tagger too, which it fetches when the page is idle."""
    packages = map(read_lock().package, ("onnxruntime-web", "musicnn"))
    wanted = {f"/assets/{package.folder}/{file.path}" for package in packages for file in package.files}
    for _ in range(240):
        if wanted <= {url for urls in kept_addresses(page).values() for url in urls}:
            return
        page.wait_for_timeout(250)
    pytest.fail(f"the service worker did not keep {sorted(wanted)}")


@pytest.fixture(scope="module")
def installed(browser: Browser, server_url: str) -> Iterator[BrowserContext]:
    """A profile after its first visit: service worker active with everything kept."""
    context = browser.new_context(base_url=server_url)
    page = context.new_page()
    page.goto("/")
    wait_until_ready(page)
    page.evaluate("async () => { (await navigator.serviceWorker.ready).active.postMessage('fetch lazy assets') }")
    wait_until_tagger_is_kept(page)
    page.close()
    yield context
    context.close()


@pytest.fixture
def visited(installed: BrowserContext) -> Iterator[Page]:
    """A page of that profile, still with network; whether its engine is up does not matter."""
    page = installed.new_page()
    page.goto("/")
    yield page
    page.close()
    installed.set_offline(False)


def test_the_second_visit_works_without_network(visited: Page, installed: BrowserContext) -> None:
    failed: list[str] = []
    visited.close()
    installed.set_offline(True)
    tab = installed.new_page()
    tab.on("requestfailed", lambda request: failed.append(request.url))
    answer = tab.goto("/")
    wait_until_ready(tab)
    assert tab.evaluate("crossOriginIsolated") is True
    assert failed == []
    assert answer is not None
    assert answer.from_service_worker
    headers = answer.all_headers()
    assert "script-src 'self' 'wasm-unsafe-eval'" in headers["content-security-policy"]
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    tab.close()


def test_all_that_a_start_needs_is_kept_and_no_tests(visited: Page) -> None:
    kept = kept_addresses(visited)
    boot = visited.evaluate(
        """async () => {
          const sheet = document.querySelector('link[rel="stylesheet"]').href;
          return (await fetch(sheet.replace(/css.*/, "boot.json"))).json();
        }"""
    )
    assert sorted(kept) == [f"keylight-app-{boot['build']}", "keylight-assets"]
    everything = {path for paths in kept.values() for path in paths}
    assert set(boot["precache"]) <= everything
    assert not any("pytest" in path for path in everything)


def test_the_lazy_decoder_is_kept_when_the_page_asks(visited: Page) -> None:
    visited.evaluate("async () => (await navigator.serviceWorker.ready).active.postMessage('fetch lazy assets')")
    for _ in range(300):
        kept = kept_addresses(visited)["keylight-assets"]
        if sum("ffmpeg-core" in path for path in kept) == 2:
            break
        visited.wait_for_timeout(100)
    else:
        pytest.fail(f"expected FFmpeg's two files in the cache, got {kept}")
    assert sum("pyodide-snapshot" in path for path in kept) == 1


def test_a_later_visit_begins_from_the_snapshot(visited: Page, installed: BrowserContext) -> None:
    """Runs after the test that let the service worker keep it; offline, so that nothing else can help."""
    visited.close()
    installed.set_offline(True)
    tab = installed.new_page()
    complaints: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text))
    tab.goto("/")
    wait_until_ready(tab)
    expect(tab.locator('[data-part="boot"]')).to_have_attribute("data-snapshot", "true")
    assert complaints == []
    tab.close()


def test_the_app_can_be_installed(installed: BrowserContext, visited: Page) -> None:
    session = installed.new_cdp_session(visited)
    manifest: dict[str, Any] = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A profile that is thrown away cannot install anything; nothing else may stand in the way.
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []
    icons = json.loads(manifest["data"])["icons"]
    assert {icon["purpose"] for icon in icons} == {"any", "maskable"}
    for icon in icons:
        answer = visited.request.get(icon["src"])
        assert answer.ok
        assert answer.headers["content-type"] == icon["type"]


def test_every_request_of_a_visit_goes_to_our_own_server(browser: Browser, server_url: str) -> None:
    context = browser.new_context(base_url=server_url)
    asked: list[str] = []
    broken: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("response", lambda answer: broken.append(answer.url) if answer.status >= 400 else None)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/")
    wait_until_ready(page)
    page.wait_for_timeout(1000)
    context.close()
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith((server_url, "data:", "blob:"))] == []
    assert broken == []
    assert complaints == []
