"""Trains the tiny network on composed songs for some minutes, so that it separates a little, and keeps it.

`python -m tests.gpu.train [STEPS]` makes `.bench-cache/tiny-trained-*`, a models folder whose `htdemucs` is the
trained network. The songs are the band's `fit` set; its `report` set, with other genres, voices and timbres, is for
measuring. Parts of several songs are mixed together, as in the training of Demucs itself.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from tests.band.songs import kept_song, songs
from tests.composer.synth import RATE
from tests.gpu.tiny import FOUR, SEGMENT, save_bag, save_model, tiny

__all__ = ["STEPS", "train", "trained_models"]

STEPS: Final = 140
#: Change it when training changes: it is part of the cache's name.
_VERSION: Final = 1
_CHANNELS: Final = 8
_SONGS: Final = 24
_BATCH: Final = 4
_EXAMPLE: Final = Fraction(3, 2)  # seconds
_RATE: Final = 3e-3
_WARM_UP: Final = 15


def trained_models(steps: int = STEPS) -> Path:
    """The folder with the trained model, made when missing: minutes of one CPU thread."""
    folder = Path(__file__).parents[2] / ".bench-cache" / f"tiny-trained-{_VERSION}-{steps}"
    if not (folder / "htdemucs.yaml").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        stems = [kept_song(spec, of="fit").stems for spec in songs("fit")[:_SONGS]]
        model = train(stems, steps=steps, tell=lambda step, loss: print(f"step {step}: loss {loss:.4f}", flush=True))
        save_model(folder, "7e57f171", model)
        save_bag(folder, "htdemucs", ["7e57f171"])  # last: what stands for all being there
    return folder


def train(stems: Sequence[np.ndarray], *, steps: int, tell: Callable[[int, float], None] | None = None) -> Any:
    """A tiny network that was shown songs, stems float32 [4, 2, samples] each; the same on every run of one machine.

    The loss is the mean magnitude of the error of each stem against that stem's own level, so that quiet ones count.
    """
    model = tiny(0, FOUR, channels=_CHANNELS).train()
    chance = np.random.default_rng(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=_RATE, betas=(0.9, 0.98))
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, steps)
        wanted = torch.from_numpy(_examples(stems, chance))
        level = wanted.abs().mean(dim=(2, 3), keepdim=True) + 0.01
        loss = ((model(wanted.sum(1)) - wanted).abs() / level).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        if tell is not None and step % 20 == 19:
            tell(step + 1, float(loss))
    model.segment = SEGMENT  # training leaves the length of its examples there
    return model.eval()


def _rate(step: int, steps: int) -> float:
    """Learning rate: a warm-up, then half a cosine."""
    return _RATE * min(1.0, (step + 1) / _WARM_UP) * (0.5 * (1 + math.cos(math.pi * step / steps)) * 0.97 + 0.03)


def _examples(stems: Sequence[np.ndarray], chance: np.random.Generator) -> np.ndarray:
    """Mixtures to be: each stem from any song and any place, at another level, now and then with sides changed."""
    length = int(_EXAMPLE * RATE)
    out = np.zeros((_BATCH, 4, 2, length), np.float32)
    for example in out:
        together = chance.random() < 0.3  # now and then all from one place, as in music
        song, at = int(chance.integers(len(stems))), chance.random()
        for stem in range(4):
            if not together:
                song, at = int(chance.integers(len(stems))), chance.random()
            start = int(at * (stems[song].shape[2] - length))
            sound = stems[song][stem, :, start : start + length] * chance.uniform(0.5, 1.25)
            example[stem] = sound[::-1] if chance.random() < 0.5 else sound
    return out


if __name__ == "__main__":
    torch.set_num_threads(1)
    begin = time.process_time()
    print(trained_models(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS))
    print(f"{time.process_time() - begin:.0f} s of CPU")
