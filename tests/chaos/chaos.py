"""Kill at random, and look whether anything is lost, done twice, or left behind."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.processes import gone_after
from tests.chaos.server import Order, Server, make_film, make_song

__all__ = ["Report", "chaos"]

_ACTIVE = 4
_SONGS = ((13.0, 1), (22.0, 2))
_FILM_SECONDS = (8.0, 60.0)
#: What a watcher sees of finished work: pieces of songs, segments of films and the light of their frames.
_PIECES = ("piece-*", "segment-*", "light-*")
_ENDED = ("done", "failed", "cancelled", "expired")
#: Between two kills either so many seconds, often too few for anything to have come up again, or so many finished
#: pieces: then the blow falls between a piece on disk and its being written down.
_PAUSE_SECONDS = (0.3, 4.0)
_PAUSE_PIECES = (1, 3)
_LONGEST_PAUSE_SECONDS = 30.0
_PATIENCE_SECONDS = 300.0
_CANCEL_SECONDS = 2.5


@dataclass
class Report:
    """What happened. redone: finished pieces that were computed again; orphan_seconds: longest life after a kill."""

    kills: Counter[str] = field(default_factory=Counter)
    jobs: int = 0
    states: Counter[str] = field(default_factory=Counter)
    pieces: int = 0
    redone: int = 0
    orphan_seconds: float = 0.0
    cancel_seconds: list[float] = field(default_factory=list)
    different: int = 0
    seconds: float = 0.0

    def lines(self) -> str:
        """For a person."""
        kills = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        return "\n".join(
            [
                f"kills              {self.kills.total()} ({kills})",
                f"jobs accepted      {self.jobs}: {dict(self.states)}",
                f"pieces finished    {self.pieces}, of which computed again {self.redone}",
                f"results different  {self.different} of {self.jobs} (from the same order without kills)",
                f"orphans            none after {self.orphan_seconds * 1000:.0f} ms",
                f"cancel to free     {', '.join(f'{one:.2f}' for one in self.cancel_seconds)} s",
                f"time               {self.seconds:.0f} s",
            ]
        )


class _PieceLog:
    """Sees every finished piece appear, and whether it is ever replaced: a watcher that takes part in nothing."""

    def __init__(self, data: Path) -> None:
        self._room = data / "store" / "work"
        self.seen: dict[tuple[str, str], tuple[int, int]] = {}
        self.redone = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _PieceLog:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            with contextlib.suppress(OSError):
                for path in (path for pieces in _PIECES for path in self._room.glob(f"*/{pieces}")):
                    with contextlib.suppress(OSError):
                        self._look(path)

    def _look(self, path: Path) -> None:
        stat = path.stat()
        found, key = (stat.st_ino, stat.st_mtime_ns), (path.parent.name, path.name)
        if self.seen.setdefault(key, found) != found:
            self.redone += 1
            self.seen[key] = found


async def chaos(folder: Path, models: Path, *, kills: int, seed: int) -> Report:
    """Run it. Raises `AssertionError` as soon as something is lost or left behind."""
    chance, report, start = random.Random(seed), Report(), time.monotonic()
    orders = [make_song(folder / f"song-{one}.wav", seconds=seconds, seed=one) for seconds, one in _SONGS]
    short, long = (make_film(folder / f"film-{seconds:g}.wav", seconds=seconds, seed=3) for seconds in _FILM_SECONDS)
    orders.append(short)
    server = Server(folder, models)
    server.start()
    try:
        await server.ready()
        with _PieceLog(server.data) as log:
            sent = await _under_fire(server, orders, log, chance, report, kills)
            await _all_end(server, sent, report)
        report.pieces, report.redone = len(log.seen), log.redone
        await _compare(server, orders, sent, report)
        for number, order in enumerate([orders[1], long, orders[1], long]):
            report.cancel_seconds.append(await _cancel(server, order, f"cancel-{seed}-{number}"))
    finally:
        await server.stop()
    report.seconds = time.monotonic() - start
    return report


async def _under_fire(
    server: Server, orders: list[Order], log: _PieceLog, chance: random.Random, report: Report, kills: int
) -> dict[str, int]:
    """Keep some jobs under way while processes are killed; all that were accepted, by the numbers of their orders."""
    sent: dict[str, int] = {}
    feeder = asyncio.create_task(_feed(server, orders, sent))
    try:
        for _ in range(kills):
            await _pause(log, chance)
            assert not feeder.done() or feeder.result() is None
            await _kill(server, chance.choice(["web", "worker", "child"]), report)
    finally:
        feeder.cancel()
        await asyncio.gather(feeder, return_exceptions=True)
    return sent


async def _pause(log: _PieceLog, chance: random.Random) -> None:
    seconds, pieces, by_time = chance.uniform(*_PAUSE_SECONDS), chance.randint(*_PAUSE_PIECES), chance.random() < 0.5
    if by_time:
        await asyncio.sleep(seconds)
        return
    end, goal = time.monotonic() + _LONGEST_PAUSE_SECONDS, len(log.seen) + pieces
    while len(log.seen) < goal and time.monotonic() < end:
        await asyncio.sleep(0.002)


async def _kill(server: Server, kind: str, report: Report) -> None:
    while not (victims := server.processes(kind)):
        await asyncio.sleep(0.02)
    if kind == "web":
        took = await asyncio.to_thread(server.kill_web)
        server.start()
    else:
        victim = victims[0]
        others = [one for one in server.processes() if one.parent == victim.pid]
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim.pid, signal.SIGKILL)
        took = await asyncio.to_thread(gone_after, [victim, *others], seconds=1.0)
    report.kills[kind] += 1
    report.orphan_seconds = max(report.orphan_seconds, took)


async def _feed(server: Server, orders: list[Order], sent: dict[str, int]) -> None:
    """Submit a job whenever fewer than `_ACTIVE` are under way."""
    active: set[str] = set()
    count = 0
    while True:
        for job in sorted(active):
            if (await server.job(job)).state in _ENDED:
                active.discard(job)
        while len(active) < _ACTIVE:
            count += 1
            number = count % len(orders)
            # Sent to its end also when we are cancelled half way: what the server has accepted must be in our list.
            sending = asyncio.create_task(_noted(server, orders[number], f"key-{count}", sent, number))
            try:
                active.add(await asyncio.shield(sending))
            except asyncio.CancelledError:
                await sending
                raise
        await asyncio.sleep(0.3)


async def _noted(server: Server, order: Order, key: str, sent: dict[str, int], number: int) -> str:
    job = await server.submit(order, key)
    sent[job] = number
    return job


async def _all_end(server: Server, sent: dict[str, int], report: Report) -> None:
    """Every accepted job ends, and as it should."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        for job in sent:
            while (now := await server.job(job)).state not in _ENDED:
                await asyncio.sleep(0.2)
            report.states[now.state] += 1
            assert now.state == "done", f"{job}: {now.state}, {now.error}"
    report.jobs = len(sent)


