"""The snapshot of a started Pyodide: made once, named after what it is made from, missed without harm."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from backend.assets.lock import Lock, read_lock
from backend.assets.snapshot import make_snapshot, snapshot_path
from backend.assets.store import ASSETS_PATH


def test_its_address_follows_the_locked_pyodide():
    lock = read_lock()
    pyodide = lock.package("pyodide")
    newer = msgspec.structs.replace(pyodide, version="999")
    other = Lock(lock.schema, tuple(newer if package is pyodide else package for package in lock.packages))
    assert snapshot_path(lock) == snapshot_path(read_lock())
    assert snapshot_path(lock) != snapshot_path(other)


def test_it_is_made_once_and_packed(tmp_path: Path):
    lock = read_lock()
    (tmp_path / lock.package("pyodide").folder).symlink_to(ASSETS_PATH / lock.package("pyodide").folder)
    assert make_snapshot(lock, tmp_path)
    made = tmp_path / snapshot_path(lock)
    assert made.stat().st_size > 10_000_000
    assert made.with_name("snapshot.bin.br").stat().st_size < made.stat().st_size / 3
    assert sorted(path.name for path in made.parent.iterdir()) == ["snapshot.bin", "snapshot.bin.br"]
    assert not make_snapshot(lock, tmp_path)


@pytest.mark.parametrize("node", [None, "false"])
def test_without_a_working_node_it_is_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, node: str | None
):
    monkeypatch.setattr("backend.assets.snapshot.shutil.which", lambda _: node)
    told: list[str] = []
    assert not make_snapshot(read_lock(), tmp_path, say=told.append)
    assert len(told) == 1
    assert "left out" in told[0]
    assert not (tmp_path / snapshot_path(read_lock())).exists()
