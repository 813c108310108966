"""How templates are written: a project as data, in few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.scene.palettes import PALETTES
from shared.schema.project import Canvas, Drive, Effect, Layer, Project, Transition, Value

__all__ = ["Template", "canvas_of", "drive", "effect", "layer", "template"]

_PALETTE: Final = {palette.name: palette.colors for palette in PALETTES}
#: Sizes by their ratios.
_CANVASES: Final = {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1080, 1080), "4:5": (1080, 1350)}


@dataclass(frozen=True)
class Template:
    """A project to begin with. words: one sentence; tags: what people look for, lower case."""

    name: str
    label: str
    words: str
    tags: tuple[str, ...]
    project: Project


def template(
    name: str,
    label: str,
    words: str,
    tags: str,
    palette: str,
    *layers: Layer,
    effects: tuple[Effect, ...] = (),
    ratio: str = "16:9",
) -> Template:
    """A template with layers from back to front. tags: parted by spaces; palette: a name of `PALETTES`."""
    project = Project(
        name=label,
        canvas=canvas_of(ratio),
        palette=_PALETTE[palette],
        layers=layers,
        effects=effects,
        template=name,
    )
    return Template(name, label, words, tuple(tags.split()), project)


def canvas_of(ratio: str, fps: int = 60) -> Canvas:
    """A canvas of "16:9", "9:16", "1:1" or "4:5", its shorter side 1080 pixels."""
    width, height = _CANVASES[ratio]
    return Canvas(width, height, fps)  # type: ignore[arg-type]  # callers give one of FRAME_RATES


def layer(
    name: str,
    kind: str,
    *effects: Effect,
    start: float | None = None,
    end: float | None = None,
    enter: Transition | None = None,
    leave: Transition | None = None,
    **props: Value,
) -> Layer:
    """A layer; its id comes from its name."""
    return Layer(
        name.lower().replace(" ", "-"),
        kind,
        name,
        _floats(props),
        effects,
        start=start,
        end=end,
        enter=enter,
        leave=leave,
    )


def effect(kind: str, **props: Value) -> Effect:
    """An effect."""
    return Effect(kind, _floats(props))


def drive(feature: str, low: float, high: float, *, smooth: float = 0.0, delay: float = 0.0) -> Drive:
    """A number that follows the music."""
    return Drive(feature, low, high, smooth=smooth, delay=delay)


def _floats(props: dict[str, Value]) -> dict[str, Value]:
    """Whole numbers as floats, which they are again when a project is read."""
    return {
        key: float(one) if isinstance(one, int | float) and not isinstance(one, bool) else one
        for key, one in props.items()
    }
