"""Real services for a test, started by it and gone with it: a Postgres cluster, an S3 server."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Postgres", "postgres_cluster", "s3_server"]

#: Debian keeps the server's programs off the path, one folder for each version.
_DEBIAN = Path("/usr/lib/postgresql")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Postgres:
    """A cluster in a folder of its own, on a port of its own."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._port = free_port()
        self.url = f"postgresql://keylight@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        """A new and empty cluster."""
        self._run("initdb", "-D", str(self._folder), "-U", "keylight", "--auth=trust", "--no-sync", "-E", "UTF8")

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._folder), "-w", "-o", options, "-l", log, "start")

    def stop(self) -> None:
        """Stop at once, cutting all connections."""
        self._run("pg_ctl", "-D", str(self._folder), "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        extra: dict[str, Any] = {} if self._user is None else {"user": self._user, "cwd": self._folder.parent}
        subprocess.run(
            [str(self._programs / program), *arguments], check=True, stdout=subprocess.DEVNULL, timeout=120, **extra
        )


def _programs() -> Path | None:
    found = [path.parent for path in sorted(_DEBIAN.glob("*/bin/initdb"))]
    if found:
        return found[-1]
    there = shutil.which("initdb")
    return Path(there).resolve().parent if there else None


@contextlib.contextmanager
def postgres_cluster() -> Iterator[Postgres | str]:
    """A running cluster, or the reason why there is none."""
    programs = _programs()
    if programs is None:
        yield "Postgres is not installed"
        return
    user = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None  # it refuses to run as root
    with tempfile.TemporaryDirectory(prefix="keylight-postgres-") as scratch:
        if user is not None:
            try:
                shutil.chown(scratch, user)
            except LookupError:
                yield "Postgres will not run as root, and there is no user called postgres"
                return
        cluster = Postgres(programs, Path(scratch) / "data", user)
        cluster.make()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@contextlib.contextmanager
def s3_server(bucket: str) -> Iterator[dict[str, str]]:
    """An S3 server with an empty bucket; the variables by which programs find it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as server:  # type: ignore[call-overload]
        try:
            _make_bucket(f"{url}/{bucket}")
            yield {
                "AWS_ENDPOINT_URL": url,
                "AWS_ALLOW_HTTP": "true",
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "nobody",
                "AWS_SECRET_ACCESS_KEY": "nothing",
            }
        finally:
            server.kill()


def _make_bucket(url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=5):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
