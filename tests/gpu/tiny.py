"""Small real Demucs models under the published names, in the format that Demucs' own loaders read.

`python -m tests.gpu.tiny FOLDER` makes them; `KEYLIGHT_MODELS=FOLDER` then offers them. The networks have all parts of
the published ones (both branches, transformer, residual branches) with few channels and short segments; their weights
are seeded noise, unless trained (`tests.gpu.train`). A second of audio costs some 0.05 s of one CPU thread.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import safetensors.torch
import torch
from demucs.hdemucs import HDemucs
from demucs.htdemucs import HTDemucs

__all__ = [
    "FOUR",
    "SEGMENT",
    "SIX",
    "full_models",
    "save_bag",
    "save_model",
    "save_safetensors",
    "tiny",
    "tiny_hybrid",
    "tiny_models",
]

FOUR: Final = ("drums", "bass", "other", "vocals")
SIX: Final = (*FOUR, "guitar", "piano")
#: Seconds of the tiny models' segments; the published ones have 7.8.
SEGMENT: Final = Fraction(39, 20)
#: Change it when a model here changes: it is part of the cache's name.
_VERSION: Final = 1
_CACHE: Final = Path(__file__).parents[2] / ".bench-cache"

#: HTDemucs as published: the training configuration of `955717e8` (Demucs, `conf/config.yaml` and its variant).
FULL: Final[dict[str, Any]] = {
    "segment": Fraction(39, 5),
    "channels": 48,
    "depth": 4,
    "nfft": 4096,
    "dconv_mode": 3,
    "dconv_comp": 8,
    "bottom_channels": 512,
    "t_layers": 5,
    "t_heads": 8,
    "t_dropout": 0.02,
    "t_layer_scale": True,
}
_TINY: Final[dict[str, Any]] = {
    "segment": SEGMENT,
    "channels": 4,
    "depth": 4,
    "nfft": 4096,
    "dconv_comp": 4,
    "dconv_depth": 1,
    "t_layers": 2,
    "t_heads": 2,
    "t_hidden_scale": 2.0,
    "t_layer_scale": True,
}


def tiny(seed: int = 0, sources: Sequence[str] = FOUR, **changes: Any) -> Any:
    """A small HTDemucs, ready to use; changes: arguments of `HTDemucs` that replace the usual ones."""
    return _seeded(HTDemucs, seed, list(sources), **(_TINY | changes))


def tiny_hybrid(seed: int = 0, sources: Sequence[str] = FOUR) -> Any:
    """A small HDemucs, the generation without transformer, whose last segment is as long as what is left."""
    return _seeded(HDemucs, seed, list(sources), channels=4, depth=6, dconv_comp=2, norm_starts=4, segment=2)


def tiny_models(folder: Path | None = None) -> Path:
    """A folder with all four published names as tiny models; made once and kept when no folder is named."""
    made = folder or _CACHE / f"tiny-models-{_VERSION}"
    if folder is None and made.is_dir():
        return made
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent) as scratch:
        fresh = Path(scratch) / "models"
        fresh.mkdir()
        for at, (signature, sources) in enumerate({"7e570001": FOUR, "7e570002": SIX}.items()):
            save_model(fresh, signature, tiny(at, sources))
        tuned = [f"7e57001{at}" for at in range(4)]
        for at, signature in enumerate(tuned):
            save_model(fresh, signature, tiny(10 + at))
        save_model(fresh, "7e570003", tiny_hybrid())
        save_bag(fresh, "htdemucs", ["7e570001"])
        save_bag(fresh, "htdemucs_6s", ["7e570002"])
        save_bag(fresh, "htdemucs_ft", tuned, weights=[[float(i == j) for j in range(4)] for i in range(4)])
        save_bag(fresh, "hdemucs_mmi", ["7e570003"])
        _publish(fresh, made)
    return made


def full_models(folder: Path | None = None) -> Path:
    """A folder with the full architecture of `htdemucs` and seeded weights (84 MB), for measuring speed."""
    made = folder or _CACHE / f"full-models-{_VERSION}"
    if folder is None and made.is_dir():
        return made
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent) as scratch:
        fresh = Path(scratch) / "models"
        fresh.mkdir()
        save_model(fresh, "7e57f011", _seeded(HTDemucs, 0, list(FOUR), **FULL))
        save_bag(fresh, "htdemucs", ["7e57f011"])
        _publish(fresh, made)
    return made


def save_model(folder: Path, signature: str, model: Any) -> Path:
    """Write a model as Demucs publishes one: `SIGNATURE-SHA256[:8].th`, weights in half precision."""
    arguments, named = model._init_args_kwargs
    package = {
        "klass": type(model),
        "args": arguments,
        "kwargs": named,
        "state": {name: one.data.half() for name, one in model.state_dict().items()},
        "training_args": {},
    }
    buffer = io.BytesIO()
    torch.save(package, buffer)
    path = folder / f"{signature}-{hashlib.sha256(buffer.getvalue()).hexdigest()[:8]}.th"
    path.write_bytes(buffer.getvalue())
    return path


def save_safetensors(folder: Path, signature: str, model: Any) -> Path:
    """Write a model as the hub has it: `SIGNATURE.safetensors`, what to build in its metadata."""
    arguments, named = model._init_args_kwargs
    metadata = {
        "klass": f"{type(model).__module__}.{type(model).__qualname__}",
        "args": json.dumps(arguments),
        "kwargs": json.dumps(named, default=_fraction),
    }
    path = folder / f"{signature}.safetensors"
    state = {name: one.data.half().contiguous() for name, one in model.state_dict().items()}
    safetensors.torch.save_file(state, path, metadata=metadata)
    return path


def _fraction(value: Fraction) -> dict[str, Any]:
    return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}


def save_bag(folder: Path, name: str, signatures: Sequence[str], **options: Any) -> Path:
    """Write the bag that makes models known under a name; options: its `weights` and `segment`."""
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps({"models": list(signatures), **options}))  # JSON is YAML
    return path


def _seeded(kind: Any, seed: int, *arguments: Any, **named: Any) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind(*arguments, **named).eval()


def _publish(fresh: Path, made: Path) -> None:
    """Move a finished folder to its place; into an existing one file by file."""
    if made.is_dir():
        for path in fresh.iterdir():
            os.replace(path, made / path.name)
        return
    try:
        os.replace(fresh, made)
    except OSError:
        if not made.is_dir():  # else another process was first
            raise


if __name__ == "__main__":
    print(tiny_models(Path(sys.argv[1])))
