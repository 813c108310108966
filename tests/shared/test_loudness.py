"""Loudness against published signals and readings, and against slow and plain versions of itself.

The signals of EBU Tech 3341 (table 1) and Tech 3342 (table 1) are made here from their descriptions: 1 kHz
stereo sines at 48 kHz, levels in dBFS of the peak, unless a case says otherwise. Cases 7 and 8 need recordings.
"""

import math
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from shared.errors import AudioError
from shared.spectrum.kweighting import SegmentEnergy, fast_length, k_weighting
from shared.spectrum.loudness import LoudnessMeter, channel_weights
from shared.spectrum.true_peak import TruePeakMeter

RATE = 48_000


def steps(*parts, rate=RATE, hz=1000.0, channels=2):
    """Sine of continuous phase in steps of (dBFS or None for silence, seconds): float32 [channels, samples]."""
    gains = [np.full(round(s * rate), 0.0 if db is None else 10 ** (db / 20)) for db, s in parts]
    gain = np.concatenate(gains)
    tone = (gain * np.sin(2 * np.pi * hz / rate * np.arange(len(gain)))).astype(np.float32)
    return locked(np.tile(tone, (channels, 1)))


def locked(x):
    x.setflags(write=False)
    return x


def read(x, rate=RATE, cut=441_000):
    meter = LoudnessMeter(rate, len(x))
    for at in range(0, x.shape[1], cut):
        meter.feed(x[:, at : at + cut])
    return meter.result()


def music_like(seconds, rate, seed=7):
    """Two channels of drums, bass and noise, limited hard: float32."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    beat = t % 0.47
    kick = np.sin(2 * np.pi * 50 * beat + 20 * np.exp(-beat * 30)) * np.exp(-beat * 6)
    hat = rng.standard_normal(len(t)) * np.exp(-((t + 0.235) % 0.47) * 40)
    common = kick + 0.4 * np.sin(2 * np.pi * 110 * t) * (1 + np.sin(0.6 * t)) + 0.2 * np.sign(np.sin(1384 * t))
    hat = np.convolve(hat, (0.25, 0.5, 0.25), "same")  # little above 0.4 of the rate, as in music
    side = 0.3 * hat + 0.15 * np.sin(2 * np.pi * 331 * t)
    fade = np.linspace(0.1, 2.0, len(t))
    return locked(np.tanh(fade * np.stack((common + side, common - side))).astype(np.float32))


# ---- EBU Tech 3341, integrated, momentary and short-term


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        (((-23, 20),), -23.0),  # case 1
        (((-33, 20),), -33.0),  # case 2
        (((-36, 10), (-23, 60), (-36, 10)), -23.0),  # case 3
        (((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0),  # case 4
        (((-26, 20), (-20, 20.1), (-26, 20)), -23.0),  # case 5
    ],
)
def test_tech_3341_integrated(parts, wanted):
    assert read(steps(*parts)).integrated_lufs == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_tech_3341_cases_1_and_2_momentary_and_short_term(level):
    reading = read(steps((level, 20)))
    assert reading.momentary_max == pytest.approx(level, abs=0.1)
    assert reading.short_term_max == pytest.approx(level, abs=0.1)


@pytest.mark.parametrize("levels", [(-28, -28, -24, -30, -30), (-28, -28, -24, None, -30, -30)])
def test_tech_3341_case_6_surround(levels):
    x = np.concatenate([steps((level, 20), channels=1) for level in levels])
    assert read(locked(x)).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_9_short_term():
    x = steps(*((-20, 1.34), (-30, 1.66)) * 5)
    assert read(x).short_term_max == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("i", [0, 1, 2, 7, 13, 19])
def test_tech_3341_case_10_short_term_of_one_burst(i):
    assert read(steps((None, 0.15 * i), (-23, 3), (None, 1))).short_term_max == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_11_short_term_of_rising_bursts():
    meter = LoudnessMeter(RATE, 2)
    for i in range(20):
        meter.feed(steps((None, 0.15 * i), (-38 + i, 3), (None, 1)))
        assert meter.result().short_term_max == pytest.approx(-38 + i, abs=0.1)


def test_tech_3341_case_12_momentary():
    x = steps(*((-20, 0.18), (-30, 0.22)) * 25)
    assert read(x).momentary_max == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("i", [0, 1, 2, 7, 13, 19])
def test_tech_3341_case_13_momentary_of_one_burst(i):
    assert read(steps((None, 0.20 * i), (-23, 0.4), (None, 1))).momentary_max == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_14_momentary_of_rising_bursts():
    meter = LoudnessMeter(RATE, 2)
    for i in range(20):
        meter.feed(steps((None, 0.20 * i), (-38 + i, 0.4), (None, 1)))
        assert meter.result().momentary_max == pytest.approx(-38 + i, abs=0.1)


# ---- EBU Tech 3341, true peak: +0.2 / -0.4 dB


def faded(x, rate=RATE):
    """The ramps of 10 ms that keep the signal's own beginning and end from being its peak."""
    ramp = np.minimum(1.0, np.arange(x.shape[-1]) / (0.01 * rate))
    return locked(x * ramp * ramp[::-1])


