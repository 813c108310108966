"""Asking a short-lived process what a file holds (`backend.gpu.probe`), without FFmpeg in the process that asks."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Final

import msgspec

from backend.gpu.processes import kill, start_module
from shared.errors import AudioError

__all__ = ["CPU_SECONDS", "MEMORY_BYTES", "Probed", "decode_answer", "probe"]

#: What the process may use. The beginning of a file takes some 100 MB, most of it FFmpeg itself, and a second.
MEMORY_BYTES: Final = 2 << 30
CPU_SECONDS: Final = 20
_WALL_SECONDS: Final = 40.0


class Probed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What a file holds. seconds: as its container says, None when it does not; codec: FFmpeg's name."""

    seconds: float | None
    channels: int
    sample_rate: int
    codec: str


class _Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    error: str


def decode_answer(line: bytes) -> Probed:
    """The answer of `backend.gpu.probe`; raises `AudioError` with its sentence.

    >>> decode_answer(b'{"seconds": null, "channels": 2, "sampleRate": 44100, "codec": "mp3"}').codec
    'mp3'
    >>> decode_answer(b'{"error": "The file holds no audio."}')
    Traceback (most recent call last):
    shared.errors.AudioError: The file holds no audio.
    """
    with contextlib.suppress(msgspec.DecodeError):
        return msgspec.json.decode(line, type=Probed)
    with contextlib.suppress(msgspec.DecodeError):
        raise AudioError(msgspec.json.decode(line, type=_Refused).error)
    raise AudioError("The file cannot be read as audio: decoding its beginning ends the decoder. Convert it first.")


async def probe(path: Path) -> Probed:
    """What a file holds, by decoding its beginning in a confined process; raises `AudioError` with a sentence."""
    process = await start_module("backend.gpu.probe", str(path))
    try:
        async with asyncio.timeout(_WALL_SECONDS):
            answer, _ = await process.communicate()
    except TimeoutError:
        answer = b""
    finally:
        await kill(process)
    return decode_answer(answer)
