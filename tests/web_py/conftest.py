"""The real Essentia of each platform: essentia.js inside Pyodide, the PyPI package in CPython; CPython's tagger."""

from __future__ import annotations

import sys

import pytest

from web.py.analysis.essentia import EssentiaBridge
from web.py.analysis.tagger import TaggerBridge


@pytest.fixture(scope="session")
def essentia() -> EssentiaBridge:
    if sys.platform == "emscripten":
        from js import EssentiaWASM

        from web.py.bridge import EssentiaJs

        return EssentiaJs(EssentiaWASM)
    from web.py.analysis.native import NativeEssentia

    return NativeEssentia()


@pytest.fixture(scope="session")
def tagger() -> TaggerBridge:
    if sys.platform == "emscripten":
        pytest.skip("JavaScript's promises cannot be awaited in a test here; tests/browser/test_tags.py asks Chromium")
    from web.py.analysis.native_tagger import NativeTagger

    return NativeTagger()
