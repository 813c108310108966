"""In Chromium, under the app's own headers: the tagger's worker answers what ONNX Runtime answers in CPython."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import pytest

from backend.assets.lock import read_lock
from backend.assets.store import ASSETS_PATH

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


@pytest.fixture
def tagger(page, server_url):
    """Asks the tagger's worker; the page is one of the app's answers, so that its policy holds, and boots nothing."""
    shell = page.request.get("/").text()
    found = re.search(r"/app/\w+", shell)
    assert found
    base = found.group()
    page.goto(f"{base}/boot.json")

    def ask(patches: np.ndarray, count: int) -> dict[str, Any]:
        text = base64.b64encode(patches.tobytes()).decode()
        return page.evaluate(TAG, {"worker": f"{base}/js/tags-worker.js", "patches": text, "count": count})

    return ask


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
