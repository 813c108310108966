"""The stem mixer in a real Chromium, under the app's own headers: what is heard is recorded and compared.

The planted stems of mixer.js are one sine each (440, 700, 1100, 1700 Hz at 0.15; the right side a quarter period
late), so that a spectrum tells which of them sound and how loud.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from backend.headers import SECURITY_HEADERS
from tests.browser.page_support import DESKTOP, PHONE, axe_findings, served_files, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (ROOT / ".assets/signalsmith-stretch-1.3.2-wasm").exists(), reason="no assets: run `nox -s assets`"
    ),
]

HERTZ = {"vocals": 440, "drums": 700, "bass": 1100, "other": 1700}
LEVEL = 0.15
SECONDS = 12


@pytest.fixture(scope="module")
def files_url() -> Iterator[str]:
    with served_files(SECURITY_HEADERS) as url:
        yield url


@pytest.fixture
def open_mixer(browser: Browser, files_url: str) -> Iterator[Any]:
    """`open_mixer(query, viewport)` answers a page; at the end no page may have complained."""
    complaints: list[str] = []
    contexts = []

    def open_page(query: str = "", viewport: dict[str, int] = DESKTOP, **options: Any) -> Page:
        context = browser.new_context(viewport=viewport, **{"reduced_motion": "reduce", **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(f"{files_url}/tests/browser/mixer.html{query}")
        until(lambda: page.evaluate("Boolean(globalThis.harness?.ready)"))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_mixer: Any) -> Page:
    return open_mixer()


@pytest.fixture
def awake(page: Page) -> Page:
    """Its audio is up, recorded, and rests at the start."""
    page.evaluate("harness.wake()")
    return page


def _hear(page: Page, act: str, *, wait: int = 400, samples: int = 22050) -> dict[str, tuple[float, float]]:
    """Amplitude of each stem, left and right, in half a second that begins `wait` ms after `act`."""
    found = page.evaluate(
        f"""async ([hertz, wait, count]) => {{
            {act};
            await harness.playing();
            await harness.sleep(wait);
            const planes = await harness.record(count / 44.1 + 350);
            return hertz.map(each => planes.map(plane => harness.amplitude(plane, 2048, each, count)));
        }}""",
        [list(HERTZ.values()), wait, samples],
    )
    return {name: tuple(sides) for name, sides in zip(HERTZ, found, strict=True)}


def _left(heard: dict[str, tuple[float, float]]) -> list[float]:
    return [sides[0] for sides in heard.values()]


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def _state(page: Page) -> dict[str, Any]:
    return page.evaluate("harness.mixer.state")


def _box(locator: Locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


def _wave(page: Page, index: int = 0) -> dict[str, float]:
    return _box(page.locator(".mixer-wave").nth(index))


def test_all_lanes_together_are_the_mix_to_the_sample(page: Page) -> None:
    found = page.evaluate("""async () => {
        const lanes = [1, 2, 3, 4].map(seed => harness.noiseLane(4, seed));
        const mix = new Float32Array(2 * harness.RATE);
        for (const lane of lanes) (await lane.read(4410, mix.length))[0].forEach((value, i) => mix[i] += value);
        harness.mixer.show({ title: "Noise", lanes });
        await harness.wake();
        harness.mixer.play();
        const planes = await harness.record(3200);
        return { sides: planes.map(plane => harness.find(plane, mix)), gaps: harness.mixer.player.gaps };
    }""")
    assert found["gaps"] == 0
    assert [side["worst"] for side in found["sides"]] == pytest.approx([0, 0], abs=1e-6)
    assert found["sides"][0]["at"] == found["sides"][1]["at"]


def test_solo_mute_level_and_pan_are_heard(awake: Page) -> None:
    heard = _hear(awake, "harness.mixer.play()")
    assert _left(heard) == pytest.approx([LEVEL] * 4, abs=2e-3)
    _press(awake, "Mute Drums")
    assert _left(_hear(awake, "")) == pytest.approx([LEVEL, 0, LEVEL, LEVEL], abs=2e-3)
    _press(awake, "Solo Bass")
    assert _left(_hear(awake, "")) == pytest.approx([0, 0, LEVEL, 0], abs=2e-3)
    _press(awake, "Solo Vocals")
    assert _left(_hear(awake, "")) == pytest.approx([LEVEL, 0, LEVEL, 0], abs=2e-3)
    awake.get_by_role("slider", name="Level of Vocals").fill("-6")
    awake.get_by_role("slider", name="Pan of Bass").fill("100")
    heard = _hear(awake, "")
    assert heard["vocals"] == pytest.approx((LEVEL * 10 ** (-6 / 20),) * 2, abs=2e-3)
    # All of the left has gone over to a right that is a quarter period late: they add as the sides of a square.
    assert heard["bass"] == pytest.approx((0, LEVEL * math.sqrt(2)), abs=2e-3)
    levels = awake.locator(".mixer-lane").nth(2).locator(".mixer-meter > span > span").all()

    def covered() -> list[float]:
        return [float(each.evaluate("e => e.style.getPropertyValue('--covered')")) for each in levels]

    until(lambda: covered()[0] > 0.95)
    assert covered()[1] == pytest.approx(1 - (0.5 + (20 - 13.47) * 0.025), abs=0.02), "-13.5 dB on the right"


def test_a_and_b(awake: Page) -> None:
    _press(awake, "Mute Vocals")
    _hear(awake, "harness.mixer.play()")
    button = awake.get_by_role("button", name="Original", exact=True)
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert _left(_hear(awake, "")) == pytest.approx([LEVEL] * 4, abs=2e-3)
    awake.keyboard.press("b")
    assert _left(_hear(awake, "")) == pytest.approx([0, LEVEL, LEVEL, LEVEL], abs=2e-3)
    button.click(delay=600)
    assert awake.get_by_role("button", name="Your mix").get_attribute("aria-pressed") == "true"
    assert button.get_attribute("aria-pressed") == "false", "held, it was for the moment"
    assert _state(awake)["lanes"][0]["muted"] is True


def test_the_original_itself_is_heard_where_it_is_at_hand(page: Page) -> None:
    page.evaluate("""() => {
        const mix = harness.laneOf("mix", 12, (_, i) => 0.3 * Math.sin(2 * Math.PI * 2900 * i / harness.RATE));
        harness.mixer.show({ title: "With original", lanes: harness.lanes, mix });
    }""")
    page.evaluate("harness.wake()")
    page.get_by_role("button", name="Original", exact=True).click()
    heard = page.evaluate("""async () => {
        harness.mixer.play();
        await harness.playing();
        await harness.sleep(200);
        const [left] = await harness.record(900);
        return [440, 2900].map(hertz => harness.amplitude(left, 2048, hertz));
    }""")
    assert heard == pytest.approx([0, 0.3], abs=2e-3)


def _play_noise(page: Page, seconds: int) -> None:
    """One lane of noise, in `harness.lane`, awake at the start."""
    page.evaluate(
        """async seconds => {
            harness.lane = harness.noiseLane(seconds);
            harness.mixer.show({ title: "Noise", lanes: [harness.lane] });
            await harness.wake();
        }""",
        seconds,
    )


def test_a_dragged_loop_comes_round_at_the_sample(page: Page) -> None:
    _play_noise(page, 8)
    page.evaluate("harness.mixer.seek(2.2); harness.mixer.play()")
    until(lambda: page.evaluate("harness.mixer.status") == "playing")
    box = _wave(page)
    page.mouse.move(box["x"] + box["width"] * 3.5 / 8, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 2.5 / 8, box["y"] + 30, steps=3)
    page.mouse.move(box["x"] + box["width"] * 2 / 8, box["y"] + 30, steps=3)
    page.mouse.up()
    loop = _state(page)["loop"]
    assert (loop["startSeconds"], loop["endSeconds"]) == pytest.approx((2, 3.5), abs=0.01)
    found = page.evaluate(
        """async ({ startSeconds, endSeconds }) => {
            const [start, end] = [startSeconds, endSeconds].map(each => Math.round(each * harness.RATE));
            const [wanted] = await harness.lane.read(start, 6000);
            await harness.sleep(400);
            const [left] = await harness.record(4200);
            const first = harness.find(left, wanted);
            const again = harness.find(left.subarray(first.at + 3000), wanted);
            return { worst: [first.worst, again.worst], turn: again.at + 3000, loop: end - start,
                     position: harness.mixer.position(), gaps: harness.mixer.player.gaps };
        }""",
        loop,
    )
    assert max(found["worst"]) < 1e-6
    assert found["turn"] % found["loop"] == 0, "one turn is as long as the loop, to the sample"
    assert found["gaps"] == 0
    assert loop["startSeconds"] - 0.05 <= found["position"] <= loop["endSeconds"] + 0.05


def test_a_loop_that_is_let_go_plays_on_past_its_end_without_a_gap(page: Page) -> None:
    found = page.evaluate("""async () => {
        const { mixer, RATE } = harness;
        const lane = harness.noiseLane(8);
        mixer.show({ title: "Noise", lanes: [lane], sections: [{ startSeconds: 1, endSeconds: 3, label: "Verse" }] });
        await harness.wake();
        const section = document.querySelector(".mixer-section");
        section.click();
        mixer.seek(1.2);
        mixer.play();
        await harness.playing(1.5);
        const recording = harness.record(3200);  // the way back to 1 s has been read already
        section.click();
        const [left] = await recording;
        const [wanted] = await lane.read(Math.round(2.5 * RATE), RATE);
        return { worst: harness.find(left, wanted).worst, looping: mixer.state.looping, gaps: mixer.player.gaps };
    }""")
    assert found["worst"] < 1e-6
    assert (found["looping"], found["gaps"]) == (False, 0)


def test_a_section_is_looped_by_one_click_and_let_go_by_the_next(page: Page) -> None:
    section = page.get_by_role("button", name="Loop Drop, 0:04 to 0:05")
    section.click()
    assert _state(page)["loop"] == {"startSeconds": 4, "endSeconds": 5}
    assert section.get_attribute("aria-pressed") == "true"
    assert page.evaluate("harness.mixer.position()") == 4, "it goes where it loops"
    grip = page.get_by_role("slider", name="End of the loop")
    grip.press("ArrowRight")
    grip.press("Shift+ArrowRight")
    assert _state(page)["loop"]["endSeconds"] == pytest.approx(6.1)
    assert section.get_attribute("aria-pressed") == "false"
    ruler = _box(page.locator(".mixer-ruler"))
    handle = _box(grip)
    page.mouse.move(handle["x"] + 4, handle["y"] + 12)
    page.mouse.down()
    page.mouse.move(ruler["x"] + ruler["width"] * 8 / SECONDS, ruler["y"] + 12, steps=4)
    page.mouse.up()
    assert _state(page)["loop"]["endSeconds"] == pytest.approx(8, abs=0.02)
    section.click()
    section.click()
    assert _state(page)["looping"] is False


@pytest.mark.parametrize("percent", [50, 75])
def test_another_speed_keeps_the_pitch(awake: Page, percent: int) -> None:
    awake.get_by_role("slider", name="Speed").fill(str(percent))
    heard = awake.evaluate(
        """async hertz => {
            harness.mixer.seek(1);
            harness.mixer.play();
            await harness.playing();
            await harness.sleep(400);
            const before = [harness.mixer.position(), performance.now()];
            const [left] = await harness.record(1600);
            const after = [harness.mixer.position(), performance.now()];
            return { levels: hertz.map(each => harness.amplitude(left, 2048, each)), gaps: harness.mixer.player.gaps,
                     speed: 1000 * (after[0] - before[0]) / (after[1] - before[1]) };
        }""",
        [440, 440 * percent / 100, 700, 1100],
    )
    assert heard["levels"][0] == pytest.approx(LEVEL, rel=0.15)
    assert heard["levels"][1] < 0.02
    assert heard["levels"][2:] == pytest.approx([LEVEL] * 2, rel=0.15)
    assert heard["speed"] == pytest.approx(percent / 100, abs=0.1)
    assert heard["gaps"] == 0


def test_a_second_click_on_the_speed_plays_the_samples_themselves_again(page: Page) -> None:
    _play_noise(page, 10)
    speed = page.get_by_role("slider", name="Speed")
    speed.fill("80")
    page.evaluate("harness.mixer.play().then(() => harness.playing(0.4))")
    speed.dblclick()
    assert _state(page)["speed"] == 1
    worst = page.evaluate("""async () => {
        await harness.sleep(200);
        const from = Math.round((harness.mixer.position() + 0.5) * harness.RATE);
        const [wanted] = await harness.lane.read(from, 8000);
        const [left] = await harness.record(1800);
        return harness.find(left, wanted).worst;
    }""")
    assert worst < 1e-6


def test_without_the_stretcher_it_plays_and_says_why_there_is_one_speed(open_mixer: Any) -> None:
    page = open_mixer("?stretch=mixer.html")
    heard = _hear(page, "await harness.wake(); harness.mixer.play()")
    assert _left(heard) == pytest.approx([LEVEL] * 4, abs=2e-3)
    speed = page.get_by_role("slider", name="Speed")
    assert speed.is_disabled()
    assert (speed.get_attribute("title") or "").startswith("The time stretcher could not be loaded")


def test_keys(page: Page) -> None:
    page.locator(".mixer").focus()
    page.keyboard.press("3")
    page.keyboard.press("Shift+Digit2")
    lanes = _state(page)["lanes"]
    assert [lane["muted"] for lane in lanes] == [False, False, True, False]
    assert [lane["soloed"] for lane in lanes] == [False, True, False, False]
    page.keyboard.press("6")
    assert _state(page)["lanes"] == lanes, "there is no sixth lane"
    for key, seconds in (("ArrowRight", 5), ("Shift+ArrowRight", 6), ("ArrowLeft", 1), ("End", 12), ("Home", 0)):
        page.keyboard.press(key)
        assert page.evaluate("harness.mixer.position()") == pytest.approx(seconds), key
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    assert _state(page)["loop"] == {"startSeconds": 5, "endSeconds": SECONDS}, "no section is there: the next 8 s"
    page.keyboard.press("l")
    assert _state(page)["looping"] is False
    page.keyboard.press("b")
    assert _state(page)["original"] is True
    page.keyboard.press(" ")
    until(lambda: page.evaluate("harness.mixer.status") == "playing")
    assert page.evaluate("harness.plays") == 1
    page.keyboard.press(" ")
    assert page.evaluate("harness.mixer.status") == "paused"


def test_a_key_on_a_knob_is_the_knobs(page: Page) -> None:
    level = page.get_by_role("slider", name="Level of Drums")
    level.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert _state(page)["lanes"][1]["gainDb"] == -1
    assert level.get_attribute("aria-valuetext") == "−1.0 dB"
    assert page.evaluate("harness.mixer.position()") == 0
    page.get_by_role("button", name="Mute Drums").press("Space")
    assert _state(page)["lanes"][1]["muted"] is True
    assert page.evaluate("harness.mixer.status") == "paused"
    level.dblclick()
    assert _state(page)["lanes"][1]["gainDb"] == 0


def test_a_click_on_a_wave_goes_there_and_it_ends_at_the_end(page: Page) -> None:
    box = _wave(page, 2)
    page.mouse.click(box["x"] + box["width"] * 0.95, box["y"] + 20)
    assert page.evaluate("harness.mixer.position()") == pytest.approx(SECONDS * 0.95, abs=0.05)
    ruler = page.get_by_role("slider", name="Position in the song")
    page.evaluate("harness.mixer.play()")
    until(lambda: page.evaluate("harness.mixer.status") == "playing")
    until(lambda: page.evaluate("harness.mixer.status") == "paused")
    assert page.evaluate("harness.mixer.position()") == SECONDS
    until(lambda: ruler.get_attribute("aria-valuetext") == "12 seconds of 12 seconds")
    page.evaluate("harness.mixer.play()")
    until(lambda: page.evaluate("harness.mixer.status") == "playing")
    assert page.evaluate("harness.mixer.position()") < 2, "at the end, play begins anew"


def _saved(page: Page, number: int = 0) -> tuple[str, np.ndarray]:
    """Name and float64 [2, n] samples of a file that was handed over: WAV of 24 bits."""
    until(lambda: page.evaluate("harness.saved.length") > number)
    name, text = page.evaluate(
        """async number => {
            const { blob, fileName } = harness.saved[number];
            const bytes = new Uint8Array(await blob.arrayBuffer());
            let text = "";
            for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
            return [fileName, btoa(text)];
        }""",
        number,
    )
    data = base64.b64decode(text)
    assert (data[:4], data[34], data[72:76]) == (b"RIFF", 24, b"data")
    raw = np.frombuffer(data, np.uint8, offset=80).reshape(-1, 2, 3).astype(np.int32)
    whole = raw[..., 0] | raw[..., 1] << 8 | (raw[..., 2] ^ 0x80) - 0x80 << 16
    return name, whole.T / 2**23


def _sines(names: list[str], side: int = 0) -> np.ndarray:
    t = np.arange(SECONDS * 44100) / 44100
    return sum((LEVEL * np.sin(2 * np.pi * HERTZ[name] * t + side * np.pi / 2) for name in names), np.zeros_like(t))


def test_all_but_the_vocals_in_one_click(page: Page) -> None:
    page.get_by_role("slider", name="Level of Bass").fill("-6")
    page.get_by_role("button", name="Save all but vocals").click()
    name, samples = _saved(page)
    assert name == "Night Drive (instrumental).wav"
    for side in (0, 1):
        wanted = _sines(["drums", "other"], side) + 10 ** (-6 / 20) * _sines(["bass"], side)
        assert np.abs(samples[side] - wanted).max() < 1e-6
    assert _state(page)["lanes"][0]["muted"] is True, "what was saved is what is heard"
    assert page.evaluate("harness.said") == ["Saved Night Drive (instrumental).wav."]


def test_a_stem_and_the_mix_from_the_menu(page: Page) -> None:
    page.get_by_role("button", name="Mute Vocals").click()
    page.get_by_role("button", name="Save Vocals").click()
    name, samples = _saved(page)
    assert name == "Night Drive (vocals).wav"
    assert np.abs(samples[1] - _sines(["vocals"], 1)).max() < 1e-6, "as it is, muted or not"
    menu = page.locator(".mixer-menu summary")
    menu.click()
    page.get_by_role("button", name="The mix as set").click()
    name, samples = _saved(page, 1)
    assert name == "Night Drive (my mix).wav"
    assert np.abs(samples[0] - _sines(["drums", "bass", "other"])).max() < 1e-6
    menu.press("Enter")
    page.get_by_role("button", name="Drums alone").press("Escape")
    assert page.locator(".mixer-menu").get_attribute("open") is None
    assert menu.evaluate("e => e === document.activeElement")


def test_a_stem_that_is_a_file_is_saved_as_that_file(page: Page) -> None:
    page.evaluate("""() => {
        const file = { url: URL.createObjectURL(new Blob(["a file"])), fileName: "Night Drive - Bass.flac" };
        harness.mixer.show({ title: "Night Drive", lanes: [{ ...harness.lanes[2], file }] });
    }""")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save Bass").click()
    assert waiting.value.suggested_filename == "Night Drive - Bass.flac"
    assert Path(waiting.value.path()).read_text(encoding="utf-8") == "a file"
    assert page.get_by_role("button", name="Save all but vocals").count() == 0


def test_stems_are_sent_to_rooms_that_take_them(open_mixer: Any) -> None:
    page = open_mixer()
    page.evaluate("document.addEventListener('mixer-send', ({ detail }) => harness.sent.push(['event', detail]))")
    _press(page, "Vocals to lyrics")
    _press(page, "Instrumental to video")
    sent = page.evaluate("""Promise.all(harness.sent.map(async ([kind, { title, lane, target, render }]) =>
        [kind, title, lane?.name ?? null, target ?? null, (await render()).size]))""")
    size = 80 + SECONDS * 44100 * 6
    assert sent == [
        ["event", "Night Drive", "vocals", "lyrics", size], ["lyrics", "Night Drive", "vocals", None, size],
        ["event", "Night Drive", None, "video", size], ["video", "Night Drive", None, None, size],
    ]  # fmt: skip
    plain = open_mixer("?plain")
    assert plain.get_by_role("button", name="Vocals to lyrics").count() == 0
    assert plain.get_by_role("button", name="Instrumental to video").count() == 0


def test_blocks_are_kept_on_disk_and_heard_while_more_come(page: Page) -> None:
    found = page.evaluate("""async () => {
        const { mixer, lanes: [vocals, drums] } = harness;
        const both = [vocals, drums];
        const stems = await (await navigator.storage.getDirectory()).getDirectoryHandle("stems", { create: true });
        await stems.getDirectoryHandle("left by a crash", { create: true });
        const store = harness.createStemStore({ stems: both, sampleRate: harness.RATE, seconds: 12 });
        const give = async (start, count) =>
            store.add(start, (await Promise.all(both.map(lane => lane.read(start, count)))).flat());
        mixer.show({ title: "Growing", lanes: store.lanes });
        store.addEventListener("grown", () => mixer.refresh());
        await give(0, 3 * harness.RATE);
        const disk = await store.onDisk();
        await harness.wake();
        mixer.seek(2);
        mixer.play();
        await harness.sleep(300);
        mixer.seek(0.5);  // while it waits for what comes after 3 s
        await harness.playing();
        const back = mixer.status;
        mixer.seek(2);
        for (let second = 3; second < 6; second++) await give(second * harness.RATE, harness.RATE);
        await harness.playing(3.2);
        const [left] = await harness.record(900);
        const levels = [440, 700, 1100].map(hertz => harness.amplitude(left, 2048, hertz));
        store.finish();
        mixer.refresh();
        const [plane] = await store.lanes[1].read(harness.RATE * 4 + 7, 5000);
        const [wanted] = await drums.read(harness.RATE * 4 + 7, 5000);
        const folders = async () => {
            let count = 0;
            for await (const _ of stems.keys()) count += 1;
            return count;
        };
        const before = await folders();
        mixer.show(null);
        store.dispose();
        for (let tries = 0; tries < 100 && await folders() > 0; tries++) await harness.sleep(20);
        return { disk, back, levels, seconds: store.lanes[0].seconds, peaks: store.lanes[0].peaks.length,
                 same: plane.every((value, i) => value === wanted[i]), before, after: await folders() };
    }""")
    assert found["disk"] is True
    assert found["back"] == "playing"
    assert found["levels"] == pytest.approx([LEVEL, LEVEL, 0], abs=2e-3)
    assert (found["seconds"], found["peaks"]) == (6, 6 * 300 * 2)
    assert found["same"] is True
    assert (found["before"], found["after"]) == (1, 0)


@pytest.mark.parametrize(
    ("name", "codec", "bit_rate", "tolerance"),
    [("bass.flac", "flac", None, 1e-6), ("bass.mp3", "libmp3lame", 192_000, 2e-3)],
)
def test_a_file_gives_the_same_samples_wherever_the_mixer_jumps(
    browser: Browser, tmp_path: Path, name: str, codec: str, bit_rate: int | None, tolerance: float
) -> None:
    pytest.importorskip("av")
    from tests.browser.decode_support import decode_with_pyav, encode, music, serve

    encode(tmp_path / name, codec, music(8, 44100, 2), 44100, bit_rate=bit_rate)
    whole, _ = decode_with_pyav(tmp_path / name)
    places = [0, 44100, 55125, 300_000, 299_000, 5, 352_000]
    with serve(tmp_path) as url:
        page = browser.new_page()
        page.goto(url)
        found = page.evaluate(
            """async ([name, places]) => {
                const { openStemFile } = await import("/js/stem-files.js");
                const blob = await (await fetch(`/media/${name}`)).blob();
                const lane = await openStemFile(blob, { name: "bass", label: "Bass", peaks: null });
                const parts = [];
                for (const place of places) parts.push([...(await lane.read(place, 2000))[1]]);
                lane.close();
                return { parts, rate: lane.sampleRate, seconds: lane.seconds };
            }""",
            [name, places],
        )
        page.close()
    assert found["rate"] == 44100
    assert found["seconds"] == pytest.approx(8, abs=0.03)
    for place, part in zip(places, found["parts"], strict=True):
        wanted = np.pad(whole[1], (0, 4000))[place : place + 2000]
        assert np.abs(np.array(part) - wanted).max() < tolerance, place


def test_a_lane_that_cannot_be_read_stops_with_a_sentence(page: Page) -> None:
    page.evaluate("""() => {
        const broken = { ...harness.lanes[0], read: async () => { throw new Error("The disk is gone."); } };
        harness.mixer.show({ title: "Broken", lanes: [broken] });
        return harness.mixer.play();
    }""")
    until(lambda: page.evaluate("harness.mixer.status") == "failed")
    assert page.get_by_role("alert").text_content() == "Playing stopped: The disk is gone."


def test_an_audio_thread_that_breaks_is_told_and_replaced(awake: Page) -> None:
    awake.evaluate("""async () => {
        harness.mixer.seek(3);
        await harness.mixer.play();
        await harness.playing();
        const block = { start: 1, count: 1, samples: new Float32Array(8) };
        for (let tape = 1; tape < 9; tape++) harness.node.port.postMessage({ do: "append", tape, block });
    }""")
    until(lambda: awake.evaluate("harness.mixer.status") == "failed")
    assert awake.get_by_role("alert").text_content() == "The mixer stopped unexpectedly. Press play to try again."
    assert awake.evaluate("harness.mixer.position()") >= 2.9, "it knows where it was"
    heard = _hear(awake, "await harness.mixer.play()", wait=700)
    assert _left(heard) == pytest.approx([LEVEL] * 4, abs=2e-3)
    assert awake.get_by_role("alert").count() == 0


def test_zoom_keeps_the_place_and_moves_everything_as_one(page: Page) -> None:
    page.evaluate("harness.mixer.seek(6)")
    page.get_by_role("button", name="Loop Verse, 0:02 to 0:04").click()
    ruler = _box(page.locator(".mixer-ruler"))
    before = _box(page.locator(".mixer-wave .mixer-loop").first)
    page.mouse.move(ruler["x"] + ruler["width"] / 4, ruler["y"] + 10)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    after = _box(page.locator(".mixer-wave .mixer-loop").first)
    assert after["width"] / before["width"] == pytest.approx(math.exp(0.75), rel=0.02)
    section = _box(page.get_by_role("button", name="Loop Verse, 0:02 to 0:04"))
    assert section["x"] == pytest.approx(max(ruler["x"], after["x"]), abs=2)
    page.get_by_role("button", name="Show the whole song").click()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert _box(page.locator(".mixer-wave .mixer-loop").first) == before


def test_disposing_ends_all_listening_and_sound(awake: Page) -> None:
    awake.evaluate("harness.mixer.play()")
    awake.evaluate("harness.scope.dispose()")
    awake.locator(".mixer").focus()
    awake.keyboard.press("1")
    assert _state(awake)["lanes"][0]["muted"] is False
    left = awake.evaluate("harness.sleep(100).then(() => harness.record(300)).then(([left]) => Math.max(0, ...left))")
    assert left == 0


def test_phone_fits_and_has_room_for_fingers(open_mixer: Any) -> None:
    page = open_mixer("?song=band", PHONE, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.locator(".mixer-section").first.tap()
    for target in page.locator(".mixer :is(button, summary, [role=slider], input[type=range])").all():
        if target.is_visible():
            box = _box(target)
            assert min(box["width"], box["height"]) >= 40, target.evaluate("e => e.outerHTML.slice(0, 200)")
    page.locator(".mixer-wave").nth(1).scroll_into_view_if_needed()
    box = _wave(page, 1)
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 20)
    assert page.evaluate("harness.mixer.position()") == pytest.approx(32, abs=0.4)


def test_two_fingers_zoom_and_take_no_loop(open_mixer: Any) -> None:
    page = open_mixer("?song=band&lanes=2", PHONE, has_touch=True, is_mobile=True)
    page.locator(".mixer-wave").first.scroll_into_view_if_needed()
    box = _wave(page)
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *xs: float) -> None:
        points = [{"x": box["x"] + x, "y": box["y"] + 30, "id": index} for index, x in enumerate(xs)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 100)
    touch("touchStart", 100, 150)
    for step in range(1, 6):
        touch("touchMove", 100 - 10 * step, 150 + 10 * step)
    touch("touchEnd")
    assert _state(page)["loop"] is None
    assert page.evaluate("harness.mixer.position()") == 0
    width = page.locator(".mixer-ruler").evaluate("e => e.clientWidth")
    seconds = width * page.evaluate("harness.mixer.stage.secondsPerPixel")
    assert seconds == pytest.approx(64 / 3, rel=0.05), "50 px apart became 150"


def test_six_lanes_fit_a_desk(open_mixer: Any) -> None:
    page = open_mixer("?song=band&lanes=6")
    box = _wave(page, 5)
    assert box["y"] + box["height"] <= DESKTOP["height"]
    widths = {round(_wave(page, index)["width"]) for index in range(6)}
    assert len(widths) == 1


@pytest.mark.parametrize(("theme", "viewport"), [("dark", DESKTOP), ("light", PHONE)], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious(open_mixer: Any, theme: str, viewport: dict[str, int]) -> None:
    page = open_mixer(f"?theme={theme}&song=band", viewport)
    page.get_by_role("button", name="Mute Drums").click()
    page.get_by_role("button", name="Solo Bass").click()
    page.locator(".mixer-section").nth(1).click()
    page.locator(".mixer-menu summary").click()
    page.wait_for_timeout(300)
    assert axe_findings(page) == []
