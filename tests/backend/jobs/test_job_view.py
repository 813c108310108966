"""How a job looks: turns of clients, times, states."""

from __future__ import annotations

import pytest

from backend.job_view import Board, Record, job_view, waiting_order
from backend.orders import StemsRequest
from backend.progress import Progress
from shared.schema.jobs import StemsOptions

NOW = 1_000_000.0


def record(name: str, client: str = "ann", *, state="queued", at: float = 0.0, **changes) -> Record:
    return Record(name, state, StemsRequest(client, StemsOptions(), 60.0, NOW + at), **changes)


def board(*records: Record, progress=None, figures=None, slots: int = 1) -> Board:
    return Board(NOW, {one.id: one for one in records}, progress or {}, figures or {}, slots)


def test_clients_take_turns_and_each_keeps_its_order() -> None:
    records = [
        record("a1", "ann", at=1),
        record("a2", "ann", at=2),
        record("a3", "ann", at=3),
        record("b1", "bob", at=4),
        record("c1", "cid", at=5, state="running"),
        record("c2", "cid", at=6),
    ]
    assert [one.id for one in waiting_order(records[::-1])] == ["a1", "b1", "a2", "c2", "a3"]


def test_a_waiting_job_knows_its_place_and_when_it_will_be_done() -> None:
    # At 2 s of audio a second, 60 s take 30 s; writing at 60 takes 1. One slot is busy for 10 s more, one is free.
    figures = {"separate htdemucs": 2.0, "write flac": 60.0}
    jobs = [record("r", "cid", state="running"), *(record(f"w{n}", f"c{n}", at=n) for n in range(3))]
    seen = board(*jobs, progress={"r": Progress("separating", 0.5, NOW + 10)}, figures=figures, slots=2)
    views = [job_view(one, seen.progress.get(one.id), seen, keep_seconds=60) for one in jobs]
    assert [view.queue_position for view in views] == [None, 1, 2, 3]
    assert [view.eta_seconds for view in views] == [10.0, 31.0, 41.0, 62.0]
    assert seen.first_end() == 10.0
    assert seen.first_end("c1") is None


@pytest.mark.parametrize(
    ("figures", "ends_at"), [({}, NOW + 10), ({"separate htdemucs": 2.0}, None)], ids=["never measured", "unknown end"]
)
def test_nothing_is_promised_that_was_not_measured(figures, ends_at) -> None:
    jobs = [record("r", "cid", state="running"), record("w")]
    seen = board(*jobs, progress={"r": Progress("separating", 0.5, ends_at)}, figures=figures)
    assert job_view(jobs[1], None, seen, keep_seconds=60).eta_seconds is None


@pytest.mark.parametrize(
    ("changes", "progress", "state", "stage", "error"),
    [
        ({"state": "queued"}, Progress("separating", 0.4), "queued", "waiting", None),
        ({"state": "running"}, Progress("separating", 0.4), "running", "separating", None),
        ({"state": "done", "output": {"failed": "No."}}, Progress("separating", 0.4), "failed", "separating", "No."),
        ({"state": "cancelled"}, Progress("separating", 0.4), "cancelled", "separating", None),
        ({"state": "cancelled"}, None, "cancelled", "waiting", None),
        ({"state": "done"}, Progress("done", 1.0, expired=True), "expired", "done", None),
        ({"state": "running"}, Progress("done", 1.0, expired=True), "running", "done", None),
        (
            {"state": "failed"},
            None,
            "failed",
            "waiting",
            "The job was begun too often without coming to an end and was given up.",
        ),
    ],
)
def test_states_and_stages(changes, progress, state, stage, error) -> None:
    seen = job_view(record("a", **changes), progress, board(), keep_seconds=60)
    assert (seen.state, seen.stage, seen.error) == (state, stage, error)


def test_a_standing_job_says_why_and_an_ended_one_does_not() -> None:
    full = Progress("separating", 0.4, note="The disk is full.")
    assert job_view(record("a", state="running"), full, board(), keep_seconds=60).note == "The disk is full."
    assert job_view(record("a", state="cancelled"), full, board(), keep_seconds=60).note is None
