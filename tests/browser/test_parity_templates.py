"""The frame that is previewed on WebGL is the frame that is rendered: every template at five times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

pytest.importorskip("skia")

from shared.scene.gallery import TEMPLATES
from tests.browser.page_support import ROOT
from tests.parity.templates import LEAST_DECIBELS, LEAST_SSIM, TIMES, likenesses, template_table, write_scenes
from tests.parity.webgl import CANVASKIT, Ask, paint_on_webgl, painter_pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / CANVASKIT[1:]).exists(), reason="no assets: run `nox -s assets`"),
]

#: What falls short of the promise on WebGL: least decibels and similarity, and why.
EXCEPTIONS: Final[dict[str, tuple[float, float]]] = {
    # Dark, under pictures that are clear in parts: each of them the server's CPU rounds down, half a step of 255.
    "phosphor": (41.5, 0.98),
    "concert-hall": (43.0, 0.989),
    # Level lines before the song begins: Skia's CPU code puts upper and lower edges at quarters of a pixel.
    "ridgeline": (35.5, 0.994),
}
NAMES: Final = [each.name for each in TEMPLATES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture(scope="module")
def servers(folder: Path) -> dict[str, np.ndarray]:
    """The server's frames of every template."""
    return write_scenes(NAMES, TIMES, folder)


@pytest.fixture(scope="module")
def ask(chromium_with_webgl: Browser, folder: Path, servers: dict[str, np.ndarray]) -> Iterator[Ask]:
    """One page for all templates."""
    assert servers
    with painter_pages(folder) as opened:
        yield opened(chromium_with_webgl)


@pytest.mark.parametrize("name", NAMES)
def test_webgl_paints_the_frames_that_are_rendered(name: str, ask: Ask, servers: dict[str, np.ndarray]) -> None:
    server = servers[name]
    found = likenesses(name, TIMES, paint_on_webgl(ask, name, server.shape), server)
    decibels, similarity = EXCEPTIONS.get(name, (LEAST_DECIBELS, LEAST_SSIM))
    apart = [one for one in found if one.decibels < decibels or one.ssim < similarity]
    assert not apart, f"{apart}\n{template_table(found)}"


def test_frames_of_different_times_are_told_apart(ask: Ask, servers: dict[str, np.ndarray]) -> None:
    server = servers["default"]
    page = paint_on_webgl(ask, "default", server.shape)
    turned = likenesses("default", TIMES, np.roll(page, 1, axis=0), server)
    assert all(one.decibels < LEAST_DECIBELS for one in turned)


def test_exceptions_are_of_templates_that_are_there() -> None:
    assert set(EXCEPTIONS) <= set(NAMES)
