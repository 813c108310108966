"""Where uploads, unfinished pieces and results lie: a folder, or S3 by its URL (obstore).

Keys are `work/<job>/source`, `work/<job>/piece-0007` and so on, and `results/<job>/<file>`. A file is written under
another name, flushed to the disk and then named, so what has a name is whole, also after a power cut. With a folder,
a job is worked on where it lies; with S3 a worker has a copy (`pull`, `push`), and another one can go on from it.

All functions block: call them in a thread.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import obstore

from backend.settings import Settings, SettingsError

__all__ = [
    "Store",
    "StoredFile",
    "free_bytes",
    "is_disk_full",
    "is_store_failure",
    "open_store",
    "uploads_folder",
]

_Bytes: TypeAlias = bytes
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def uploads_folder(settings: Settings) -> Path:
    """Where uploads are written while they come; on the disk of the store, so that a finished one is only renamed."""
    return settings.folder / "uploads"


def free_bytes(settings: Settings) -> int:
    """Free space of the disk with the data folder."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(settings.folder).free


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no room.

    >>> is_disk_full(OSError(28, "No space left on device")), is_disk_full(ValueError("full"))
    (True, False)
    """
    return isinstance(error, OSError) and error.errno in _FULL


def is_store_failure(error: BaseException) -> bool:
    """Whether disk or object store failed, which may be over soon.

    >>> is_store_failure(OSError(5, "Input/output error")), is_store_failure(ValueError("ours"))
    (True, False)
    """
    return isinstance(error, (OSError, obstore.exceptions.BaseError))


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A result that can be read from anywhere: `await file.read(start, stop)`."""

    store: Store
    key: str
    file_name: str
    media_type: str
    bytes: int

    async def read(self, start: int, stop: int) -> _Bytes:
        """Bytes from `start` to before `stop`; raises `FileNotFoundError` once the result has expired."""
        return await self.store.read(self.key, start, stop)


class Store:
    """One place for files. `folder`: where it is when it is a folder; `scratch`: for copies when it is not."""

    def __init__(self, objects: Any, *, folder: Path | None, scratch: Path) -> None:
        self._objects = objects
        self.folder = folder
        self._scratch = scratch

    def workspace(self, job: str) -> Path:
        """The folder in which the files `work/<job>/...` can be read and written here; made when missing."""
        path = (self.folder or self._scratch) / "work" / job
        path.mkdir(parents=True, exist_ok=True)
        return path

    def put_file(self, key: str, path: Path) -> None:
        """Move a file into the store; afterwards it is whole there, or was never there."""
        with path.open("rb") as file:
            os.fsync(file.fileno())
        if self.folder is None:
            obstore.put(self._objects, key, path)
            path.unlink()
            return
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.replace(path, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy(path, target)
            path.unlink()
        _sync_folder(target.parent)

    def pull(self, job: str) -> None:
        """Bring what another worker has done of a job; nothing to do with a folder."""
        if self.folder is not None:
            return
        workspace = self.workspace(job)
        for key, size in self._sizes(f"work/{job}"):
            path = workspace / key.rpartition("/")[2]
            if not (path.exists() and path.stat().st_size == size):
                _write(path, obstore.get(self._objects, key).stream())

    def push(self, job: str, before: frozenset[str] = frozenset()) -> None:
        """Keep the whole files of a job's workspace that are not in `before`; nothing to do with a folder."""
        if self.folder is not None:
            return
        for path in sorted(self.workspace(job).iterdir()):
            if path.is_file() and path.name not in before and not path.name.startswith("."):
                obstore.put(self._objects, f"work/{job}/{path.name}", path)

    def delete(self, prefix: str) -> None:
        """Remove all files below `prefix`, a folder's key; none there is fine."""
        if self.folder is not None:
            shutil.rmtree(self.folder / prefix, ignore_errors=True)
            return
        shutil.rmtree(self._scratch / prefix, ignore_errors=True)
        keys = [key for key, _ in self._sizes(prefix)]
        if keys:
            obstore.delete(self._objects, keys)

    def size(self, key: str) -> int:
        """Bytes of a file; raises `FileNotFoundError`."""
        return int(obstore.head(self._objects, key)["size"])

    async def read(self, key: str, start: int, stop: int) -> bytes:
        """Bytes from `start` to before `stop`; raises `FileNotFoundError`."""
        if start >= stop:
            return b""
        return bytes(await obstore.get_range_async(self._objects, key, start=start, end=stop))

    def jobs(self, room: str, *, older_seconds: float) -> Iterator[str]:
        """Jobs that have files in a room, "work" or "results", none of them younger than `older_seconds`."""
        newest: dict[str, float] = {}
        for job, changed in self._changes(room):
            newest[job] = max(newest.get(job, 0.0), changed)
        yield from (job for job, changed in newest.items() if changed < time.time() - older_seconds)

    def _changes(self, room: str) -> Iterator[tuple[str, float]]:
        if self.folder is not None:
            # Also folders without files: jobs leave them when they are cancelled at the wrong moment.
            for at, _, names in os.walk(self.folder / room):
                path = Path(at).relative_to(self.folder)
                for name in (*names, ".") if len(path.parts) > 1 else ():
                    with contextlib.suppress(FileNotFoundError):
                        yield path.parts[1], (self.folder / path / name).stat().st_mtime
            return
        for batch in obstore.list(self._objects, prefix=room):
            for one in batch:
                yield one["path"].split("/")[1], one["last_modified"].timestamp()

    def check(self) -> None:
        """Raise what the store raises when it cannot be reached."""
        for _ in obstore.list(self._objects, prefix="health", chunk_size=1):
            return

    def _sizes(self, prefix: str) -> list[tuple[str, int]]:
        return [(one["path"], one["size"]) for batch in obstore.list(self._objects, prefix=prefix) for one in batch]


def open_store(settings: Settings) -> Store:
    """The store that the settings name; raises `SettingsError` when there is no such store."""
    if "://" not in settings.store:
        folder = Path(settings.store).absolute() if settings.store else settings.folder / "store"
        folder.mkdir(parents=True, exist_ok=True)
        objects: Any = obstore.store.LocalStore(folder)
        return Store(objects, folder=folder, scratch=settings.folder)
    try:
        objects = obstore.store.from_url(settings.store)
    except (ValueError, obstore.exceptions.BaseError) as error:
        raise SettingsError(f"KEYLIGHT_STORE is {settings.store!r}: expected a folder or s3://bucket/prefix") from error
    return Store(objects, folder=None, scratch=settings.folder / "scratch")


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        _write(target, iter(lambda: file.read(1 << 20), b""))


def _write(path: Path, chunks: Any) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
