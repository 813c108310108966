"""The store does the same in a folder and in S3."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from backend.settings import SettingsError
from backend.storage import Store, open_store
from tests.backend.jobs.rig import files_below, settings_in


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    where = request.getfixturevalue("s3") if request.param == "s3" else ""
    return open_store(settings_in(tmp_path / "data", store=where))


def _file(folder: Path, text: bytes) -> Path:
    path = folder / os.urandom(4).hex()
    path.write_bytes(text)
    return path


def test_a_file_is_moved_in_read_in_parts_and_removed(store: Store, tmp_path: Path) -> None:
    source = _file(tmp_path, b"0123456789" * 1000)
    store.put_file("results/job/vocals.flac", source)
    assert not source.exists()
    assert store.size("results/job/vocals.flac") == 10_000
    assert asyncio.run(store.read("results/job/vocals.flac", 9_998, 10_000)) == b"89"
    assert asyncio.run(store.read("results/job/vocals.flac", 5, 5)) == b""
    store.put_file("results/job/vocals.flac", _file(tmp_path, b"new"))
    assert asyncio.run(store.read("results/job/vocals.flac", 0, 3)) == b"new"
    store.put_file("results/jobs/other.flac", _file(tmp_path, b"another job, whose name begins the same"))
    store.delete("results/job")
    with pytest.raises(FileNotFoundError):
        store.size("results/job/vocals.flac")
    with pytest.raises(FileNotFoundError):
        asyncio.run(store.read("results/job/vocals.flac", 0, 1))
    assert store.size("results/jobs/other.flac") == 39
    store.delete("results/nothing")
    store.check()


def test_another_machine_goes_on_with_what_is_in_the_store(store: Store, tmp_path: Path) -> None:
    where = f"s3://songs/{os.environ['PYTEST_CURRENT_TEST'].split('::')[1].split(' ')[0]}" if not store.folder else ""
    other = open_store(settings_in(tmp_path / ("data" if store.folder else "machine"), store=where))
    store.put_file("work/job/source", _file(tmp_path, b"song"))
    store.pull("job")
    space = store.workspace("job")
    assert (space / "source").read_bytes() == b"song"
    (space / "piece-0000").write_bytes(b"first")
    (space / ".piece-0001.part").write_bytes(b"half")
    store.push("job", frozenset({"source"}))
    other.pull("job")
    there = other.workspace("job")
    assert {path.name: path.read_bytes() for path in there.iterdir() if not path.name.startswith(".")} == {
        "source": b"song",
        "piece-0000": b"first",
    }
    other.delete("work/job")
    assert not there.exists()


def test_jobs_whose_files_are_old_are_found(store: Store, tmp_path: Path) -> None:
    store.put_file("work/one/source", _file(tmp_path, b"song"))
    store.put_file("results/two/a", _file(tmp_path, b"stem"))
    if store.folder:
        store.workspace("empty")
    assert sorted(store.jobs("work", older_seconds=-60)) == (["empty", "one"] if store.folder else ["one"])
    assert list(store.jobs("results", older_seconds=-60)) == ["two"]
    assert list(store.jobs("work", older_seconds=60)) == []


def test_nothing_half_is_left_when_a_move_across_disks_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(settings_in(tmp_path / "data"))
    source = _file(tmp_path, b"song")

    def other_disk(*_):
        raise OSError(18, "Invalid cross-device link")

    with monkeypatch.context() as patch:
        patch.setattr("backend.storage.os.replace", other_disk)
        with pytest.raises(OSError, match="Invalid cross-device link"):
            store.put_file("work/job/source", source)
    assert source.exists()
    assert files_below(tmp_path / "data" / "store") == []


def test_a_place_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"KEYLIGHT_STORE is 'ftp://here': expected a folder or s3://bucket/prefix"):
        open_store(settings_in(tmp_path, store="ftp://here"))
