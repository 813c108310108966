"""Waveform, wheel and meters in a real Chromium, on the planted song of widgets.js: 64 s, 120 BPM, bar 1 at 1.0 s."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.page_support import DESKTOP, PHONE, served_files

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
HARNESS = "/tests/browser/widgets.html"
#: As strict about styles and scripts as the app is.
_POLICY = {"Content-Security-Policy": "default-src 'self'; style-src 'self'; script-src 'self'"}
DURATION_SECONDS = 64.0


@pytest.fixture(scope="module")
def files_url() -> Iterator[str]:
    with served_files(_POLICY) as url:
        yield url


@pytest.fixture
def open_widgets(browser: Browser, files_url: str) -> Iterator[Any]:
    """`open_widgets(viewport, query)` answers a page; at the end no page may have complained."""
    complaints: list[str] = []
    contexts = []

    def open_page(viewport: dict[str, int] = DESKTOP, query: str = "", **options: Any) -> Page:
        context = browser.new_context(viewport=viewport, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(f"{files_url}{HARNESS}{query}")
        _until(page, "globalThis.harness?.ready")
        _settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_widgets: Any) -> Page:
    return open_widgets(reduced_motion="reduce")


def _until(page: Page, expression: str) -> None:
    """As `wait_for_function`, which the page's policy against eval would stop."""
    for _ in range(200):
        if page.evaluate(f"Boolean({expression})"):
            return
        page.wait_for_timeout(25)
    pytest.fail(f"never became true: {expression}")


