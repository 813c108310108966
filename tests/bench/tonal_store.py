"""Pitch rows of a set's recordings, kept beside them: they cost seconds to make and a moment to read."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numpy as np

from tests.bench.sets import Item
from tests.bench.sets.store import cache_folder
from web.py.analysis import decimate, tonal
from web.py.analysis.tonal import Tonal, TonalMaker

__all__ = ["tonal_of"]


def tonal_of(item: Item) -> Tonal:
    """The `Tonal` of an item, made when it is not kept; other code or another recording makes it anew."""
    stamp = item.path.stat()
    digest = hashlib.sha256(f"{_code()} {stamp.st_size} {stamp.st_mtime_ns}".encode()).hexdigest()[:12]
    path = cache_folder() / "tonal" / f"{item.name}-{digest}.npz"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        maker = TonalMaker()
        maker.feed(item.audio())
        made = maker.finish()
        np.savez(path, all=made.all, bass=made.bass, tonalness=made.tonalness)
    with np.load(path) as kept:
        return Tonal(kept["all"], kept["bass"], kept["tonalness"])


@cache
def _code() -> str:
    return "".join(Path(module.__file__ or "").read_text("utf-8") for module in (decimate, tonal))
