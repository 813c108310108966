"""What mood hears in the signal itself: how much happens, how regularly, how it swells and pauses.

All of it is measured at one loudness, so that turning a track up changes nothing, from the band levels of `Picture`
(100 Hz). Sources: activity, pulse, brightness and dynamics as in Eerola, Lartillot & Toiviainen (ISMIR 2009); pulse is
the height of the onsets' autocorrelation (Lartillot et al., ISMIR 2008); pauses and syllables are the low-energy frames
and the 4 Hz modulation by which Scheirer & Slaney (ICASSP 1997) tell speech from music.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import BANDS_PER_SECOND
from web.py.analysis.onsets import onset_strength
from web.py.analysis.picture import BAND_CENTRES_HZ, Picture

__all__ = ["MoodFeatures", "measure_features"]

_SOUNDING: Final = 1e-3  # RMS of a frame that counts: -60 dBFS
_COMPRESSION: Final = 1000.0  # of `Picture.levels`: log(1 + 1000 x)
_LEVEL: Final = 0.2  # root mean square of all bands together that every track is brought to
_CHUNK: Final = 8192  # frames worked on at a time, so that an hour costs no memory to speak of
#: A peak of the mean rise of log band levels is an onset from here on; half of a clear drum stroke's.
_ONSET_RISE: Final = 0.3
_ONSET_REACH: Final = 3  # frames to either side that a peak must top
_PULSE_FRAMES: Final = 3 * BANDS_PER_SECOND
_PULSE_LAGS: Final = (26, 128)  # frames: 231 to 47 BPM
_SECOND: Final = BANDS_PER_SECOND
_QUIET: Final = 0.5  # of its second's mean: a low-energy frame
_SWELL_FRAMES: Final = 256
_SWELL_HZ: Final = (0.4, 20.0)
_SYLLABLE_HZ: Final = (2.5, 7.0)
_VOICE_HZ: Final = (300.0, 3400.0)
_VOICE: Final = slice(*np.searchsorted(BAND_CENTRES_HZ, _VOICE_HZ).tolist())


class MoodFeatures(NamedTuple):
    """Measures of the sounding part of a track.

    activity: mean rise of a band's log level per 10 ms. onset_rate: onsets per second. pulse: 0-1, how regular onsets
    are within three seconds. brightness_hz: median spectral centroid. noisiness_db: median spectral flatness.
    dynamics_db: spread of the frame level, 10th to 90th percentile. pauses: share of frames below half the mean of
    their second. swell: root mean square of the voice bands' log level about its mean over 2.6 s. syllables: share of
    swell that is at 2.5-7 Hz. level_db: median RMS, dBFS, the only one that depends on loudness.
    """

    activity: float
    onset_rate: float
    pulse: float
    brightness_hz: float
    noisiness_db: float
    dynamics_db: float
    pauses: float
    swell: float
    syllables: float
    level_db: float


def measure_features(picture: Picture, *, duration_seconds: float) -> MoodFeatures | None:
    """Features of the sounding part of a track; `None` when nothing sounds."""
    timbre = picture.timbre
    sounding = timbre.rms > _SOUNDING
    if not sounding.any():
        return None
    level_db = 20 * np.log10(timbre.rms[sounding])
    levels = _at_one_loudness(picture.levels, sounding)
    strength = onset_strength(levels).mean(axis=1)
    swell, syllables = _swelling(levels[:, _VOICE])
    return MoodFeatures(
        activity=_activity(levels, sounding),
        onset_rate=_onset_count(strength) / max(duration_seconds, 1.0),
        pulse=_pulse(strength),
        brightness_hz=float(np.median(timbre.centroid_hz[sounding])),
        noisiness_db=float(10 * np.log10(np.median(timbre.flatness[sounding]) + 1e-6)),
        dynamics_db=float(np.subtract(*np.percentile(level_db, [90, 10]))),
        pauses=_pauses(timbre.rms),
        swell=swell,
        syllables=syllables,
        level_db=float(np.median(level_db)),
    )


def _at_one_loudness(levels: np.ndarray, sounding: np.ndarray) -> np.ndarray:
    """Band levels, float16 [frames, bands], as they would be at the level `_LEVEL`."""
    total = 0.0
    for first in range(0, len(levels), _CHUNK):
        heard = np.expm1(levels[first : first + _CHUNK][sounding[first : first + _CHUNK]].astype(np.float32))
        total += float(np.einsum("ij,ij->", heard, heard, dtype=np.float64))
    mean_square = total / _COMPRESSION**2 / int(np.count_nonzero(sounding))
    gain = np.float32(_LEVEL / max(mean_square, 1e-20) ** 0.5)
    scaled = np.empty(levels.shape, np.float16)
    for first in range(0, len(levels), _CHUNK):
        chunk = levels[first : first + _CHUNK].astype(np.float32)
        scaled[first : first + _CHUNK] = np.log1p(gain * np.expm1(chunk))
    return scaled


def _activity(levels: np.ndarray, sounding: np.ndarray) -> float:
    total = 0.0
    for first in range(1, len(levels), _CHUNK):
        chunk = levels[first - 1 : first + _CHUNK].astype(np.float32)
        rises = np.maximum(np.diff(chunk, axis=0), 0).mean(axis=1)
        total += float(rises[sounding[first : first + _CHUNK]].sum(dtype=np.float64))
    return total / int(np.count_nonzero(sounding))


def _onset_count(strength: np.ndarray) -> int:
    """Peaks of onset strength [frames] that top all within 30 ms."""
    padded = np.pad(strength, _ONSET_REACH)
    around = [padded[i : i + strength.size] for i in range(2 * _ONSET_REACH + 1)]
    return int(np.count_nonzero((strength >= np.maximum.reduce(around)) & (strength > _ONSET_RISE)))


def _pulse(strength: np.ndarray) -> float:
    """Mean height of the autocorrelation's top between 47 and 231 BPM, over stretches of three seconds."""
    count = min(_PULSE_FRAMES, strength.size)
    stretches = strength[: strength.size // max(count, 1) * count].reshape(-1, max(count, 1))
    if count <= _PULSE_LAGS[1]:
        return 0.0
    centred = stretches - stretches.mean(axis=1, keepdims=True)
    spectra = np.fft.rfft(centred, 2 * _PULSE_FRAMES)
    alike = np.fft.irfft(spectra.real**2 + spectra.imag**2)[:, : _PULSE_LAGS[1]]
    fair = count / (count - np.arange(_PULSE_LAGS[1]))  # fewer frames overlap at longer lags
    heights = (alike * fair)[:, _PULSE_LAGS[0] :].max(axis=1) / np.maximum(alike[:, 0], 1e-9)
    return float(np.clip(heights, 0, 1).mean())


def _pauses(rms: np.ndarray) -> float:
    seconds = rms[: rms.size // _SECOND * _SECOND].reshape(-1, _SECOND)
    means = seconds.mean(axis=1)
    heard = means > _SOUNDING
    if not heard.any():
        return 0.0
    return float((seconds[heard] < _QUIET * means[heard, None]).mean())


def _swelling(levels: np.ndarray) -> tuple[float, float]:
    """(swell, syllables) as in `MoodFeatures`: medians over stretches of 2.6 s; zeros where there is none."""
    count = len(levels) // _SWELL_FRAMES
    if not count:
        return 0.0, 0.0
    window = np.hanning(_SWELL_FRAMES).astype(np.float32)[:, None]
    hz = np.fft.rfftfreq(_SWELL_FRAMES, 1 / BANDS_PER_SECOND)
    whole, part = ((hz >= low) & (hz < high) for low, high in (_SWELL_HZ, _SYLLABLE_HZ))
    swells, shares = [], []
    for index in range(count):
        stretch = levels[index * _SWELL_FRAMES : (index + 1) * _SWELL_FRAMES].astype(np.float32)
        spectrum = np.fft.rfft((stretch - stretch.mean(axis=0)) * window, axis=0)
        power = (spectrum.real**2 + spectrum.imag**2).sum(axis=1)
        total = float(power[whole].sum())
        # Parseval: both halves of the spectrum, over the window's power; a mean over bands
        swells.append((2 * total / float(np.square(window).sum()) / _SWELL_FRAMES / levels.shape[1]) ** 0.5)
        shares.append(float(power[part].sum()) / max(total, 1e-9))
    return float(np.median(swells)), float(np.median(shares))
