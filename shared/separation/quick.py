"""Quick separation: four stems out of a stream of audio, with numpy alone and no download. A preview, not a studio.

A song goes through in pieces of about nine seconds. A piece hears `Layout.outer` samples on both sides, which is as
far as any of its running means and windows reach, so pieces meet without a seam and the answer does not depend on
how the audio was cut into blocks. Memory does not grow with length.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.errors import AudioError
from shared.separation.frames import inverse, spectra
from shared.separation.masks import Layout, features, masks, split_layers, stereo_share, weights_for
from shared.separation.models import QUICK_STEMS
from shared.separation.stereo import stereo_mix
from shared.spectrum.downmix import sanitize

__all__ = ["QuickSeparator", "separate"]

Plane = npt.NDArray[np.float32]

_PIECE_SECONDS: Final = 9.0
#: Takes what the masks of the others leave, so that the stems sum to the mix.
_REMAINDER: Final = QUICK_STEMS.index("other")


class QuickSeparator:
    """One song. Feed blocks of any length, take what is finished, and end with `finish`.

    sample_rate: in Hz, the stems have it too. channels: of the blocks, in WAV order; see `stereo_mix`.

    Raises AudioError for a rate or a number of channels that is none.

    >>> separator = QuickSeparator(8000, 1)
    >>> separator.feed(np.zeros((1, 500), np.float32)).shape, separator.finish().shape
    ((4, 2, 0), (4, 2, 500))
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        if not 1000 <= sample_rate <= 1_000_000:
            raise AudioError(f"Expected a sample rate of 1,000 to 1,000,000 Hz, got {sample_rate}.")
        if channels < 1:
            raise AudioError(f"Expected one channel or more, got {channels}.")
        self.sample_rate = sample_rate
        self.channels = channels
        #: Samples that were no number and became silence.
        self.invalid_samples = 0
        self._layout = Layout.of(sample_rate)
        self._piece = round(_PIECE_SECONDS * sample_rate / self._layout.grid) * self._layout.grid
        self._weights = weights_for(self._layout.middle // 2 + 1, sample_rate)
        self._blocks: list[Plane] = [np.zeros((2, self._layout.outer), np.float32)]  # silence before the song
        self._held = self._layout.outer
        self._closed = False
        self._left = 0  # samples of the song still to give, once closed

    def feed(self, block: npt.NDArray[Any]) -> Plane:
        """Take float [channels, samples]; returns float32 [4, 2, samples]: stems in the order of `QUICK_STEMS`.

        NaN and infinity become silence and are counted. Raises AudioError for a wrong shape, or after the end.
        """
        self.put(block)
        return self._rest()

    def finish(self) -> Plane:
        """The song is over: the rest of its stems, float32 [4, 2, samples]."""
        self.close()
        return self._rest()

    def put(self, block: npt.NDArray[Any]) -> None:
        """Take a block as `feed` does, and do nothing yet."""
        if self._closed:
            raise AudioError("This separation is finished: begin another one for more audio.")
        if block.ndim != 2 or block.shape[0] != self.channels:
            raise AudioError(f"Expected blocks of shape [{self.channels}, samples], got {list(block.shape)}.")
        clean, invalid = sanitize(block)
        self.invalid_samples += invalid
        self._hold(stereo_mix(clean))

    def close(self) -> None:
        """The song is over; `take` gives the rest."""
        if self._closed:
            raise AudioError("This separation is finished already.")
        self._closed = True
        self._left = self._held - self._layout.outer
        self._hold(np.zeros((2, self._layout.outer + -self._left % self._layout.grid), np.float32))

    def take(self) -> Plane | None:
        """The next piece of the stems, float32 [4, 2, samples], or None where more audio is needed or all is done."""
        ready = min(self._piece, self._held - 2 * self._layout.outer)
        if ready <= 0 or (ready < self._piece and not self._closed):
            return None
        held = np.concatenate(self._blocks, axis=1)
        self._blocks = [held[:, ready:].copy()]
        self._held -= ready
        stems = _split(held[:, : ready + 2 * self._layout.outer], self._layout, self._weights, self.sample_rate)
        if self._closed:
            stems = stems[..., : self._left]
            self._left -= stems.shape[2]
        return stems

    def _hold(self, block: Plane) -> None:
        self._blocks.append(block)
        self._held += block.shape[1]

    def _rest(self) -> Plane:
        pieces = []
        while (piece := self.take()) is not None:
            pieces.append(piece)
        return np.concatenate(pieces, axis=2) if pieces else np.zeros((len(QUICK_STEMS), 2, 0), np.float32)


def _split(mix: Plane, layout: Layout, weights: Plane, sample_rate: int) -> Plane:
    """Stems of what lies between `layout.outer` samples at both ends."""
    steady, voice = split_layers(mix, layout)
    inner = slice(layout.outer - layout.inner, mix.shape[1] - (layout.outer - layout.inner))
    frames, steady_frames, voice_frames = (spectra(one[:, inner], layout.middle) for one in (mix, steady, voice))
    planes = features(frames, steady_frames, voice_frames, sample_rate)
    shares = masks(planes, weights, stereo_share(frames))
    out = np.empty((len(shares), 2, mix.shape[1] - 2 * layout.outer), np.float32)
    out[_REMAINDER] = mix[:, layout.outer : mix.shape[1] - layout.outer]
    for stem, share in enumerate(shares):
        if stem != _REMAINDER:
            out[stem] = inverse(frames * share, layout.middle)[:, layout.inner : layout.inner + out.shape[2]]
            out[_REMAINDER] -= out[stem]
    return out


def separate(mix: npt.NDArray[Any], sample_rate: int) -> Plane:
    """Stems float32 [4, 2, samples] of a whole song, float [channels, samples]."""
    separator = QuickSeparator(sample_rate, mix.shape[0])
    return np.concatenate([separator.feed(mix), separator.finish()], axis=2)
