"""Singing from arithmetic: a glottal source, formants that move from vowel to vowel, consonants, breaths, vibrato.

Two schools, so that what is fitted on one can be tried on the other. "additive": partials with a slope, formants in
parallel (Klatt 1980, parallel branch). "pulse": Rosenberg's (1971) glottal pulse, formants in cascade, all-pole.
Formant frequencies: Peterson and Barney 1952 (men) for the first, Hillenbrand et al. 1995 (women) for the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.composer.score import Note
from tests.composer.synth import RATE

__all__ = ["Voice", "draw_voice", "sing"]

_CONTROL: Final = 441  # samples between control points: 100 per second
_SIZE: Final = 1024
_VOWELS: Final = {
    "additive": ((730, 1090, 2440), (570, 840, 2410), (300, 870, 2240), (530, 1840, 2480), (270, 2290, 3010),
                 (490, 1350, 1690), (660, 1720, 2410)),
    "pulse": ((916, 1525, 2823), (781, 1136, 2824), (459, 1105, 2735), (731, 2058, 2979), (437, 2761, 3372),
              (523, 1588, 1929), (669, 2349, 2972)),
}  # fmt: skip
#: Centre, width (Hz), loudness of the noise of s, sh, f, th, t, k, and how long it lasts (s).
_CONSONANTS: Final = {
    "s": (6800.0, 1800.0, 0.35, 0.11), "sh": (3600.0, 1500.0, 0.35, 0.12), "f": (5000.0, 5000.0, 0.10, 0.09),
    "h": (1500.0, 1500.0, 0.12, 0.07), "t": (4500.0, 2500.0, 0.40, 0.025), "k": (2000.0, 900.0, 0.35, 0.03),
}  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """Who sings.

    size: factor on formants. rate, depth: vibrato in Hz and cents. slope: dB per octave of the source. breath: noise
    beside the tone, 0-1. glide: seconds between pitches. shift: semitones. consonants: chance per note.
    """

    school: str
    size: float
    rate: float
    depth: float
    slope: float
    breath: float
    glide: float
    shift: int
    consonants: float


def draw_voice(school: str, rng: np.random.Generator) -> Voice:
    """A voice of a school; the two differ in their ranges too."""
    if school == "additive":
        low = rng.random() < 0.5
        return Voice(
            school, size=rng.uniform(0.95, 1.05) if low else rng.uniform(1.1, 1.22), rate=rng.uniform(4.8, 6.0),
            depth=rng.uniform(10.0, 60.0), slope=rng.uniform(-9.0, -4.0), breath=rng.uniform(0.01, 0.08),
            glide=rng.uniform(0.02, 0.06), shift=-12 if low else int(rng.choice([-5, 0])),
            consonants=rng.uniform(0.4, 0.8),
        )  # fmt: skip
    low = rng.random() < 0.5
    return Voice(
        school, size=rng.uniform(0.8, 0.88) if low else rng.uniform(0.95, 1.08), rate=rng.uniform(5.3, 6.8),
        depth=rng.uniform(15.0, 80.0), slope=rng.uniform(-3.0, 1.0), breath=rng.uniform(0.02, 0.12),
        glide=rng.uniform(0.03, 0.09), shift=-10 if low else int(rng.choice([-3, 2])),
        consonants=rng.uniform(0.3, 0.9),
    )  # fmt: skip


def sing(voice: Voice, notes: list[Note], *, seconds: float, cents: float, seed: int) -> np.ndarray:
    """The tune, one note at a time, float32 [samples] at 44.1 kHz."""
    rng = np.random.default_rng(seed)
    points = int(seconds * RATE) // _CONTROL + 2
    tune = _one_at_a_time(notes)
    pitch, level, formants = _lines(voice, tune, points, cents, rng)
    tone = _source(voice, pitch, level, rng)
    out = _shaped(voice, tone, formants)[: round(seconds * RATE)]
    out *= np.float32(0.1 / max(float(np.sqrt(np.mean(np.square(out)))), 1e-9))
    loud = float(np.sqrt(np.mean(np.square(out[np.abs(out) > 0.02])))) if np.any(np.abs(out) > 0.02) else 0.1
    for note in tune:
        if rng.random() < voice.consonants:
            _consonant(voice, out, note, loud, rng)
    return np.asarray(out, np.float32)


def _one_at_a_time(notes: list[Note]) -> list[Note]:
    """Notes cut where the next begins; those too short to sing left out."""
    ordered = sorted(notes, key=lambda note: note.start)
    ends = [following.start for following in (*ordered[1:], Note(float("inf"), 0.0, 0, 0.0))]
    cut = [
        Note(note.start, min(note.seconds, end - note.start), note.what, note.velocity)
        for note, end in zip(ordered, ends, strict=False)
    ]
    return [note for note in cut if note.seconds > 0.07 and note.start >= 0.0]


def _lines(
    voice: Voice, notes: list[Note], points: int, cents: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pitch (semitones), level and formants [3, points] over time."""
    time = np.arange(points) * _CONTROL / RATE
    goal, level = np.full(points, np.nan), np.zeros(points)
    vibrato = np.zeros(points)
    formants = np.zeros((3, points))
    table = np.array(_VOWELS[voice.school], float)
    phase = 2 * np.pi * voice.rate * time + rng.uniform(0.0, 2 * np.pi)
    for note in notes:
        inside = (time >= note.start) & (time < note.start + note.seconds)
        since = time[inside] - note.start
        scoop = rng.choice([0.0, 0.0, -1.0, -2.0]) * np.exp(-since / 0.04)
        goal[inside] = float(note.what) + scoop
        swell = 1.0 + 0.3 * np.sin(np.pi * since / max(note.seconds, 0.1))
        level[inside] = note.velocity**1.2 * np.minimum(1.0, since / 0.04) * swell
        vibrato[inside] = np.clip((since - 0.15) / 0.3, 0.0, 1.0)
        first, second = table[rng.integers(len(table), size=2)]
        turn = np.clip((since / note.seconds - 0.6) / 0.4, 0.0, 1.0) * (rng.random() < 0.4)
        formants[:, inside] = first[:, None] * (1 - turn) + second[:, None] * turn
    silent = np.isnan(goal)
    known = np.flatnonzero(~silent)
    if not known.size:
        return np.full(points, 60.0), level, np.full((3, points), 500.0)
    before = known[np.clip(np.searchsorted(known, np.arange(points), "right") - 1, 0, None)]
    goal, formants = goal[before], formants[:, before] * voice.size
    pitch = _eased(goal, voice.glide)
    pitch += voice.shift + cents / 100.0 + vibrato * voice.depth / 100.0 * np.sin(phase)
    pitch += _eased(rng.normal(0.0, 0.6, points), 0.1) + rng.normal(0.0, 0.02, points)
    level *= 1.0 + 0.06 * vibrato * np.sin(phase + 1.0)
    formants = np.stack([_eased(line, 0.035) for line in formants])
    return pitch, _eased(level, 0.015), formants


