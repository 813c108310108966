"""What the tagger listens to: patches of three seconds as MusiCNN was trained on, made while audio streams by.

Pons & Serra 2019 (`musicnn/configuration.py`): 16 kHz mono, periodic Hann window of 512, hop 256, power, 96 Slaney mel
bands of equal area from 0 to 8 kHz (as librosa's default), log10(1 + 10000 x), 187 frames.

The logarithm makes level matter (6 dB move a tag's probability by up to 0.15), so all patches of a track are brought to
one loudness: that of the BS.1770 gated measure of the patches together. The mel powers wait for it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from web.py.analysis import ANALYSIS_RATE

__all__ = ["BANDS", "FRAMES", "PATCHES", "PIECE", "RATE", "PatchMaker", "patch_power"]

RATE: Final = 16_000
BANDS: Final = 96
FRAMES: Final = 187
_SIZE: Final = 512
_HOP: Final = 256
_LENGTH: Final = (FRAMES - 1) * _HOP + _SIZE  # samples at 16 kHz that one patch needs
_PIECE_SECONDS: Final = 3.2
_PIECE_OUT: Final = round(_PIECE_SECONDS * RATE)
_MARGIN: Final = (_PIECE_OUT - _LENGTH) // 2  # either end of a piece is left to the resampling's ringing
#: Samples at 44.1 kHz that one patch is made of.
PIECE: Final = round(_PIECE_SECONDS * ANALYSIS_RATE)
#: Patches per track. 16 say what 32 say within a fifth of what differs between tracks; see BENCH.md.
PATCHES: Final = 16
_LEAST_SPACING: Final = round(0.4 * ANALYSIS_RATE)
_MOST_SPACING: Final = 30 * ANALYSIS_RATE  # so that a file which promised hours and holds minutes still has some
_UNKNOWN_SPACING: Final = PIECE // 2
_EDGE_HZ: Final = 7400.0  # where resampling begins to fade; it ends at 8 kHz
_WINDOW: Final = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / _SIZE)).astype(np.float32)
_TARGET_LUFS: Final = -12.0  # of this module's measure: the median commercial track
_SILENT_LUFS: Final = -60.0
_BLOCK_FRAMES: Final = 25  # 0.4 s, BS.1770's block


class _Piece(NamedTuple):
    """mel: powers float32 [187, 96]; loud: K-weighted mean square per frame, float32 [187]."""

    mel: np.ndarray
    loud: np.ndarray


class PatchMaker:
    """Streaming maker of patches: `feed` mono float32 blocks at 44.1 kHz, then `finish` once.

    Pieces are taken at even distances. Where the track's length is known they are `PATCHES`, each in the middle of its
    share. Where it is not, or is another than was said, they are taken close together at first, and whenever there are
    twice as many as wanted every other one is dropped and the distance doubled. The patches do not depend on how the
    audio is cut into blocks.
    """

    def __init__(self, *, expected_seconds: float | None = None, patches: int = PATCHES) -> None:
        self._patches = patches
        self._spacing = _spacing(expected_seconds, patches)
        self._next = self._spacing // 2  # where the next piece begins
        self._held = np.zeros(0, np.float32)
        self._end = 0  # samples fed so far; `_held` ends there
        self._pieces: list[_Piece] = []

    def feed(self, block: np.ndarray) -> None:
        """Take mono float32 [samples]."""
        self._held = np.concatenate([self._held, block])
        self._end += block.size
        start = self._end - self._held.size
        while self._next + PIECE <= self._end:
            first = self._next - start
            self._pieces.append(_piece(self._held[first : first + PIECE]))
            if len(self._pieces) >= 2 * self._patches:
                self._pieces = self._pieces[::2]
                self._next -= self._spacing  # the last one was dropped
                self._spacing *= 2
            self._next += self._spacing
        # The last piece's worth is kept for a track that is shorter than one piece, or than was said.
        keep = self._end - min(self._next, self._end - PIECE)
        self._held = self._held[max(0, self._held.size - keep) :].copy()

    def finish(self) -> np.ndarray | None:
        """Patches float32 [patches, 187, 96] in order of time; `None` where the track is (nearly) silent or empty."""
        if not self._end:
            return None
        pieces = self._pieces or [_piece(_stretched(self._held[-PIECE:]))]
        chosen = np.linspace(0, len(pieces) - 1, min(self._patches, len(pieces))).round().astype(int)
        pieces = [pieces[index] for index in chosen]
        lufs = _loudness(np.stack([piece.loud for piece in pieces]))
        if lufs < _SILENT_LUFS:
            return None
        gain = np.float32(10_000 * 10 ** ((_TARGET_LUFS - lufs) / 10))
        return np.log10(1 + gain * np.stack([piece.mel for piece in pieces]))


def patch_power(piece: np.ndarray) -> np.ndarray:
    """Power spectra float32 [187, 257] of a piece: mono float32 [`PIECE`] at 44.1 kHz."""
    samples = _to_16k(piece)[_MARGIN : _MARGIN + _LENGTH]
    # Not sliding_window_view: numpy on 32-bit WebAssembly refuses such a view of a long signal.
    frames = np.lib.stride_tricks.as_strided(samples, (FRAMES, _SIZE), (4 * _HOP, 4), writeable=False)
    spectra = np.fft.rfft(frames * _WINDOW)
    power: np.ndarray = spectra.real**2 + spectra.imag**2
    return power


def _spacing(expected_seconds: float | None, patches: int) -> int:
    if expected_seconds is None or not expected_seconds > 0:
        return _UNKNOWN_SPACING
    room = expected_seconds * ANALYSIS_RATE - PIECE
    return int(min(max(room / patches, _LEAST_SPACING), _MOST_SPACING))


def _piece(audio: np.ndarray) -> _Piece:
    power = patch_power(audio)
    mel = np.add.reduceat(power[:, _BINS] * _WEIGHTS, _STARTS, axis=1)
    return _Piece(mel, np.einsum("fb,b->f", power, _K_WEIGHT))  # not @: matmul in Pyodide is slow


def _stretched(audio: np.ndarray) -> np.ndarray:
    """Audio shorter than a piece, repeated until it is as long: loops are made to repeat."""
    return np.resize(audio, PIECE)


def _to_16k(piece: np.ndarray) -> np.ndarray:
    """Band-limited resampling in one transform, with a raised-cosine edge below the new Nyquist frequency."""
    spectrum = np.fft.rfft(np.ascontiguousarray(piece, np.float32))[: _PIECE_OUT // 2 + 1]
    samples: np.ndarray = np.fft.irfft(spectrum * _EDGE, _PIECE_OUT)
    return samples


def _loudness(loud: np.ndarray) -> float:
    """Gated loudness in LUFS of K-weighted mean squares [patches, 187] per frame: BS.1770-4's gates on 0.4 s blocks.

    Two equal channels, as of a stereo file with this mono content; within 1-2 LU of the measure of the whole file.
    """
    whole = FRAMES // _BLOCK_FRAMES * _BLOCK_FRAMES
    blocks = 2 * loud[:, :whole].reshape(len(loud), -1, _BLOCK_FRAMES).mean(axis=2, dtype=np.float64).ravel()
    heard = blocks[_lufs(blocks) > -70.0]
    if not heard.size:
        return -70.0
    gate = _lufs(heard.mean()) - 10.0
    return float(_lufs(heard[_lufs(heard) > gate].mean()))


def _lufs(mean_square: np.ndarray) -> np.ndarray:
    return -0.691 + 10 * np.log10(mean_square + 1e-12)


def _edge() -> np.ndarray:
    """Gains of the resampled spectrum, float32 [25601]; the two lengths' scale is in it."""
    hz = np.arange(_PIECE_OUT // 2 + 1) * (RATE / _PIECE_OUT)
    fall = np.clip((hz - _EDGE_HZ) / (RATE / 2 - _EDGE_HZ), 0, 1)
    return ((0.5 + 0.5 * np.cos(np.pi * fall)) * (_PIECE_OUT / PIECE)).astype(np.float32)


def _slaney() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(bins, weights, starts): the triangles as one run of weights; np.add.reduceat over starts sums each band.

    Slaney's scale (Auditory Toolbox 1998) is linear below 1 kHz, 200/3 Hz a mel, and logarithmic above.
    """
    step = np.log(6.4) / 27
    mels = np.linspace(0, 15 + np.log(RATE / 2 / 1000) / step, BANDS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(step * (mels - 15)))
    hz = np.arange(_SIZE // 2 + 1) * (RATE / _SIZE)
    bins: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    for low, centre, high in zip(edges, edges[1:], edges[2:], strict=False):
        triangle = np.minimum((hz - low) / (centre - low), (high - hz) / (high - centre)) * 2 / (high - low)
        bins.append(np.flatnonzero(triangle > 0))
        weights.append(triangle[bins[-1]])
    starts = np.cumsum([0, *(band.size for band in bins[:-1])])
    return np.concatenate(bins), np.concatenate(weights).astype(np.float32), starts


def _k_weight() -> np.ndarray:
    """BS.1770-4's K-weighting as a power response at the bins, times what makes |rfft|² of a frame a mean square.

    The filters are given at 48 kHz; here their frequency response is read there and used at 16 kHz.
    """
    z = np.exp(-2j * np.pi * np.arange(_SIZE // 2 + 1) * (RATE / _SIZE) / 48_000)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z * z) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z * z
    )
    high_pass = (1 - z) ** 2 / (1 - 1.99004745483398 * z + 0.99007225036621 * z * z)
    both_sides = np.full(z.size, 2.0)
    both_sides[[0, -1]] = 1
    scale = both_sides / _SIZE / np.square(_WINDOW, dtype=np.float64).sum()
    return (np.abs(shelf * high_pass) ** 2 * scale).astype(np.float32)


_EDGE: Final = _edge()
_BINS, _WEIGHTS, _STARTS = _slaney()
_K_WEIGHT: Final = _k_weight()
