"""Quick separation through the engine's messages: stems in each answer, cancels heard, nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Any

import numpy as np
import pytest

from shared.errors import AudioError, Cancelled, MessageError
from shared.schema import messages as m
from shared.separation.models import QUICK_STEMS
from shared.separation.quick import separate
from web.py.worker import Engine

RATE = 8000


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end without an event loop: the engine awaits nothing but its own pauses."""
    while True:
        try:
            coroutine.send(None)
        except StopIteration as stop:
            return stop.value


def ask(engine: Engine, request: dict[str, Any], *arrays: np.ndarray, told: list[tuple[str, float]] | None = None):
    report = lambda stage, fraction: told.append((stage, fraction)) if told is not None else None  # noqa: E731
    return finish(engine.handle(json.dumps(request), list(arrays), report))


def opened(engine: Engine, *, split: int = 1, channels: int = 2, expected: float | None = None) -> None:
    reply, arrays = ask(
        engine,
        {"type": "openSplit", "split": split, "sampleRate": RATE, "channels": channels, "expectedSeconds": expected},
    )
    assert reply == m.SplitOpened(split=split, sample_rate=RATE)
    assert arrays == []


def noise(seconds: float, seed: int = 1) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal((2, round(seconds * RATE)))).astype(np.float32)


def test_a_song_from_open_to_the_last_block():
    engine, mix = Engine(), noise(25)
    told: list[tuple[str, float]] = []
    opened(engine, expected=25.0)
    blocks, starts = [], []
    for first in range(0, mix.shape[1], 30_000):
        reply, arrays = ask(engine, {"type": "feedSplit", "split": 1}, *mix[:, first : first + 30_000], told=told)
        starts.append((reply.start_sample, reply.samples))
        blocks.append(arrays)
    reply, arrays = ask(engine, {"type": "finishSplit", "split": 1}, told=told)
    starts.append((reply.start_sample, reply.samples))
    blocks.append(arrays)
    assert all(len(arrays) == 2 * len(QUICK_STEMS) for arrays in blocks)
    assert [start for start, _ in starts] == np.cumsum([0, *(count for _, count in starts)])[:-1].tolist()
    stems = np.concatenate([np.stack(arrays) for arrays in blocks], axis=1).reshape(len(QUICK_STEMS), 2, -1)
    assert np.array_equal(stems, separate(mix, RATE))
    assert {stage for stage, _ in told} == {"Separating"}
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)
    assert told[-1][1] == pytest.approx(1.0)
    with pytest.raises(MessageError, match="Separation 1 is not open"):
        ask(engine, {"type": "feedSplit", "split": 1}, *mix[:, :9])


def test_two_songs_at_once():
    engine, first, second = Engine(), noise(1, 1), noise(1, 2)
    opened(engine, split=1)
    opened(engine, split=2)
    ask(engine, {"type": "feedSplit", "split": 1}, *first)
    ask(engine, {"type": "feedSplit", "split": 2}, *second)
    for split, mix in ((2, second), (1, first)):
        _, arrays = ask(engine, {"type": "finishSplit", "split": split})
        assert np.abs(np.add.reduce(np.reshape(arrays, (4, 2, -1))) - mix).max() < 1e-6


def test_a_cancel_comes_between_pieces():
    engine = Engine()
    opened(engine)
    task = engine.handle('{"type": "feedSplit", "split": 1}', list(noise(30)), lambda *_: None)
    task.send(None)  # the first piece is done
    assert ask(engine, {"type": "cancelSplit", "split": 1})[0] == m.SplitCancelled(split=1)
    with pytest.raises(Cancelled, match="Separation 1 was cancelled"):
        task.send(None)
    assert ask(engine, {"type": "cancelSplit", "split": 1})[0] == m.SplitCancelled(split=1)


def test_a_number_is_open_once():
    engine = Engine()
    opened(engine)
    with pytest.raises(MessageError, match="Expected a new number for a separation, got 1"):
        opened(engine)


@pytest.mark.parametrize(
    ("arrays", "error", "sentence"),
    [
        ([], MessageError, "Expected one array of samples per channel"),
        ([np.zeros(3), np.zeros(4)], MessageError, "all of one length"),
        ([np.zeros(3)], AudioError, r"Expected blocks of shape \[2, samples\]"),
    ],
)
def test_wrong_blocks_close_the_separation(arrays, error, sentence):
    engine = Engine()
    opened(engine)
    with pytest.raises(error, match=sentence):
        ask(engine, {"type": "feedSplit", "split": 1}, *arrays)
    with pytest.raises(MessageError, match="is not open"):
        ask(engine, {"type": "finishSplit", "split": 1})
