"""Flashes planted and found: WCAG 2.3.1's numbers at both sides of each limit."""

import numpy as np
import pytest

from shared.errors import KeylightError
from shared.scene.flash import FlashChecker, _means, _shrunk, check_flashes, grid_size, shrink
from shared.scene.flash_changes import LightChanges, RedChanges, to_bytes

ROWS, COLUMNS = grid_size(1920, 1080)
RATES = [24, 25, 30, 50, 60]


def byte_of(light):
    """The sRGB byte of a relative luminance of grey."""
    return to_bytes(np.asarray(light, np.float32))


def light_of(picture):
    """The mean light of a picture of bytes (IEC 61966-2-1)."""
    coded = picture[..., :3] / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4).mean()


def grey(lights, rows=ROWS, columns=COLUMNS):
    """Pictures of one light each."""
    pictures = np.empty((len(lights), rows, columns, 4), np.uint8)
    pictures[...] = byte_of(lights)[:, None, None, None]
    pictures[..., 3] = 255
    return pictures


def square(hertz, fps, seconds=2.0, low=0.0, high=1.0):
    """Light that is on in the first half of each period."""
    phase = np.arange(round(seconds * fps)) * hertz / fps % 1
    return np.where(phase < 0.5, high, low)


def strobe(hertz, fps, *, part=(slice(None), slice(None)), base=0.0, **options):
    """A part of the picture strobes, the rest is still."""
    pictures = grey(np.full(len(square(hertz, fps, **options)), base))
    pictures[(slice(None), *part)] = grey(square(hertz, fps, **options))[(slice(None), *part)]
    return pictures


def colored(hertz, fps, one, other, seconds=2.0):
    """All of the picture goes between two colours, RGB."""
    pictures = grey(np.zeros(round(seconds * fps)))
    on = square(hertz, fps, seconds) > 0.5
    pictures[on, ..., :3], pictures[~on, ..., :3] = one[::-1], other[::-1]
    return pictures


def kinds(pictures, fps=60, **options):
    return sorted({span.kind for span in check_flashes(pictures, fps, **options).spans})


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize(
    ("hertz", "found"), [(1, []), (2, []), (3, []), (4, ["general"]), (5, ["general"]), (10, ["general"])]
)
def test_more_than_three_flashes_in_a_second_are_found(fps, hertz, found):
    assert kinds(strobe(hertz, fps), fps) == found


@pytest.mark.parametrize("fps", RATES)
def test_every_second_frame_is_found(fps):
    assert kinds(strobe(fps / 2, fps), fps) == ["general"]


@pytest.mark.parametrize(("hertz", "fps"), [(5, 25), (10, 60), (15, 60)])
def test_flashes_of_a_second_are_counted(hertz, fps):
    (general,) = check_flashes(strobe(hertz, fps), fps).spans
    (red,) = check_flashes(colored(hertz, fps, (120, 0, 0), (0, 0, 0)), fps).spans
    assert (general.flashes, red.kind, red.flashes) == (hertz, "red", hertz)


@pytest.mark.parametrize("fps", [30, 60])
@pytest.mark.parametrize("hertz", [4, 7, 12])
def test_waves_without_edges_are_found(fps, hertz):
    lights = 0.5 - 0.5 * np.cos(2 * np.pi * hertz * np.arange(2 * fps) / fps)
    assert kinds(grey(lights), fps) == ["general"]


def test_four_flashes_are_found_where_they_are_and_three_are_not():
    lights = np.zeros(600)
    for at in (100, 112, 124, 136, 400, 412, 424):
        lights[at : at + 6] = 1
    (span,) = check_flashes(grey(lights), 60).spans
    assert (span.kind, span.area, span.flashes) == ("general", 1.0, 4)
    assert span.start_seconds == pytest.approx((137 - 60) / 60)  # the second that ends with the fourth rise
    assert span.end_seconds == pytest.approx(142 / 60, abs=0.06)  # the last fall
    assert str(span).startswith("0:01 to 0:02: more than 3 flashes in a second, over 100% of the view")


