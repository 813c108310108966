"""Event streams: what is sent, keep-alive in silence, and their end when jobs, client or server end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from backend.desk import Desk
from backend.errors import ApiError
from backend.events import EventStream, encode_event, nothing_more
from backend.limits import Held
from shared.errors import KeylightError
from shared.schema.jobs import Job, decode_job

Events = Callable[[], AsyncIterator[tuple[int, Job]]]


def job(progress: float) -> Job:
    return Job("a" * 32, "stems", "running", "separating", progress, 0.0)


def stream(events: Events, *, keep_alive: float = 30.0, leaves: asyncio.Event | None = None, closes: bool = False):
    """What is sent of these events: status, body, and whether the answer was ended."""

    async def work() -> tuple[int, bytes, bool]:
        desk = Desk(None)
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)
            if closes and b"data" in message.get("body", b""):
                desk.closing.set()
            if leaves is not None and b"data" in message.get("body", b""):
                leaves.set()

        async def receive() -> Any:
            await (leaves or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        await EventStream(events(), desk, "me", keep_alive=keep_alive)({}, receive, send)  # type: ignore[arg-type]
        assert desk.streams.count == 0
        body = b"".join(one.get("body", b"") for one in sent)
        return sent[0]["status"], body, sent[-1].get("more_body") is False

    return asyncio.run(work())


def test_an_event_is_a_number_and_a_job() -> None:
    number, data, *rest = encode_event(7, job(0.5)).split(b"\n")
    assert (number, rest) == (b"id: 7", [b"", b""])
    assert decode_job(data.removeprefix(b"data: ")).progress == 0.5


def test_a_stream_ends_with_its_events() -> None:
    async def events() -> AsyncIterator[tuple[int, Job]]:
        yield 2, job(0.1)
        yield 4, job(0.2)

    status, body, ended = stream(events)
    assert (status, ended) == (200, True)
    assert body == b"retry: 2000\n\n" + encode_event(2, job(0.1)) + encode_event(4, job(0.2))


def test_silence_is_filled_with_comments() -> None:
    async def events() -> AsyncIterator[tuple[int, Job]]:
        await asyncio.sleep(0.05)
        yield 2, job(0.1)

    _, body, _ = stream(events, keep_alive=0.01)
    assert body.startswith(b"retry: 2000\n\n: still here\n\n")
    assert body.endswith(encode_event(2, job(0.1)))


def endless(ended: list[bool]) -> Events:
    async def events() -> AsyncIterator[tuple[int, Job]]:
        try:
            yield 2, job(0.1)
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    return events


def test_a_client_that_leaves_ends_the_watching() -> None:
    ended: list[bool] = []
    _, _, told = stream(endless(ended), leaves=asyncio.Event())
    assert (ended, told) == ([True], False)


def test_a_server_that_stops_ends_the_stream() -> None:
    ended: list[bool] = []
    _, body, told = stream(endless(ended), closes=True)
    assert (ended, told) == ([True], True)
    assert body.endswith(encode_event(2, job(0.1)))


def test_jobs_that_do_not_answer_end_the_stream_so_that_the_client_comes_again() -> None:
    async def events() -> AsyncIterator[tuple[int, Job]]:
        yield 2, job(0.1)
        raise KeylightError("The job database does not answer.")

    assert stream(events)[2] is True


def test_a_mistake_of_ours_is_raised() -> None:
    async def events() -> AsyncIterator[tuple[int, Job]]:
        yield 2, job(0.1)
        raise RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        stream(events)


def test_who_has_seen_the_end_is_told_to_stop() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(nothing_more({}, send, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 204


def test_so_many_are_held_open_and_no_more() -> None:
    held = Held("streams", most=2, per_client=1)
    with held.hold("a"), held.hold("b"):
        with pytest.raises(ApiError, match="429: This client has 1 streams open already"), held.hold("a"):
            pass
        with pytest.raises(ApiError, match="429: There are 2 streams open already"), held.hold("c"):
            pass
    assert held.count == 0
    with held.hold("a"):
        assert held.count == 1
