"""A resident Demucs model, or a bag of them, that turns segments of a mix into segments of its stems.

Overlap-add is not its business (`backend.gpu.stream`), so segments of several songs may lie in one batch. Shapes:
batch [segments, channels, samples], result [segments, sources, channels, samples], float32, full scale 1.0.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
import torch
from demucs.apply import BagOfModels
from demucs.htdemucs import HTDemucs

from shared.errors import KeylightError

__all__ = ["OVERLAP", "Separator"]

#: Share of a segment that lies under the next one; Demucs' own default.
OVERLAP: Final = 0.25
#: After running out of device memory altogether, so many batches run on the CPU before the device is tried again.
_CALLS_ON_CPU: Final = 64


class Separator:
    """One model on one device.

    sources: names of the stems in their order. sample_rate in Hz; channels of input and stems. segment_samples and
    stride_samples: length of a segment, and from the start of one to the start of the next. pads: a shorter last
    segment must be filled up to a whole one (else it is taken as long as it is). batch: how many segments at once
    are worth while; less after the device ran out of memory.
    """

    def __init__(self, model: Any, *, device: str = "cpu", batch: int | None = None) -> None:
        """Take a model of Demucs' loaders; it now belongs to this object and moves to the device.

        batch: None chooses, on a CPU as many as there are threads: a thread for each segment is quicker than many for
        one. Raises `KeylightError` for a bag whose members cannot work together.
        """
        self._members = _members(model)
        first = self._members[0][0]
        self.sources = tuple(first.sources)
        self.sample_rate, self.channels = int(first.samplerate), int(first.audio_channels)
        self.segment_samples = _segment_samples([member for member, _ in self._members])
        self.stride_samples = int((1 - OVERLAP) * self.segment_samples)
        self.pads = hasattr(first, "valid_length")
        self.device = torch.device(device)
        self._wanted_device = self.device
        self._calls_left_on_cpu = 0
        self._threads = torch.get_num_threads()
        self._pool: ThreadPoolExecutor | None = None
        self._move(self.device)
        self.batch = batch or (self._threads if self.device.type == "cpu" else 4)

    def forward(self, batch: torch.Tensor, sources: Collection[str] | None = None) -> torch.Tensor:
        """Stems of segments: float32 [b, channels, n] on the host to [b, sources, channels, n] on the device.

        sources: the stems whose values are needed; members of a bag that give only others are spared, and those
        stems come out as zeros. Where the device has too little memory the batch is halved, and a single segment
        that does not fit is computed on the CPU.
        """
        self._return_to_device()
        try:
            return self._run(batch, sources)
        except (torch.OutOfMemoryError, MemoryError):
            pass  # outside the handler: the exception holds the tensors that are in the way
        self._free()
        if len(batch) > 1:
            half = len(batch) // 2
            self.batch = min(self.batch, half)
            return torch.cat([self.forward(part, sources).to("cpu") for part in (batch[:half], batch[half:])])
        if self.device.type == "cpu":
            raise KeylightError(
                "There is too little memory to separate: expected room for one segment. Close programs."
            )
        self._move(torch.device("cpu"))
        self._calls_left_on_cpu = _CALLS_ON_CPU
        return self._run(batch, sources)

    def forward_all(self, segments: Sequence[np.ndarray], sources: Collection[str] | None = None) -> list[torch.Tensor]:
        """`forward` for inputs [channels, n] that may differ in length, as the last of a song without padding does.

        Gives a result [sources, channels, n] for each, in their order.
        """
        results: dict[int, torch.Tensor] = {}
        for length in {segment.shape[1] for segment in segments}:
            chosen = [at for at, segment in enumerate(segments) if segment.shape[1] == length]
            batch = torch.from_numpy(np.stack([segments[at] for at in chosen]))
            results.update(zip(chosen, self.forward(batch, sources), strict=True))
        return [results[at] for at in range(len(segments))]

    def close(self) -> None:
        """Give back the device's memory; the object is not usable afterwards."""
        self._members = []
        if self._pool is not None:
            self._pool.shutdown()
        self._free()

    def _run(self, batch: torch.Tensor, sources: Collection[str] | None) -> torch.Tensor:
        needed = self.sources if sources is None else sources
        compute: Callable[[torch.Tensor], torch.Tensor] = lambda part: self._compute(part, needed)  # noqa: E731
        if self.device.type != "cpu" or len(batch) == 1 or self._threads == 1:
            # On a CPU always one by one, so that a result does not depend on what else is in the batch.
            parts = [batch] if self.device.type != "cpu" else torch.split(batch, 1)
            results = [compute(part.to(self.device, non_blocking=True)) for part in parts]
        else:
            results = list(self._workers().map(compute, torch.split(batch, 1)))
        return torch.cat(results) if len(results) > 1 else results[0]

    @torch.inference_mode()
    def _compute(self, batch: torch.Tensor, needed: Collection[str]) -> torch.Tensor:
        """The members' outputs, weighted as `demucs.apply.apply_model` weights them."""
        total: torch.Tensor | None = None
        for member, shares in self._members:
            if not any(share for share, source in zip(shares, self.sources, strict=True) if source in needed):
                continue
            result = member(batch)
            if len(self._members) > 1:
                result = result * torch.tensor(shares, device=result.device)[:, None, None]
            total = result if total is None else total + result
        if total is None:
            shape = (len(batch), len(self.sources), *batch.shape[1:])
            return torch.zeros(shape, device=self.device)
        return total

    def _workers(self) -> ThreadPoolExecutor:
        """Threads that compute with one thread each."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, "segment", torch.set_num_threads, (1,))
        return self._pool

    def _return_to_device(self) -> None:
        if self.device == self._wanted_device:
            return
        self._calls_left_on_cpu -= 1
        if self._calls_left_on_cpu > 0:
            return
        try:
            self._move(self._wanted_device)
        except torch.OutOfMemoryError:
            self._move(torch.device("cpu"))
            self._calls_left_on_cpu = _CALLS_ON_CPU

    def _move(self, device: torch.device) -> None:
        for member, _ in self._members:
            member.to(device).eval()
        self.device = device

    def _free(self) -> None:
        gc.collect()
        if self._wanted_device.type == "cuda":
            torch.cuda.empty_cache()


def _members(model: Any) -> list[tuple[Any, list[float]]]:
    """Models with their share of each source; the shares of a source sum to 1."""
    if not isinstance(model, BagOfModels):
        return [(model, [1.0] * len(model.sources))]
    totals = [sum(of_source) for of_source in zip(*model.weights, strict=True)]
    if not all(totals):
        raise KeylightError("The bag of models gives some stem no weight at all: expected a member for each stem.")
    return [
        (member, [weight / total for weight, total in zip(weights, totals, strict=True)])
        for member, weights in zip(model.models, model.weights, strict=True)
    ]


def _segment_samples(models: list[Any]) -> int:
    """The common length of a segment, as Demucs computes it."""
    lengths = {int(model.samplerate * model.segment) for model in models}
    kinds = {isinstance(model, HTDemucs) for model in models}
    if len(lengths) != 1 or len(kinds) != 1:
        raise KeylightError(f"Expected models of one kind and segment length in a bag, got {sorted(lengths)} samples.")
    return lengths.pop()
