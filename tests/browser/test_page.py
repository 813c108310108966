"""The page in a real Chromium with planted answers: every state, by keyboard alone, in both themes and widths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.page_support import DESKTOP, PHONE, axe_findings, drop, open_fake_page, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_FOCUSED = "(e => e.dataset.part ?? e.dataset.action ?? (e.name || e.className))(document.activeElement)"
_PASTE = """() => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["x"], "pasted.mp3"));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""
_DRAG = """type => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["x"], "a.mp3"));
    document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
}"""
_SMALL_TARGETS = """() => [...document.querySelectorAll("button, summary, select")]
    .filter(each => each.checkVisibility())
    .map(each => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
    .filter(([, box]) => Math.min(box.width, box.height) < 40)
    .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
_SORT_AND_PAINT = """() => new Promise(done => {
    const start = performance.now();
    document.querySelector("[data-sort=name]").click();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
})"""

#: Where the waveform, the cue row, the transport and every card stand.
_PLACES = """() => [".readouts", ".waveform-stage", ".waveform-overview", ".transport", ".mood-energy", ".mood-heard"]
    .map(name => document.querySelector(name).getBoundingClientRect().top)"""

TABLET = {"width": 1024, "height": 768}

OpenPage = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser, server_url: str) -> Iterator[OpenPage]:
    """`open_page(**options)`; at the end no page may have complained."""
    complaints: list[str] = []
    pages: list[Page] = []

    def open_one(**options: Any) -> Page:
        page = open_fake_page(browser, server_url, **options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


def _text(page: Page, part: str) -> str:
    return page.locator(f"[data-part={part}]").inner_text()


def _focus_path(page: Page, steps: int) -> list[str]:
    """What Tab reaches, by data-part, action, name or class."""
    path = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        path.append(page.evaluate(_FOCUSED))
    return path


# Files come in


def test_early_files_wait_for_the_engine_and_then_run(open_page: OpenPage) -> None:
    page = open_page(ready=False)
    assert _text(page, "boot").startswith("Starting Python")
    drop(page, ["a.mp3"], settled=False)
    until(lambda: _text(page, "row-sub") == "Waiting for the engine")
    until(lambda: re.fullmatch(r"Waiting for the engine \(starting, [1-9]\d* s\)", _text(page, "stage")) is not None)
    assert re.fullmatch(r"\d+ s", _text(page, "seconds"))
    page.evaluate("fakeEngine.become('ready')")
    until(lambda: _text(page, "key-answer") == "8A")


def test_a_single_file_that_is_no_audio_gets_its_sentence(page: Page) -> None:
    drop(page, ["notes.pdf"], rows=0)
    alert = page.get_by_role("alert").filter(has_text="notes.pdf")
    alert.wait_for()
    assert "“notes.pdf” is not an audio file" in alert.inner_text()
    alert.get_by_role("button", name="Dismiss").click()
    assert alert.count() == 0


def test_pasted_and_picked_files_are_taken(page: Page) -> None:
    page.evaluate(_PASTE)
    files = [{"name": "picked.wav", "mimeType": "audio/wav", "buffer": b"x"}]
    page.locator("[data-part=files]").set_input_files(files)  # type: ignore[arg-type]
    until(lambda: page.locator(".row[data-state=done]").count() == 2)


def test_the_same_file_twice_is_one_track(page: Page) -> None:
    drop(page, ["a.mp3"])
    drop(page, ["a.mp3", "b.mp3"], rows=2)
    page.get_by_text("1 file added, 1 file already in the list.").first.wait_for()


def test_the_overlay_shows_only_while_files_are_dragged(page: Page) -> None:
    overlay = page.locator("[data-part=drop-overlay]")
    assert overlay.is_hidden()
    page.evaluate(_DRAG, "dragenter")
    assert overlay.is_visible()
    page.evaluate(_DRAG, "dragleave")
    assert overlay.is_hidden()


def test_a_broken_file_stops_nobody(page: Page) -> None:
    drop(page, ["a.mp3", "bad.mp3", "c.mp3"])
    states = [row.get_attribute("data-state") for row in page.locator(".row").all()]
    assert states == ["done", "failed", "done"]
    page.locator(".row", has_text="bad").click()
    assert _text(page, "trouble-title") == "bad.mp3 is no audio: it is a text file."
    buttons = page.locator(".trouble button")
    assert buttons.all_inner_texts() == ["Remove", "Try again"]
    assert "button--primary" in (buttons.first.get_attribute("class") or "")


def test_what_is_cancelled_can_best_be_tried_again(page: Page) -> None:
    drop(page, ["slow.mp3"], settled=False)
    page.get_by_role("button", name="Cancel", exact=True).click()
    assert _text(page, "trouble-title") == "Cancelled before there was an answer."
    assert page.locator(".trouble button").all_inner_texts() == ["Try again", "Remove"]


def test_leaving_warns_only_while_work_runs(page: Page) -> None:
    asks = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert page.evaluate(asks) is False
    drop(page, ["slow.mp3"], settled=False)
    assert page.evaluate(asks) is True
    page.get_by_role("button", name="Cancel", exact=True).click()
    assert page.evaluate(asks) is False


def test_leaving_warns_of_edits_that_were_not_taken_along(page: Page) -> None:
    asks = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    drop(page, ["a.mp3"])
    page.locator("[data-relation='×2']").click()
    until(lambda: _text(page, "bpm-answer") == "242")
    assert page.evaluate(asks) is True
    with page.expect_download():
        page.get_by_role("button", name="CSV", exact=True).click()
    assert page.evaluate(asks) is False
    page.get_by_label("Set by hand").select_option("E minor")
    assert page.evaluate(asks) is True


# The answer


def test_mood_and_loudness_stand_beside_the_answer(open_page: OpenPage) -> None:
    for viewport in (DESKTOP, PHONE):
        page = open_page(viewport=viewport)
        drop(page, ["a.mp3"])
        rows = page.locator(".readout").all_inner_texts()
        assert [" ".join(row.split()) for row in rows] == [
            "Energy 71 energetic",
            "Dance 64 danceable",
            "Happy 38 dark",
            "Loudness −9.3 LUFS",
        ]
        box = page.locator("[data-part=readouts]").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < viewport["height"] * 0.6


@pytest.mark.parametrize("width", [1280, 1366, 1440, 1920])
def test_on_a_desk_the_readouts_stay_beside_key_and_tempo_whatever_these_say(open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    drop(page, ["wordy tagged.mp3", "wordy.mp3", "unclear.mp3", "drifting.mp3"])
    beside = """() => {
        const boxes = [...document.querySelectorAll(".headline__item, .readouts")]
            .map(each => each.getBoundingClientRect());
        const [key, bpm, readouts] = boxes;
        const room = document.querySelector(".headline").getBoundingClientRect();
        return key.right <= bpm.left && bpm.right <= readouts.left && readouts.right <= room.right + 1
            && Math.max(...boxes.map(box => box.top)) < Math.min(...boxes.map(box => box.bottom));
    }"""
    cut = """() => [...document.querySelectorAll(".readout__word, .headline .under, .headline .sure, .headline .big")]
        .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"""
    for row in range(4):
        page.locator(".row").nth(row).click()
        for notation in ("Camelot", "Musical"):
            page.get_by_role("radio", name=notation).check()
            assert (page.evaluate(beside), page.evaluate(cut)) == (True, []), (row, notation)
    page.locator(".row").nth(1).click()
    assert page.locator(".readout__word").nth(1).inner_text() == "made for dancing"
    page.get_by_label("Set by hand").select_option("Eb minor")
    page.get_by_label("BPM by hand").fill("127.55")
    page.keyboard.press("Enter")
    until(lambda: _text(page, "bpm-sure").startswith("Set by hand"))
    assert (page.evaluate(beside), page.evaluate(cut)) == (True, [])


def test_what_the_files_tags_say_is_shown(page: Page) -> None:
    drop(page, ["tagged.mp3", "b.mp3"])
    assert _text(page, "title") == "Blue Monday"
    assert _text(page, "meta").startswith("New Order · Power · tagged.mp3 · 1:00")
    assert (_text(page, "key-file"), _text(page, "bpm-file")) == ("File says 8A", "File says 126 BPM")
    row = page.locator(".row").first
    assert row.inner_text().splitlines()[:2] == ["Blue Monday", "New Order · 1:00 · MP3"]
    assert row.get_attribute("title") == "tagged.mp3"
    page.locator(".row").nth(1).click()
    assert page.locator("[data-part=key-file]").is_hidden()


def test_the_answer_in_every_notation(page: Page) -> None:
    drop(page, ["a.mp3"])
    assert (_text(page, "key-answer"), _text(page, "key-names")) == ("8A", "A minor · 1m")
    assert (_text(page, "bpm-answer"), _text(page, "key-sure").lower()) == ("121", "very sure")
    page.get_by_role("radio", name="Open Key").check()
    assert (_text(page, "key-answer"), page.locator(".row .chip").inner_text()) == ("1m", "1m")
    page.get_by_role("radio", name="Musical").check()
    assert (_text(page, "key-answer"), _text(page, "key-names")) == ("A minor", "8A · 1m")
    page.reload()
    assert page.get_by_role("radio", name="Musical").is_checked()


def test_what_is_unclear_is_called_so(page: Page) -> None:
    drop(page, ["unclear.mp3"])
    assert (_text(page, "key-answer"), _text(page, "bpm-answer")) == ("No clear key", "No clear beat")
    assert _text(page, "key-names") == "Closest guess: 8A, A minor · 1m"
    assert _text(page, "bpm-names") == "Closest guess: 121 BPM"
    assert _text(page, "row-sub").startswith("unclear · ")
    assert page.locator(".guess__words").all_inner_texts() == ["E minor", "D minor", "C major"]


def test_runners_up_have_words_and_no_percentages(page: Page) -> None:
    drop(page, ["a.mp3"])
    guesses = page.locator(".guess__words")
    assert guesses.all_inner_texts()[:2] == ["E minor, possible", "D minor, fifth below, possible"]
    assert page.locator(".guess__why").all_inner_texts() == [
        "Six of seven notes shared, home a fifth higher; its chord sounds 32% of the time",
        "Same seven notes, other home note",
    ]
    assert _text(page, "key-others-title") == "Could also be"
    page.get_by_label("Set by hand").select_option("E minor")
    assert _text(page, "key-others-title") == "As analysed: A minor"
    assert guesses.all_inner_texts() == ["A minor, back to this", "D minor, possible", "C major, possible"]
    assert "%" not in "".join(guesses.all_inner_texts())


def test_keys_that_mix_filter_the_list(page: Page) -> None:
    drop(page, [f"{letter}.mp3" for letter in "abcdef"])
    assert page.locator("[data-part=key-chips] button").all_inner_texts() == [
        "9A",
        "7A",
        "8B",
        "Same key",
        "All of these",
    ]
    visible = page.locator("[data-part=row-title]:visible")
    page.get_by_role("button", name="8B", exact=True).click()
    until(lambda: visible.all_inner_texts() == ["e"])  # rows are written in the next frame
    assert _text(page, "filter-text") == "1 of 6 tracks in 8B"
    assert page.evaluate("document.activeElement.dataset.part") == "filter-clear"
    page.get_by_role("button", name="Same key").click()
    until(lambda: visible.all_inner_texts() == ["a", "f"])
    page.get_by_role("button", name="Clear filter").press("Enter")
    until(lambda: visible.count() == 6)
    assert page.evaluate("document.activeElement.dataset.id") == "1"


def test_a_long_list_can_be_filtered_by_words(page: Page) -> None:
    drop(page, [f"{number}.mp3" for number in range(8)])
    search = page.get_by_role("searchbox", name="Filter the tracks")
    assert search.is_hidden()
    drop(page, ["tagged.mp3"])
    search.fill("order blue")
    until(lambda: page.locator("[data-part=row-title]:visible").all_inner_texts() == ["Blue Monday"])
    search.fill("nothing like it")
    until(lambda: _text(page, "filter-text") == "No track")
    page.get_by_role("button", name="Clear filter").click()
    until(lambda: page.locator(".row:visible").count() == 9)


def test_a_screen_reader_hears_the_answer(page: Page) -> None:
    page.evaluate("fakeEngine.holds = true")
    drop(page, ["a.mp3"])
    assert page.locator("[data-part=status]").inner_text() == "a: 8A, A minor, 121 BPM."
    page.evaluate("fakeEngine.release()")
    until(lambda: page.locator("[data-part=status]").inner_text() == "Sections and mood are there.")


def test_tempo_by_ratio_by_hand_by_tapping_and_back(page: Page) -> None:
    drop(page, ["a.mp3"])
    page.locator("[data-relation='×1/2']").click()
    until(lambda: _text(page, "bpm-answer") == "60.5")
    assert page.evaluate("document.activeElement.dataset.relation") == "×1/2"
    page.get_by_role("button", name="Undo").click()
    until(lambda: _text(page, "bpm-answer") == "121")
    page.locator("[data-relation='×1/2']").click()
    until(lambda: _text(page, "bpm-answer") == "60.5")
    page.get_by_label("BPM by hand").fill("12")
    page.keyboard.press("Enter")
    assert _text(page, "bpm-error") == "12 BPM is out of range. Choose 20 to 400."
    page.get_by_label("BPM by hand").fill("127,5")
    page.keyboard.press("Enter")
    until(lambda: _text(page, "bpm-answer") == "127.5")
    page.locator("[data-part=play]").focus()
    for _ in range(4):
        page.keyboard.press("t")
    until(lambda: _text(page, "tap-read") == "123.4 BPM ± 0.6, 4 taps")
    page.get_by_role("button", name="Use").click()
    until(lambda: _text(page, "bpm-answer") == "123.4")
    page.get_by_role("button", name="Back to 121 BPM as analysed").click()
    assert _text(page, "bpm-answer") == "121"


def test_a_key_by_hand_can_be_undone_and_locked(page: Page) -> None:
    drop(page, ["a.mp3"])
    page.get_by_label("Set by hand").select_option("E minor")
    assert (_text(page, "key-answer"), _text(page, "key-sure")) == ("9A", "Set by hand, analysed as 8A")
    page.get_by_role("button", name="Undo").click()
    assert _text(page, "key-answer") == "8A"
    page.locator(".guess", has_text="E minor").click()
    assert _text(page, "key-answer") == "9A"
    page.get_by_role("button", name="Lock", exact=True).click()
    by_hand = [page.get_by_label("Set by hand"), page.get_by_label("BPM by hand")]
    for locked in [*by_hand, page.locator("[data-relation]").first, page.locator(".guess").first]:
        assert locked.is_disabled()
    assert page.locator("[title='Move the beat grid 10 ms later']").is_disabled()
    page.keyboard.press("h")
    page.get_by_role("alert").filter(has_text="The tempo is locked.").wait_for()
    page.get_by_role("button", name="Analyse again", exact=True).click()
    until(lambda: page.locator(".row[data-state=done]").count() == 1)
    assert _text(page, "key-answer") == "9A"


def test_the_chord_of_the_key_sounds_at_the_tracks_own_tuning(page: Page) -> None:
    drop(page, ["a.mp3"])
    page.locator("[data-part=chord]").click()
    hertz = [442.1 * ratio for ratio in (0.25, 0.5, 0.594604, 0.749154)]
    assert page.evaluate("fakePlayer.chords[0]") == pytest.approx(hertz, rel=1e-5)


def test_exports_are_copied_and_saved(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drop(page, ["a.mp3", "b.mp3"])
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name="Copied", exact=True).wait_for()
    assert page.locator("[data-part=status]").inner_text() == "Copied 1 track."
    assert page.evaluate("navigator.clipboard.readText()") == "a.mp3"
    page.get_by_label("Export and more").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save all as CSV").click()
    assert download.value.suggested_filename == "keylight.csv"
    assert download.value.path().read_text() == "a.mp3\nb.mp3"
    assert page.locator("[data-part=menu]").get_attribute("open") is None


def test_an_engine_that_fails_says_so_and_can_be_started_again(open_page: OpenPage) -> None:
    page = open_page(ready=False)
    page.evaluate("fakeEngine.become('failed', 'The analysis engine could not run.')")
    assert page.get_by_role("alert").filter(has_text="could not run").is_visible()
    page.locator("[data-part=boot]").get_by_role("button", name="Try again").click()
    assert page.evaluate("fakeEngine.boot.state") == "booting"


# Details


@pytest.mark.parametrize("viewport", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_key_and_tempo_stand_before_the_details_and_nothing_moves_when_these_come(
    open_page: OpenPage, viewport: dict[str, int]
) -> None:
    page = open_page(viewport=viewport)
    page.evaluate("fakeEngine.holds = true")
    drop(page, ["a.mp3"])
    assert (_text(page, "key-answer"), _text(page, "bpm-answer")) == ("8A", "121")
    assert page.locator(".timeline-note").inner_text() == "Listening for sections"
    assert page.locator(".mood-stage").inner_text() == "Listening for sections"
    assert page.locator(".readout__value").all_inner_texts() == ["", "", "", "−9.3"]
    assert page.locator("[data-part=row-energy]").inner_text() == "…"
    places = page.evaluate(_PLACES)
    page.evaluate("fakeEngine.release()")
    until(lambda: page.locator(".row[data-details=done]").count() == 1)
    page.locator(".timeline-section").first.wait_for()
    assert page.evaluate(_PLACES) == pytest.approx(places, abs=1)


def test_what_a_hand_sets_while_the_details_come_stays(page: Page) -> None:
    page.evaluate("fakeEngine.holds = true")
    drop(page, ["a.mp3"])
    page.get_by_label("Set by hand").select_option("E minor")
    page.locator("[data-relation='×2']").click()
    until(lambda: _text(page, "bpm-answer") == "242")
    with page.expect_download():
        page.get_by_role("button", name="CSV", exact=True).click()
    page.evaluate("fakeEngine.release()")
    page.locator(".timeline-section").first.wait_for()
    assert (_text(page, "key-answer"), _text(page, "bpm-answer")) == ("9A", "242")
    assert page.locator(".mood-value").first.inner_text() == "71"


@pytest.mark.parametrize("early", [True, False], ids=["before the details", "after them"])
def test_sections_and_cues_follow_a_corrected_grid_and_come_back(page: Page, early: bool) -> None:
    page.evaluate(f"fakeEngine.holds = {str(early).lower()}")
    drop(page, ["a.mp3"])
    page.locator("[data-relation='×1/2']").click()
    until(lambda: _text(page, "bpm-answer") == "60.5")
    page.evaluate("fakeEngine.release()")
    # At 60.5 BPM a bar lasts 3.97 s: the drop of 0:24 now lies on 0:23.8.
    times = page.locator(".cues__time")
    until(lambda: times.all_inner_texts() == ["0:00", "0:07", "0:23", "0:35", "0:43", "0:55"])
    marks = "document.querySelectorAll('.timeline-flag, .timeline-section')"
    places = f"[...{marks}].map(each => Number(each.dataset.seconds))"
    assert 24 not in page.evaluate(places)
    page.get_by_role("button", name="Back to 121 BPM as analysed").click()
    assert times.all_inner_texts() == ["0:00", "0:08", "0:24", "0:36", "0:42", "0:54"]
    assert 24 in page.evaluate(places)


def test_the_focus_stays_where_it_is_when_the_details_come(page: Page) -> None:
    page.evaluate("fakeEngine.holds = true")
    drop(page, ["a.mp3"])
    page.locator(".guess").first.focus()
    page.evaluate("fakeEngine.release()")
    page.locator(".timeline-section").first.wait_for()
    assert page.evaluate("document.activeElement.dataset.key") == "E minor"


def test_mood_explains_itself_by_mouse_and_keyboard(page: Page) -> None:
    drop(page, ["a.mp3"])
    rows = page.locator(".mood-row")
    assert [" ".join(row.split()) for row in rows.all_inner_texts()][:4] == [
        "Energy 71 energetic , likely between 59 and 83", "Danceability 64 danceable , likely between 52 and 76",
        "Happiness 38 dark , likely between 26 and 50", "Acousticness 12 electronic , likely between 0 and 24",
    ]  # fmt: skip
    rows.nth(1).focus()
    page.keyboard.press("Enter")
    factors = page.locator(".mood-danceability .mood-factors li")
    assert [" ".join(each.split()) for each in factors.all_inner_texts()] == [
        "Average song 52",
        "Loud and dense +9",
        "Slow pulse −4",
        "Bright sound +3",
        "Everything else +4",
    ]
    rows.nth(1).click()
    assert factors.first.is_hidden()
    tags = page.locator(".mood-tag")
    assert tags.first.inner_text().startswith("electronic")
    assert "by 2.4 standard deviations" in (tags.first.get_attribute("title") or "")
    assert page.locator(".mood-heard").inner_text().startswith("Judged by a music tagger")


def test_without_a_tagger_the_page_says_so(page: Page) -> None:
    drop(page, ["plain.mp3"])
    assert (
        page.locator(".mood-heard").inner_text().startswith("Judged by the sound alone: the tagger was not available")
    )
    assert page.locator(".mood-tag").count() == 0
    assert page.locator(".mood-speechiness .mood-word").inner_text() == "not measurable"
    page.locator(".mood-acousticness summary").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.mood-speechiness')") is None
    assert page.locator(".timeline-note").inner_text() == "No sections found"
    assert page.locator(".cues__reason").inner_text() == "No cue points."


def test_details_that_fail_leave_the_answer_and_a_button(page: Page) -> None:
    drop(page, ["lost.mp3"])
    assert _text(page, "key-answer") == "8A"
    assert (
        page.locator(".mood-text").inner_text() == "Sections and mood are missing. The analysis engine lost its memory."
    )
    page.locator(".mood-trouble").get_by_role("button", name="Analyse again").click()
    until(lambda: page.evaluate("fakeEngine.asked.filter(each => each.type === 'deepenTrack').length") == 2)


def test_details_can_be_stopped(page: Page) -> None:
    page.evaluate("fakeEngine.holds = true")
    drop(page, ["a.mp3"])
    page.locator(".mood-work").get_by_role("button", name="Stop").press("Enter")
    until(lambda: page.locator(".row[data-details=missing]").count() == 1)
    assert _text(page, "key-answer") == "8A"
    assert page.locator(".mood-text").inner_text() == "Sections and mood are missing. You stopped the search for them."
    assert page.evaluate("document.activeElement.id") == "result"


def test_cue_points_are_reached_by_number_by_button_and_by_flag_and_say_why(page: Page) -> None:
    drop(page, ["a.mp3"])
    until(lambda: page.evaluate("fakePlayer.state.trackId") == 1)
    page.locator("[data-part=play]").focus()
    page.keyboard.press("3")
    assert page.evaluate("fakePlayer.position()") == 24
    page.keyboard.press("8")
    assert page.evaluate("fakePlayer.position()") == 24
    cue = page.get_by_role("button", name="Cue 4 Break 0:36 The kick stops")
    cue.focus()
    assert page.locator(".cues__reason").inner_text() == "0:36 · The kick stops"
    cue.click()
    assert page.evaluate("fakePlayer.position()") == 36
    page.locator(".timeline-flag").nth(1).click()
    assert page.evaluate("fakePlayer.position()") == 8
    page.locator(".timeline-section").nth(6).click()
    assert page.evaluate("fakePlayer.position()") == 54


@pytest.mark.parametrize("width", [1440, 1366, 1280, 1100])
def test_eight_cue_points_are_never_cut_off(open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    drop(page, ["many.mp3"])
    page.locator(".cues__cue").nth(7).wait_for()
    cut = """() => {
        const list = document.querySelector(".cues__list");
        const { right, bottom } = list.closest(".deck").getBoundingClientRect();
        const inside = ({ right: x, bottom: y }) => x <= right && y <= bottom;
        const cues = [...list.querySelectorAll(".cues__cue")];
        return list.scrollWidth - list.clientWidth + cues.filter(cue => !inside(cue.getBoundingClientRect())).length;
    }"""
    until(lambda: page.evaluate(cut) == 0)
    lines = len({round(cue.bounding_box()["y"]) for cue in page.locator(".cues__cue").all()})  # type: ignore[index]
    assert lines == 1 or width < 1280
    page.locator(".cues__cue").nth(6).focus()
    page.keyboard.press("Tab")
    assert page.locator(".cues__reason").inner_text() == "0:54 · Only drums from here to the end"
    assert page.locator(".cues__reason").is_visible()
    drop(page, ["a.mp3"])
    page.locator(".row").nth(1).click()
    until(lambda: page.locator(".cues__cue").count() == 6)
    until(lambda: page.locator(".cues__reason").is_visible() and page.locator(".cues__time").first.is_visible())


def test_a_song_in_one_key_says_so_in_a_line_and_a_moving_one_shows_where(page: Page) -> None:
    drop(page, ["a.mp3"])
    assert (_text(page, "key-path"), page.locator(".timeline-keys").is_visible()) == ("8A throughout.", False)
    drop(page, ["drifting.mp3"])
    page.locator(".row").nth(1).click()
    assert _text(page, "key-path") == "Starts in 11A, ends in 11B."
    assert page.locator(".timeline-key").all_inner_texts() == ["11A", "12A", "11A", "11B"]
    page.get_by_role("radio", name="Musical").check()
    assert page.locator(".timeline-key").all_inner_texts() == ["F♯m", "C♯m", "F♯m", "A"]
    until(lambda: page.evaluate("fakePlayer.state.trackId") == 2)
    page.locator(".timeline-key").nth(3).click()
    assert page.evaluate("fakePlayer.position()") == 48
    page.locator(".keyspan").nth(1).press("Enter")
    assert page.evaluate("fakePlayer.position()") == 24


def test_a_drifting_tempo_is_a_range_and_a_curve(page: Page) -> None:
    drop(page, ["a.mp3", "drifting.mp3"])
    assert (_text(page, "bpm-names"), page.locator(".tempocurve").is_visible()) == ("Steady grid · 4/4", False)
    facts = [" ".join(each.split()) for each in page.locator(".tempofact:visible").all_inner_texts()]
    assert facts == ["Metre 4/4", "Measured 121.00", "Beats Very sure", "Bar starts Fairly sure"]
    page.locator(".row").nth(1).click()
    assert _text(page, "bpm-names") == "118–124 · 4/4"
    assert page.locator(".tempofact--wide dd").inner_text() == "118–124 BPM"
    assert (page.locator(".tempocurve__line").get_attribute("d") or "").startswith("M0 32.0H40.0V")


def test_an_expected_tempo_is_kept_and_used_when_analysing_again(page: Page) -> None:
    drop(page, ["a.mp3"])
    again = page.locator("[data-part=range-again]")
    assert again.is_hidden()
    page.get_by_label("Expected tempo").select_option(label="Drum & bass  160–185")
    assert _text(page, "range-note") == "For the songs to come. This one was analysed for any tempo."
    again.click()
    until(lambda: page.locator(".row[data-details=done]").count() == 1)
    opened = "fakeEngine.asked.filter(each => each.type === 'openTrack').map(each => each.tempoRange)"
    assert page.evaluate(opened) == [None, {"lowBpm": 160, "highBpm": 185}]
    assert _text(page, "range-note") == "This song was analysed with it."
    page.get_by_label("Expected tempo").select_option("own")
    page.get_by_label("Highest BPM").fill("100")
    page.keyboard.press("Enter")
    assert _text(page, "range-error") == "Type two tempi from 20 to 400, the lower one first."
    page.get_by_label("Lowest BPM").fill("72,5")
    page.keyboard.press("Enter")
    assert _text(page, "range-note") == "For the songs to come. This one was analysed for Drum & bass, 160–185 BPM."
    page.reload()
    page.evaluate("fakeEngine.become('ready')")
    drop(page, ["b.mp3"])
    assert page.evaluate(opened) == [{"lowBpm": 72.5, "highBpm": 100}]
    assert (page.get_by_label("Lowest BPM").input_value(), page.get_by_label("Highest BPM").input_value()) == (
        "72.5",
        "100",
    )


def test_an_expected_tempo_is_in_sight_and_can_be_left(page: Page) -> None:
    chip, go = page.locator("[data-part=expected]"), page.locator("[data-part=expected-go]")
    drop(page, ["a.mp3"])
    assert chip.is_hidden()
    page.get_by_label("Expected tempo").select_option(label="Drum & bass  160–185")
    assert go.inner_text() == "Expected 160–185 BPM"
    drop(page, ["bad.mp3"])
    page.locator(".row").nth(1).click()
    go.press("Enter")
    assert page.evaluate(_FOCUSED) == "range-pick"
    assert _text(page, "title") == "a"
    page.reload()
    page.get_by_text("Expected tempo: Drum & bass, 160–185 BPM").wait_for()
    page.get_by_role("button", name="Any tempo").press("Enter")
    assert page.evaluate(_FOCUSED) == "add-files"
    assert page.get_by_text("Expected tempo: Drum").is_hidden()
    page.locator(".notice").get_by_role("button", name="Undo").click()
    page.evaluate("fakeEngine.become('ready')")
    drop(page, ["slow.mp3"], settled=False)
    go.click()
    page.locator(".notice").filter(has_text="It can be changed under Tempo").wait_for()
    page.get_by_role("button", name="Expect any tempo").press("Enter")
    assert chip.is_hidden()
    assert page.evaluate(_FOCUSED) == "add-files"


def test_all_can_be_analysed_again_once_all_are_done(page: Page) -> None:
    drop(page, ["a.mp3", "b.mp3", "bad.mp3"])
    page.get_by_label("Set by hand").select_option("E minor")
    page.get_by_role("button", name="Lock", exact=True).click()
    page.locator(".row").nth(1).click()
    page.get_by_label("Set by hand").select_option("E minor")
    page.get_by_label("Expected tempo").select_option(label="House  115–130")
    again = page.get_by_role("button", name="Analyse all again")
    page.get_by_label("Export and more").click()
    again.click()
    assert again.is_hidden()
    opened = "fakeEngine.asked.filter(each => each.type === 'openTrack').slice(2).map(each => each.tempoRange.lowBpm)"
    until(lambda: page.evaluate(opened) == [115, 115])
    until(lambda: page.locator(".row[data-details=done]").count() == 2)
    assert page.locator(".row .chip").all_inner_texts()[:2] == ["9A", "11A"]
    drop(page, ["slow.mp3"], settled=False)
    page.get_by_label("Export and more").click()
    assert again.is_disabled()


# By keyboard alone


def test_the_empty_page_by_keyboard(page: Page) -> None:
    expected = ["skip-link", "stems", "videos", "notation", "theme", "help", "add-files", "add-folder", "stems"]
    assert _focus_path(page, len(expected)) == expected
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


def test_the_list_by_keyboard(page: Page) -> None:
    drop(page, ["a.mp3", "b.mp3", "bad.mp3", "d.mp3"])
    page.locator(".row[aria-selected=true]").focus()
    page.keyboard.press("ArrowDown")
    assert _text(page, "title") == "b"
    page.keyboard.press("Enter")
    until(lambda: page.evaluate("fakePlayer.state.status") == "playing")
    assert page.evaluate("fakePlayer.state.trackId") == 2
    page.keyboard.press(" ")
    assert page.evaluate("fakePlayer.state.status") == "paused"
    page.keyboard.press("Delete")
    assert _text(page, "title") == "bad"
    assert page.evaluate("document.activeElement.dataset.id") == "3"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Try again: bad.mp3"
    page.keyboard.press("End")
    assert _text(page, "title") == "d"


def test_removed_tracks_can_be_had_back(page: Page) -> None:
    drop(page, ["a.mp3", "b.mp3", "bad.mp3", "d.mp3"])
    titles = page.locator("[data-part=row-title]")
    undo = page.locator(".notice").get_by_role("button", name="Undo")
    page.locator(".row").nth(1).click()
    page.get_by_label("Set by hand").select_option("E minor")
    for _ in range(2):
        page.locator(".notice").get_by_role("button", name="Dismiss").first.click()
    page.locator(".row").nth(1).press("Delete")
    assert page.locator(".notice__text").all_inner_texts() == ["“b” removed."]
    page.locator(".trouble").get_by_role("button", name="Remove").click()
    page.locator(".row").nth(1).hover()
    page.get_by_role("button", name="Remove: d.mp3").click()
    assert page.locator(".notice__text").all_inner_texts() == ["3 tracks removed."]
    until(lambda: titles.all_inner_texts() == ["a"])
    undo.click()
    until(lambda: titles.all_inner_texts() == ["a", "b", "bad", "d"])
    assert (_text(page, "title"), _text(page, "key-answer")) == ("b", "9A")
    assert page.evaluate("document.activeElement.dataset.id") == "2"
    assert page.locator(".notice").count() == 0
    page.get_by_role("button", name="Remove: d.mp3").press("Enter")
    page.locator(".notice").get_by_role("button", name="Dismiss").click()
    page.get_by_label("Export and more").click()
    page.get_by_role("button", name="Clear the list").click()
    assert page.locator(".notice__text").all_inner_texts() == ["3 tracks removed."]
    assert page.get_by_text("Drop your music here.").is_visible()
    page.keyboard.press("Control+z")
    until(lambda: titles.all_inner_texts() == ["a", "b", "bad"])


def test_removed_work_is_cancelled_and_begins_anew_when_it_comes_back(page: Page) -> None:
    undo = page.locator(".notice").get_by_role("button", name="Undo")
    page.evaluate("fakeEngine.holds = true")
    drop(page, ["a.mp3"])
    page.locator(".row").press("Delete")
    page.evaluate("fakeEngine.release()")
    undo.click()
    until(lambda: page.locator(".row[data-details=done]").count() == 1)
    asked = "fakeEngine.asked.filter(each => each.track === 1).map(each => each.type)"
    assert [page.evaluate(asked).count(each) for each in ("cancelTrack", "deepenTrack")] == [1, 2]
    drop(page, ["slow.mp3"], settled=False)
    until(lambda: page.locator(".row[data-state=working]").count() == 1)
    page.get_by_label("Export and more").click()
    page.get_by_role("button", name="Clear the list").click()
    undo.click()
    until(lambda: page.evaluate("fakeEngine.asked.filter(each => each.type === 'finishTrack').length") == 4)
    assert [row.get_attribute("data-state") for row in page.locator(".row").all()] == ["done", "working"]


def test_sorting_by_keyboard(page: Page) -> None:
    drop(page, ["c.mp3", "a.mp3", "b.mp3"])
    titles = page.locator("[data-part=row-title]")
    page.get_by_role("button", name="Name", exact=True).focus()
    page.keyboard.press("Enter")
    until(lambda: titles.all_inner_texts() == ["a", "b", "c"])
    assert page.get_by_role("columnheader", name="Name").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    until(lambda: titles.all_inner_texts() == ["c", "b", "a"])
    page.keyboard.press("Enter")
    until(lambda: titles.all_inner_texts() == ["c", "a", "b"])


def test_shortcuts_stay_out_of_fields_and_can_be_switched_off(page: Page) -> None:
    drop(page, ["a.mp3"])
    page.get_by_label("BPM by hand").focus()
    page.keyboard.type("h")
    assert _text(page, "bpm-answer") == "121"
    page.locator("[data-part=play]").focus()
    page.keyboard.press("h")
    until(lambda: _text(page, "bpm-answer") == "60.5")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Use shortcuts of a single key").uncheck()
    page.keyboard.press("Escape")
    page.locator("[data-part=play]").focus()
    page.keyboard.press("d")
    page.wait_for_timeout(100)
    assert _text(page, "bpm-answer") == "60.5"


def test_space_plays_after_a_click_and_presses_what_the_keyboard_has_focused(page: Page) -> None:
    drop(page, ["a.mp3"])
    until(lambda: page.evaluate("fakePlayer.state.trackId") == 1)
    status = "fakePlayer.state.status"
    expected = "paused"
    # The mouse leaves the focus on all of these.
    for clicked in (
        ".cues__cue >> nth=2", "[data-part=clicks]", "[title^='Zoom in']", "[data-part=lock]", ".mood-energy summary",
        "[data-part=notation] input >> nth=0", ".waveform-stage", "[data-part=volume]", ".wheel-sector >> nth=3",
    ):  # fmt: skip
        page.locator(clicked).click()
        state = page.evaluate("[document.querySelector('.mood-energy').open, fakePlayer.clicks.enabled]")
        page.keyboard.press(" ")
        expected = "playing" if expected == "paused" else "paused"
        assert page.evaluate(status) == expected, clicked
        assert page.evaluate("[document.querySelector('.mood-energy').open, fakePlayer.clicks.enabled]") == state
    assert page.evaluate("fakePlayer.position()") > 0
    clicks = page.locator("[data-part=clicks]")
    page.locator("[data-part=play]").click()
    expected = "playing" if expected == "paused" else "paused"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.part") == "clicks"
    before = clicks.get_attribute("aria-pressed")
    page.keyboard.press(" ")
    assert clicks.get_attribute("aria-pressed") != before
    assert page.evaluate(status) == expected


def test_focus_is_not_lost_when_the_pressed_button_goes(page: Page) -> None:
    drop(page, ["slow.mp3"], settled=False)
    page.get_by_role("button", name="Cancel", exact=True).press("Enter")
    assert page.evaluate("document.activeElement.id") == "result"


# Looks


def test_the_theme_follows_the_system_until_chosen_and_is_kept(open_page: OpenPage) -> None:
    page = open_page(color_scheme="light")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "light"
    page.emulate_media(color_scheme="dark")
    until(lambda: page.evaluate(theme) == "dark")
    page.get_by_label("Theme: system").click()
    page.get_by_label("Theme: dark").click()
    assert page.evaluate(theme) == "light"
    page.reload()
    assert page.evaluate(theme) == "light"


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440])
def test_nothing_sticks_out_sideways(open_page: OpenPage, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 844})
    drop(page, ["drifting.mp3"])
    drop(page, ["a very long name of a song that does not end soon (extended club mix, remastered).mp3", "bad.mp3"])
    for notation in ("Camelot", "Musical"):
        page.get_by_role("radio", name=notation).check()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.getElementById('result'))") <= 0


def test_fingers_find_targets_of_forty_pixels_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    drop(page, ["a.mp3", "bad.mp3"])
    assert page.get_by_role("button", name="Show less").is_visible()
    assert page.locator(".button--tap kbd").is_hidden()
    page.locator(".notice").first.wait_for()
    small = page.evaluate(_SMALL_TARGETS)
    assert small == []


def test_a_phone_unfolds_the_list_once_and_leads_to_what_failed(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE)
    rows = page.locator(".row:visible")
    drop(page, ["a.mp3"])
    assert rows.count() == 0
    drop(page, ["b.mp3", "c.mp3"])
    assert rows.count() == 3
    page.get_by_role("button", name="Show less").click()
    drop(page, ["d.mp3", "bad.mp3", "worse bad.mp3"])
    assert rows.count() == 0
    show = page.locator(".notice").filter(has_text="All done, 2 of 6 failed.").get_by_role("button", name="Show")
    show.click()
    assert rows.count() == 6
    assert (_text(page, "title"), page.evaluate("document.activeElement.dataset.id")) == ("bad", "5")
    assert page.locator(".row[aria-selected=true]").get_attribute("data-id") == "5"


def test_a_failed_track_is_shown_though_the_list_is_filtered(page: Page) -> None:
    drop(page, [*(f"{number}.mp3" for number in range(9)), "bad.mp3"])
    page.get_by_role("searchbox", name="Filter the tracks").fill("7.")
    until(lambda: page.locator(".row:visible").count() == 1)
    page.locator(".notice").get_by_role("button", name="Show").click()
    assert page.locator(".row:visible").count() == 10
    assert page.evaluate("document.activeElement.dataset.id") == "10"


def test_the_help_explains_the_colours_and_what_is_sure(page: Page) -> None:
    page.keyboard.press("?")
    words = [" ".join(each.split()) for each in page.locator(".words dd").all_inner_texts()]
    assert any(each.startswith("Low, mid and high sounds") for each in words)
    assert any("which beat is the first of its bar" in each for each in words)
    keys = [" ".join(each.split()) for each in page.locator("[data-part=mixer-keys] .keys__row").all_inner_texts()]
    assert "1…6 Mute a stem" in keys


def test_a_phone_shows_one_notice_clear_of_playback(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE)
    drop(page, ["a.mp3"])
    for name in ("one.pdf", "two.pdf"):
        drop(page, [name], rows=1)
    assert page.locator(".notice:visible").count() == 1
    notice, wave = (page.locator(part).bounding_box() for part in (".notice:visible", "[data-part=waveform]"))
    assert notice is not None
    assert wave is not None
    assert notice["y"] + notice["height"] < wave["y"]


def test_a_thousand_rows_stay_light(page: Page) -> None:
    names = [f"track {number}.mp3" for number in range(1000)]
    page.evaluate("fakeEngine.become('booting')")
    drop(page, names, settled=False)
    milliseconds = page.evaluate(_SORT_AND_PAINT)
    assert milliseconds < 1000


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_serious(open_page: OpenPage, theme: str, viewport: dict[str, int]) -> None:
    page = open_page(viewport=viewport, color_scheme=theme)
    findings = {"empty": axe_findings(page)}
    drop(page, ["a.mp3", "bad.mp3", "unclear.mp3"])
    findings["answer"] = axe_findings(page)
    page.get_by_label("Expected tempo").select_option(label="House  115–130")
    page.get_by_label("Export and more").click()
    findings["menu"] = axe_findings(page)
    page.keyboard.press("Escape")
    page.locator(".mood-row").first.click()
    findings["why"] = axe_findings(page)
    page.evaluate("document.querySelector('.tracks').classList.add('tracks--open')")
    for name in ("bad", "unclear"):
        page.locator(".row", has_text=name).click()
        findings[name] = axe_findings(page)
    page.locator("[data-action=help]").click()
    findings["help"] = axe_findings(page)
    page.keyboard.press("Escape")
    drop(page, ["drifting.mp3", "lost.mp3"])
    page.evaluate("fakeEngine.holds = true")
    drop(page, ["held.mp3"])
    for name in ("drifting", "lost", "held"):
        page.locator(".row", has_text=name).click()
        findings[name] = axe_findings(page)
    page.evaluate("fakeEngine.release()")
    drop(page, ["slow.mp3"], settled=False)
    findings["working"] = axe_findings(page)
    assert findings == {state: [] for state in findings}
