"""The video editor in a real Chromium with the real server, engine and painter: a song becomes a video that moves."""

from __future__ import annotations

import contextlib
import io
import json
import math
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from shared.theory.keys import parse_key
from tests.browser.decode_support import encode
from tests.browser.page_support import axe_findings
from tests.browser.page_support import until as within
from tests.signals import RATE, song

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECONDS = 12.0
#: The picture as the page shows it, scaled to 64 x 36: sums of its bytes would hide a move.
_PICTURE = """async () => {
    const canvas = document.querySelector(".stage__canvas");
    const copy = new OffscreenCanvas(64, 36);
    const context = copy.getContext("2d");
    context.drawImage(canvas, 0, 0, 64, 36);
    return [...context.getImageData(0, 0, 64, 36).data];
}"""
_EDITOR = "(await import(document.querySelector('script[src$=\"main.js\"]').src)).video.editor"
_PROJECT = f"async () => {_EDITOR}?.model?.project ?? null"


def until(holds: Callable[[], Any], seconds: float = 180) -> None:
    """Patient: server, two Pythons, a painter without a GPU and whatever else runs share the machine."""
    within(lambda: bool(holds()), seconds)


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short song with a beat, as FLAC."""
    music = song(parse_key("A minor"), bpm=120, seconds=SECONDS)
    return encode(tmp_path_factory.mktemp("video") / "Night Drive.flac", "flac", np.stack([music] * 2), RATE)


@pytest.fixture(scope="module")
def desk(browser: Browser, server_url: str, tune: Path) -> Iterator[Page]:
    """The editor, opened for the tune; every test leaves it open."""
    with opened_editor(browser, server_url, tune) as page:
        yield page


@contextlib.contextmanager
def opened_editor(browser: Browser, url: str, song: Path) -> Iterator[Page]:
    """The editor of a song, in a fresh profile, once it has heard it; no error may be left on the page."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    page.locator('[data-part="files"]').set_input_files(str(song))
    button = page.locator('[data-action="video"]').first
    button.wait_for(state="visible", timeout=120_000)
    button.click()
    until_heard(page)
    yield page
    context.close()
    assert complaints == []


def until_heard(page: Page) -> None:
    until(lambda: not page.locator('[data-part="video-boot"]').is_visible())
    until(lambda: page.evaluate(f"async () => ({_EDITOR})?.model?.song.features !== null && {_EDITOR}.model !== null"))
    until(lambda: not page.locator('[data-part="video-hearing"]').is_visible())


def project(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(_PROJECT)
    return found


def picture(page: Page) -> np.ndarray:
    return np.array(page.evaluate(_PICTURE), np.int16).reshape(36, 64, 4)[..., :3]


def seek(page: Page, seconds: float) -> np.ndarray:
    """The picture at a second, once it stands still."""
    page.evaluate(f"async (at) => {_EDITOR}.player.seek(at)", seconds)
    place = page.locator(".stage__place")
    until(lambda: abs(float(place.get_attribute("data-painted") or "nan") - seconds) < 0.002)
    page.wait_for_timeout(300)
    last = picture(page)
    for _ in range(40):
        page.wait_for_timeout(150)
        now = picture(page)
        if np.array_equal(now, last):
            return now
        last = now
    return last


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean())


def until_moved(page: Page, before: np.ndarray) -> None:
    until(lambda: difference(before, picture(page)) > 0.05)


def until_reads(meter: Locator, value: float) -> None:
    until(lambda: abs(float(meter.get_attribute("aria-valuenow") or "nan") - value) < 0.02)


def choose_layer(page: Page, name: str) -> None:
    page.locator("#tab-layers").click()
    page.locator(".layer__name", has_text=name).first.click()


def put_number(page: Page, label: str, value: str) -> None:
    field = page.locator(".prop--number", has_text=label).first.locator(".field-number").first
    field.fill(value)
    field.press("Enter")


