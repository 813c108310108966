"""The editor's check for flashes: what a render finds in the same frames, and what the preview does with it."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from shared.errors import KeylightError
from shared.scene.facts import PlainFacts
from shared.scene.film import loop_share, mixed
from shared.scene.flash import check_flashes, shrink
from shared.scene.flash_limits import limit_flashes
from shared.schema.project import Project
from shared.schema.video import RenderOptions
from shared.spectrum.features import demo_features, silent_features
from web.py.preview import Preview
from web.py.preview_flash import FlashLook, HeldBack

SIZE = (256, 144)
FILM = RenderOptions(fps=24, start_seconds=2.0, seconds=6.0)
FRAMES = 144
SONG = silent_features(20.0)


def paint(t: float) -> np.ndarray:
    """RGBA: a blue ground, on it a red strobe of 6 Hz from second 4 to second 6."""
    picture = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    picture[...] = (0, 20, 60, 255)
    if 4 <= t < 6 and (t - 4) * 6 % 1 < 0.499:
        picture[20:120, 40:200] = (255, 0, 0, 255)
    return picture


def looked_at() -> FlashLook:
    look = FlashLook(Project(), SONG, PlainFacts(), FILM)
    assert look.size == SIZE
    shares = [look.take(*(paint(t) for t in look.times())) for _ in range(look.frames)]
    assert shares[-1] == 1.0
    while look.work(0.0) is not None:
        pass
    return look


@pytest.fixture(scope="module")
def look() -> FlashLook:
    return looked_at()


def server_pictures(options: RenderOptions = FILM) -> np.ndarray:
    """As `backend.gpu.render_flashes` has them: BGRA."""
    return np.stack([shrink(paint(2.0 + at / 24)[..., [2, 1, 0, 3]], 36, 64) for at in range(FRAMES)])


def test_it_finds_what_a_render_finds_in_seconds_of_the_song(look: FlashLook) -> None:
    found = look.found()
    spans = check_flashes(server_pictures(), 24).spans
    assert {span.kind for span in spans} == {"general", "red"}
    assert [(one.kind, one.area, one.flashes) for one in found.times] == [
        (span.kind, span.area, span.flashes) for span in spans
    ]
    for one, span in zip(found.times, spans, strict=True):
        assert one.start_seconds - 2.0 == pytest.approx(span.start_seconds)
        assert one.end_seconds - 2.0 == pytest.approx(span.end_seconds)
    assert (found.frames, found.start_seconds, found.end_seconds, found.shown) == (FRAMES, 2.0, 8.0, True)
    (held,) = found.held
    assert 2.5 < held.start_seconds < 4.2
    assert 5.9 < held.end_seconds < 7.6
    assert held.strength > 0.5


def test_the_preview_is_held_back_as_the_film_is(look: FlashLook) -> None:
    limits = limit_flashes(server_pictures(), 24)
    held = look.held_back()
    for frame in range(0, FRAMES, 5):
        t = 2.0 + frame / 24
        assert held.strength(t) == pytest.approx(limits.strength(frame), abs=1e-5)
        if held.strength(t) > 0:
            close = np.abs(held.still(t).astype(int) - limits.still(frame)[..., [2, 1, 0, 3]])
            assert close.max() <= 1
    assert [held.strength(t) for t in (0.0, 1.9, 8.01, 30.0)] == [0.0] * 4
    assert held.still(5.0).flags.c_contiguous


def test_the_preview_shows_it_as_long_as_nothing_that_is_seen_changes(look: FlashLook) -> None:
    held = look.held_back()
    project = Project()
    assert held.suits(project, SONG)
    assert held.suits(msgspec.structs.replace(project, name="Another", safe_flashes=False), SONG)
    assert not held.suits(msgspec.structs.replace(project, title="Another"), SONG)
    assert not held.suits(project, replace(SONG))


def test_an_edit_ends_it_and_undoing_that_brings_it_back() -> None:
    preview = Preview(PlainFacts())
    preview._set(Project())
    with pytest.raises(KeylightError, match="The song is not heard yet"):
        preview.look(FILM)
    preview._take(SONG)
    look = preview.look(FILM)
    for _ in range(look.frames):
        look.take(paint(look.times()[0]))
    while look.work(1.0) is not None:
        pass
    preview.hold_back(look)
    assert preview.held(5.0) > 0.5
    assert preview.held_still(5.0).shape == (36, 64, 4)
    preview._set(msgspec.structs.replace(Project(), palette=("#000000", "#ffffff")))
    assert preview.held(5.0) == 0
    preview._set(msgspec.structs.replace(Project(), safe_flashes=False))
    assert preview.held(5.0) == 0
    preview._set(Project())
    assert preview.held(5.0) > 0.5
    preview.hold_back(None)
    assert preview.held(5.0) == 0


@pytest.mark.parametrize(
    "options",
    [msgspec.structs.replace(FILM, codec="vp9", audio="opus", alpha=True), RenderOptions(width=1080, height=1080)],
)
def test_a_film_of_another_shape_or_ground_is_not_shown(options: RenderOptions) -> None:
    options = msgspec.structs.replace(options, seconds=0.5, start_seconds=4.0, fps=24)
    look = FlashLook(Project(), SONG, PlainFacts(), options)
    for at in range(look.frames):
        look.take(np.full((look.size[1], look.size[0], 4), 255 * (at % 2), np.uint8))
    while look.work(1.0) is not None:
        pass
    assert look.found().held
    assert not look.found().shown
    assert look.held_back().strength(4.2) == 0


def test_the_end_of_a_loop_goes_over_into_what_comes_before() -> None:
    options = msgspec.structs.replace(FILM, loop=True)
    look = FlashLook(Project(), SONG, PlainFacts(), options)
    for at in range(FRAMES):
        times = look.times()
        share = loop_share(options, at, FRAMES)
        assert times == ([2 + at / 24] if share == 0 else [2 + at / 24, pytest.approx(2 + at / 24 - 6)])
        look.take(*(paint(t) for t in times))
    light, dark = np.full((2, 2, 4), 200, np.uint8), np.zeros((2, 2, 4), np.uint8)
    assert mixed(light, dark, 0.5)[0, 0].tolist() == [100] * 4


def test_a_film_after_the_song_is_refused_and_nothing_is_found_in_a_safe_one() -> None:
    with pytest.raises(KeylightError, match=r"would begin at 30 s, and the song is 20\.0 s long"):
        FlashLook(Project(), SONG, PlainFacts(), msgspec.structs.replace(FILM, start_seconds=30.0))
    look = FlashLook(Project(), demo_features(2.0), PlainFacts(), RenderOptions(fps=24))
    for _ in range(look.frames):
        look.take(paint(0.0))
    assert look.work(1.0) is None
    assert (look.found().times, look.found().held) == ((), ())
    assert isinstance(look.held_back(), HeldBack)
