"""The song that the picture follows: its features from blocks of audio, or from bytes that were kept; its stems'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from shared.errors import MessageError
from shared.schema.analysis import Section
from shared.spectrum.feature_file import decode_features, encode_features
from shared.spectrum.feature_maker import FeatureMaker
from shared.spectrum.features import Features, FeatureSection, silent_features

__all__ = ["SongFeatures"]

#: A stem this far below all together is what a separation left of other stems: nothing follows it.
_FAINT_DB: Final = -40.0


class SongFeatures:
    """One song after another."""

    def __init__(self) -> None:
        self._maker: FeatureMaker | None = None
        self._rate = 0
        self._samples = 0
        self._stems: _Stems | None = None

    def open(self, sample_rate: int, channels: int, expected_seconds: float | None) -> None:
        """Begin a song; one that is not finished is forgotten."""
        self._maker = FeatureMaker(sample_rate, channels)
        self._rate, self._samples = sample_rate, 0
        self._stems = None

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

    def open_stems(self, names: Sequence[str], sample_rate: int) -> None:
        """Begin the stems of the song that was heard, all at once; those that are not finished are forgotten."""
        if not names or len(set(names)) < len(names):
            raise MessageError(f"Expected stems with names of their own, got {list(names)}.")
        self._stems = _Stems(names, sample_rate)

    def feed_stems(self, planes: Sequence[np.ndarray]) -> float:
        """Take a block, float32 [samples]: left and right of each stem in order; seconds so far."""
        return self._opened_stems().feed(planes)

    def finish_stems(self, features: Features) -> Features:
        """The song's features with its stems', in place of those it had."""
        stems = self._opened_stems()
        self._stems = None
        return replace(features, stems=stems.finish())

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

    def _opened_stems(self) -> _Stems:
        if self._stems is None:
            raise MessageError("Expected open stems: open them before their audio is fed.")
        return self._stems


class _Stems:
    """Makers of several stems' features, side by side."""

    def __init__(self, names: Sequence[str], sample_rate: int) -> None:
        self._makers = {name: FeatureMaker(sample_rate, 2) for name in names}
        self._energies = dict.fromkeys(names, 0.0)
        self._rate, self._samples = sample_rate, 0

    def feed(self, planes: Sequence[np.ndarray]) -> float:
        if len(planes) != 2 * len(self._makers):
            raise MessageError(f"Expected two channels of {len(self._makers)} stems, got {len(planes)} channels.")
        for at, (name, maker) in enumerate(self._makers.items()):
            block = np.stack([np.asarray(plane, np.float32) for plane in planes[2 * at : 2 * at + 2]])
            maker.feed(block)
            self._energies[name] += float(np.square(np.nan_to_num(block), dtype=np.float64).sum())
        self._samples += len(planes[0])
        return self._samples / self._rate

    def finish(self) -> dict[str, Features]:
        least = sum(self._energies.values()) * 10 ** (_FAINT_DB / 10)
        return {
            name: maker.finish() if self._energies[name] > least else silent_features(maker.seconds)
            for name, maker in self._makers.items()
        }


def _section(section: Section) -> FeatureSection:
    label = f"{section.kind.capitalize()} {section.letter}".strip()
    return FeatureSection(section.start_seconds, section.end_seconds, section.kind, label)