def test_the_second_is_any_second_not_one_on_the_clock():
    lights = np.zeros(240)
    for at in (90, 105, 125, 140):  # two before and two after 2.0 s
        lights[at : at + 5] = 1
    assert kinds(grey(lights)) == ["general"]
    lights[:] = 0
    for at in (60, 80, 100, 120):  # the fourth comes a second after the first
        lights[at : at + 5] = 1
    assert kinds(grey(lights)) == []


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0.2, 0.29, []), (0.2, 0.32, ["general"]), (0.0, 0.09, []), (0.0, 0.11, ["general"]), (0.79, 1.0, ["general"]),
     (0.82, 1.0, []), (0.45, 0.54, []), (0.45, 0.56, ["general"])],
)  # fmt: skip
def test_a_tenth_of_white_is_a_change_where_the_darker_is_below_four_fifths(low, high, found):
    assert kinds(strobe(6, 60, low=low, high=high)) == found


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ((slice(0, 9), slice(0, 9)), []),  # 81 of 341 cells of a field: 24 %
        ((slice(0, 10), slice(0, 10)), ["general"]),  # 29 %
        ((slice(13, 17), slice(None)), []),  # 4 of 16 rows of every field, less than a quarter by the cell's rounding
        ((slice(13, 18), slice(None)), ["general"]),
        ((slice(None), slice(30, 35)), []),
        ((slice(None), slice(30, 36)), ["general"]),
        ((slice(0, 36, 8), slice(0, 64, 4)), []),  # scattered cells, 3 %
    ],
)
def test_a_quarter_of_ten_degrees_is_enough(part, found):
    assert kinds(strobe(6, 60, part=part)) == found


def test_scattered_cells_count_together():
    pictures = strobe(6, 60)
    still = np.random.default_rng(7).random((ROWS, COLUMNS)) < 0.6
    pictures[:, still] = (0, 0, 0, 255)
    assert kinds(pictures) == ["general"]
    pictures[:, np.random.default_rng(8).random((ROWS, COLUMNS)) < 0.6] = (0, 0, 0, 255)
    assert kinds(pictures) == []


@pytest.mark.parametrize("size", [(1080, 1920), (1080, 1080), (1080, 1350), (2560, 1080), (256, 144)])
def test_other_ratios_have_the_same_field(size):
    rows, columns = grid_size(*size)
    pictures = grey(np.zeros(120), rows, columns)
    pixels = min(1024 / columns, 768 / rows)
    side = np.sqrt(0.25 * 341 * 256) / pixels
    for scale, found in ((0.85, []), (1.15, ["general"])):
        some = round(side * scale)
        pictures[:, :some, :some] = grey(square(6, 60), some, some)
        assert kinds(pictures) == found


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ((255, 0, 0), (0, 0, 255), ["general", "red"]),  # luminances 0.21 and 0.07
        ((150, 0, 0), (0, 0, 200), ["red"]),
        ((255, 0, 0), (0, 0, 0), ["general", "red"]),
        ((120, 0, 0), (0, 0, 0), ["red"]),
        ((40, 0, 0), (0, 0, 0), []),  # too dark for a colour
        ((255, 0, 0), (255, 0, 40), []),  # the same red, nearly
        ((150, 90, 60), (60, 90, 150), []),  # no saturated red
        ((0, 160, 0), (0, 0, 255), ["general"]),
    ],
)
def test_red_is_found_by_its_colour_at_any_light(one, other, found):
    assert kinds(colored(6, 60, one, other)) == found


@pytest.mark.parametrize(("hertz", "found"), [(2, []), (3, []), (4, ["red"]), (10, ["red"])])
@pytest.mark.parametrize("fps", [25, 60])
def test_more_than_three_red_flashes_in_a_second_are_found(hertz, fps, found):
    assert kinds(colored(hertz, fps, (120, 0, 0), (0, 0, 0)), fps) == found


def test_fades_and_cuts_are_no_flashes():
    fps = 60
    fades = 0.5 - 0.5 * np.cos(2 * np.pi * 1.5 * np.arange(600) / fps)
    cuts = np.repeat(np.random.default_rng(5).random(20), 30)  # another light each half second
    rising = np.linspace(0, 1, 300)
    stairs = np.repeat(np.linspace(0, 1, 30), 6)  # ten steps up in a second are one change
    for lights in (fades, cuts, rising, stairs):
        assert kinds(grey(lights)) == []


def test_flashes_that_die_away_are_found():
    phase = np.arange(120) / 60 * 5 % 1
    texture = np.random.default_rng(2).uniform(0.3, 1.0, (ROWS, COLUMNS))
    lights = np.exp(-phase / 0.35)[:, None, None] * texture
    pictures = grey(np.zeros(120))
    pictures[..., :3] = byte_of(lights)[..., None]
    assert kinds(pictures) == ["general"]


