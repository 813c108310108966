"""In Chromium, under the app's own headers: the tagger answers what ONNX Runtime answers in CPython.

It does so without network, too; and the page shows what it heard, or says that it could not listen.
"""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import pytest

from backend.assets.lock import read_lock
from backend.assets.store import ASSETS_PATH
from shared.theory.keys import parse_key
from tests.browser.decode_support import encode
from tests.browser.page_support import until
from tests.signals import RATE, song

pytestmark = pytest.mark.browser

TAG = """async ({ worker, patches, count }) => {
  const bytes = Uint8Array.from(atob(patches), (c) => c.charCodeAt(0));
  const tagger = new Worker(worker, { type: "module" });
  const ask = (id, request, arrays) => new Promise((resolve, reject) => {
    tagger.onmessage = ({ data }) => resolve(data);
    tagger.onerror = (event) => reject(new Error(event.message));
    tagger.postMessage({ id, request, arrays });
  });
  const text = (array) => btoa(String.fromCharCode(...new Uint8Array(array.buffer)));
  const times = [performance.now()];
  const loaded = await ask(1, { type: "load" }, []);
  times.push(performance.now());
  const answer = await ask(2, { type: "tag", count }, [new Float32Array(bytes.buffer)]);
  times.push(performance.now());
  tagger.terminate();
  return { loaded, error: answer.error ?? null, arrays: answer.arrays?.map(text), times };
}"""


def build_of(page) -> str:
    """Address of the app's build, without a closing slash."""
    found = re.search(r"/app/\w+", page.request.get("/").text())
    assert found
    return found.group()


def ask(page, base: str, patches: np.ndarray, count: int) -> dict[str, Any]:
    text = base64.b64encode(patches.tobytes()).decode()
    return page.evaluate(TAG, {"worker": f"{base}/js/tags-worker.js", "patches": text, "count": count})


@pytest.fixture
def tagger(page):
    """Asks the tagger's worker; the page is one of the app's answers, so that its policy holds, and boots nothing."""
    base = build_of(page)
    page.goto(f"{base}/boot.json")
    return lambda patches, count: ask(page, base, patches, count)


def test_the_worker_answers_what_cpython_answers(tagger):
    ort = pytest.importorskip("onnxruntime")
    package = read_lock().package("musicnn")
    (model,) = [file.path for file in package.files if file.recipe]
    session = ort.InferenceSession(str(ASSETS_PATH / package.folder / model))
    chance = np.random.default_rng(5)
    patches = (chance.uniform(0, 3, (4, 187, 96)) * chance.uniform(0, 1, (4, 1, 96))).astype(np.float32)
    expected = session.run(["logits", "embedding"], {"mel": patches})
    found = tagger(patches, len(patches))
    assert found["loaded"]["ok"], found
    assert found["error"] is None, found
    for text, reference in zip(found["arrays"], expected, strict=True):
        array = np.frombuffer(base64.b64decode(text), np.float32).reshape(reference.shape)
        np.testing.assert_allclose(array, reference, atol=1e-3)
    assert np.std(expected[0], axis=0).max() > 0.1, "the patches differ"


def test_a_wrong_number_of_patches_is_refused(tagger):
    found = tagger(np.zeros(100, np.float32), 2)
    assert found["error"]["message"] == "expected 2 patches of 17952 float32, got 100 numbers"


def test_a_tagger_that_cannot_be_had_is_an_answer(page, tagger):
    page.context.route("**/*.onnx", lambda route: route.abort())
    found = tagger(np.zeros((1, 187, 96), np.float32), 1)
    assert found["loaded"]["ok"] is False
    assert found["error"]["type"] == "TaggerError"


def ready(page) -> None:
    until(lambda: page.locator('[data-part="boot"]').get_attribute("data-state") == "ready", 120)


def test_the_tagger_listens_without_network_once_it_is_kept(page):
    base = build_of(page)
    page.goto("/")
    ready(page)
    page.evaluate("async () => (await navigator.serviceWorker.ready).active.postMessage('fetch lazy assets')")
    wanted = [
        f"/assets/{p.folder}/{f.path}"
        for p in map(read_lock().package, ("onnxruntime-web", "musicnn"))
        for f in p.files
    ]
    kept = "async (urls) => (await Promise.all(urls.map((url) => caches.match(url)))).every(Boolean)"
    until(lambda: page.evaluate(kept, wanted), 60)
    page.goto("/")  # the service worker's from its first request on
    page.context.set_offline(True)
    found = ask(page, base, np.random.default_rng(5).uniform(0, 3, (1, 187, 96)).astype(np.float32), 1)
    page.context.set_offline(False)
    assert found["loaded"]["ok"], found
    assert found["error"] is None


@pytest.mark.parametrize("reachable", [True, False])
def test_the_page_shows_tags_or_says_that_it_has_none(browser, server_url, tmp_path, reachable):
    one = song(parse_key("A minor"), bpm=124, seconds=16)
    path = encode(tmp_path / "song.flac", "flac", np.stack([one, one]), RATE)
    context = browser.new_context(base_url=server_url, service_workers="block")
    if not reachable:
        context.route("**/*.onnx", lambda route: route.abort())
    page = context.new_page()
    page.goto("/")
    ready(page)
    page.locator('input[type="file"]').first.set_input_files(str(path))
    until(lambda: page.locator(".row[data-details=done]").count() == 1, 120)
    heard = page.locator(".mood-heard").inner_text()
    assert heard.startswith("Judged by a music tagger" if reachable else "Judged by the sound alone")
    assert (page.locator(".mood-tags li").count() > 0) is reachable
    context.close()


def test_a_network_that_never_comes_holds_nobody_up(browser, server_url, tmp_path):
    paths = []
    for name, key in (("one", "A minor"), ("two", "F major"), ("three", "D minor")):
        audio = song(parse_key(key), bpm=124, seconds=16)
        paths.append(str(encode(tmp_path / f"{name}.flac", "flac", np.stack([audio, audio]), RATE)))
    context = browser.new_context(base_url=server_url, service_workers="block")
    context.route("**/*.onnx", lambda route: None)  # asked for, never answered
    page = context.new_page()
    page.goto("/")
    ready(page)
    page.locator('input[type="file"]').first.set_input_files(paths)
    until(lambda: page.locator(".row[data-details=done]").count() == 3, 60)
    assert page.locator(".mood-heard").inner_text().startswith("Judged by the sound alone")
    assert "still being downloaded" in page.locator('[data-part="notes"]').inner_text()
    context.close()
