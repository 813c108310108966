"""The time stretcher's WebAssembly comes whole out of its script, and anything else is refused with a sentence."""

from __future__ import annotations

import base64

import pytest

from backend.assets.lock import AssetError, read_lock
from backend.assets.store import ASSETS_PATH
from backend.assets.stretch import SCRIPT, embedded_wasm, stretch_wasm

MODULE = b"\0asm\x01\0\0\0" + bytes(range(200))


def _script(*modules: bytes) -> bytes:
    urls = [b'"data:application/octet-stream;base64,' + base64.b64encode(module) + b'"' for module in modules]
    return b"var f=" + b",".join(urls) + b";"


def test_the_module_comes_out_whole() -> None:
    asked = []

    def read(path: str) -> bytes:
        asked.append(path)
        return _script(MODULE)

    assert stretch_wasm(read) == MODULE
    assert asked == [SCRIPT]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (b"nothing", "a.mjs: expected one WebAssembly module as base64, got 0"),
        (_script(MODULE, MODULE), "got 2"),
        (_script(b"x" * 100), "expected WebAssembly that begins with"),
    ],
)
def test_anything_else_is_refused(script: bytes, words: str) -> None:
    with pytest.raises(AssetError, match=words):
        embedded_wasm(script, where="a.mjs")


def test_the_fetched_module_has_the_exports_that_the_page_calls() -> None:
    """One-letter names are the linker's: another build of the same version may not have the same ones."""
    path = ASSETS_PATH / read_lock().package("signalsmith-stretch").folder / "stretch.wasm"
    if not path.exists():
        pytest.skip("no assets: run `nox -s assets`")
    assert _export_names(path.read_bytes()) == set("efghijklmnopqrstuvwxy")


def _export_names(module: bytes) -> set[str]:
    """Names in section 7 of a module (WebAssembly core specification 1.0, section 5.5.10)."""
    at, names = 8, set()
    while at < len(module):
        section = module[at]
        size, at = _number(module, at + 1)
        if section == 7:
            count, place = _number(module, at)
            for _ in range(count):
                length, place = _number(module, place)
                names.add(module[place : place + length].decode())
                _, place = _number(module, place + length + 1)
        at += size
    return names


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
