"""Options of renders: what goes together, what is refused in which words, presets that keep their platform's word."""

import itertools
import math
from typing import get_args

import msgspec
import pytest

from shared.errors import MessageError
from shared.schema.project import FRAME_RATES
from shared.schema.video import (
    CONTAINERS,
    PRESETS,
    Codec,
    RenderOptions,
    Sound,
    check_render_options,
    decode_render_options,
    find_preset,
    fit_render_options,
    fit_seconds,
)


@pytest.mark.parametrize(
    ("codec", "sound", "alpha"), [*itertools.product(get_args(Codec), get_args(Sound), [False, True])]
)
def test_every_combination_is_taken_or_refused_with_a_sentence(codec, sound, alpha):
    options = RenderOptions(codec, sound, alpha=alpha)
    taken = sound in CONTAINERS[codec][3] and (not alpha or codec in ("prores", "vp9"))
    text = msgspec.json.encode(options)
    if taken:
        assert decode_render_options(text) == options
        return
    with pytest.raises(MessageError) as told:
        decode_render_options(text)
    assert str(told.value).endswith(("choose one of these.", "or a picture that is opaque."))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"codec": "prores", "audio": "flac"}',
            "ProRes is written as .mov, which holds PCM, AAC or no sound, not FLAC",
        ),
        ('{"audio": "pcm"}', "H.264 is written as .mp4, which holds AAC, Opus, FLAC or no sound, not PCM"),
        ('{"alpha": true}', "H.264 knows no transparency: choose VP9 or ProRes"),
        ('{"width": 8}', "Expected `int` >= 16 - at `$.width`"),
        ('{"height": 8000}', "Expected `int` <= 7680 - at `$.height`"),
        ('{"fps": 29.97}', "at `$.fps`"),
        ('{"seconds": 0}', "Expected `float` > 0.0 - at `$.seconds`"),
        ('{"startSeconds": -1}', "Expected `float` >= 0.0 - at `$.startSeconds`"),
        ('{"bitrate": 5}', "unknown field `bitrate`"),
        ("[]", "Expected `object`, got `array`"),
        (b"\xff", "Options of the render are not right"),
    ],
)
def test_what_is_wrong_is_said(text, message):
    with pytest.raises(MessageError) as told:
        decode_render_options(text)
    assert message in str(told.value)


def test_rates_are_those_of_projects():
    rates = msgspec.inspect.type_info(RenderOptions)
    fps = next(field for field in rates.fields if field.name == "fps")  # type: ignore[attr-defined]
    assert tuple(fps.type.values) == FRAME_RATES


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_presets_are_right(preset):
    check_render_options(preset.options)
    assert fit_render_options(preset.options) == (preset.options, ())
    assert find_preset(preset.name) is preset
    assert msgspec.json.decode(msgspec.json.encode(preset), type=type(preset)) == preset
    assert preset.words.endswith(".")
    assert preset.source
    width, height = (int(part) for part in preset.ratio.split(":"))
    assert width * preset.options.height == height * preset.options.width


def test_presets_keep_the_platforms_word():
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    for name in ("shorts", "reels", "tiktok", "spotify-canvas"):
        assert find_preset(name).ratio == "9:16"
    canvas = find_preset("spotify-canvas")
    assert (canvas.least_seconds, canvas.most_seconds, canvas.options.audio) == (3, 8, "none")
    assert canvas.options.loop
    assert 720 <= canvas.options.height <= 1080
    uploads = [
        preset for preset in PRESETS if "youtube" in preset.name or preset.name in ("shorts", "reels", "tiktok", "x")
    ]
    for preset in uploads:
        assert (preset.options.codec, preset.options.audio, preset.options.container) == ("h264", "aac", "mp4")
    with pytest.raises(MessageError, match=r"There is no preset 'myspace'. There are: youtube-1080p, youtube-4k"):
        find_preset("myspace")


def test_lengths_are_fitted():
    assert fit_seconds(find_preset("youtube-4k"), 600.0) == (600.0, ())
    assert fit_seconds(find_preset("square"), 1e5) == (1e5, ())
    seconds, (note,) = fit_seconds(find_preset("x"), math.nextafter(140, 200))
    assert seconds == 140
    assert note == "X takes up to 140 s: the film ends there."


@pytest.mark.parametrize(
    ("given", "made"), [((1081, 1350), (1080, 1350)), ((17, 17), (16, 16)), ((7679, 99), (7678, 98))]
)
def test_odd_sides_are_made_even_and_told(given, made):
    options, (note,) = fit_render_options(RenderOptions(width=given[0], height=given[1]))
    assert (options.width, options.height) == made
    assert f"{made[0]} × {made[1]}" in note
