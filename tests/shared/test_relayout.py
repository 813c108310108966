"""Another ratio: nothing lies outside, nothing lies on one another, and what was side by side is stacked."""

from __future__ import annotations

import math

import msgspec
import pytest

from shared.errors import KeylightError
from shared.scene.facts import PlainFacts
from shared.scene.gallery import TEMPLATES, Template, sample, template
from shared.scene.kinds import layer_kind
from shared.scene.relayout import relayout
from shared.scene.scene import Box, Scene
from shared.schema.project import Drive, Effect, Keyframe, Keyframes, Layer, Project
from shared.spectrum.features import silent_features

SIZES = ((1080, 1920), (1080, 1080), (1080, 1350), (1920, 1080), (1080, 2340), (2560, 1080))


def boxes(project: Project) -> dict[str, Box]:
    return {box.layer: box for box in Scene(project, silent_features(1.0), PlainFacts()).boxes(0.0)}


def body(each: Template) -> list[str]:
    """Layers that are not meant to reach over the edges, on their own canvas."""
    width, height = each.project.canvas.width, each.project.canvas.height
    found = []
    for name, box in boxes(each.project).items():
        kind = layer_kind(next(layer.kind for layer in each.project.layers if layer.id == name))
        across, down = box.width * box.scale / 2, box.height * box.scale / 2
        inside = across <= box.x <= width - across and down <= box.y <= height - down
        if inside and 2 * across < 0.88 * width and kind.group not in ("Background", "Particles"):
            found.append(name)
    return found


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("each", TEMPLATES, ids=lambda each: each.name)
def test_what_was_inside_is_inside_on_every_canvas(each: Template, size: tuple[int, int]) -> None:
    width, height = size
    made = boxes(relayout(each.project, width, height))
    for name in body(each):
        box = made[name]
        turned = abs(math.sin(box.rotation)) > 0.7
        across, down = box.width * box.scale / 2, box.height * box.scale / 2
        across, down = (down, across) if turned else (across, down)
        assert box.x - across >= -0.02 * width, name
        assert box.x + across <= 1.02 * width, name
        assert box.y - down >= -0.02 * height, name
        assert box.y + down <= 1.02 * height, name


def test_side_by_side_becomes_one_above_the_other_with_the_picture_first() -> None:
    wide, tall = boxes(sample("podcast")), boxes(relayout(sample("podcast"), 1080, 1920))
    assert wide["cover"].x < wide["episode"].x
    assert abs(wide["cover"].y - wide["episode"].y) < 100
    assert tall["cover"].x == tall["episode"].x == 540
    assert tall["cover"].y + tall["cover"].height / 2 < tall["show"].y
    assert tall["episode"].y < tall["voice"].y < tall["time"].y


def test_words_keep_clear_of_the_buttons_of_apps() -> None:
    for each in TEMPLATES:
        if each.project.canvas.width <= each.project.canvas.height:
            continue
        tall = relayout(each.project, 1080, 1920)
        for layer in tall.layers:
            if layer.kind == "text":
                box = boxes(tall)[layer.id]
                assert 0.09 * 1920 < box.y < 0.83 * 1920, (each.name, layer.id)


def test_a_band_goes_from_side_to_side_and_stands_where_it_stood() -> None:
    project = Project(layers=(Layer("a", "bars", props={"width": 1.0, "height": 0.3, "y": 0.85}),))
    box = boxes(relayout(project, 1080, 1920))["a"]
    assert box.width == 1080
    assert box.y + box.height / 2 == pytest.approx(1920)
    assert box.height == pytest.approx(0.3 * 1080)


def test_what_stands_at_the_sides_is_as_long_as_the_new_canvas() -> None:
    made = boxes(relayout(sample("tall-bars"), 1920, 1080))
    assert made["left"].width == pytest.approx(1.78 * 1080 * 1080 / 1920, rel=0.01)
    assert made["left"].x - made["left"].height / 2 == pytest.approx(0, abs=2)


def test_drives_and_keyframes_are_kept_and_scaled() -> None:
    size = Drive("bass", 0.4, 0.6)
    path = Keyframes((Keyframe(0, 0.2), Keyframe(2, 0.8)))
    project = Project(layers=(Layer("a", "cover", props={"size": size, "x": path}),))
    made = relayout(project, 1080, 1920).layers[0].props
    assert made["x"] == path
    changed = made["size"]
    assert isinstance(changed, Drive)
    assert changed.high / changed.low == pytest.approx(1.5)


def test_a_letterbox_cuts_as_much_as_it_did() -> None:
    project = Project(effects=(Effect("letterbox", {"ratio": 2.39}),))
    ratio = relayout(project, 1080, 1920).effects[0].props["ratio"]
    assert ratio == pytest.approx(2.39 * (1080 / 1920) / (1920 / 1080))


def test_the_same_ratio_changes_nothing_but_the_canvas() -> None:
    project = template("default").project
    larger = relayout(project, 3840, 2160)
    assert msgspec.structs.replace(larger, canvas=project.canvas) == project


def test_sides_that_no_canvas_has_are_said() -> None:
    with pytest.raises(KeylightError, match="Expected sides of 16 to 7680 pixels, got 8 x 9000"):
        relayout(Project(), 8, 9000)
