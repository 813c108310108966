"""A resident Demucs model, or a bag of them, that turns segments of a mix into segments of its stems.

Overlap-add is not its business (`backend.gpu.stream`), so segments of several songs may lie in one batch. Shapes:
batch [segments, channels, samples], result [segments, sources, channels, samples], float32, full scale 1.0.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import numpy as np
import torch
from demucs.apply import BagOfModels
from demucs.htdemucs import HTDemucs

from backend.gpu.precision import LEAST_SNR_DB, stem_snr_db
from backend.gpu.tune import keep_freed_memory, tune
from shared.errors import KeylightError

__all__ = ["OVERLAP", "Separator"]

#: Share of a segment that lies under the next one; Demucs' own default.
OVERLAP: Final = 0.25
#: After running out of device memory altogether, so many batches run on the CPU before the device is tried again.
_CALLS_ON_CPU: Final = 64
#: Most segments at once on a GPU, and the share of its free memory that they may take.
_MOST, _SHARE = 16, 0.7
_HALVES: Final = (torch.float16, torch.bfloat16)


class Separator:
    """One model on one device.

    sources: names of the stems in their order. sample_rate in Hz; channels of input and stems. segment_samples and
    stride_samples: length of a segment, and from the start of one to the start of the next. pads: a shorter last
    segment must be filled up to a whole one (else it is taken as long as it is). batch: how many segments at once
    are worth while; less after the device ran out of memory. dtype: precision of the network.
    """

    def __init__(
        self,
        model: Any,
        *,
        device: str = "cpu",
        batch: int | None = None,
        halves: Sequence[torch.dtype] | None = None,
        compiled: bool = False,
        tuned: bool = True,
    ) -> None:
        """Take a model of Demucs' loaders; it now belongs to this object, is changed by it and moves to the device.

        batch: None chooses, on a CPU as many as there are threads: a thread for each segment is quicker than many for
        one; on a GPU by its free memory. halves: precisions below float32 that are tried in turn on the first batch and
        kept if they prove as good (`backend.gpu.precision`); None tries float16 and bfloat16 on a GPU and none on a
        CPU. compiled: by `torch.compile`, on a GPU. tuned: with the layers of `backend.gpu.tune`, on a CPU in float32;
        this process then also keeps the memory it frees. Raises `KeylightError` for a bag whose members cannot work
        together.
        """
        self._members = _members(model)
        first = self._members[0][0]
        self.sources = tuple(first.sources)
        self.sample_rate, self.channels = int(first.samplerate), int(first.audio_channels)
        self.segment_samples = _segment_samples([member for member, _ in self._members])
        self.stride_samples = int((1 - OVERLAP) * self.segment_samples)
        self.pads = hasattr(first, "valid_length")
        self.device = self._wanted_device = torch.device(device)
        self._calls_left_on_cpu = 0
        self._threads = torch.get_num_threads()
        self._pool: ThreadPoolExecutor | None = None
        on_cpu = self.device.type == "cpu"
        self.dtype = torch.float32
        self._halves = (() if on_cpu else _HALVES) if halves is None else tuple(halves)
        if on_cpu and tuned and not self._halves:
            keep_freed_memory()
            for member, _ in self._members:
                tune(member)
        self._move(self.device)
        if compiled and not on_cpu:
            self._members = [(torch.compile(member), shares) for member, shares in self._members]
        self.batch = batch or (self._threads if on_cpu else 1)
        self._choosing = batch is None and self.device.type == "cuda"

    def forward(self, batch: torch.Tensor, sources: Collection[str] | None = None) -> torch.Tensor:
        """Stems of segments: float32 [b, channels, n] on the host to [b, sources, channels, n] on the device.

        sources: the stems whose values are needed; members of a bag that give only others are spared, and those
        stems come out as zeros. Where the device has too little memory the batch is halved, and a single segment
        that does not fit is computed on the CPU.
        """
        self._return_to_device()
        try:
            self._prepare(batch)
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

    def _prepare(self, batch: torch.Tensor) -> None:
        """On the first batch: which precision is good enough, and how many segments fit into memory."""
        if self.device != self._wanted_device:
            return
        one = batch[:1]
        while self._halves:
            exact = self._run(one, None)
            self.dtype, *rest = self._halves
            found = stem_snr_db(exact, self._run(one, None), one.to(exact.device))
            self._halves = () if found >= LEAST_SNR_DB else tuple(rest)
            if found < LEAST_SNR_DB:
                self.dtype = torch.float32
        if self._choosing:
            self._choosing = False
            self.batch = self._fitting(one)

    def _fitting(self, one: torch.Tensor) -> int:
        """Segments that fit into the GPU's free memory, by what one of them takes."""
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self.device)
        before = torch.cuda.memory_allocated(self.device)
        self._run(one, None)
        needed = torch.cuda.max_memory_allocated(self.device) - before
        free, _ = torch.cuda.mem_get_info(self.device)
        return max(1, min(_MOST, int(_SHARE * free / max(1, needed))))

    def _run(self, batch: torch.Tensor, sources: Collection[str] | None) -> torch.Tensor:
        needed = self.sources if sources is None else sources
        if self.device.type != "cpu":
            result = self._compute(batch.pin_memory().to(self.device, non_blocking=True), needed, self.dtype)
            if self.dtype == torch.float32 or bool(torch.isfinite(result).all()):
                return result
            return self._compute(batch.to(self.device), needed, torch.float32)
        # One by one with a thread each, so that a result depends neither on what else is in the batch nor on threads.
        parts = torch.split(batch, 1)
        if self._threads == 1:
            results = [self._compute(part, needed, self.dtype) for part in parts]
        else:
            results = list(self._workers().map(lambda part: self._compute(part, needed, self.dtype), parts))
        return torch.cat(results) if len(results) > 1 else results[0]

    @torch.inference_mode()
    def _compute(self, batch: torch.Tensor, needed: Collection[str], dtype: torch.dtype) -> torch.Tensor:
        """The members' outputs, weighted as `demucs.apply.apply_model` weights them."""
        total: torch.Tensor | None = None
        for member, shares in self._members:
            if not any(share for share, source in zip(shares, self.sources, strict=True) if source in needed):
                continue
            with torch.autocast(self.device.type, dtype=dtype, enabled=dtype != torch.float32), self._settings():
                result = member(batch).float()
            if len(self._members) > 1:
                result = result * torch.tensor(shares, device=result.device)[:, None, None]
            total = result if total is None else total + result
        if total is None:
            shape = (len(batch), len(self.sources), *batch.shape[1:])
            return torch.zeros(shape, device=self.device)
        return total

    def _settings(self) -> AbstractContextManager[None]:
        """On a GPU: the quickest of cuDNN's ways, in whole float32. These are settings of the whole process."""
        if self.device.type != "cuda":
            return nullcontext()
        return torch.backends.cudnn.flags(benchmark=True, allow_tf32=False)

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
