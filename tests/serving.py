"""The real server as a process, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Server", "get_json", "running_server", "tiny_models_folder", "wait_for"]

ROOT = Path(__file__).parents[1]
_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """A server that runs. url: without a closing slash; log: what it says on its standard error."""

    url: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@contextlib.contextmanager
def running_server(data: Path, **settings: object) -> Iterator[Server]:
    """A server on a free port with its data in `data`, stopped as a person would stop it.

    Without `workers` it starts none. Other settings are those of `backend.settings`, by their field's name.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KEYLIGHT_")}
    wanted: dict[str, object] = {"workers": "none", "data": data, "reserve_mb": 0, **settings}
    environment |= {f"KEYLIGHT_{key.upper()}": str(value) for key, value in wanted.items()}
    environment["OMP_NUM_THREADS"] = "1"
    data.mkdir(parents=True, exist_ok=True)
    log = data / "server.log"
    command = [sys.executable, "-m", "backend", "--port", "0"]
    with (
        log.open("a") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+(?=/)", line)
        assert found, f"expected the server to print its address, got {line!r}; it said {log.read_text()}"
        try:
            yield Server(found.group(), process, log)
        finally:
            process.terminate()
            process.communicate(timeout=_WAIT_SECONDS)


def get_json(url: str) -> Any:
    """The JSON at an address; raises `urllib.error.HTTPError`."""
    with urllib.request.urlopen(url, timeout=_WAIT_SECONDS) as answer:
        return json.load(answer)


def wait_for(check: Any, *, what: str, seconds: float = _WAIT_SECONDS) -> Any:
    """What `check` answers as soon as it is something; fails with `what` was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if answer := check():
                return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:.0f} s for {what}")


def tiny_models_folder() -> Path:
    """The folder of `tests.gpu.tiny`; made in a process of its own, since the one that tests imports no torch."""
    command = [sys.executable, "-c", "from tests.gpu.tiny import tiny_models; print(tiny_models())"]
    return Path(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip())
