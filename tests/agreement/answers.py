"""One recording's whole answer, and where recordings and answers lie between the two interpreters."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from shared.schema.analysis import Analysis, Details
from shared.spectrum.features import FeatureMaker, Features
from web.py.analysis.tagger import Hearing, TaggerBridge, TagReading
from web.py.analysis.track import TrackAnalysis

__all__ = ["FOLDER", "Answer", "Kept", "analyse", "make_features", "read_wav"]

#: Below the repository, so that Pyodide sees it too.
FOLDER: Final = Path(__file__).parents[2] / ".bench-cache" / "agreement"


#: log10 units; a thousandth moves no tag.
PATCH_TOLERANCE: Final = 2e-3


class Answer(msgspec.Struct, frozen=True):
    """What came out of one recording."""

    analysis: Analysis
    details: Details
    beats: list[float]
    downbeats: list[float]
    embedding: list[float]


class Kept:
    """A tagger between the interpreters: CPython's keeps question and answer, Pyodide's compares and repeats.

    The network itself is asked in Chromium (tests/browser/test_tags.py): its promises cannot be awaited in Pyodide's
    pytest. path: an .npz of patches, logits and embedding.
    """

    def __init__(self, path: Path, network: TaggerBridge | None = None) -> None:
        self._path, self._network = path, network

    def tag(self, patches: np.ndarray) -> Hearing:
        """See `TaggerBridge.tag`."""
        return Hearing(lambda: self._asked(patches, self._network) if self._network else self._repeated(patches))

    async def _asked(self, patches: np.ndarray, network: TaggerBridge) -> TagReading:
        reading = await network.tag(patches)
        np.savez(self._path, patches=patches, **reading._asdict())
        return reading

    async def _repeated(self, patches: np.ndarray) -> TagReading:
        with np.load(self._path) as kept:
            np.testing.assert_allclose(patches, kept["patches"], atol=PATCH_TOLERANCE)
            return TagReading(kept["logits"], kept["embedding"])


async def analyse(mono: np.ndarray, rate: int, tagger: TaggerBridge) -> Answer:
    """Everything that is said of float32 [samples]."""
    track = TrackAnalysis(sample_rate=rate, channels=1, tagger=tagger, expected_seconds=mono.size / rate)
    for first in range(0, mono.size, 2 * rate):
        track.feed([mono[first : first + 2 * rate]])
    for _ in track.steps():
        pass
    await _exhaust(track.deepen())
    (analysis, arrays), (details, more) = track.result, track.details
    return Answer(
        analysis=msgspec.structs.replace(analysis, step_seconds={}),
        details=msgspec.structs.replace(details, step_seconds={}),
        beats=arrays["beats"].tolist(),
        downbeats=arrays["downbeats"].tolist(),
        embedding=more["embedding"].tolist(),
    )


def make_features(mono: np.ndarray, rate: int) -> Features:
    """What a picture would know of float32 [samples], with the same samples soft and late on the other side."""
    maker = FeatureMaker(rate, 2)
    for first in range(0, mono.size, 2 * rate):
        left = mono[first : first + 2 * rate]
        maker.feed(np.stack([left, np.roll(left, rate // 50) * np.float32(0.5)]))
    return maker.finish()


async def _exhaust(steps: AsyncIterator[Any]) -> None:
    async for _ in steps:
        pass


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """A 16-bit mono file as float32 [samples] and its rate in Hz."""
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.astype(np.float32) / np.float32(32768.0), file.getframerate()
