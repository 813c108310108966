"""Pitched sounds from arithmetic: band-limited wave tables with envelopes, filters that close, vibrato and glide.

A patch is a row of data. A note blends a bright and a dark table of the same wave by an envelope, which sounds as a
low-pass that closes; tables hold no partial above half the rate, so nothing aliases.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from tests.composer.score import Note

__all__ = ["PATCHES", "RATE", "Patch", "play"]

RATE: Final = 44100
_TABLE: Final = 4096


@dataclass(frozen=True)
class Patch:
    """How an instrument sounds.

    wave: saw, square, sine, organ, reed, string, vowel. bright, dark: partials' -6 dB point, in multiples of the
    pitch's own; attack, decay (time to 1/e; 0 holds), release in seconds; close: seconds in which bright turns dark.
    voices: detuned copies, spread in cents. vibrato in cents. scoop: cents above from which a note starts (below:
    negative). shift: semitones. bell: inharmonic share. drive: saturation. wobble: the filter's beats per second.
    program: General MIDI, 0-127.
    """

    wave: str
    program: int
    bright: float = 12.0
    dark: float = 3.0
    attack: float = 0.004
    decay: float = 0.0
    release: float = 0.05
    close: float = 0.15
    voices: int = 1
    spread: float = 0.0
    vibrato: float = 0.0
    scoop: float = 0.0
    shift: int = 0
    bell: float = 0.0
    drive: float = 0.0
    wobble: float = 0.0
    gain: float = 1.0


PATCHES: Final[dict[str, Patch]] = {
    "sub": Patch("sine", 38, bright=2.0, dark=1.0, attack=0.006, drive=0.8),
    "808 bass": Patch("sine", 38, bright=2.0, dark=1.0, decay=0.7, attack=0.002, drive=1.6, scoop=1200.0),
    "saw bass": Patch("saw", 38, bright=24.0, dark=5.0, decay=0.5, close=0.1),
    "square bass": Patch("square", 39, bright=16.0, dark=4.0, decay=0.8, close=0.12),
    "reese": Patch("saw", 39, bright=10.0, dark=6.0, voices=2, spread=16.0, attack=0.01, close=0.4, wobble=2.3),
    "ebass": Patch("string", 33, bright=14.0, dark=3.0, decay=0.9, close=0.12),
    "contrabass": Patch("string", 32, bright=8.0, dark=2.0, attack=0.012, decay=0.55, close=0.06),
    "piano": Patch("string", 0, bright=16.0, dark=4.0, attack=0.002, decay=1.3, close=0.25, release=0.12),
    "epiano": Patch("sine", 4, bright=8.0, dark=1.5, attack=0.002, decay=1.1, close=0.1, bell=0.12),
    "organ": Patch("organ", 16, bright=30.0, dark=30.0, attack=0.006, vibrato=5.0, gain=0.7),
    "accordion": Patch("reed", 21, bright=20.0, dark=14.0, attack=0.03, voices=2, spread=8.0),
    "guitar": Patch("string", 25, bright=20.0, dark=4.0, attack=0.001, decay=0.7, close=0.12, shift=0),
    "overdrive": Patch("saw", 29, bright=26.0, dark=18.0, attack=0.003, decay=2.5, drive=3.0, voices=2, spread=7.0,
        gain=0.5, shift=-12),
    "pluck": Patch("saw", 45, bright=30.0, dark=3.0, attack=0.001, decay=0.25, close=0.05),
    "saw stab": Patch("saw", 81, bright=30.0, dark=8.0, voices=3, spread=14.0, decay=0.4, close=0.2, gain=0.7),
    "bell": Patch("sine", 11, bright=4.0, dark=1.0, attack=0.001, decay=0.9, close=0.3, bell=0.5),
    "pad": Patch("saw", 89, bright=7.0, dark=5.0, attack=0.35, release=0.5, voices=3, spread=12.0, close=1.0, gain=0.8),
    "strings": Patch("saw", 48, bright=12.0, dark=9.0, attack=0.12, release=0.25, voices=3, spread=10.0, vibrato=7.0,
        gain=0.7),
    "choir": Patch("vowel", 52, bright=30.0, dark=30.0, attack=0.15, release=0.3, voices=2, spread=9.0, vibrato=12.0),
    "voice": Patch("vowel", 53, bright=30.0, dark=24.0, attack=0.04, release=0.08, vibrato=35.0, scoop=-120.0,
        gain=1.2),
    "lead": Patch("square", 80, bright=24.0, dark=14.0, attack=0.006, vibrato=15.0, voices=2, spread=6.0, gain=0.8),
    "brass": Patch("saw", 61, bright=14.0, dark=9.0, attack=0.04, vibrato=8.0, scoop=-60.0, gain=0.8),
    "sax": Patch("reed", 66, bright=18.0, dark=10.0, attack=0.03, vibrato=18.0, scoop=-80.0),
    "flute": Patch("sine", 73, bright=5.0, dark=3.0, attack=0.05, vibrato=14.0, shift=12),
    "oboe": Patch("reed", 68, bright=14.0, dark=12.0, attack=0.03, vibrato=12.0),
    "violin": Patch("saw", 40, bright=14.0, dark=11.0, attack=0.07, release=0.12, vibrato=22.0, scoop=-40.0, gain=0.8),
}  # fmt: skip


def play(patch: Patch, notes: list[Note], *, seconds: float, cents: float, seed: int) -> np.ndarray:
    """All notes of a part, float32 [samples]; the part's chance (phases) comes from the seed."""
    out = np.zeros(round(seconds * RATE), np.float32)
    rng = np.random.default_rng(seed)
    cache: dict[tuple[int, int], np.ndarray] = {}
    for note in notes:
        assert isinstance(note.what, int), note
        first = round(note.start * RATE)
        length = round(min(note.seconds, 8.0) * 50.0)  # in fiftieths, so that equal notes are made once
        key = (note.what, length)
        if key not in cache:
            cache[key] = _note(patch, note.what, length / 50.0, cents, rng)
        _add(out, cache[key], first, patch.gain * note.velocity**1.5)
    return out