def assert_true_peak(db, wanted):
    assert wanted - 0.4 <= db <= wanted + 0.2


@pytest.mark.parametrize(
    ("amplitude", "divisor", "degrees", "wanted"),
    [
        (0.50, 4, 0, -6.0),  # case 15
        (0.50, 4, 45, -6.0),  # case 16
        (0.50, 6, 60, -6.0),  # case 17
        (0.50, 8, 67.5, -6.0),  # case 18
        (1.41, 4, 45, 3.0),  # case 19
    ],
)
@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_tech_3341_cases_15_to_19(amplitude, divisor, degrees, wanted, rate):
    phase = 2 * np.pi * np.arange(rate // 2) / divisor + math.radians(degrees)
    x = faded(amplitude * np.tile(np.sin(phase), (2, 1)), rate)
    assert_true_peak(read(x, rate).true_peak_db, wanted)


@pytest.mark.parametrize("offset", [0, 1, 2, 3])  # cases 20 to 23
def test_tech_3341_cases_20_to_23(offset):
    # Made at four times the rate: fs/6 at 0.50, in its middle one period of fs/4 at 1.00, then limited to the
    # band and every fourth sample taken from `offset` on.
    count = 4 * 6 * 500
    base = 0.5 * np.sin(2 * np.pi * np.arange(count) / 24)
    burst = np.sin(2 * np.pi * np.arange(16) / 16)
    fine = faded(np.concatenate((base, burst, base)), 4 * RATE)
    spectrum = np.fft.rfft(fine)
    spectrum[len(spectrum) // 4 :] = 0.0
    x = locked(np.fft.irfft(spectrum, len(fine))[None, offset::4].copy())
    assert_true_peak(read(x).true_peak_db, 0.0)


@pytest.mark.parametrize(("rate", "low_db"), [(44_100, 0.16), (48_000, 0.16), (96_000, 0.16), (192_000, 0.4)])
def test_true_peak_of_any_tone_up_to_20_khz(rate, low_db):
    rng = np.random.default_rng(3)
    for hz in (997.0, 7_350.0, 11_025.0, 15_000.0, 19_900.0):
        phase = 2 * np.pi * hz / rate * np.arange(4_000) + rng.uniform(0, 6)
        db = read(faded(np.sin(phase)[None], rate), rate).true_peak_db
        assert -low_db <= db <= 0.1, hz


def test_true_peak_skips_nothing_that_matters():
    """The bounded search against every interpolated value of the same filter."""
    for seed, x in enumerate((music_like(1.5, 44_100), np.random.default_rng(1).standard_normal((2, 20_000)) ** 3)):
        meter = TruePeakMeter(44_100, 2)
        for part in np.array_split(np.asarray(x, np.float64), 7 + seed, axis=1):
            meter.feed(locked(part.copy()))
        padded = np.pad(np.asarray(x, np.float64), ((0, 0), (100, 100)))
        every = [np.abs(np.convolve(row, taps[::-1])).max() for row in padded for taps in meter._taps]
        assert meter.peak() == pytest.approx(max(*every, np.abs(padded).max()), rel=1e-12)


def test_true_peak_agrees_with_exact_interpolation():
    x = music_like(1.0, 44_100)[:1, :44_000]
    fine = np.fft.irfft(np.fft.rfft(x[0].astype(np.float64)), 32 * x.shape[1]) * 32
    wanted = 20 * math.log10(np.abs(fine[3_200:-3_200]).max())
    assert read(x, 44_100).true_peak_db == pytest.approx(wanted, abs=0.15)


# ---- EBU Tech 3342, loudness range: +-1 LU


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        (((-20, 20), (-30, 20)), 10.0),  # case 1
        (((-20, 20), (-15, 20)), 5.0),  # case 2
        (((-40, 20), (-20, 20)), 20.0),  # case 3
        (((-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)), 15.0),  # case 4
    ],
)
def test_tech_3342(parts, wanted):
    assert read(steps(*parts)).range_lu == pytest.approx(wanted, abs=1.0)


