"""What a server can do, put together from what its workers tell. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from backend.orders import WorkerInfo
from backend.progress import WorkerRow
from shared.schema.jobs import FORMATS, Capabilities, Limits, ModelInfo, QueueInfo
from shared.separation.models import MODELS

__all__ = ["offers"]


_ABSENT: Final = "No worker is running, so nothing can be separated on this server."
_START_ONE: Final = (
    f"{_ABSENT} Start one in Keylight's folder, with the same KEYLIGHT_DATA or KEYLIGHT_DATABASE: "
    + "`python -m backend.worker one --device auto`. Or start the server without KEYLIGHT_WORKERS=none."
)
_STARTED_AGAIN: Final = f"{_ABSENT} One is started again within seconds; if it does not stay, the terminal says why."


def offers(
    rows: Sequence[WorkerRow], figures: Mapping[str, float], limits: Limits, queue: QueueInfo, *, supervised: bool
) -> Capabilities:
    """Models and devices of the workers that are alive.

    figures: measured speeds (`backend.pace`); supervised: this server starts workers itself.
    """
    alive = [row for row in rows if row.alive]
    infos = [msgspec.json.decode(row.info, type=WorkerInfo) for row in alive if row.info]
    models = _merged(infos, figures)
    films = _why_no_films(alive, infos, supervised=supervised)
    reason = None if any(model.ready for model in models) else _why_none(alive, models, supervised=supervised)
    return Capabilities(
        separation=reason is None,
        models=models,
        devices=tuple(info.device for info in infos if info.device is not None),
        limits=limits,
        queue=queue,
        formats=tuple(FORMATS),  # type: ignore[arg-type]  # its keys are the formats
        reason=reason,
        rendering=films is None,
        rendering_reason=films,
    )


def _why_no_films(alive: Sequence[WorkerRow], infos: list[WorkerInfo], *, supervised: bool) -> str | None:
    if not alive:
        said = _STARTED_AGAIN if supervised else _START_ONE
        return said.replace("separated", "rendered")
    if not infos:
        return "The renderer is starting; it is ready in a moment."
    if any(info.films_missing is None for info in infos):
        return None
    return infos[0].films_missing


def _merged(infos: list[WorkerInfo], figures: Mapping[str, float]) -> tuple[ModelInfo, ...]:
    """Each model as the worker has it that is best off with it, in the order in which a person is offered them."""
    best: dict[str, ModelInfo] = {}
    for model in (model for info in infos for model in info.models):
        known = best.get(model.name)
        if known is None or (model.ready, model.here) > (known.ready, known.here):
            best[model.name] = msgspec.structs.replace(model, speed=figures.get(f"separate {model.name}"))
    return tuple(best[name] for name in MODELS if name in best)


def _why_none(alive: list[WorkerRow], models: tuple[ModelInfo, ...], *, supervised: bool) -> str:
    if not alive:
        return _STARTED_AGAIN if supervised else _START_ONE
    if not models:
        return "The separator is starting; it is ready in a moment."
    return next((model.reason for model in models if model.reason), "No separation model is ready on this server.")
