"""Clients that stall, lie, leave or send rubbish, over real sockets: the server says so, stays well, keeps no file."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import struct
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.backend.test_stems_job import form, read_events, song
from tests.serving import Server, get_json, running_server, tiny_models_folder, wait_for

MEGABYTE = 1_000_000
CROWD = 50
OPTIONS = b'{"model": "htdemucs"}'


def part(name: str, data: bytes) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), data)


START = part("options", OPTIONS) + b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
END = b"\r\n--x--\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes small songs, short waits and many clients."""
    data = tmp_path_factory.mktemp("faults")
    limits = {"upload_mb": 2, "stall_seconds": 1, "audio_hours": 0.005, "per_client": 60, "queue": 60, "rate": 10000}
    with running_server(data, models=tiny_models_folder(), workers="cpu", **limits) as server:
        wait_for(lambda: get_json(f"{server.url}/api/capabilities")["separation"], what="separation")
        yield server


@pytest.fixture(autouse=True)
def nothing_is_left(server: Server) -> Iterator[None]:
    """After each test no upload goes on, no file of one is left, and the server is well."""
    yield
    uploads = server.log.parent / "uploads"
    wait_for(lambda: gauge(server) == 0 and not any(uploads.glob("*")), what="the end of uploads", seconds=20)
    assert get_json(f"{server.url}/api/health")["status"] == "ok"
    assert "Traceback" not in server.log.read_text()


def gauge(server: Server) -> float:
    text = httpx.get(f"{server.url}/api/metrics", timeout=60).text
    found = re.search(r"^keylight_uploads (\S+)$", text, re.MULTILINE)
    assert found
    return float(found.group(1))