def _add(out: np.ndarray, sound: np.ndarray, first: int, gain: float) -> None:
    skipped = max(0, -first)
    piece = sound[skipped : max(skipped, min(sound.size, out.size - first))]
    out[max(0, first) : max(0, first) + piece.size] += np.float32(gain) * piece


def _note(patch: Patch, pitch: int, seconds: float, cents: float, rng: np.random.Generator) -> np.ndarray:
    hz = 440.0 * 2.0 ** ((pitch + patch.shift - 69) / 12.0 + cents / 1200.0)
    held = max(seconds, patch.attack + 0.01)
    ring = min(held, 4.5 * patch.decay) if patch.decay else held  # a plucked note need not be computed to its silence
    time = np.arange(round((ring + 3.0 * patch.release) * RATE), dtype=np.float32) / np.float32(RATE)
    bright, dark = _table(patch.wave, patch.bright, _band(hz)), _table(patch.wave, patch.dark, _band(hz))
    share = np.exp(-time / np.float32(patch.close))
    if patch.wobble:
        share = 0.5 + 0.5 * np.sin(2.0 * np.pi * patch.wobble * time)
    out = np.zeros(time.size, np.float32)
    for voice in range(patch.voices):
        detune = patch.spread * (voice - (patch.voices - 1) / 2.0) / 1200.0
        index = _phase(patch, hz * 2.0**detune, time, float(rng.random()))
        out += dark[index] + share * (bright[index] - dark[index])
    if patch.bell:
        out += (
            patch.bell * np.sin(2.0 * np.pi * 3.53 * hz * time) * np.exp(-time / np.float32(0.3 * (patch.decay or 1.0)))
        )
    out *= _envelope(patch, time, ring) / np.sqrt(patch.voices)
    return np.asarray(
        np.tanh((1.0 + patch.drive) * out) / (1.0 + 0.5 * patch.drive) if patch.drive else out, np.float32
    )


def _phase(patch: Patch, hz: float, time: np.ndarray, start: float) -> np.ndarray:
    """Index into the wave table at each sample."""
    phase = hz * time.astype(np.float64) + start
    if patch.vibrato:
        depth = hz * (2.0 ** (patch.vibrato / 1200.0) - 1.0) / (2.0 * np.pi * 5.4)
        phase -= depth * np.minimum(1.0, time / 0.4) * np.cos(2.0 * np.pi * 5.4 * time)
    if patch.scoop:  # the pitch's error falls as exp(-t/T), and so does its integral
        phase -= hz * (1.0 - 2.0 ** (patch.scoop / 1200.0)) * 0.03 * (1.0 - np.exp(-time / 0.03))
    return (phase * _TABLE).astype(np.int64) & (_TABLE - 1)


def _envelope(patch: Patch, time: np.ndarray, held: float) -> np.ndarray:
    level = np.minimum(1.0, time / np.float32(patch.attack))
    if patch.decay:
        level = level * np.exp(-time / np.float32(patch.decay))
    return level * np.exp(-np.maximum(0.0, time - np.float32(held)) / np.float32(patch.release))


def _band(hz: float) -> int:
    """Highest partial below 18 kHz, in steps of a third octave so that few tables are made."""
    return max(1, int(2.0 ** (np.floor(3.0 * np.log2(max(1.0, 18000.0 / hz))) / 3.0)))


@lru_cache(maxsize=512)
def _table(wave: str, cutoff: float, partials: int) -> np.ndarray:
    n = np.arange(1, partials + 1, dtype=np.float64)
    weights = {
        "sine": lambda: (n == 1) + 0.25 * (n == 2) + 0.1 * (n == 3),
        "saw": lambda: 1.0 / n,
        "square": lambda: (n % 2) / n,
        "organ": lambda: (
            np.isin(n, (1, 2, 3, 4, 6, 8))
            * np.array([1.0, 0.8, 0.6, 0.4, 0.3, 0.3])[np.searchsorted((1, 2, 3, 4, 6, 8), np.minimum(n, 8))]
        ),
        "reed": lambda: 1.0 / n**0.8 * np.where(n % 2 == 1, 1.0, 0.6),
        "string": lambda: 1.0 / n**1.2 * (0.4 + np.abs(np.sin(np.pi * n * 0.14))),
        "vowel": lambda: (
            1.0 / n * (0.3 + 2.0 * np.exp(-0.5 * ((n - 3.0) / 1.2) ** 2) + 1.2 * np.exp(-0.5 * ((n - 5.5) / 1.0) ** 2))
        ),
    }[wave]()
    shaped = weights / (1.0 + (n / cutoff) ** 4)
    spectrum = np.zeros(_TABLE // 2 + 1, np.complex128)
    spectrum[1 : partials + 1] = -1j * shaped * np.exp(1j * 0.3 * n * n)[: _TABLE // 2]
    table = np.fft.irfft(spectrum)
    return np.asarray(0.5 * table / np.sqrt(np.mean(table**2)), np.float32)
