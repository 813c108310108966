"""A song's way through the real server, worker and child over HTTP, with a small real model."""

from __future__ import annotations

import io
import json
import wave
import zipfile
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import pytest

from shared.schema.analysis import PEAKS_PER_SECOND
from shared.schema.jobs import decode_job
from shared.spectrum.peaks import unpack_peaks

SECONDS = 3
RATE = 44100


def song(seconds: float = SECONDS, *, seed: int = 0) -> bytes:
    """Stereo noise as 16-bit WAV."""
    noise = np.random.default_rng(seed).normal(size=(int(RATE * seconds), 2)) * 3000
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(noise.astype("<i2").tobytes())
    return buffer.getvalue()


def read_wav(data: bytes) -> npt.NDArray[np.int16]:
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())


def form(options: dict[str, object], name: str, data: bytes) -> list[tuple[str, tuple[str | None, str | bytes]]]:
    return [("options", (None, json.dumps(options))), ("file", (name, data))]


@pytest.fixture(scope="module")
def client(stems_server: str):
    with httpx.Client(base_url=stems_server, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def done(client: httpx.Client):
    """A finished job, and the events that told of it as (number, job)."""
    options = {"format": "wav16", "key": "8A", "bpm": 120.0}
    answer = client.post("/api/stems", files=form(options, "../../My söng 🎵.wav", song()))
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == f"/api/jobs/{job['id']}"
    events = read_events(client, job["id"])
    return client.get(f"/api/jobs/{job['id']}").json(), events


def read_events(client: httpx.Client, job: str, last: int | None = None) -> list[tuple[int, dict[str, Any]]]:
    headers = {} if last is None else {"last-event-id": str(last)}
    events = []
    with client.stream("GET", f"/api/jobs/{job}/events", headers=headers) as answer:
        if answer.status_code == 204:
            return []
        assert answer.headers["content-type"].startswith("text/event-stream")
        number = 0
        for line in answer.iter_lines():
            field, _, value = line.partition(": ")
            if field == "id":
                number = int(value)
            elif field == "data":
                events.append((number, json.loads(value)))
    return events


def test_a_song_becomes_its_stems(client: httpx.Client, done) -> None:
    job, _ = done
    assert (job["state"], job["stage"], job["progress"], job["error"]) == ("done", "done", 1.0, None)
    assert [one["name"] for one in job["results"]] == ["drums", "bass", "other", "vocals", "zip"]
    total = np.zeros((SECONDS * RATE, 2))
    for one in job["results"][:-1]:
        answer = client.get(one["url"])
        assert answer.headers["content-type"] == "audio/wav"
        assert len(answer.content) == one["bytes"] == int(answer.headers["content-length"])
        total += read_wav(answer.content)
    assert np.abs(total - read_wav(song())).max() <= 4  # each of four stems is rounded and dithered by itself


def test_events_grow_and_end_with_the_job(client: httpx.Client, done) -> None:
    job, events = done
    numbers = [number for number, _ in events]
    progress = [decode_job(json.dumps(one)).progress for _, one in events]
    assert numbers == sorted(set(numbers))
    assert progress == sorted(progress)
    assert events[-1][1]["state"] == "done"
    assert read_events(client, job["id"], numbers[-1]) == []  # 204: an EventSource stops asking
    again = read_events(client, job["id"], numbers[0])
    assert [one["state"] for _, one in again] == ["done"]
    assert again[0][0] > numbers[0]


@pytest.mark.parametrize("last", ["-1", "yesterday", "7", "999999999999999", "9" * 40, "1.5", "\u00fc"])
def test_a_number_that_was_made_up_gets_the_job_as_it_is(client: httpx.Client, last: str) -> None:
    job = client.post("/api/stems", files=form({}, "d.wav", song(20))).json()["id"]
    headers = {b"last-event-id": last.encode()}
    with client.stream("GET", f"/api/jobs/{job}/events", headers=headers) as answer:
        assert answer.status_code == 200
        first = next(line for line in answer.iter_lines() if line.startswith("data: "))
    assert decode_job(first.removeprefix("data: ")).state in ("queued", "running")
    client.delete(f"/api/jobs/{job}")


def test_downloads_have_the_songs_name_and_no_path(client: httpx.Client, done) -> None:
    job, _ = done
    vocals = next(one for one in job["results"] if one["name"] == "vocals")
    said = client.get(vocals["url"]).headers["content-disposition"]
    assert said.startswith('attachment; filename="My song')
    assert "filename*=UTF-8''My%20s%C3%B6ng%20%F0%9F%8E%B5%20%28Vocals%29" in said
    assert "/" not in said.replace("UTF-8''", "")
    assert ".." not in said


def test_a_part_of_a_stem_is_a_part_of_the_whole(client: httpx.Client, done) -> None:
    url = done[0]["results"][0]["url"]
    whole = client.get(url)
    part = client.get(url, headers={"range": "bytes=1000-1999"})
    assert (part.status_code, part.headers["content-range"]) == (206, f"bytes 1000-1999/{len(whole.content)}")
    assert part.content == whole.content[1000:2000]
    assert client.get(url, headers={"range": f"bytes={10**12}-"}).status_code == 416
    assert client.get(url, headers={"if-none-match": whole.headers["etag"]}).status_code == 304
    head = client.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))


