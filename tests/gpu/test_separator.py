"""The resident model: quicker layers with the same outputs, half precision where it is as good, too little memory."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from demucs.apply import BagOfModels
from demucs.htdemucs import HTDemucs

from backend.gpu import lean, tune
from backend.gpu.precision import stem_snr_db
from backend.gpu.separator import Separator
from shared.errors import KeylightError
from tests.gpu.tiny import SEGMENT, SIX, tiny, tiny_hybrid

LENGTH = int(SEGMENT * 44_100)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def noise(segments: int = 1, length: int = LENGTH) -> torch.Tensor:
    return torch.randn(segments, 2, length, generator=torch.Generator().manual_seed(5)) * 0.1


def largest_change(model: Any, batch: torch.Tensor) -> float:
    """Largest difference that tuning makes, as a share of the largest output."""
    with torch.inference_mode():
        expected = model(batch)
        tuned = copy.deepcopy(model)
        tune.tune(tuned)
        kinds = {type(module).__name__ for module in tuned.modules()}
        assert {"_Encoder", "_Decoder", "_Residual", "_Attention"} <= kinds
        return float((tuned(batch) - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"channels": 12, "dconv_mode": 3, "dconv_depth": 2, "bottom_channels": 32, "t_layers": 3},  # as published
        {"channels": 4, "sources": SIX},
    ],
)
def test_tuned_layers_give_the_same_stems(changes: dict[str, Any]) -> None:
    model = tiny(1, segment=Fraction(11, 10), **changes)
    with torch.no_grad():
        for name, values in model.named_parameters():
            if name.endswith("scale"):  # they start near 0, and would hide what they scale
                values.uniform_(0.5, 1.0)
    assert largest_change(model, noise(2, int(1.1 * 44_100))) < 1e-5


@pytest.mark.parametrize("length", [LENGTH, LENGTH - 5_001])
@pytest.mark.parametrize("changes", [{}, {"bottom_channels": 32}, {"t_layers": 0, "freq_emb": 0.0}])
def test_the_lean_order_gives_the_same_stems(changes: dict[str, Any], length: int) -> None:
    model, batch = tiny(2, **changes), noise(2, length)
    assert lean.is_lean(model)
    with torch.inference_mode():
        found, expected = lean.forward(model, batch), model(batch)
    assert torch.allclose(found, expected, rtol=0, atol=1e-6 * float(expected.abs().max()))


def test_a_model_of_another_plan_keeps_its_own_order() -> None:
    assert not lean.is_lean(tiny_hybrid())
    assert not lean.is_lean(tiny(cac=False))


def test_layers_of_an_unknown_make_stay_as_they_are() -> None:
    model = tiny(1, segment=Fraction(11, 10), context=0, norm_starts=0)
    batch = noise(1, int(1.1 * 44_100))
    with torch.inference_mode():
        expected = model(batch)
        tune.tune(model)
        assert "_Encoder" not in {type(layer).__name__ for layer in model.encoder}
        assert torch.allclose(model(batch), expected, atol=1e-6)


def test_demucs_itself_stays_as_it_is() -> None:
    before = HTDemucs.forward, torch.nn.MultiheadAttention.forward, torch.backends.mha.get_fastpath_enabled()
    Separator(tiny())
    after = HTDemucs.forward, torch.nn.MultiheadAttention.forward, torch.backends.mha.get_fastpath_enabled()
    assert before == after


def test_two_threads_give_what_one_gives() -> None:
    batch = noise(3)
    alone = Separator(tiny()).forward(batch)
    torch.set_num_threads(2)
    separator = Separator(tiny())
    assert separator.batch == 2
    assert torch.equal(separator.forward(batch), alone)
    separator.close()


def test_a_bag_spares_the_members_that_nobody_asked_for() -> None:
    runs: list[int] = []
    members = [tiny(seed) for seed in range(4)]
    for at, member in enumerate(members):
        member.register_forward_hook(lambda *_, at=at: runs.append(at))
    weights = [[float(row == column) for column in range(4)] for row in range(4)]
    separator = Separator(BagOfModels(members, weights))
    batch = noise()
    everything = separator.forward(batch)
    assert runs == [0, 1, 2, 3]
    runs.clear()
    vocals = separator.forward(batch, {"vocals"})
    assert runs == [3]
    assert torch.equal(vocals[:, 3], everything[:, 3])
    assert not vocals[:, :3].any()


def test_inputs_of_several_lengths_come_back_in_their_order() -> None:
    separator = Separator(tiny_hybrid())
    lengths = [88_200, 30_000, 88_200]
    segments = [np.full((2, length), 0.01, np.float32) for length in lengths]
    assert [result.shape[-1] for result in separator.forward_all(segments)] == lengths


@pytest.mark.parametrize(("dtype", "kept"), [(torch.float16, True), (torch.bfloat16, False)])
def test_half_precision_is_kept_only_where_it_is_as_good(
    dtype: torch.dtype, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.gpu.separator.LEAST_SNR_DB", 58.0)  # between what the two reach on this network
    batch = noise()
    exact = Separator(tiny(), tuned=False).forward(batch)
    with torch.autocast("cpu", dtype), torch.inference_mode():
        half = tiny()(batch).float()
    assert (stem_snr_db(exact, half, batch) > 58) == kept
    separator = Separator(tiny(), halves=[dtype])
    assert torch.equal(separator.forward(batch), half if kept else exact)
    assert separator.dtype == (dtype if kept else torch.float32)


def test_the_first_precision_that_is_good_enough_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.gpu.separator.LEAST_SNR_DB", 58.0)
    separator = Separator(tiny(), halves=[torch.bfloat16, torch.float16])
    separator.forward(noise())
    assert separator.dtype == torch.float16


class _Cramped(Separator):
    """A separator on a device that has room for some segments only; the device is made up, the retrying is not."""

    room = 2

    def _move(self, device: torch.device) -> None:
        self.device = device
        self.moves = [*getattr(self, "moves", []), device.type]

    def _run(self, batch: torch.Tensor, sources: Collection[str] | None) -> torch.Tensor:
        self.sizes = [*getattr(self, "sizes", []), (self.device.type, len(batch))]
        if self.device.type != "cpu" and len(batch) > self.room:
            raise torch.OutOfMemoryError("no room")
        return batch[:, None] * torch.arange(4).view(1, 4, 1, 1)


def test_too_little_memory_halves_the_batch() -> None:
    separator = _Cramped(tiny(), device="meta", batch=8, halves=[])
    batch = noise(8, 10)
    assert torch.equal(separator.forward(batch)[:, 2], batch * 2)
    assert [size for _, size in separator.sizes] == [8, 4, 2, 2, 4, 2, 2]
    assert separator.batch == 2


def test_a_segment_that_does_not_fit_is_computed_on_the_cpu_and_the_device_is_tried_again() -> None:
    separator = _Cramped(tiny(), device="meta", batch=1, halves=[])
    separator.room = 0
    batch = noise(1, 10)
    assert torch.equal(separator.forward(batch)[:, 3], batch * 3)
    assert separator.moves == ["meta", "cpu"]
    separator.room = 1
    for _ in range(64):
        separator.forward(batch)
    assert separator.moves == ["meta", "cpu", "meta"]
    assert separator.sizes[-1] == ("meta", 1)


def test_no_memory_on_the_cpu_either_is_said() -> None:
    separator = Separator(tiny())

    def fail(*_: object) -> torch.Tensor:
        raise MemoryError

    separator._members = [(fail, [1.0] * 4)]
    with pytest.raises(KeylightError, match="There is too little memory to separate"):
        separator.forward(noise())


def test_refuses_bags_that_do_not_fit_together() -> None:
    other = tiny(segment=Fraction(1))
    with pytest.raises(KeylightError, match=r"one kind and segment length in a bag, got \[44100, 85995\] samples"):
        Separator(BagOfModels([tiny(), other]))
    with pytest.raises(KeylightError, match="gives some stem no weight at all"):
        Separator(BagOfModels([tiny()], [[1.0, 1.0, 1.0, 0.0]]))


def test_worst_stem_counts_and_silence_is_judged_by_the_mix() -> None:
    exact = torch.zeros(1, 2, 2, 100)
    exact[:, 0] = 1.0
    other = exact.clone()
    other[:, 1] += 0.001
    assert stem_snr_db(exact, other, exact.sum(1)) == pytest.approx(30, abs=0.1)
    assert stem_snr_db(exact, exact * torch.nan, exact.sum(1)) == float("-inf")
