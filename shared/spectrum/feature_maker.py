"""From a stream of audio to `Features`: feed blocks as they are decoded, then finish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.errors import AudioError
from shared.spectrum.downmix import downmix, sanitize
from shared.spectrum.feature_bands import BAND_CENTRES_HZ, BAND_RATE, FLOOR_DB, BandMeter
from shared.spectrum.feature_document import FEATURE_RATE, WAVE_RATE, Features, FeatureSection, frame_count
from shared.spectrum.feature_series import band_heights, series_of, width_of
from shared.spectrum.resample import HIGHEST_HZ, LOWEST_HZ, Resampler

__all__ = ["FeatureMaker"]

Doubles = npt.NDArray[np.float64]

_MOST_CHANNELS: Final = 32
_FEED_SAMPLES: Final = 1 << 19  # per channel at once, so that no temporary is large
_LOUD_WAVE: Final = 0.98  # share of the frames whose peaks stay below full scale
_SILENT_PEAK: Final = 1e-4  # -80 dBFS, as of the levels


class FeatureMaker:
    """Streaming maker of `Features`: `feed` blocks in order, then `finish` once.

    Memory: what the features themselves take (an hour: 65 MB) and half as much again while finishing.

    >>> maker = FeatureMaker(44_100, 1)
    >>> maker.feed(np.zeros((1, 44_100), np.float32))
    >>> maker.finish().frames
    60
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        """For 1,000 to 768,000 Hz and 1 to 32 channels in WAV order."""
        if not LOWEST_HZ <= sample_rate <= HIGHEST_HZ or sample_rate != int(sample_rate):
            raise AudioError(f"expected a sample rate of 1,000 to 768,000 whole Hz, got {sample_rate}")
        if not 1 <= channels <= _MOST_CHANNELS:
            raise AudioError(f"expected 1 to {_MOST_CHANNELS} channels, got {channels}")
        self._rate, self._channels = int(sample_rate), channels
        self._samples = 0
        self._resampler = Resampler(self._rate, BAND_RATE)
        self._bands = BandMeter()
        self._width = _WidthMeter(self._rate)
        self._ended = False

    @property
    def seconds(self) -> float:
        """Seconds of audio fed so far."""
        return self._samples / self._rate

    def feed(self, block: npt.NDArray[Any]) -> None:
        """Take the next samples: float32 or float64 [channels, samples], any length; the block is not changed.

        Samples that are none (NaN, infinity) count as silence. Raises `AudioError` for another shape or type.
        """
        if self._ended:
            raise AudioError("expected no more audio: the features are finished already")
        if block.ndim != 2 or block.shape[0] != self._channels or block.dtype not in (np.float32, np.float64):
            raise AudioError(
                f"expected a float block of shape [{self._channels}, samples], "
                + f"got {block.dtype} of shape {list(block.shape)}"
            )
        for first in range(0, block.shape[1], _FEED_SAMPLES):
            part, _ = sanitize(block[:, first : first + _FEED_SAMPLES])
            self._samples += part.shape[1]
            self._width.feed(part)
            self._bands.feed(self._resampler.feed(downmix(part)))

    def finish(
        self,
        *,
        beats: Sequence[float] | npt.NDArray[Any] = (),
        downbeats: Sequence[float] | npt.NDArray[Any] = (),
        sections: Iterable[FeatureSection] = (),
    ) -> Features:
        """The features, with what the analysis found: beats and downbeats in seconds, ascending.

        Raises `AudioError` for beats that do not ascend.
        """
        marks = [_ascending(given, what) for given, what in ((beats, "beats"), (downbeats, "downbeats"))]
        self._ended = True
        count = frame_count(self.seconds)
        self._bands.feed(self._resampler.flush())
        levels, attacks, wave = self._bands.finish(count)
        # Above half its rate the file has nothing; where it begins, the resampler's cut-off ringing would be shown.
        levels[:, self._rate / 2 < BAND_CENTRES_HZ] = 100 * FLOOR_DB
        shown = band_heights(levels)
        series = series_of(levels, attacks, shown)
        series["width"] = width_of(*self._width.finish(count))
        return Features(
            seconds=self.seconds,
            bands=shown,
            series=series,
            wave=_scaled(wave),
            beats=marks[0],
            downbeats=marks[1],
            sections=tuple(sections),
        )


class _WidthMeter:
    """Energies of the middle and the sides of the first two channels, each frame's from half a frame around it."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._held = np.zeros((2, 0))
        self._start = 0  # sample that `_held` begins with
        self._cells: list[Doubles] = []
        self._given = 0

    def feed(self, block: npt.NDArray[Any]) -> None:
        """Take [channels, samples]."""
        left, right = block[0], block[min(1, len(block) - 1)]
        energy = np.stack([left + right, left - right]).astype(np.float64)
        np.square(energy / 2, out=energy)
        self._held = np.concatenate((self._held, energy), axis=1)
        end = self._start + self._held.shape[1]
        count = self._given
        while self._edge(count + 1) <= end:
            count += 1
        if count > self._given:
            edges = [self._edge(number) - self._start for number in range(self._given, count + 1)]
            self._cells.append(np.add.reduceat(self._held[:, : edges[-1]], edges[:-1], axis=1))
            self._held = self._held[:, edges[-1] :].copy()
            self._start += edges[-1]
            self._given = count

    def finish(self, count: int) -> Doubles:
        """Both energies of so many frames: float64 [2, count]."""
        rest = self._held.sum(axis=1, keepdims=True)
        cells = np.concatenate([*self._cells, rest], axis=1)[:, :count]
        return np.pad(cells, ((0, 0), (0, count - cells.shape[1])))

    def _edge(self, frame: int) -> int:
        """The first sample of a frame's cell: half a frame before the frame."""
        return max(0, ((2 * frame - 1) * self._rate + FEATURE_RATE) // (2 * FEATURE_RATE))


def _scaled(wave: npt.NDArray[np.float16]) -> npt.NDArray[np.int16]:
    """The waveform with its loud stretches at full scale: int16, in the same memory."""
    hop = WAVE_RATE // FEATURE_RATE
    whole = len(wave) // hop * hop
    cells = wave[:whole].reshape(-1, hop)
    peaks = np.maximum(cells.max(axis=1, initial=0), -cells.min(axis=1, initial=0)).astype(np.float32)
    loud = float(np.quantile(peaks, _LOUD_WAVE)) if len(peaks) else float(np.abs(wave).max(initial=0))
    loud = max(loud, 0.1 * float(peaks.max(initial=0.0)))
    out = wave.view(np.int16)
    gain = 32767.0 / loud if loud > _SILENT_PEAK else 0.0
    for first in range(0, len(wave), 1 << 18):
        part = wave[first : first + (1 << 18)].astype(np.float32) * np.float32(gain)
        out[first : first + len(part)] = np.rint(np.clip(part, -32767, 32767))
    return out


def _ascending(given: Sequence[float] | npt.NDArray[Any], what: str) -> Doubles:
    marks = np.array(given, np.float64)
    if marks.ndim != 1 or not np.isfinite(marks).all() or (np.diff(marks) <= 0).any():
        raise AudioError(f"expected {what} as ascending seconds, got {what} that are not")
    return marks
