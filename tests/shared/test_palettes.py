"""Palettes: all can be read, and a planted picture gives its own colours back."""

from __future__ import annotations

import numpy as np
import pytest

from shared.errors import KeylightError
from shared.scene.colors import parse_color
from shared.scene.palettes import PALETTES, contrast, palettes_of


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
def test_words_of_a_named_palette_can_be_read(palette):
    background, *_, words = [parse_color(color) for color in palette.colors]
    assert len(palette.colors) == 5
    assert contrast(words, background) >= 7


def picture(*stripes: tuple[int, int, int]) -> np.ndarray:
    rows = [np.full((20, 60, 4), (*stripe, 255), np.uint8) for stripe in stripes]
    return np.concatenate(rows)


def test_a_picture_gives_its_own_colours():
    dark, light = palettes_of(picture((12, 10, 20), (12, 10, 20), (230, 40, 60), (40, 160, 230)))
    accents = {tuple(round(255 * part) for part in parse_color(color)[:3]) for color in dark.colors[1:3]}
    assert accents == {(230, 40, 60), (40, 160, 230)}
    for palette in (dark, light):
        background, *others = [parse_color(color) for color in palette.colors]
        assert all(contrast(each, background) >= 3 for each in others)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_plain_picture_gives_palettes_that_can_be_read(grey):
    for palette in palettes_of(picture((grey, grey, grey))):
        background, *others = [parse_color(color) for color in palette.colors]
        assert all(contrast(each, background) >= 3 for each in others)


def test_a_picture_of_nothing_is_refused():
    with pytest.raises(KeylightError, match="Expected a picture with colours, got one that is see-through everywhere"):
        palettes_of(np.zeros((4, 4, 4), np.uint8))
