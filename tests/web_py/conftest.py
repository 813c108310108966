"""The real Essentia of each platform: essentia.js inside Pyodide, the PyPI package in CPython."""

from __future__ import annotations

import sys

import pytest

from web.py.analysis.essentia import EssentiaBridge


@pytest.fixture(scope="session")
def essentia() -> EssentiaBridge:
    if sys.platform == "emscripten":
        from js import EssentiaWASM

        from web.py.bridge import EssentiaJs

        return EssentiaJs(EssentiaWASM)
    from web.py.analysis.native import NativeEssentia

    return NativeEssentia()
