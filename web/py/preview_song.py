"""The song that the picture follows: its features from blocks of audio, or from bytes that were kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from shared.errors import MessageError
from shared.schema.analysis import Section
from shared.spectrum.feature_file import decode_features, encode_features
from shared.spectrum.feature_maker import FeatureMaker
from shared.spectrum.features import Features, FeatureSection

__all__ = ["SongFeatures"]


class SongFeatures:
    """One song after another."""

    def __init__(self) -> None:
        self._maker: FeatureMaker | None = None
        self._rate = 0
        self._samples = 0

    def open(self, sample_rate: int, channels: int, expected_seconds: float | None) -> None:
        """Begin a song; one that is not finished is forgotten."""
        self._maker = FeatureMaker(sample_rate, channels)
        self._rate, self._samples = sample_rate, 0

    def feed(self, planes: Sequence[np.ndarray]) -> float:
        """Take a block, float32 [samples] per channel; seconds so far."""
        maker = self._opened()
        maker.feed(np.stack([np.asarray(plane, np.float32) for plane in planes]))
        self._samples += len(planes[0])
        return self._samples / self._rate

    async def finish(
        self, arrays: Sequence[np.ndarray], sections: Sequence[Section], report: Callable[[str, float], None]
    ) -> Features:
        """The features, with beats and downbeats (float64) and sections from the song's analysis."""
        maker, (beats, downbeats) = self._opened(), arrays
        self._maker = None
        report("Listening for what moves the picture", 0.9)
        return maker.finish(beats=beats, downbeats=downbeats, sections=tuple(_section(each) for each in sections))

    def marked(self, features: Features, arrays: Sequence[np.ndarray], sections: Sequence[Section]) -> Features:
        """The same features with other beats, downbeats (float64) and sections."""
        beats, downbeats = (np.asarray(each, np.float64) for each in arrays)
        return replace(features, beats=beats, downbeats=downbeats, sections=tuple(_section(each) for each in sections))

    def read(self, arrays: Sequence[np.ndarray]) -> Features:
        """Features that `saved` kept."""
        return decode_features(arrays[0].tobytes())

    def saved(self, features: Features) -> np.ndarray:
        """Features as bytes, uint8."""
        return np.frombuffer(encode_features(features), np.uint8)

    def _opened(self) -> FeatureMaker:
        if self._maker is None:
            raise MessageError("Expected an open song: open one before its audio is fed.")
        return self._maker


def _section(section: Section) -> FeatureSection:
    label = f"{section.kind.capitalize()} {section.letter}".strip()
    return FeatureSection(section.start_seconds, section.end_seconds, section.kind, label)
