"""Stems on the page, with the real server, a real worker and small real models: nothing in between is played.

Songs are real ones of ../shared/data where they are, else composed; a song's stems must sum to it, sample by sample.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from shared.theory.keys import parse_key
from tests.browser.cutting_proxy import cutting_proxy
from tests.browser.decode_support import encode
from tests.browser.page_support import DESKTOP, PHONE, axe_findings, drop, open_fake_page
from tests.browser.page_support import until as within
from tests.serving import get_json, running_server, tiny_models_folder, wait_for
from tests.signals import RATE, song

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser

SONGS = Path(__file__).parents[3] / "shared" / "data" / "songs"
#: Seconds of a song that is separated at once, and of one that takes long enough to be stopped.
SHORT, LONG = 9.0, 30.0
#: Four FLAC files of 24 bits, each off by half a step, and float32 sums.
SERVER_TOLERANCE = 1e-5
QUICK_TOLERANCE = 1e-5

#: Reads the lanes as the mixer does, in blocks of half a second, and hands the sum out as numbers of base64.
_SUM_OF_LANES = """async () => {
    const { stems } = await import(document.querySelector('script[src$="main.js"]').src);
    const lanes = stems.host.lanes;
    const [{ sampleRate, seconds }] = lanes;
    const total = Math.round(seconds * sampleRate);
    const sums = [new Float32Array(total), new Float32Array(total)];
    for (let start = 0; start < total; start += sampleRate / 2) {
        const count = Math.min(sampleRate / 2, total - start);
        for (const lane of lanes) {
            (await lane.read(start, count)).forEach((plane, side) => {
                for (let i = 0; i < count; i++) sums[side][start + i] += plane[i];
            });
        }
    }
    const bytes = new Uint8Array(await new Blob(sums).arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    const peaks = lanes.map(lane => lane.peaks?.length ?? 0);
    return { sampleRate, names: lanes.map(lane => lane.name), peaks, data: btoa(text) };
}"""

#: The song of the video that is open.
_VIDEO_SONG = """(await import(document.querySelector('script[src$="main.js"]').src)).video.editor?.model?.song"""

OpenPage = Callable[..., "Page"]


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A short and a long beginning of a real song, as FLAC: every decoder reads the same samples."""
    folder = tmp_path_factory.mktemp("stems-songs")
    real = SONGS / "vibe_ace.ogg"
    long = (
        _beginning(real, LONG) if real.is_file() else np.stack([song(parse_key("A minor"), bpm=120, seconds=LONG)] * 2)
    )
    return {
        "long": encode(folder / "Long Way.flac", "flac", long, RATE),
        "short": encode(folder / "Short Cut.flac", "flac", long[:, : int(SHORT * RATE)], RATE),
    }


def _beginning(path: Path, seconds: float) -> np.ndarray:
    """The first seconds of a file, float32 [2, samples] at 44.1 kHz."""
    resampler = av.AudioResampler("fltp", "stereo", RATE)
    with av.open(str(path)) as media:
        frames = [out.to_ndarray() for frame in media.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate(frames, axis=1)[:, : int(seconds * RATE)]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """`open_page(url, **options)`: the page with its real engine; at the end none may have thrown."""
    complaints: list[str] = []
    pages: list[Page] = []

    def open_one(url: str, **options: Any) -> Page:
        page = browser.new_context(**{"viewport": DESKTOP, "accept_downloads": True, **options}).new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.context.close()
    assert complaints == []


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Patient: server, worker, browser and whatever else runs share the machine."""
    within(holds, seconds)


def choose(page: Page, path: Path) -> None:
    """Give the page a song as somebody who came for stems; the choice opens."""
    page.locator('[data-part="stems-file"]').set_input_files(str(path))
    page.locator('[data-part="stems-choice"]').wait_for()


def pick(page: Page, model: str) -> None:
    until(lambda: page.locator(".choice__model").filter(has_text=model).count() > 0)
    page.locator(".choice__model").filter(has_text=model).first.click()


def go(page: Page, model: str = "Studio") -> None:
    pick(page, model)
    page.locator('[data-part="choice-go"]').click()


def state(page: Page) -> str | None:
    return page.locator('[data-part="stems"]').get_attribute("data-state")


def wait_until_done(page: Page, seconds: float = 120) -> None:
    until(lambda: state(page) in ("done", "failed"), seconds)
    assert state(page) == "done", page.locator('[data-part="stems-work"]').inner_text()
    until(lambda: page.locator('[data-part="stems-mixer"]').is_visible())


def lanes(page: Page) -> tuple[dict[str, Any], np.ndarray]:
    """What the lanes are, and their sum float32 [2, samples]."""
    import base64

    found = page.evaluate(_SUM_OF_LANES)
    return found, np.frombuffer(base64.b64decode(found["data"]), np.float32).reshape(2, -1)


def assert_sums_to(page: Page, path: Path, tolerance: float) -> dict[str, Any]:
    found, total = lanes(page)
    expected = _beginning(path, LONG)
    assert found["sampleRate"] == RATE
    assert total.shape == expected.shape
    assert np.abs(total - expected).max() < tolerance
    return found


# On the server


def test_stems_come_back_and_sum_to_the_song(open_page: OpenPage, stems_server: str, songs: dict[str, Path]) -> None:
    page = open_page(stems_server)
    choose(page, songs["short"])
    pick(page, "Studio")
    assert "uploads the song" in page.locator('[data-part="choice-privacy"]').inner_text()
    page.locator('[data-part="choice-format"]').select_option("wav24")
    go(page)
    wait_until_done(page)
    until(lambda: page.locator('[data-part="stems-opening"]').is_hidden())
    found = assert_sums_to(page, songs["short"], SERVER_TOLERANCE)
    assert found["names"] == ["vocals", "drums", "bass", "other"]
    assert found["peaks"] == [2 * int(SHORT * 300)] * 4
    with page.expect_download() as saving:
        page.get_by_role("link", name="All files as ZIP").click()
    assert saving.value.suggested_filename.endswith(".zip")
    assert "Short Cut" in saving.value.suggested_filename


def test_stems_that_could_not_be_loaded_are_loaded_at_another_try(
    open_page: OpenPage, stems_server: str, songs: dict[str, Path]
) -> None:
    page = open_page(stems_server)
    page.route("**/results/**", lambda route: route.abort("connectionrefused"))
    choose(page, songs["short"])
    go(page)
    opening = page.locator('[data-part="stems-opening"]')
    until(lambda: "the server does not answer" in opening.inner_text())
    page.unroute("**/results/**")
    opening.get_by_role("button", name="Try again").click()
    wait_until_done(page)
    until(opening.is_hidden)
    assert_sums_to(page, songs["short"], 2e-4)


def test_vocals_and_instrumental_are_two_lanes(open_page: OpenPage, stems_server: str, songs: dict[str, Path]) -> None:
    page = open_page(stems_server)
    choose(page, songs["short"])
    pick(page, "Studio")
    page.get_by_text("Vocals + instrumental", exact=True).click()
    assert page.locator('[data-part="choice-files"]').inner_text() == "2 files: vocals and instrumental."
    go(page)
    wait_until_done(page)
    assert assert_sums_to(page, songs["short"], 2e-4)["names"] == ["vocals", "instrumental"]  # FLAC of 16 bits


def test_all_but_vocals_is_one_file_beside_the_song(
    open_page: OpenPage, stems_server: str, songs: dict[str, Path]
) -> None:
    page = open_page(stems_server)
    choose(page, songs["short"])
    pick(page, "Studio")
    page.get_by_text("All but vocals", exact=True).click()
    assert page.locator('[data-part="choice-files"]').inner_text() == "1 file: the song without vocals."
    go(page)
    wait_until_done(page)
    until(lambda: page.locator('[data-part="stems-opening"]').is_hidden())
    found, _ = lanes(page)
    assert found["names"] == ["instrumental"]
    files = page.locator('[data-part="stems-files"]')
    assert files.get_by_role("link").count() == 0  # its lane saves it
    assert "On the server for another 24 h" in files.inner_text()
    # Another try that is given up leaves this one before the eyes.
    page.get_by_role("button", name="Separate again").click()
    go(page)
    page.locator('[data-part="stems-cancel"]').click()
    until(lambda: state(page) == "done" and page.locator('[data-part="stems-mixer"]').is_visible())
    assert page.locator('[data-part="stems-versions"]').is_hidden()
    page.get_by_role("button", name="Remove from the server").click()
    until(lambda: page.locator('[data-part="stems-mixer"]').is_hidden())
    assert page.evaluate("document.activeElement.dataset.part") == "stems-open"


def test_a_job_is_found_again_after_the_page_was_closed(
    open_page: OpenPage, stems_server: str, songs: dict[str, Path]
) -> None:
    page = open_page(stems_server)
    choose(page, songs["long"])
    go(page)
    until(lambda: state(page) == "running")
    page.reload()
    job = page.locator(".kept .job")
    job.wait_for()
    assert job.locator('[data-part="job-title"]').inner_text() == "Long Way"
    until(lambda: job.get_attribute("data-state") == "done", 120)
    job.get_by_role("button", name="Open").click()
    until(lambda: page.locator('[data-part="stems-mixer"]').is_visible())
    assert page.locator('[data-part="desk-title"]').inner_text() == "Long Way"
    until(lambda: page.locator('[data-part="stems-opening"]').is_hidden())
    assert_sums_to(page, songs["long"], 2e-4)
    page.locator('[data-part="desk-close"]').click()
    job.get_by_role("button", name="Remove").click()
    until(lambda: job.count() == 0)
    page.reload()
    page.locator('[data-part="empty"]').wait_for()
    assert page.locator('[data-part="kept"]').is_hidden()


def test_cancelled_here_is_cancelled_there(open_page: OpenPage, stems_server: str, songs: dict[str, Path]) -> None:
    page = open_page(stems_server)
    ids: list[str] = []
    page.on("response", lambda answer: ids.append(answer.json()["id"]) if answer.url.endswith("/api/stems") else None)
    choose(page, songs["long"])
    go(page)
    until(lambda: state(page) == "running")
    page.locator('[data-part="stems-cancel"]').click()
    until(lambda: state(page) == "cancelled")
    assert page.get_by_role("button", name="Separate stems").is_visible()
    until(lambda: page.request.get(f"{stems_server}/api/jobs/{ids[0]}").json()["state"] == "cancelled")


def test_cancelled_while_the_server_makes_the_job_leaves_none(
    open_page: OpenPage, songs: dict[str, Path], tmp_path: Path
) -> None:
    with running_server(tmp_path, models=tiny_models_folder(), workers="cpu") as server:
        wait_for(lambda: get_json(f"{server.url}/api/capabilities")["separation"], what="separation")
        page = open_page(server.url)
        choose(page, songs["short"])
        pick(page, "Studio")
        with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)) as jobs:
            # The song is there and the job cannot be written down yet: the last moment in which a person can stop.
            jobs.execute("BEGIN EXCLUSIVE")
            with page.expect_response("**/api/stems") as answer:
                page.locator('[data-part="choice-go"]').click()
                until(lambda: any((tmp_path / "store" / "work").glob("*/source")))
                page.locator('[data-part="stems-cancel"]').click()
                until(lambda: state(page) == "cancelled")
                jobs.execute("ROLLBACK")
            assert answer.value.status == 202
            (job,) = jobs.execute("select workflow_uuid from workflow_status").fetchone()
        until(lambda: get_json(f"{server.url}/api/jobs/{job}")["state"] == "cancelled")


def test_a_broken_connection_makes_no_second_job(
    open_page: OpenPage, stems_server: str, songs: dict[str, Path]
) -> None:
    # The browser itself sends anew what breaks on a connection that it had used before; then the page does.
    with cutting_proxy(stems_server, cuts=99) as proxy:
        page = open_page(proxy.url)
        choose(page, songs["short"])
        go(page)
        until(lambda: state(page) == "holding")
        assert "does not answer" in page.locator('[data-part="stems-note"]').inner_text()
        proxy.cuts = 0
        page.get_by_role("button", name="Try now").click()
        wait_until_done(page)
        made = [re.findall(rb"location: /api/jobs/([0-9a-f]+)", lost) for lost in proxy.lost]
        find = "JSON.parse(Object.entries(localStorage).find(([key]) => key.startsWith('keylight.job.'))[1])"
        kept = page.evaluate(find)
        assert made
        assert made == [[kept["jobId"].encode()]] * len(made)
        assert proxy.keys == [kept["key"].encode()] * (len(made) + 1)


def test_a_refusal_is_said_in_the_servers_words(open_page: OpenPage, stems_server: str, songs: dict[str, Path]) -> None:
    page = open_page(stems_server)
    told = get_json(f"{stems_server}/api/capabilities")
    told["models"][0]["name"] = "htdemucs_9s"
    page.route("**/api/capabilities", lambda route: route.fulfill(json=told))
    choose(page, songs["short"])
    with page.expect_response("**/api/stems") as refusal:
        go(page)
    assert refusal.value.status == 422
    until(lambda: state(page) == "failed")
    assert page.locator('[data-part="stems-stage"]').inner_text() == refusal.value.json()["message"]
    assert page.get_by_role("button", name="Try again").is_visible()


# On this device


def test_a_server_that_answers_late_changes_no_choice(
    open_page: OpenPage, stems_server: str, songs: dict[str, Path]
) -> None:
    page = open_page(stems_server)
    held: list[Route] = []
    page.route("**/api/capabilities", lambda route: held.append(route))
    choose(page, songs["short"])
    until(lambda: bool(held))
    quick = page.locator(".choice__model").filter(has_text="Quick preview")
    handle = quick.element_handle()
    held[0].continue_()
    until(lambda: page.locator(".choice__model").count() > 1)
    assert quick.locator("input").is_checked()
    assert quick.evaluate("(row, before) => row === before", handle)
    assert page.locator('[data-part="choice-go"]').inner_text() == "Separate here"
    assert "Nothing is uploaded" in page.locator('[data-part="choice-privacy"]').inner_text()


def test_the_quick_preview_sums_to_the_song_and_uploads_nothing(
    open_page: OpenPage, server_url: str, songs: dict[str, Path]
) -> None:
    page = open_page(server_url)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method != "GET" else None)
    choose(page, songs["short"])
    go(page, "Quick")
    wait_until_done(page)
    found = assert_sums_to(page, songs["short"], QUICK_TOLERANCE)
    assert found["names"] == ["vocals", "drums", "bass", "other"]
    assert sent == []
    # On a phone one "Play" is enough: the mixer's, while it is what one looks at.
    until(lambda: page.locator('.row[data-state="done"]').count() > 0)
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator('[data-part="stems-mixer"]').evaluate("mixer => mixer.scrollIntoView()")
    until(lambda: page.locator('[data-part="transport"]').is_hidden())
    page.evaluate("scrollTo(0, 0)")
    until(lambda: page.locator('[data-part="transport"]').is_visible())


def test_the_instrumental_becomes_a_video_of_the_song(
    open_page: OpenPage, server_url: str, songs: dict[str, Path]
) -> None:
    page = open_page(server_url)
    choose(page, songs["short"])
    go(page, "Quick")
    wait_until_done(page)
    until(lambda: page.locator('.row[data-state="done"]').count() > 0)
    page.get_by_role("button", name="Instrumental to video").click()
    until(lambda: page.evaluate(f"async () => Boolean({_VIDEO_SONG}?.features)"), 240)
    found = page.evaluate(f"async () => ({{name: {_VIDEO_SONG}.name, title: {_VIDEO_SONG}.title}})")
    assert found == {"name": "Short Cut (instrumental).wav", "title": "Short Cut"}


def test_a_quick_preview_is_cancelled_and_made_again(
    open_page: OpenPage, server_url: str, songs: dict[str, Path]
) -> None:
    page = open_page(server_url)
    choose(page, songs["long"])
    go(page, "Quick")
    until(lambda: page.locator('[data-part="stems-mixer"]').is_visible(), 120)
    assert state(page) == "running"  # heard before it is finished
    page.locator('[data-part="stems-cancel"]').click()
    until(lambda: state(page) == "cancelled")
    assert page.locator('[data-part="stems-mixer"]').is_hidden()
    page.get_by_role("button", name="Stems", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Try again").click()
    until(lambda: dialog.locator(".job").get_attribute("data-state") == "done", 120)


# Servers that are not there, full, or locked


def test_without_a_server_everything_local_stays(open_page: OpenPage, server_url: str, songs: dict[str, Path]) -> None:
    page = open_page(server_url)
    page.route("**/api/**", lambda route: route.abort("connectionrefused"))
    choose(page, songs["short"])
    line = page.locator('[data-part="choice-server"]')
    until(lambda: "No server answers here" in line.inner_text())
    assert page.locator('[name="stems-model"]').count() == 1
    page.unroute("**/api/**")
    page.get_by_role("button", name="Ask again").click()
    until(lambda: "No worker is running" in line.inner_text())
    assert page.locator('[data-part="choice-go"]').inner_text() == "Separate here"


def test_a_full_queue_is_waited_for(open_page: OpenPage, stems_server: str, songs: dict[str, Path]) -> None:
    page = open_page(stems_server)
    full = [True]

    def answer(route: Route) -> None:
        if full:
            full.pop()
            body = {"error": "queue-full", "message": "The queue is full: 20 songs wait."}
            route.fulfill(status=429, headers={"retry-after": "2"}, json=body)
        else:
            route.continue_()

    page.route("**/api/stems", answer)
    choose(page, songs["short"])
    go(page)
    until(lambda: state(page) == "holding")
    assert page.locator('[data-part="stems-note"]').inner_text() == "The queue is full: 20 songs wait."
    assert re.fullmatch(r"in (\d s|a moment)", page.locator('[data-part="stems-left"]').inner_text())
    wait_until_done(page)


def test_a_locked_server_asks_for_its_token_once(open_page: OpenPage, songs: dict[str, Path], tmp_path: Path) -> None:
    with running_server(tmp_path / "locked", tokens="open-sesame") as server:
        page = open_page(server.url)
        choose(page, songs["short"])
        page.get_by_label("Access token").fill("guess")
        page.get_by_role("button", name="Use", exact=True).locator("visible=true").click()
        page.get_by_text("This server does not know this token.").wait_for()
        page.get_by_label("Access token").fill("open-sesame")
        page.keyboard.press("Enter")
        line = page.locator('[data-part="choice-server"]')
        until(lambda: "No worker is running" in line.inner_text())
        assert page.get_by_label("Access token").is_hidden()
        page.reload()
        choose(page, songs["short"])
        until(lambda: "No worker is running" in line.inner_text())


def test_the_service_worker_leaves_the_api_alone(open_page: OpenPage, server_url: str) -> None:
    page = open_page(server_url)
    until(lambda: bool(page.evaluate("!!navigator.serviceWorker.controller")), 60)
    with page.expect_response("**/api/health") as answer:
        page.evaluate("fetch('/api/health')")
    assert answer.value.from_service_worker is False


# Sizes, themes, keyboard


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_the_choice_and_the_jobs_are_sound(
    browser: Browser, server_url: str, viewport: dict[str, int], scheme: str
) -> None:
    page = open_fake_page(browser, server_url, viewport=viewport, color_scheme=scheme)
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
    drop(page, ["a.mp3"])
    assert page.evaluate(wide) <= 0
    page.get_by_role("button", name="Separate stems").click()
    until(lambda: "No worker is running" in page.locator('[data-part="choice-server"]').inner_text())
    assert page.evaluate("document.activeElement.value") == "quick"
    assert axe_findings(page) == []
    assert page.evaluate(wide) <= 0
    page.get_by_role("button", name="Stems", exact=True).click()
    assert axe_findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Not now").click()
    assert page.evaluate("document.activeElement.dataset.part") == "stems-open"
    page.context.close()


def test_the_card_in_hand_stays_in_view_when_the_answer_comes_above_it(
    browser: Browser, server_url: str, songs: dict[str, Path]
) -> None:
    page = open_fake_page(browser, server_url, ready=False, viewport=PHONE)
    choose(page, songs["short"])
    page.evaluate("fakeEngine.become('ready')")
    card = page.locator('[data-part="panels"] [data-part="stems"]')
    card.wait_for()
    until(lambda: -1 <= card.evaluate("card => card.getBoundingClientRect().top") < 100)
    page.context.close()


def test_a_server_with_nothing_ready_says_why_in_one_line(browser: Browser, server_url: str) -> None:
    page = open_fake_page(browser, server_url)
    told = get_json(f"{server_url}/api/capabilities")
    model = {"name": "htdemucs", "label": "Studio", "words": "Clean.", "stems": ["vocals", "other"], "ready": False,
             "here": False, "downloadMegabytes": 80, "reason": "A file is missing.", "speed": None}  # fmt: skip
    told |= {"models": [model, {**model, "name": "htdemucs_ft"}], "separation": False, "reason": "A file is missing."}
    page.route("**/api/capabilities", lambda route: route.fulfill(json=told))
    drop(page, ["a.mp3"])
    page.get_by_role("button", name="Separate stems").click()
    line = page.locator('[data-part="choice-server"]')
    until(lambda: "not ready for it. A file is missing." in line.inner_text())
    assert page.locator('[name="stems-model"]').count() == 1
    page.context.close()


def test_jobs_of_before_are_listed_at_once_and_the_expired_say_so(browser: Browser, server_url: str) -> None:
    page = open_fake_page(browser, server_url)
    job = {
        "id": "x1", "song": "a", "title": "Long Gone", "artist": None, "label": "Studio", "bytes": 1, "state": "done",
        "options": {"model": "htdemucs", "mode": "each", "stems": []}, "createdAt": 1, "key": "k", "place": "server",
        "jobId": "0123456789abcdef0123456789abcdef", "stage": "done", "fraction": 1, "secondsLeft": None, "job": None,
        "queuePosition": None, "retryAt": None, "error": None, "connected": True,
    }  # fmt: skip
    page.evaluate("text => localStorage.setItem('keylight.job.x1', text)", json.dumps(job))
    page.reload()
    row = page.locator(".kept .job")
    until(lambda: row.get_attribute("data-state") == "expired")
    assert "The server has deleted these stems" in row.inner_text()
    assert row.get_by_role("button").all_inner_texts() == ["Try again", ""]
    assert axe_findings(page) == []
    page.context.close()
