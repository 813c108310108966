"""The processes of one server, found in /proc by the data folder that is in their environment."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Process", "found", "gone_after"]

#: What a command line says, and what we call it.
_KINDS = {
    "backend.worker": "worker",
    "backend.gpu.child": "child",
    "backend.gpu.finish": "child",
    "backend.gpu.film": "child",
    "backend.gpu.render_child": "child",
    "backend.gpu.probe": "probe",
    "backend": "web",
}


@dataclass(frozen=True)
class Process:
    """A living process. started: in ticks since the machine was booted, since numbers are used again."""

    pid: int
    parent: int
    started: int
    kind: str


def found(data: Path) -> list[Process]:
    """All living processes of the server whose data folder this is."""
    mark = f"KEYLIGHT_DATA={data}".encode()
    seen = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    seen.append(_process(folder))
    return [one for one in seen if one is not None]


def gone_after(processes: list[Process], *, seconds: float) -> float:
    """Seconds until all of these have ended; raises `AssertionError` when that takes longer than `seconds`."""
    start = time.monotonic()
    while left := [one for one in processes if _process(Path("/proc") / str(one.pid)) == one]:
        assert time.monotonic() - start < seconds, f"still alive after {seconds} s: {left}"
        time.sleep(0.005)
    return time.monotonic() - start


def _process(folder: Path) -> Process | None:
    """What is there now; None when it has ended."""
    try:
        state, parent, *rest = (folder / "stat").read_text().rpartition(")")[2].split()
        words = (folder / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    module = words[words.index(b"-m") + 1].decode() if b"-m" in words else ""
    if state == "Z" or module not in _KINDS:
        return None
    # Field 22 of /proc/<pid>/stat (proc(5)); the state is the third.
    return Process(int(folder.name), int(parent), int(rest[17]), _KINDS[module])