def test_the_zip_has_all_stems_as_they_are(client: httpx.Client, done) -> None:
    job, _ = done
    answer = client.get(job["results"][-1]["url"])
    assert (answer.headers["content-type"], answer.headers["accept-ranges"]) == ("application/zip", "none")
    assert int(answer.headers["content-length"]) == len(answer.content) == job["results"][-1]["bytes"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert archive.namelist() == [one["fileName"] for one in job["results"][:-1]]
    assert archive.read(archive.namelist()[0]) == client.get(job["results"][0]["url"]).content
    assert client.get(job["results"][-1]["url"], headers={"range": "bytes=0-9"}).status_code == 200


def test_each_stem_has_a_waveform(client: httpx.Client, done) -> None:
    for one in done[0]["results"][:-1]:
        peaks = unpack_peaks(client.get(one["peaksUrl"]).content)
        mono = read_wav(client.get(one["url"]).content).mean(axis=1) / 32768
        cells = mono.reshape(len(peaks), -1)
        assert peaks.shape == (SECONDS * PEAKS_PER_SECOND, 2)
        assert np.abs(peaks[:, 1] / 127 - cells.max(axis=1)).max() <= 1 / 127


def test_the_same_key_is_the_same_job(client: httpx.Client) -> None:
    headers = {"idempotency-key": "once"}
    first = client.post("/api/stems", files=form({}, "a.wav", song(1)), headers=headers)
    second = client.post("/api/stems", files=form({}, "a.wav", song(1)), headers=headers)
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["id"] == second.json()["id"]


def test_a_removed_job_has_no_files(client: httpx.Client) -> None:
    job = client.post("/api/stems", files=form({"mode": "two", "stems": ["vocals"]}, "b.wav", song(1))).json()["id"]
    ended = read_events(client, job)[-1][1]
    assert [one["name"] for one in ended["results"]] == ["vocals", "instrumental", "zip"]
    gone = client.delete(f"/api/jobs/{job}")
    assert (gone.status_code, gone.json()["state"]) == (200, "expired")
    answer = client.get(f"/api/jobs/{job}/results/vocals")
    assert (answer.status_code, answer.json()["error"]) == (404, "not-found")


def test_a_job_that_is_cancelled_says_so(client: httpx.Client) -> None:
    job = client.post("/api/stems", files=form({}, "c.wav", song(60))).json()["id"]
    assert client.delete(f"/api/jobs/{job}").status_code == 200
    assert read_events(client, job)[-1][1]["state"] == "cancelled"
