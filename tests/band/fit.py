"""Fits the weights of quick separation to the `fit` songs: `python -m tests.band.fit` rewrites the table in shared/.

Stems are wanted whose signal-to-distortion ratio is high, stem by stem and song by song, so the loss is the mean of
log10 of (error's energy / stem's energy) over songs and stems, in the spectrogram, where the windows overlap to a
constant. With X the mix and S a stem, a real mask m errs by m² |X|² - 2 m Re(X* S) + |S|² per cell: three numbers per
cell and stem are all that a step of the descent needs. Songs are fitted in stereo, and once more in one channel.
"""

from __future__ import annotations

import base64
import sys
import textwrap
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch

from shared.separation.frames import mean_power, spectra
from shared.separation.masks import FEATURES, Layout, features, knot_shares, split_layers
from shared.separation.models import QUICK_STEMS
from shared.separation.quick_table import KNOTS_HZ
from tests.band.songs import kept_song, songs
from tests.composer.synth import RATE

__all__ = ["fit", "gather", "main", "render"]

TARGET: Final = Path(__file__).parents[2] / "shared" / "separation" / "quick_table.py"
_FRAMES: Final = 70  # of each song, drawn at random
_STEPS: Final = 300
_SONGS_PER_STEP: Final = 6
_RATE: Final = 0.05
_SMALL: Final = 1e-4  # pull of the weights to 0, and of neighbouring knots to one another
#: Energy of a stem, as a share of the mix's, below which its errors count less.
_FLOOR: Final = 1e-3
#: The voice is what most people want.
_CARE: Final = {"vocals": 1.3}


class Cells(NamedTuple):
    """Drawn cells of one song, scaled so that its loudest one is 1.

    features: [bins, frames, features]. power: |X|², [bins, frames]. cross, energy: Re(X* S), |S|², [..., stems].
    """

    features: torch.Tensor
    power: torch.Tensor
    cross: torch.Tensor
    energy: torch.Tensor


def gather(stems: np.ndarray, *, seed: int, mono: bool) -> Cells:
    """Cells of a song, float32 [4, 2, samples]; mono: of its downmix."""
    if mono:
        stems = np.broadcast_to(stems.mean(axis=1, keepdims=True), stems.shape)
    layout = Layout.of(RATE)
    padding = layout.outer, layout.outer + -stems.shape[2] % layout.grid
    padded = np.pad(stems, ((0, 0), (0, 0), padding))
    mix = np.ascontiguousarray(padded.sum(axis=0), np.float32)
    parts = [mix, *split_layers(mix, layout)]
    frames = [spectra(np.ascontiguousarray(one), layout.middle) for one in parts]
    planes = features(frames[0], frames[1], frames[2], RATE)
    first = layout.outer * 4 // layout.middle
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.choice(np.arange(first, frames[0].shape[1] - first), _FRAMES, replace=False))
    scale = 1.0 / float(mean_power(frames[0]).max())
    whole = frames[0][:, drawn]
    cross, energy = [], []
    for stem in padded:
        own = spectra(np.ascontiguousarray(stem, np.float32), layout.middle)[:, drawn]
        cross.append((whole.real * own.real + whole.imag * own.imag).sum(axis=0))
        energy.append(2.0 * mean_power(own))
    return Cells(
        torch.tensor(np.stack([plane[drawn] for plane in planes], axis=-1).transpose(1, 0, 2).copy()),
        torch.tensor(2.0 * scale * mean_power(whole).T.copy()),
        torch.tensor(scale * np.stack(cross, axis=-1).transpose(1, 0, 2)),
        torch.tensor(scale * np.stack(energy, axis=-1).transpose(1, 0, 2)),
    )


def loss_of(weights: torch.Tensor, cells: Cells, care: torch.Tensor) -> torch.Tensor:
    """Mean over stems of log10(error / energy); weights [bins, 1 + features, stems]."""
    scores = torch.baddbmm(weights[:, :1], cells.features, weights[:, 1:])
    mask = torch.softmax(scores, dim=2)
    error = (mask * mask * cells.power[..., None] - 2.0 * mask * cells.cross + cells.energy).sum(dim=(0, 1))
    energy = cells.energy.sum(dim=(0, 1))
    floor = _FLOOR * cells.power.sum()
    return (care * torch.log10((error + floor) / (energy + floor))).mean()


def fit(songs_cells: list[Cells], *, steps: int = _STEPS) -> np.ndarray:
    """Weights [stems, 1 + features, knots]; the same on every run of one machine."""
    rng = np.random.default_rng(0)
    bins = songs_cells[0].power.shape[0]
    shares = torch.tensor(knot_shares(bins, RATE), dtype=torch.float32)  # [knots, bins]
    table = torch.zeros(len(QUICK_STEMS), 1 + len(FEATURES), len(KNOTS_HZ), requires_grad=True)
    care = torch.tensor([_CARE.get(stem, 1.0) for stem in QUICK_STEMS])
    optimizer = torch.optim.Adam([table], _RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps, pct_start=0.1)
    recent = []
    for step in range(steps):
        weights = torch.einsum("kjn,nb->bjk", table, shares)
        chosen = rng.choice(len(songs_cells), min(_SONGS_PER_STEP, len(songs_cells)), replace=False)
        loss = torch.stack([loss_of(weights, songs_cells[index], care) for index in chosen]).mean()
        recent.append(float(loss.detach()))
        steepness = (table[..., 1:] - table[..., :-1]).square().sum() / 4.0
        (loss + _SMALL * (table.square().sum() / 14.0 + steepness)).backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 20 == 19:
            print(f"step {step + 1}: {-10.0 * np.mean(recent[-20:]):.2f} dB", flush=True)
    return table.detach().numpy()


def render(tables: np.ndarray, *, counts: tuple[int, int]) -> str:
    """The module's text. tables: [2, stems, 1 + features, knots], stereo and one channel; counts: songs of each."""
    text = base64.b64encode(tables.astype("<f2").tobytes()).decode()
    lines = "\n".join(textwrap.wrap(text, 116))
    knots = ", ".join(f"{hz:g}" for hz in KNOTS_HZ)
    shape = ", ".join(str(size) for size in tables.shape[:-1])
    return f'''"""Weights of quick separation's masks, by `tests/band/fit.py`.

A fit to {counts[0]} synthetic songs in stereo and to {counts[1]} in one channel.
No recording went into them: `tests/band` composes, plays and sings the songs.
"""

from __future__ import annotations

import base64
from typing import Final

import numpy as np

__all__ = ["KNOTS_HZ", "WEIGHTS"]

#: Frequencies at which weights stand.
KNOTS_HZ: Final = ({knots})

_HALF_FLOATS: Final = """
{lines}
"""

#: [stereo and one channel, stems, constant and features, knots]
WEIGHTS: Final = np.frombuffer(base64.b64decode(_HALF_FLOATS), "<f2").reshape({shape}, len(KNOTS_HZ)).astype(float)
'''


def main(arguments: list[str]) -> int:
    """Fit and write the table. arguments: every how many songs one is taken, in stereo and in one channel."""
    torch.set_num_threads(1)
    steps = [int(word) for word in arguments] or [1, 6]
    tables, counts = [], []
    for mono, every in zip((False, True), steps, strict=True):
        specs = songs("fit")[::every]
        cells = [gather(kept_song(spec, of="fit").stems, seed=number, mono=mono) for number, spec in enumerate(specs)]
        print("one channel" if mono else "stereo", len(cells), "songs", flush=True)
        tables.append(fit(cells))
        counts.append(len(cells))
    TARGET.write_text(render(np.stack(tables), counts=(counts[0], counts[1])), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