# ---- BS.1770-4 Annex 1


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 22_255, 32_000, 44_100, 48_000, 96_000, 192_000])
def test_full_scale_sine_in_one_channel_reads_minus_3_01_at_every_rate(rate):
    """A sine of 997 Hz at 0 dBFS in L, C or R has a mean square of 0.5: -3.01 LKFS (BS.1770-4 Annex 1)."""
    tone = steps((0, 4), rate=rate, hz=997.0, channels=1)
    assert read(tone, rate).integrated_lufs == pytest.approx(-3.01, abs=0.01)
    assert read(locked(np.concatenate((tone, 0 * tone))), rate).integrated_lufs == pytest.approx(-3.01, abs=0.01)


def test_coefficients_at_48_khz_are_the_recommendation():
    (b1, a1), (b2, a2) = k_weighting(48_000)
    assert b1 == pytest.approx([1.53512485958697, -2.69169618940638, 1.19839281085285], abs=1e-9)
    assert a1 == pytest.approx([1.0, -1.69065929318241, 0.73248077421585], abs=1e-12)
    assert b2 == pytest.approx([1.0, -2.0, 1.0], abs=1e-9)
    assert a2 == pytest.approx([1.0, -1.99004745483398, 0.99007225036621], abs=1e-12)


def gain_db(rate, hz):
    z = np.exp(-2j * np.pi * hz / rate)
    gain = np.ones(len(hz))
    for b, a in k_weighting(rate):
        gain = gain * np.abs(np.polyval(b[::-1], z) / np.polyval(a[::-1], z))
    return 20 * np.log10(gain)


@pytest.mark.parametrize(
    ("rate", "tolerance_db"), [(8_000, 0.05), (11_025, 0.02), (16_000, 0.005), (22_050, 0.001), (192_000, 0.001)]
)
def test_response_is_that_of_48_khz(rate, tolerance_db):
    hz = np.geomspace(10, min(0.45 * rate, 20_000), 300)
    assert gain_db(rate, hz) == pytest.approx(gain_db(48_000, hz), abs=tolerance_db)


def filtered(x, rate):
    """K-weighting as the Recommendation draws it: two direct-form sections, sample by sample."""
    for b, a in k_weighting(rate):
        y = np.zeros(len(x))
        x1 = x2 = y1 = y2 = 0.0
        for n, x0 in enumerate(x.tolist()):
            y0 = b[0] * x0 + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2
            y[n], x1, x2, y1, y2 = y0, x0, x1, y0, y1
        x = y
    return x


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100])
def test_segment_energy_equals_the_plain_filter(rate):
    meter = SegmentEnergy(rate, 2)
    count = 5 * meter.segment
    rng = np.random.default_rng(5)
    x = rng.standard_normal((2, count)) + 3.0 + 10.0 * np.sin(2 * np.pi * 11 / rate * np.arange(count))
    x[:, 3 * meter.segment :] *= 1e-4  # what the loud part leaves behind must be right as well
    x = locked(x)
    cut = 2 * meter.segment
    energy = np.concatenate((meter.measure(x[:, :cut]), meter.measure(x[:, cut:])), axis=1)
    for row, measured in zip(x, energy, strict=True):
        wanted = (filtered(row, rate).reshape(5, -1) ** 2).sum(axis=1)
        assert measured == pytest.approx(wanted, rel=1e-6, abs=1e-12 * wanted.max())


def test_channel_weights():
    assert channel_weights(6).tolist() == [1, 1, 1, 0, 1.41, 1.41]
    assert channel_weights(8).tolist() == [1, 1, 1, 0, 1, 1, 1.41, 1.41]
    assert channel_weights(12).tolist() == [1] * 12
    with pytest.raises(AudioError, match="expected 1 channel or more, got 0"):
        channel_weights(0)


