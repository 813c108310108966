"""POP909: 40 pop songs as piano MIDI with beats and keys, rendered with two sound fonts and three tunings.

Truth (`beat_midi.txt`): column 1 is a beat's time, 3 marks the downbeats of the bars in four. Checked against the
notes:
the beats are the quarters of the MIDI file, all on the notes' own grid; bars of 2 or 6 beats occur in some songs. Keys
were
found in the recordings by a program (`key_audio.txt`), so relative major and minor are confused in about a quarter:
the signature counts, not the mode. The annotated quarter is slow (53-89) in most songs, while the piano plays eighths
throughout: below 76 the double is accepted beside it, and above 120 the half where no sixteenths are played.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from shared.theory.keys import parse_key
from tests.bench.sets import fluid
from tests.bench.sets.item import Item
from tests.bench.sets.store import kept
from tests.composer.midi import detuned
from tests.composer.truth import Truth

__all__ = ["pop909_items", "read_truth"]

_FOLDER: Final = Path(__file__).parents[4] / "shared" / "data" / "pop909"
_SECONDS: Final = 90.0
#: Sound font and cents; the first is the one to take when one must do.
_RENDERINGS: Final = (("fluid", 0.0), ("timgm", 30.0), ("fluid", -30.0), ("timgm", 0.0))


def pop909_items() -> list[Item]:
    """All renderings of all songs; empty, with a word on it, where data or FluidSynth are missing."""
    if not _FOLDER.is_dir():
        print(f"pop909: skipped, no {_FOLDER}")
        return []
    if not fluid.available():
        print("pop909: skipped, needs fluidsynth, fluid-soundfont-gm and timgm6mb-soundfont (Debian packages)")
        return []
    songs = sorted(path for path in _FOLDER.iterdir() if path.is_dir())
    return [_item(song, font, cents) for song in songs for font, cents in _RENDERINGS]


def _item(song: Path, font: str, cents: float) -> Item:
    name = f"pop909-{song.name}-{font}{cents:+.0f}"
    return Item(
        name=name, set="pop909", song=f"pop909/{song.name}", truth=read_truth(song, cents=cents), genre="piano pop",
        make=partial(kept, name, partial(_render, song, font, cents)),
    )  # fmt: skip


def _render(song: Path, font: str, cents: float) -> np.ndarray:
    midi = detuned((song / f"{song.name}.mid").read_bytes(), cents)
    audio = fluid.render_midi(midi, font=font, seconds=_SECONDS)
    return audio * np.float32(0.7 / max(float(np.abs(audio).max()), 1e-6))


def read_truth(song: Path, *, cents: float = 0.0) -> Truth:
    """The truth of a song's first 90 s."""
    table = np.loadtxt(song / "beat_midi.txt")
    table = table[table[:, 0] < _SECONDS]
    beats = table[:, 0]
    bpm = float(60.0 / np.median(np.diff(beats)))
    residual = beats - np.polyval(np.polyfit(np.arange(beats.size), beats, 1), np.arange(beats.size))
    last = (song / "key_audio.txt").read_text("utf-8").split()[-1]
    return Truth(
        key=parse_key(last.replace(":", " ").replace("min", "minor").replace("maj", "major")).name, mode_certain=False,
        has_key=True, bpm=bpm, bpm_alternatives_ok=_alternatives(bpm), has_beat=True, beats=beats,
        downbeats=beats[table[:, 2] == 1.0], meter="4/4", constant_tempo=bool(np.abs(residual).max() < 0.01),
        cents=cents,
    )  # fmt: skip


def _alternatives(bpm: float) -> tuple[float, ...]:
    if bpm < 76.0:
        return (2.0 * bpm,)
    return (bpm / 2.0,) if bpm > 120.0 else ()
