"""Templates: every one is a project that opens, draws any song, and takes its colours from the palette alone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from shared.errors import KeylightError
from shared.scene.display_list import read_list
from shared.scene.facts import PlainFacts
from shared.scene.gallery import TEMPLATES, Template, sample, search, template
from shared.scene.kinds import effect_kind, layer_kind
from shared.scene.scene import Scene
from shared.schema.project import Keyframes, Project, Value, decode_project, encode_project
from shared.spectrum.feature_demo import demo_features
from shared.spectrum.features import Features, silent_features

LONG = "The Extraordinarily Long Title of a Song That Never Seems to End (Extended Club Mix)"


@pytest.fixture(scope="module")
def song() -> Features:
    return demo_features(16.0)


def lists(project: Project, features: Features, *times: float) -> list[np.ndarray]:
    scene = Scene(project, features, PlainFacts())
    return [scene.frame(t).copy() for t in times]


def ids(each: Template) -> str:
    return each.name


@pytest.mark.parametrize("each", TEMPLATES, ids=ids)
def test_a_template_opens_again_and_draws_any_song(each: Template, song: Features) -> None:
    assert decode_project(encode_project(each.project)) == each.project
    project = msgspec.structs.replace(each.project, title=LONG, artist=LONG)
    early, late = lists(project, song, 0.0, 9.3)
    assert len(list(read_list(early))) > 2
    assert not np.array_equal(early, late)
    for features in (silent_features(3.0), silent_features(0.0)):
        for floats in lists(each.project, features, 0.0, 1.7):
            assert np.isfinite(floats).all()


@pytest.mark.parametrize("each", TEMPLATES, ids=ids)
def test_a_template_takes_every_colour_from_the_palette(each: Template) -> None:
    for where, value in colors(each.project):
        assert value.startswith("$"), where


def colors(project: Project) -> Iterator[tuple[str, str]]:
    every = [(layer.id, layer_kind(layer.kind).all_inputs, layer.props) for layer in project.layers]
    effects = [*project.effects, *(effect for layer in project.layers for effect in layer.effects)]
    every += [(effect.kind, effect_kind(effect.kind).inputs, effect.props) for effect in effects]
    for where, inputs, props in every:
        for each in inputs:
            if each.kind == "color" and each.name in props:
                for value in constants(props[each.name]):
                    yield f"{where}, {each.name}", str(value)


def constants(value: Value) -> list[Value]:
    return [key.value for key in value.keys] if isinstance(value, Keyframes) else [value]


@pytest.mark.parametrize("each", TEMPLATES, ids=ids)
def test_a_template_says_whose_song_it_is(each: Template) -> None:
    words = " ".join(
        str(layer.props.get(one.name, one.default))
        for layer in each.project.layers
        for one in layer_kind(layer.kind).inputs
        if one.kind == "text"
    )
    assert "{title}" in words or "loop" in each.tags
    assert each.words.endswith(".")
    assert each.tags
    assert all(tag == tag.casefold() for tag in each.tags)


def test_names_are_single_and_default_is_there() -> None:
    names = [each.name for each in TEMPLATES]
    assert len(set(names)) == len(names)
    assert template("default").project.template == "default"
    assert sample("default").title


def test_a_template_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(KeylightError, match=r"no template 'nothing': expected one of default, "):
        template("nothing")


def test_search_finds_by_name_tag_and_sentence_and_ranks_the_name_first() -> None:
    assert search("minimal")[0].name == "minimal"
    assert template("default") in search("cover circle")
    assert search("  ") == list(TEMPLATES)
    assert search("cover zzz") == []