def _settle(page: Page) -> None:
    """Two frames: what was asked for is drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _position(page: Page) -> float:
    return page.evaluate("harness.player.position()")


def _span(page: Page) -> str:
    _settle(page)
    return (page.locator(".waveform-span").text_content() or "").removesuffix(" in view")


def _stage(page: Page) -> Locator:
    return page.get_by_role("slider", name="Position in the song")


def _box(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


def test_arrows_seek_by_beat_and_bar(page: Page) -> None:
    _stage(page).focus()
    for key, seconds in (
        ("ArrowRight", 0.5), ("ArrowRight", 1.0), ("Shift+ArrowRight", 3.0), ("ArrowLeft", 2.5),
        ("Shift+ArrowLeft", 1.0), ("End", DURATION_SECONDS), ("Home", 0.0),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert _position(page) == pytest.approx(seconds, abs=1e-6), key


def test_position_is_told_in_words(page: Page) -> None:
    page.evaluate("harness.player.seek(63)")
    assert _stage(page).get_attribute("aria-valuetext") == "1:03 of 1:04, bar 32 beat 1"
    page.evaluate("harness.player.seek(0.6)")
    assert _stage(page).get_attribute("aria-valuetext") == "0:00 of 1:04, bar 0 beat 4"
    described = page.locator(f"#{_stage(page).get_attribute('aria-describedby')}").text_content() or ""
    assert described.startswith("Waveform of 1:04. 120 beats per minute, 32 bars of 4 beats. Loudest around")


def test_click_seeks_where_it_was_pressed(page: Page) -> None:
    box = _box(_stage(page))
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + 80)
    assert _position(page) == pytest.approx(DURATION_SECONDS / 4, abs=0.2)
    overview = _box(page.get_by_role("scrollbar"))
    page.mouse.click(overview["x"] + overview["width"] * 0.75, overview["y"] + 20)
    assert _position(page) == pytest.approx(DURATION_SECONDS * 0.75, abs=0.2)


def test_zoom_by_keys_buttons_and_wheel(page: Page) -> None:
    assert _span(page) == "1:04"
    _stage(page).focus()
    page.keyboard.press("+")
    assert _span(page) == "32.0 s"
    page.get_by_role("button", name="Zoom in").click()
    assert _span(page) == "16.0 s"
    for _ in range(7):
        _stage(page).press("+")
    assert _span(page) == "0.5 s"
    _stage(page).press("-")
    assert _span(page) == "1.0 s"
    _stage(page).press("0")
    assert _span(page) == "1:04"
    box = _box(_stage(page))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    _until(page, "!document.querySelector('.waveform-span').textContent.startsWith('1:04')")
    assert _span(page) == f"{DURATION_SECONDS / 2.71828:.1f} s"


def test_drag_pans_and_does_not_seek(page: Page) -> None:
    page.evaluate("harness.player.seek(32)")
    _stage(page).press("+")
    _stage(page).press("+")
    before = page.evaluate("document.querySelector('.waveform-window').style.left")
    box = _box(_stage(page))
    page.mouse.move(box["x"] + 600, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 80, steps=6)
    page.mouse.up()
    _settle(page)
    after = page.evaluate("document.querySelector('.waveform-window').style.left")
    assert float(after.removesuffix("%")) > float(before.removesuffix("%"))
    assert _position(page) == 32


def test_overview_window_is_draggable(page: Page) -> None:
    _stage(page).press("+")
    _stage(page).press("+")
    frame = _box(page.locator(".waveform-window"))
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + 20)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] / 2 + 300, frame["y"] + 20, steps=5)
    page.mouse.up()
    _settle(page)
    assert _box(page.locator(".waveform-window"))["x"] == pytest.approx(frame["x"] + 300, abs=2)
    assert page.evaluate("harness.seeks") == []


def test_enter_seeks_to_the_middle_of_what_is_seen(page: Page) -> None:
    _stage(page).press("+")
    _stage(page).press("PageDown")
    _stage(page).press("Enter")
    assert _position(page) == pytest.approx(0.8 * 32 + 16, abs=0.2)


def test_space_is_left_to_the_page(page: Page) -> None:
    page.evaluate("addEventListener('keydown', event => { harness.free = !event.defaultPrevented; })")
    _stage(page).press(" ")
    assert page.evaluate("harness.free") is True
    assert page.evaluate("harness.seeks") == []


def test_hover_reads_time_and_beat(page: Page) -> None:
    box = _box(_stage(page))
    page.mouse.move(box["x"] + box["width"] * 5.2 / DURATION_SECONDS, box["y"] + 60)
    _settle(page)
    time, place = (page.locator(".waveform-hover span").text_content() or "").split("·")
    assert time.strip().startswith("0:05.")
    assert place.strip() == "3.1"


def test_follow_keeps_the_playhead_in_view_until_a_hand_moves_it(open_widgets: Any) -> None:
    page = open_widgets()
    for _ in range(4):
        _stage(page).press("+")
    page.evaluate("harness.player.seek(30); harness.player.toggle()")
    page.wait_for_timeout(300)
    head, stage = _box(page.locator(".waveform-playhead")), _box(_stage(page))
    assert head["x"] - stage["x"] == pytest.approx(stage["width"] / 3, abs=6)
    _stage(page).press("PageDown")
    assert page.get_by_role("button", name="Follow the playhead").get_attribute("aria-pressed") == "false"


def test_nothing_is_drawn_while_nothing_changes(page: Page) -> None:
    page.evaluate("""() => {
        harness.frames = 0;
        const ask = globalThis.requestAnimationFrame;
        globalThis.requestAnimationFrame = step => { harness.frames += 1; return ask(step); };
    }""")
    page.wait_for_timeout(300)
    assert page.evaluate("harness.frames") == 0


def test_the_grid_can_be_moved(page: Page) -> None:
    page.evaluate("harness.player.seek(3.52)")  # the beat at 3.5 s is beat 2 of bar 2
    names = ("Grid earlier", "Grid later", "Set downbeat here")
    for name in names:
        page.get_by_role("button", name=name).click()
    assert page.evaluate("harness.nudges") == [{"shiftSeconds": -0.01}, {"shiftSeconds": 0.01}, {"downbeatShift": 1}]
    page.evaluate("harness.waveform.setLocked(true)")
    assert all(page.get_by_role("button", name=name).is_disabled() for name in names)
    page.evaluate("harness.waveform.setLocked(false)")
    assert all(page.get_by_role("button", name=name).is_enabled() for name in names)


def test_the_plain_wheel_zooms_after_a_click_and_scrolls_before(page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 400})
    box = _box(_stage(page))
    hint = page.locator(".waveform-hint")
    page.mouse.move(box["x"] + 400, box["y"] + 80)
    assert hint.is_visible()
    assert hint.text_content() == "Ctrl + scroll to zoom, drag to move"
    page.mouse.wheel(0, 60)
    _until(page, "scrollY > 0")
    assert _span(page) == "1:04"
    page.evaluate("scrollTo(0, 0)")
    page.mouse.click(box["x"] + 400, box["y"] + 80)
    page.mouse.wheel(0, -400)
    _until(page, "!document.querySelector('.waveform-span').textContent.startsWith('1:04')")
    assert _span(page) == f"{DURATION_SECONDS / 2.71828:.1f} s"
    assert page.evaluate("scrollY") == 0
    assert hint.is_hidden()
    page.mouse.move(5, 5)
    page.mouse.move(box["x"] + 500, box["y"] + 80)
    _settle(page)
    assert hint.is_hidden(), "once is enough"


def test_the_hover_label_does_not_sit_on_the_playhead(page: Page) -> None:
    box = _box(_stage(page))
    page.evaluate("harness.player.seek(32)")
    for offset in (-100, -60, -20, -5, 0, 5, 60):
        page.mouse.move(box["x"] + box["width"] / 2 + offset, box["y"] + 60)
        _settle(page)
        label, head = _box(page.locator(".waveform-hover span")), _box(page.locator(".waveform-playhead"))["x"]
        assert head < label["x"] or head > label["x"] + label["width"], offset


def test_an_unclear_beat_has_a_faint_grid_and_no_numbers_until_it_is_wanted(page: Page) -> None:
    picture = "document.querySelector('.waveform-stage canvas').toDataURL()"
    place = page.locator(".waveform-place")
    page.evaluate("harness.player.seek(5)")
    _settle(page)
    clear = page.evaluate(picture)
    assert page.get_by_role("button", name="Show grid").count() == 0
    page.evaluate("""() => {
        const { analysis, arrays } = harness.song;
        const rhythm = { ...analysis.rhythm, clear: false };
        harness.waveform.setRhythm(rhythm, arrays.beats, arrays.downbeats);
    }""")
    _settle(page)
    assert page.evaluate(picture) != clear
    assert place.text_content() == "no clear beat"
    assert _stage(page).get_attribute("aria-valuetext") == "0:05 of 1:04"
    page.get_by_role("button", name="Show grid").click()
    _settle(page)
    assert page.evaluate(picture) == clear
    assert place.text_content() == "3.1"
    page.get_by_role("button", name="Show grid", pressed=True).click()
    _settle(page)
    assert place.text_content() == "no clear beat"


def test_an_hour_is_drawn_as_fast_as_a_minute(page: Page) -> None:
    milliseconds = page.evaluate("""async () => {
        const seconds = 3600;
        const { analysis } = harness.song;
        const peaks = new Int8Array(seconds * 600).map((_, index) => (index % 2 ? 1 : -1) * (index % 97));
        const bands = new Uint8Array(seconds * 300).fill(90);
        const beats = Float64Array.from({ length: seconds * 2 }, (_, index) => index / 2);
        const arrays = { beats, downbeats: beats.filter((_, index) => index % 4 === 0), peaks, bands };
        harness.waveform.show({ analysis: { ...analysis, durationSeconds: seconds }, arrays });
        const frame = () => new Promise(done => requestAnimationFrame(done));
        await frame();
        const times = [];
        for (let turn = 0; turn < 15; turn++) {
            harness.waveform.redraw();
            const start = performance.now();
            await frame();
            await frame();
            times.push(performance.now() - start);
        }
        return times.sort((a, b) => a - b)[7];
    }""")
    assert milliseconds < 120  # two frames at 60 Hz are 33 ms; the rest is room for a busy machine


def test_wheel_by_keyboard(page: Page) -> None:
    wheel = page.get_by_role("group", name="Camelot wheel")
    assert wheel.locator("[tabindex='0']").count() == 1
    wheel.get_by_role("button", name="8A, A minor, the key of this song").focus()
    page.keyboard.press("ArrowRight")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "9A, E minor, compatible: fifth above"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    assert page.evaluate("harness.picks") == ["G major", "A minor"]


def test_wheel_notations_and_runners_up(page: Page) -> None:
    wheel = page.get_by_role("group", name="Camelot wheel")
    assert wheel.get_by_role("button", name="11A, F♯ minor, also possible").count() == 1
    page.evaluate("harness.wheel.setNotation('openKey')")
    assert wheel.get_by_role("button", name="1m, A minor, the key of this song").count() == 1
    page.evaluate("harness.wheel.setNotation('musical')")
    assert page.locator("[data-letters='Eb major'] .wheel-code").text_content() == "E♭"
    page.evaluate("""async () => {
        const { KEYS } = await import('/web/js/protocol.js');
        const [key, other] = ['A minor', 'D minor'].map(name => KEYS.find(each => each.name === name));
        harness.wheel.show(key, { clear: false, alternatives: [{ key: other, share: 0.2, relation: 'fifth' }] });
    }""")
    assert wheel.locator(".wheel-sector[data-state='closest']").get_attribute("data-key") == "A minor"
    assert wheel.locator(".wheel-sector[data-state='plain']").count() == 23
    assert page.locator(".wheel-marker.is-unclear").count() == 1
    assert page.locator(".wheel-centre-note").text_content() == "closest guess"
    page.evaluate("harness.wheel.show(null)")
    assert wheel.locator(".wheel-sector[data-state='plain']").count() == 24


@pytest.mark.parametrize("width", [220, 280, 360, 440, 700])
def test_wheel_names_are_never_small(page: Page, width: int) -> None:
    page.evaluate("width => { document.getElementById('wheel').style.width = `${width}px`; }", width)
    _settle(page)
    sizes = page.evaluate("""[...document.querySelectorAll('.wheel-letters text')].map(text =>
        parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)""")
    assert min(sizes) >= 10.99
    inside = page.evaluate("""[...document.querySelectorAll('.wheel-letters')].every(letters => {
        const [text, ring] = [letters, document.querySelector(`[data-key="${letters.dataset.letters}"] .wheel-shape`)];
        const [inner, outer] = [text.getBoundingClientRect(), ring.getBoundingClientRect()];
        return inner.width <= outer.width && inner.height <= outer.height;
    })""")
    assert inside


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_wheel_letters_are_readable(open_widgets: Any, theme: str) -> None:
    """WCAG 2.2 AA: 4.5:1 for every letter in every state of every key."""
    page = open_widgets(query=f"?theme={theme}", reduced_motion="reduce")
    worst = page.evaluate("""async () => {
        const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const luminance = css => {
            pixel.fillStyle = css;
            pixel.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...pixel.getImageData(0, 0, 1, 1).data].map(byte =>
                byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const { KEYS } = await import('/web/js/protocol.js');
        let worst = [21, ''];
        for (const key of KEYS) {
            harness.wheel.show(key);
            for (const sector of document.querySelectorAll('.wheel-sector')) {
                const ground = luminance(getComputedStyle(sector.querySelector('.wheel-shape')).fill);
                const letters = document.querySelector(`[data-letters="${sector.dataset.key}"]`);
                for (const text of letters.querySelectorAll('text')) {
                    const ink = luminance(getComputedStyle(text).fill);
                    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
                    if (contrast < worst[0]) worst = [contrast, `${sector.dataset.state} ${sector.dataset.key}`];
                }
            }
        }
        return worst;
    }""")
    assert worst[0] >= 4.5, worst


def test_meters_speak_and_warn(page: Page) -> None:
    energy = page.locator(".mood-energy summary")
    assert " ".join((energy.text_content() or "").split()) == "Energy 78 driving, likely between 69 and 86"
    assert page.locator(".mood-acousticness summary").get_attribute("tabindex") == "-1"
    assert page.locator(".loudness-over").text_content() == "Peaks go 0.6 dB over full scale: players may distort them."
    page.evaluate("harness.loudness.show({ integratedLufs: null, rangeLu: null, truePeakDb: null })")
    assert page.locator(".loudness .meter-none").all_text_contents() == ["not measurable"] * 3
    assert page.locator(".loudness-over").is_hidden()
    page.evaluate("harness.mood.show(null)")
    assert page.locator(".mood-word").all_text_contents() == ["not measurable"] * 6
    page.evaluate("harness.confidence.show(0.2)")
    assert page.locator(".confidence-words").text_content() == "unsure"


def test_phone_fits_and_has_room_for_fingers(open_widgets: Any) -> None:
    page = open_widgets(PHONE, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for target in page.locator("button, summary, .waveform-overview, .wheel-sector").all():
        if not target.is_visible():
            continue
        box = _box(target)
        assert min(box["width"], box["height"]) >= 40, target.get_attribute("aria-label")
    box = _box(_stage(page))
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 90)
    assert _position(page) == pytest.approx(DURATION_SECONDS / 2, abs=0.4)


def test_two_fingers_zoom_and_do_not_seek(open_widgets: Any) -> None:
    page = open_widgets(PHONE, has_touch=True, is_mobile=True)
    box = _box(_stage(page))
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *xs: float) -> None:
        points = [{"x": box["x"] + x, "y": box["y"] + 90, "id": index} for index, x in enumerate(xs)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 120)
    touch("touchStart", 120, 170)
    for step in range(1, 6):
        touch("touchMove", 120 - 10 * step, 170 + 10 * step)
    touch("touchEnd")
    seconds = float(_span(page).removesuffix(" s"))
    assert seconds == pytest.approx(DURATION_SECONDS / 3, rel=0.05)  # 50 px apart became 150
    assert page.evaluate("harness.seeks") == []


def test_a_track_that_does_not_play_has_its_playhead_at_the_start(page: Page) -> None:
    page.evaluate("harness.waveform.show({ ...harness.song, trackId: 2 })")
    page.evaluate("harness.player.seek(20)")
    _settle(page)
    assert page.locator(".waveform-time").text_content() == "0:00.0"


def _lefts(page: Page, name: str) -> list[float]:
    """Left edges of what is seen of these, from the left edge of the stage."""
    stage = _box(_stage(page))["x"]
    return [_box(each)["x"] - stage for each in page.locator(name).all() if each.is_visible()]


def test_sections_and_flags_lie_where_they_begin_at_every_zoom(open_widgets: Any) -> None:
    page = open_widgets(query="?details", reduced_motion="reduce")
    width = _box(_stage(page))["width"]
    starts = [0, 17, 49]
    assert _lefts(page, ".timeline-section") == pytest.approx([width * each / 64 for each in starts], abs=1)
    assert _lefts(page, ".timeline-flag") == pytest.approx([width * each / 64 for each in (1, 17, 49)], abs=2)
    assert _lefts(page, ".timeline-bar") == pytest.approx([width * each / 64 for each in starts], abs=1)
    assert _lefts(page, ".timeline-key") == pytest.approx([0, width * 40 / 64], abs=1)
    page.evaluate("harness.player.seek(20)")
    for _ in range(3):
        _stage(page).press("+")  # 8 s around 20 s: the drop begins at 17.5 s or before
    _settle(page)
    first = float(page.locator(".waveform-window").evaluate("e => parseFloat(e.style.left)")) * 0.64
    assert _lefts(page, ".timeline-section") == pytest.approx(
        [0, (17 - first) * width / 8] if first < 17 else [0], abs=2
    )
    assert page.locator(".timeline-section:visible").last.text_content() == "DropB"


def test_sections_are_stepped_through_named_and_summed_up(open_widgets: Any) -> None:
    page = open_widgets(query="?details", reduced_motion="reduce")
    _stage(page).focus()
    for key, seconds in (("]", 17), ("]", 49), ("]", 49), ("[", 17), ("[", 0), ("[", 0)):
        page.keyboard.press(key)
        assert _position(page) == pytest.approx(seconds), key
    page.keyboard.press("]")
    assert (_stage(page).get_attribute("aria-valuetext") or "").endswith("beat 1, Drop B")
    described = page.locator(f"#{_stage(page).get_attribute('aria-describedby')}").text_content() or ""
    assert described.endswith("Sections: Intro A at 0:00, Drop B at 0:17, Outro A at 0:49.")
    box = _box(_stage(page))
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 80)
    _settle(page)
    assert (page.locator(".waveform-hover span").text_content() or "").endswith("·  Outro A")


def test_sections_come_later_into_the_room_that_was_kept(page: Page) -> None:
    show = """([structure, state]) => harness.waveform.setTimeline({
        structure: structure && harness.structure, keys: [], notation: "camelot", deepening: harness.deepening[state],
    })"""
    page.evaluate(show, [None, "working"])
    top = _box(page.locator(".waveform-overview"))["y"]
    assert page.locator(".timeline-note").text_content() == "Listening for sections"
    page.evaluate(show, [True, "done"])
    _settle(page)
    assert _box(page.locator(".waveform-overview"))["y"] == top
    assert page.locator(".timeline-section").count() == 3
    assert page.locator(".cues__cue").count() == 3


def test_a_press_on_a_flag_goes_to_its_second_and_does_not_drag(open_widgets: Any) -> None:
    page = open_widgets(query="?details", reduced_motion="reduce")
    page.locator(".timeline-flag").nth(1).click()
    assert page.evaluate("harness.seeks") == [17]


def test_without_a_song_everything_rests(open_widgets: Any) -> None:
    page = open_widgets(query="?empty")
    assert _stage(page).get_attribute("aria-valuetext") == "No song"
    assert page.get_by_role("button", name="Zoom in").is_disabled()
    for key in ("ArrowRight", "+", "Enter", "End"):
        _stage(page).press(key)
    assert page.evaluate("harness.seeks") == []


def test_disposing_ends_all_listening(page: Page) -> None:
    page.evaluate("harness.scope.dispose()")
    _stage(page).press("ArrowRight")
    page.evaluate("harness.player.seek(9)")
    assert page.evaluate("harness.seeks") == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_serious(open_widgets: Any, theme: str) -> None:
    page = open_widgets(query=f"?details&theme={theme}")
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    serious = [
        (item["id"], [node["html"] for node in item["nodes"]][:3])
        for item in found["violations"] if item["impact"] in {"serious", "critical"}
    ]  # fmt: skip
    assert serious == []
