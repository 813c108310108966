"""The preview's Python in CPython: what the editor asks, and that frames move with a planted song."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from shared.errors import KeylightError
from shared.scene.display_list import read_list
from shared.scene.facts import ImageFacts, PlainFacts, TextSize
from shared.scene.gallery import TEMPLATES
from shared.scene.resources import TextSpec
from shared.schema.preview import encode_preview_reply
from shared.schema.project import decode_project
from web.py.preview import KeptFacts, Preview
from web.py.preview_tables import make_tables

RATE = 22_050
BEATS = np.arange(0.0, 8.0, 0.5)


def red_picture() -> ImageFacts:
    return ImageFacts(40, 30, np.full((30, 40, 4), (220, 30, 40, 255), np.uint8))


def ask(preview: Preview, message: dict[str, Any], *arrays: np.ndarray):
    # It awaits nothing from outside, and inside Pyodide there is no loop to run it in.
    answer = preview.handle(json.dumps(message), arrays, lambda stage, fraction: None)
    with pytest.raises(StopIteration) as done:
        answer.send(None)
    reply, outputs = done.value.value
    return json.loads(encode_preview_reply(reply)), outputs


def fresh_project(preview: Preview, template: str = "default", **fields) -> dict[str, Any]:
    empty, _ = ask(preview, {"type": "readProject", "text": "{}"})
    shown, _ = ask(preview, {"type": "applyTemplate", "template": template, "project": empty["project"] | fields})
    return shown["project"]


def kicks(seconds: float = 8.0) -> np.ndarray:
    """A low tone that begins on each beat and dies away."""
    t = np.arange(int(seconds * RATE)) / RATE
    since = t % 0.5
    return (np.sin(2 * np.pi * 60 * t) * np.exp(-since * 18)).astype(np.float32)


@pytest.fixture(scope="module")
def song() -> np.ndarray:
    """Features of the kicks as bytes, as the page keeps them."""
    preview = Preview(PlainFacts())
    ask(preview, {"type": "openSong", "sampleRate": RATE, "channels": 1})
    for block in np.array_split(kicks(), 5):
        ask(preview, {"type": "feedSong"}, block)
    reply, (kept,) = ask(preview, {"type": "finishSong", "sections": []}, BEATS, BEATS[::4])
    assert reply == {"type": "songReady", "seconds": 8.0, "stems": []}
    return kept


@pytest.fixture
def heard(song) -> Preview:
    """A preview with the kicks and a red cover."""
    preview = Preview(PlainFacts(images={"cover": red_picture()}))
    assert ask(preview, {"type": "takeSong"}, song)[0]["seconds"] == 8.0
    return preview


def test_tables_name_every_kind_and_template_with_ranges():
    tables = make_tables()
    assert {each.name for each in tables.templates} == {each.name for each in TEMPLATES}
    bars = next(kind for kind in tables.layers if kind.name == "bars")
    count = next(each for each in bars.inputs if each.name == "count")
    assert (count.low, count.high, count.whole, count.moves, count.drives) == (4, 256, True, True, True)
    assert {each.name for each in bars.inputs} >= {"x", "y", "scale", "rotation", "opacity", "blend"}
    assert "bass" in tables.features


def test_a_project_comes_with_every_field(heard):
    project = fresh_project(heard, title="Night", artist="Day")
    assert (project["title"], project["artist"], project["template"]) == ("Night", "Day", "default")
    assert project["canvas"] == {"width": 1920, "height": 1080, "fps": 60}
    fields = {"id", "kind", "visible", "locked", "start", "end", "effects"}
    assert all(fields <= set(layer) for layer in project["layers"])


def test_frames_follow_the_music(heard):
    project = fresh_project(heard)
    bars = {"id": "bars", "kind": "bars", "props": {"count": 8, "attack": 0, "release": 0}}
    ask(heard, {"type": "setProject", "project": project | {"layers": [bars]}})

    def tallest(t: float) -> float:
        return max(float(rows[:, 3].max()) for op, _, rows in read_list(heard.frame(t)) if op.name == "rects")

    assert tallest(2.05) > 3 * tallest(2.45)


def test_numbers_of_texts_outlive_an_edit(heard):
    project = fresh_project(heard, title="Same words")
    ask(heard, {"type": "setProject", "project": project})
    heard.frame(1.0)
    assert any(entry.get("text") == "Same words" for entry, _ in heard.fresh())
    other = {"palette": ["#000000", "#ff0000", "#00ff00", "#0000ff", "#ffffff"]}
    ask(heard, {"type": "setProject", "project": project | other})
    heard.frame(1.0)
    assert [entry for entry, _ in heard.fresh() if entry["type"] == "text"] == []
    assert heard.generation == 0


def test_boxes_and_readings_are_where_the_layer_is(heard):
    drive = {"type": "drive", "feature": "progress", "low": 0.0, "high": 1.0}
    layer = {"id": "one", "kind": "bars", "props": {"x": drive, "y": 0.25}}
    ask(heard, {"type": "setProject", "project": fresh_project(heard) | {"layers": [layer]}})
    (box,) = ask(heard, {"type": "getBoxes", "t": 4.0})[0]["boxes"]
    assert (box["layer"], box["x"], box["y"]) == ("one", pytest.approx(960, abs=20), 270)
    (reading,) = ask(heard, {"type": "getReadings", "layer": "one", "t": 4.0})[0]["readings"]
    assert reading["name"] == "x"
    assert reading["value"] == pytest.approx(0.5, abs=0.01)
    assert reading["share"] == pytest.approx(0.5, abs=0.01)  # x goes from -1 to 2


def test_readings_of_effects_are_those_of_their_place(heard):
    drive = {"type": "drive", "feature": "progress", "low": 0.0, "high": 1.0}
    blurred = [
        {"kind": "grade", "props": {}, "enabled": False},  # what is switched off keeps its place
        {"kind": "glow", "props": {"strength": drive}},
    ]
    layer = {"id": "one", "kind": "bars", "props": {"y": drive}, "effects": blurred}
    whole = fresh_project(heard) | {"layers": [layer], "effects": [{"kind": "vignette", "props": {"strength": drive}}]}
    ask(heard, {"type": "setProject", "project": whole})

    def read(layer: str | None, effect: int | None) -> list[tuple[str, float]]:
        asked = {"type": "getReadings", "layer": layer, "t": 4.0, "effect": effect}
        found = ask(heard, asked)[0]["readings"]
        return [(each["name"], round(each["value"], 1)) for each in found]

    assert read("one", None) == [("y", 0.5)]
    assert read("one", 0) == []
    assert read("one", 1) == [("strength", 0.5)]
    assert read("one", 7) == read("nobody", 0) == read(None, None) == []
    assert read(None, 0) == [("strength", 0.5)]


def test_a_drive_follows_a_stem_once_it_was_heard_and_is_kept_with_the_song(heard):
    t = np.arange(8 * RATE) / RATE
    voice = (0.3 * np.sin(2 * np.pi * 440 * t) * (t > 4)).astype(np.float32)
    drums = kicks() - voice * np.float32(1e-4)  # what a separation leaves of the others
    planes = [voice, voice, drums, drums, voice * np.float32(1e-3), voice * np.float32(1e-3)]
    drive = {"type": "drive", "feature": "loudness", "stem": "vocals", "low": 0.0, "high": 1.0}
    layer = {"id": "one", "kind": "bars", "props": {"opacity": drive}}
    ask(heard, {"type": "setProject", "project": fresh_project(heard) | {"layers": [layer]}})

    def opacity(preview: Preview, t: float) -> float:
        return ask(preview, {"type": "getReadings", "layer": "one", "t": t})[0]["readings"][0]["value"]

    before = [opacity(heard, at) for at in (2.02, 6.02)]
    assert min(before) > 0.3  # the song's, as long as there is no stem
    ask(heard, {"type": "openStems", "names": ["vocals", "drums", "other"], "sampleRate": RATE})
    for block in np.array_split(np.stack(planes), 7, axis=1):
        ask(heard, {"type": "feedStems"}, *block)
    reply, (kept,) = ask(heard, {"type": "finishStems"})
    assert reply == {"type": "songReady", "seconds": 8.0, "stems": ["vocals", "drums", "other"]}
    assert opacity(heard, 2.02) == 0.0
    assert opacity(heard, 6.02) > 0.7
    again = Preview(PlainFacts())
    assert ask(again, {"type": "takeSong"}, kept)[0]["stems"] == ["vocals", "drums", "other"]
    faint = drive | {"stem": "other"}
    project = fresh_project(again) | {"layers": [layer | {"props": {"opacity": faint}}]}
    ask(again, {"type": "setProject", "project": project})
    assert opacity(again, 6.02) == 0.0  # 60 dB down: a rest of another stem


def test_stems_that_are_not_in_order_are_refused_in_a_sentence(heard):
    with pytest.raises(KeylightError, match="open them before their audio is fed"):
        ask(heard, {"type": "feedStems"}, kicks(), kicks())
    with pytest.raises(KeylightError, match="names of their own"):
        ask(heard, {"type": "openStems", "names": ["drums", "drums"], "sampleRate": RATE})
    ask(heard, {"type": "openStems", "names": ["drums", "bass"], "sampleRate": RATE})
    with pytest.raises(KeylightError, match="two channels of 2 stems, got 3"):
        ask(heard, {"type": "feedStems"}, kicks(), kicks(), kicks())


def test_a_song_that_was_kept_gives_the_frames_of_one_that_is_heard(heard, song):
    again = Preview(PlainFacts(images={"cover": red_picture()}))
    ask(again, {"type": "openSong", "sampleRate": RATE, "channels": 1})
    ask(again, {"type": "feedSong"}, kicks())
    _, (kept,) = ask(again, {"type": "finishSong", "sections": []}, BEATS, BEATS[::4])
    assert np.array_equal(kept, song)
    project = fresh_project(heard)
    for preview in (heard, again):
        ask(preview, {"type": "setProject", "project": project})
    assert np.array_equal(heard.frame(3.3), again.frame(3.3))


def test_sections_that_come_late_are_kept_with_the_song(heard):
    section = {"startSeconds": 0.0, "endSeconds": 8.0, "kind": "drop", "letter": "A", "energy": 80.0}
    _, (kept,) = ask(heard, {"type": "markSong", "sections": [section]}, BEATS, BEATS[::4])
    again = Preview(PlainFacts())
    ask(again, {"type": "takeSong"}, kept)
    assert [each.label for each in again._features.sections] == ["Drop A"]


def test_palettes_come_from_a_picture_of_the_project(heard):
    palettes, _ = ask(heard, {"type": "makePalette", "media": "cover"})
    assert [each["name"] for each in palettes["palettes"]] == ["Cover, dark", "Cover, light"]
    with pytest.raises(KeylightError, match="Expected a picture that can be read, got 'gone'"):
        ask(heard, {"type": "makePalette", "media": "gone"})


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"type": "readProject", "text": '{"version": 99}'}, "This project was made by a newer Keylight"),
        ({"type": "readProject", "text": "[]"}, "This is no Keylight project, or it is damaged"),
        ({"type": "getBoxes"}, "The preview does not understand this request"),
        ({"type": "feedSong"}, "Expected an open song: open one before its audio is fed"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(message, sentence):
    with pytest.raises(KeylightError, match=sentence):
        ask(Preview(PlainFacts()), message)


def test_a_kind_that_nobody_knows_is_named_and_what_was_shown_stays(heard):
    project = fresh_project(heard)
    ask(heard, {"type": "setProject", "project": project})
    before = heard.frame(1.0).copy()
    with pytest.raises(KeylightError, match="There is no kind of layer 'hologram'"):
        ask(heard, {"type": "setProject", "project": project | {"layers": [{"id": "a", "kind": "hologram"}]}})
    assert np.array_equal(heard.frame(1.0), before)


@pytest.mark.parametrize("name", [each.name for each in TEMPLATES])
def test_every_template_can_be_a_picture_of_the_gallery(heard, name):
    empty = ask(heard, {"type": "readProject", "text": '{"title": "A", "canvas": {"width": 1080, "height": 1920}}'})[0]
    still = heard.still(name, decode_project(json.dumps(empty["project"])))
    assert len(still.frame(2.0)) > 10
    assert still.project.canvas.height == 1920
    still.fresh()


class SlowPainter:
    """Fonts come after the first question."""

    def __init__(self) -> None:
        self.asked = 0

    def measure(self, spec: TextSpec) -> TextSize | None:
        self.asked += 1
        return None if self.asked == 1 else TextSize(123.0, 45.0, 1)

    def image(self, media: str) -> None:
        return None

    def video(self, media: str) -> None:
        return None


def test_a_text_is_guessed_until_its_fonts_are_there_and_asked_for_once_after_that():
    painter = SlowPainter()
    facts = KeptFacts(painter)
    spec = TextSpec("Hello")
    guess = facts.measure(spec)
    assert guess == PlainFacts().measure(spec)
    assert facts.measure(spec) == facts.measure(spec) == TextSize(123.0, 45.0, 1)
    assert painter.asked == 2
