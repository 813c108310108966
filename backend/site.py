"""The routes of the page: the shell, its build, the assets, the service worker. Every address is a table look-up."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from litestar import HttpMethod, Router, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ASGIApp

from backend.answer import Answer
from backend.assets.lock import Lock, Package, read_lock
from backend.assets.snapshot import snapshot_path
from backend.assets.store import ASSETS_PATH
from backend.build import ROOT, Build, make_build, signature
from backend.content import Content, from_file

__all__ = ["SCAN_SECONDS", "Site", "site_router"]

#: Least time between two looks for changed files: a look costs milliseconds, and others wait for it.
SCAN_SECONDS: Final = 1.0

#: Builds kept beside the newest, for tabs that were open when files changed.
_OLD_BUILDS: Final = 3
_METHODS: Final = [HttpMethod.GET, HttpMethod.HEAD]


class Site:
    """Everything that is served as it is, by address. `clock` tells seconds and never goes back."""

    def __init__(
        self,
        root: Path = ROOT,
        assets: Path = ASSETS_PATH,
        lock: Lock | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._lock = lock or read_lock()
        self._assets = _asset_table(self._lock, assets)
        made = snapshot_path(self._lock)
        self._snapshot = f"/assets/{made}" if made in self._assets else None
        self._builds: dict[str, Build] = {}
        self._signature = 0
        self._clock = clock
        self._scanned = clock()
        self._scan()

    def newest(self) -> Build:
        """The build of the files as they are now, or were `SCAN_SECONDS` ago."""
        now = self._clock()
        if now - self._scanned >= SCAN_SECONDS:
            self._scanned = now
            self._scan()
        return list(self._builds.values())[-1]

    def _scan(self) -> None:
        now = signature(self._root)
        if now != self._signature:
            build = make_build(self._lock, self._root, snapshot=self._snapshot)
            self._builds.pop(build.name, None)
            self._builds[build.name] = build
            self._signature = now
            for name in list(self._builds)[: -1 - _OLD_BUILDS]:
                del self._builds[name]

    def page(self, name: str) -> Content:
        """One of the newest build's files that have an address of no build."""
        return _found(self.newest().pages, name)

    def build_file(self, build: str, path: str) -> Content:
        """A file of a build, also of one that is not the newest any more."""
        return _found(self._builds[build].files if build in self._builds else {}, path)

    def asset(self, path: str) -> Content:
        """A file of `.assets/` that the lock names."""
        return _found(self._assets, path)


def site_router(site: Site) -> Router:
    """The routes of a site."""

    @route("/", http_method=_METHODS, include_in_schema=False)
    async def index() -> ASGIApp:
        return Answer(site.page("index.html"))

    @route("/sw.js", http_method=_METHODS, include_in_schema=False)
    async def service_worker() -> ASGIApp:
        return Answer(site.page("sw.js"))

    @route("/manifest.webmanifest", http_method=_METHODS, include_in_schema=False)
    async def manifest() -> ASGIApp:
        return Answer(site.page("manifest.webmanifest"))

    @route("/favicon.ico", http_method=_METHODS, include_in_schema=False)
    async def favicon() -> ASGIApp:
        return Answer(site.page("favicon.ico"))

    @route("/app/{build:str}/{path:path}", http_method=_METHODS, include_in_schema=False)
    async def build_file(build: FromPath[str], path: FromPath[str]) -> ASGIApp:
        return Answer(site.build_file(build, path.lstrip("/")))

    @route("/assets/{path:path}", http_method=_METHODS, include_in_schema=False)
    async def asset(path: FromPath[str]) -> ASGIApp:
        return Answer(site.asset(path.lstrip("/")))

    return Router("/", route_handlers=[index, service_worker, manifest, favicon, build_file, asset])


def _asset_table(lock: Lock, assets: Path) -> dict[str, Content]:
    served: list[Package] = [package for package in lock.packages if package.group != "test"]
    entries = [(f"{p.folder}/{file.path}", file.sha256[:20]) for p in served for file in p.files]
    entries.append((snapshot_path(lock), "made-here"))
    return {path: from_file(assets / path, etag=etag) for path, etag in entries if (assets / path).is_file()}


def _found(table: dict[str, Content], path: str) -> Content:
    if path not in table:
        raise NotFoundException
    return table[path]
