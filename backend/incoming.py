"""Songs that are on their way: each a file that its web process keeps locked, so that what a killed one left is known.

A lock of a file (flock) ends with the process that has it, however that ends. So whoever gets the lock of another's
file knows that nobody writes there any more, in this process or in any other one on the same data folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

__all__ = ["new_upload", "parts_folder", "remove_left_uploads"]

_PREFIX: Final = "upload-"
_PARTS: Final = ".parts"


def new_upload(folder: Path) -> tuple[Path, BinaryIO]:
    """A new file below `folder`, open for writing and locked until it is closed."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=folder)
        path, file = Path(name), os.fdopen(handle, "wb", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():
            return path, file
        file.close()  # it was taken for a left one in the moment before it was locked


def parts_folder(upload: Path) -> Path:
    """Where further files of an upload lie; they go with it."""
    return upload.with_name(upload.name + _PARTS)


def remove_left_uploads(folder: Path) -> int:
    """Remove the files below `folder` of uploads whose process is gone; how many there were."""
    return sum(_remove_if_left(path) for path in folder.glob(f"{_PREFIX}*") if path.suffix != _PARTS)


def _remove_if_left(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file, contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(parts_folder(path), ignore_errors=True)
        path.unlink()
        return True
    return False
