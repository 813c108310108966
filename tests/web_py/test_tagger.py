"""The tagger of the command line answers, or says in a sentence why not."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest

from web.py.analysis.tagger import (
    EMBEDDING_SIZE,
    TAG_COUNT,
    Hearing,
    TaggerBridge,
    TaggerError,
    TagReading,
    checked_reading,
)

CPYTHON = pytest.mark.skipif(sys.platform == "emscripten", reason="ONNX Runtime for Python is for CPython")


@CPYTHON
def test_a_missing_network_is_a_sentence_with_the_remedy(tmp_path: Path) -> None:
    from web.py.analysis.native_tagger import NativeTagger

    tagger = NativeTagger(tmp_path / "none.onnx")
    with pytest.raises(TaggerError, match=r"is not at .*none\.onnx\. Run `python -m backend\.assets` once"):
        heard(tagger.tag(np.zeros((1, 187, 96), np.float32)))


@CPYTHON
def test_a_damaged_network_is_a_sentence(tmp_path: Path) -> None:
    from web.py.analysis.native_tagger import NativeTagger

    (tmp_path / "bad.onnx").write_bytes(b"\x08\x09" + bytes(50))
    with pytest.raises(TaggerError, match=r"Tags are left out: bad\.onnx cannot be read"):
        heard(NativeTagger(tmp_path / "bad.onnx").tag(np.zeros((1, 187, 96), np.float32)))


@CPYTHON
def test_the_network_is_looked_for_where_the_lock_puts_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from backend.assets.lock import read_lock
    from web.py.analysis.native_tagger import MODEL, assets_path

    package = read_lock().package("musicnn")
    assert MODEL in [f"{package.folder}/{file.path}" for file in package.files]
    assert (assets_path() / MODEL).is_file()
    monkeypatch.setenv("KEYLIGHT_ASSETS", str(tmp_path))
    assert assets_path() == tmp_path


@CPYTHON
def test_the_package_is_of_the_version_that_the_page_has() -> None:
    import onnxruntime

    from backend.assets.lock import read_lock

    assert onnxruntime.__version__ == read_lock().package("onnxruntime-web").version


def heard(hearing: Hearing) -> TagReading:
    async def answer() -> TagReading:
        return await hearing

    return asyncio.run(answer())


def planted() -> np.ndarray:
    """Three patches of falling loudness and different colour: float32 [3, 187, 96]."""
    chance = np.random.default_rng(4)
    tilt = np.linspace(1, 0, 96) ** np.arange(3)[:, None, None]
    return (chance.uniform(0, 3, (3, 187, 96)) * tilt).astype(np.float32)


def test_patches_are_heard_one_by_one(tagger: TaggerBridge) -> None:
    patches = planted()
    reading = heard(tagger.tag(patches))
    assert reading.logits.shape == (3, TAG_COUNT)
    assert reading.embedding.shape == (3, EMBEDDING_SIZE)
    alone = heard(tagger.tag(patches[1:2]))
    np.testing.assert_array_equal(alone.logits[0], reading.logits[1])
    assert np.ptp(reading.logits, axis=0).max() > 0.5


def test_an_answer_of_another_size_is_refused() -> None:
    with pytest.raises(TaggerError, match="Expected 50 tags a patch from the tagger, got 49 numbers"):
        checked_reading(np.zeros(49, np.float32), np.zeros(200, np.float32))
    with pytest.raises(TaggerError, match="numbers that are none"):
        checked_reading(np.full(50, np.nan, np.float32), np.zeros(200, np.float32))