def test_a_coarse_checkerboard_that_turns_over_is_found():
    board = (np.arange(ROWS)[:, None] // 4 + np.arange(COLUMNS) // 4) % 2
    pictures = grey(np.zeros(120))
    pictures[..., :3] = (byte_of(1) * (board ^ (square(6, 60)[:, None, None] > 0.5)))[..., None]
    assert kinds(pictures) == ["general"]


def test_flashes_here_and_then_there_are_counted_together_where_both_are_in_sight():
    lights = np.zeros((2, 120))
    for at, side in ((60, 0), (72, 0), (84, 1), (96, 1)):
        lights[side, at : at + 6] = 1
    for distance, found in ((0, ["general"]), (30, [])):
        pictures = grey(np.zeros(120))
        for side, columns in ((0, slice(10, 20)), (1, slice(20 + distance, 30 + distance))):
            pictures[:, :, columns] = grey(lights[side], ROWS, 10)
        assert kinds(pictures) == found


def test_bars_that_move_are_no_flashes():
    """A spectrum of 32 bars at 128 beats per minute with eighth notes: 4.3 a second, as visualizers show it."""
    fps, t = 60, np.arange(600) / 60
    level = 0.35 + 0.5 * np.exp(-(t * 128 / 60 % 1) / 0.3) + 0.12 * np.exp(-(t * 256 / 60 % 1) / 0.3)
    shape = np.random.default_rng(4).uniform(0.4, 1.0, COLUMNS // 2)
    heights = np.minimum(level[:, None] * shape, 1) * ROWS
    covered = np.clip(heights[:, None, :] - (ROWS - 1 - np.arange(ROWS))[None, :, None], 0, 1)
    pictures = grey(np.zeros(600))
    pictures[:, :, 0::2, :3] = byte_of(covered * 0.6)[..., None]
    assert kinds(pictures, fps) == []


def test_a_shape_that_crosses_the_picture_is_no_flash():
    pictures = grey(np.zeros(300))
    for frame in range(300):
        at = frame % COLUMNS
        pictures[frame, :, at : at + 6, :3] = 255
    assert kinds(pictures) == []


def test_fine_lines_flash_by_their_light():
    """A third of all rows strobes: a third of white's light, which is far from a third of the byte 255."""
    on, off = np.zeros((360, 640, 4), np.uint8), np.zeros((360, 640, 4), np.uint8)
    on[::3] = 255
    small = [shrink(picture, ROWS, COLUMNS) for picture in (on, off)]
    assert kinds(np.stack([small[at // 5 % 2] for at in range(120)])) == ["general"]


def test_changes_alternate_and_are_told_once():
    changes = LightChanges(0.1)
    told = [changes.feed(grey([light], 1, 1)[0]) for light in (0, 0.05, 0.2, 0.9, 0.85, 0.5, 0.2, 0.25, 0.31)]
    assert [int(rise[0, 0]) - int(fall[0, 0]) for rise, fall in told] == [0, 0, 1, 0, 0, -1, 0, 0, 1]


def test_red_is_measured_from_the_reddest_state():
    changes = RedChanges()
    colors = [(0, 0, 0), (90, 0, 0), (255, 0, 0), (255, 30, 30), (120, 120, 120), (255, 0, 0)]
    told = [changes.feed(colored(1, 60, color, color)[0][:1, :1]) for color in colors]
    assert [int(rise[0, 0]) - int(fall[0, 0]) for rise, fall in told] == [0, 0, 1, 0, -1, 1]


def test_the_picture_is_seen_on_black():
    pictures = grey(square(6, 60))
    pictures[..., 3] = pictures[..., 0]  # white that comes and goes, multiplied
    assert kinds(pictures) == ["general"]


def test_a_picture_is_never_changed_and_blocks_do_not_matter():
    pictures = strobe(5, 60)
    pictures.setflags(write=False)
    checker = FlashChecker(ROWS, COLUMNS, 60)
    for picture in pictures:
        checker.feed(picture)
    assert checker.report().spans == check_flashes(pictures, 60).spans
    assert check_flashes(pictures[:0], 60).safe


@pytest.mark.parametrize("size", [(1920, 1080), (160, 90), (67, 41)])
def test_shrinking_keeps_the_light(size):
    width, height = size
    picture = np.random.default_rng(1).integers(0, 256, (height, width, 4), np.uint8)
    small = shrink(picture, ROWS, COLUMNS)
    assert small.shape == (ROWS, COLUMNS, 4)
    assert light_of(small) == pytest.approx(light_of(picture), abs=0.005)
    assert small[..., 3].mean() == pytest.approx(picture[..., 3].mean(), abs=1.5)
    assert np.array_equal(shrink(small, ROWS, COLUMNS), small)
    with pytest.raises(KeylightError, match=r"Expected a picture of at least 64 x 36, got \(20, 10\)"):
        shrink(picture[:10, :20], ROWS, COLUMNS)


@pytest.mark.parametrize("size", [(256, 144), (64, 36), (640, 360)])
def test_cells_of_one_size_have_the_same_means(size):
    width, height = size
    values = np.random.default_rng(9).random((height, width, 4), np.float32)
    slow = _means(_means(values, ROWS, axis=0), COLUMNS, axis=1)
    assert _shrunk(values, ROWS, COLUMNS) == pytest.approx(slow, rel=1e-5)
