"""Held back, nothing flashes too often any more; what did not, stays as it is."""

import numpy as np
import pytest

from shared.errors import KeylightError
from shared.scene.flash import check_flashes, finished, grid_size, shrink
from shared.scene.flash_limits import (
    FlashLimits,
    JoinedPictures,
    _Search,
    cautious_checker,
    decode_limits,
    encode_limits,
    limit_flashes,
    limit_steps,
)
from shared.scene.flash_pack import PackedPictures
from tests.shared.test_flash import COLUMNS, ROWS, colored, grey, square, strobe


def held(pictures, fps=60):
    limits = limit_flashes(pictures, fps)
    return limits, np.stack([limits.hold(at, picture) for at, picture in enumerate(pictures)])


STROBES = {
    "4 Hz": lambda fps: strobe(4, fps),
    "10 Hz": lambda fps: strobe(10, fps),
    "every second frame": lambda fps: strobe(fps / 2, fps),
    "grey": lambda fps: strobe(5, fps, low=0.3, high=0.55),
    "red": lambda fps: colored(7, fps, (255, 0, 0), (0, 0, 0)),
    "red and blue": lambda fps: colored(12, fps, (255, 0, 0), (0, 60, 255)),
    "a corner": lambda fps: strobe(6, fps, part=(slice(0, 18), slice(0, 20)), base=0.1),
    "wave": lambda fps: grey(0.5 - 0.5 * np.cos(2 * np.pi * 8 * np.arange(2 * fps) / fps)),
    "uneven": lambda fps: grey(np.random.default_rng(3).random(3 * fps)),
    "noise of colours": lambda fps: (
        np.random.default_rng(4).integers(0, 256, (2 * fps, ROWS, COLUMNS, 4), np.uint8) // 16 * 16
    ),
}


@pytest.mark.parametrize(("name", "fps"), [(name, 24) for name in STROBES] + [("10 Hz", 60)])
def test_strobes_are_held_back_until_they_are_safe(name, fps):
    pictures = STROBES[name](fps)
    pictures.setflags(write=False)
    limits, after = held(pictures, fps)
    assert not check_flashes(pictures, fps).safe or name == "noise of colours"
    assert check_flashes(after, fps).safe
    assert limits.idle == check_flashes(pictures, fps, change=0.085, area=0.21).safe


def test_a_safe_film_is_not_touched():
    pictures = grey(0.5 - 0.5 * np.cos(2 * np.pi * 1.5 * np.arange(300) / 60))
    limits, after = held(pictures)
    assert limits.idle
    assert np.array_equal(after, pictures)
    assert limits.hold(7, pictures[7]).base is pictures[7].base  # not even copied


def test_only_the_time_that_flashes_is_held_back_and_no_more_than_it_must_be():
    fps = 24
    lights = np.full(20 * fps, 0.3)
    lights[10 * fps : 13 * fps] = square(5, fps, 3.0, low=0.3, high=0.5)
    pictures = grey(lights)
    limits, after = held(pictures, fps)
    strengths = np.array([limits.strength(at) for at in range(20 * fps)])
    assert strengths[: int(8.5 * fps)].max() == 0
    assert strengths[int(14.5 * fps) :].max() == 0
    assert 0.4 < strengths.max() < 0.8  # 0.2 of light becomes less than 0.1
    assert np.abs(np.diff(strengths)).max() < 0.07  # it comes and goes within half a second
    flashing = slice(10 * fps, 13 * fps)
    left = after[flashing, 0, 0, 0].astype(int)
    assert 10 < np.ptp(left) < np.ptp(pictures[flashing, 0, 0, 0])


def test_what_is_slow_goes_on_beneath():
    """A picture that gets lighter from left to right for six seconds while it strobes."""
    fps = 30
    ramp = np.linspace(0, 0.5, 6 * fps)
    pictures = grey(np.clip(ramp + 0.5 * square(6, fps, 6.0), 0, 1))
    _, after = held(pictures, fps)
    means = after[:, 0, 0, 0].reshape(-1, fps).mean(axis=1)
    before = pictures[:, 0, 0, 0].reshape(-1, fps).mean(axis=1)
    assert np.all(np.diff(means) > 0)
    assert means[1:-1] == pytest.approx(before[1:-1], abs=12)


def test_the_film_itself_is_safe_at_full_size():
    fps, size = 30, (180, 320)
    rows, columns = grid_size(size[1], size[0])
    noise = np.random.default_rng(6).integers(0, 90, (*size, 4)).astype(np.uint8)
    on = square(6, fps, 3.0) > 0.5

    def paint(frame):
        picture = noise.copy()
        picture[40:150, 60:260, :3] += np.uint8(150) if on[frame] else np.uint8(0)
        picture[..., 3] = 255
        return picture

    small = np.stack([shrink(paint(at), rows, columns) for at in range(len(on))])
    limits = limit_flashes(small, fps)
    film = np.stack([shrink(limits.hold(at, paint(at)), rows, columns) for at in range(len(on))])
    assert not check_flashes(small, fps).safe
    assert check_flashes(film, fps).safe
    assert np.array_equal(limits.hold(0, paint(0)), limits.hold(0, paint(0)))


