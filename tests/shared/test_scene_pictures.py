"""Particles, pictures and moving text: planted films and photos, missing media, any script, and what seeking keeps."""

from __future__ import annotations

import bisect
import re

import numpy as np
import pytest

from shared.scene.display_list import read_list
from shared.scene.facts import ImageFacts, PlainFacts, VideoFacts
from shared.scene.films import REPEATS, frame_at
from shared.scene.kinds import LAYERS
from shared.scene.layers.photos import blurred
from shared.scene.layers.sprites import SHAPES, sprite
from shared.scene.layers.text import MOST_LETTERS
from shared.scene.resources import ArrayImage, MediaImage, MediaVideo, TextSpec
from shared.scene.scene import Scene
from shared.scene.templates import air_b, pictures_b, type_b
from shared.scene.templates.making import Template
from shared.schema.project import Canvas, Layer, Project, Value
from shared.spectrum.feature_demo import demo_features
from shared.spectrum.features import Features

CANVAS = Canvas(1280, 720, 60)
PARTICLES = [kind.name for kind in LAYERS.values() if kind.group == "Particles"]
SPRITES = [
    kind for kind in PARTICLES if any(each.name == "shape" for each in LAYERS[kind].inputs) and kind != "confetti"
]


@pytest.fixture(scope="module")
def features() -> Features:
    return demo_features(8.0, bpm=120)


def made(
    features: Features, kind: str, props: dict[str, Value] | None = None, *, facts: PlainFacts | None = None,
    title: str = "Night Drive",
) -> Scene:  # fmt: skip
    project = Project(title=title, artist="Luma", canvas=CANVAS, layers=(Layer("a", kind, props=props or {}),))
    return Scene(project, features, facts or PlainFacts())


