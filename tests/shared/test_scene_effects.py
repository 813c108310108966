"""Effects: every one in any order on any layer is finite and closed; and what each promises, on planted answers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

import numpy as np
import pytest

from shared.scene.display_list import read_list
from shared.scene.effects.flashes import LEAST_SECONDS, thinned
from shared.scene.effects.grade import graded
from shared.scene.facts import PlainFacts
from shared.scene.frame import Frame
from shared.scene.kinds import EFFECTS, LAYERS
from shared.scene.music import felt, travelled
from shared.scene.resources import Resources
from shared.scene.scene import Scene
from shared.schema.project import Canvas, Drive, Effect, Keyframe, Keyframes, Layer, Project, Value
from shared.spectrum.feature_demo import demo_features
from shared.spectrum.features import Features, silent_features

CANVAS = Canvas(640, 360, 30)
PUSHES = ("transform", "clip_rect", "clip_circle", "clip_polygon", "layer", "layer_color", "layer_blur")


@pytest.fixture(scope="module")
def features() -> Features:
    return demo_features(8.0, bpm=120)


def made(features: Features, *layers: Layer, effects: Iterable[Effect] = (), canvas: Canvas = CANVAS) -> Scene:
    project = Project(title="Night Drive", canvas=canvas, layers=layers, effects=tuple(effects))
    return Scene(project, features, PlainFacts())


def checked(floats: np.ndarray) -> int:
    """Number of ops, after a check that all is finite and that every push is popped where it was made."""
    assert np.isfinite(floats).all()
    depth = count = 0
    for op, _, rows in read_list(floats):
        count += 1
        depth += (op.name in PUSHES) - (op.name == "restore")
        assert depth >= 0
        if op.name in ("offscreen", "cached"):
            count += checked(rows.reshape(-1))
    assert depth == 0
    return count


def found(floats: np.ndarray, name: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Heads and rows of all ops of a name, nested ones too."""
    out = []
    for op, head, rows in read_list(floats):
        if op.name == name:
            out.append((head.copy(), rows.copy()))
        if op.name in ("offscreen", "cached"):
            out += found(rows.reshape(-1), name)
    return out


@pytest.mark.parametrize("kind", EFFECTS)
def test_every_effect_at_the_ends_of_its_ranges(features: Features, kind: str) -> None:
    numbers = [each for each in EFFECTS[kind].inputs if each.kind == "number"]
    looks: list[dict[str, Value]] = [
        {},
        {each.name: each.low for each in numbers},
        {each.name: each.high for each in numbers},
    ]
    for each in numbers:
        looks += [{each.name: each.high}, {each.name: each.low}]
    for each in EFFECTS[kind].inputs:
        looks += [{each.name: choice} for choice in each.choices]
        looks += [{each.name: on} for on in (True, False) if each.kind == "switch"]
    for props in looks:
        effect = Effect(kind, props)
        scene = made(features, Layer("a", "bars", effects=(effect,)), effects=(effect,))
        for t in (-1.0, 0.0, 2.02, 7.99, 100.0):
            assert 0 < checked(scene.frame(t)) < 3000


def test_thirty_two_effects_in_any_order_on_any_layers(features: Features) -> None:
    chance = np.random.default_rng(5)
    kinds, layers = list(EFFECTS), list(LAYERS)
    # What draws its content more than once is dear many times over: at most two of it in one chain.
    multiple = ("glow", "echo", "shadow")
    for _ in range(6):
        chain = [str(kind) for kind in chance.choice([kind for kind in kinds if kind not in multiple], 30)]
        chain += [str(kind) for kind in chance.choice(multiple, 2)]
        order = [chain[at] for at in chance.permutation(32)]
        effects = tuple(Effect(kind, moving(kind, chance)) for kind in order)
        layer = Layer("a", str(chance.choice(layers)), effects=effects)
        scene = made(features, layer, effects=effects[:4])
        times = [0.0, 3.37, 6.1]
        frames = []
        for t in times:
            checked(scene.frame(t))
            frames.append(scene.frame(t).copy())
        again = made(features, layer, effects=effects[:4])
        for t, frame in reversed(list(zip(times, frames, strict=True))):
            assert frame.size == again.frame(t).size


