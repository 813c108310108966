"""The committed lock agrees with the other places that name versions."""

from __future__ import annotations

import json
import re
import tomllib

from backend.assets.lock import LOCK_PATH, read_lock
from backend.assets.notice import NOTICE_PATH, notice
from backend.assets.store import ASSETS_PATH

ROOT = LOCK_PATH.parent


def test_numpy_is_the_wheel_that_pyodide_itself_locks() -> None:
    lock = read_lock()
    path = ASSETS_PATH / lock.package("pyodide").folder / "pyodide-lock.json"
    theirs = json.loads(path.read_text("utf-8"))["packages"]["numpy"]
    (ours,) = lock.package("numpy").files
    assert (ours.path, ours.sha256) == (theirs["file_name"], theirs["sha256"])


def test_cpython_runs_the_same_numpy_msgspec_and_pytest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    for name in ("numpy", "msgspec", "pytest"):
        assert f"{name}=={read_lock().package(name).version}" in wanted


def test_the_types_for_tsc_are_of_the_same_versions() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["devDependencies"]
    for name, package in (("pyodide", "pyodide"), ("mediabunny", "mediabunny"), ("canvaskit-wasm", "canvaskit")):
        assert wanted[name] == read_lock().package(package).version


def test_the_npm_lock_names_no_machine() -> None:
    text = (ROOT / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text


def test_third_party_is_as_the_lock_says() -> None:
    assert NOTICE_PATH.read_text("utf-8") == notice(read_lock())


def test_every_file_has_a_hash() -> None:
    for package in read_lock().packages:
        for file in package.files:
            assert re.fullmatch("[0-9a-f]{64}", file.sha256), f"{package.folder}/{file.path}"
            assert file.size > 0
