"""Fetching a package through the clients a person already uses, so that their mirror and cache are honoured.

`npm pack` and `pip download` run as subprocesses; a plain address is read with the standard library and a short
patience, since it always has an alternative.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from backend.assets.lock import AssetError, NpmSource, Package, PypiSource, Source, UrlSource

__all__ = ["fetch"]

URL_PATIENCE_SECONDS: Final = 8.0
_MEGABYTE: Final = 1 << 20


def fetch(package: Package, source: Source, scratch: Path) -> Callable[[str], bytes]:
    """Bring `package` from `source` into the empty folder `scratch`; the answer reads one of its files by path.

    Raises `AssetError` with the client's last words when it cannot be had.
    """
    match source:
        case NpmSource():
            archive = _npm_pack(source.spec, scratch)
            return lambda path: _tar_member(archive, source.root + path)
        case PypiSource(root=None):
            wheel = _pip_download(source, scratch)
            return lambda path: _the_file_itself(wheel, path)
        case PypiSource(root=str(root)):
            wheel = _pip_download(source, scratch)
            return lambda path: _zip_member(wheel, root + path)
        case UrlSource():
            return lambda path: _read_url(source.root + path)
    raise AssetError(f"{package.name}: expected a source of kind npm, pypi or url, got {source!r}")


def _npm_pack(spec: str, scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise AssetError(f"{spec}: npm is needed to fetch it and is not installed. Install Node 20 or later.")
    _run([npm, "pack", spec, "--silent"], cwd=scratch, what=spec)
    return _only_file(scratch, "*.tgz", spec)


def _pip_download(source: PypiSource, scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    if source.python:
        abi = "cp" + source.python.replace(".", "")
        command += ["--python-version", source.python, "--implementation", "cp", "--abi", abi]
    if source.platform:
        command += ["--platform", source.platform]
    _run([*command, "--dest", str(scratch), source.spec], cwd=scratch, what=source.spec)
    return _only_file(scratch, "*.whl", source.spec)


def _run(command: list[str], *, cwd: Path, what: str) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip())[-600:]
        raise AssetError(f"{what}: {Path(command[0]).name} ended with exit code {done.returncode}: {words}")


def _only_file(folder: Path, pattern: str, what: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise AssetError(f"{what}: expected one {pattern} file, got {[path.name for path in found]}")
    return found[0]


def _tar_member(archive: Path, member: str) -> bytes:
    with tarfile.open(archive, "r:gz") as tar:
        try:
            stream = tar.extractfile(member)
        except KeyError:
            stream = None
        if stream is None:
            raise AssetError(f"{archive.name}: expected a file {member!r} inside, got none")
        return stream.read()


def _zip_member(archive: Path, member: str) -> bytes:
    with zipfile.ZipFile(archive) as wheel:
        try:
            return wheel.read(member)
        except KeyError as error:
            raise AssetError(f"{archive.name}: expected a file {member!r} inside, got none") from error


def _the_file_itself(wheel: Path, name: str) -> bytes:
    if wheel.name != name:
        raise AssetError(f"expected a wheel named {name}, got {wheel.name}")
    return wheel.read_bytes()


def _read_url(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=URL_PATIENCE_SECONDS) as answer:
            pieces = []
            while piece := answer.read(_MEGABYTE):
                pieces.append(piece)
            return b"".join(pieces)
    except (OSError, urllib.error.URLError) as error:
        raise AssetError(f"{url}: {error}") from error
