"""Segments of several songs into the batches of one model, fairly: each song in turn gives one until a batch is full.

A song's thread submits a few segments and gets a future of their results; while they are computed it prepares the next
ones. A batch is computed as soon as there is any segment: waiting for a full one would only delay.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Batcher", "Forward"]

#: Results of segments, in their order, of which only the named sources are needed.
Forward = Callable[[Sequence[np.ndarray], Collection[str]], Sequence[Any]]


@dataclass(eq=False)
class _Ticket:
    """Segments of one song, and how far they are."""

    owner: int
    segments: Sequence[np.ndarray]
    sources: Collection[str]
    future: Future[list[Any]]
    given: int = 0
    results: list[Any] = field(default_factory=list)


class Batcher:
    """The one thread that computes with a model."""

    def __init__(self, forward: Forward, most: Callable[[], int], *, device: threading.Lock) -> None:
        """Compute by `forward`, `most()` segments at once; `device` is held meanwhile: models take turns."""
        self._forward, self._most, self._device = forward, most, device
        self._tickets: deque[_Ticket] = deque()
        self._changed = threading.Condition()
        self._computing: set[int] = set()
        self._closed = False
        self._last_owner = -1
        self._thread = threading.Thread(target=self._run, name="batcher", daemon=True)
        self._thread.start()

    def submit(self, owner: int, segments: Sequence[np.ndarray], sources: Collection[str]) -> Future[list[Any]]:
        """Results of these segments, one or more, when they are there; those of one owner come in order."""
        ticket = _Ticket(owner, segments, sources, Future())
        with self._changed:
            self._tickets.append(ticket)
            self._changed.notify()
        return ticket.future

    def withdraw(self, owner: int) -> None:
        """Forget what an owner submitted; returns when nothing of it is on the device any more."""
        with self._changed:
            mine = [one for one in self._tickets if one.owner == owner]
            self._drop(mine)
            while owner in self._computing:
                self._changed.wait()
        for ticket in mine:
            ticket.future.cancel()

    def close(self) -> None:
        """End the thread after the batch at hand."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closed and not self._tickets:
                    self._changed.wait()
                if self._closed:
                    return
                chosen = self._choose(max(1, self._most()))
                self._computing = {ticket.owner for ticket, _ in chosen}
            self._compute(chosen)
            with self._changed:
                self._computing = set()
                self._changed.notify_all()

    def _choose(self, most: int) -> list[tuple[_Ticket, int]]:
        """Tickets and which segment of each, one song after another, going on behind the song that came last."""
        chosen: list[tuple[_Ticket, int]] = []
        while len(chosen) < most and self._tickets:
            ticket = self._next_ticket()
            self._last_owner = ticket.owner
            chosen.append((ticket, ticket.given))
            ticket.given += 1
            if ticket.given == len(ticket.segments):
                self._tickets.remove(ticket)
        return chosen

    def _next_ticket(self) -> _Ticket:
        owners = sorted({one.owner for one in self._tickets})
        owner = next((one for one in owners if one > self._last_owner), owners[0])
        return next(one for one in self._tickets if one.owner == owner)

    def _compute(self, chosen: Sequence[tuple[_Ticket, int]]) -> None:
        tickets = {ticket for ticket, _ in chosen}
        sources = {source for ticket in tickets for source in ticket.sources}
        try:
            with self._device:
                results = self._forward([ticket.segments[at] for ticket, at in chosen], sources)
        except Exception as error:
            with self._changed:
                self._drop(tickets)
            for ticket in tickets:
                _settle(ticket.future, error=error)
            return
        for (ticket, _), result in zip(chosen, results, strict=True):
            ticket.results.append(result)
        for ticket in tickets:
            if len(ticket.results) == len(ticket.segments):
                _settle(ticket.future, ticket.results)

    def _drop(self, tickets: Iterable[_Ticket]) -> None:
        gone = set(tickets)
        self._tickets = deque(one for one in self._tickets if one not in gone)


def _settle(future: Future[list[Any]], results: list[Any] | None = None, error: Exception | None = None) -> None:
    """Answer, unless nobody waits any more."""
    if future.set_running_or_notify_cancel():
        if error is None:
            future.set_result(results or [])
        else:
            future.set_exception(error)