def moving(kind: str, chance: np.random.Generator) -> dict[str, Value]:
    """Some inputs anywhere in their ranges, some driven."""
    props: dict[str, Value] = {}
    for each in EFFECTS[kind].inputs:
        if each.kind == "number" and chance.random() < 0.5:
            low, high = sorted(float(each.low + (each.high - each.low) * share) for share in chance.random(2))
            props[each.name] = Drive("bass", low, high) if chance.random() < 0.4 else low
    if kind == "echo":
        props["copies"] = 2.0
    return props


@pytest.mark.parametrize(
    ("kind", "props"),
    [
        ("grade", {}),
        ("duotone", {"amount": 0.0}),
        ("blur", {"amount": 0.0}),
        ("mosaic", {"amount": 0.0}),
        ("split", {"amount": 0.0}),
        ("waves", {"amount": 0.0}),
        ("grain", {"strength": 0.0}),
    ],
)
def test_an_effect_that_does_nothing_costs_nothing(features: Features, kind: str, props: dict[str, Value]) -> None:
    plain = made(features, Layer("a", "bars")).frame(2.0).copy()
    assert np.array_equal(made(features, Layer("a", "bars", effects=(Effect(kind, props),))).frame(2.0), plain)


def through(matrix: tuple[float, ...], color: tuple[float, float, float]) -> np.ndarray:
    """A colour after a 4 x 5 matrix."""
    rows = np.array(matrix).reshape(4, 5)
    return (rows[:3, :3] * np.array(color)).sum(axis=1) + rows[:3, 3] + rows[:3, 4]


def test_grading_does_what_its_names_say() -> None:
    red, grey = (1.0, 0.0, 0.0), (0.5, 0.5, 0.5)
    assert through(graded(saturation=0), red) == pytest.approx([0.2126] * 3)  # ITU-R BT.709
    assert through(graded(hue=360), red) == pytest.approx(red, abs=1e-6)
    assert through(graded(hue=120), red)[1] > through(graded(hue=120), red)[0]
    assert through(graded(contrast=0.5), grey) == pytest.approx(grey)
    assert through(graded(contrast=0.5), (0.75,) * 3) == pytest.approx([1.0] * 3)
    assert through(graded(contrast=-1), red) == pytest.approx(grey)
    assert through(graded(brightness=0.25), grey) == pytest.approx([0.75] * 3)
    warm, cold = through(graded(temperature=1), grey), through(graded(temperature=-1), grey)
    assert warm[0] > warm[2]
    assert cold[0] < cold[2]


def test_duotone_gives_black_one_colour_and_white_the_other(features: Features) -> None:
    effect = Effect("duotone", {"dark": "#336699", "light": "#ffcc00"})
    [(head, _)] = found(made(features, Layer("a", "bars", effects=(effect,))).frame(1.0), "layer_color")
    assert through(tuple(head[2:]), (0, 0, 0)) == pytest.approx([0.2, 0.4, 0.6], abs=1e-6)
    assert through(tuple(head[2:]), (1, 1, 1)) == pytest.approx([1.0, 0.8, 0.0], abs=1e-6)


@pytest.mark.parametrize("on", ["beat", "bar", "section", "steady"])
def test_never_more_than_three_flashes_in_a_second(on: str) -> None:
    quick = demo_features(20.0, bpm=240)
    effect = Effect("strobe", {"on": on, "amount": 1.0, "fade": 0.02, "most": 2.7})
    scene = made(quick, Layer("a", "solid"), effects=(effect,), canvas=Canvas(640, 360, 60))
    plain = made(quick, Layer("a", "solid"), effects=(Effect("crop", {"width": 4.0, "height": 4.0}),))
    least = len(found(plain.frame(0.0), "fill"))
    lit = np.array([len(found(scene.frame(at / 60), "fill")) > least for at in range(20 * 60)])
    rises = np.flatnonzero(lit[1:] & ~lit[:-1]) / 60
    for start in rises:
        assert np.sum((rises >= start) & (rises < start + 1)) <= 3


