"""The whole way of a film: a song is dropped, dressed, changed, rendered by the server, saved, and is what was seen."""

from __future__ import annotations

import base64
import functools
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from tests.browser.test_video import (
    choose_layer,
    layer_of,
    opened_editor,
    picture,
    project,
    put_number,
    seek,
    tune,
    until,
    until_heard,
    until_moved,
)
from tests.parity.compare import psnr

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

__all__ = ["tune"]  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_FRAME = 300
_FPS = 60
_SECONDS = 6
#: All of the preview, as PNG.
_WHOLE = """async () => {
    const canvas = document.querySelector(".stage__canvas");
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    copy.getContext("2d").drawImage(canvas, 0, 0);
    const bytes = new Uint8Array(await (await copy.convertToBlob()).arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
}"""


@pytest.fixture(scope="module")
def desk(browser: Browser, stems_server: str, tune: Path) -> Iterator[Page]:
    """The editor of the tune, from a server that renders."""
    with opened_editor(browser, stems_server, tune) as page:
        yield page


def test_what_was_seen_is_what_is_saved(desk: Page, tmp_path: Path) -> None:
    choose_template(desk, "minimal")
    desk.locator("#tab-look").click()
    desk.locator(".look__field").first.fill("Somewhere Else")
    until(lambda: project(desk)["title"] == "Somewhere Else")
    desk.locator(".palette", has_text="Acid").click()
    choose_layer(desk, project(desk)["layers"][-1]["name"])
    name = desk.locator(".inspector__title").inner_text()
    put_number(desk, "Scale", "1.5")
    until(lambda: layer_of(desk, name)["props"].get("scale") == 1.5)

    still = seek(desk, 0.0)
    desk.locator('[data-part="video-play"]').click()
    until_moved(desk, still)
    until_moved(desk, picture(desk))
    desk.locator('[data-part="video-play"]').click()

    give_exact_size(desk)
    seek(desk, _FRAME / _FPS)
    seen = whole_picture(desk)
    height, width = seen.shape[:2]
    open_export(desk)
    order(desk, {"Width": width, "Height": height, "Length (seconds)": _SECONDS}, quality="best")
    film = newest_film(desk)
    until(lambda: film.get_attribute("data-state") == "done", seconds=300)
    assert film.locator("video").is_visible()
    saved = save(desk, tmp_path)
    assert saved.name == f"Somewhere Else ({width}x{height}).mp4"
    assert_is_film(saved, width, height)
    assert likeness(saved, _FRAME, seen) > 38  # what the codec loses
    assert likeness(saved, _FRAME - 12, seen) < likeness(saved, _FRAME, seen) - 3  # a fifth of a second earlier


def test_a_film_goes_on_while_the_page_is_away_and_is_found_again(desk: Page) -> None:
    order(desk, {"Length (seconds)": 12}, quality="draft")
    film = newest_film(desk)
    until(lambda: film.get_attribute("data-state") in ("queued", "running", "done"))
    until(lambda: desk.locator('[data-part="video-saved"]').get_attribute("data-state") == "saved")
    desk.reload()
    until_heard(desk)
    open_export(desk)
    assert desk.locator(".film").count() == 2
    films = desk.locator(".film")
    until(lambda: [each.get_attribute("data-state") for each in films.all()] == ["done"] * 2, seconds=300)


def test_a_film_is_cancelled_and_removed(desk: Page) -> None:
    order(desk, {"Length (seconds)": 12}, quality="best")
    film = newest_film(desk)
    until(lambda: film.get_attribute("data-state") in ("queued", "running"))
    film.get_by_role("button", name="Cancel").click()
    until(lambda: film.get_attribute("data-state") == "cancelled")
    count = desk.locator(".film").count()
    film.get_by_role("button", name="Remove").click()
    until(lambda: desk.locator(".film").count() == count - 1)


def choose_template(page: Page, name: str) -> None:
    page.locator("#tab-templates").click()
    page.locator(".gallery__search").fill(name)
    cards = page.locator(".gallery__card:visible")
    until(lambda: cards.count() >= 1)
    cards.first.click()
    until(lambda: project(page)["template"] == name)
    page.locator(".gallery__search").fill("")