def begin(server: Server, length: int | None, body: bytes, *, headers: str = "") -> socket.socket:
    """A connection on which an upload has begun, that says it has so many bytes."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    said = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    kind = "content-type: multipart/form-data; boundary=x"
    lines = f"POST /api/stems HTTP/1.1\r\nhost: localhost\r\n{kind}\r\n{said}\r\n{headers}"
    connection.sendall(lines.encode() + b"\r\n" + body)
    return connection


def answer_on(connection: socket.socket) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of what comes, read to the connection's end or the answer's."""
    with connection, connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        headers = {}
        while (line := file.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, json.loads(file.read(int(headers["content-length"])))


def test_no_length_is_refused(server: Server) -> None:
    status, _, error = answer_on(begin(server, None, b""))
    assert (status, error["error"]) == (411, "length-required")


def test_a_length_beside_chunks_is_refused(server: Server) -> None:
    """A proxy may believe the one and this server the other, and take the rest for a request of somebody else."""
    status, _, error = answer_on(begin(server, 5, b"", headers="transfer-encoding: chunked\r\n"))
    assert (status, error["error"]) == (411, "length-required")


def test_too_long_a_length_is_refused_before_anything_is_sent(server: Server) -> None:
    status, headers, error = answer_on(begin(server, 3 * MEGABYTE, b""))
    assert (status, error["error"], headers["connection"]) == (413, "too-large", "close")
    assert error["message"] == "The upload is larger than the 2 MB that this server takes."


def test_a_file_beyond_the_limit_is_refused_while_it_comes(server: Server) -> None:
    body = START + bytes(2 * MEGABYTE + 1000) + END
    status, _, error = answer_on(begin(server, len(body), body))
    assert (status, error["error"]) == (413, "too-large")


def test_a_client_that_waits_for_100_is_refused_without_sending(server: Server) -> None:
    status, headers, _ = answer_on(begin(server, 3 * MEGABYTE, b"", headers="expect: 100-continue\r\n"))
    assert (status, headers["connection"]) == (413, "close")


def test_a_client_that_sends_too_little_and_leaves_is_forgotten(server: Server) -> None:
    for leave in (lambda one: one.shutdown(socket.SHUT_WR), reset):
        connection = begin(server, MEGABYTE, START + bytes(100_000))
        wait_for(lambda: gauge(server) == 1, what="the upload")
        leave(connection)
        wait_for(lambda: gauge(server) == 0, what="its end")
        connection.close()


def reset(connection: socket.socket) -> None:
    """End a connection as a crash does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("leave", [lambda one: one.shutdown(socket.SHUT_WR), reset], ids=["closes", "crashes"])
def test_a_client_that_leaves_before_its_answer_has_no_job(
    server: Server, leave: Callable[[socket.socket], None]
) -> None:
    """It would take a place and a processor, and nobody knows its name."""
    store = server.log.parent / "store"
    before = sorted(store.glob("*/*"))
    with send_whole(server) as connection:
        leave(connection)
        wait_for(lambda: gauge(server) == 0, what="the upload's end")
    queue = get_json(f"{server.url}/api/capabilities")["queue"]
    assert (queue["waiting"], queue["running"]) == (0, 0)
    assert sorted(store.glob("*/*")) == before


def test_a_client_that_leaves_and_has_a_key_finds_its_job(server: Server) -> None:
    reset(send_whole(server, headers="idempotency-key: left\r\n"))
    wait_for(lambda: gauge(server) == 0, what="the upload's end")
    headers = {"idempotency-key": "left"}
    again = httpx.post(f"{server.url}/api/stems", files=form({}, "a.wav", song(2)), headers=headers, timeout=60)
    assert again.status_code == 200
    with httpx.Client(base_url=server.url, timeout=60) as client:
        assert read_events(client, again.json()["id"])[-1][1]["state"] == "done"


def send_whole(server: Server, *, headers: str = "") -> socket.socket:
    """A connection on which a song was sent to its end, which the server now looks into."""
    data = song(2)
    body = START + data + END
    connection = begin(server, len(body), body, headers=headers)
    uploads = server.log.parent / "uploads"
    while [path.stat().st_size for path in uploads.glob("*")] != [len(data)]:
        time.sleep(0.005)
    return connection


def test_a_client_that_stalls_is_cut_off(server: Server) -> None:
    status, headers, error = answer_on(begin(server, MEGABYTE, START + bytes(1000)))
    assert (status, error["error"], headers["connection"]) == (408, "too-slow", "close")
    assert error["message"] == "The upload stood still for 1 seconds."


def test_a_client_that_drips_is_cut_off_too(server: Server) -> None:
    connection = begin(server, MEGABYTE, START)
    connection.settimeout(0.05)
    seen = b""
    for _ in range(200):
        try:
            connection.sendall(b"x")
            seen += connection.recv(4096)
        except TimeoutError:
            continue
        except OSError:
            break
        if seen:
            break
    assert b" 408 " in seen
    connection.close()


def test_a_form_that_ends_early_is_refused(server: Server) -> None:
    body = START + bytes(5000)
    status, _, error = answer_on(begin(server, len(body), body))
    assert (status, error["error"]) == (400, "bad-request")


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (b"not json", 422, "Options of the job are not right: JSON is malformed"),
        (b'{"format": "ogg"}', 422, "Invalid enum value 'ogg'"),
        (b'{"model": "quick"}', 422, "There is no model 'quick'; expected one of htdemucs,"),
        (b'{"stems": ["flute"]}', 422, "The model htdemucs has no stem 'flute'; expected some of drums,"),
        (b'{"mode": "two"}', 422, 'The mode "two" takes out one stem; got 0.'),
        (b'{"mode": "rest", "stems": ["drums", "bass", "other", "vocals"]}', 422, 'The mode "rest" leaves out some'),
    ],
)
def test_a_job_that_cannot_be_is_refused_before_its_song(
    server: Server, options: bytes, status: int, said: str
) -> None:
    # The song is never sent: the answer comes all the same.
    found, _, error = answer_on(begin(server, 1_500_000, part("options", options) + b"--x\r\n"))
    assert found == status
    assert said in error["message"]


@pytest.mark.parametrize(
    ("name", "data", "status", "error"),
    [
        ("song.mp3", b"This is no song." * 100, 415, "not-audio"),
        ("song.wav", b"", 415, "not-audio"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", 415, "not-audio"),
        ("packed.zip", b"PK\x03\x04" + bytes(1000), 415, "not-audio"),
    ],
)
def test_what_is_no_audio_is_told_by_decoding(server: Server, name: str, data: bytes, status: int, error: str) -> None:
    answer = httpx.post(f"{server.url}/api/stems", files=form({}, name, data), timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["message"].startswith("The file ")


def test_too_long_a_song_is_refused(server: Server) -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(range(100, 150)) * 160 * 90)
    answer = httpx.post(f"{server.url}/api/stems", files=form({}, "long.wav", buffer.getvalue()), timeout=60)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert answer.json()["message"] == "The song has 90 seconds; this server takes 18."


def test_fifty_upload_at_once_and_the_server_answers(server: Server) -> None:
    with ThreadPoolExecutor(CROWD) as pool:
        crowd = list(pool.map(lambda _: begin(server, 1_900_000, START + bytes(1_200_000)), range(CROWD)))
        assert gauge(server) >= CROWD - 10  # those that came first may have been cut off already
        assert httpx.get(f"{server.url}/", timeout=60).status_code == 200
        for connection in crowd:
            connection.close()


def test_a_slow_reader_of_events_holds_up_nobody(server: Server) -> None:
    job = httpx.post(f"{server.url}/api/stems", files=form({}, "a.wav", song(5)), timeout=60).json()["id"]
    slow = socket.create_connection(("127.0.0.1", server.port))
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    slow.sendall(f"GET /api/jobs/{job}/events HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
    with httpx.Client(base_url=server.url, timeout=60) as client:
        assert read_events(client, job)[-1][1]["state"] == "done"
    slow.close()
    for name in ("vocals", "zip"):  # a client that leaves in the middle of a file
        leaving = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        leaving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        leaving.sendall(f"GET /api/jobs/{job}/results/{name} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        assert leaving.recv(12) == b"HTTP/1.1 200"
        reset(leaving)


def test_logs_have_neither_names_nor_addresses(server: Server) -> None:
    httpx.post(f"{server.url}/api/stems", files=form({"title": "Secret title"}, "Secret.wav", b"x"), timeout=60)
    httpx.get(f"{server.url}/api/jobs/{'a' * 32}/results/Secret")
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert lines
    assert {"time", "method", "route", "status", "ms", "request"} <= set(lines[-1])
    assert lines[-1]["route"] == "/api/jobs/{job_id}/results/{name}"
    assert lines[-1]["job"] == "a" * 8
    text = server.log.read_text()
    assert "Secret" not in text
    assert "127.0.0.1" not in text


def test_a_full_queue_refuses_before_the_song_and_the_server_stops_in_time(tmp_path: Path) -> None:
    with running_server(tmp_path, models=tiny_models_folder(), workers="cpu", queue=2, per_client=5) as server:
        wait_for(lambda: get_json(f"{server.url}/api/capabilities")["separation"], what="separation")
        upload = begin(server, 100 * MEGABYTE, START)
        wait_for(lambda: gauge(server) == 1, what="the upload")
        songs = form({}, "a.wav", song(30))
        job, _ = (httpx.post(f"{server.url}/api/stems", files=songs, timeout=60).json()["id"] for _ in range(2))
        connection = begin(server, 100 * MEGABYTE, START)
        try:
            for _ in range(100):  # as a browser does: it looks for an answer when it can send no more
                connection.sendall(bytes(MEGABYTE))
        except OSError:
            pass
        status, headers, error = answer_on(connection)
        assert (status, error["error"]) == (429, "queue-full")
        assert int(headers["retry-after"]) > 0
        with httpx.stream("GET", f"{server.url}/api/jobs/{job}/events", timeout=30) as events:
            server.process.send_signal(signal.SIGTERM)
            assert any("data: " in line for line in events.iter_lines())  # and the stream ends
        status, _, error = answer_on(upload)
        assert (status, error["message"]) == (503, "The server stops; send the song again later.")
        assert server.process.wait(30) == 0
        assert "Traceback" not in server.log.read_text()