def test_flashes_are_thinned_and_flicker_stays_below_what_is_a_flash(features: Features) -> None:
    assert np.diff(thinned(np.arange(0, 30, 0.11), LEAST_SECONDS)).min() >= LEAST_SECONDS
    assert len(thinned([], 1.0)) == 0
    scene = made(features, Layer("a", "solid"), effects=(Effect("flicker", {"amount": 0.09}),))
    alphas = [found(scene.frame(at / 30), "solid")[-1][0][3] for at in range(90)]
    assert 0 <= min(alphas) < max(alphas) < 0.1  # WCAG 2.3.1: a flash is a change of 10 % and more


def test_a_mirror_keeps_one_half_and_shows_it_twice(features: Features) -> None:
    scene = made(features, Layer("a", "bars"), effects=(Effect("mirror", {"keep": "left"}),))
    (first, _), (second, _) = found(scene.frame(1.0), "stamp")
    assert first[1:7].tolist() == [1, 0, 0, 1, 0, 0]
    assert second[1:7].tolist() == [-1, 0, 0, 1, 640, 0]
    clips = [head[:4].tolist() for head, _ in found(scene.frame(1.0), "clip_rect")]
    assert clips == [[0, 0, 320, 360], [320, 0, 320, 360]]


@pytest.mark.parametrize("wedges", [2, 5, 12])
def test_a_kaleidoscope_shows_its_wedge_everywhere(features: Features, wedges: int) -> None:
    props: dict[str, Value] = {"wedges": float(wedges), "zoom": 1.0, "spin": 37.0}
    frame = made(features, Layer("a", "bars"), effects=(Effect("kaleidoscope", props),)).frame(1.0)
    stamps, clips = found(frame, "stamp"), found(frame, "clip_polygon")
    assert len(stamps) == len(clips) == 2 * wedges
    middle = np.array([320.0, 180.0])
    source = middle + np.array([100.0, 0.0])  # the middle of the wedge lies along the longer side
    for (stamp, _), (_, corners) in zip(stamps, clips, strict=True):
        a, b, c, d, e, f = (float(value) for value in stamp[1:7])
        shown = np.array([a * source[0] + c * source[1] + e, b * source[0] + d * source[1] + f]) - middle
        edges = corners[1:] - middle
        bisector = edges.sum(axis=0) / np.linalg.norm(edges.sum(axis=0))
        assert np.linalg.norm(shown) == pytest.approx(100, rel=1e-4)
        assert float((shown * bisector).sum()) == pytest.approx(100, rel=1e-3)


def test_an_echo_is_the_layer_as_it_was(features: Features) -> None:
    path = Keyframes((Keyframe(0.0, 0.0, "linear"), Keyframe(4.0, 1.0)))
    props: dict[str, Value] = {"copies": 2.0, "delay": 0.5, "grow": 1.0}
    scene = made(features, Layer("a", "bars", props={"x": path}, effects=(Effect("echo", props),)))
    places = [float(head[4]) for head, _ in found(scene.frame(2.0), "transform") if head[5] == 180 and head[0] == 1]
    assert [place for place in places if place in (160.0, 240.0, 320.0)][-1] == 320.0
    assert {160.0, 240.0} <= set(places)
    opacities = [head[0] for head, _ in found(scene.frame(2.0), "layer")]
    assert opacities == pytest.approx([0.25, 0.5])


