"""A lock says who is alive, in files and in Postgres alike."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend import lease
from backend.lease import take_lease
from backend.settings import Settings
from shared.errors import KeylightError
from tests.backend.jobs.rig import ROOT, environment, settings_in
from tests.serving import wait_for

_HOLDER = """
import os, sys
from backend.lease import take_lease
from backend.settings import read_settings
held = take_lease(read_settings(os.environ), sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["file", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres").url if request.param == "postgres" else ""
    return settings_in(tmp_path, database=url)


def test_a_lock_is_held_for_the_life_of_a_process(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = take_lease(settings, "one")
    command = [sys.executable, "-c", _HOLDER, "two"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with mine.others_gone("two") as gone:
            assert not gone
        monkeypatch.setattr(lease, "_TRIES", 2)
        with pytest.raises(KeylightError, match="A worker called 'two' already runs"):
            take_lease(settings, "two")
        other.kill()
        other.wait()
        monkeypatch.setattr(lease, "_TRIES", 20)
        successor = take_lease(settings, "two")
    with mine.others_gone("two") as gone:
        assert not gone
    with mine.others_gone("three") as gone:
        assert gone
        monkeypatch.setattr(lease, "_TRIES", 1)
        with pytest.raises(KeylightError, match="already runs"):
            take_lease(settings, "three")
    third = take_lease(settings, "three")
    for held in (mine, successor, third):
        held.ping()
    successor.release()

    def is_free() -> bool:
        with mine.others_gone("two") as gone:
            return gone

    wait_for(is_free, what="the lock")  # Postgres ends a closed session in its own time
    third.release()
    mine.release()