def test_fast_length():
    assert [fast_length(n) for n in (1, 2, 7, 801, 4406, 4800, 19_200)] == [2, 2, 8, 810, 4500, 4800, 19_200]


# ---- rules of the class


def test_the_cut_into_blocks_changes_nothing():
    x = music_like(8, 22_050)
    whole = read(x, 22_050, cut=10**9)
    for cut in (777, 50_021):
        part = read(x, 22_050, cut=cut)
        for field in whole.__struct_fields__:
            assert getattr(part, field) == pytest.approx(getattr(whole, field), abs=1e-9), field


def test_float32_and_float64_agree_and_reading_does_not_disturb():
    x = music_like(4, 16_000)
    meter = LoudnessMeter(16_000, 2)
    for at in range(0, x.shape[1], 5_000):
        meter.feed(locked(x[:, at : at + 5_000].astype(np.float64)))
        meter.result()
    assert meter.result() == read(x, 16_000, cut=5_000)


@pytest.mark.parametrize("samples", [0, 1, 4_409, 200_000])
def test_silence_has_no_loudness(samples):
    reading = read(locked(np.zeros((2, samples), np.float32)), 44_100)
    assert all(getattr(reading, field) is None for field in reading.__struct_fields__)


def test_one_sample_has_a_true_peak_only():
    reading = read(locked(np.full((1, 1), 0.5)))
    assert reading.true_peak_db == pytest.approx(-6.02, abs=0.01)
    assert (reading.integrated_lufs, reading.momentary_max, reading.range_lu) == (None, None, None)


def test_too_short_for_a_window():
    reading = read(steps((-20, 2.95)))
    assert reading.integrated_lufs == pytest.approx(-20, abs=0.1)
    assert (reading.short_term_max, reading.range_lu) == (None, None)
    assert read(steps((-20, 0.39))).integrated_lufs is None


def test_constant_offset_weighs_nothing():
    x = steps((-30, 10)) + np.float32(0.5)
    settled = LoudnessMeter(RATE, 2)
    settled.feed(locked(x))
    assert settled.result().integrated_lufs == pytest.approx(-30, abs=0.2)
    constant = SegmentEnergy(RATE, 1).measure(locked(np.full((1, 20 * 4_800), 0.5)))
    assert constant[0, 5:].max() < 1e-12


def test_refusals():
    meter = LoudnessMeter(RATE, 2)
    with pytest.raises(AudioError, match=r"float block of shape \[2, samples\], got float64 of shape \[3, 10\]"):
        meter.feed(np.zeros((3, 10)))
    with pytest.raises(AudioError, match="got int16"):
        meter.feed(np.zeros((2, 10), np.int16))
    for bad in (np.nan, np.inf):
        with pytest.raises(AudioError, match="expected finite samples, got NaN or infinity"):
            meter.feed(np.full((2, 10), bad))
    with pytest.raises(AudioError, match="expected a sample rate of 8,000 to 768,000 Hz, got 4000"):
        LoudnessMeter(4_000, 2)


@pytest.mark.skipif(sys.platform == "emscripten" or not shutil.which("ffmpeg"), reason="needs the ffmpeg program")
@pytest.mark.parametrize(("rate", "layout"), [(48_000, 2), (44_100, 1), (48_000, 6)])
def test_agrees_with_ffmpeg(rate, layout):
    x = music_like(25, rate)
    x = locked(np.stack([x[at % 2] * (1 - 0.1 * at) for at in range(layout)]))
    command = ["ffmpeg", "-hide_banner", "-nostats", "-f", "f32le", "-ar", str(rate), "-ac", str(layout), "-i", "-"]
    done = subprocess.run(
        [*command, "-af", "ebur128=peak=true", "-f", "null", "-"],
        input=np.ascontiguousarray(x.T).tobytes(),
        capture_output=True,
        check=True,
    )
    summary = done.stderr.decode().rpartition("Summary:")[2]
    integrated, spread, peak = (
        float(re.findall(rf"{name}:\s+(-?[\d.]+) ", summary)[0]) for name in ("I", "LRA", "Peak")
    )
    reading = read(x, rate)
    assert reading.integrated_lufs == pytest.approx(integrated, abs=0.1)
    assert reading.range_lu == pytest.approx(spread, abs=0.2)
    assert reading.true_peak_db == pytest.approx(peak, abs=0.2)
