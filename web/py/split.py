"""Quick separations behind the page: blocks of audio in, blocks of stems out, several songs at once if need be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from shared.errors import Cancelled, MessageError
from shared.schema import messages as m
from shared.separation.models import QUICK_STEMS
from shared.separation.quick import QuickSeparator

__all__ = ["Splits"]

_STAGE = "Separating"


@dataclass(slots=True)
class _Split:
    separator: QuickSeparator
    expected_seconds: float | None
    fed: int = 0
    given: int = 0


class Splits:
    """The open separations by the page's number."""

    def __init__(self) -> None:
        self._open: dict[int, _Split] = {}

    async def handle(
        self,
        request: m.OpenSplit | m.FeedSplit | m.FinishSplit | m.CancelSplit,
        arrays: Sequence[np.ndarray],
        report: Callable[[str, float], None],
    ) -> tuple[m.SplitOpened | m.SplitBlock | m.SplitCancelled, list[np.ndarray]]:
        """Answer one request; see `shared.schema.messages`. A request that fails closes its separation.

        Raises MessageError for a number that is not open (or is already), AudioError for blocks of a wrong shape,
        Cancelled when a CancelSplit came while the request was worked on.
        """
        number = request.split
        match request:
            case m.OpenSplit():
                return self._begin(request), []
            case m.CancelSplit():
                self._open.pop(number, None)
                return m.SplitCancelled(split=number), []
            case m.FeedSplit() | m.FinishSplit():
                split = self._find(number)
                try:
                    return await self._go_on(number, split, request, arrays, report)
                except BaseException:
                    if self._open.get(number) is split:
                        del self._open[number]
                    raise

    def _begin(self, request: m.OpenSplit) -> m.SplitOpened:
        if request.split in self._open:
            raise MessageError(f"Expected a new number for a separation, got {request.split}, which is open already.")
        separator = QuickSeparator(request.sample_rate, request.channels)
        self._open[request.split] = _Split(separator, request.expected_seconds)
        return m.SplitOpened(split=request.split, sample_rate=request.sample_rate)

    def _find(self, number: int) -> _Split:
        if number not in self._open:
            raise MessageError(f"Separation {number} is not open. It was cancelled, finished or never begun.")
        return self._open[number]

    async def _go_on(
        self,
        number: int,
        split: _Split,
        request: m.FeedSplit | m.FinishSplit,
        arrays: Sequence[np.ndarray],
        report: Callable[[str, float], None],
    ) -> tuple[m.SplitBlock, list[np.ndarray]]:
        separator = split.separator
        if isinstance(request, m.FeedSplit):
            lengths = {array.shape for array in arrays}
            if len(lengths) != 1 or any(len(shape) != 1 for shape in lengths):
                raise MessageError(
                    f"Expected one array of samples per channel, all of one length; got {sorted(lengths)}."
                )
            separator.put(np.stack(arrays))
            split.fed += arrays[0].size
        else:
            separator.close()
        pieces = []
        while (piece := separator.take()) is not None:
            pieces.append(piece)
            done = split.given + sum(each.shape[2] for each in pieces)
            if split.expected_seconds:
                report(_STAGE, min(1.0, done / separator.sample_rate / split.expected_seconds))
            await asyncio.sleep(0)  # lets a CancelSplit in
            if self._open.get(number) is not split:
                raise Cancelled(f"Separation {number} was cancelled.")
        if isinstance(request, m.FinishSplit):
            del self._open[number]
        stems = np.concatenate(pieces, axis=2) if pieces else np.zeros((len(QUICK_STEMS), 2, 0), np.float32)
        block = m.SplitBlock(split=number, start_sample=split.given, samples=stems.shape[2])
        split.given += stems.shape[2]
        return block, [channel for stem in stems for channel in stem]
