"""Filling the asset folder, through the real command line and a registry made of a local file."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from backend.assets import fetch, store
from backend.assets.__main__ import main
from backend.assets.lock import AssetError, NpmSource, Package, read_lock

SCRIPT = b"export const answer = 42;\n" * 400
LICENCE = b"Do as you like.\n"


class Registry:
    """A folder with an npm tarball, the lock that names it, and a count of how often it was asked."""

    def __init__(self, home: Path, *, script: bytes = SCRIPT) -> None:
        self.tarball = home / "demo-1.0.0.tgz"
        self.lock_file = home / "lock.json"
        self.assets = home / "assets"
        with tarfile.open(self.tarball, "w:gz") as tar:
            for name, data in (("package/package.json", b'{"name":"demo","version":"1.0.0"}'), *_files(script)):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        self.write_lock([{"kind": "npm", "spec": str(self.tarball)}])

    def write_lock(self, sources: list[dict[str, str]], **extra: Any) -> None:
        files = [_locked("demo.js", SCRIPT, "dist/demo.js"), _locked("LICENSE", LICENCE)]
        package = {"name": "demo", "version": "1.0.0", "licence": "MIT", "home": "https://example.org", "group": "page"}
        document = {"schema": 1, "packages": [{**package, "sources": sources, "files": files, **extra}]}
        self.lock_file.write_text(json.dumps(document), "utf-8")

    def run(self, *options: str) -> int:
        return main(["--lock-file", str(self.lock_file), "--assets", str(self.assets), *options])

    def left(self) -> list[str]:
        files = (path for path in self.assets.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.assets).as_posix() for path in files)


def _files(script: bytes) -> list[tuple[str, bytes]]:
    return [("package/dist/demo.js", script), ("package/LICENSE", LICENCE)]


def _locked(path: str, data: bytes, source: str | None = None) -> dict[str, Any]:
    entry = {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    return {**entry, "from": source} if source else entry


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


@pytest.fixture
def npm_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What npm was asked for, in order; the real npm still answers."""
    calls: list[str] = []
    real = fetch._npm_pack

    def counting(spec: str, scratch: Path) -> Path:
        calls.append(spec)
        return real(spec, scratch)

    monkeypatch.setattr(fetch, "_npm_pack", counting)
    return calls


def test_a_first_run_brings_every_file_and_a_brotli_sibling(registry: Registry) -> None:
    assert registry.run() == 0
    assert (registry.assets / "demo-1.0.0" / "demo.js").read_bytes() == SCRIPT
    expected = [".lock", "demo-1.0.0/.stamp.json", "demo-1.0.0/LICENSE", "demo-1.0.0/demo.js", "demo-1.0.0/demo.js.br"]
    assert registry.left() == expected


def test_a_second_run_downloads_nothing(registry: Registry, npm_calls: list[str]) -> None:
    assert registry.run() == registry.run() == 0
    assert len(npm_calls) == 1


def test_a_run_killed_before_its_stamp_downloads_nothing_again(registry: Registry, npm_calls: list[str]) -> None:
    registry.run()
    (registry.assets / "demo-1.0.0" / ".stamp.json").unlink()
    (registry.assets / "demo-1.0.0" / "demo.js.br").unlink()
    assert registry.run() == 0
    assert len(npm_calls) == 1
    assert "demo-1.0.0/demo.js.br" in registry.left()


def test_a_damaged_file_is_brought_again(registry: Registry, npm_calls: list[str]) -> None:
    registry.run()
    (registry.assets / "demo-1.0.0" / "demo.js").write_bytes(b"half")
    assert registry.run() == 0
    assert (registry.assets / "demo-1.0.0" / "demo.js").read_bytes() == SCRIPT
    assert len(npm_calls) == 2


def test_a_wrong_hash_names_the_file_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = b"export const answer = 41;\n"
    registry = Registry(tmp_path, script=other)
    assert registry.run() == 1
    said = capsys.readouterr().err
    expected, got = hashlib.sha256(SCRIPT).hexdigest(), hashlib.sha256(other).hexdigest()
    assert f"demo-1.0.0/demo.js is not the locked file: expected SHA-256 {expected}" in said
    assert f"got {got} ({len(other)} bytes)" in said
    assert registry.left() == [".lock"]


def test_the_next_source_is_asked_when_one_does_not_deliver(registry: Registry) -> None:
    missing = (registry.tarball.parent / "nowhere").as_uri() + "/"
    registry.write_lock([{"kind": "url", "root": missing}, {"kind": "npm", "spec": str(registry.tarball)}])
    assert registry.run() == 0
    assert (registry.assets / "demo-1.0.0" / "demo.js").read_bytes() == SCRIPT


def test_all_failures_are_told_when_no_source_delivers(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    missing = registry.tarball.with_name("missing.tgz")
    registry.write_lock([{"kind": "npm", "spec": str(missing)}, {"kind": "url", "root": missing.as_uri() + "/"}])
    assert registry.run() == 1
    said = capsys.readouterr().err
    assert "demo-1.0.0 cannot be had" in said
    assert "npm ended with exit code" in said
    assert "No such file" in said


def test_a_changed_entry_is_brought_again(registry: Registry, npm_calls: list[str]) -> None:
    registry.run()
    registry.write_lock([{"kind": "npm", "spec": str(registry.tarball)}], licence="ISC")
    assert registry.run() == 0
    assert len(npm_calls) == 1  # its files are still right: only the stamp is new


def test_check_reads_every_byte(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert registry.run("--check") == 1
    assert "demo-1.0.0/demo.js is missing. Run: nox -s assets" in capsys.readouterr().err
    registry.run()
    assert registry.run("--check") == 0
    path = registry.assets / "demo-1.0.0" / "demo.js"
    path.write_bytes(SCRIPT.replace(b"42", b"43"))
    assert registry.run("--check") == 1
    assert "demo-1.0.0/demo.js is not the locked file" in capsys.readouterr().err


def test_lock_writes_hashes_and_sizes(registry: Registry) -> None:
    right = read_lock(registry.lock_file)
    document = json.loads(registry.lock_file.read_text("utf-8"))
    for file in document["packages"][0]["files"]:
        file.update(sha256="", size=0)
    registry.lock_file.write_text(json.dumps(document), "utf-8")
    assert registry.run("--lock") == 0
    assert read_lock(registry.lock_file) == right


def test_a_lock_with_a_path_that_leaves_its_folder_is_refused(registry: Registry) -> None:
    text = registry.lock_file.read_text("utf-8").replace('"LICENSE"', '"../LICENSE"')
    registry.lock_file.write_text(text, "utf-8")
    with pytest.raises(AssetError, match=r"expected a path inside the package, got '\.\./LICENSE'"):
        read_lock(registry.lock_file)


def test_a_lock_with_an_unknown_field_is_refused(registry: Registry) -> None:
    text = registry.lock_file.read_text("utf-8").replace('"licence"', '"license"')
    registry.lock_file.write_text(text, "utf-8")
    with pytest.raises(AssetError, match=r"unknown field `license` - at `\$\.packages\[0\]`"):
        read_lock(registry.lock_file)


def test_two_fillers_at_once_fetch_once(registry: Registry, npm_calls: list[str]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    package: Package = read_lock(registry.lock_file).packages[0]
    assert isinstance(package.sources[0], NpmSource)
    with ThreadPoolExecutor(2) as pool:
        brought = list(pool.map(lambda _: store.fill(package, registry.assets), range(2)))
    assert sorted(brought) == [False, True]
    assert len(npm_calls) == 1
