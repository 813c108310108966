"""One song through a separator as a stream: blocks in, stems out, with memory that does not grow with the song.

Equal to `demucs.apply.apply_model(model, mix, shifts=0, split=True, overlap=0.25)`: segments start every
`stride_samples`, each is weighted by a triangle, and the weighted sum is divided by the sum of the weights. Everything
before the start of the next segment is final. What a segment shares with the next one is carried: `state` gives it,
and a stream made with it goes on in another process as if nothing had been.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from backend.gpu.residual import spread_residual
from backend.gpu.separator import Separator
from shared.errors import KeylightError

__all__ = ["StemStream", "samples_read"]

State = dict[str, np.ndarray]
_READ, _START, _HISTORY_AT = 0, 1, 2  # places in a state's "position"


def samples_read(state: State | None) -> int:
    """How many samples of the song a state has already seen: where the blocks of a resumed stream begin.

    >>> samples_read(None)
    0
    """
    return 0 if state is None else int(state["position"][_READ])


class StemStream:
    """One song; `segments` gives inputs for the separator and `take` takes their results.

    total_samples: length of the song, None before its end has been read. done_samples: how many samples of the stems
    are finished. ended: all of them are.
    """

    def __init__(
        self,
        separator: Separator,
        blocks: Iterator[np.ndarray],
        *,
        resume: State | None = None,
        spread: bool = False,
    ) -> None:
        """Start or go on with a song.

        blocks: float32 [channels, n] at the separator's rate, beginning at `samples_read(resume)`. spread: what the
        stems leave of the mix is shared out to them (`backend.gpu.residual`), so that they sum to it.
        """
        self._segment, self._stride = separator.segment_samples, separator.stride_samples
        self._channels, self._sources = separator.channels, len(separator.sources)
        self._pads, self._spread = separator.pads, spread
        self._blocks = blocks
        self._window = _triangle(self._segment)
        self._pending: deque[tuple[int, int, np.ndarray]] = deque()  # start, length, the padded input
        self._mix = np.zeros((self._channels, 0), np.float32)
        self._samples = self._next = self._history_at = self.done_samples = 0
        self.total_samples: int | None = None
        if resume is None:
            self._begin()
        else:
            self._go_on(resume)

    @property
    def ended(self) -> bool:
        """Whether every sample of the stems has been given out."""
        return self.total_samples is not None and self.done_samples >= self.total_samples

    def segments(self, most: int) -> list[np.ndarray]:
        """The next inputs, up to `most`: float32 [channels, segment_samples]; none when the song is over.

        The last one of a model that does not pad is as long as what is left of the song.
        """
        found: list[np.ndarray] = []
        while len(found) < most:
            start = self._next
            self._read(start + self._segment)
            if self.total_samples is not None and start >= self.total_samples:
                break
            length = min(self._segment, self._samples - start)
            segment = self._cut(start, length)
            self._pending.append((start, length, segment))
            found.append(segment)
            self._next = start + self._stride
        return found

    def take(self, results: Sequence[torch.Tensor] | torch.Tensor) -> np.ndarray:
        """Add outputs [sources, channels, n] of the oldest inputs; the stems they finish: [sources, channels, m].

        The outputs may lie on a device; what is finished is copied from there at once.
        """
        for result in results:
            if not self._pending:
                raise KeylightError("Expected a result for each segment given out, got more.")
            start, length, segment = self._pending.popleft()
            self._add(start, length, segment, result)
        return self._finish()

    def mix(self) -> np.ndarray:
        """The mix where the stems of the last `take` are: float32 [channels, m]."""
        return self._mix

    def state(self) -> State:
        """All that another stream needs to go on from here; segments whose results were not taken are made again."""
        start = self._pending[0][0] if self._pending else self._next
        return {
            "position": np.array([self._samples, start, self._history_at], np.int64),
            "history": self._history.copy(),
            "sum": self._sum.cpu().numpy().copy(),
            "weight": self._weight.cpu().numpy().copy(),
            "model": np.array([self._segment, self._stride, self._sources], np.int64),
        }

    def _begin(self) -> None:
        self._history = np.zeros((self._channels, 0), np.float32)
        self._sum = torch.zeros(self._sources, self._channels, 0)
        self._weight = torch.zeros(0)

    def _go_on(self, state: State) -> None:
        model = [self._segment, self._stride, self._sources]
        if state["model"].tolist() != model:
            raise KeylightError(f"Expected the state of a stream of this model {model}, got {state['model'].tolist()}.")
        self._samples, self._next, self._history_at = (int(one) for one in state["position"])
        self._history = state["history"].copy()
        self._sum, self._weight = (torch.from_numpy(state[name].copy()) for name in ("sum", "weight"))
        self.done_samples = self._next

    def _read(self, until: int) -> None:
        """Read blocks until the song is known up to this sample, or to its end."""
        parts = [self._history]
        while self._samples < until and self.total_samples is None:
            block = next(self._blocks, None)
            if block is None:
                self.total_samples = self._samples
            elif block.ndim != 2 or block.shape[0] != self._channels or block.dtype != np.float32:
                expected = f"float32 blocks of {self._channels} channels"
                raise KeylightError(f"Expected {expected}, got {block.dtype} of shape {list(block.shape)}.")
            else:
                parts.append(block)
                self._samples += block.shape[1]
        if len(parts) > 1:
            self._history = np.concatenate(parts, axis=1)

    def _cut(self, start: int, length: int) -> np.ndarray:
        """An input: a short one has the song before it in front and silence behind, half of what lacks each."""
        lacking = self._segment - length if self._pads else 0
        begin = start - lacking // 2
        end = begin + length + lacking
        known = self._history[:, max(0, begin) - self._history_at : min(end, self._samples) - self._history_at]
        before, behind = max(0, -begin), max(0, end - self._samples)
        return np.pad(known, ((0, 0), (before, behind))) if before or behind else known.copy()

    def _add(self, start: int, length: int, segment: np.ndarray, result: torch.Tensor) -> None:
        offset = (segment.shape[1] - length) // 2
        stems = result[..., offset : offset + length]
        if self._spread:
            mix = torch.from_numpy(segment[:, offset : offset + length]).to(stems.device)
            stems = spread_residual(stems, mix)
        if self._sum.device != stems.device:
            self._sum, self._weight = self._sum.to(stems.device), self._weight.to(stems.device)
        if self._window.device != stems.device:
            self._window = self._window.to(stems.device)
        at = start - self.done_samples
        lacking = at + length - self._sum.shape[-1]
        if lacking > 0:
            self._sum = torch.nn.functional.pad(self._sum, (0, lacking))
            self._weight = torch.nn.functional.pad(self._weight, (0, lacking))
        self._sum[..., at : at + length] += self._window[:length] * stems
        self._weight[at : at + length] += self._window[:length]

    def _finish(self) -> np.ndarray:
        """Divide and give out what no later segment touches; forget the input that no later segment needs."""
        start = self._pending[0][0] if self._pending else self._next
        final = start if self.total_samples is None else min(start, self.total_samples)
        count = final - self.done_samples
        stems = (self._sum[..., :count] / self._weight[:count]).cpu().numpy()
        self._sum, self._weight = self._sum[..., count:].clone(), self._weight[count:].clone()
        at = self.done_samples - self._history_at
        self._mix = self._history[:, at : at + count].copy()
        self.done_samples = final
        keep = max(self._history_at, min(final, start - self._segment))
        self._history, self._history_at = self._history[:, keep - self._history_at :].copy(), keep
        return stems


def _triangle(length: int) -> torch.Tensor:
    """Weights of a segment's samples: rising to 1 in its middle, never 0."""
    half = length // 2
    window = torch.cat([torch.arange(1, half + 1), torch.arange(length - half, 0, -1)])
    return window / window.max()