def give_file(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator('[data-part="video-file"]').set_input_files(file)  # type: ignore[arg-type]  # a FilePayload


def layer_of(page: Page, name: str) -> dict[str, Any]:
    return next(each for each in project(page)["layers"] if each["name"] == name or each["id"] == name)


def test_a_new_video_shows_the_song_and_moves_with_it(desk: Page) -> None:
    made = project(desk)
    assert (made["template"], made["title"]) == ("default", "Night Drive")
    until(lambda: seek(desk, 2.02).std() > 5)  # not one colour: fonts and all have come
    early, again, late = seek(desk, 2.02), seek(desk, 6.3), seek(desk, 2.02)
    assert difference(early, again) > 0.2
    assert difference(early, late) < 0.05  # a frame depends on its time alone


def test_it_plays_from_the_first_moment(desk: Page) -> None:
    last = seek(desk, 0.0)
    desk.locator('[data-part="video-play"]').click()
    for _ in range(3):
        until_moved(desk, last)
        last = picture(desk)
    desk.locator('[data-part="video-play"]').click()
    assert desk.evaluate(f"async () => {_EDITOR}.player.position()") > 0


def test_three_edits_are_seen_undone_and_there_after_a_reload(desk: Page) -> None:
    desk.locator("#tab-templates").click()
    desk.locator(".gallery__search").fill("minimal")
    cards = desk.locator(".gallery__card:visible")
    until(lambda: cards.count() >= 1)
    cards.first.click()
    until(lambda: project(desk)["template"] == "minimal")
    desk.locator(".gallery__search").fill("")
    desk.locator("#tab-look").click()
    plain = seek(desk, 3.0)

    desk.locator(".look__field").first.fill("Another Name")
    until(lambda: project(desk)["title"] == "Another Name")
    desk.locator(".palette", has_text="Paper").click()
    until(lambda: project(desk)["palette"][0] == "#f4efe6")
    paper = seek(desk, 3.0)
    assert difference(plain, paper) > 40  # from dark to light

    choose_layer(desk, project(desk)["layers"][-1]["name"])
    name = desk.locator(".inspector__title").inner_text()
    put_number(desk, "Scale", "2.5")
    until(lambda: layer_of(desk, name)["props"].get("scale") == 2.5)
    assert difference(paper, seek(desk, 3.0)) > 0.2

    desk.keyboard.press("Control+z")
    until(lambda: layer_of(desk, name)["props"].get("scale") != 2.5)
    assert difference(paper, seek(desk, 3.0)) < 0.1
    desk.keyboard.press("Control+Shift+z")
    until(lambda: layer_of(desk, name)["props"].get("scale") == 2.5)

    before = project(desk)
    until(lambda: desk.locator('[data-part="video-saved"]').get_attribute("data-state") == "saved")
    desk.reload()
    until_heard(desk)
    assert project(desk) == before
    assert difference(paper, seek(desk, 3.0)) > 0.2


def test_an_edit_of_what_stands_still_is_seen_at_once_and_then_the_picture_rests(desk: Page) -> None:
    desk.locator("#tab-templates").click()
    desk.locator('[data-template="default"]').click()
    until(lambda: project(desk)["template"] == "default")
    before = seek(desk, 3.0)
    desk.locator('[data-template="acoustic"]').click()  # its ground and words stand still
    until(lambda: project(desk)["template"] == "acoustic")
    until(lambda: difference(before, picture(desk)) > 30)
    until_rests(desk)
    before = picture(desk)
    desk.locator("#tab-look").click()
    desk.locator(".look__field").first.fill("A title much longer than before")
    until_moved(desk, before)
    until_rests(desk)


def until_rests(page: Page) -> None:
    """Nothing is painted for a second: a preview that stands still must not keep a processor busy."""
    count = """async () => {
        let painted = 0;
        const watcher = new MutationObserver((records) => (painted += records.length));
        watcher.observe(document.querySelector(".stage__place"), { attributes: true });
        await new Promise((done) => setTimeout(done, 1000));
        watcher.disconnect();
        return painted;
    }"""
    until(lambda: page.evaluate(count) == 0)


def test_a_number_follows_the_music_and_its_meter_shows_it(desk: Page) -> None:
    desk.locator("#tab-layers").click()
    desk.locator(".layers__add").click()
    desk.locator(".adder__search").fill("gradient")
    desk.locator(".adder__kind").first.click()
    row = desk.locator(".prop--number", has_text="Opacity").first
    row.hover()
    row.locator(".prop__drive").click()
    until(lambda: row.locator(".drive").count() == 1)
    row.locator("select").nth(1).select_option("progress")
    for place, value in ((0, "0"), (1, "100")):
        end = row.locator(".drive__line .field-number").nth(place)
        end.fill(value)
        end.press("Tab")
    meter = row.locator('[role="meter"]')
    for second in (3.0, 9.0):
        seek(desk, second)
        until_reads(meter, second / SECONDS)
    driven = [each for each in project(desk)["layers"] if isinstance(each["props"].get("opacity"), dict)]
    assert [each["props"]["opacity"]["feature"] for each in driven] == ["progress"]


def test_an_effects_number_follows_the_music_and_is_shown_after_an_undo(desk: Page) -> None:
    desk.locator("#tab-layers").click()
    desk.locator(".layers__picture").click()
    desk.locator(".effects__add").select_option("vignette")
    row = desk.locator(".effect .prop--number", has_text="Strength").first
    row.hover()
    row.locator(".prop__drive").click()
    until(lambda: row.locator(".drive").count() == 1)
    row.locator("select").nth(1).select_option("progress")
    assert row.locator("select").first.is_disabled()  # progress is the song's, and no stem's
    for place, value in ((0, "0"), (1, "100")):
        end = row.locator(".drive__line .field-number").nth(place)
        end.fill(value)
        end.press("Tab")
    for second in (3.0, 9.0):
        seek(desk, second)
        until_reads(row.locator('[role="meter"]'), second / SECONDS)
    row.locator(".prop__drive").click()
    until(lambda: row.locator(".drive").count() == 0)
    field = row.locator(".field-number").first
    field.fill("40")
    field.press("Enter")
    desk.keyboard.press("Control+z")
    until(lambda: field.input_value() != "40")


def test_a_number_follows_a_stem_which_is_made_for_it(desk: Page) -> None:
    desk.locator("#tab-layers").click()
    desk.locator(".layers__add").click()
    desk.locator(".adder__search").fill("gradient")
    desk.locator(".adder__kind").first.click()
    row = desk.locator(".prop--number", has_text="Opacity").first
    row.hover()
    row.locator(".prop__drive").click()
    until(lambda: row.locator(".drive").count() == 1)
    row.locator("select").first.select_option("drums")
    assert row.locator(".prop__note").is_visible()  # until then it follows the song
    stems = f"async () => {_EDITOR}.model.song.stems ?? []"
    until(lambda: desk.evaluate(stems) == ["vocals", "drums", "bass", "other"], 300)
    until(lambda: not row.locator(".prop__note").is_visible())
    row.locator("select").nth(1).select_option("kick")
    drives = [each["props"].get("opacity") for each in project(desk)["layers"]]
    assert [(each["stem"], each["feature"]) for each in drives if isinstance(each, dict)][-1] == ("drums", "kick")
    # Kept with the song: another visit need not take it apart again.
    until(lambda: desk.locator('[data-part="video-saved"]').get_attribute("data-state") == "saved")
    desk.reload()
    until_heard(desk)
    assert desk.evaluate(stems) == ["vocals", "drums", "bass", "other"]


def test_keyframes_are_set_in_the_inspector_and_seen_in_the_timeline(desk: Page) -> None:
    choose_layer(desk, project(desk)["layers"][-1]["name"])
    row = desk.locator(".prop--number", has_text="Rotation").first
    for second, degrees in ((2.0, "0"), (4.0, "90")):
        seek(desk, second)
        if second == 2.0:
            row.hover()
            row.locator(".prop__key").click()
        put_number(desk, "Rotation", degrees)
    until(lambda: desk.locator(".time__key").count() == 2)
    (keyed,) = [each for each in project(desk)["layers"] if isinstance(each["props"].get("rotation"), dict)]
    assert [(key["at"], key["value"]) for key in keyed["props"]["rotation"]["keys"]] == [
        (pytest.approx(2.0, abs=0.01), 0),
        (pytest.approx(4.0, abs=0.01), 90),
    ]
    desk.locator(".time__key").first.click()
    desk.keyboard.press("Delete")
    until(lambda: desk.locator(".time__key").count() == 1)


def test_a_layer_is_dragged_on_the_picture_and_snaps_to_the_middle(desk: Page) -> None:
    desk.locator("#tab-layers").click()
    desk.locator(".layers__add").click()
    desk.locator(".adder__search").fill("shape")
    desk.locator(".adder__kind").first.click()
    until(lambda: desk.locator(".stage__box").count() == 1)
    name = desk.locator(".inspector__title").inner_text()
    frame = desk.locator(".stage__overlay").bounding_box()
    assert frame is not None
    middle = (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    desk.mouse.move(*middle)
    desk.mouse.down()
    desk.mouse.move(middle[0] + 150, middle[1] + 90, steps=6)
    desk.mouse.up()

    def place() -> tuple[float, float]:
        chosen = desk.evaluate(f"async () => {_EDITOR}.model.selected?.props ?? {{}}")
        return (chosen.get("x", 0.5), chosen.get("y", 0.5))

    x, y = place()
    assert x == pytest.approx(0.5 + 150 / frame["width"], abs=0.03), name
    assert y == pytest.approx(0.5 + 90 / frame["height"], abs=0.03), name
    # Its box comes from the worker, a frame or more later.
    until(lambda: _middle_of(desk.locator(".stage__box")) == pytest.approx((middle[0] + 150, middle[1] + 90), abs=20))
    until(lambda: desk.evaluate(f"async () => {_EDITOR}.model.settled"))
    desk.wait_for_timeout(300)
    desk.mouse.move(middle[0] + 150, middle[1] + 90)
    desk.mouse.down()
    desk.mouse.move(middle[0] + 3, middle[1] + 2, steps=6)
    desk.mouse.up()
    x, y = place()
    assert x == pytest.approx(0.5, abs=1e-3), desk.evaluate(f"async () => {_EDITOR}.model.selection.layer")
    assert y == pytest.approx(0.5, abs=0.02)  # the edge of a title may lie nearer than the middle


def test_the_project_file_holds_its_media_and_opens_again(desk: Page, tmp_path: Path) -> None:
    png = _png((200, 30, 60))
    desk.locator("#tab-look").click()
    desk.evaluate("() => document.querySelector('.look__add button').click()")
    give_file(desk, "Cover.png", png)
    until(lambda: [each["role"] for each in project(desk)["media"]] == ["cover"])
    until(lambda: desk.locator(".palette", has_text="Cover, dark").count() == 1)
    desk.locator('[data-part="video-menu"] summary').click()
    with desk.expect_download() as waiting:
        desk.locator('[data-video="save"]').click()
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    assert saved.suffix == ".keylight"
    with zipfile.ZipFile(saved) as archive:
        assert archive.testzip() is None
        assert archive.read("media/cover") == png
        kept = json.loads(archive.read("project.json"))
    assert kept == project(desk)
    desk.locator(".palette", has_text="Acid").click()
    until(lambda: project(desk) != kept)
    before = desk.evaluate("() => location.hash")
    desk.locator('[data-part="video-menu"] summary').click()
    desk.locator('[data-video="open"]').click()
    desk.locator('[data-part="video-file"]').set_input_files(str(saved))
    until(lambda: project(desk) == kept)
    assert desk.evaluate("() => location.hash") != before  # a video of its own


def test_a_project_from_the_future_and_a_broken_picture_are_told_of_in_a_sentence(desk: Page) -> None:
    for name, content, sentence in (
        ("Later.keylight", b'{"version": 99}', "made by a newer Keylight"),
        ("Photo.png", b"no picture", "Expected a picture in PNG"),
    ):
        if name.endswith(".png"):
            desk.locator("#tab-look").click()
            desk.evaluate("() => document.querySelector('.look__add button').click()")
        else:
            desk.locator('[data-part="video-menu"] summary').click()
            desk.locator('[data-video="open"]').click()
        give_file(desk, name, content)
        notice = desk.locator(".notice", has_text=sentence)
        notice.wait_for(timeout=120_000)
        notice.locator('[data-part="close"]').click()


def test_a_film_shows_the_frame_of_its_time(desk: Page) -> None:
    desk.locator("#tab-layers").click()
    desk.locator(".layers__add").click()
    desk.locator(".adder__search").fill("film")
    desk.locator(".adder__kind", has_text="A film of yours").click()
    desk.locator(".prop--video .button").click()
    give_file(desk, "Two colours.webm", _film([(210, 30, 30), (30, 30, 210)], seconds=1.0))
    until(lambda: [each["kind"] for each in project(desk)["media"] if each["id"] == "two-colours"] == ["video"])
    until(lambda: "two-colours" in project(desk)["layers"][-1]["props"].values())
    for second, channel in ((0.5, 0), (1.5, 2), (0.2, 0)):
        until_dominates(desk, second, channel)
    desk.keyboard.press("Control+z")


def until_dominates(page: Page, second: float, channel: int) -> None:
    """The picture at a second is mostly of one colour: 0 red, 2 blue. A film's frame comes a little after the seek."""
    until(lambda: int(np.argmax(seek(page, second).mean(axis=(0, 1)))) == channel)


def test_another_shape_is_laid_out_anew_and_nothing_is_hard_to_reach(desk: Page) -> None:
    assert desk.locator('[data-part="transport"]').is_hidden()  # one "Play" is enough
    desk.locator('[data-part="video-format"] select').first.select_option("9:16")
    until(lambda: project(desk)["canvas"]["height"] == 1920)
    until(lambda: (desk.locator(".stage__frame").bounding_box() or {"width": 1, "height": 0})["height"] > 300)
    box = desk.locator(".stage__frame").bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(9 / 16, abs=0.01)
    assert axe_findings(desk) == []
    desk.keyboard.press("Control+z")


def test_a_worker_that_dies_is_started_again_with_all_it_knew(desk: Page) -> None:
    before = seek(desk, 3.0)
    desk.evaluate(f"async () => {_EDITOR}.model.engine.restart()")
    until_heard(desk)
    until(lambda: difference(before, seek(desk, 3.0)) < 1.0)


def test_the_way_back_leads_to_the_songs_and_the_video_is_kept(desk: Page) -> None:
    name = "There and back"
    rename(desk, name)
    desk.locator('[data-part="video-close"]').click()
    until(lambda: not desk.locator('[data-part="video"]').is_visible())
    desk.locator(".top__videos").click()  # at hand whatever else is on the page
    kept = desk.locator('[data-part="videos-dialog"] .job', has_text=name)
    kept.wait_for()
    kept.get_by_role("button", name="Open").click()
    until_heard(desk)
    assert project(desk)["name"] == name

    desk.goto(desk.url.split("#")[0])  # another visit: no songs, but what was made
    kept = desk.locator('[data-part="kept-videos"] .job', has_text=name)
    kept.wait_for(timeout=60_000)
    kept.get_by_role("button", name="Open").click()
    until_heard(desk)
    assert project(desk)["name"] == name


def rename(page: Page, name: str) -> None:
    """An edit by itself: a video that nobody changed is not kept."""
    page.locator('[data-part="video-name"]').fill(name)
    until(lambda: project(page)["name"] == name)
    until(lambda: page.locator('[data-part="video-saved"]').get_attribute("data-state") == "saved")


def _middle_of(box: Locator) -> tuple[float, float]:
    found = box.bounding_box()
    if found is None:  # between two answers of the worker there is no box
        return (math.nan, math.nan)
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2


def _film(colors: list[tuple[int, int, int]], *, seconds: float) -> bytes:
    """A film, VP9, that shows one colour after the other, 25 frames a second."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="webm") as out:
        stream = out.add_stream("libvpx-vp9", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for color in colors:
            for _ in range(int(25 * seconds)):
                picture = av.VideoFrame.from_ndarray(np.full((90, 160, 3), color, np.uint8), format="rgb24")
                out.mux(stream.encode(picture))
        out.mux(stream.encode())
    return buffer.getvalue()


def _png(color: tuple[int, int, int]) -> bytes:
    import av

    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), color, np.uint8), format="rgb24")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="image2pipe") as out:
        stream = out.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return buffer.getvalue()
