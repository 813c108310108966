"""The models on offer here: which are ready, why others are not, and how one is loaded.

Imports torch and Demucs only to load, so that asking what there is costs neither time nor memory.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from backend.gpu.weights import NOT_INSTALLED, Bag, Progress, WeightsError, bag_of, fetch, how_to_get, locate, reachable
from shared.errors import KeylightError
from shared.schema.jobs import ModelInfo
from shared.separation.models import MODELS, SeparationModel

__all__ = ["find_models", "load_model"]


def find_models(folder: Path | None) -> tuple[ModelInfo, ...]:
    """Every model with whether a job for it would run: ready, or the reason why not, found without downloading.

    folder: where all weights must lie (KEYLIGHT_MODELS); None takes them from the hub at first use. Files are hashed
    once; a hub that does not answer costs some two seconds, once a minute.
    """
    lacking = next((name for name in ("torch", "demucs") if importlib.util.find_spec(name) is None), None)
    return tuple(
        _info(model, NOT_INSTALLED) if lacking is not None else _find(model, folder) for model in MODELS.values()
    )


def load_model(name: str, folder: Path | None, *, progress: Progress | None = None) -> Any:
    """A model by Demucs' own loaders, as `demucs.apply.BagOfModels` on the CPU.

    progress: called with 0-1 while weights are downloaded. Raises `WeightsError` when they are missing, damaged or
    not those of this model.
    """
    if name not in MODELS:
        raise KeylightError(f"Expected a model among {', '.join(MODELS)}; got {name}.")
    bag = bag_of(name, _checked(folder))
    if folder is None:
        paths = fetch(bag.signatures, progress)
    else:
        paths = [path for path in (locate(one, folder) for one in bag.signatures) if path is not None]
    return _assemble(MODELS[name], bag, paths)


def _find(model: SeparationModel, folder: Path | None) -> ModelInfo:
    try:
        signatures = bag_of(model.name, _checked(folder)).signatures
        missing = [one for one in signatures if locate(one, folder) is None]
    except WeightsError as error:
        return _info(model, str(error))
    if not missing:
        return _info(model, None, here=True)
    if all(reachable(one) for one in missing):
        return _info(model, None)
    return _info(
        model,
        f"The weights of {model.name} are not on this server and the server that has them cannot be reached. "
        + how_to_get(missing),
    )


def _info(model: SeparationModel, reason: str | None, *, here: bool = False) -> ModelInfo:
    return ModelInfo(
        name=model.name,
        label=model.label,
        words=model.words,
        stems=model.stems,
        ready=reason is None,
        here=here,
        download_megabytes=model.download_megabytes,
        reason=reason,
    )


def _checked(folder: Path | None) -> Path | None:
    if folder is not None and not folder.is_dir():
        raise WeightsError("KEYLIGHT_MODELS does not name a folder that exists. Correct it, or unset it to download.")
    return folder


def _assemble(model: SeparationModel, bag: Bag, paths: list[Path]) -> Any:
    from demucs.apply import BagOfModels

    members = [_load(path) for path in paths]
    for path, member in zip(paths, members, strict=True):
        if tuple(member.sources) != model.stems:
            got = ", ".join(member.sources)
            raise WeightsError(f"{path.name} is another model: expected {', '.join(model.stems)}; it gives {got}.")
    weights = None if bag.weights is None else [list(row) for row in bag.weights]
    return BagOfModels(members, weights, bag.segment).eval()


def _load(path: Path) -> Any:
    try:
        if path.suffix == ".safetensors":
            from demucs.hf import load_safetensors_model

            return load_safetensors_model(path)
        from demucs.states import load_model as load_package

        return load_package(path)  # type: ignore[no-untyped-call]
    except Exception as error:  # whatever unpickling and building may raise
        reason = type(error).__name__
        raise WeightsError(f"{path.name} cannot be loaded as a Demucs model ({reason}). Replace the file.") from error
