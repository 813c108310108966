"""The patched essentia.js is the locked file but for the patch, answers like it, and needs no code made from text."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from backend.assets.lock import AssetError, read_lock
from backend.assets.patches import PATCHES, apply_patch
from backend.assets.store import ASSETS_PATH

PROBE = Path(__file__).with_name("essentia-probe.mjs")
NO_TEXT = "--disallow-code-generation-from-strings"


@pytest.fixture(scope="module")
def patched() -> Path:
    return ASSETS_PATH / read_lock().package("essentia.js").folder / "essentia-wasm.es.js"


@pytest.fixture(scope="module")
def original(patched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file as it came, got back by undoing the patch; the lock's hash proves it."""
    text = patched.read_text("utf-8")
    for old, new in PATCHES["no-eval"]:
        assert text.count(new) == 1
        text = text.replace(new, old)
    locked = next(file for file in read_lock().package("essentia.js").files if file.patch)
    assert hashlib.sha256(text.encode()).hexdigest() == locked.sha256
    path = tmp_path_factory.mktemp("essentia") / "essentia-wasm.es.mjs"
    path.write_text(text, "utf-8")
    return path


def run_probe(module: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = ["node", *flags, str(PROBE), str(module)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def probe(module: Path, *flags: str) -> Any:
    done = run_probe(module, *flags)
    assert done.returncode == 0, done.stderr[-300:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_patched_module_answers_as_the_original_and_makes_no_code_from_text(original: Path, patched: Path) -> None:
    ours = probe(patched, NO_TEXT)
    assert ours == probe(original)
    assert {(a["key"], a["scale"], round(a["bpm"])) for a in ours["answers"]} == {("A", "minor", 120)}
    assert "called with 1 arguments, expected 15 args" in ours["complaints"][0]
    assert ours["heap"][1] == ours["heap"][-1]


def test_the_original_needs_code_made_from_text(original: Path) -> None:
    done = run_probe(original, NO_TEXT)
    assert done.returncode != 0


def test_canvaskit_is_a_module_that_makes_no_code_from_text() -> None:
    folder = ASSETS_PATH / read_lock().package("canvaskit").folder
    text = (folder / "canvaskit.js").read_text("utf-8")
    assert text.count("\nexport default CanvasKitInit;\n") == 1
    assert "new Function(" not in text
    assert "eval(" not in text


def test_a_text_that_is_not_there_is_named() -> None:
    with pytest.raises(AssetError, match=r"a\.js: patch 'no-eval': expected once, got 0 times"):
        apply_patch("no-eval", b"something newer", where="a.js")


def test_an_unknown_patch_is_named() -> None:
    with pytest.raises(AssetError, match=r"a\.js: expected a patch out of \['es-module', 'no-eval'\], got 'other'"):
        apply_patch("other", b"", where="a.js")
