"""The folder `.assets/`: filled from the lock, verified, stamped.

A package is complete when its stamp carries the digest of its lock entry and every file has the size and the
modification time that the stamp noted; that costs one `stat` a file. Files come into being under a temporary
name and are renamed after their hash was checked, so a killed run leaves nothing half-written in place.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from backend.assets.compress import BROTLI_VERSION, brotli_or_none
from backend.assets.fetch import fetch
from backend.assets.lock import AssetError, AssetFile, Package
from backend.assets.patches import PATCHES, apply_patch
from backend.assets.recipes import make

__all__ = ["ASSETS_PATH", "fill", "is_complete", "verify"]

ASSETS_PATH: Final = Path(__file__).parents[2] / ".assets"
_STAMP: Final = ".stamp.json"


class _Stamp(msgspec.Struct, frozen=True):
    """What `fill` left behind: digest of the entry, and (size, mtime in ns) of each file."""

    digest: str
    files: dict[str, tuple[int, int]]


def is_complete(package: Package, assets: Path = ASSETS_PATH) -> bool:
    """Whether all files of a package are in place, judged by its stamp alone."""
    folder = assets / package.folder
    try:
        stamp = msgspec.json.decode((folder / _STAMP).read_bytes(), type=_Stamp)
        return stamp.digest == _digest(package) and all(_facts(folder / n) == f for n, f in stamp.files.items())
    except (OSError, msgspec.DecodeError):
        return False


def verify(package: Package, assets: Path = ASSETS_PATH) -> None:
    """Read every file of a package again; raises `AssetError` for the first that is not what the lock says."""
    for file in package.files:
        path = assets / package.folder / file.path
        if not path.is_file():
            raise AssetError(f"{package.folder}/{file.path} is missing. Run: nox -s assets")
        if file.patch is None:
            _check_hash(package, file, path.read_bytes())
    if not is_complete(package, assets):
        raise AssetError(f"{package.folder}: its stamp is missing or stale. Run: nox -s assets")


def fill(package: Package, assets: Path = ASSETS_PATH, *, say: Callable[[str], None] = print) -> bool:
    """Bring a package into `assets`; False when it was all there. Raises `AssetError` when no source delivers.

    Safe to run again after any interruption and beside another run.
    """
    if is_complete(package, assets):
        return False
    with _exclusive(assets):
        if is_complete(package, assets):
            return False
        folder = assets / package.folder
        contents = _kept(package, folder) or _fetched(package, assets, say)
        for file in package.files:
            content = contents[file.path]
            _publish(folder / file.path, apply_patch(file.patch, content, where=file.path) if file.patch else content)
        _write_siblings(folder, package)
        _write_stamp(folder, package)
    return True


def _digest(package: Package) -> str:
    patches = {file.path: PATCHES.get(file.patch) for file in package.files if file.patch}
    return hashlib.sha256(repr((package.digest, BROTLI_VERSION, patches)).encode()).hexdigest()


def _kept(package: Package, folder: Path) -> dict[str, bytes] | None:
    """The files as they lie there already, if all of them are right (a run was killed before its stamp)."""
    contents = {}
    for file in package.files:
        path = folder / file.path
        if file.patch or not path.is_file() or path.stat().st_size != file.size:
            return None
        contents[file.path] = path.read_bytes()
        if hashlib.sha256(contents[file.path]).hexdigest() != file.sha256:
            return None
    return contents


def _fetched(package: Package, assets: Path, say: Callable[[str], None]) -> dict[str, bytes]:
    """All files of a package, checked, from the first source that delivers all of them."""
    failures = []
    for source in package.sources:
        say(f"{package.folder}: fetching from {getattr(source, 'spec', None) or source.root}")
        scratch = Path(tempfile.mkdtemp(prefix=".incoming-", dir=assets))
        try:
            read = fetch(package, source, scratch)
            return {file.path: _check_hash(package, file, make(file, read)) for file in package.files}
        except AssetError as error:
            failures.append(str(error))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    raise AssetError(f"{package.folder} cannot be had. " + " | ".join(failures))


def _check_hash(package: Package, file: AssetFile, content: bytes) -> bytes:
    got = hashlib.sha256(content).hexdigest()
    if got != file.sha256:
        where = f"{package.folder}/{file.path}"
        raise AssetError(
            f"{where} is not the locked file: expected SHA-256 {file.sha256} ({file.size} bytes), "
            + f"got {got} ({len(content)} bytes)"
        )
    return content


def _publish(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def _write_siblings(folder: Path, package: Package) -> None:
    def squeeze(file: AssetFile) -> None:
        path = folder / file.path
        packed = brotli_or_none(path.name, path.read_bytes()) if package.group != "test" else None
        sibling = path.with_name(path.name + ".br")
        if packed is None:
            sibling.unlink(missing_ok=True)
        else:
            _publish(sibling, packed)

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:  # brotli lets go of the interpreter lock
        list(pool.map(squeeze, package.files))


def _write_stamp(folder: Path, package: Package) -> None:
    names = [name for file in package.files for name in (file.path, file.path + ".br") if (folder / name).exists()]
    stamp = _Stamp(_digest(package), {name: _facts(folder / name) for name in names})
    _publish(folder / _STAMP, msgspec.json.encode(stamp))


def _facts(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@contextmanager
def _exclusive(assets: Path) -> Iterator[None]:
    """One filler at a time, where the system has file locks."""
    assets.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows: two runs at once fetch twice, and each file still appears whole
        yield
        return
    with (assets / ".lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        for rest in assets.glob(".incoming-*"):
            shutil.rmtree(rest, ignore_errors=True)
        yield
