"""From a dropped file to the answer on screen, in a real Chromium with the real engine: equal to the command line's.

Files are made here in every format; the songs of ../shared/data and Debian's wesnoth-1.16-music are added where they
are. What the page saves as JSON is compared whole, so that no figure on screen can differ unseen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from shared.schema.messages import TrackRecord
from shared.theory.keys import parse_key
from tests.browser.decode_support import encode
from tests.browser.page_support import until
from tests.signals import RATE, noise, song
from web.py.analysis.row import make_row
from web.py.analyze import analyze_file

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

pytestmark = pytest.mark.browser

SONGS = Path(__file__).parents[3] / "shared" / "data" / "songs"
WESNOTH = Path("/usr/share/games/wesnoth/1.16/data/core/music")
BOOT_SECONDS = 120
#: Rows that wait for their answer, or for its details.
UNSETTLED = ", ".join(f".row[data-{part}={state}]" for part in ("state", "details") for state in ("waiting", "working"))
#: Notes what a row's details were when its answer came, and what of the answer stood on screen two frames later.
WATCH = """() => {
    globalThis.seen = [];
    const text = part => document.querySelector(`[data-part=${part}]`).innerText;
    const note = (row, what) => requestAnimationFrame(() => requestAnimationFrame(() => {
        globalThis.seen.push({
            what, details: row.dataset.details, at: performance.now(), key: text("key-answer"), bpm: text("bpm-answer"),
            wave: !document.querySelector(".waveform.is-empty"),
            sections: document.querySelectorAll(".timeline-section").length,
        });
    }));
    new MutationObserver(records => {
        for (const { target, attributeName, oldValue } of records) {
            const done = target.getAttribute(attributeName) === "done" && oldValue !== "done";
            if (done) note(target, attributeName === "data-state" ? "answer" : "details");
        }
    }).observe(document.querySelector("[data-part=rows]"), {
        subtree: true, attributeOldValue: true, attributeFilter: ["data-state", "data-details"],
    });
}"""
#: What the browser's other Opus decoder (and the rounding of wasm32) may change, by field; all else is equal.
TOLERANCE = {
    "duration_seconds": 0.03, "measured_bpm": 0.02, "lufs": 0.1, "true_peak_db": 0.1, "loudness_range": 0.1,
    "tuning_hz": 0.1, "tuning_cents": 0.4, "key_confidence": 0.02, "bpm_confidence": 0.02,
    "energy": 1.0, "danceability": 1.0, "happiness": 1.0, "acousticness": 1.5, "instrumentalness": 1.5,
    "speechiness": 1.5, "beat_confidence": 0.02,
}  # fmt: skip


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Songs with planted answers in the formats of this world, and files that are none."""
    folder = tmp_path_factory.mktemp("songs")
    for name, codec, key, bpm in (
        ("a minor 128.mp3", "libmp3lame", "A minor", 128),
        ("c major 96.m4a", "aac", "C major", 96),
        ("f# major 140.flac", "flac", "F# major", 140),
        ("eb minor 110.wav", "pcm_s16le", "Eb minor", 110),
        ("g major 132.aiff", "pcm_s16be", "G major", 132),
        ("d minor 122.opus", "libopus", "D minor", 122),
        ("Überraschung – 歌.ogg", "vorbis", "B minor", 118),
    ):
        rate = 48000 if codec == "libopus" else RATE
        one = song(parse_key(key), bpm=bpm, seconds=24, rate=rate)
        encode(folder / name, codec, np.stack([one, one * np.float32(0.9)]), rate)
    encode(folder / "silence.wav", "pcm_s16le", np.zeros((2, 5 * RATE), np.float32), RATE)
    encode(folder / "noise.wav", "pcm_s16le", np.stack([noise(15), noise(15, seed=2)]), RATE)
    encode(folder / "8k mono.wav", "pcm_s16le", song(parse_key("D minor"), bpm=120, seconds=20, rate=8000)[None], 8000)
    encode(folder / "192k.wav", "pcm_s24le", song(parse_key("E minor"), bpm=120, seconds=8, rate=192000)[None], 192000)
    surround = np.stack([song(parse_key("F minor"), bpm=110, seconds=15)] * 6)
    encode(folder / "5.1.flac", "flac", surround * np.float32(0.5), RATE)
    broken = song(parse_key("A minor"), bpm=120, seconds=16)
    broken[500:520] = np.nan
    encode(folder / "nan.wav", "pcm_f32le", broken[None], RATE)
    encode(folder / "one sample.wav", "pcm_s16le", np.full((1, 1), 0.5, np.float32), RATE)
    encode(folder / "dc.wav", "pcm_s16le", np.full((1, 4 * RATE), 0.4, np.float32), RATE)
    encode(
        folder / "clipped.wav",
        "pcm_s16le",
        np.clip(4 * song(parse_key("A minor"), bpm=120, seconds=16), -1, 1)[None],
        RATE,
    )
    (folder / "renamed text.mp3").write_text("This is no song, only words.\n" * 50, encoding="utf-8")
    (folder / "empty.mp3").write_bytes(b"")
    mp3 = (folder / "a minor 128.mp3").read_bytes()
    (folder / "truncated.mp3").write_bytes(mp3[: len(mp3) // 2])
    (folder / "renamed.wav").write_bytes(mp3)
    return folder


@pytest.fixture(scope="module")
def keylight(browser: Browser, server_url: str) -> Iterator[Page]:
    """One page with its engine up, for the whole module."""
    context = browser.new_context(base_url=server_url, viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.goto("/")
    wait_for_engine(page)
    yield page
    context.close()


@pytest.fixture
def page(keylight: Page) -> Iterator[Page]:
    """That page with an empty list; it must not have complained when the test is over."""
    complaints: list[str] = []
    complain = complaints.append
    on_error = lambda error: complain(str(error))  # noqa: E731 - removed again below
    keylight.on("pageerror", on_error)
    yield keylight
    keylight.remove_listener("pageerror", on_error)
    clear(keylight)
    assert complaints == []


def wait_for_engine(page: Page) -> None:
    until(lambda: page.locator('[data-part="boot"]').get_attribute("data-state") == "ready", BOOT_SECONDS)


def clear(page: Page) -> None:
    if page.locator(".row").count():
        page.locator('[data-part="menu"] summary').click()
        page.locator('[data-action="clear"]').click()
        until(lambda: page.locator(".row").count() == 0)


def analyse(page: Page, *paths: Path, seconds: float = 180) -> list[dict[str, Any]]:
    """Give the files to the page, wait until all have their details, and save all as JSON, as a person would."""
    page.locator('input[type="file"]').first.set_input_files([str(path) for path in paths])
    until(lambda: page.locator(".row").count() == len(paths))
    until(lambda: page.locator(UNSETTLED).count() == 0, seconds)
    return save_all(page)


def save_all(page: Page) -> list[dict[str, Any]]:
    page.locator('[data-part="menu"] summary').click()
    with page.expect_download() as saving:
        page.locator('[data-export="json"][data-scope="all"]').click()
    rows: list[dict[str, Any]] = json.loads(Path(saving.value.path()).read_text(encoding="utf-8"))
    return rows


def from_command_line(path: Path) -> dict[str, Any]:
    # In a thread of its own: Playwright's loop runs in this one, and the analysis brings its own.
    with ThreadPoolExecutor(1) as pool:
        analysis, arrays = pool.submit(analyze_file, path).result()
    row = make_row(TrackRecord(file=path.name, analysis=analysis), beats=arrays["beats"], downbeats=arrays["downbeats"])
    plain: dict[str, Any] = msgspec.to_builtins(row)
    return plain


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for field, value in expected.items():
        if field in ("beats_seconds", "downbeats_seconds"):
            if field in found:
                assert found[field] == pytest.approx(value, abs=0.02)
        elif field == "meter" and not expected["bpm_clear"]:
            assert found[field] in (None, 2, 3, 4)  # noise decides which
        elif field == "key_alternatives":
            assert found[field][:2] == value[:2], field
        elif field in TOLERANCE and value is not None:
            assert found[field] == pytest.approx(value, abs=TOLERANCE[field]), f"{expected['file']}: {field}"
        else:
            assert found[field] == value, f"{expected['file']}: {field}"


@pytest.mark.parametrize(
    ("name", "key", "bpm"),
    [
        ("a minor 128.mp3", "8A", 128), ("c major 96.m4a", "8B", 96), ("f# major 140.flac", "2B", 140),
        ("eb minor 110.wav", "2A", 110), ("g major 132.aiff", "9B", 132), ("d minor 122.opus", "7A", 122),
        ("Überraschung – 歌.ogg", "10A", 118),
    ],
)  # fmt: skip
def test_every_format_has_its_planted_answer_on_screen(page: Page, media: Path, name: str, key: str, bpm: int) -> None:
    (row,) = analyse(page, media / name)
    assert page.locator('[data-part="key-answer"]').inner_text() == key
    assert float(page.locator('[data-part="bpm-answer"]').inner_text()) == bpm
    assert_same(row, from_command_line(media / name))


def real_songs() -> list[Path]:
    wesnoth = sorted(WESNOTH.glob("*.ogg"), key=lambda path: path.stat().st_size)[:2] if WESNOTH.is_dir() else []
    return [*sorted(SONGS.glob("*.ogg")), *wesnoth]


@pytest.mark.skipif(not real_songs(), reason="no ../shared/data/songs and no wesnoth-1.16-music here")
@pytest.mark.parametrize("path", real_songs(), ids=lambda path: path.name)
def test_real_songs_read_as_on_the_command_line(page: Page, path: Path) -> None:
    (row,) = analyse(page, path)
    expected = from_command_line(path)
    assert_same(row, expected)
    if expected["bpm_clear"]:
        assert float(page.locator('[data-part="bpm-answer"]').inner_text()) == expected["bpm"]


def test_nothing_of_the_music_leaves_the_page(page: Page, media: Path) -> None:
    """Every request of an analysis is recorded: none has a body, and none goes anywhere but to our own files."""
    seen: list[Request] = []
    record = lambda request: seen.append(request)  # noqa: E731 - Playwright cannot wrap a built-in method
    page.context.on("request", record)
    analyse(page, media / "a minor 128.mp3", media / "g major 132.aiff")
    page.context.remove_listener("request", record)
    bodies = [(request.url, len(request.post_data_buffer or b"")) for request in seen]
    assert sum(size for _, size in bodies) == 0, bodies
    assert all(request.method in ("GET", "HEAD") for request in seen)
    addresses = [request.url for request in seen if not request.url.startswith("blob:")]
    assert all("/assets/" in url or "/app/" in url for url in addresses), addresses
    assert not any("128" in url or "minor" in url for url in addresses)


def test_a_broken_file_beside_good_ones(page: Page, media: Path) -> None:
    names = ["a minor 128.mp3", "renamed text.mp3", "empty.mp3", "f# major 140.flac"]
    rows = {row["file"]: row for row in analyse(page, *(media / name for name in names))}
    assert set(rows) == set(names)
    assert rows["a minor 128.mp3"]["camelot"] == "8A"
    assert rows["f# major 140.flac"]["camelot"] == "2B"
    assert "empty (0 bytes)" in rows["empty.mp3"]["error"]
    assert rows["renamed text.mp3"]["error"].count(".") <= 5
    assert page.locator(".row[data-state=failed]").count() == 2


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("silence.wav", lambda row: row["key"] is None and row["bpm"] is None and row["lufs"] is None),
        ("noise.wav", lambda row: not row["key_clear"] and not row["bpm_clear"]),
        ("8k mono.wav", lambda row: row["key"] == "D minor" and row["sample_rate"] == 8000 and row["channels"] == 1),
        ("192k.wav", lambda row: row["key"] == "E minor" and row["sample_rate"] == 192000),
        ("5.1.flac", lambda row: row["key"] == "F minor" and row["channels"] == 6),
        (
            "nan.wav",
            lambda row: row["key"] == "A minor" and row["notes"][0].startswith("20 samples were no usable numbers"),
        ),
        ("one sample.wav", lambda row: row["bpm"] is None and "too short" in row["notes"][0]),
        ("dc.wav", lambda row: not row["key_clear"] and any("DC offset" in note for note in row["notes"])),
        ("clipped.wav", lambda row: row["key"] == "A minor" and any("Clipped" in note for note in row["notes"])),
        ("truncated.mp3", lambda row: row["key"] == "A minor" and 10 < row["duration_seconds"] < 14),
        ("renamed.wav", lambda row: row["key"] == "A minor" and row["bpm"] == 128),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_odd_files_get_an_answer(page: Page, media: Path, name: str, check: Callable[[dict[str, Any]], bool]) -> None:
    (row,) = analyse(page, media / name)
    assert "error" not in row, row
    assert check(row), row


def test_cancel_and_retry(page: Page, media: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files([str(media / "192k.wav"), str(media / "8k mono.wav")])
    first = page.locator(".row").first
    until(lambda: first.get_attribute("data-state") == "working")
    page.locator('[data-part="work"] [data-action="cancel"]').click()
    until(lambda: page.locator(".row[data-state=cancelled]").count() == 1)
    until(lambda: page.locator(".row[data-state=done]").count() == 1, 60)
    page.locator('[data-part="menu"] summary').click()
    page.locator('[data-action="retry-failed"]').click()
    until(lambda: page.locator(".row[data-state=done]").count() == 2, 60)


def test_key_tempo_and_waveform_are_painted_before_the_details_come(page: Page, media: Path) -> None:
    page.evaluate(WATCH)
    (row,) = analyse(page, media / "f# major 140.flac")
    until(lambda: page.evaluate("seen.length") == 2)
    answer, details = page.evaluate("seen")
    assert (answer["what"], answer["key"], answer["bpm"], answer["wave"]) == ("answer", "2B", "140", True)
    assert answer["details"] in ("waiting", "working")
    assert answer["sections"] == 0
    assert (details["what"], details["details"]) == ("details", "done")
    assert details["at"] > answer["at"]
    assert details["sections"] == len(row["sections"]) > 0
    assert page.locator(".mood-scale:not(.is-empty)").count() >= 3


def test_edits_made_before_the_details_came_are_there_after_them(page: Page, media: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files([str(media / "a minor 128.mp3")])
    until(lambda: page.locator(".row[data-state=done]").count() == 1, 60)
    page.locator('[data-part="key-pick"]').select_option("E minor")
    page.locator("[data-relation='×1/2']").click()
    until(lambda: page.locator(UNSETTLED).count() == 0, 60)
    until(lambda: page.locator('[data-part="bpm-answer"]').inner_text() == "64")
    (row,) = save_all(page)
    assert (row["key"], row["bpm"], sorted(row["edited"])) == ("E minor", 64.0, ["bpm", "key"])
    # Bars of the half tempo are twice as long: what the analysis put on other downbeats has moved.
    places = [*(each["seconds"] for each in row["cues"]), *(each["start_seconds"] for each in row["sections"][1:])]
    assert places
    for place in places:
        assert min(abs(place - downbeat) for downbeat in row["downbeats_seconds"]) < 0.002
    assert row["energy"] is not None


def test_the_engine_dies_over_the_details_and_the_answer_stays(page: Page, media: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files([str(media / "a minor 128.mp3")])
    until(lambda: page.locator(".row[data-state=done]").count() == 1, 60)
    assert page.locator(".row[data-details=done]").count() == 0
    (engine,) = [worker for worker in page.workers if "engine-worker" in worker.url]
    engine.evaluate("() => { postMessage({ event: 'closed', reason: 'planted death' }); close(); }")
    until(lambda: page.locator('[data-part="boot"]').get_attribute("data-state") == "booting")
    assert page.locator('[data-part="key-answer"]').inner_text() == "8A"
    until(lambda: page.locator(".row[data-details=done]").count() == 1, BOOT_SECONDS)
    (row,) = save_all(page)
    assert (row["key"], row["bpm"], bool(row["sections"])) == ("A minor", 128.0, True)


def test_the_expected_tempo_reaches_python(page: Page, media: Path) -> None:
    analyse(page, media / "a minor 128.mp3")
    page.locator('[data-part="range-pick"]').select_option("50-100")
    page.locator('[data-part="range-again"]').click()
    until(lambda: page.locator(UNSETTLED).count() == 0, 60)
    page.locator('[data-part="range-pick"]').select_option("")
    (row,) = save_all(page)
    assert row["bpm"] == pytest.approx(64, abs=0.05)


def test_the_grid_of_an_edited_tempo_comes_from_python(page: Page, media: Path) -> None:
    analyse(page, media / "a minor 128.mp3")
    page.locator('[data-part="tempo-panel"] button', has_text="÷2").click()
    until(lambda: page.locator('[data-part="bpm-answer"]').inner_text() == "64")
    (row,) = save_all(page)
    assert (row["bpm"], row["edited"], row["bpm_confidence"]) == (64.0, ["bpm"], 1.0)
    assert row["measured_bpm"] == pytest.approx(128.0, abs=0.02)


def test_the_engine_dies_comes_back_and_the_song_is_done(page: Page, media: Path) -> None:
    """The engine's worker closes in the middle of a song, as after a fatal error: it starts anew and tries again."""
    page.locator('input[type="file"]').first.set_input_files([str(media / "192k.wav"), str(media / "5.1.flac")])
    until(lambda: page.locator(".row[data-state=working]").count() > 0)
    (engine,) = [worker for worker in page.workers if "engine-worker" in worker.url]
    engine.evaluate("() => { postMessage({ event: 'closed', reason: 'planted death' }); close(); }")
    until(lambda: page.locator('[data-part="boot"]').get_attribute("data-state") == "booting")
    until(lambda: "started again" in page.locator('[data-part="notices"]').inner_text(), 30)
    until(lambda: page.locator(".row[data-state=done]").count() == 2, BOOT_SECONDS)
    keys = {row["file"]: row["key"] for row in save_all(page)}
    assert keys == {"192k.wav": "E minor", "5.1.flac": "F minor"}
