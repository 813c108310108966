"""What Keylight asks of its music tagger: one small interface with an adapter per platform.

The network is MusiCNN (Pons & Serra 2019), trained on the Million Song Dataset to name 50 tags; it runs in
onnxruntime-web in the browser (`web.py.bridge`) and in ONNX Runtime in CPython (`web.py.analysis.native_tagger`). What
it takes is made by `web.py.analysis.mel`, what its numbers mean is in `web.py.analysis.tags`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, NamedTuple, Protocol

import numpy as np

from shared.errors import KeylightError

__all__ = ["EMBEDDING_SIZE", "TAG_COUNT", "Hearing", "TagReading", "TaggerBridge", "TaggerError", "checked_reading"]

TAG_COUNT: Final = 50
EMBEDDING_SIZE: Final = 200


class TaggerError(KeylightError):
    """The network cannot be had or gave up; the message says why and what to do. Mood goes on without tags."""


class TagReading(NamedTuple):
    """What the network says of each patch: logits float32 [patches, 50], embedding float32 [patches, 200]."""

    logits: np.ndarray
    embedding: np.ndarray


class Hearing:
    """A reading under way: await it once for a `TagReading`, or let it go; awaiting raises `TaggerError`."""

    def __init__(self, settle: Callable[[], Coroutine[Any, Any, TagReading]]) -> None:
        self._settle = settle

    def __await__(self) -> Generator[Any, Any, TagReading]:
        return self._settle().__await__()


class TaggerBridge(Protocol):
    """The tagger behind one door."""

    def tag(self, patches: np.ndarray) -> Hearing:
        """Hear patches float32 [patches, 187, 96] of `PatchMaker`; begins at once where the platform has another core.

        Raises nothing: what goes wrong is told when the answer is awaited.
        """


def checked_reading(logits: np.ndarray, embedding: np.ndarray) -> TagReading:
    """A reading of numbers that may be laid out flat; raises `TaggerError` when they are no answer of the network.

    >>> checked_reading(np.zeros(100, np.float32), np.zeros(400, np.float32)).logits.shape
    (2, 50)
    """
    if logits.size == 0 or logits.size % TAG_COUNT or embedding.size * TAG_COUNT != logits.size * EMBEDDING_SIZE:
        raise TaggerError(f"Expected {TAG_COUNT} tags a patch from the tagger, got {logits.size} numbers.")
    if not (np.isfinite(logits).all() and np.isfinite(embedding).all()):
        raise TaggerError("The tagger's answer holds numbers that are none. Try the song again.")
    return TagReading(
        logits.reshape(-1, TAG_COUNT).astype(np.float32, copy=False),
        embedding.reshape(-1, EMBEDDING_SIZE).astype(np.float32, copy=False),
    )
