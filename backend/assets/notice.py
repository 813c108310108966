"""THIRD_PARTY.md: who made what we serve, under which licence; written from the lock, checked by a test."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from backend.assets.lock import AssetFile, Lock

__all__ = ["NOTICE_PATH", "notice"]

NOTICE_PATH: Final = Path(__file__).parents[2] / "THIRD_PARTY.md"

_USES: Final = {"page": "served", "lazy": "served when needed", "demand": "served when used", "test": "tests only"}


def notice(lock: Lock) -> str:
    """The whole text of THIRD_PARTY.md for a lock."""
    rows = [
        f"| [{p.name}]({p.home}) | {p.version} | {p.licence} | {_USES[p.group]} | {_changes(p.files)} |"
        for p in lock.packages
    ]
    return "\n".join([*_HEAD, *rows, "", *_TEXTS, ""])


def _changes(files: tuple[AssetFile, ...]) -> str:
    ours = sorted({f"{kind} {name}" for file in files for kind, name in _made(file)})
    return ", ".join(ours) if ours else "none"


def _made(file: AssetFile) -> list[tuple[str, str]]:
    named = (("patch", file.patch), ("recipe", file.recipe))
    return [(kind, name) for kind, name in named if name]


_HEAD: Final = [
    "# What others made",
    "",
    "Keylight itself is AGPL-3.0-or-later. The browser assets below are fetched, pinned by hash in",
    "`assets.lock.json`, and served unchanged unless the last column names a patch (`backend/assets/patches.py`) or a",
    "recipe, by which the file was made from those of the package (`backend/assets/recipes.py`).",
    "Licence texts that come with a package lie beside it. Written by `python -m backend.assets --notice`.",
    "",
    "| package | version | licence | use | our changes |",
    "|---|---|---|---|---|",
]

#: Notices that must go along and do not come with their package.
_TEXTS: Final = [
    "## onnxruntime-web, signalsmith-stretch",
    "",
    "MIT License. onnxruntime-web: Copyright (c) Microsoft Corporation. signalsmith-stretch: Copyright (c) 2022",
    "Geraint Luff / Signalsmith Audio Ltd.",
    "",
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated",
    'documentation files (the "Software"), to deal in the Software without restriction, including without limitation',
    "the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and",
    "to permit persons to whom the Software is furnished to do so, subject to the following conditions:",
    "",
    "The above copyright notice and this permission notice shall be included in all copies or substantial portions of",
    "the Software.",
    "",
    'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO',
    "THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE",
    "AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF",
    "CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS",
    "IN THE SOFTWARE.",
    "",
    "## font-noto-sans-cjk",
    "",
    "Copyright 2014, 2015 Adobe Systems Incorporated (http://www.adobe.com/). SIL Open Font License, Version 1.1; the",
    "licence stands in the font's name table and at https://openfontlicense.org.",
]
