"""Flash safety in a real Chromium: a planted strobe is found as a render finds it, and the preview is held back so."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av
import msgspec
import numpy as np
import pytest

from backend.gpu.media import MediaShelf
from backend.gpu.raster import Raster
from shared.scene.film import film_frames, film_project
from shared.scene.flash import FlashReport, check_flashes, grid_size, look_size, shrink
from shared.scene.flash_limits import FlashLimits, limit_flashes
from shared.scene.scene import Scene
from shared.schema.project import decode_project
from shared.schema.video import RenderOptions
from shared.spectrum.features import decode_features
from tests.browser.page_support import axe_findings
from tests.browser.test_video import (
    _EDITOR,
    difference,
    opened_editor,
    picture,
    project,
    seek,
    tune,
    until,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["tune"]  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FONTS = Path(__file__).parents[2] / ".assets"
FPS: Final = 30
START, SECONDS = 2.0, 6.0
#: When a red plate over most of the picture is there (1) and is not (0): five times a second from 4 s to 6 s.
_TIMES = [(0.0, 0), *((4 + at / 10 - 0.001, 1 - at % 2) for at in range(20))]
_PLATE = {
    "form": "rectangle", "width": 0.9, "height": 0.9, "first": "#ff0000", "last": "#ff0000",
    "opacity": {"type": "keys", "keys": [{"at": at, "value": value, "ease": "hold"} for at, value in _TIMES]},
}  # fmt: skip
_PLANT = f"""async (props) => {{
    const plate = {{ id: "plant", name: "Plant", kind: "shape", start: null, end: null, props, effects: [] }};
    {_EDITOR}.model.edit("Plant", (project) => {{
        const layers = [...project.layers, {{ ...project.layers[0], ...plate }}];
        return {{ ...project, layers }};
    }});
}}"""
_FEATURES = f"""async () => {{
    const {{ features }} = {_EDITOR}.model.song;
    let text = "";
    for (const byte of features) text += String.fromCharCode(byte);
    return btoa(text);
}}"""


_PUT_FILM = f"""async (base64) => {{
    const {{ model }} = {_EDITOR};
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const medium = {{ id: "flashing", kind: "video", name: "flashing.webm", sha256: "", role: "" }};
    await model.putFile(medium, new Blob([bytes], {{ type: "video/webm" }}));
    const layer = {{ id: "film", name: "Film", kind: "video", start: null, end: null, props: {{ video: "flashing" }} }};
    model.edit("Film", (project) => ({{ ...project, layers: [{{ ...project.layers[0], ...layer, effects: [] }}] }}));
}}"""


@dataclass(frozen=True)
class Film:
    """What the server makes of the project in the page: pictures at full size by their seconds, report and limits."""

    project: dict[str, Any]
    features: bytes
    media: Mapping[str, Path] = field(default_factory=dict)

    def looked_at(self) -> tuple[FlashReport, FlashLimits]:
        options = RenderOptions(fps=FPS, start_seconds=START, seconds=SECONDS)
        features = decode_features(self.features)
        made = film_project(decode_project(msgspec.json.encode(self.project)), options)
        canvas = (made.canvas.width, made.canvas.height)
        shelf = MediaShelf(made.media, self.media, fonts=FONTS)
        scene = Scene(made, features, shelf)
        raster = Raster(scene.resources, shelf, canvas=canvas, size=look_size(*canvas), fonts=FONTS)
        times = [START + at / FPS for at in range(film_frames(options, features.seconds))]
        cells: np.ndarray = np.stack([shrink(raster.play(scene.frame(t)), *grid_size(*canvas)) for t in times])
        raster.close()
        shelf.close()
        return check_flashes(cells, FPS), limit_flashes(cells, FPS)

    def shown(self, t: float, limits: FlashLimits | None) -> np.ndarray:
        """RGB as the page's `picture` has it: 64 x 36."""
        made = decode_project(msgspec.json.encode(self.project))
        shelf = MediaShelf(made.media, {}, fonts=FONTS)
        scene = Scene(made, decode_features(self.features), shelf)
        raster = Raster(scene.resources, shelf, canvas=(1920, 1080), size=(1920, 1080), fonts=FONTS)
        painted = raster.play(scene.frame(t)).copy()
        raster.close()
        if limits is not None:
            painted = limits.hold(round((t - START) * FPS), painted)
        # The page's small copy is the mean of bytes, not of light.
        return painted.reshape(36, 30, 64, 30, 4).mean(axis=(1, 3))[..., 2::-1]


