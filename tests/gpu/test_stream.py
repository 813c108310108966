"""A song cut into segments, put together again: the same stems as `demucs.apply.apply_model` gives for the whole."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from demucs.apply import BagOfModels, apply_model

from backend.gpu.separator import Separator
from backend.gpu.stream import StemStream, samples_read
from shared.errors import KeylightError
from tests.gpu.tiny import SEGMENT, tiny, tiny_hybrid

LENGTH = int(SEGMENT * 44_100)
STRIDE = int(0.75 * LENGTH)
WEIGHTS = [[1.0, 0.0, 0.0, 0.5], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def single() -> Any:
    return tiny()


@pytest.fixture(scope="module")
def bag() -> Any:
    return BagOfModels([tiny(seed) for seed in range(3)], WEIGHTS)


def mix_of(samples: int, *, seed: int = 3) -> np.ndarray:
    mix = np.random.default_rng(seed).normal(0, 0.1, (2, samples)).astype(np.float32)
    mix.setflags(write=False)
    return mix


def blocks(mix: np.ndarray, *, size: int = 30_000, start: int = 0) -> Iterator[np.ndarray]:
    return (mix[:, at : at + size] for at in range(start, mix.shape[1], size))


def stock(model: Any, mix: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        result: np.ndarray = apply_model(model, torch.tensor(mix)[None], shifts=0)[0].numpy()
    return result


def separator_of(model: Any) -> Separator:
    """A separator changes its model: it gets one of its own, so that the stock one stays as it is."""
    return Separator(copy.deepcopy(model))


def ours(separator: Separator, mix: np.ndarray, *, most: int = 3, spread: bool = False) -> np.ndarray:
    stream = StemStream(separator, blocks(mix), spread=spread)
    found = []
    while segments := stream.segments(most):
        found.append(stream.take(separator.forward_all(segments)))
        assert stream.mix().shape[1] == found[-1].shape[2]
    assert stream.ended
    return np.concatenate(found, axis=2)


@pytest.mark.parametrize(
    "samples",
    [1, 300, 20_000, STRIDE - 1, STRIDE, STRIDE + 1, LENGTH - 1, LENGTH, LENGTH + 1, 3 * STRIDE, 3 * STRIDE + LENGTH],
)
def test_equals_stock_whatever_the_length(single: Any, samples: int) -> None:
    mix = mix_of(samples)
    expected = stock(single, mix)
    stems = ours(separator_of(single), mix)
    assert stems.shape == expected.shape
    assert np.abs(stems - expected).max() < 1e-6


def test_equals_stock_for_a_bag_with_weights(bag: Any) -> None:
    mix = mix_of(2 * LENGTH + 777)
    assert np.abs(ours(separator_of(bag), mix) - stock(bag, mix)).max() < 1e-6


@pytest.mark.parametrize("samples", [2_000, 88_200, 88_201, 150_000])
def test_equals_stock_for_a_model_that_takes_a_short_end_as_it_is(samples: int) -> None:
    model, mix = BagOfModels([tiny_hybrid()]), mix_of(samples)
    assert np.abs(ours(separator_of(model), mix) - stock(model, mix)).max() < 1e-6


def test_a_result_does_not_depend_on_what_else_is_in_the_batch(single: Any) -> None:
    separator = separator_of(single)
    first, second = (mix_of(2 * LENGTH, seed=seed) for seed in (1, 2))
    alone = ours(separator, first, most=1)
    streams = [StemStream(separator, blocks(mix)) for mix in (first, second)]
    found = []
    while segments := [stream.segments(2) for stream in streams]:
        if not any(segments):
            break
        results = separator.forward_all([one for of_song in segments for one in of_song])
        found.append(streams[0].take(results[: len(segments[0])]))
        streams[1].take(results[len(segments[0]) :])
    assert np.array_equal(np.concatenate(found, axis=2), alone)


def test_goes_on_bit_for_bit_after_a_stop_at_any_place(single: Any) -> None:
    separator, mix = separator_of(single), mix_of(3 * STRIDE + 5_000)
    expected = ours(separator, mix, most=1, spread=True)
    found, state = [], None
    while True:
        stream = StemStream(separator, blocks(mix, size=7_777, start=samples_read(state)), resume=state, spread=True)
        segments = stream.segments(1)
        if not segments:
            break
        found.append(stream.take(separator.forward_all(segments)))
        state = {name: values.copy() for name, values in stream.state().items()}
    assert len(found) == 4
    assert np.array_equal(np.concatenate(found, axis=2), expected)


def test_a_state_taken_while_segments_are_out_repeats_them(single: Any) -> None:
    separator, mix = separator_of(single), mix_of(2 * LENGTH)
    stream = StemStream(separator, blocks(mix))
    first = stream.take(separator.forward_all(stream.segments(1)))
    out = stream.segments(1)
    again = StemStream(separator, blocks(mix, start=samples_read(stream.state())), resume=stream.state())
    assert np.array_equal(again.segments(1)[0], out[0])
    assert first.shape[2] == STRIDE


def test_the_mix_comes_with_the_stems(single: Any) -> None:
    separator, mix = separator_of(single), mix_of(LENGTH + STRIDE + 9)
    stream, found = StemStream(separator, blocks(mix)), []
    while segments := stream.segments(2):
        stream.take(separator.forward_all(segments))
        found.append(stream.mix())
    assert np.array_equal(np.concatenate(found, axis=1), mix)


def test_memory_does_not_grow_with_the_song(single: Any) -> None:
    separator = separator_of(single)
    block = mix_of(44_100)
    stream = StemStream(separator, iter([block] * 30))
    sizes = set()
    while segments := stream.segments(2):
        stream.take([torch.zeros(4, 2, LENGTH)] * len(segments))
        sizes.add(sum(values.nbytes for values in stream.state().values()) // 1_000_000)
    assert max(sizes) <= 4


def test_spread_stems_sum_to_the_mix(single: Any) -> None:
    mix = mix_of(2 * LENGTH + 4_321)
    separator = separator_of(single)
    plain = ours(separator, mix)
    assert np.abs(plain.sum(0) - mix).max() > 0.01
    stems = ours(separator, mix, spread=True)
    assert np.abs(stems.sum(0) - mix).max() < 1e-6


def test_an_empty_song_has_no_segments(single: Any) -> None:
    stream = StemStream(separator_of(single), iter([]))
    assert stream.segments(3) == []
    assert stream.ended


def test_refuses_blocks_of_another_kind(single: Any) -> None:
    stream = StemStream(separator_of(single), iter([np.zeros((1, 100), np.float32)]))
    with pytest.raises(KeylightError, match=r"Expected float32 blocks of 2 channels, got float32 of shape \[1"):
        stream.segments(1)


def test_refuses_the_state_of_another_model(single: Any) -> None:
    state = StemStream(separator_of(single), iter([])).state()
    other = Separator(tiny_hybrid())
    with pytest.raises(KeylightError, match="Expected the state of a stream of this model"):
        StemStream(other, iter([]), resume=state)


def test_refuses_more_results_than_segments(single: Any) -> None:
    stream = StemStream(separator_of(single), iter([mix_of(100)]))
    with pytest.raises(KeylightError, match="Expected a result for each segment given out, got more"):
        stream.take(torch.zeros(1, 4, 2, LENGTH))
