"""Soft masks of four stems for the cells of a stereo spectrogram, from cues that need no network.

Three layers first, each by comparing a cell's level with running means along time and along frequency (after
Fitzgerald 2010, means of logarithms in place of medians): what is steady over long windows, what of the rest still
has harmonics over short ones (voices glide, so they fail the first test and pass the second), and what is neither
(drums). Then per cell the layers' shares, where it stands in the stereo field (Avendano 2003), and its onset, decay
and level go through a linear function per stem whose weights glide along frequency; a softmax makes masks of it,
which sum to one. The weights are a fit, see `shared.separation.quick_table`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.separation.frames import DEPTH, inverse, mean_power, running_mean, spectra
from shared.separation.quick_table import KNOTS_HZ, WEIGHTS

__all__ = ["FEATURES", "Layout", "features", "knot_shares", "masks", "split_layers", "stereo_share", "weights_for"]

Plane = npt.NDArray[np.float32]
Spectra = npt.NDArray[np.complex64]

_TINY: Final = np.float32(1e-9)
#: Running means of the first layer: frames along time, bins along frequency; then of the second.
_STEADY: Final = (17, 33)
_VOICE: Final = (21, 17)
#: Level of the difference of the channels to their sum of powers: below the first it is one channel, above the second
#: stereo. Codecs leave -40 dB and less between equal channels; mixes have -15 dB and more.
_ONE_CHANNEL_DB: Final = -35.0
_STEREO_DB: Final = -22.0
#: Longest running mean of a feature, in frames.
_LEVEL_FRAMES: Final = 31


@dataclass(frozen=True)
class Layout:
    """Window sizes in samples, for one sample rate: 372, 93 and 23 ms at 44.1 kHz."""

    long: int
    middle: int
    short: int

    @classmethod
    def of(cls, sample_rate: int) -> Layout:
        """Powers of two nearest to those lengths.

        >>> Layout.of(44_100), Layout.of(8_000).middle, Layout.of(192_000).middle
        (Layout(long=16384, middle=4096, short=1024), 1024, 16384)
        """
        middle = max(64, 1 << round(float(np.log2(4096 * sample_rate / 44_100))))
        return cls(long=4 * middle, middle=middle, short=middle // 4)

    @property
    def grid(self) -> int:
        """Hop of the long window: pieces of a stream begin and end on its multiples."""
        return self.long // DEPTH

    @property
    def inner(self) -> int:
        """Samples on each side that the last pass (`masks`) can hear, on the grid."""
        reach = (_LEVEL_FRAMES // 2) * self.middle // DEPTH + 2 * self.middle
        return -(-reach // self.grid) * self.grid

    @property
    def outer(self) -> int:
        """Samples on each side that the whole can hear, on the grid."""
        voice = (_VOICE[0] // 2) * self.short // DEPTH + 2 * self.short
        steady = (_STEADY[0] // 2) * self.grid + 2 * self.long
        return self.inner + -(-(voice + steady) // self.grid) * self.grid


def _log(power: Plane) -> Plane:
    logs: Plane = np.log(power + _TINY)
    return logs


def _harmonic_share(frames: Spectra, sizes: tuple[int, int]) -> Plane:
    """How much more a cell resembles its neighbours in time than those in frequency, 0-1."""
    logs = _log(mean_power(frames))
    lean = running_mean(logs, sizes[1], 1)
    lean -= running_mean(logs, sizes[0], 0)
    np.clip(lean, -30.0, 30.0, out=lean)
    np.exp(lean, out=lean)
    lean += np.float32(1.0)
    share: Plane = np.reciprocal(lean, out=lean)
    return share


def _layer(signal: Plane, size: int, means: tuple[int, int]) -> Plane:
    frames = spectra(signal, size)
    frames *= _harmonic_share(frames, means)
    return inverse(frames, size)


def split_layers(mix: Plane, layout: Layout) -> tuple[Plane, Plane]:
    """Steady and voice-like layers, float32 [2, samples] each; whole but for `outer - inner` samples at both ends."""
    steady = _layer(mix, layout.long, _STEADY)
    return steady, _layer(mix - steady, layout.short, _VOICE)


def _shifted(plane: Plane, frames: int) -> Plane:
    """The plane `frames` earlier (positive) or later (negative), ends repeated."""
    if frames > 0:
        return np.concatenate([np.repeat(plane[:1], frames, axis=0), plane[:-frames]])
    return np.concatenate([plane[-frames:], np.repeat(plane[-1:], -frames, axis=0)])


#: What `features` gives, in order; the first weight of a stem is its constant.
FEATURES: Final = (
    "steady", "voice", "drums", "root of drums", "centre", "centre^4", "balance", "harmonic", "onset", "decay",
    "level", "side", "voice in the middle", "onset of the frame", "centre^4 * voice", "centre^4 * steady",
)  # fmt: skip


def features(mix: Spectra, steady: Spectra, voice: Spectra, sample_rate: int) -> list[Plane]:
    """Planes [frames, bins], about -1 to 1 each, named by `FEATURES`."""
    rest = mix - steady
    rest -= voice
    power, steady_share, voice_power, drums = (mean_power(one) for one in (mix, steady, voice, rest))
    total = steady_share + voice_power
    total += drums
    total += _TINY
    steady_share /= total
    drums /= total
    left, right = mix
    left_power = running_mean(np.square(left.real) + np.square(left.imag), 3, 0)
    right_power = running_mean(np.square(right.real) + np.square(right.imag), 3, 0)
    cross = running_mean(left.real * right.real + left.imag * right.imag, 3, 0)
    both = left_power + right_power + _TINY
    centre = np.clip(2.0 * cross / both, -1.0, 1.0)
    balance = np.abs(left_power - right_power) / both
    middle = np.square(np.clip(centre, 0.0, 1.0))
    logs = _log(power)
    smooth = _log(running_mean(power, 5, 1))
    onset = np.clip(smooth - _shifted(smooth, 3), -4.0, 4.0) / np.float32(4.0)
    decay = np.clip(smooth - _shifted(smooth, -2), -4.0, 4.0) / np.float32(4.0)
    level = np.clip(logs - running_mean(logs, _LEVEL_FRAMES, 1), -4.0, 6.0) / np.float32(4.0)
    side = np.clip(np.log(np.maximum(both - 2.0 * cross, 0.0) / both + np.float32(1e-5)), -8.0, 1.0) / np.float32(4.0)
    bin_hz = sample_rate / (2.0 * (power.shape[1] - 1))
    heard = slice(round(215.0 / bin_hz), round(5200.0 / bin_hz))
    share = (voice_power * middle)[:, heard].sum(axis=1) / (total[:, heard].sum(axis=1) + _TINY)
    sung = np.broadcast_to(running_mean(share[:, None], 5, 0), power.shape)
    struck = np.broadcast_to(onset[:, 4:].mean(axis=1, keepdims=True), power.shape)
    voice_share = voice_power / total
    fourth = np.square(middle)
    harmonic = _harmonic_share(mix, (17, 17))
    return [
        steady_share, voice_share, drums, np.sqrt(drums), centre, fourth, balance, harmonic, onset, decay,
        level, side, sung, struck, fourth * voice_share, fourth * steady_share,
    ]  # fmt: skip


def knot_shares(bins: int, sample_rate: int) -> npt.NDArray[np.float64]:
    """How much each knot of the table counts in each bin, [knots, bins]: linear between knots, in log frequency."""
    hz = np.maximum(np.linspace(0.0, sample_rate / 2.0, bins), 20.0)
    at = np.interp(np.log(hz), np.log(KNOTS_HZ), np.arange(len(KNOTS_HZ)))
    shares: npt.NDArray[np.float64] = np.maximum(0.0, 1.0 - np.abs(at - np.arange(len(KNOTS_HZ))[:, None]))
    return shares


def weights_for(bins: int, sample_rate: int) -> Plane:
    """Weights [stereo and one channel, stems, 1 + features, bins]."""
    weights: Plane = (WEIGHTS @ knot_shares(bins, sample_rate)).astype(np.float32)
    return weights


def stereo_share(mix: Spectra) -> Plane:
    """How far each frame is stereo, float32 [frames, 1]: 0 where both channels are one for 0.7 s, 1 in most music.

    The masks of stereo trust the middle, which says nothing where all stands there.
    """
    left, right = mix
    apart = np.square(left.real - right.real).sum(axis=1) + np.square(left.imag - right.imag).sum(axis=1)
    power = 2.0 * mean_power(mix).sum(axis=1)
    apart, power = (running_mean(line[:, None], _LEVEL_FRAMES, 0) for line in (apart, power))
    decibels = 10.0 * np.log10((apart + _TINY) / (power + np.float32(1e5) * _TINY))
    share: Plane = np.clip((decibels - _ONE_CHANNEL_DB) / (_STEREO_DB - _ONE_CHANNEL_DB), 0.0, 1.0).astype(np.float32)
    return share


def masks(planes: list[Plane], weights: Plane, share: Plane) -> list[Plane]:
    """A mask per stem, [frames, bins]; they sum to one. share: see `stereo_share`."""
    if share.min() >= 1.0:
        scores = _scores(planes, weights[0])
    elif share.max() <= 0.0:
        scores = _scores(planes, weights[1])
    else:
        scores = _scores(planes, weights[1])
        for score, other in zip(scores, _scores(planes, weights[0]), strict=True):
            other -= score
            other *= share
            score += other
    highest = np.maximum.reduce(scores)
    for score in scores:
        score -= highest
        np.exp(score, out=score)
    total = np.add.reduce(scores)
    for score in scores:
        score /= total
    return scores


def _scores(planes: list[Plane], weights: Plane) -> list[Plane]:
    scores = []
    for stem in weights:
        score = np.repeat(stem[:1], planes[0].shape[0], axis=0)
        for plane, weight in zip(planes, stem[1:], strict=True):
            score += plane * weight
        scores.append(score)
    return scores
