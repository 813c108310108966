"""The server's painter on lists whose pictures are known: pixels, sums of blends, what is kept, what is refused."""

from __future__ import annotations

import functools
import math
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from backend.assets.store import ASSETS_PATH
from backend.gpu.egl import HeadlessContext
from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from shared.errors import KeylightError
from shared.scene.brush import Brush
from shared.scene.display_list import DisplayList
from shared.scene.ops import BLENDS
from shared.scene.resources import MediaImage, MediaVideo, Resources, TextSpec

CANVAS = (320, 180)
RED, GREEN, BLUE, WHITE, BLACK = (
    (1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 1.0)
)  # fmt: skip


class Stage:
    """A painter with the brush that writes for it."""

    def __init__(self, size: tuple[int, int] = CANVAS, *, canvas: tuple[int, int] = CANVAS, gl: bool = False) -> None:
        self.resources = Resources()
        self.shelf = MediaShelf((), {}, fonts=ASSETS_PATH)
        self.raster = Raster(self.resources, self.shelf, canvas=canvas, size=size, fonts=ASSETS_PATH, gl=gl)

    def list(self, draw: Callable[[Brush], None]) -> np.ndarray:
        out = DisplayList()
        brush = Brush(out)
        brush.begin()
        draw(brush)
        return out.copy()

    def paint(self, draw: Callable[[Brush], None]) -> np.ndarray:
        """RGBA, a copy."""
        return self.raster.play(self.list(draw))[:, :, [2, 1, 0, 3]].copy()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.raster.close()


def rgba(color: tuple[float, float, float, float]) -> list[int]:
    """Premultiplied bytes."""
    return [round(255 * one * (1 if at == 3 else color[3])) for at, one in enumerate(color)]


# Shapes.


