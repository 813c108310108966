"""The page's painter on WebGL and in memory: its pictures of every op are held against the server's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("skia")

from tests.browser.page_support import ROOT
from tests.parity.cases import Case, cases
from tests.parity.compare import Row, psnr, table
from tests.parity.page import bundle, paint_on_the_page
from tests.parity.server import paint_on_the_server, target_size
from tests.parity.webgl import CANVASKIT, Ask, painter_pages, picture

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (ROOT / CANVASKIT[1:]).exists(), reason="no assets: run `nox -s assets`"),
]

SCALE = 1.0
LEAST_DECIBELS = 40.0
#: What a GPU draws otherwise, and how near it comes. Nearest pixels are others where a place falls between two; the
#: server's CPU blurs bars of 1.4 pixels by 0.9 with few weights, a GPU with more.
EXCEPTIONS = {
    ("image", "nearest, larger"): 38.0,
    ("stamp", "nearest, turned"): 38.0,
    ("offscreen", "1/7, as it is"): 38.0,
}


@pytest.fixture(scope="module")
def every() -> list[Case]:
    return cases()


@pytest.fixture(scope="module")
def folder(every: list[Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("painter")
    bundle(every, path)
    return path


@pytest.fixture(scope="module")
def server_pictures(every: list[Case], folder: Path) -> list[np.ndarray]:
    return paint_on_the_server(every, SCALE, folder)


@pytest.fixture
def worker(folder: Path) -> Iterator[Callable[[Browser], Ask]]:
    """`worker(browser)` answers `ask(name, **options)` of painter-worker.js; no page may complain."""
    with painter_pages(folder) as opened:
        yield opened


def _open(ask: Ask, kind: str, scale: float = SCALE) -> Any:
    width, height = target_size(scale)
    return ask("open", canvaskit=CANVASKIT, kind=kind, width=width, height=height)


def _picture(answer: str, scale: float = SCALE) -> np.ndarray:
    width, height = target_size(scale)
    return picture(answer, (height, width, 4))


def _least(row: Row) -> float:
    return EXCEPTIONS.get((row.group, row.name), LEAST_DECIBELS)


@pytest.mark.slow
def test_webgl_paints_what_the_server_paints(
    chromium_with_webgl: Browser,
    worker: Callable[[Browser], Ask],
    every: list[Case],
    server_pictures: list[np.ndarray],
) -> None:
    ask = worker(chromium_with_webgl)
    assert _open(ask, "webgl") == {"gpu": True, "lists": len(every)}
    rows = []
    for number, (case, server) in enumerate(zip(every, server_pictures, strict=True)):
        page = _picture(ask("play", number=number))
        most = int(np.abs(page[:, :, :3].astype(int) - server[:, :, :3]).max())
        rows.append(Row(case.group, case.name, SCALE, psnr(page, server), most))
    print(table(rows))
    apart = [row for row in rows if row.decibels < _least(row)]
    assert not apart, f"{apart}\n{table(rows)}"


def test_without_webgl_the_canvas_shows_the_pixels_of_node(
    browser: Browser, worker: Callable[[Browser], Ask], every: list[Case], folder: Path
) -> None:
    ask = worker(browser)
    assert _open(ask, "software", 0.5)["gpu"] is False
    expected = paint_on_the_page(every, 0.5, folder)
    for number in range(0, len(every), 9):
        assert np.array_equal(_picture(ask("play", number=number), 0.5), expected[number]), every[number]
        assert np.array_equal(_picture(ask("shown", number=number), 0.5), expected[number]), every[number]


def test_a_lost_context_is_noticed_and_painting_goes_on(
    chromium_with_webgl: Browser, worker: Callable[[Browser], Ask], every: list[Case]
) -> None:
    ask = worker(chromium_with_webgl)
    _open(ask, "best", 0.5)
    numbers = [at for at, case in enumerate(every) if case.group in ("cached", "text", "image", "video", "offscreen")]
    before = [_picture(ask("play", number=number), 0.5) for number in numbers]
    assert ask("lose") == {"wasLost": True, "isBack": True, "isLost": False}
    for number, earlier in zip(numbers, before, strict=True):
        assert np.array_equal(_picture(ask("play", number=number), 0.5), earlier), every[number]


@pytest.mark.parametrize("kind", ["webgl", "software"])
def test_frames_of_films_come_as_bitmaps_too(
    chromium_with_webgl: Browser, worker: Callable[[Browser], Ask], every: list[Case], kind: str
) -> None:
    ask = worker(chromium_with_webgl)
    _open(ask, kind)
    (number,) = [at for at, case in enumerate(every) if case.group == "video"]
    shown = _picture(ask("film", number=number)[0])
    corners = [shown[y, x, :3].argmax() for y, x in ((60, 200), (60, 560), (310, 80))]
    assert corners == [0, 1, 2]
