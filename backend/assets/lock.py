"""The lock: every file the page gets from elsewhere, with version, licence, sources, size and SHA-256.

`assets.lock.json` is a list of packages. A package is fetched whole from the first of its sources that answers
and whose bytes have the locked hash; where it came from never matters, the hash decides. A new asset is one
new entry without hashes; `python -m backend.assets --lock` fills them in.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal

import msgspec

from shared.errors import KeylightError

__all__ = [
    "LOCK_PATH", "AssetError", "AssetFile", "Lock", "NpmSource", "Package", "PypiSource", "Source", "UrlSource",
    "read_lock", "write_lock",
]  # fmt: skip

LOCK_PATH: Final = Path(__file__).parents[2] / "assets.lock.json"

#: page: the page needs it to start; lazy: fetched when first needed, or once the page is idle; demand: fetched only
#: when it is used, since it is large and many never use it; test: only the tests use it, never served.
Group = Literal["page", "lazy", "demand", "test"]


class AssetError(KeylightError):
    """An asset cannot be had or is not what the lock says; the message names the file, expected and got."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all that stands in the lock."""


class NpmSource(_Entry, frozen=True, tag_field="kind", tag="npm"):
    """A package of the npm registry; `root` is the folder inside its tarball that paths are relative to."""

    spec: str
    root: str = "package/"


class PypiSource(_Entry, frozen=True, tag_field="kind", tag="pypi"):
    """A wheel of the Python registry.

    Without `root` the wheel is itself the asset, else its members under `root` are. `python` and `platform` choose a
    wheel that is not this machine's, as pip's options of these names do.
    """

    spec: str
    root: str | None = None
    python: str | None = None
    platform: str | None = None


class UrlSource(_Entry, frozen=True, tag_field="kind", tag="url"):
    """A folder on the web; only the asset tool ever asks it, never the page."""

    root: str


Source = NpmSource | PypiSource | UrlSource


class AssetFile(_Entry, frozen=True, rename={"source_path": "from"}):
    """One file: its name in our folder, its path at the source when that differs, size and SHA-256 at the source.

    `patch` names an entry of `backend.assets.patches`; the file in our folder is then the patched one. `recipe` names
    one of `backend.assets.recipes`: the file is made from others at the source, and size and hash are the result's.
    """

    path: str
    sha256: str = ""
    size: int = 0
    source_path: str | None = None
    patch: str | None = None
    recipe: str | None = None


class Package(_Entry, frozen=True):
    """Files of one origin, version and licence; they lie in `<name>-<version>/`."""

    name: str
    version: str
    licence: str
    home: str
    group: Group
    sources: tuple[Source, ...]
    files: tuple[AssetFile, ...]

    @property
    def folder(self) -> str:
        """Name of its folder; with version, patches and recipes in it, addresses below never change their content."""
        ours = {name for file in self.files for name in (file.patch, file.recipe) if name}
        return "-".join([self.name, self.version, *sorted(ours)])

    @property
    def digest(self) -> str:
        """SHA-256 over the whole entry: a package whose entry changed is fetched again."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Lock(_Entry, frozen=True):
    """The whole file; `schema` grows when its shape changes."""

    schema: Literal[1]
    packages: tuple[Package, ...]

    def package(self, name: str) -> Package:
        """The package of that name; raises `AssetError` when the lock has none."""
        for package in self.packages:
            if package.name == name:
                return package
        raise AssetError(f"expected a package {name!r} in the asset lock, got only {[p.name for p in self.packages]}")


def read_lock(path: Path = LOCK_PATH) -> Lock:
    """Read a lock; raises `AssetError` with file and path of what is wrong.

    >>> read_lock().package("numpy").version
    '2.4.3'
    """
    try:
        lock = msgspec.json.decode(path.read_bytes(), type=Lock)
    except (OSError, msgspec.DecodeError) as error:
        raise AssetError(f"{path.name} cannot be read: {error}") from error
    folders = [package.folder for package in lock.packages]
    if len(set(folders)) != len(folders):
        raise AssetError(f"{path.name}: expected each name and version once, got {sorted(folders)}")
    for package in lock.packages:
        for file in package.files:
            if file.path.startswith(("/", ".")) or "/../" in file.path or "\\" in file.path:
                raise AssetError(f"{path.name}: {package.name}: expected a path inside the package, got {file.path!r}")
    return lock


def write_lock(lock: Lock, path: Path = LOCK_PATH) -> None:
    """Write a lock, indented, for people to read in a diff."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(lock), indent=2) + b"\n")