def found(floats: np.ndarray, name: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Heads and rows of all ops of a name, nested ones too."""
    out = []
    for op, head, rows in read_list(floats):
        if op.name == name:
            out.append((head.copy(), rows.copy()))
        if op.name in ("offscreen", "cached"):
            out += found(rows.reshape(-1), name)
    return out


def photo(color: tuple[int, int, int, int], width: int = 400, height: int = 200) -> ImageFacts:
    small = np.empty((80, 160, 4), np.uint8)
    small[:] = color
    return ImageFacts(width, height, small)


# Films.


@pytest.mark.parametrize("repeat", REPEATS)
def test_a_film_shows_the_last_frame_that_has_begun(repeat: str) -> None:
    chance = np.random.default_rng(3)
    times = np.concatenate([[0.0], np.cumsum(chance.uniform(0.01, 0.09, 99))])  # a variable frame rate
    seconds = float(times[-1]) + 0.04
    for t in chance.uniform(0, 4 * seconds, 400):
        for speed, start in ((1.0, 0.0), (0.5, 0.0), (2.0, 1.1)):
            span, gone = seconds - start, float(t) * speed
            if repeat == "loop":
                gone %= span
            elif repeat == "mirror":
                gone = min(gone % (2 * span), 2 * span - gone % (2 * span))
            wanted = min(99, bisect.bisect_right(times.tolist(), start + gone + 1e-6) - 1)
            assert frame_at(times, float(t), seconds=seconds, repeat=repeat, speed=speed, start=start) == wanted


def test_every_frame_of_a_film_is_seen_at_its_own_time() -> None:
    times = np.arange(0, 300) / 29.97
    assert [frame_at(times, float(t), seconds=10.01) for t in times] == list(range(300))


def test_films_that_are_not_right_show_something_or_nothing() -> None:
    assert frame_at(np.zeros(0), 1.0, seconds=0.0) == -1
    assert frame_at(np.zeros(1), 5.0, seconds=0.0) == 0
    assert frame_at(np.array([0.0, 0.5]), 1e9, seconds=1.0, repeat="mirror") in (0, 1)
    assert frame_at(np.array([0.0, 0.5]), 0.2, seconds=1.0, start=99.0) == 1
    assert frame_at(np.array([0.3, 0.5]), 0.0, seconds=1.0) == 0


def test_a_film_layer_names_its_frame(features: Features) -> None:
    facts = PlainFacts(videos={"clip": VideoFacts(640, 360, np.arange(50) / 25, 2.0)})
    scene = made(features, "video", {"video": "clip", "at": 1.0}, facts=facts)
    assert [int(found(scene.frame(t), "video")[0][0][1]) for t in (0.0, 1.0, 2.0, 3.5)] == [0, 0, 25, 12]
    assert scene.resources.since(0) == [MediaVideo("clip")]


# Photos.


def test_a_cover_fills_its_box_and_contain_lies_within(features: Features) -> None:
    facts = PlainFacts(images={"cover": photo((200, 10, 10, 255))})
    for fit, wanted in (("cover", (720.0, 360.0)), ("contain", (360.0, 180.0)), ("stretch", (360.0, 360.0))):
        props: dict[str, Value] = {"fit": fit, "width": 0.5, "height": 0.5}
        scene = made(features, "image", props, facts=facts)
        [(head, _)] = found(scene.frame(1.0), "image")
        assert tuple(head[3:5]) == wanted
        box = scene.boxes(1.0)[0]
        assert (box.width, box.height) == ((360.0, 180.0) if fit == "contain" else (360.0, 360.0))


def test_blurring_keeps_colours_and_makes_few_pictures(features: Features) -> None:
    chance = np.random.default_rng(2)
    plain, noisy = photo((200, 100, 40, 255)), photo((0, 0, 0, 255))
    noisy.small[:] = chance.integers(0, 256, noisy.small.shape)
    scene = made(features, "solid", facts=PlainFacts(images={"plain": plain, "noisy": noisy}))
    frame = scene._frame(0.0, "test")
    pixels = scene.resources.pixels(blurred(frame, "plain", plain, 0.7))
    assert np.abs(pixels.astype(int) - [200, 100, 40, 255]).max() <= 1
    soft = scene.resources.pixels(blurred(frame, "noisy", noisy, 0.8))
    assert (soft[:, :, :3] <= soft[:, :, 3:]).all()  # premultiplied
    assert soft.std() < 0.5 * noisy.small.std()
    numbers = {blurred(frame, "noisy", noisy, share) for share in np.linspace(0.01, 1, 300)}
    assert len(numbers) <= 16
    grey = scene.resources.pixels(blurred(frame, "plain", plain, 0.2, saturation=0.0, dark=0.5))
    assert np.ptp(grey[:, :, :3].astype(int), axis=2).max() <= 1
    assert grey[0, 0, 3] == 255


@pytest.mark.parametrize("kind", ["image", "cover", "logo", "vinyl", "backdrop", "video"])
def test_a_medium_that_is_missing_leaves_a_picture(features: Features, kind: str) -> None:
    inputs = {each.name for each in LAYERS[kind].inputs}
    scene = made(features, kind, {"video" if "video" in inputs else "image": "gone"})
    floats = scene.frame(2.0)
    assert np.isfinite(floats).all()
    assert not any(isinstance(entry, MediaImage | MediaVideo) for entry in scene.resources.since(0))
    # What is a place of its own is painted by the palette; what is only a picture is not there.
    painted = len(found(floats, "linear")) + len(found(floats, "radial"))
    assert (painted > 0) == (kind not in ("image", "video"))


# Sprites and particles.


@pytest.mark.parametrize("shape", SHAPES)
def test_sprites_are_white_premultiplied_and_end_before_their_edge(features: Features, shape: str) -> None:
    scene = made(features, "solid")
    for squeeze in (1.0, 0.35):
        pixels = scene.resources.pixels(sprite(scene._frame(0.0, "test"), shape, squeeze=squeeze))
        assert pixels.shape == (64, 64, 4)
        assert pixels.max() > 200
        assert (pixels == pixels[:, :, 3:]).all()
        assert max(pixels[0].max(), pixels[-1].max(), pixels[:, 0].max(), pixels[:, -1].max()) <= 8


@pytest.mark.parametrize("kind", PARTICLES)
def test_particles_are_where_they_are_whatever_was_asked_before(features: Features, kind: str) -> None:
    first, second = made(features, kind), made(features, kind)
    times = [0.0, 7.3, 1.7, 3.0]
    frames = [first.frame(t).copy() for t in times]
    for t, frame in reversed(list(zip(times, frames, strict=True))):
        assert np.array_equal(second.frame(t), frame)
    assert not np.array_equal(frames[1], frames[2])
    assert len(found(made(features, kind, {"count": 0.0}).frame(2.0), "sprites")) == 0


@pytest.mark.parametrize("kind", SPRITES)
def test_more_particles_leave_the_others_where_they_are(features: Features, kind: str) -> None:
    def places(count: float) -> set[tuple[float, ...]]:
        rows = [rows for _, rows in found(made(features, kind, {"count": count, "pulse": 0.0}).frame(3.3), "sprites")]
        return {tuple(np.round(row[:3], 3)) for part in rows for row in part.tolist()}

    few, many = places(60), places(240)
    # Bursts share their beats out among all there are.
    assert few <= many or kind == "burst"
    assert len(many) > len(few) > 0


@pytest.mark.parametrize("kind", SPRITES)
def test_particles_move_without_jumps(features: Features, kind: str) -> None:
    scene = made(features, kind, {"count": 80.0, "glow": 1.0, "pulse": 0.0})
    early = found(scene.frame(3.2), "sprites")[0][1].copy()
    late = found(scene.frame(3.2 + 1 / 240), "sprites")[0][1].copy()
    near = [float(np.min(np.hypot(*(late[:, :2] - row[:2]).T))) for row in early if row[7] > 0.05]
    assert np.mean(np.array(near) < 20) > 0.9


# Text.


def texts(scene: Scene) -> list[TextSpec]:
    return [entry for entry in scene.resources.since(0) if isinstance(entry, TextSpec)]


@pytest.mark.parametrize("kind", ["text", "moving-text", "marquee"])
@pytest.mark.parametrize(
    "words",
    ["", "   ", "\n\n", "a" * 10_000, "word " * 2_000, "line\n" * 500, "夜のドライブ", "ليلة القيادة", "रात की ड्राइव",
     "👩‍👩‍👧‍👦🎧🇫🇷", "e\u0301\u0323\u0302", "\x00\x07\t", "\u200d\u200b", "שלום עולם hello"],
)  # fmt: skip
def test_any_text_is_drawn_or_left_out(features: Features, kind: str, words: str) -> None:
    scene = made(features, kind, {"text": words})
    for t in (0.0, 0.4, 1.1, 5.0):
        floats = scene.frame(t)
        assert np.isfinite(floats).all()
        assert (len(found(floats, "text")) > 0) <= bool(words.strip())
    assert len(scene.resources) < 400
    assert all(len(spec.text) <= MOST_LETTERS + 1 for spec in texts(scene))


def test_a_text_that_cannot_fit_is_smaller_and_then_ends(features: Features) -> None:
    small = texts_of(features, {"text": "two words more than one line holds " * 3, "lines": 2.0})
    assert small.max_lines == 0
    assert small.size < 0.08 * 720
    cut = texts_of(features, {"text": "far too much " * 100, "lines": 2.0})
    assert cut.max_lines == 2
    assert cut.size == pytest.approx(0.4 * 57.5, abs=0.5)


def texts_of(features: Features, props: dict[str, Value]) -> TextSpec:
    scene = made(features, "text", {**props, "shadow": 0.0})
    scene.frame(1.0)
    return texts(scene)[0]


def test_letters_come_one_by_one_in_the_order_of_reading(features: Features) -> None:
    props: dict[str, Value] = {"coming": "none", "wave": 0.0001, "shadow": 0.0}
    scene = made(features, "moving-text", {**props, "text": "abc de"})
    heads = [head for head, _ in found(scene.frame(1.0), "text")]
    assert [texts(scene)[int(head[0])].text for head in heads] == list("abcde")
    places = [float(head[1]) for head in heads]
    assert places == sorted(places)
    # Plain facts make every letter 0.55 em wide.
    assert places[1] - places[0] == pytest.approx(0.55 * texts(scene)[0].size, rel=0.01)
    assert places[3] - places[2] == pytest.approx(2 * 0.55 * texts(scene)[0].size, rel=0.01)
    slow = made(
        features, "moving-text", {"coming": "fade", "each": 0.5, "lasts": 0.1, "at": 0.0, "text": "abcd", "within": 9.0}
    )
    assert [len(found(slow.frame(t), "text")) // 2 for t in (0.05, 0.55, 1.05, 1.55)] == [1, 2, 3, 4]


def test_words_from_right_to_left_begin_on_the_right(features: Features) -> None:
    scene = made(features, "moving-text", {"text": "ראשון שני", "coming": "none", "wave": 0.0001, "shadow": 0.0})
    heads = [head for head, _ in found(scene.frame(1.0), "text")]
    assert [texts(scene)[int(head[0])].text for head in heads] == ["ראשון", "שני"]
    assert heads[0][1] > heads[1][1]


@pytest.mark.parametrize("kind", ["clock", "marquee", "moving-text"])
def test_text_that_changes_all_the_time_makes_few_pictures(features: Features, kind: str) -> None:
    scene = made(features, kind, {"every": 2.0, "stays": 1.0} if kind == "moving-text" else {})
    for at in range(480):
        scene.frame(at / 60)
    assert len(scene.resources) <= 40


# Templates.


@pytest.mark.parametrize(
    "each", [*pictures_b.TEMPLATES, *air_b.TEMPLATES, *type_b.TEMPLATES], ids=lambda each: each.name
)
def test_a_template_takes_its_colours_from_the_palette_and_any_song(features: Features, each: Template) -> None:
    colors = [
        value
        for layer in each.project.layers
        for props in (layer.props, *(effect.props for effect in layer.effects))
        for value in props.values()
        if isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]+", value)
    ]
    assert not colors
    for facts in (PlainFacts(), PlainFacts(images={"cover": photo((200, 100, 40, 255), 600, 600)})):
        scene = Scene(each.project, features, facts)
        for t in (0.0, 2.02, 7.9):
            assert np.isfinite(scene.frame(t)).all()


def test_array_pictures_are_small(features: Features) -> None:
    for kind in LAYERS:
        scene = made(features, kind)
        scene.frame(1.0)
        sizes = [entry.width * entry.height for entry in scene.resources.since(0) if isinstance(entry, ArrayImage)]
        assert sum(sizes) <= 2**18
