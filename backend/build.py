"""The page's own files as one build: a snapshot in memory under `/app/<build>/`.

The build's name is a hash over everything in it, so its addresses never change their content and may be cached
for ever. It is taken anew when a file on disk changed; a browser that still holds an older one goes on with that.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from backend.assets.lock import Lock
from backend.boot import assets_module, boot_record, encode_boot
from backend.content import NO_CACHE, Content, from_bytes

__all__ = ["ROOT", "Build", "make_build", "python_zip", "signature"]

ROOT: Final = Path(__file__).parents[1]

#: Folders of web/ that the page loads from, and what belongs to the page beside them.
_SERVED_FOLDERS: Final = ("css", "fonts", "icons", "js", "pictures")
_TEMPLATES: Final = ("index.html", "manifest.webmanifest", "sw.js")
_TEMPLATE_HEADERS: Final = {"sw.js": (("service-worker-allowed", "/"),)}
_ICON: Final = "icons/icon.svg"
_NOT_SERVED: Final = (".d.ts", ".md")
_NAME_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Build:
    """One snapshot: its name, the files below `/app/<name>/`, and those that are served at addresses of no build.

    `pages` are the three texts that carry the build's address, and the icon as `favicon.ico`; they are asked for
    again each time.
    """

    name: str
    files: dict[str, Content]
    pages: dict[str, Content]


def signature(root: Path = ROOT) -> int:
    """A number that changes when any file of the page does; costs one `stat` a file."""
    return hash(tuple((path.as_posix(), *_facts(path)) for path in _sources(root)))


def make_build(lock: Lock, root: Path = ROOT, *, snapshot: str | None = None) -> Build:
    """Read everything, name it, and pack it for serving; `snapshot` is the address of Pyodide's memory."""
    served = {path.relative_to(root / "web").as_posix(): path.read_bytes() for path in _served(root)}
    templates = {path.name: path.read_bytes() for path in _templates(root)}
    served["keylight.zip"] = python_zip(root)
    name = _name([*served.items(), *templates.items(), ("lock", repr((lock, snapshot)).encode())])
    base = f"/app/{name}"
    record = boot_record(name, {f"{base}/{path}": len(data) for path, data in served.items()}, lock, snapshot=snapshot)
    served |= {"boot.json": encode_boot(record), "js/assets.js": assets_module(record)}
    files = {path: from_bytes(path, data) for path, data in served.items()}
    pages = {path: _page(path, data.replace(b"{{app}}", base.encode())) for path, data in templates.items()}
    if _ICON in files:
        pages["favicon.ico"] = replace(files[_ICON], cache_control=NO_CACHE)
    return Build(name, files, pages)


def python_zip(root: Path = ROOT) -> bytes:
    """The Python that runs in Pyodide, as a zip whose bytes depend on nothing but its files.

    Stored, not deflated: brotli packs it better on the way, and it unpacks faster.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in _python(root):
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _page(name: str, data: bytes) -> Content:
    return from_bytes(name, data, cache_control=NO_CACHE, headers=_TEMPLATE_HEADERS.get(name, ()))


def _name(items: Iterable[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for path, data in items:
        digest.update(f"{path}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:_NAME_DIGITS]


def _served(root: Path) -> list[Path]:
    found = (path for folder in _SERVED_FOLDERS for path in (root / "web" / folder).rglob("*"))
    return sorted(p for p in found if p.is_file() and not p.name.endswith(_NOT_SERVED) and not p.name.startswith("."))


def _templates(root: Path) -> list[Path]:
    return [path for name in _TEMPLATES if (path := root / "web" / name).is_file()]


def _python(root: Path) -> list[Path]:
    rooms = [root / "shared", root / "web" / "py"]
    return sorted([root / "web" / "__init__.py", *(path for room in rooms for path in room.rglob("*.py"))])


def _sources(root: Path) -> list[Path]:
    return [*_served(root), *_templates(root), *_python(root)]


def _facts(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size
