"""Trains the tiny network on composed songs for some minutes, so that it separates a little, and keeps it.

`python -m tests.gpu.train [STEPS]` makes `.bench-cache/tiny-trained-*`, a models folder whose `htdemucs` is the
trained network. The songs are the band's `fit` set; its `report` set, with other genres, voices and timbres, is for
measuring. Parts of several songs are mixed together half of the time, as in the training of Demucs itself.

What makes minutes enough: outer layers wide enough to let a mix through at all (four bins of two complex channels are
16 numbers, and GELU keeps one sign of each), inner layers as slim, many small steps, and an error in decibel of each
stem, so that no stem is too quiet to count.
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

STEPS: Final = 450
#: Change it when training changes: it is part of the cache's name.
_VERSION: Final = 2
_SHAPE: Final[dict[str, Any]] = {"channels": 24, "growth": 1, "dconv_mode": 0}
_SONGS: Final = 48
_BATCH: Final = 2
_EXAMPLE: Final = Fraction(3, 2)  # seconds
_TOGETHER: Final = 0.5
_RATE: Final = 3e-3
_WARM_UP: Final = 20
#: Of the power of the mix: an error of less is as good as none, and so is silence in a stem.
_FLOOR: Final = 1e-3


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

    The loss is the power of each stem's error against the stem's own, in dB.
    """
    model = tiny(0, FOUR, **_SHAPE).train()
    chance = np.random.default_rng(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=_RATE, betas=(0.9, 0.98))
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, steps)
        wanted = torch.from_numpy(_examples(stems, chance))
        loss = _loss(model(wanted.sum(1)), wanted)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        if tell is not None and step % 20 == 19:
            tell(step + 1, loss.item())
    model.segment = SEGMENT  # training leaves the length of its examples there
    return model.eval()


def _loss(found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean power of the error of stems [b, 4, 2, n] in dB, 0 for silence in place of all."""
    floor = _FLOOR * wanted.sum(1, keepdim=True).square().mean(dim=(2, 3)) + 1e-6
    error, power = ((one.square().mean(dim=(2, 3)) + floor).log10() for one in (found - wanted, wanted))
    return 10 * (error - power).mean()


def _rate(step: int, steps: int) -> float:
    """Learning rate: a warm-up, then half a cosine."""
    return _RATE * min(1.0, (step + 1) / _WARM_UP) * (0.5 * (1 + math.cos(math.pi * step / steps)) * 0.97 + 0.03)


def _examples(stems: Sequence[np.ndarray], chance: np.random.Generator) -> np.ndarray:
    """Mixtures to be: each stem from any song and any place, at another level, now and then with sides changed."""
    length = int(_EXAMPLE * RATE)
    out = np.zeros((_BATCH, 4, 2, length), np.float32)
    for example in out:
        together = chance.random() < _TOGETHER  # all from one place, as in music
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
