"""Where made recordings are kept; 16-bit WAV by the standard library, other files by PyAV."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

__all__ = ["RATE", "cache_folder", "kept", "read_audio", "write_wav"]

RATE: Final = 44100
_ROOT: Final = Path(__file__).parents[3]


def cache_folder() -> Path:
    """The folder that KEYLIGHT_BENCH_CACHE names, else `.bench-cache/` in the repository; made if missing."""
    folder = Path(os.environ.get("KEYLIGHT_BENCH_CACHE") or _ROOT / ".bench-cache")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kept(name: str, make: Callable[[], np.ndarray]) -> Path:
    """The cached recording of this name, made when missing. Published whole, so that runs side by side agree."""
    path = cache_folder() / "audio" / f"{name}.wav"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.stem}.{os.getpid()}.part")
        write_wav(part, make())
        part.replace(path)
    return path


def write_wav(path: Path, mono: np.ndarray) -> None:
    """Samples in -1 to 1 as 16-bit mono WAV at 44.1 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(np.round(mono * 32767.0), -32768, 32767).astype("<i2").tobytes())


def read_audio(path: Path) -> np.ndarray:
    """Any file as float32 mono at 44.1 kHz."""
    if path.suffix == ".wav":
        with wave.open(str(path), "rb") as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE), path
            return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(32768.0)
    from web.py.decode import AudioFile  # PyAV is needed for real files only

    with AudioFile(path) as audio:
        blocks = [np.mean(np.asarray(block), axis=0, dtype=np.float32) for block in audio.blocks()]
        rate = audio.sample_rate
    mono = np.concatenate(blocks)
    if rate == RATE:
        return mono
    from shared.spectrum.resample import Resampler

    resampler = Resampler(rate, RATE)
    return np.concatenate([resampler.feed(mono), resampler.flush()])
