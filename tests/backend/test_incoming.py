"""Files of uploads go with the process that took them, and none goes while its process is there."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from backend.incoming import new_upload, remove_left_uploads
from tests.backend.test_upload_faults import START, begin
from tests.serving import ROOT, get_json, running_server, tiny_models_folder, wait_for

_HOLDER = """
import sys
from pathlib import Path
from backend.incoming import new_upload
path, file = new_upload(Path(sys.argv[1]))
print(path.name, flush=True)
sys.stdin.read()
"""


def test_an_upload_of_this_or_another_process_stays_until_its_process_is_gone(tmp_path: Path) -> None:
    (tmp_path / "song-1").touch()
    mine, file = new_upload(tmp_path)
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = tmp_path / other.stdout.readline().strip()
        assert remove_left_uploads(tmp_path) == 0
        other.kill()
        other.wait()
        assert remove_left_uploads(tmp_path) == 1
    assert not theirs.exists()
    assert mine.exists()
    file.close()
    assert remove_left_uploads(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["song-1"]
    assert remove_left_uploads(tmp_path / "absent") == 0


def test_no_upload_is_lost_in_the_moment_before_it_is_locked(tmp_path: Path) -> None:
    """Who sweeps as fast as it can beside somebody who begins uploads never takes one that is held."""
    over = threading.Event()

    def sweep() -> None:
        while not over.is_set():
            remove_left_uploads(tmp_path)

    sweepers = [threading.Thread(target=sweep) for _ in range(2)]
    for one in sweepers:
        one.start()
    try:
        for _ in range(500):
            path, file = new_upload(tmp_path)
            with file:
                assert path.exists()
                path.unlink()
    finally:
        over.set()
        for one in sweepers:
            one.join()


@pytest.mark.slow
def test_what_a_killed_server_left_goes_at_the_next_start_and_nothing_of_another_server(tmp_path: Path) -> None:
    given = {"models": tiny_models_folder(), "workers": "cpu"}
    uploads = tmp_path / "uploads"

    def names() -> set[str]:
        return {path.name for path in uploads.glob("*")}

    with running_server(tmp_path, **given) as one, running_server(tmp_path, **given) as two:
        for server in (one, two):
            wait_for(lambda url=server.url: get_json(f"{url}/api/capabilities")["separation"], what="separation")
        with begin(two, 10_000_000, START + bytes(1_000_000)):
            wait_for(lambda: len(names()) == 1, what="the upload to the one server")
            (stays,) = names()
            with begin(one, 10_000_000, START + bytes(1_000_000)):
                wait_for(lambda: len(names()) == 2, what="the upload to the other server")
                one.process.kill()
                one.process.wait()
            assert len(names()) == 2
            with running_server(tmp_path, **given):
                wait_for(lambda: names() == {stays}, what="the end of what was left", seconds=30)
        wait_for(lambda: not names(), what="the end of the other upload")