def test_a_rectangle_fills_its_pixels_and_no_others(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill(RED)
        brush.rect(10, 20, 30, 40)

    picture = stage.paint(draw)
    expected = np.zeros((180, 320), bool)
    expected[20:60, 10:40] = True
    assert np.array_equal(picture[:, :, 0] == 255, expected)
    assert not picture[:, :, 1:3].any()
    assert (picture[:, :, 3] == 255).all()


def test_a_picture_of_half_the_size_has_everything_at_half_the_place() -> None:
    small = Stage((160, 90))

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill(GREEN)
        brush.rect(100, 50, 20, 10)

    picture = small.paint(draw)
    assert picture.shape == (90, 160, 4)
    assert (picture[25:30, 50:60] == rgba(GREEN)).all()
    assert np.count_nonzero(picture[:, :, 1]) == 50


def test_rows_that_overlap_are_one_path(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill((1, 1, 1, 0.5))
        brush.circles(np.array([[100, 90, 40], [120, 90, 40]]))

    assert stage.paint(draw)[90, 110, 0] in (127, 128)


def test_shapes_cover_what_they_should(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill(WHITE)
        brush.circles(np.array([[40, 40, 20]]))
        brush.polygon(np.array([[100, 20], [140, 20], [140, 60]]))
        brush.rect(160, 20, 60, 40, radius=20)
        brush.stroke(WHITE, 10, cap="butt")
        brush.segments(np.array([[20, 120, 120, 120]]))
        brush.stroke(WHITE, 10, cap="square")
        brush.segments(np.array([[220, 120, 300, 120]]))

    lit = stage.paint(draw)[:, :, 0] / 255
    assert lit[20:61, 20:61].sum() == pytest.approx(math.pi * 400, rel=0.01)
    assert lit[20:61, 100:141].sum() == pytest.approx(800, rel=0.01)
    assert lit[20:61, 159:221].sum() == pytest.approx(2400 - (4 - math.pi) * 400, rel=0.01)
    assert lit[100:140, 10:140].sum() == pytest.approx(1000, rel=0.01)
    assert lit[100:140, 205:315].sum() == pytest.approx(900, rel=0.01)


def test_a_curve_goes_through_its_points(stage: Stage) -> None:
    points = np.array([[20.0, 90], [80, 30], [160, 150], [240, 30], [300, 90]])

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.stroke(WHITE, 8)
        brush.curve(points, closed=False)

    picture = stage.paint(draw)
    assert [int(picture[int(y), int(x), 0]) for x, y in points] == [255] * 5
    assert picture[170, 20, 0] == 0


def test_a_gradient_has_its_colours_at_its_ends_and_half_way(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill()
        brush.linear((0, 0), (320, 0), ((0, RED), (1, BLUE)))
        brush.paint_all()

    row = stage.paint(draw)[90].astype(int)
    assert np.abs(row[0, :3] - [255, 0, 0]).max() <= 1
    assert np.abs(row[-1, :3] - [0, 0, 255]).max() <= 1
    assert np.abs(row[159, :3] - [128, 0, 127]).max() <= 1
    assert (np.diff(row[:, 2]) >= -1).all()


def test_a_sharp_edge_in_a_gradient_stays_sharp(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill()
        brush.linear((0, 0), (320, 0), ((0, RED), (0.5, RED), (0.5, BLUE), (1, BLUE)))
        brush.paint_all()

    row = stage.paint(draw)[90]
    assert (row[:159, :3] == (255, 0, 0)).all()
    assert (row[161:, :3] == (0, 0, 255)).all()


def test_round_gradients_run_outwards_and_clockwise(stage: Stage) -> None:
    def radial(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill()
        brush.radial((160, 90), 80, (WHITE, BLACK))
        brush.paint_all()

    def sweep(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill()
        brush.sweep((160, 90), (BLACK, WHITE), start=math.pi / 2)
        brush.paint_all()

    picture = stage.paint(radial)
    assert picture[90, 160, 0] > 245
    assert abs(int(picture[90, 200, 0]) - 127) <= 3
    assert picture[90, 300, 0] == 0
    # From straight down on: left is a quarter, up is half, right three quarters.
    picture = stage.paint(sweep)
    assert [round(picture[y, x, 0] / 255 * 4) for x, y in ((60, 90), (160, 10), (260, 90))] == [1, 2, 3]


def test_a_blurred_shape_is_soft_and_keeps_its_light(stage: Stage) -> None:
    def draw(sigma: float) -> Callable[[Brush], None]:
        def inner(brush: Brush) -> None:
            brush.clear(BLACK)
            brush.fill(WHITE, sigma=sigma)
            brush.rect(140, 70, 40, 40)

        return inner

    sharp, soft = stage.paint(draw(0))[:, :, 0] / 255, stage.paint(draw(6))[:, :, 0] / 255
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.02)
    assert 0.45 < soft[90, 140] < 0.55
    assert soft[90, 130] > 0.02


# Blends.


def _expected(blend: str, s: float, d: float) -> float:
    """W3C Compositing and Blending Level 1 for opaque colours; plus is their sum."""
    match blend:
        case "normal":
            return s
        case "plus":
            return min(1, s + d)
        case "screen":
            return s + d - s * d
        case "multiply":
            return s * d
        case "overlay":
            return 2 * s * d if d <= 0.5 else 1 - 2 * (1 - s) * (1 - d)
        case "soft-light":
            root = math.sqrt(d) if d > 0.25 else ((16 * d - 12) * d + 4) * d
            return d - (1 - 2 * s) * d * (1 - d) if s <= 0.5 else d + (2 * s - 1) * (root - d)
        case "lighten":
            return max(s, d)
        case "darken":
            return min(s, d)
        case "difference":
            return abs(s - d)
        case "color-dodge":
            return 0 if d == 0 else 1 if s == 1 else min(1, d / (1 - s))
    raise AssertionError(blend)


@pytest.mark.parametrize("blend", BLENDS)
def test_every_blend_does_its_arithmetic(stage: Stage, blend: str) -> None:
    below, above = (0.2, 0.6, 0.8, 1.0), (0.4, 0.2, 0.8, 1.0)

    def shape(brush: Brush) -> None:
        brush.clear(below)
        brush.fill(above, blend=blend)
        brush.rect(0, 0, 320, 180)

    def layer(brush: Brush) -> None:
        brush.clear(below)
        with brush.layer(blend=blend):
            brush.fill(above)
            brush.paint_all()

    def stamp(brush: Brush) -> None:
        brush.clear(below)
        with brush.offscreen(4) as slot:
            brush.fill(above)
            brush.paint_all()
        brush.stamp(slot, blend=blend)

    wanted = [255 * _expected(blend, s, d) for s, d in zip(above[:3], below[:3], strict=True)]
    for draw in (shape, layer, stamp):
        pixel = stage.paint(draw)[90, 160]
        assert np.abs(pixel[:3] - np.array(wanted)).max() <= 2, draw.__name__


# Pictures.


def _quarters() -> np.ndarray:
    """40 x 20: red, green over blue, half clear."""
    pixels = np.zeros((20, 40, 4), np.uint8)
    pixels[:10, :20] = rgba(RED)
    pixels[:10, 20:] = rgba(GREEN)
    pixels[10:, :20] = rgba(BLUE)
    pixels[10:, 20:] = (0, 0, 0, 0)
    return pixels


def test_an_image_lies_around_its_middle_and_turns_clockwise(stage: Stage) -> None:
    number = stage.resources.array("quarters", _quarters)

    def draw(rotation: float) -> Callable[[Brush], None]:
        def inner(brush: Brush) -> None:
            brush.clear(BLACK)
            brush.image(number, 160, 90, 80, 40, rotation=rotation, sampling="nearest")

        return inner

    straight = stage.paint(draw(0))
    assert [straight[y, x, :3].tolist() for x, y in ((130, 80), (190, 80), (130, 100), (190, 100), (118, 80))] == [
        [255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 0, 0], [0, 0, 0],
    ]  # fmt: skip
    turned = stage.paint(draw(math.pi / 2))
    assert [turned[y, x, :3].tolist() for x, y in ((170, 60), (170, 120), (150, 60), (150, 120))] == [
        [255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 0, 0],
    ]  # fmt: skip


@pytest.mark.parametrize("sampling", ["nearest", "linear", "mipmap", "cubic"])
def test_every_sampling_keeps_a_flat_picture_flat(stage: Stage, sampling: str) -> None:
    number = stage.resources.array("flat", lambda: np.full((16, 16, 4), rgba((0.4, 0.8, 0.2, 1.0)), np.uint8))

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.image(number, 160, 90, 400, 400, sampling=sampling, opacity=0.5)

    assert np.abs(stage.paint(draw)[:, :, :3].astype(int) - [51, 102, 26]).max() <= 1


def test_sprites_are_tinted_scaled_and_added(stage: Stage) -> None:
    number = stage.resources.array("white", lambda: np.full((10, 10, 4), 255, np.uint8))
    rows = np.array(
        [[100, 90, 2, 0, 1, 0.5, 0, 1], [110, 90, 2, 0, 0, 0.2, 1, 0.5], [200, 90, 4, math.pi / 4, 1, 1, 1, 1]]
    )

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.sprites(number, rows)

    picture = stage.paint(draw).astype(int)
    assert np.abs(picture[90, 93, :3] - [255, 128, 0]).max() <= 1
    assert np.abs(picture[90, 105, :3] - [255, 128 + 26, 128]).max() <= 2
    assert np.abs(picture[90, 117, :3] - [0, 26, 128]).max() <= 1
    assert picture[90, 200 + 27, 0] == 255  # a turned square of 40 reaches 28 pixels
    assert picture[90, 200 + 30, 0] == 0


def test_a_tile_repeats_from_its_place(stage: Stage) -> None:
    number = stage.resources.array("quarters", _quarters)

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.tile(number, 5, 3, sampling="nearest")

    picture = stage.paint(draw)
    inside = picture[3 : 3 + 20, 5 : 5 + 40]
    assert np.array_equal(inside[:, :, :3], _quarters()[:, :, :3])
    assert np.array_equal(picture[23:43, 45:85], inside)


def test_media_that_are_missing_are_not_drawn(stage: Stage) -> None:
    image, film = stage.resources.add(MediaImage("gone")), stage.resources.add(MediaVideo("gone"))

    def draw(brush: Brush) -> None:
        brush.clear(BLUE)
        brush.image(image, 160, 90, 320, 180)
        brush.video(film, 0, 160, 90, 320, 180)

    assert (stage.paint(draw) == rgba(BLUE)).all()


# Texts.


def _ink(picture: np.ndarray) -> tuple[float, float, float, float]:
    rows, columns = np.nonzero(picture[:, :, 0] > 100)
    return float(columns.min()), float(columns.max()) + 1, float(rows.min()), float(rows.max()) + 1


def test_a_text_lies_around_its_middle_in_its_colour(stage: Stage) -> None:
    number = stage.resources.add(TextSpec("HH", size=40, width=300))

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.text(number, 160, 90, (1, 0.5, 0, 1))

    picture = stage.paint(draw)
    left, right, top, bottom = _ink(picture)
    assert (left + right) / 2 == pytest.approx(160, abs=1)
    assert bottom - top == pytest.approx(40 * 0.727, abs=1.5)  # cap height of Inter
    assert right - left == pytest.approx(stage.raster.measure(TextSpec("HH", size=40, width=300)).width, abs=8)
    assert (picture[:, :, 0] > 250).any()
    assert (picture[:, :, 2] == 0).all()


def test_texts_are_aligned_wrapped_and_cut(stage: Stage) -> None:
    wide = TextSpec("night drive to the sea", size=30, width=150, align="left")
    assert stage.raster.measure(wide).lines == 3
    assert stage.raster.measure(wide).width <= 150
    cut = TextSpec("night drive to the sea", size=30, width=150, max_lines=2)
    assert stage.raster.measure(cut).lines == 2
    left = stage.resources.add(TextSpec("I", size=30, width=200, align="left"))

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.text(left, 160, 90, WHITE)

    assert _ink(stage.paint(draw))[0] == pytest.approx(60, abs=5)


def test_a_turned_half_opaque_text_has_as_much_ink(stage: Stage) -> None:
    number = stage.resources.add(TextSpec("Key", size=60, width=200))

    def draw(rotation: float, alpha: float) -> Callable[[Brush], None]:
        def inner(brush: Brush) -> None:
            brush.clear(BLACK)
            brush.text(number, 160, 90, (1, 1, 1, alpha), rotation=rotation)

        return inner

    plain = stage.paint(draw(0, 1))[:, :, 0].sum(dtype=float)
    assert stage.paint(draw(0.4, 0.5))[:, :, 0].sum(dtype=float) == pytest.approx(plain / 2, rel=0.02)


def test_straight_texts_are_those_of_skias_general_way() -> None:
    words = TextSpec("Night 🌊\nto the sea", size=22, width=110)
    flat = []
    for quick in (True, False):
        stage = Stage()
        stage.raster._sheets.on_cpu = quick
        number = stage.resources.add(words)

        def draw(brush: Brush, number: int = number) -> None:
            brush.clear((0.1, 0.2, 0.3, 1))
            for scale, alpha, x in ((1.0, 1.0, 160.3), (0.77, 0.6, 20.0), (1.9, 0.8, 300.7), (0.0, 1.0, 100.0)):
                brush.text(number, x, 90.4, (0.9, 0.4, 1, alpha), scale=scale)
            with brush.moved(160, 40, scale=(-0.9, 0.6)), brush.clipped_circle(0, 0, 90):
                brush.text(number, 0, 0, (1, 1, 0.2, 1))
            for at in range(12):  # more colours than are kept
                brush.text(number, 160, 150, (at / 12, 1, 0.5, 0.3), scale=0.5)

        flat.append(stage.paint(draw).astype(int))
        stage.raster.close()
    # The old way places pixels to a sixteenth, which an edge shows.
    off = flat[0] - flat[1]
    assert np.abs(off).max() <= 32
    assert 10 * np.log10(255**2 / np.square(off).mean()) > 46


def test_ten_thousand_letters_of_every_script_are_a_text(stage: Stage) -> None:
    words = "Key ключ 鍵 मुख मفتاح กุญแจ 🎵 \u200d\ufffd\x00" * 250
    number = stage.resources.add(TextSpec(words, size=4, width=300))

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.text(number, 160, 90, WHITE)

    assert stage.paint(draw)[:, :, 0].max() > 100


def test_an_empty_text_is_nothing(stage: Stage) -> None:
    number = stage.resources.add(TextSpec(" ", size=40))

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.text(number, 160, 90, WHITE)

    assert not stage.paint(draw)[:, :, :3].any()


# Stack.


def test_clips_end_where_they_should_and_restore_ends_them(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill(RED)
        with brush.clipped(10, 20, 100, 50):
            brush.paint_all()
        brush.fill(GREEN)
        with brush.clipped_circle(200, 90, 30):
            brush.paint_all()
        brush.fill(BLUE)
        with brush.clipped_polygon(np.array([[260, 20], [300, 20], [300, 60], [260, 60]])):
            brush.paint_all()
        brush.rect(0, 170, 320, 10)

    picture = stage.paint(draw)
    assert np.count_nonzero(picture[:, :, 0]) == 100 * 50
    assert picture[:, :, 1].sum() / 255 == pytest.approx(math.pi * 900, rel=0.01)
    assert np.count_nonzero(picture[:, :, 2]) == 40 * 40 + 3200


def test_transforms_nest(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill(WHITE)
        with brush.moved(100, 50, rotation=math.pi / 2), brush.moved(20, 0, scale=2):
            brush.rect(0, 0, 10, 5)  # right is down, twice as large: x 90-100, y 70-90

    lit = stage.paint(draw)[:, :, 0] > 128
    expected = np.zeros((180, 320), bool)
    expected[70:90, 90:100] = True
    assert np.array_equal(lit, expected)


def test_a_layer_is_put_together_before_it_is_drawn(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        with brush.layer(0.5):
            brush.fill(WHITE)
            brush.rect(0, 0, 200, 100)
            brush.rect(100, 0, 200, 100)

    row = stage.paint(draw)[50, :, 0]
    assert set(row[:300].tolist()) <= {127, 128}
    assert not row[300:].any()


def test_a_colour_matrix_changes_colours(stage: Stage) -> None:
    swapped = [0, 0, 1, 0, 0, 0, 0.5, 0, 0, 0.25, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0]

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        with brush.layer(matrix=swapped):
            brush.fill((0.2, 0.4, 0.8, 1))
            brush.paint_all()

    assert np.abs(stage.paint(draw)[90, 160, :3].astype(int) - [204, 115, 51]).max() <= 1


def test_a_layer_that_blurs_keeps_its_light(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.out.op("layer_blur", 1, 0, 5)
        brush.fill(WHITE)
        brush.rect(140, 70, 40, 40)
        brush.out.op("restore")

    lit = stage.paint(draw)[:, :, 0] / 255
    assert lit.sum() == pytest.approx(1600, rel=0.02)
    assert 0.4 < lit[90, 140] < 0.6


# Nested lists.


@pytest.mark.parametrize("divisor", [1, 2, 4, 8])
@pytest.mark.parametrize("sampling", ["nearest", "linear", "cubic"])
def test_an_offscreen_stamped_is_what_was_painted(divisor: int, sampling: str) -> None:
    large = Stage((640, 360))

    def scene(brush: Brush) -> None:
        brush.fill((0.8, 0.4, 0.2, 1))
        brush.rect(64, 32, 128, 96)

    def direct(brush: Brush) -> None:
        brush.clear((0.1, 0.1, 0.3, 1))
        scene(brush)

    def stamped(brush: Brush) -> None:
        brush.clear((0.1, 0.1, 0.3, 1))
        with brush.offscreen(divisor) as slot:
            scene(brush)
        brush.stamp(slot, sampling=sampling)

    plain, stamp = large.paint(direct).astype(int), large.paint(stamped).astype(int)
    far = np.ones((360, 640), bool)
    for edge in (64, 256):
        far[edge - 2 * divisor : edge + 2 * divisor] = False
    for edge in (128, 384):
        far[:, edge - 2 * divisor : edge + 2 * divisor] = False
    assert np.abs(plain - stamp)[far].max() <= 1
    assert divisor > 1 or np.abs(plain - stamp).max() <= 1


def test_a_stamp_moves_mirrors_fades_and_is_cut(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        with brush.offscreen() as slot:
            brush.fill(WHITE)
            brush.rect(10, 10, 20, 20)
        brush.stamp(slot, matrix=(-1, 0, 0, 1, 320, 0), opacity=0.5)
        with brush.moved(0, 100), brush.clipped(0, 0, 20, 80):
            brush.stamp(slot)

    picture = stage.paint(draw)[:, :, 0]
    assert set(np.unique(picture[10:30, 290:310])) <= {127, 128}
    assert (picture[110:130, 10:20] == 255).all()
    assert np.count_nonzero(picture) == 400 + 200


def test_offscreens_nest_and_outer_ones_are_seen_inside(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        with brush.offscreen() as one:
            brush.fill(RED)
            brush.rect(0, 0, 50, 50)
        with brush.offscreen() as two:
            with brush.offscreen() as three:
                brush.fill(BLUE)
                brush.rect(100, 0, 50, 50)
            brush.stamp(one)
            brush.stamp(three)
        brush.stamp(two)

    picture = stage.paint(draw)
    assert picture[25, 25].tolist() == rgba(RED)
    assert picture[25, 125].tolist() == rgba(BLUE)


def test_a_cached_list_is_painted_once_for_its_key(stage: Stage) -> None:
    def frame(color: tuple[float, float, float, float], key: int) -> np.ndarray:
        def draw(brush: Brush) -> None:
            brush.clear(BLACK)
            with brush.out.nest("cached", key):
                brush.fill(color)
                brush.rect(0, 0, 100, 100)

        return stage.paint(draw)

    assert frame(RED, 20)[50, 50].tolist() == rgba(RED)
    assert frame(BLUE, 20)[50, 50].tolist() == rgba(RED)
    assert frame(BLUE, 21)[50, 50].tolist() == rgba(BLUE)


def test_a_cached_list_is_drawn_under_the_transform(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        with brush.moved(40, 20), brush.cached():
            brush.fill(WHITE)
            brush.rect(100, 100, 10, 10)

    picture = stage.paint(draw)[:, :, 0]
    assert (picture[120:130, 140:150] == 255).all()
    assert np.count_nonzero(picture) == 100


def test_a_nested_list_begins_with_a_fresh_paint_and_leaves_the_outer_one(stage: Stage) -> None:
    def draw(brush: Brush) -> None:
        brush.clear(WHITE)
        brush.fill(RED)
        with brush.offscreen() as slot:
            brush.rect(0, 0, 10, 10)
        brush.stamp(slot)
        brush.rect(20, 0, 10, 10)

    picture = stage.paint(draw)
    assert picture[5, 5].tolist() == rgba(BLACK)
    assert picture[5, 25].tolist() == rgba(RED)


# What is no list.


@pytest.mark.parametrize(
    ("floats", "words"),
    [
        ([99, 0], "Expected an op with all its floats at place 0 of a display list of 2"),
        ([1, 4, 0, 0], "Expected an op with all its floats at place 0"),
        ([1], "Expected an op with all its floats at place 0"),
        ([1, -3, 0, 0, 0, 0], "Expected an op with all its floats at place 0"),
        ([39, 0], "'restore' at place 0 makes no sense: expected something open"),
        ([13, 2, 1, 1], "Expected whole rows of 3 floats for 'circles' at place 0"),
        ([42, 10, 7, 1, 0, 0, 1, 0, 0, 1, 0, 0], "expected 'an offscreen 7 before its stamp'"),
        ([20, 9, 500, 0, 0, 1, 1, 0, 1, 0, 0], "one of 0 entries of the resource table"),
        ([2, 5, 0, 0, 0, 99, 0, 12, 1, 0], "at place 7"),
        ([22, 10, -1, 0, 0, 1, 0, 1, 1, 1, 1, 0], "one of 0 entries of the resource table"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_with_its_place(stage: Stage, floats: list[float], words: str) -> None:
    with pytest.raises(KeylightError) as refused:
        stage.raster.play(np.array(floats, np.float32))
    assert words in str(refused.value) or "'paint'" in str(refused.value) or "'fill'" in str(refused.value)


def test_after_a_refusal_the_next_list_is_drawn(stage: Stage) -> None:
    broken = np.concatenate([stage.list(lambda brush: brush.out.op("transform", 0, 0, 0, 0, 9, 9)), [99, 0]])
    with pytest.raises(KeylightError):
        stage.raster.play(broken.astype(np.float32))

    def draw(brush: Brush) -> None:
        brush.clear(BLACK)
        brush.fill(WHITE)
        brush.rect(0, 0, 10, 10)

    assert np.count_nonzero(stage.paint(draw)[:, :, 0]) == 100


def test_numbers_that_are_none_or_huge_do_no_harm(stage: Stage) -> None:
    number = stage.resources.array("quarters", _quarters)
    for bad in (math.nan, math.inf, -math.inf, 1e30, -1e30, 0.0, -1.0):
        for op, body in (
            (11, [bad, bad, 10, 10, 10]), (13, [50, bad, bad]), (14, [1, bad, 0, 50, 50, 9, bad]),
            (15, [1, *[bad] * 6, *range(6)]), (12, [0, 0, bad, bad]),
            (4, [bad, 0, bad, 9, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1]),
            (5, [bad, 0, bad, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1]), (6, [bad, 0, bad, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1]),
            (10, []), (20, [number, bad, 9, bad, bad, bad, 1, 0, 2]), (21, [number, 1, bad, bad, bad, bad, 1, 1, 1, 1]),
            (23, [number, bad, bad, bad, 1, 0, 1]), (30, [bad] * 6), (31, [bad] * 5), (32, [bad] * 3),
            (33, [bad, 0, 5, 5, 9, bad]),
        ):  # fmt: skip
            stage.raster.play(np.array([1, 4, 0, 0, 0, 1, 2, 5, 0, 1, 0, 0, 0, op, len(body), *body], np.float32))


def test_lists_without_end_are_refused(stage: Stage) -> None:
    floats = np.array([1, 4, 0, 0, 0, 1], np.float32)
    for _ in range(40):
        floats = np.concatenate([np.array([41, floats.size + 2, 0, 1], np.float32), floats])
    with pytest.raises(KeylightError, match="at most 32 deep"):
        stage.raster.play(floats)


@pytest.mark.parametrize("size", [(0, 90), (160, 10_000), (-3, 5)])
def test_sizes_that_no_picture_has_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(KeylightError, match="Expected a picture of 1 to 8192 pixels a side"):
        Stage(size)


def test_fonts_that_were_not_fetched_are_named(tmp_path: Path) -> None:
    shelf = MediaShelf((), {}, fonts=tmp_path)
    with pytest.raises(KeylightError, match=r"Expected the bundled font .*Inter_700Bold\.ttf"):
        shelf.measure(TextSpec("x"))


# Over time, and on a GPU.


def test_memory_stays_flat_over_many_frames(stage: Stage) -> None:
    dot = stage.resources.array("white", lambda: np.full((10, 10, 4), 255, np.uint8))
    text = stage.resources.add(TextSpec("Keylight", size=40, width=300))
    rows = np.random.default_rng(1).random((50, 8)) * (320, 180, 2, 6, 1, 1, 1, 1)

    def draw(brush: Brush, at: int) -> None:
        brush.clear(BLACK)
        brush.fill()
        brush.linear((0, 0), (at % 320 + 1, 180), (RED, BLUE))
        brush.paint_all()
        with brush.out.nest("cached", at // 10):
            brush.fill(RED)
            brush.rect(0, 0, 50, 50)
        with brush.offscreen(4) as slot, brush.layer(0.5):
            brush.fill(WHITE, sigma=1 + at % 50 / 10)
            brush.circles(np.array([[at % 320, 90, 20]]))
        brush.stamp(slot, blend="plus", sampling="cubic")
        brush.sprites(dot, rows)
        brush.text(text, 160, 90, WHITE, rotation=at / 100)

    def play(first: int, last: int) -> None:
        for at in range(first, last):
            stage.raster.play(stage.list(functools.partial(draw, at=at)))

    play(0, 300)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    play(300, 1100)
    # Pictures of `cached` are kept while there is room: 80 of these are 1 MiB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 24 * 1024


def test_surfaces_of_ever_new_sizes_are_let_go() -> None:
    large = Stage((1280, 720), canvas=(1280, 720))
    for divisor in range(2, 60):

        def draw(brush: Brush, divisor: int = divisor) -> None:
            brush.clear(BLACK)
            for _ in range(4):
                with brush.offscreen(divisor % 3 + 1) as slot:
                    brush.fill(WHITE)
                    brush.rect(0, 0, 100, 100)
                brush.stamp(slot)
            with brush.offscreen(divisor) as slot:
                brush.rect(0, 0, 100, 100)
            brush.stamp(slot, sampling="cubic", blend="plus")

        large.paint(draw)
        spare = sum(sheet.surface.width() * sheet.surface.height() * 4 for _, sheet in large.raster._sheets._spare)
        assert spare <= 160 * 2**20
        assert large.raster._sheets._grower._bytes < 160 * 2**20
    large.raster.close()


def test_the_quick_ways_of_large_frames_agree_with_skias_own() -> None:
    size = (1280, 720)
    grid = np.hypot(*(np.mgrid[0:64, 0:64] - 31.5)) / 32
    soft = np.repeat((255 * np.clip(1 - grid, 0, 1) ** 2).astype(np.uint8)[:, :, None], 4, axis=2)
    y, x = np.mgrid[0:401, 0:500]
    photo = np.stack([128 + 120 * np.sin(x / 25), 128 + 120 * np.cos(y / 17), (x + y) % 256, 0 * x + 255], 2).astype(
        np.uint8
    )
    rows = np.random.default_rng(6).random((12, 8)) * (1280, 720, 0, 6, 1, 1, 1, 0.3) + (0, 0, 6, 0, 0, 0, 0, 0.2)

    def draw(brush: Brush, stage: Stage) -> None:
        brush.clear((0.1, 0.1, 0.2, 1))
        with brush.moved(640, 360, rotation=0.1, scale=1.2):
            with brush.moved(-640, -360), brush.cached():
                brush.fill()
                brush.radial((600, 300), 700, ((0.1, 0, 0.3, 1), (0.9, 0.4, 0.2, 1)))
                brush.paint_all()
            brush.fill()
            brush.linear((-500, 0), (500, 0), ((0, 0, 1, 0.2), (1, 0.5, 0, 0.8)))
            brush.rect(-600, -330, 1200, 660, radius=40)
        for blend, middle in (("plus", (300, 500)), ("normal", (1100, 600))):  # one of them beyond the edge
            brush.fill(blend=blend)
            brush.radial(middle, 260, ((1, 0.5, 0.2, 0.6), (0.3, 0.5, 0.2, 0)))
            brush.circles(np.array([[*middle, 260]]))
        with brush.moved(20, 30, scale=0.9):  # from a strip: along an axis, clear in part, filled and as lines
            brush.fill()
            brush.linear((0, 300), (0, 700), ((1, 0.2, 0.4, 0.9), (0.2, 1, 0.4, 0.1)))
            brush.rects(np.array([[at * 60, 250, 40.5, 430] for at in range(20)]), radius=12)
            brush.stroke(None, 7.5)
            brush.linear((100, 0), (1100, 0), ((0.2, 0.5, 1, 1), (1, 1, 0.1, 1)))
            brush.polygon(np.array([[50, 100], [600, 240], [1200, 60]]), closed=False)
        brush.sprites(stage.resources.array("soft", lambda: soft), rows)
        for x, width in ((200, 330), (500, 180), (900, 80)):
            brush.image(stage.resources.array("photo", lambda: photo, mipmaps=True), x, 150.3, width, 0.8 * width)
        with brush.offscreen(16) as slot:
            brush.fill((1, 1, 1, 0.5), sigma=80)
            brush.circles(np.array([[700, 300, 200]]))
        brush.stamp(slot, sampling="cubic", blend="plus", opacity=0.7)
        with brush.clipped(100, 100, 900, 500), brush.moved(5.5, 3, scale=1.1, rotation=0.05):
            brush.stamp(slot, sampling="cubic", blend="screen")

    pictures = []
    for quick in (True, False):
        stage = Stage(size, canvas=size)
        stage.raster._sheets.on_cpu = quick
        pictures.append(stage.paint(functools.partial(draw, stage=stage)).astype(int))
        stage.raster.close()
    off = pictures[0] - pictures[1]
    assert np.percentile(np.abs(off), 99.9) <= 8
    assert 10 * np.log10(255**2 / np.square(off).mean()) > 46


def _gl_opens() -> bool:
    try:
        HeadlessContext().close()
    except KeylightError:
        return False
    return True


@pytest.mark.skipif(not _gl_opens(), reason="no EGL here")
def test_a_gpu_paints_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    # Mesa's software renderer proves the path; without this it is passed over.
    monkeypatch.setattr(HeadlessContext, "software", False)

    def draw(brush: Brush, stage: Stage) -> None:
        brush.clear((0.1, 0.1, 0.2, 1))
        brush.fill()
        brush.linear((0, 0), (320, 180), (RED, BLUE))
        brush.rects(np.array([[20.0 + 30 * at, 40, 20, 100] for at in range(9)]), radius=5)
        with brush.cached():
            brush.fill(GREEN)
            brush.circles(np.array([[160, 90, 30.5]]))
        with brush.offscreen(4) as slot:
            brush.fill(WHITE)
            brush.rect(200, 20, 80, 80)
        brush.stamp(slot, blend="plus", opacity=0.5)
        brush.text(stage.resources.add(TextSpec("Key", size=60, width=300)), 160, 120, WHITE, rotation=0.1)

    pictures = []
    for gl in (False, True):
        stage = Stage(gl=gl)
        pictures.append(stage.paint(functools.partial(draw, stage=stage)).astype(int))
        assert stage.raster.words.startswith("OpenGL" if gl else "CPU")
        stage.raster.close()
    error = np.square(pictures[0] - pictures[1]).mean()
    assert 10 * np.log10(255**2 / error) > 40


@pytest.mark.skipif(not _gl_opens(), reason="no EGL here")
def test_a_gpu_that_is_the_processor_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HeadlessContext, "software", True)
    stage = Stage(gl=True)
    assert stage.raster.words.startswith("CPU (OpenGL (")
    assert stage.raster.words.endswith("is the processor too, and slower)")


def test_without_a_gpu_the_processor_paints_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.gpu.egl.ctypes.CDLL", _no_library)
    stage = Stage(gl=True)
    assert stage.raster.words == ("CPU (Expected libEGL.so.1 to draw on a GPU; Debian has it in libegl1 and libgl1.)")
    assert (stage.paint(lambda brush: brush.clear(RED)) == rgba(RED)).all()


def _no_library(name: str) -> None:
    raise OSError(name)
