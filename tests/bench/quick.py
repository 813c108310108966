"""How well and how fast quick separation takes songs apart: SI-SDR over the mix on held-back bands, and speed.

SI-SDR (Le Roux et al. 2019) of both channels together, over the whole song; what counts is how far it lies above that
of the mix taken for the stem. A stem that is nearly silent in a song is left out there.
"""

from __future__ import annotations

import json
import re
import subprocess
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from shared.separation.models import QUICK_STEMS
from shared.separation.quick import separate
from tests.band.songs import Song, kept_song, songs
from tests.bench.quick_pyodide import SECONDS, measure
from tests.bench.report import machine, spread, table, write_section
from tests.bench.stage import ROOT
from tests.composer.synth import RATE

__all__ = ["LABEL", "main", "section", "si_sdr"]

#: What the page may say of it.
LABEL: Final = (
    "Quick preview: separated here, in your browser. Voice and drums come through; expect bleed and a hollow sound."
)
_SETS: Final = {
    "report": "held-back songs, singers and timbres",
    "one channel": "the same in one channel",
    "fonts": "a sound font nothing was fitted on",
}
#: Energy of a stem, as a share of the mix's, below which it is left out.
_HEARD: Final = 1e-3

Stems = dict[str, np.ndarray]


def si_sdr(estimate: np.ndarray, reference: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio in dB.

    >>> tone, other = np.array([1.0, 0.0, -1.0, 0.0]), np.array([0.0, 1.0, 0.0, -1.0])
    >>> round(si_sdr(5.0 * (tone + 0.1 * other), tone), 6)
    20.0
    """
    got, wanted = estimate.ravel().astype(np.float64), reference.ravel().astype(np.float64)
    target = (got @ wanted) / (wanted @ wanted) * wanted
    error = got - target
    return float(10.0 * np.log10((target @ target) / max(float(error @ error), 1e-30)))


def _ours(mix: np.ndarray) -> Stems:
    return dict(zip(QUICK_STEMS, separate(mix, RATE), strict=True))


def _mid_side(mix: np.ndarray) -> Stems:
    """The oldest karaoke: what is equal in both channels is the voice, the difference is the rest."""
    middle, side = (mix[0] + mix[1]) / 2.0, (mix[0] - mix[1]) / 2.0
    return {"vocals": np.stack([middle, middle]), "other": np.stack([side, -side])}


def _hpss(mix: np.ndarray) -> Stems:
    """By median filters of librosa: percussive is drums, harmonic the rest."""
    import librosa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = [librosa.effects.hpss(channel) for channel in mix]
    return {"drums": np.stack([part[1] for part in parts]), "other": np.stack([part[0] for part in parts])}


_SYSTEMS: Final[dict[str, Callable[[np.ndarray], Stems]]] = {
    "quick": _ours,
    "middle and side": _mid_side,
    "HPSS, librosa 0.11": _hpss,
}


def gains(song: Song, system: Callable[[np.ndarray], Stems]) -> dict[str, float]:
    """How far SI-SDR lies above that of the mix, in dB, by stem."""
    mix, found = song.mix, system(song.mix)
    energy = float(np.sum(np.square(mix)))
    return {
        stem: si_sdr(found[stem], own) - si_sdr(mix, own)
        for stem, own in zip(QUICK_STEMS, song.stems, strict=True)
        if stem in found and float(np.sum(np.square(own))) > _HEARD * energy and np.any(found[stem])
    }


def _cases(name: str) -> Iterable[Song]:
    kind = "report" if name == "one channel" else name
    for spec in songs(kind):
        song = kept_song(spec, of=kind)
        if name == "one channel":
            yield Song(song.name, np.repeat(song.stems.mean(axis=1, keepdims=True), 2, axis=1))
        else:
            yield song


def scores(name: str) -> list[list[str]]:
    """Rows of the table for one set."""
    systems = {key: system for key, system in _SYSTEMS.items() if not (name == "one channel" and system is _mid_side)}
    found: dict[str, list[dict[str, float]]] = {key: [] for key in systems}
    for song in _cases(name):
        for key, system in systems.items():
            found[key].append(gains(song, system))
    return [[f"{key}, {_SETS[name]}", *_cells(values)] for key, values in found.items() if values]


def _cells(values: list[dict[str, float]]) -> list[str]:
    """Median, mean and the range from the worst, of each stem; and the number of songs."""
    cells = []
    for stem in QUICK_STEMS:
        column = np.array([row[stem] for row in values if stem in row])
        cells.append(f"{np.median(column):.1f} / {column.mean():.1f} ({column.min():.1f})" if column.size else "")
    return [*cells, str(len(values))]


def speed() -> list[list[str]]:
    """Rows: seconds of computing per second of audio in CPython, and in Pyodide under Node."""
    rows = [["CPython", spread(measure(), digits=3), ""]]
    command = ["node", "tests/pyodide/run.mjs", "tests/bench/quick_pyodide.py", "-s", "-q"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=900).stdout
    line = re.search(r'\{"quick".*\}', output)
    assert line, output[-500:]
    told: dict[str, Any] = json.loads(line.group())
    return [*rows, ["Pyodide (Node)", spread(told["quick"], digits=3), f"{told['heap'] / 2**20:.0f}"]]


def section() -> str:
    """Markdown of the section."""
    where = machine("Node " + subprocess.run(["node", "-v"], capture_output=True, text=True, check=True).stdout.strip())
    rows = [row for name in _SETS for row in scores(name)]
    columns = ["dB of SI-SDR over the mix: median / mean (worst)", *QUICK_STEMS, "songs"]
    return (
        "Synthetic bands with a singer (`tests/band`). The masks' weights are a fit to other songs of that composer,\n"
        + "with another way of singing; the sound font's players share only the composer. Real voices and rooms are\n"
        + "harder: read these as an order of systems, not as a promise.\n\n"
        + table(columns, rows)
        + f"\n\nSeconds of computing per second of stereo audio at 44.1 kHz, {SECONDS} s of it.\n\n"
        + table(["quick", "s per s", "heap, MiB"], speed())
        + f"\n\n{where}"
    )


def main() -> None:
    """Measure and write the section."""
    write_section("Quick separation", section())