def give_exact_size(page: Page) -> None:
    """Make the window so wide that the preview has whole pixels of the canvas' ratio, in numbers a film may have."""

    def size() -> tuple[int, int]:
        width, height = page.evaluate(
            "(({ width, height }) => [width, height])(document.querySelector('.stage__canvas'))"
        )
        return int(width), int(height)

    page.set_viewport_size({"width": 1440 + -size()[0] % 32, "height": 900})
    until(lambda: size()[0] % 32 == 0 and size()[0] * 9 == size()[1] * 16)


def open_export(page: Page) -> None:
    page.locator('[data-part="video-export"]').click()
    until(lambda: page.locator(".export__preset").count() == 14)
    until(lambda: page.locator('[data-part="export-go"]').is_enabled())


def order(page: Page, numbers: dict[str, int], *, quality: str) -> None:
    """Change these fields of the open panel and order the film they make."""
    dialog = page.locator('[data-part="export-dialog"]')
    for label, value in numbers.items():
        field = dialog.get_by_label(label, exact=True)
        field.fill(str(value))
        field.press("Tab")
        until(functools.partial(_reads, dialog.get_by_label(label, exact=True), value))
    dialog.get_by_label("Quality").select_option(quality)
    until(lambda: page.locator('[data-part="export-go"]').is_enabled())
    before = page.locator(".film").count()
    page.locator('[data-part="export-go"]').click()
    until(lambda: page.locator(".film").count() == before + 1)


def _reads(field: Locator, value: int) -> bool:
    return field.input_value() == str(value)


def newest_film(page: Page) -> Locator:
    return page.locator(".film").first


def save(page: Page, folder: Path) -> Path:
    with page.expect_download() as waiting:
        newest_film(page).get_by_role("link", name="Save film").click()
    saved = folder / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    return saved


def whole_picture(page: Page) -> np.ndarray:
    """The preview's pixels, uint8 of shape (height, width, 3)."""
    with av.open(io.BytesIO(base64.b64decode(page.evaluate(_WHOLE))), "r") as png:
        return next(png.decode(video=0)).to_ndarray(format="rgb24")


def likeness(path: Path, number: int, seen: np.ndarray) -> float:
    """PSNR of a frame of the film, in dB, at half the size: colours of 4:2:0 are no finer."""
    with av.open(str(path), "r") as film:
        for at, frame in enumerate(film.decode(video=0)):
            if at == number:
                return psnr(halved_colors(frame.to_ndarray(), frame.height), halved(seen))
    raise AssertionError(f"{path.name} has no frame {number}")


def halved_colors(planes: np.ndarray, height: int) -> np.ndarray:
    """RGB of 4:2:0 in numbers of video (ITU-R BT.709, 3.2 and 3.5), 0-255, one pixel for each of its colours."""
    luma = halved(planes[:height, :, None])[..., 0]
    blue, red = planes[height:].reshape(2, height // 2, -1).astype(np.float64)
    bright, blue, red = (luma - 16) / 219, (blue - 128) / 224, (red - 128) / 224
    red, blue = bright + 1.5748 * red, bright + 1.8556 * blue
    green = (bright - 0.2126 * red - 0.0722 * blue) / 0.7152
    return 255 * np.clip(np.stack([red, green, blue], axis=-1), 0, 1)


def halved(image: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 pixels."""
    height, width = image.shape[0] // 2, image.shape[1] // 2
    blocks = image[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1)
    return blocks.mean(axis=(1, 3))


def assert_is_film(path: Path, width: int, height: int) -> None:
    """What ffprobe says of it, where there is one, and what PyAV says."""
    with av.open(str(path)) as film:
        assert film.metadata["title"] == "Somewhere Else"
        video = film.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", width, height)
        assert video.average_rate == _FPS
        assert video.frames == _FPS * _SECONDS
        assert film.streams.audio[0].codec_context.name == "aac"
    if shutil.which("ffprobe"):
        command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(path)]
        said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["streams"]
        (video,) = [each for each in said if each["codec_type"] == "video"]
        assert (video["color_space"], video["color_range"], video["pix_fmt"]) == ("bt709", "tv", "yuv420p")
        assert float(video["duration"]) == pytest.approx(_SECONDS, abs=1 / _FPS)
