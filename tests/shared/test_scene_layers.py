"""Kinds of layers and effects: any valid project gives a finite list of any time, the same whenever it is asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from shared.scene.display_list import read_list
from shared.scene.facts import ImageFacts, PlainFacts, VideoFacts
from shared.scene.inputs import Input
from shared.scene.kind import PLACEMENT
from shared.scene.kinds import EFFECTS, LAYERS
from shared.scene.layers.outlines import SHAPES, arc, outline
from shared.scene.layers.spectra import arranged
from shared.scene.ops import BLENDS
from shared.scene.scene import Scene
from shared.schema.project import (
    EASINGS,
    FRAME_RATES,
    Canvas,
    Drive,
    Effect,
    Keyframe,
    Keyframes,
    Layer,
    Medium,
    Project,
    Transition,
    Value,
    decode_project,
    encode_project,
)
from shared.spectrum.feature_demo import demo_features
from shared.spectrum.features import SCALARS, Features, silent_features

PUSHES = ("transform", "clip_rect", "clip_circle", "clip_polygon", "layer", "layer_color", "layer_blur")
CANVASES = ((1920, 1080), (1080, 1920), (16, 16), (7680, 4319), (333, 17), (17, 7680), (1080, 1080))
TIMES = (0.0, 1e-9, 0.5, 3.999, 7.77, 8.0, -0.01, -5.0, -1e6, 1e4, 1e7, 1e12)
TEXTS = (
    "{title}",
    "",
    "  ",
    "word " * 60,
    "9" * 400,
    "\u0645\u0631\u062d\u0628\u0627 \u65e5\u672c",
    "a\nb\n\nc",
    "\u200d",
)
MEDIA = ("cover", "film", "none", "")
#: A list of more could not be made and played in any time.
MOST_FLOATS = 1_000_000
COLORS = ("$0", "$1", "$7", "$3/40", "$2/0", "#fff", "#12345678")


@pytest.fixture(scope="module")
def songs() -> dict[str, Features]:
    return {
        "song": demo_features(8.0),
        "silent": silent_features(8.0),
        "empty": silent_features(0.0),
        "one frame": silent_features(0.01),
        "short": demo_features(0.4),
    }


def facts() -> PlainFacts:
    small = np.random.default_rng(1).integers(0, 256, (9, 16, 4)).astype(np.uint8)
    times = np.cumsum([0.0, 0.04, 0.03, 0.2, 0.05])
    return PlainFacts({"cover": ImageFacts(1600, 900, small)}, {"film": VideoFacts(640, 480, times, 0.4)})


def constant(rng: np.random.Generator, each: Input) -> Value:
    match each.kind:
        case "number":
            return float(rng.choice([each.low, each.high, rng.uniform(each.low, each.high)]))
        case "color":
            return str(rng.choice(COLORS))
        case "choice":
            return str(rng.choice(each.choices))
        case "switch":
            return bool(rng.random() < 0.5)
        case "text":
            return str(rng.choice(TEXTS))
        case "font":
            return str(rng.choice(["Inter", "Pacifico", "myfont"]))
        case _:
            return str(rng.choice(MEDIA))


def any_value(rng: np.random.Generator, each: Input) -> Value:
    if each.moves and rng.random() < 0.15:
        times = np.sort(rng.uniform(-2, 10, rng.integers(1, 4)))
        keys = (
            Keyframe(float(at), constant(rng, each), str(rng.choice(EASINGS)))  # type: ignore[arg-type]  # moves
            for at in times
        )
        return Keyframes(tuple(keys))
    if each.kind == "number" and rng.random() < 0.2:
        low, high = rng.uniform(-2 * abs(each.high) - 1, 2 * abs(each.high) + 1, 2)
        return Drive(
            str(rng.choice(SCALARS)),
            float(low),
            float(high),
            stem=str(rng.choice(["drums", "vocals"])) if rng.random() < 0.3 else None,
            smooth=float(rng.choice([0, 0.1, 5])),
            delay=float(rng.choice([0, -0.5, 3])),
            invert=bool(rng.random() < 0.3),
            cumulative=bool(rng.random() < 0.3),
        )
    return constant(rng, each)


def any_props(rng: np.random.Generator, inputs: tuple[Input, ...]) -> dict[str, Value]:
    return {each.name: any_value(rng, each) for each in inputs if rng.random() < 0.6}


def any_effects(rng: np.random.Generator, *, most: int) -> tuple[Effect, ...]:
    names = rng.choice(list(EFFECTS), rng.integers(0, most + 1))
    return tuple(Effect(str(name), any_props(rng, EFFECTS[str(name)].inputs)) for name in names)


def any_layer(rng: np.random.Generator, kind: str, number: int) -> Layer:
    comings = ("none", "fade", "slide-up", "zoom", "spin", "wipe")
    start = float(rng.uniform(-3, 8)) if rng.random() < 0.3 else None
    enter = Transition(str(rng.choice(comings)), 0.7, "beat") if rng.random() < 0.3 else None  # type: ignore[arg-type]
    return Layer(
        f"l{number}",
        kind,
        props=any_props(rng, LAYERS[kind].all_inputs),
        effects=any_effects(rng, most=1),
        start=start,
        end=None if rng.random() < 0.7 else 6.0,
        enter=enter,
    )


def any_project(rng: np.random.Generator, *kinds: str) -> Project:
    width, height = CANVASES[rng.integers(len(CANVASES))]
    return Project(
        title="A title",
        artist="",
        canvas=Canvas(width, height, int(rng.choice(FRAME_RATES))),  # type: ignore[arg-type]  # one of them
        palette=tuple(f"#{value:06x}" for value in rng.integers(0, 2**24, rng.integers(1, 9))),
        layers=tuple(any_layer(rng, kind, number) for number, kind in enumerate(kinds)),
        effects=any_effects(rng, most=2),
        media=(Medium("cover", "image", role="cover"), Medium("film", "video")),
        seed=int(rng.integers(2**31)),
    )


def check_list(floats: np.ndarray) -> None:
    """Parses, is finite, closes all that it opens, and names places of its tables only."""
    assert np.isfinite(floats).all()
    depth = 0
    for op, head, rows in read_list(floats):
        if op.name in PUSHES:
            depth += 1
        elif op.name == "restore":
            depth -= 1
        assert depth >= 0, "restored more than was opened"
        if op.name in ("cached", "offscreen"):
            check_list(rows.reshape(-1))
        if "blend" in op.head:
            assert head[op.head.index("blend")] in range(len(BLENDS))
    assert depth == 0, "opened and not restored"


def check_numbers(floats: np.ndarray, entries: int) -> None:
    for op, head, rows in read_list(floats):
        if op.name in ("cached", "offscreen"):
            check_numbers(rows.reshape(-1), entries)
        if op.head[:1] in (("image",), ("text",), ("video",)):
            assert 0 <= head[0] < entries


@pytest.mark.parametrize("kind", LAYERS)
def test_every_kind_draws_with_any_inputs_at_any_time(kind: str, songs: dict[str, Features]) -> None:
    rng = np.random.default_rng([7, sum(map(ord, kind))])
    for _ in range(8):
        project = any_project(rng, kind)
        assert decode_project(encode_project(project)) == project
        scene = Scene(project, songs[str(rng.choice(list(songs)))], facts())
        for t in rng.choice(TIMES, 3):
            floats = scene.frame(float(t)).copy()
            assert floats.size < MOST_FLOATS
            check_list(floats)
            check_numbers(floats, len(scene.resources))
            for box in scene.boxes(float(t)):
                assert math.isfinite(box.x + box.y + box.scale + box.rotation)
                assert 0 <= box.width < 1e6
                assert 0 <= box.height < 1e8


@pytest.mark.parametrize("seed", range(12))
def test_a_frame_is_the_same_again_and_in_any_order(seed: int, songs: dict[str, Features]) -> None:
    rng = np.random.default_rng([11, seed])
    kinds = [str(name) for name in rng.choice(list(LAYERS), 6)]
    project, song = any_project(rng, *kinds), songs["song"]
    times = [float(t) for t in rng.uniform(-0.5, 8.5, 4)]
    first = Scene(project, song, facts())
    forward = {t: named(first, t) for t in times}
    second = Scene(project, song, facts())
    for t in (*reversed(times), times[0]):
        again = named(second, t)
        assert again == forward[t]
    assert named(first, times[0]) == forward[times[0]]


def named(scene: Scene, t: float) -> list[object]:
    """A list with pictures and texts by what they are: their numbers depend on who was asked for first."""
    return list(_named(scene, scene.frame(t).copy()))


def _named(scene: Scene, floats: np.ndarray) -> Iterator[object]:
    for op, head, rows in read_list(floats):
        values = head.tolist()
        if op.head[:1] in (("image",), ("text",), ("video",)):
            values[0] = repr(scene.resources.since(int(values[0]))[0])
        if op.name in ("cached", "offscreen"):
            # A cached list's key is a sum over its floats, numbers of pictures among them.
            yield op.name, values[1:], list(_named(scene, rows.reshape(-1)))
        elif op.name == "stamp":
            yield op.name, values[1:], rows.tolist()
        else:
            yield op.name, values, rows.tolist()


def test_kinds_have_names_words_and_inputs_that_a_person_can_use() -> None:
    for table in (LAYERS, EFFECTS):
        for name, kind in table.items():
            assert kind.name == name
            assert kind.words.endswith("."), name
            counts = Counter(each.name for each in kind.inputs)
            assert not [one for one, count in counts.items() if count > 1], name
            if table is LAYERS:
                assert not {each.name for each in kind.inputs} & {each.name for each in PLACEMENT}, name
            for each in kind.inputs:
                if each.kind == "number":
                    assert each.low < each.high, (name, each.name)
                    assert each.low <= float(str(each.default)) <= each.high, (name, each.name)


@pytest.mark.parametrize("order", ["rising", "falling", "middle", "edges"])
@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_bars_are_arranged_within_their_number(order: str, count: int) -> None:
    places = arranged(order, count)
    assert places.shape == (count,)
    assert places.min() >= 0
    assert places.max() < count
    if order in ("middle", "edges"):
        assert np.array_equal(places, places[::-1])


@pytest.mark.parametrize("shape", SHAPES)
def test_outlines_fill_their_box(shape: str) -> None:
    points = outline(shape, 200, 80, corners=5, depth=0.5)
    assert np.abs(points[:, 0]).max() <= 100.001
    assert np.abs(points[:, 1]).max() == pytest.approx(40, abs=0.5)


def test_an_arc_begins_and_ends_where_it_says() -> None:
    points = arc(10.0, 0.0, math.pi / 2)
    assert points[0] == pytest.approx([10, 0], abs=1e-5)
    assert points[-1] == pytest.approx([0, 10], abs=1e-5)


def test_peaks_hang_over_the_bars_then_fall(songs: dict[str, Features]) -> None:
    props: dict[str, Value] = {"peaks": True, "count": 16.0, "hold": 0.3, "fall": 2.0, "release": 0.0}
    project = Project(layers=(Layer("a", "bars", props=props),))
    scene = Scene(project, songs["song"], PlainFacts())
    for t in (5.0, 5.61, 7.3):
        bars, hanging = (rows for op, _, rows in read_list(scene.frame(t).copy()) if op.name == "rects")
        assert (hanging[:, 1] <= bars[:, 1]).all()


def test_a_ribbon_moves_and_does_not_change(songs: dict[str, Features]) -> None:
    layer = Layer("a", "ribbon", props={"seconds": 4.0, "columns": 16.0, "gap": 0.0})
    scene = Scene(Project(layers=(layer,)), songs["song"], PlainFacts())

    def tops(t: float) -> set[tuple[int, int]]:
        rows = [rows for op, _, rows in read_list(scene.frame(t).copy()) if op.name == "rects"]
        return {(round(float(x)), round(float(y))) for x, y, *_ in np.concatenate(rows)}

    # A step of a quarter of a second is one column of 120 pixels; half of it moves all by half a column.
    early, late = tops(5.0), tops(5.125)
    moved = {(x - 60, y) for x, y in early}
    assert len(moved & late) > 0.9 * len(early)


def test_song_wave_splits_where_the_song_is(songs: dict[str, Features]) -> None:
    scene = Scene(Project(layers=(Layer("a", "song_wave", props={"width": 1.0}),)), songs["song"], PlainFacts())
    clips = [head for op, head, _ in read_list(scene.frame(2.0).copy()) if op.name == "clip_rect"]
    assert clips[0][0] == pytest.approx(-960 + 1920 * 0.25)
