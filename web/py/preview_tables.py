"""What the editor can choose from, as messages: kinds with their inputs, templates, palettes, features."""

from __future__ import annotations

from typing import get_args

import msgspec

from shared.scene.colors import hex_of
from shared.scene.fonts import FAMILIES
from shared.scene.gallery import TEMPLATES, Template
from shared.scene.gallery import template as template_named
from shared.scene.inputs import Input, Resolved
from shared.scene.kind import EffectKind, LayerKind
from shared.scene.kinds import EFFECTS, LAYERS
from shared.scene.palettes import PALETTES
from shared.scene.relayout import relayout
from shared.schema import preview as p
from shared.schema.project import EASINGS, Coming, Project
from shared.spectrum.features import SCALARS, SERIES, STEMS

__all__ = ["input_share", "make_tables", "relaid", "with_template"]


def make_tables() -> p.Tables:
    """All that can be chosen, in the order of the tables of `shared.scene`."""
    return p.Tables(
        layers=tuple(_layer(kind) for kind in LAYERS.values()),
        effects=tuple(_effect(kind) for kind in EFFECTS.values()),
        templates=tuple(_template(each) for each in TEMPLATES),
        palettes=tuple(p.NamedPalette(each.name, each.colors) for each in PALETTES),
        features=SCALARS,
        stem_features=SERIES,
        stems=STEMS,
        families=FAMILIES,
        easings=EASINGS,
        comings=get_args(Coming),
    )


def with_template(project: Project, template: str) -> Project:
    """A template on a project's canvas, with its words and media; raises `KeylightError` that names those there are."""
    made = template_named(template).project
    kept = msgspec.structs.replace(
        project, palette=made.palette, layers=made.layers, effects=made.effects, template=template
    )
    width, height = project.canvas.width, project.canvas.height
    if (width, height) == (made.canvas.width, made.canvas.height):
        return kept
    return relayout(msgspec.structs.replace(kept, canvas=made.canvas), width, height)


def relaid(project: Project, width: int, height: int) -> Project:
    """A project on a canvas of other sides."""
    return relayout(project, width, height)


def input_share(found: Input | None, name: str, value: Resolved) -> p.Reading:
    """An input's value, with its place in its range. found: the input, where its kind is known."""
    if isinstance(value, tuple):
        return p.Reading(name, hex_of(value), 0.0)
    if isinstance(value, str | bool):
        return p.Reading(name, str(value), 0.0)
    span = found.high - found.low if found is not None else 0.0
    share = (value - found.low) / span if found is not None and span > 0 else 0.0
    return p.Reading(name, float(value), min(1.0, max(0.0, float(share))))


def _layer(kind: LayerKind) -> p.KindWords:
    return p.KindWords(kind.name, kind.label, kind.group, kind.words, "picture", _inputs(kind.all_inputs))


def _effect(kind: EffectKind) -> p.KindWords:
    return p.KindWords(kind.name, kind.label, kind.group, kind.words, kind.scope, _inputs(kind.inputs))


def _inputs(inputs: tuple[Input, ...]) -> tuple[p.InputWords, ...]:
    return tuple(
        p.InputWords(
            name=each.name,
            label=each.label,
            kind=each.kind,
            default=each.default,
            low=float(each.low),
            high=float(each.high),
            step=float(each.step),
            unit=each.unit,
            whole=each.whole,
            choices=each.choices,
            words=each.words,
            group=each.group,
            moves=each.moves,
            drives=each.kind == "number",
        )
        for each in inputs
    )


def _template(made: Template) -> p.TemplateWords:
    return p.TemplateWords(made.name, made.label, " ".join(made.tags), made.words, made.project.palette)
