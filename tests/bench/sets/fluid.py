"""MIDI to audio by FluidSynth with one of Debian's General MIDI sound fonts."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from tests.bench.sets.store import RATE

__all__ = ["FONTS", "available", "render_midi"]

#: Debian packages fluid-soundfont-gm, timgm6mb-soundfont and musescore-general-soundfont-small (for held-back music).
FONTS: Final = {
    "fluid": Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    "timgm": Path("/usr/share/sounds/sf2/TimGM6mb.sf2"),
    "musescore": Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"),
}


def available(*fonts: str) -> bool:
    """Whether FluidSynth and these fonts, or the two of the tuned sets, are installed."""
    wanted = fonts or ("fluid", "timgm")
    return shutil.which("fluidsynth") is not None and all(FONTS[font].is_file() for font in wanted)


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