def _eased(line: np.ndarray, seconds: float) -> np.ndarray:
    """Smoothed by a Hann window about twice as long."""
    width = 2 * max(1, round(seconds * RATE / _CONTROL)) + 1
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(line, width // 2, mode="edge")
    return np.convolve(padded, window / window.sum(), "valid")


def _source(voice: Voice, pitch: np.ndarray, level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The glottal wave with its breath, before the formants."""
    size = (pitch.size - 1) * _CONTROL
    at, points = np.arange(size), np.arange(pitch.size) * _CONTROL
    hz = 440.0 * 2.0 ** ((np.interp(at, points, pitch) - 69.0) / 12.0)
    gain = np.interp(at, points, level).astype(np.float32)
    phase = np.cumsum(hz) / RATE
    count = int(14000.0 / max(60.0, float(hz.min())))
    numbers = np.arange(1, min(count, 90) + 1)
    weights = (
        10.0 ** (voice.slope * np.log2(numbers) / 20.0) if voice.school == "additive" else _rosenberg(numbers, voice)
    )
    turn = np.exp(2j * np.pi * (phase % 1.0)).astype(np.complex64)
    power, tone = np.ones(size, np.complex64), np.zeros(size, np.float32)
    for number, weight in zip(numbers, weights, strict=True):
        power = power * turn
        tone += np.float32(weight) * power.imag * (hz * number < 14000.0)
    tone /= np.float32(np.sqrt(np.sum(weights**2)))
    noise = rng.standard_normal(size).astype(np.float32)
    puffs = 0.6 + 0.4 * turn.real
    return np.asarray(gain * (tone + np.float32(voice.breath) * noise * puffs), np.float32)


def _rosenberg(numbers: np.ndarray, voice: Voice) -> np.ndarray:
    """Partials of the derivative of Rosenberg's pulse with an open phase of 0.6, bent by the voice's slope."""
    time = np.arange(2048) / 2048
    rising, falling = 0.42, 0.18
    pulse = np.where(
        time < rising, 0.5 * (1 - np.cos(np.pi * time / rising)),
        np.where(time < rising + falling, np.cos(np.pi / 2 * (time - rising) / falling), 0.0),
    )  # fmt: skip
    spectrum = np.abs(np.fft.rfft(np.diff(pulse, append=0.0)))[numbers]
    return spectrum * 10.0 ** (voice.slope * np.log2(numbers) / 20.0)


def _shaped(voice: Voice, tone: np.ndarray, formants: np.ndarray) -> np.ndarray:
    """The source through the mouth, frame by frame."""
    hop = _SIZE // 4
    padded = np.pad(tone, (_SIZE, 2 * _SIZE))
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / _SIZE)).astype(np.float32)
    starts = np.arange(0, padded.size - _SIZE, hop)
    frames = np.stack([padded[start : start + _SIZE] for start in starts]) * window
    centre = np.clip((starts - _SIZE // 2) // _CONTROL, 0, formants.shape[1] - 1)
    mouth = _mouth(voice, formants[:, centre])
    shaped = np.fft.irfft(np.fft.rfft(frames, axis=1) * mouth, axis=1) * window
    out = np.zeros(padded.size, np.float32)
    for start, frame in zip(starts, shaped, strict=True):
        out[start : start + _SIZE] += (frame / 1.5).astype(np.float32)
    return out[_SIZE:]


def _mouth(voice: Voice, formants: np.ndarray) -> np.ndarray:
    """Gain of the formants, [frames, bins]; two higher ones stand still."""
    hz = np.fft.rfftfreq(_SIZE, 1.0 / RATE)[None, :]
    higher = np.array([3600.0, 4700.0]) * voice.size
    lines = [*formants, *(np.full(formants.shape[1], one) for one in higher)]
    widths = (80.0, 100.0, 140.0, 220.0, 300.0)
    if voice.school == "additive":
        levels = (1.0, 0.6, 0.3, 0.2, 0.12)
        gain: np.ndarray = np.full((formants.shape[1], hz.shape[1]), 0.01)
        for line, width, level in zip(lines, widths, levels, strict=True):
            gain = gain + level / np.sqrt(1.0 + ((hz - line[:, None]) / width) ** 2)
        return gain
    gain = np.ones((formants.shape[1], hz.shape[1]))
    for line, width in zip(lines, widths, strict=True):
        f, b = line[:, None], 0.5 * width
        gain = gain * (f**2 + b**2) / np.sqrt(((hz - f) ** 2 + b**2) * ((hz + f) ** 2 + b**2))
    return gain * (1.0 + (hz / 5500.0) ** 2)  # higher formants that a cascade of five leaves out


def _consonant(voice: Voice, out: np.ndarray, note: Note, loud: float, rng: np.random.Generator) -> None:
    """Noise before a note, which for t and k follows a short silence."""
    name = str(rng.choice(list(_CONSONANTS)))
    centre, width, level, seconds = _CONSONANTS[name]
    bend = 1.0 if voice.school == "additive" else rng.uniform(0.8, 1.25)
    size = round(seconds * rng.uniform(0.8, 1.3) * RATE)
    first = round(note.start * RATE) - round(0.8 * size)
    if first < round(0.05 * RATE) or first + size > out.size:
        return
    spectrum = np.fft.rfft(rng.standard_normal(size))
    hz = np.fft.rfftfreq(size, 1.0 / RATE)
    noise = np.fft.irfft(spectrum / (1.0 + ((hz - centre * bend) / (width * bend)) ** 4), size)
    shape = np.hanning(size) ** 0.5 if seconds > 0.05 else np.exp(-np.arange(size) / (0.3 * size))
    noise *= shape * level * loud * note.velocity / max(float(np.sqrt(np.mean(noise**2))), 1e-9)
    if name in "tk":
        gap = round(0.03 * RATE)
        out[first - gap : first] *= np.linspace(1.0, 0.05, gap, dtype=np.float32)
    out[first : first + size] *= 0.3
    out[first : first + size] += noise.astype(np.float32)
