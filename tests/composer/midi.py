"""A score as a Standard MIDI File (format 1), detuned by the registered parameter for fine tuning; stdlib only.

Ticks are 1/1920 s: 960 per quarter at 120 BPM. The times are the score's own, so tempo and bars are not in the file.
"""

from __future__ import annotations

import struct

from tests.composer.kit import DRUM_NOTES
from tests.composer.score import Part, Score
from tests.composer.synth import PATCHES

__all__ = ["detuned", "fine_tuning", "write_midi"]

_PER_SECOND = 1920
_DRUMS = 9


def write_midi(score: Score, parts: tuple[Part, ...] | None = None) -> bytes:
    """The file's bytes, of all parts or those given. Notes before 0 s are left out."""
    chosen = score.parts if parts is None else parts
    tempo = _track([(0, b"\xff\x51\x03" + (500_000).to_bytes(3, "big"))])
    tracks = [
        tempo,
        *(_part_track(part, channel, score.cents) for part, channel in zip(chosen, _channels(chosen), strict=True)),
    ]
    return struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), 960) + b"".join(tracks)


def fine_tuning(channel: int, cents: float) -> list[bytes]:
    """Control changes that detune a channel by -100 to 100 cents (RPN 0,1: 14 bits around 8192)."""
    value = min(16383, max(0, 8192 + round(cents / 100.0 * 8192)))
    pairs = ((101, 0), (100, 1), (6, value >> 7), (38, value & 127))
    return [bytes([0xB0 | channel, controller, number]) for controller, number in pairs]


def detuned(midi: bytes, cents: float) -> bytes:
    """A MIDI file with a track added, in front of the music, that detunes every channel but the drums'."""
    kind, tracks, division = struct.unpack(">HHH", midi[8:14])
    assert midi[:4] == b"MThd", "expected a MIDI file"
    assert kind == 1, f"expected format 1, got {kind}"
    first_size = struct.unpack(">I", midi[18:22])[0]
    end_of_first = 22 + first_size
    events = [(0, event) for channel in range(16) if channel != _DRUMS for event in fine_tuning(channel, cents)]
    head = struct.pack(">4sIHHH", b"MThd", 6, 1, tracks + 1, division)
    return head + midi[14:end_of_first] + _track(events) + midi[end_of_first:]


def _channels(parts: tuple[Part, ...]) -> list[int]:
    free = iter([channel for channel in range(16) if channel != _DRUMS])
    return [_DRUMS if part.role == "drums" else next(free) for part in parts]


def _part_track(part: Part, channel: int, cents: float) -> bytes:
    events: list[tuple[int, bytes]] = []
    if channel != _DRUMS:
        events += [(0, event) for event in fine_tuning(channel, cents)]
        events.append((0, bytes([0xC0 | channel, PATCHES[part.patch].program])))
    shift = 0 if channel == _DRUMS else PATCHES[part.patch].shift
    for note in part.notes:
        if note.start < 0.0:
            continue
        pitch = DRUM_NOTES[note.what] if isinstance(note.what, str) else note.what + shift
        on, off = round(note.start * _PER_SECOND), round((note.start + note.seconds) * _PER_SECOND)
        events.append((on, bytes([0x90 | channel, pitch, max(1, round(127 * note.velocity))])))
        events.append((max(on + 1, off), bytes([0x80 | channel, pitch, 0])))
    return _track(events)


def _track(events: list[tuple[int, bytes]]) -> bytes:
    """A track chunk; at one tick, notes end before others begin."""
    body, now = bytearray(), 0
    for tick, event in sorted(events, key=lambda item: (item[0], item[1][0] & 0xF0 != 0x80)):
        body += _variable(tick - now) + event
        now = tick
    body += b"\x00\xff\x2f\x00"
    return b"MTrk" + struct.pack(">I", len(body)) + bytes(body)


def _variable(number: int) -> bytes:
    """A variable-length quantity.

    >>> _variable(0).hex(), _variable(200).hex()
    ('00', '8148')
    """
    digits = [number & 127]
    while number := number >> 7:
        digits.append(128 | number & 127)
    return bytes(reversed(digits))
