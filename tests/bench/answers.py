"""Answers of systems on recordings, kept by system, its version and the file's content: peers are asked once."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from tests.bench.sets.item import Item
from tests.bench.sets.store import cache_folder
from tests.bench.systems import SYSTEMS, Answer, System

__all__ = ["answers", "cost"]

_ROOT: Final = Path(__file__).parents[2]
_DECODER: Final = msgspec.json.Decoder(Answer)


def answers(name: str, items: list[Item]) -> list[Answer]:
    """What the named system says of each recording, in order; prints as it goes when it must ask."""
    system = SYSTEMS[name]
    found = []
    asked = 0
    start = time.perf_counter()
    for number, item in enumerate(items):
        path = _kept_path(system, item.path)
        if not path.is_file():
            _ask(system, item.path, path)
            asked += 1
            if asked % 25 == 0:
                print(f"  {name}: {number + 1}/{len(items)}, {time.perf_counter() - start:.0f} s", flush=True)
        found.append(_DECODER.decode(path.read_bytes()))
    return found


def _ask(system: System, audio: Path, target: Path) -> None:
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers warn of their own business
        answer = system.ask(audio)
    answer.seconds = time.perf_counter() - start
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(answer))
    part.replace(target)


def _kept_path(system: System, audio: Path) -> Path:
    folder = re.sub(r"[^A-Za-z0-9.]+", "-", f"{system.name} {system.version()}")
    return cache_folder() / "answers" / folder / f"{_digest(audio)}.json"


@cache
def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:24]


def cost(name: str, audio: Path) -> dict[str, float]:
    """Speed and peak memory of a system on one file, measured now in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.systems", name, str(audio)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured
