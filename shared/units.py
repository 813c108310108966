"""Conversions between units, each named by both ends.

Conventions: frequencies in hertz, pitches as MIDI note numbers with A4 = 69, levels in decibels relative
to full scale (amplitude 1.0 is 0 dBFS), deviations in cents (1200 to the octave).
"""

from __future__ import annotations

import math

__all__ = [
    "A4_HZ",
    "A4_MIDI",
    "amplitude_to_db",
    "cents_to_ratio",
    "db_to_amplitude",
    "format_seconds",
    "hz_to_midi",
    "midi_to_hz",
    "ratio_to_cents",
]

A4_HZ = 440.0  # ISO 16:1975
A4_MIDI = 69  # MIDI 1.0


def midi_to_hz(midi: float, *, a4_hz: float = A4_HZ) -> float:
    """Frequency in Hz of a MIDI note number in twelve-tone equal temperament.

    >>> midi_to_hz(69)
    440.0
    >>> round(midi_to_hz(60), 3)
    261.626
    """
    return a4_hz * 2.0 ** ((midi - A4_MIDI) / 12.0)


def hz_to_midi(hz: float, *, a4_hz: float = A4_HZ) -> float:
    """MIDI note number (fractional) of a frequency above 0 Hz.

    >>> hz_to_midi(880.0)
    81.0
    """
    if not hz > 0:
        raise ValueError(f"expected a frequency above 0 Hz, got {hz}")
    return A4_MIDI + 12.0 * math.log2(hz / a4_hz)


def ratio_to_cents(ratio: float) -> float:
    """Cents of a frequency ratio above 0.

    >>> ratio_to_cents(2.0)
    1200.0
    """
    if not ratio > 0:
        raise ValueError(f"expected a ratio above 0, got {ratio}")
    return 1200.0 * math.log2(ratio)


def cents_to_ratio(cents: float) -> float:
    """Frequency ratio of an interval in cents.

    >>> cents_to_ratio(1200.0)
    2.0
    """
    return 2.0 ** (cents / 1200.0)


def amplitude_to_db(amplitude: float) -> float:
    """Level in dBFS of an amplitude of 0 or more; 0 gives minus infinity.

    >>> amplitude_to_db(1.0)
    0.0
    >>> amplitude_to_db(0.0)
    -inf
    """
    if amplitude < 0:
        raise ValueError(f"expected an amplitude of 0 or more, got {amplitude}")
    return 20.0 * math.log10(amplitude) if amplitude else -math.inf


def db_to_amplitude(db: float) -> float:
    """Amplitude of a level in dBFS.

    >>> db_to_amplitude(0.0)
    1.0
    """
    return 10.0 ** (db / 20.0)


def format_seconds(seconds: float) -> str:
    """Minutes and seconds as people read them, hours only when there are some; halves round up.

    >>> format_seconds(187.4), format_seconds(3725.0)
    ('3:07', '1:02:05')
    """
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(f"expected a finite duration of 0 s or more, got {seconds}")
    whole = int(seconds + 0.5)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
