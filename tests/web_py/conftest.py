"""The real tagger of CPython."""

from __future__ import annotations

import sys

import pytest

from web.py.analysis.tagger import TaggerBridge


@pytest.fixture(scope="session")
def tagger() -> TaggerBridge:
    if sys.platform == "emscripten":
        pytest.skip("JavaScript's promises cannot be awaited in a test here; tests/browser/test_tags.py asks Chromium")
    from web.py.analysis.native_tagger import NativeTagger

    return NativeTagger()
