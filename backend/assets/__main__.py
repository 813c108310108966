"""`python -m backend.assets`: fill `.assets/` from `assets.lock.json`.

- without options: what the page needs
- `--tests`: also what only the tests need
- `--check`: change nothing, read every file again, fail when one is not as locked
- `--lock`: for maintainers: fetch all, write sizes and hashes into the lock
- `--notice`: for maintainers: write THIRD_PARTY.md from the lock
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

import msgspec

from backend.assets.fetch import fetch
from backend.assets.lock import LOCK_PATH, AssetError, Lock, Package, read_lock, write_lock
from backend.assets.notice import NOTICE_PATH, notice
from backend.assets.recipes import make
from backend.assets.snapshot import make_snapshot
from backend.assets.store import ASSETS_PATH, fill, verify

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the answer is the exit code, 1 when an asset is not as locked."""
    options = _parser().parse_args(arguments)
    try:
        lock = read_lock(options.lock_file)
        if options.lock:
            write_lock(Lock(lock.schema, tuple(_locked(package) for package in lock.packages)), options.lock_file)
        elif options.notice:
            NOTICE_PATH.write_text(notice(lock), encoding="utf-8")
        else:
            packages = [p for p in lock.packages if options.tests or p.group != "test"]
            _bring(packages, options.assets, check=options.check)
            if not options.check and any(package.name == "pyodide" for package in packages):
                make_snapshot(lock, options.assets)
    except AssetError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m backend.assets", description="Fill the folder of browser assets.")
    parser.add_argument("--tests", action="store_true", help="also the packages that only tests use")
    parser.add_argument("--check", action="store_true", help="only read every file again and compare")
    parser.add_argument("--lock", action="store_true", help="fetch all and write their hashes into the lock")
    parser.add_argument("--notice", action="store_true", help="write THIRD_PARTY.md")
    parser.add_argument("--lock-file", type=Path, default=LOCK_PATH, help="another lock")
    parser.add_argument("--assets", type=Path, default=ASSETS_PATH, help="another folder to fill")
    return parser


def _bring(packages: list[Package], assets: Path, *, check: bool) -> None:
    if check:
        for package in packages:
            verify(package, assets)
        print(f"assets: {len(packages)} packages are as locked")
        return
    brought = sum(fill(package, assets) for package in packages)
    print(f"assets: {len(packages)} packages in place, {brought} of them new")


def _locked(package: Package) -> Package:
    """The same package with size and hash of what its first working source delivers."""
    for source in package.sources:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                read = fetch(package, source, Path(scratch))
                contents = [make(file, read) for file in package.files]
            except AssetError as error:
                print(f"assets: {error}", file=sys.stderr)
                continue
        pairs = zip(package.files, contents, strict=True)
        files = [
            msgspec.structs.replace(file, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
            for file, content in pairs
        ]
        return msgspec.structs.replace(package, files=tuple(files))
    raise AssetError(f"{package.folder}: no source delivers")


if __name__ == "__main__":
    sys.exit(main())
