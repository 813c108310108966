"""Small files that claim, or hold, far more audio than they should: headers that lie, and silence by the hour."""

from __future__ import annotations

import struct
from pathlib import Path

__all__ = ["flac_silence", "wav_claiming"]

_RATE = 44_100
_BLOCK = 65_535  # the largest that a FLAC frame may have (RFC 9639, section 9.1.1)


def flac_silence(path: Path, *, frames: int, claimed_samples: int) -> Path:
    """A FLAC file (RFC 9639) of constant subframes: some 20 bytes for each 1.5 s of stereo silence."""
    sizes = struct.pack(">HH", _BLOCK, _BLOCK) + bytes(6)
    facts = (_RATE << 44 | 1 << 41 | 15 << 36 | claimed_samples).to_bytes(8, "big")  # rate, channels - 1, bits - 1
    head = b"fLaC" + bytes([0x80]) + (34).to_bytes(3, "big") + sizes + facts + bytes(16)
    path.write_bytes(head + b"".join(_frame(number) for number in range(frames)))
    return path


def _frame(number: int) -> bytes:
    """Block size in 16 bits behind, 44.1 kHz, two channels, 16 bits; then a constant 0 for each channel."""
    head = b"\xff\xf8\x79\x18" + _coded(number) + struct.pack(">H", _BLOCK - 1)
    body = head + bytes([_crc(head, 8, 0x07)]) + bytes(3) * 2
    return body + struct.pack(">H", _crc(body, 16, 0x8005))


def _coded(number: int) -> bytes:
    """A frame's number, as UTF-8 has characters."""
    return chr(number).encode("utf-8", "surrogatepass")


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    crc = 0
    for byte in data:
        crc ^= byte << (bits - 8)
        for _ in range(8):
            crc = (crc << 1) ^ (polynomial if crc >> (bits - 1) else 0)
            crc &= (1 << bits) - 1
    return crc


def wav_claiming(path: Path, data: bytes, *, claimed_bytes: int) -> Path:
    """16-bit stereo WAV whose header states another length."""
    form = struct.pack("<HHIIHH", 1, 2, _RATE, _RATE * 4, 4, 16)
    sizes = [min(size, 0xFFFFFFFF) for size in (claimed_bytes + 36, claimed_bytes)]
    head = b"RIFF" + struct.pack("<I", sizes[0]) + b"WAVEfmt " + struct.pack("<I", 16) + form
    path.write_bytes(head + b"data" + struct.pack("<I", sizes[1]) + data)
    return path
