"""Batches are filled from all songs in turn, and every result goes to the one who asked."""

import threading
from concurrent.futures import CancelledError

import numpy as np
import pytest

from backend.gpu.batcher import Batcher
from backend.gpu.gate import Gate


class Device:
    """Doubles numbers; holds the first batch until `go`, so that a test can queue what it likes behind it."""

    def __init__(self, most=4):
        self.batches: list[list[int]] = []
        self.sources: list[set[str]] = []
        self.go = threading.Event()
        self.busy = threading.Event()
        self.batcher = Batcher(self.forward, lambda: most, device=threading.Lock())

    def forward(self, segments, sources):
        self.busy.set()
        self.go.wait(10)
        values = [int(one[0]) for one in segments]
        self.batches.append(values)
        self.sources.append(set(sources))
        if 13 in values:
            raise RuntimeError("poison")
        return [2 * one for one in values]

    def ask(self, owner, *values, sources=("vocals",)):
        return self.batcher.submit(owner, [np.array([one]) for one in values], sources)


@pytest.fixture
def device():
    made = Device()
    first = made.ask(0, 0)
    assert made.busy.wait(10)
    yield made
    made.go.set()
    assert first.result(10) == [0]
    made.batcher.close()


def test_songs_take_turns_and_fill_each_other_s_batches(device):
    long = device.ask(1, 10, 11, 12, 14, 15)
    short = device.ask(2, 20)
    third = device.ask(3, 30, 31)
    device.go.set()
    assert long.result(10) == [20, 22, 24, 28, 30]
    assert short.result(10) == [40]
    assert third.result(10) == [60, 62]
    assert device.batches == [[0], [10, 20, 30, 11], [31, 12, 14, 15]]


def test_requests_of_one_song_stay_in_order(device):
    futures = [device.ask(1, at, at + 1) for at in (2, 4, 6)]
    device.go.set()
    assert [future.result(10) for future in futures] == [[4, 6], [8, 10], [12, 14]]


def test_a_batch_computes_the_stems_that_any_of_its_songs_needs(device):
    futures = [device.ask(1, 1, sources=("drums",)), device.ask(2, 2, sources=("bass", "drums"))]
    device.go.set()
    for future in futures:
        future.result(10)
    assert device.sources == [{"vocals"}, {"drums", "bass"}]


def test_poison_spoils_its_batch_and_no_other(device):
    poison = device.ask(1, 13, 1, 1, 1, 1, 1)
    beside = device.ask(2, 7)
    device.go.set()
    for future in (poison, beside):
        with pytest.raises(RuntimeError, match="poison"):
            future.result(10)
    assert device.ask(3, 5).result(10) == [10]
    assert device.batches[-1] == [5]  # the rest of what was given up is not computed


def test_what_is_withdrawn_is_never_computed_and_others_go_on(device):
    gone, kept = device.ask(1, 5, 6), device.ask(2, 7)
    device.batcher.withdraw(1)
    device.go.set()
    assert kept.result(10) == [14]
    with pytest.raises(CancelledError):
        gone.result(10)
    assert device.batches == [[0], [7]]


def test_withdrawing_waits_for_the_batch_at_hand(device):
    waiter = threading.Thread(target=device.batcher.withdraw, args=(0,))
    waiter.start()
    assert waiter.is_alive()
    device.go.set()
    waiter.join(10)
    assert device.batches == [[0]]


def test_one_alone_has_nobody_beside_it():
    gate, log, together = Gate(), [], threading.Barrier(2)

    def work(name, alone):
        with gate.enter(alone=alone):
            log.append(f"+{name}")
            if not alone:
                together.wait(10)  # both of the others are inside at once
            log.append(f"-{name}")

    with gate.enter(alone=False):
        alone = threading.Thread(target=work, args=("alone", True))
        alone.start()
        while len(gate._queue) < 1:
            pass
        others = [threading.Thread(target=work, args=(name, False)) for name in "ab"]
        for other in others:
            other.start()
        assert log == []  # whoever comes later waits behind the one who wants to be alone
    for thread in (alone, *others):
        thread.join(10)
    assert log[:2] == ["+alone", "-alone"]
    assert sorted(log[2:4]) == ["+a", "+b"]


def test_waiting_is_given_up_when_told():
    gate = Gate()

    def stop():
        raise InterruptedError

    with gate.enter(alone=True), pytest.raises(InterruptedError), gate.enter(alone=False, check=stop):
        pass
    with gate.enter(alone=True):
        pass
