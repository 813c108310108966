"""The web process alone: how soon it answers, what memory it takes, and how it answers while 50 clients upload at once.

The clients are threads of another process, which send as fast as the server takes it; they begin songs of the largest
size and are cut off at the end, so no job comes of them. `/api/health` is asked all the while over a connection of its
own, from this process.
"""

from __future__ import annotations

import http.client
import json
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.report import machine, table, write_section
from tests.serving import ROOT, Server, get_json, running_server, tiny_models_folder, wait_for

__all__ = ["main", "measure"]

CLIENTS = 50
SECONDS = 10.0
STARTS = 5
#: Kilobytes per second of one client: as fast as it goes, and a fast home line (20 Mbit/s up).
RATES = {"as fast as it goes": 0, "20 Mbit/s each": 2500}
_SONG_BYTES = 490_000_000
_PIECE = bytes(256 * 1024)
_MIB = 2**20


def main() -> None:
    """Measure and write the section."""
    write_section("Web process", measure())


def measure() -> str:
    """The section's text."""
    where = machine("no browser")
    with tempfile.TemporaryDirectory() as folder:
        starts = [_start_seconds(Path(folder) / f"start-{index}") for index in range(STARTS)]
        models = tiny_models_folder()
        limits = {"queue": 1000, "per_client": 1000, "rate": 100_000}
        with running_server(Path(folder) / "load", models=models, workers="cpu", **limits) as server:
            wait_for(lambda: get_json(f"{server.url}/api/capabilities")["separation"], what="separation")
            rows = [["nobody", *_under(server, None)]]
            for words, rate in RATES.items():
                rows.append([f"{CLIENTS} clients, {words}", *_under(server, rate)])
            peak = _memory(server.process.pid, "VmHWM")
    return "\n\n".join(
        [
            f"From start to the first answer: {min(starts):.2f} s (-{max(starts):.2f}), {STARTS} starts.",
            f"`/api/health` for {SECONDS:.0f} s each, while songs are uploaded by another process; worker idle, "
            + f"and the most memory of the web process in all: {peak:.0f} MiB.",
            table(["uploading", "asked", "p50, ms", "p99, ms", "max, ms", "memory, MiB", "MB/s in"], rows),
            where,
        ]
    )


def _start_seconds(data: Path) -> float:
    start = time.perf_counter()
    with running_server(data) as server:
        get_json(f"{server.url}/api/health")
        return time.perf_counter() - start


def _under(server: Server, rate: int | None) -> list[str]:
    """Ask for health for a while, under uploads at a rate in kB/s, or under none: count, quantiles, memory."""
    load = None
    if rate is not None:
        command = [sys.executable, "-m", "tests.bench.web_load", str(server.port), str(rate)]
        load = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        wait_for(lambda: _gauge(server, "keylight_uploads") >= CLIENTS, what="the clients")
    milliseconds = _ask(server)
    memory = _memory(server.process.pid, "VmRSS")
    sent = "-"
    if load is not None:
        sent, _ = load.communicate()
        wait_for(lambda: _gauge(server, "keylight_uploads") == 0, what="the clients' end")
    cuts = statistics.quantiles(milliseconds, n=100)
    figures = [cuts[49], cuts[98], max(milliseconds)]
    return [str(len(milliseconds)), *(f"{figure:.1f}" for figure in figures), f"{memory:.0f}", sent.strip()]


def _ask(server: Server) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    taken = []
    end = time.perf_counter() + SECONDS
    while (start := time.perf_counter()) < end:
        connection.request("GET", "/api/health")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        taken.append((time.perf_counter() - start) * 1000)
        time.sleep(0.005)
    return taken


def _gauge(server: Server, name: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/api/metrics")
    found = re.search(rf"^{name} (\S+)$", connection.getresponse().read().decode(), re.MULTILINE)
    connection.close()
    assert found, name
    return float(found.group(1))


def _memory(pid: int, line: str) -> float:
    """Mebibytes, as Linux counts them."""
    found = re.search(rf"^{line}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found, platform.system()
    return int(found.group(1)) * 1024 / _MIB


def _upload(port: int, rate: int, stop: threading.Event) -> int:
    """Begin one song and send it until told to stop; how many pieces went out."""
    options = json.dumps({"model": "htdemucs"}).encode()
    head = (
        b'--x\r\ncontent-disposition: form-data; name="options"\r\n\r\n%b\r\n' % options
        + b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    )
    lines = (
        "POST /api/stems HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=x\r\n"
        + f"content-length: {_SONG_BYTES}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(lines.encode() + head)
        for index in range(_SONG_BYTES // len(_PIECE) - 1):
            if stop.is_set():
                return index
            connection.sendall(_PIECE)
            if rate:
                stop.wait(len(_PIECE) / 1000 / rate)
        stop.wait()
        return index


def _load(port: int, rate: int) -> None:
    """Upload from all clients until the one who measures closes the input; prints megabytes per second."""
    stop = threading.Event()
    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(_upload, port, rate, stop) for _ in range(CLIENTS)]
        sys.stdin.read()
        seconds = time.perf_counter() - start
        stop.set()
        pieces = sum(client.result() for client in clients)
    print(f"{pieces * len(_PIECE) / 1e6 / seconds:.0f}")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _load(int(sys.argv[1]), int(sys.argv[2]))
    else:
        print(measure())
