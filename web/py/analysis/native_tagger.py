"""The tagger for CPython: the PyPI package `onnxruntime` behind `TaggerBridge`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime

from web.py.analysis.tagger import Hearing, TaggerError, TagReading, checked_reading

__all__ = ["MODEL", "NativeTagger", "assets_path"]

#: The network below the folder of assets, as `assets.lock.json` has it.
MODEL: Final = "musicnn-0.1.0-onnx/musicnn-msd.onnx"


def assets_path() -> Path:
    """The folder of assets: KEYLIGHT_ASSETS where it is set, else `.assets/` of this checkout."""
    return Path(os.environ.get("KEYLIGHT_ASSETS") or Path(__file__).parents[3] / ".assets")


class NativeTagger:
    """The adapter; the network is read at the first song. model: its file, or None for the one among the assets."""

    def __init__(self, model: Path | None = None) -> None:
        self._model = model or assets_path() / MODEL
        self._session: onnxruntime.InferenceSession | None = None

    def tag(self, patches: np.ndarray) -> Hearing:
        """See `TaggerBridge.tag`; the work is done when it is awaited."""
        return Hearing(lambda: self._answer(patches))

    async def _answer(self, patches: np.ndarray) -> TagReading:
        """One patch at a time, which is faster than a batch."""
        session = self._loaded()
        answers = [session.run(["logits", "embedding"], {"mel": patch[None]}) for patch in patches]
        return checked_reading(
            np.concatenate([logits for logits, _ in answers]), np.concatenate([embedding for _, embedding in answers])
        )

    def _loaded(self) -> onnxruntime.InferenceSession:
        if self._session is None:
            if not self._model.is_file():
                raise TaggerError(
                    f"Tags are left out: their network is not at {self._model}. "
                    + "Run `python -m backend.assets` once, or set KEYLIGHT_ASSETS to the folder that has it."
                )
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            try:
                self._session = onnxruntime.InferenceSession(str(self._model), options)
            except Exception as error:  # its errors share no base class; each means that this file is no network
                raise TaggerError(f"Tags are left out: {self._model.name} cannot be read ({error}).") from error
        return self._session
