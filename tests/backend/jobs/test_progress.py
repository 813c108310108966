"""The ledger: rows are written over, counts are kept, other connections see them."""

from __future__ import annotations

from pathlib import Path

from backend.progress import Attempts, Ledger, Progress
from tests.backend.jobs.rig import settings_in


def test_progress_is_the_newest_and_survives(tmp_path: Path) -> None:
    ledger = Ledger(settings_in(tmp_path))
    ledger.create()
    ledger.create()
    ledger.note({"a": Progress("separating", 0.25, 100.0, 60.0), "b": Progress("waiting", 0.0)})
    ledger.note({"a": Progress("writing", 0.95, None, 60.0, "Full.")})
    ledger.close()
    again = Ledger(settings_in(tmp_path))
    assert again.progress(["a", "b", "c"]) == {
        "a": Progress("writing", 0.95, None, 60.0, "Full."),
        "b": Progress("waiting", 0.0),
    }
    again.expire("b")
    again.expire("c")
    assert [one.expired for one in again.progress("abc").values()] == [False, True, True]
    again.forget(["a", "c"])
    assert list(again.progress("abc")) == ["b"]
    again.close()


def test_tries_of_a_piece_are_counted_before_they_start(tmp_path: Path) -> None:
    ledger = Ledger(settings_in(tmp_path))
    ledger.create()
    assert ledger.begin_piece("a", 0) == Attempts(0, 0, 0)
    assert ledger.begin_piece("a", 0) == Attempts(1, 0, 0)
    ledger.died("a", 0)
    ledger.excuse_piece("a", 0)
    ledger.begin_piece("a", 1)
    ledger.end_piece("a", 1)
    assert ledger.pieces("a") == {0: Attempts(1, 1, 0), 1: Attempts(1, 0, 1)}
    assert ledger.pieces("b") == {}
    ledger.close()


def test_figures_are_mixed_and_workers_are_alive_while_they_say_so(tmp_path: Path) -> None:
    ledger = Ledger(settings_in(tmp_path))
    ledger.create()
    ledger.learn("write flac", 40.0)
    ledger.learn("write flac", 20.0)
    assert ledger.figures() == {"write flac": 30.0}
    ledger.hello("one", b"{}")
    ledger.hello("one")
    ledger.hello("two")
    ledger.goodbye("two")
    assert [(row.name, row.alive, row.info) for row in ledger.workers()] == [("one", True, b"{}"), ("two", False, None)]
    ledger.close()