async def _compare(server: Server, orders: list[Order], sent: dict[str, int], report: Report) -> None:
    """All results are those of the same order in peace."""
    peace = []
    for number, order in enumerate(orders):
        job = await server.submit(order, f"peace-{number}")
        while (await server.job(job)).state not in _ENDED:
            await asyncio.sleep(0.1)
        peace.append(await _hashes(server, job))
        assert len(peace[-1]) == order.files
    for job, number in sent.items():
        report.different += await _hashes(server, job) != peace[number]


async def _hashes(server: Server, job: str) -> list[str]:
    files = [file for file in (await server.job(job)).results if file.name != "zip"]
    answers = [await server.ask("GET", file.url) for file in files]
    return [hashlib.sha256(answer.content).hexdigest() for answer in answers]


async def _cancel(server: Server, order: Order, key: str) -> float:
    """Seconds from a cancel in mid-run until the child has let go of the job and its files are gone."""
    job = await server.submit(order, key)
    while not 0.05 < (await server.job(job)).progress < 0.9:
        await asyncio.sleep(0.02)
    start = time.monotonic()
    answer = await server.ask("DELETE", f"/api/jobs/{job}")
    assert answer.json()["state"] == "cancelled", answer.text
    while (server.data / "store" / "work" / job).exists():
        assert time.monotonic() - start < _CANCEL_SECONDS, "a cancelled job still holds the child"
        await asyncio.sleep(0.01)
    return time.monotonic() - start