def write_film(path: Path) -> Path:
    """Two seconds of 25 frames, dark and light by turns, each for two frames: six flashes a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for at in range(50):
            light = 255 if at // 2 % 2 else 20
            frame = av.VideoFrame.from_ndarray(np.full((180, 320, 3), light, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def page(browser: Browser, server_url: str, tune: Path) -> Iterator[Page]:
    """The editor of the tune with a strobe planted, its export panel open."""
    with opened_editor(browser, server_url, tune) as page:
        page.evaluate(_PLANT, _PLATE)
        until(lambda: any(each["id"] == "plant" for each in project(page)["layers"]))
        yield page


@pytest.fixture(scope="module")
def film(page: Page) -> Film:
    return Film(project(page), base64.b64decode(page.evaluate(_FEATURES)))


def open_panel(page: Page) -> None:
    page.locator('[data-part="video-export"]').click()
    until(lambda: page.locator(".export__preset").count() == 14)
    page.locator('[data-export="fps"]').select_option(str(FPS))
    for name, value in (("startSeconds", START), ("seconds", SECONDS)):
        field = page.locator(f'[data-export="{name}"]')
        field.fill(str(value))
        field.press("Tab")
    until(
        lambda: (
            "30 fps" in page.locator(".export__notes").inner_text()
            and "6 s" in page.locator(".export__notes").inner_text()
        )
    )


def state(page: Page) -> str:
    return page.locator('[data-part="flashes"]').get_attribute("data-state") or ""


def check(page: Page) -> None:
    page.locator('[data-part="flash-check"]').click()
    until(lambda: state(page) not in {"none", "working", "stale"})


def test_before_a_check_nothing_is_claimed_and_it_can_be_cancelled(page: Page) -> None:
    before = seek(page, 5.0)
    assert difference(before, seek(page, 5.1)) > 40  # the plate comes and goes
    open_panel(page)
    assert state(page) == "none"
    page.locator('[data-part="flash-check"]').click()
    until(lambda: float(page.locator('[data-part="flashes"] progress').get_attribute("value") or 0) > 0)
    page.locator('[data-part="flash-cancel"]').click()
    until(lambda: state(page) == "none")
    page.wait_for_timeout(500)
    assert state(page) == "none"


def test_the_report_is_that_of_a_render(page: Page, film: Film) -> None:
    check(page)
    assert state(page) == "flashing"
    report, limits = film.looked_at()
    found = page.evaluate(f"async () => {_EDITOR}.flashes.found")
    assert {span.kind for span in report.spans} == {"general", "red"}
    assert [(one["kind"], one["flashes"]) for one in found["times"]] == [
        (one.kind, one.flashes) for one in report.spans
    ]
    for one, span in zip(found["times"], report.spans, strict=True):
        assert one["startSeconds"] == pytest.approx(START + span.start_seconds, abs=1.5 / FPS)
        assert one["endSeconds"] == pytest.approx(START + span.end_seconds, abs=1.5 / FPS)
        assert one["area"] == pytest.approx(span.area, abs=0.02)
    assert found["frames"] == SECONDS * FPS
    assert max(one["strength"] for one in found["held"]) == pytest.approx(float(limits.strengths.max()), abs=1e-6)
    rows = page.locator(".flashes__time").all_inner_texts()
    assert len(rows) == len(report.spans)
    words = r"\d:0\d\.\d – 0:0\d\.\d: up to [456] flashes( of saturated red)? in a second, over \d+\xa0% of the view"
    assert [bool(re.fullmatch(words, row)) for row in rows] == [True] * len(rows), rows
    assert page.locator(".time__flash").count() == len(report.spans)


def test_the_preview_shows_what_the_film_will_be(page: Page, film: Film) -> None:
    page.locator(".flashes__time").first.click()
    assert not page.locator('[data-part="export-dialog"]').is_visible()
    _, limits = film.looked_at()
    on, off = seek(page, 5.0), seek(page, 5.1)
    assert difference(on, off) < 20  # held back
    for t, seen in ((5.0, on), (5.1, off), (7.8, seek(page, 7.8))):
        # Of letters and bars the browser's small copy is no mean: most of the picture is the plate.
        assert np.median(np.abs(film.shown(t, limits) - seen)) <= 1
        assert limits.strength(round((t - START) * FPS)) == 0 or difference(film.shown(t, None), seen) > 15


def test_an_edit_makes_it_stale_and_undoing_that_does_not_ask_again(page: Page) -> None:
    page.evaluate(f"async () => {_EDITOR}.model.edit('Title', (project) => ({{ ...project, title: 'Another' }}))")
    until(lambda: page.locator(".time__flash").count() == 0)
    assert difference(seek(page, 5.0), seek(page, 5.1)) > 40  # nothing is held back that was not looked at
    page.locator('[data-part="video-export"]').click()
    until(lambda: state(page) == "stale")
    assert "The video has changed since" in page.locator(".flashes__state").inner_text()
    page.keyboard.press("Escape")
    page.evaluate(f"async () => void {_EDITOR}.model.undo()")
    until(lambda: page.locator(".time__flash").count() > 0)
    assert difference(seek(page, 5.0), seek(page, 5.1)) < 20


def test_held_back_or_not_is_the_projects_choice_and_seen_at_once(page: Page) -> None:
    page.locator('[data-part="video-export"]').click()
    until(lambda: state(page) == "flashing")
    page.locator('[data-part="flash-safe"]').uncheck()
    until(lambda: "leaves them as they are" in page.locator(".flashes__more").inner_text())
    assert project(page)["safeFlashes"] is False
    page.keyboard.press("Escape")
    assert difference(seek(page, 5.0), seek(page, 5.1)) > 40
    page.evaluate(f"async () => void {_EDITOR}.model.undo()")
    until(lambda: project(page)["safeFlashes"] is True)


def test_another_film_is_not_the_one_that_was_looked_at(page: Page) -> None:
    page.locator('[data-part="video-export"]').click()
    until(lambda: state(page) == "flashing")
    page.locator('[data-export="fps"]').select_option("60")
    until(lambda: state(page) == "stale")
    assert "Another film is chosen now" in page.locator(".flashes__state").inner_text()
    page.locator('[data-export="fps"]').select_option(str(FPS))
    until(lambda: state(page) == "flashing")


def test_the_panel_is_accessible_and_fits_a_phone(page: Page) -> None:
    assert axe_findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator(".flashes").evaluate("(box) => box.scrollWidth <= box.clientWidth + 1")
    assert axe_findings(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("Escape")


def test_a_check_while_the_song_plays_does_not_stop_it(page: Page) -> None:
    page.locator('[data-part="video-play"]').click()
    page.locator('[data-part="video-export"]').click()
    page.locator('[data-part="flash-check"]').click()
    until(lambda: state(page) == "working")
    early = picture(page)
    until(lambda: difference(early, picture(page)) > 0.05)  # goes on beneath the panel
    until(lambda: state(page) == "flashing")
    page.keyboard.press("Escape")
    page.evaluate(f"async () => {_EDITOR}.player.pause()")


def test_films_in_the_video_are_looked_at_frame_by_frame(page: Page, film: Film, tmp_path: Path) -> None:
    path = write_film(tmp_path / "flashing.webm")
    page.evaluate(_PUT_FILM, base64.b64encode(path.read_bytes()).decode())
    until(lambda: [each["kind"] for each in project(page)["layers"]] == ["video"])
    seek(page, 3.0)
    page.locator('[data-part="video-export"]').click()
    until(lambda: state(page) == "stale")
    check(page)
    assert state(page) == "flashing"
    report, _ = Film(project(page), film.features, {"flashing": path}).looked_at()
    found = page.evaluate(f"async () => {_EDITOR}.flashes.found")["times"]
    assert [(one["kind"], one["flashes"]) for one in found] == [(one.kind, one.flashes) for one in report.spans]
    assert found[0]["startSeconds"] == pytest.approx(START + report.spans[0].start_seconds, abs=1.5 / FPS)
    page.keyboard.press("Escape")
