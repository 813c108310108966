"""The server under test, and a client that does not give up."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from shared.schema.jobs import Job, decode_job
from shared.schema.project import Drive, Layer, Project, encode_project
from shared.spectrum.features import demo_features, encode_features
from tests.backend.jobs.services import free_port
from tests.chaos.processes import Process, found, gone_after

__all__ = ["PIECE_SECONDS", "Order", "Server", "make_film", "make_song"]

PIECE_SECONDS = 4.0
_ROOT = Path(__file__).parents[2]
_STEMS = {"mode": "two", "stems": ["vocals"], "title": "Chaos"}
_FILM = {"width": 320, "height": 180, "fps": 24, "quality": "draft"}

_Part = tuple[str, tuple[str | None, str | bytes, str]]


@dataclass(frozen=True)
class Order:
    """What can be sent: where to, the parts of the form, and how many files come of it."""

    url: str
    parts: tuple[_Part, ...]
    files: int


def make_song(path: Path, *, seconds: float, seed: int) -> Order:
    """A song to be taken apart."""
    return Order(
        "/api/stems",
        (
            ("options", (None, json.dumps(_STEMS), "application/json")),
            ("file", ("song.wav", _music(path, seconds=seconds, seed=seed).read_bytes(), "audio/wav")),
        ),
        files=2,
    )


def make_film(path: Path, *, seconds: float, seed: int) -> Order:
    """A film of a song, in parts of two seconds and more."""
    bars = Layer("b", "bars", props={"count": 24, "scale": Drive("kick", 0.8, 1.2)})
    return Order(
        "/api/renders",
        (
            ("options", (None, json.dumps({"film": _FILM, "title": "Chaos"}), "application/json")),
            ("project", ("project.json", encode_project(Project(layers=(bars,))), "application/json")),
            ("features", ("song.klf", encode_features(demo_features(seconds)), "application/octet-stream")),
            ("file", ("song.wav", _music(path, seconds=seconds, seed=seed).read_bytes(), "audio/wav")),
        ),
        files=1,
    )


def _music(path: Path, *, seconds: float, seed: int) -> Path:
    """A loud and busy song, the same for the same seed."""
    chance = np.random.default_rng(seed)
    time = np.arange(int(seconds * 44_100)) / 44_100
    tones = sum(np.sin(2 * np.pi * pitch * time) for pitch in chance.uniform(80, 2000, 6))
    noise = chance.standard_normal((time.size, 2)) * (np.sin(2 * np.pi * 2 * time) > 0.9)[:, None]
    samples = np.clip(0.08 * np.asarray(tones)[:, None] + 0.1 * noise, -1, 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())
    return path


class Server:
    """`python -m backend` on one port, started again whenever it was killed."""

    def __init__(self, folder: Path, models: Path) -> None:
        self.data = folder / "data"
        self._log = (folder / "server.log").open("ab")
        self._port = free_port()
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("KEYLIGHT_")},
            "KEYLIGHT_DATA": str(self.data),
            "KEYLIGHT_MODELS": str(models),
            "KEYLIGHT_WORKERS": "cpu",
            "KEYLIGHT_PIECE_SECONDS": str(PIECE_SECONDS),
            "KEYLIGHT_RESERVE_MB": "0",
            "KEYLIGHT_PER_CLIENT": "100",
            "KEYLIGHT_RATE": "10000",
            "OMP_NUM_THREADS": "1",
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._port}", timeout=30)

    def start(self) -> None:
        """Start it; it answers a moment later."""
        command = [sys.executable, "-m", "backend", "--port", str(self._port)]
        self._process = subprocess.Popen(
            command, cwd=_ROOT, env=self._environment, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def processes(self, kind: str | None = None) -> list[Process]:
        """What is alive of it."""
        return [one for one in found(self.data) if kind in (None, one.kind)]

    def kill_web(self) -> float:
        """Kill the web process; seconds until all its processes are gone."""
        assert self._process is not None
        others = self.processes()
        self._process.kill()
        self._process.wait()
        return gone_after(others, seconds=1.0)

    async def stop(self) -> None:
        """End it as a person does, and see that nothing is left."""
        await self.client.aclose()
        if self._process is not None:
            others = self.processes()
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            gone_after(others, seconds=1.0)
        self._log.close()

    async def ask(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """Ask until there is an answer that is not "later"."""
        while True:
            try:
                answer = await self.client.request(method, path, **parts)
                if answer.status_code not in (429, 503):
                    return answer
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)

    async def ready(self) -> None:
        """Return once it would take a job."""
        async with asyncio.timeout(60):
            while not {"separation", "rendering"} <= await self._offers():
                await asyncio.sleep(0.1)

    async def _offers(self) -> set[str]:
        answer = await self.ask("GET", "/api/capabilities")
        return {name for name, value in answer.json().items() if value is True}

    async def submit(self, order: Order, key: str) -> str:
        """A job of this order, by as many tries as it takes; its id."""
        answer = await self.ask("POST", order.url, files=list(order.parts), headers={"Idempotency-Key": key})
        assert answer.status_code in (200, 202), answer.text
        return decode_job(answer.content).id

    async def job(self, job: str) -> Job:
        """How it is."""
        answer = await self.ask("GET", f"/api/jobs/{job}")
        assert answer.status_code == 200, f"{job} is lost: {answer.text}"
        return decode_job(answer.content)
