"""MIDI to audio by FluidSynth with either of Debian's two General MIDI sound fonts."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from tests.bench.sets.store import RATE

__all__ = ["FONTS", "available", "render_midi"]

#: Debian packages fluid-soundfont-gm and timgm6mb-soundfont.
FONTS: Final = {
    "fluid": Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    "timgm": Path("/usr/share/sounds/sf2/TimGM6mb.sf2"),
}


def available() -> bool:
    """Whether FluidSynth and both fonts are installed."""
    return shutil.which("fluidsynth") is not None and all(path.is_file() for path in FONTS.values())


def render_midi(midi: bytes, *, font: str, seconds: float, gain: float = 0.5) -> np.ndarray:
    """The first `seconds` of a MIDI file, float32 mono [samples] at 44.1 kHz, padded with silence."""
    wanted = round(seconds * RATE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "music.mid"
        path.write_bytes(midi)
        command = ["fluidsynth", "-n", "-i", "-q", "-R", "1", "-C", "0", "-g", str(gain), "-r", str(RATE), "-T", "raw",
                   "-O", "s16", "-F", "/dev/stdout", str(FONTS[font]), str(path)]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            data = process.stdout.read(wanted * 4)
            process.kill()  # what comes after is not wanted
    stereo = np.frombuffer(data[: len(data) // 4 * 4], "<i2").reshape(-1, 2)
    assert stereo.size, "FluidSynth gave no audio"
    mono = np.mean(stereo, axis=1, dtype=np.float32) / np.float32(32768.0)
    return np.pad(mono, (0, max(0, wanted - mono.size)))