def test_stills_are_stretched_straight_between_the_middles_of_cells():
    """A still of 2 x 2 cells over a picture of 8 x 8: the corners are the cells, the middle is the mean."""
    stills = np.repeat(np.array([[[0], [80]], [[160], [240]]], np.uint8), 4, axis=2)
    strengths = np.ones(2, np.float32)
    limits = FlashLimits(1, 2, strengths, np.array([0, 1], np.int32), np.stack([stills, stills]))
    found = limits.hold(0, np.zeros((8, 8, 4), np.uint8))[..., 2]
    assert found[0].tolist() == [0, 0, 10, 30, 50, 70, 80, 80]
    assert found[:, 0].tolist() == [0, 0, 20, 60, 100, 140, 160, 160]
    assert found[3:5, 3:5].mean() == 120


def test_parts_are_one_film():
    pictures = strobe(5, 24, seconds=3.0)
    parts = JoinedPictures([pictures[:7], pictures[7:50], pictures[50:51], pictures[51:]])
    assert len(parts) == 72
    for some in (slice(0, 72), slice(5, 9), slice(6, 52), slice(50, 51), slice(60, 300), slice(0, 1)):
        assert np.array_equal(parts[some], pictures[some])
    assert encode_limits(limit_flashes(parts, 24)) == encode_limits(limit_flashes(pictures, 24))


def test_what_was_checked_is_what_is_painted():
    pictures = STROBES["noise of colours"](24)
    search = _Search(pictures, 24)
    search.raise_at(np.array([30, 31]))
    search.raise_at(np.array([31]))
    limits = search.limits()
    assert np.array_equal(search[0:48], [limits.hold(at, picture) for at, picture in enumerate(pictures)])
    assert np.array_equal(search[13:29], search[0:48][13:29])


def test_limits_are_saved_and_read():
    pictures = strobe(5, 24, seconds=3.0)
    limits = limit_flashes(pictures, 24)
    again = decode_limits(encode_limits(limits))
    for frame in range(0, 72, 7):
        assert np.array_equal(again.hold(frame, pictures[frame]), limits.hold(frame, pictures[frame]))
    idle = decode_limits(encode_limits(limit_flashes(grey(np.zeros(50)), 25)))
    assert idle.idle
    with pytest.raises(KeylightError, match="begin with b'KLFLASH1'"):
        decode_limits(b"something else that is long enough")
    with pytest.raises(KeylightError, match="cut or damaged"):
        decode_limits(encode_limits(limits)[:-1])


def test_step_by_step_the_limits_are_the_same():
    """Also when a checker has read the pictures before; and the way goes from 0 to 1."""
    fps = 24
    pictures = np.concatenate([strobe(5, fps), grey(np.zeros(8 * fps)), colored(7, fps, (255, 0, 0), (0, 0, 0))])
    checker = cautious_checker(ROWS, COLUMNS, fps)
    for picture in pictures:
        checker.feed(picture)
    shares = []

    def watched():
        steps = limit_steps(pictures, fps, checker.report().failing)
        while True:
            try:
                shares.append(next(steps))
            except StopIteration as end:
                return end.value
            yield

    assert encode_limits(finished(watched())) == encode_limits(limit_flashes(pictures, fps))
    assert shares[0] < 0.05
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("frames", [1, 2, 29, 30, 31, 61])
def test_short_films_have_limits_for_every_frame(frames):
    pictures = strobe(30, 60, seconds=2.0)[:frames]
    limits, after = held(pictures)
    assert check_flashes(after, 60).safe
    assert 0 <= limits.strength(frames - 1) <= 1


def test_packed_pictures_are_the_same():
    pictures = STROBES["noise of colours"](50)
    packed = PackedPictures()
    for picture in pictures:
        packed.append(picture)
        picture[:] = 0  # it was copied
    assert len(packed) == 100
    pictures = STROBES["noise of colours"](50)
    for some in (slice(0, 100), slice(5, 9), slice(31, 33), slice(64, 96), slice(90, 300), slice(99, 100), slice(7, 7)):
        assert np.array_equal(packed[some], pictures[some])
    assert encode_limits(limit_flashes(packed, 50)) == encode_limits(limit_flashes(pictures, 50))


def test_packed_pictures_are_small():
    packed = PackedPictures()
    for at in range(200):
        packed.append(np.full((ROWS, COLUMNS, 4), at, np.uint8))
    assert packed.size < 200 * ROWS * COLUMNS * 4 / 10
