"""A video's way through the real server, worker and painters over HTTP."""

from __future__ import annotations

import io
import json
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import msgspec
import numpy as np
import pytest

from shared.scene.gallery import template
from shared.schema.jobs import decode_job
from shared.schema.project import Drive, Keyframe, Keyframes, Layer, Medium, Project, Value, encode_project
from shared.schema.video import CONTAINERS, PRESETS
from shared.spectrum.features import demo_features, encode_features
from tests.backend.test_stems_job import read_events, song

SECONDS = 3.0
SMALL = {"width": 160, "height": 90, "fps": 24, "quality": "draft"}
Part = tuple[str, tuple[str | None, str | bytes]]


def small_project(*layers: Layer, **changes: Any) -> Project:
    return Project(
        layers=layers or (Layer("b", "bars", props={"count": 8, "scale": Drive("kick", 0.8, 1.2)}),), **changes
    )


def form(
    film: dict[str, Any],
    project: Project | bytes,
    *,
    features: bytes | None = None,
    sound: bytes | None = None,
    **job: Any,
) -> list[Part]:
    parts: list[Part] = [
        ("options", (None, json.dumps({"film": film, **job}))),
        ("project", ("project.json", project if isinstance(project, bytes) else encode_project(project))),
    ]
    if features is not None:
        parts.append(("features", ("features.klf", features)))
    if sound is not None:
        parts.append(("file", ("My söng.wav", sound)))
    return parts


def ended(client: httpx.Client, job: str) -> dict[str, Any]:
    while (found := client.get(f"/api/jobs/{job}").json())["state"] in ("queued", "running"):
        time.sleep(0.05)
    return dict(found)


def rendered(client: httpx.Client, parts: list[Part], **headers: str) -> dict[str, Any]:
    answer = client.post("/api/renders", files=parts, headers=headers)
    assert answer.status_code == 202, answer.text
    found = ended(client, answer.json()["id"])
    assert found["state"] == "done", found
    return found


@pytest.fixture(scope="module")
def client(stems_server: str):
    with httpx.Client(base_url=stems_server, timeout=60) as client:
        while not client.get("/api/capabilities").json()["rendering"]:
            time.sleep(0.1)
        yield client


@pytest.fixture(scope="module")
def features() -> bytes:
    return encode_features(demo_features(SECONDS))


def test_a_project_becomes_its_film(client: httpx.Client, features: bytes) -> None:
    parts = form(SMALL, small_project(title="Night"), features=features, sound=song(SECONDS), artist="AC/DC")
    answer = client.post("/api/renders", files=parts)
    assert answer.status_code == 202, answer.text
    assert answer.json()["kind"] == "render"
    events = read_events(client, answer.json()["id"])
    stages = [job["stage"] for _, job in events]
    order = ["waiting", "listening", "looking", "drawing", "writing", "done"]
    assert [order.index(stage) for stage in stages] == sorted(order.index(stage) for stage in stages)
    progress = [job["progress"] for _, job in events]
    assert progress == sorted(progress)
    job = client.get(answer.headers["location"]).json()
    assert decode_job(json.dumps(job)).render is not None
    assert (job["seconds"], job["remarks"], job["stems"]) == (SECONDS, [], None)
    (file,) = job["results"]
    assert (file["name"], file["fileName"], file["peaksUrl"]) == ("film", "AC DC - Night (160x90).mp4", None)
    data = client.get(file["url"])
    assert 'filename="AC DC - Night (160x90).mp4"' in data.headers["content-disposition"]
    assert len(data.content) == file["bytes"]
    assert client.get(file["url"], headers={"range": "bytes=4-7"}).content == data.content[4:8] == b"ftyp"
    with av.open(io.BytesIO(data.content), "r") as film:
        assert film.metadata["artist"] == "AC/DC"
        assert sum(1 for _ in film.decode(video=0)) == SECONDS * 24
        video = film.streams.video[0]
        assert (video.codec_context.width, video.codec_context.height) == (160, 90)
        sound = film.streams.audio[0]
        assert sound.duration is not None
        assert sound.time_base is not None
        assert abs(float(sound.duration * sound.time_base) - SECONDS) < 1 / 24


def test_without_features_the_server_listens_itself(client: httpx.Client) -> None:
    job = rendered(client, form(SMALL, small_project(), sound=song(SECONDS)))
    assert job["seconds"] == SECONDS
    assert job["results"][0]["fileName"] == "My söng (160x90).mp4"


def test_media_come_with_the_project(client: httpx.Client, features: bytes, cover_png: bytes) -> None:
    media = (Medium("a", "image", "gone.png"), Medium("b", "image", "cover.png", role="cover"))
    pictured = small_project(Layer("i", "image", props={"image": "b"}), media=media)
    parts = form({**SMALL, "audio": "none"}, pictured, features=features)
    parts.append(("medium-001", ("cover.png", cover_png)))
    job = rendered(client, parts)
    data = client.get(job["results"][0]["url"]).content
    with av.open(io.BytesIO(data), "r") as film:
        picture = next(film.decode(video=0)).to_ndarray(format="rgb24")
        assert len(film.streams.video) == 2  # the film, and its cover
    red, green, _ = picture[45, 80]
    assert red > 180
    assert green < 70


