"""The scene engine: values over time, coming and going, what is cached, and sentences for what is not right."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from shared.errors import KeylightError, MessageError
from shared.scene.display_list import DisplayList, read_list
from shared.scene.easing import ease
from shared.scene.facts import PlainFacts
from shared.scene.resources import Resources
from shared.scene.scene import Scene
from shared.schema.project import (
    EASINGS,
    Canvas,
    Drive,
    Effect,
    Keyframe,
    Keyframes,
    Layer,
    Project,
    Transition,
    decode_project,
    encode_project,
)
from shared.spectrum.features import Features, demo_features

CANVAS = Canvas(1280, 720, 60)


@pytest.fixture(scope="module")
def features() -> Features:
    return demo_features(12.0, bpm=120)


def made(features: Features, *layers: Layer, effects: tuple[Effect, ...] = (), title: str = "Night Drive") -> Scene:
    project = Project(title=title, canvas=CANVAS, layers=layers, effects=effects)
    return Scene(project, features, PlainFacts())


def ops(floats: np.ndarray) -> list[str]:
    return [op.name for op, _, _ in read_list(floats)]


def test_a_frame_is_the_same_whatever_was_asked_before(features: Features) -> None:
    layer = Layer(
        "a", "bars", props={"x": Drive("bass", 0.2, 0.8, smooth=0.1), "rotation": Drive("kick", cumulative=True)}
    )
    first = made(features, layer)
    times = [0.0, 3.21, 7.9, 1.5]
    forward = {t: first.frame(t).copy() for t in times}
    second = made(features, layer)
    for t in reversed(times):
        assert np.array_equal(second.frame(t), forward[t])
    assert not np.array_equal(forward[3.21], forward[7.9])


def test_still_layers_at_the_back_are_one_cached_list(features: Features) -> None:
    scene = made(features, Layer("g", "gradient"), Layer("t", "text"), Layer("b", "bars"), Layer("t2", "text"))
    assert ops(scene.frame(1.0))[:3] == ["clear", "cached", "transform"]
    keys = [rows for op, _, rows in read_list(scene.frame(1.0).copy()) if op.name == "cached"]
    later = [rows for op, _, rows in read_list(scene.frame(2.0)) if op.name == "cached"]
    assert np.array_equal(keys[0], later[0])
    moving = made(features, Layer("g", "gradient", props={"angle": Drive("bass", 0, 90)}), Layer("b", "bars"))
    assert "cached" not in ops(moving.frame(1.0))


def test_an_edit_gives_cached_lists_that_changed_another_key_and_no_others(features: Features) -> None:
    # Painters keep pictures by key while a project is edited: the same key means the same picture.
    ground, bars = Layer("g", "gradient"), Layer("b", "bars")
    titles = [Layer("t", "text", props={"text": words}) for words in ("Day", "Night", "Day")]
    resources = Resources()

    def keys(title: Layer) -> list[float]:
        scene = made(features, ground, bars, title)
        scene.resources = resources  # as the preview does: numbers outlive an edit
        return [float(head[0]) for op, head, _ in read_list(scene.frame(1.0)) if op.name == "cached"]

    first, other, again = [keys(title) for title in titles]
    assert first == again
    assert first[0] == other[0]
    assert first[1] != other[1]
    assert len(set(first)) == 2


def test_keyframes_hold_outside_and_ease_between(features: Features) -> None:
    keys = Keyframes((Keyframe(2.0, 0.25, "linear"), Keyframe(4.0, 0.75)))
    scene = made(features, Layer("b", "bars", props={"x": keys}))
    places = [scene.boxes(t)[0].x for t in (0.0, 2.0, 3.0, 4.0, 9.0)]
    assert places == [320.0, 320.0, 640.0, 960.0, 960.0]


def test_a_drive_goes_from_low_to_high_and_back(features: Features) -> None:
    scene = made(
        features,
        Layer("a", "bars", props={"scale": Drive("beat", 1.0, 2.0)}),
        Layer("b", "bars", props={"scale": Drive("beat", 1.0, 2.0, invert=True)}),
    )
    for t in (1.1, 2.33, 5.7):
        up, down = (box.scale for box in scene.boxes(t))
        assert 1.0 <= up <= 2.0
        assert up + down == pytest.approx(3.0, abs=1e-5)
    assert set(scene.readings("a", 1.0)) == {"scale"}


def test_a_layer_is_there_in_its_range_only_and_snaps_to_the_beat(features: Features) -> None:
    late = Layer("a", "bars", start=1.9, end=4.0, enter=Transition("fade", 0.5, snap="beat"))
    scene = made(features, late)
    beat = float(features.beats[np.argmin(np.abs(features.beats - 1.9))])
    assert [box.layer for box in scene.boxes(beat - 0.01)] == []
    assert [box.layer for box in scene.boxes(beat + 0.01)] == ["a"]
    assert scene.boxes(4.0) == []
    assert "layer" in ops(scene.frame(beat + 0.1))
    assert "layer" not in ops(scene.frame(beat + 1.0))


@pytest.mark.parametrize("kind", ["slide-up", "slide-left", "zoom", "spin", "wipe", "none"])
def test_every_transition_ends_where_the_layer_is(features: Features, kind: str) -> None:
    how = msgspec.convert({"kind": kind, "seconds": 1.0}, Transition)
    scene = made(features, Layer("a", "bars", start=1.0, enter=how))
    box = scene.boxes(2.5)[0]
    assert (box.x, box.y, box.scale, box.rotation) == (640.0, 360.0, 1.0, 0.0)
    assert len(scene.frame(1.2)) > 0


@pytest.mark.parametrize("kind", EASINGS)
def test_easings_begin_at_0_and_end_at_1(kind: str) -> None:
    assert ease(kind, 0.0) == pytest.approx(0.0, abs=1e-9)
    assert ease(kind, 1.0) == pytest.approx(1.0, abs=1e-9)


def test_effects_wrap_a_layer_in_order(features: Features) -> None:
    scene = made(features, Layer("b", "bars", effects=(Effect("glow"),)), effects=(Effect("glow", {"strength": 0.5}),))
    names = ops(scene.frame(1.0))
    assert names[-1] == "stamp"  # the picture's light comes over all


def test_no_float_is_ever_nan() -> None:
    out = DisplayList()
    out.op("rects", float("nan"), rows=np.array([[np.inf, -np.inf, np.nan, 1.0]]))
    _, head, rows = next(read_list(out.view()))
    assert np.isfinite(head).all()
    assert np.isfinite(rows).all()


def test_nested_lists_count_their_floats() -> None:
    out = DisplayList()
    with out.nest("offscreen", 0, 4), out.nest("cached", 1):
        out.op("clear", 0, 0, 0, 1)
    [(op, head, rows)] = list(read_list(out.view()))
    assert (op.name, head.tolist(), len(rows)) == ("offscreen", [0.0, 4.0], 9)
    with pytest.raises(KeylightError, match="op with all its floats at place 0"):
        list(read_list(np.array([777.0, 0.0], np.float32)))


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Layer("a", "disco"), "There is no kind of layer 'disco': expected one of "),
        (Layer("a", "bars", props={"size": 1.0}), "has no input 'size': expected one of attack"),
        (Layer("a", "bars", props={"count": "many"}), "input 'count': expected a number, got 'many'"),
        (Layer("a", "bars", props={"grow": "sideways"}), "expected one of up, down, middle, got 'sideways'"),
        (Layer("a", "bars", props={"top": "red"}), "Expected a colour such as #ff4588"),
        (Layer("a", "bars", props={"grow": Drive("bass")}), "cannot follow keyframes or the music"),
        (Layer("a", "bars", effects=(Effect("sparkle"),)), "There is no kind of effect 'sparkle'"),
        (
            Layer("a", "bars", props={"x": Keyframes((Keyframe(2.0, 0.1), Keyframe(1.0, 0.2)))}),
            "keyframes that go back in time",
        ),
    ],
)
def test_what_is_not_right_is_said_with_its_place(features: Features, layer: Layer, words: str) -> None:
    with pytest.raises(KeylightError, match="Layer 'a'") as caught:
        made(features, layer)
    assert words in str(caught.value)


def test_a_saved_project_comes_back_and_a_newer_one_is_refused() -> None:
    layer = Layer("a", "bars", props={"x": Keyframes((Keyframe(0.0, 0.5),)), "scale": Drive("bass"), "top": "$2"})
    project = Project(title="Ünïcode 夜", layers=(layer,), effects=(Effect("glow"),))
    assert decode_project(encode_project(project)) == project
    with pytest.raises(MessageError, match=r"newer Keylight .version 9, this one reads up to 1.: update"):
        decode_project('{"version": 9, "hologram": true}')
    with pytest.raises(MessageError, match="two of its layers have the id 'a'"):
        decode_project(encode_project(Project(layers=(layer, layer))))
    with pytest.raises(MessageError, match=r"Expected `int` <= 7680 - at `\$.canvas.width`"):
        decode_project('{"canvas": {"width": 100000}}')
