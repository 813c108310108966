"""The composed pieces as recordings: by the numpy synthesiser, by FluidSynth with either font, or by both together."""

from __future__ import annotations

import ast
import hashlib
from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np

from tests.bench.sets import fluid
from tests.bench.sets.item import Item
from tests.bench.sets.store import kept
from tests.composer.catalogue import catalogue
from tests.composer.compose import Spec, compose, seed_of
from tests.composer.midi import write_midi
from tests.composer.mix import render
from tests.composer.score import Part, Score

__all__ = ["composed_items"]

_SOURCES: Final = Path(__file__).parents[2] / "composer"
#: By whom a piece is played, drawn by its seed: "numpy", a font for everything, or a font with numpy's drums and bass.
_ELECTRONIC: Final = ("numpy", "numpy", "numpy", "fluid", "timgm", "fluid+numpy", "timgm+numpy")
_ACOUSTIC: Final = ("fluid", "timgm", "fluid", "timgm", "fluid", "timgm", "numpy", "fluid+numpy")


def composed_items(name: str) -> list[Item]:
    """The recordings of a set of `tests.composer.catalogue`."""
    return [_item(name, spec) for spec in catalogue(name)]


def _item(kind: str, spec: Spec) -> Item:
    score = compose(spec)
    engine = _engine(kind, score)
    label = f"{kind}-{spec.name.replace(' ', '-')}-{engine}"
    gains = [part.gain for part in score.parts]
    made_of = f"{score.fingerprint()} {_renderer()} {engine} {score.cents} {gains}"
    digest = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    return Item(
        name=label, set=kind, song=f"{kind}/{spec.name}", truth=score.truth, genre=spec.genre,
        make=partial(kept, f"{label}-{digest}", partial(_render, score, engine)),
    )  # fmt: skip


def _engine(kind: str, score: Score) -> str:
    if kind == "short" or not fluid.available():
        return "numpy"
    engines = _ELECTRONIC if score.electronic else _ACOUSTIC
    return engines[seed_of("engine " + score.name) % len(engines)]


def _render(score: Score, engine: str) -> np.ndarray:
    font, _, other = engine.partition("+")
    if font == "numpy":
        return render(score)
    by_font = partial(_by_font, font)
    roles = {part.role for part in score.parts} - ({"drums", "bass"} if other else set())
    return render(score, instead=dict.fromkeys(roles, by_font))


def _by_font(font: str, score: Score, part: Part) -> np.ndarray:
    return fluid.render_midi(write_midi(score, (part,)), font=font, seconds=score.seconds)


@cache
def _renderer() -> str:
    """A digest of the modules that turn a score into sound, whatever their layout, comments and docstrings."""
    trees = [ast.parse((_SOURCES / name).read_text("utf-8")) for name in ("synth.py", "kit.py", "mix.py", "midi.py")]
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
    return hashlib.sha256("".join(ast.dump(tree) for tree in trees).encode()).hexdigest()
