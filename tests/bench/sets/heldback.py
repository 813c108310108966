"""Music that no weight was fitted on: OpenMSX, 31 songs by a dozen hands for OpenTTD, as MIDI with a tempo in the file.

Debian package openttd-openmsx (GPL-2), rendered with a third sound font (musescore-general-soundfont-small), 90 s each.
The truth is what the files say: beats are their quarters, bars their time signatures. Whether a listener taps quarters
or halves nobody wrote down, so Accuracy2 and beats at any level say more than Accuracy1 here; keys are unknown.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

import mido
import numpy as np

from tests.bench.sets import fluid
from tests.bench.sets.item import Item
from tests.bench.sets.store import kept
from tests.composer.truth import Truth

__all__ = ["heldback_items", "midi_truth"]

_FOLDER: Final = Path("/usr/share/games/openttd/baseset/openmsx")
_SECONDS: Final = 90.0
_CONSTANT_SHARE: Final = 0.003
_METERS: Final = {(4, 4): "4/4", (3, 4): "3/4", (6, 8): "6/8"}


def heldback_items() -> list[Item]:
    """All songs; empty, with a word on it, where the package or FluidSynth are missing."""
    files = sorted(_FOLDER.glob("*.mid"))
    if not files or not fluid.available("musescore"):
        print("heldback: skipped, needs openttd-openmsx, fluidsynth and musescore-general-soundfont-small")
        return []
    return [
        Item(
            name=f"heldback-{path.stem}",
            set="heldback",
            song=f"heldback/{path.stem}",
            truth=midi_truth(path, seconds=_SECONDS),
            make=partial(kept, f"heldback-{path.stem}", partial(_render, path)),
            genre="game music",
        )
        for path in files
    ]


def _render(path: Path) -> np.ndarray:
    audio = fluid.render_midi(path.read_bytes(), font="musescore", seconds=_SECONDS)
    return audio * np.float32(0.7 / max(float(np.abs(audio).max()), 1e-6))


def midi_truth(path: Path, *, seconds: float) -> Truth:
    """Beats (quarters; dotted quarters in 6/8) and bars of a MIDI file up to its last note or `seconds`."""
    midi = mido.MidiFile(path)
    events: list[tuple[int, str, Any]] = sorted(_changes(midi), key=lambda change: change[0])
    last = max(tick for tick, kind, _ in events if kind == "note")
    meter = next((value for _, kind, value in events if kind == "meter"), (4, 4))
    per_beat = midi.ticks_per_beat * (1.5 if meter == (6, 8) else 1.0)
    per_bar = midi.ticks_per_beat * 4 * meter[0] / meter[1]
    tempi = [(tick, value) for tick, kind, value in events if kind == "tempo"] or [(0, 500_000)]
    beats = _seconds(np.arange(0.0, last, per_beat), tempi, midi.ticks_per_beat)
    downbeats = _seconds(np.arange(0.0, last, per_bar), tempi, midi.ticks_per_beat)
    beats, downbeats = beats[beats < seconds], downbeats[downbeats < seconds]
    periods = np.diff(beats)
    changes = len({value for _, kind, value in events if kind == "meter"}) > 1
    return Truth(
        has_beat=True,
        bpm=float(60.0 / np.median(periods)),
        beats=beats,
        downbeats=None if changes else downbeats,
        meter=None if changes else _METERS.get(meter),
        constant_tempo=bool(np.ptp(periods) < _CONSTANT_SHARE * float(np.median(periods))),
    )


def _changes(midi: mido.MidiFile) -> list[tuple[int, str, Any]]:
    """(tick, kind, value) of every tempo (µs per quarter), time signature and note."""
    found: list[tuple[int, str, Any]] = []
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                found.append((tick, "tempo", message.tempo))
            elif message.type == "time_signature":
                found.append((tick, "meter", (message.numerator, message.denominator)))
            elif message.type == "note_on" and message.velocity:
                found.append((tick, "note", None))
    return found


def _seconds(ticks: np.ndarray, tempi: list[tuple[int, Any]], per_quarter: int) -> np.ndarray:
    """Times of ticks under a list of tempo changes."""
    starts = np.array([0, *(tick for tick, _ in tempi if tick > 0)], dtype=np.float64)
    first = next((value for tick, value in reversed(tempi) if tick == 0), 500_000)
    rates = np.array([first, *(value for tick, value in tempi if tick > 0)], dtype=np.float64) / 1e6 / per_quarter
    at = np.concatenate([[0.0], np.cumsum(np.diff(starts) * rates[:-1])])
    index = np.searchsorted(starts, ticks, side="right") - 1
    return at[index] + (ticks - starts[index]) * rates[index]