@pytest.mark.parametrize(("kind", "props"), [("shake", {"steady": 1.0}), ("drift", {"amount": 0.1, "turn": 5.0})])
def test_the_edges_of_a_picture_stay_out_of_sight(features: Features, kind: str, props: dict[str, Value]) -> None:
    scene = made(features, Layer("a", "solid"), effects=(Effect(kind, props),))
    corners = np.array([[0, 0], [640, 0], [640, 360], [0, 360]], np.float64)
    for at in range(0, 240, 7):
        [(stamp, _)] = found(scene.frame(at / 30), "stamp")
        a, b, c, d, e, f = (float(value) for value in stamp[1:7])
        size = a * d - b * c
        moved = corners - np.array([e, f])
        back = np.stack([d * moved[:, 0] - c * moved[:, 1], a * moved[:, 1] - b * moved[:, 0]], axis=1) / size
        assert back.min() >= -0.5
        assert (back <= (640.5, 360.5)).all()


def test_a_picture_that_stands_still_costs_no_moving() -> None:
    silent = silent_features(4.0)
    still: list[tuple[str, dict[str, Value]]] = [("shake", {"steady": 0.0}), ("punch", {})]
    still += [("zoom", {"breath": 0.0}), ("spin", {"speed": 0.0})]
    for kind, props in still:
        scene = made(silent, Layer("a", "solid"), effects=(Effect(kind, props),))
        assert found(scene.frame(1.0), "stamp") == []


def test_grain_changes_with_the_film_and_never_stays(features: Features) -> None:
    scene = made(features, Layer("a", "solid"), effects=(Effect("grain"),), canvas=Canvas(640, 360, 60))
    looks = [tuple(found(scene.frame((at + 0.5) / 24), "tile")[0][0][1:3]) for at in range(60)]
    assert all(early != late for early, late in itertools.pairwise(looks))
    assert len(set(looks)) == 3
    assert len(scene.resources) == 1


def planted(**series: np.ndarray) -> Frame:
    """A frame of a song of 4 s whose features are given."""
    silent = silent_features(4.0)
    song = Features(silent.seconds, silent.bands, {**silent.series, **series}, silent.wave)
    return Frame(0.0, Project(), song, PlainFacts(), Resources(), {})


def at(frame: Frame, t: float) -> Frame:
    return Frame(t, frame.project, frame.features, frame.facts, frame.resources, frame.shelf)


def test_a_blow_is_felt_in_full_and_fades() -> None:
    kick = np.zeros(240, np.float32)
    kick[60] = 1.0
    frame = planted(kick=kick)
    assert felt(at(frame, 0.98), "kick") == 0.0
    assert felt(at(frame, 1.0), "kick", release=0.2) == pytest.approx(1.0)
    assert felt(at(frame, 1.2), "kick", release=0.2) == pytest.approx(math.exp(-1), rel=1e-3)
    assert felt(at(frame, 1.0), "none") == 0.0
    # Between two frames of the features, as at 24 pictures a second, too.
    assert felt(at(frame, 1.0 + 1 / 120), "kick", release=0.2) == pytest.approx(math.exp(-1 / 24), rel=1e-3)


def test_travel_is_the_integral_and_never_goes_back() -> None:
    frame = planted(bass=np.full(240, 0.5, np.float32))
    assert travelled(at(frame, 2.0), "bass") == pytest.approx(1.0, abs=1e-4)
    assert travelled(at(frame, 2.005), "bass") == pytest.approx(1.0025, abs=1e-4)
    assert travelled(at(frame, -1.0), "bass") == 0.0
    assert travelled(at(frame, 99.0), "bass") == pytest.approx(2.0, abs=1e-4)
    ways = [travelled(at(planted(kick=np.eye(1, 240, 30, np.float32)[0]), t / 50), "kick") for t in range(100)]
    assert all(early <= late for early, late in itertools.pairwise(ways))
    assert ways[-1] == pytest.approx(0.1, abs=1e-4)
