"""Series of a song from the levels of its bands: how loud its parts are, how bright it is, where attacks are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.spectrum.feature_bands import BAND_CENTRES_HZ, BAND_RATE, FIRST_SHORT_BAND, FLOOR_DB
from shared.spectrum.feature_document import BAND_COUNT
from shared.spectrum.feature_envelope import envelope
from shared.spectrum.feature_levels import active_frames, heights, scale_of
from shared.spectrum.kweighting import k_weighting

__all__ = ["band_heights", "series_of", "width_of"]

Floats = npt.NDArray[np.float32]
Levels = npt.NDArray[np.int16]

_ROWS: Final = 4_096  # frames at once: a minute, so that an hour's temporaries stay small
_BASS_HZ: Final = 150.0  # kick and bass
_MID_HZ: Final = (150.0, 2_500.0)  # voices and most instruments: the analysis' colours have the same edge
_HIGH_HZ: Final = 4_000.0  # hats, consonants
_HAT_HZ: Final = 6_000.0
_KICK_BANDS: Final = slice(0, 3)  # of the short window's low levels: 15 to 135 Hz
#: Rises are those of the amplitude to the power of 3/4. A logarithm would make every rustle an attack and hear a click
#: between two frames in the first of them even if it is far nearer to the second: at a power p the first wins up to
#: atan(2^(1 / 2p)) / 90 degrees of the way, 0.64 frames or 10.7 ms here. With the amplitude itself (0.61) the attack of
#: a note that stays would lie halfway between two frames.
_ATTACK_DB: Final = 20.0 / 0.75
_ATTACK_MOST: Final = 1.3  # of a band's loud level
#: Low bands whose loud level is further than this below the song's loudest band have no kick but rumble: they count
#: less, as their own attacks do against those of a band this far below it.
_KICK_DB: Final = 6.0
_AROUND: Final = 15  # frames either side that an attack must stand out from: 0.25 s
_APART: Final = 2  # frames either side that have no greater one: attacks 50 ms apart are two
#: A song whose attacks are all weaker than this has weak pulses: 85 of 100 attacks in music with drums rise by less
#: than 0.2 to 0.6 (kick 0.21 to 0.54), in recordings of whales and of a printer by less than 0.05 (0.14).
_CLEAR_RISE: Final = {"onset": 0.2, "kick": 0.25, "hat": 0.2}
_LEAST_RISE: Final = 0.02
#: Frames from the beginning of a sound to the attack of its low end, at most: in sixteen composed songs 88 % of the
#: kicks on beats then stand within 12 ms of them, with half of it 80 %. Sixteenths at 174 BPM are five frames apart.
_GLIDE: Final = 4
_LEAST_PULSE: Final = 0.12
_STRONG: Final = 0.85  # the share of attacks that are weaker than a pulse of 1
_FALL_SECONDS: Final = {"onset": 0.10, "kick": 0.14, "hat": 0.06}
_BRIGHT_SPREAD: Final = 3.0  # bands; a sound whose weight moves less than this is not bright and dark by turns


def band_heights(bands: Levels) -> npt.NDArray[np.uint8]:
    """Bands on their own scales: uint8 [n, 64] from levels int16 [n, 64]."""
    out = np.zeros(bands.shape, np.uint8)
    active = active_frames(_summed(bands, _k_gains())) if len(bands) else np.zeros(0, np.bool_)
    if active.any():
        floor, span = scale_of(bands, active, related=True)
        for rows in _stretches(len(bands)):
            out[rows] = np.rint(255 * heights(bands[rows], floor, span, related=True))
    return out


def series_of(bands: Levels, attacks: Levels, shown: npt.NDArray[np.uint8]) -> dict[str, Floats]:
    """All series but width: float32 [n] each, from the levels int16 [n, 64] and [n, 7] and `band_heights`."""
    names = ("bass", "mid", "high", "loudness")
    hz = BAND_CENTRES_HZ
    gains = (hz < _BASS_HZ, (hz >= _MID_HZ[0]) & (hz < _MID_HZ[1]), hz >= _HIGH_HZ)
    levels = np.stack([_summed(bands, gain.astype(np.float32)) for gain in gains] + [_loudness(bands)], axis=1)
    active = active_frames(levels[:, 3])
    if not active.any():
        return {name: np.zeros(len(bands), np.float32) for name in (*names, "brightness", *_FALL_SECONDS)}
    floor, span = scale_of(levels, active, related=False)
    columns = heights(levels, floor, span, related=False)
    made = {name: columns[:, at].copy() for at, name in enumerate(names)}
    made["brightness"] = _brightness(shown, active)
    rises = _rises(bands, attacks, active)
    for name, rise in rises.items():
        pulses = _pulses(rise, _CLEAR_RISE[name], rises["onset"])
        made[name] = envelope(pulses, attack=0.0, release=_FALL_SECONDS[name])
    return made


def width_of(middle: npt.NDArray[Any], side: npt.NDArray[Any]) -> Floats:
    """Stereo width float32 [n] from the energies of (L + R) / 2 and (L - R) / 2 per frame, float64 [n]."""
    if not len(middle) or not middle.any():
        # Nothing in the middle at all is either silence or two channels in opposite phase.
        return np.full(len(side), 1.0, np.float32) * (side > 0)
    mid, beside = (np.sqrt(_averaged(energy, 5)) for energy in (middle, side))
    hush = 1e-3 * np.quantile(mid + beside, 0.95)  # what is 60 dB down has no width
    return np.minimum(1.0, 2.0 * beside / (mid + beside + hush + 1e-12)).astype(np.float32)


def _stretches(count: int) -> Iterator[slice]:
    return (slice(first, first + _ROWS) for first in range(0, count, _ROWS))


def _summed(bands: Levels, gains: Floats) -> Levels:
    """Level of the sum of bands with gains [64] of their power: int16 [n]."""
    out = np.empty(len(bands), np.int16)
    for rows in _stretches(len(bands)):
        power = np.power(np.float32(10.0), bands[rows] * np.float32(1e-3))
        out[rows] = np.rint(1e3 * np.log10(np.einsum("tb,b->t", power, gains) + 1e-14))
    return out


def _loudness(bands: Levels) -> Levels:
    """K-weighted level of each frame and the two before it: around it, it would rise before the music does."""
    power = np.pad(10.0 ** (_summed(bands, _k_gains()) / 1e3), (2, 0))
    mean = (power[2:] + power[1:-1] + power[:-2]) / 3.0
    return np.rint(1e3 * np.log10(mean + 1e-14)).astype(np.int16)


def _k_gains() -> Floats:
    """BS.1770's weighting at the bands' centres, as a factor of power."""
    turn = np.exp(-2j * np.pi * BAND_CENTRES_HZ / BAND_RATE)
    gain = np.ones(BAND_COUNT)
    for numerator, denominator in k_weighting(BAND_RATE):
        gain *= np.abs(np.polyval(numerator[::-1], turn) / np.polyval(denominator[::-1], turn)) ** 2
    return gain.astype(np.float32)


def _averaged(x: npt.NDArray[Any], reach: int) -> npt.NDArray[np.float64]:
    """Mean under a triangle that ends `reach` frames away, silence around."""
    if not len(x):
        return np.zeros(0)
    kernel = 1.0 - np.abs(np.arange(-reach, reach + 1)) / (reach + 1)
    return np.convolve(x, kernel / kernel.sum(), mode="full")[reach : reach + len(x)]


def _brightness(shown: npt.NDArray[np.uint8], active: npt.NDArray[np.bool_]) -> Floats:
    """Where the heights' weight lies, between the song's dark and its bright moments; 0 in silence."""
    place = np.zeros(len(shown))
    for rows in _stretches(len(shown)):
        weight = np.square(shown[rows].astype(np.float32))
        place[rows] = np.einsum("tb,b->t", weight, np.arange(BAND_COUNT, dtype=np.float32)) / (weight.sum(axis=1) + 1.0)
    low, high = np.quantile(place[active], (0.05, 0.95))
    spare = max(0.0, (_BRIGHT_SPREAD - (high - low)) / 2)
    low, high = low - spare, high + spare
    return np.where(active, np.clip((place - low) / (high - low), 0.0, 1.0), 0.0).astype(np.float32)


def _rises(bands: Levels, attacks: Levels, active: npt.NDArray[np.bool_]) -> dict[str, Floats]:
    """How much louder each frame is than the one before it, over all, low and high bands: float32 [n] each.

    Spectral flux: the mean over bands of what rises (Bello et al. 2005), each band on its own scale.
    """
    hat = int(np.searchsorted(BAND_CENTRES_HZ, _HAT_HZ)) - FIRST_SHORT_BAND
    loud = np.concatenate(
        [_loud(attacks, active, related=False), _loud(bands[:, FIRST_SHORT_BAND:], active, related=True)]
    )
    rumble_db = np.minimum(0.0, loud[_KICK_BANDS] / 100 - (loud.max() / 100 - _KICK_DB))
    kick_weights = np.power(10.0, rumble_db / _ATTACK_DB)
    made = {name: np.zeros(len(bands), np.float32) for name in _FALL_SECONDS}
    before = np.power(np.float32(10.0), (100 * FLOOR_DB - loud[None]) * np.float32(0.01 / _ATTACK_DB))
    for rows in _stretches(len(bands)):
        levels = np.concatenate((attacks[rows], bands[rows, FIRST_SHORT_BAND:]), axis=1)
        strength = np.power(np.float32(10.0), (levels - loud) * np.float32(0.01 / _ATTACK_DB))
        np.minimum(strength, np.float32(_ATTACK_MOST), out=strength)
        rise = np.maximum(0.0, np.diff(strength, axis=0, prepend=before))
        before = strength[-1:]
        made["onset"][rows] = rise.mean(axis=1)
        made["kick"][rows] = (rise[:, _KICK_BANDS] * kick_weights).mean(axis=1)
        made["hat"][rows] = rise[:, attacks.shape[1] + hat :].mean(axis=1)
    return made


def _loud(levels: Levels, active: npt.NDArray[np.bool_], *, related: bool) -> Floats:
    """Each column's loud level in hundredths of a decibel: float32 [columns]."""
    floor, span = scale_of(levels, active, related=related)
    return (100.0 * (floor + 0.88 * span)).astype(np.float32)


def _pulses(rise: Floats, clear: float, whole: Floats) -> Floats:
    """One frame at each attack, as high as it is strong beside the song's others: float32 [n], 0-1.

    whole: rises of all bands. A kick glides down to its low end within some 50 ms and is felt at its beginning: a pulse
    stands where, just before or at the attack of its own bands, the whole sound rises most.
    """
    over = rise - _averaged(rise, _AROUND).astype(np.float32)
    padded = np.pad(over, _APART, constant_values=-1.0)
    around = np.max([padded[shift : shift + len(over)] for shift in range(2 * _APART + 1)], axis=0)
    peak = (over >= around) & (over > _LEAST_RISE)
    if not peak.any():
        return np.zeros(len(rise), np.float32)
    strong = max(float(np.quantile(over[peak], _STRONG)), clear)
    height = np.minimum(1.0, over / np.float32(strong))
    found = np.flatnonzero(peak & (height >= _LEAST_PULSE))
    before = np.maximum(found[:, None] - np.arange(_GLIDE + 1), 0)
    begin = before[np.arange(len(found)), np.argmax(whole[before], axis=1)]
    out = np.zeros(len(rise), np.float32)
    np.maximum.at(out, begin, height[found])
    return out
