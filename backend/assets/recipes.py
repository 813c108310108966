"""Files that are made here from what a package brings: the recipe's name stands in the lock, and its result's hash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from backend.assets.lock import AssetError, AssetFile
from backend.assets.stretch import stretch_wasm

__all__ = ["RECIPES", "Read", "make"]

#: Reads one file of a fetched package by its path at the source.
Read = Callable[[str], bytes]


def _onnx(read: Read) -> bytes:
    # Here, since it brings numpy: the server reads this module's room for its addresses and does without.
    from backend.assets.musicnn import musicnn_onnx

    return musicnn_onnx(read)


#: Name → how to make a file. A changed recipe takes a new name, since the name is in the address.
RECIPES: Final[dict[str, Callable[[Read], bytes]]] = {
    "onnx": _onnx,
    "wasm": stretch_wasm,
}


def make(file: AssetFile, read: Read) -> bytes:
    """The content of a locked file: made by its recipe, or as it lies at the source."""
    if file.recipe is None:
        return read(file.source_path or file.path)
    if file.recipe not in RECIPES:
        raise AssetError(f"{file.path}: expected a recipe out of {sorted(RECIPES)}, got {file.recipe!r}")
    return RECIPES[file.recipe](read)