def test_media_that_cannot_be_had_are_left_out_and_told(client: httpx.Client, features: bytes) -> None:
    media = (Medium("a", "image", "gone.png"), Medium("b", "image", "broken.png"))
    pictured = small_project(Layer("i", "image", props={"image": "b"}), media=media)
    parts = form({**SMALL, "audio": "none"}, pictured, features=features)
    job = rendered(client, [*parts, ("medium-001", ("broken.png", b"no picture"))])
    gone, broken = job["remarks"]
    assert gone == "Left out: gone.png: Expected a picture, its file is missing. Add it again."
    assert broken.startswith("Left out: broken.png: Expected a picture in PNG")


def test_flashes_are_held_back_and_told(client: httpx.Client, features: bytes) -> None:
    blinks = tuple(Keyframe(at / 10, "#ffffff" if at % 2 else "#000000", "hold") for at in range(3, 27))
    sides: dict[str, Value] = {"first": Keyframes(blinks), "last": Keyframes(blinks)}
    strobe = small_project(Layer("g", "gradient", props=sides))
    job = rendered(client, form({**SMALL, "audio": "none"}, strobe, features=features))
    assert "more than 3 flashes in a second, over 100% of the view" in job["remarks"][0]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.name)
def test_every_preset_is_what_it_says(client: httpx.Client, features: bytes, preset) -> None:
    film = msgspec.to_builtins(preset.options)
    film |= {"width": film["width"] // 8 // 2 * 2, "height": film["height"] // 8 // 2 * 2, "seconds": 0.5}
    job = rendered(client, form(film, small_project(), features=features, sound=song(1.0)))
    (file,) = job["results"]
    container, ending, media_type, _ = CONTAINERS[preset.options.codec]
    assert file["fileName"].endswith(ending)
    answer = client.get(file["url"])
    assert answer.headers["content-type"] == media_type
    with av.open(io.BytesIO(answer.content)) as found:
        assert container in found.format.name or container == "webm"
        video = found.streams.video[0]
        name = {"h264": "h264", "hevc": "hevc", "av1": "dav1d", "prores": "prores", "vp9": "vp9"}[preset.options.codec]
        assert name in video.codec_context.name
        assert (video.codec_context.width, video.codec_context.height) == (film["width"], film["height"])
        assert video.average_rate == preset.options.fps
        assert len(found.streams.audio) == (preset.options.audio != "none")


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"film": {**SMALL, "codec": "vp9"}}, 422, "VP9 is written as .webm, which holds Opus or no sound, not AAC"),
        ({"film": {**SMALL, "fps": 61}}, 422, r"Invalid enum value 61 - at `$.film.fps`"),
        ({"project": small_project(Layer("a", "hologram"))}, 422, "Layer 'a': There is no kind of layer 'hologram'"),
        ({"project": b'{"version": 999}'}, 422, "version"),
        ({"project": b"{"}, 422, ""),
        ({"sound": None}, 422, "Expected the song as the part 'file' of the form: the film is to have sound."),
        ({"sound": b"no sound at all"}, 422, ""),
        ({"features": b"KLF?"}, 422, ""),
        ({"film": {**SMALL, "startSeconds": 60}}, 422, "The film would begin at 60 s, and the song is 3.0 s long."),
        ({"extra": ("medium-1", b"x")}, 400, "Expected one of the parts project, features, medium-000"),
        ({"extra": ("../../x", b"x")}, 400, "Expected one of the parts"),
        ({"extra": ("project", b"x")}, 400, "comes twice"),
    ],
    ids=lambda value: None,
)
def test_what_cannot_be_rendered_is_a_sentence(client, features, change, status, said) -> None:
    parts = form(
        change.get("film", SMALL),
        change.get("project", small_project()),
        features=change.get("features", features),
        sound=change.get("sound", song(SECONDS)),
    )
    if "extra" in change:
        name, data = change["extra"]
        parts.append((name, ("x", data)))
    answer = client.post("/api/renders", files=parts)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["message"]
    assert "Traceback" not in answer.text


def test_the_same_request_again_is_the_same_job(client: httpx.Client, features: bytes) -> None:
    parts = form({**SMALL, "audio": "none"}, small_project(), features=features)
    first = client.post("/api/renders", files=parts, headers={"idempotency-key": "film-1"})
    again = client.post("/api/renders", files=parts, headers={"idempotency-key": "film-1"})
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    ended(client, first.json()["id"])


def test_a_cancelled_film_leaves_nothing(client: httpx.Client, stems_data: Path) -> None:
    long = encode_features(demo_features(120.0))
    film = {"width": 1280, "height": 720, "fps": 60, "audio": "none"}
    answer = client.post("/api/renders", files=form(film, template("default").project, features=long))
    job = answer.json()["id"]
    while client.get(f"/api/jobs/{job}").json()["stage"] not in ("looking", "drawing"):
        time.sleep(0.05)
    assert client.delete(f"/api/jobs/{job}").json()["state"] == "cancelled"
    folder = stems_data / "store" / "work" / job
    end = time.monotonic() + 20
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not folder.exists()
    assert list((stems_data / "uploads").glob("*")) == []


@pytest.fixture(scope="module")
def cover_png() -> bytes:
    picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), (230, 20, 20), np.uint8), format="rgb24")
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 64, "rgb24"
    encoder.time_base = Fraction(1, 25)
    return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])
