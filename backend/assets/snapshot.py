"""The memory of a started Pyodide, made here once: later visits begin from it instead of starting Python again.

It is no fetched asset: no two runs give the same bytes, so no hash can be locked. Its address carries the digest of
what it is made from (the locked Pyodide and the recipe). Where it cannot be made, Keylight starts as on a first visit.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import brotli

from backend.assets.lock import Lock

__all__ = ["make_snapshot", "snapshot_path"]

_RECIPE: Final = Path(__file__).with_name("snapshot.mjs")
_SECONDS: Final = 120
_QUALITY: Final = 5  # 31 MB of mostly zeros and repetition: more gains a few per cent for many seconds


def snapshot_path(lock: Lock) -> str:
    """Where the snapshot of the locked Pyodide lies below `.assets/`."""
    digest = hashlib.sha256(lock.package("pyodide").digest.encode() + _RECIPE.read_bytes()).hexdigest()[:12]
    return f"pyodide-snapshot-{digest}/snapshot.bin"


def make_snapshot(lock: Lock, assets: Path, *, say: Callable[[str], None] = print) -> bool:
    """Make the snapshot unless it is there; whether it was made. A failure is told and does no harm."""
    target = assets / snapshot_path(lock)
    node = shutil.which("node")
    if target.is_file():
        return False
    if node is None:
        say("pyodide-snapshot: left out, since there is no node; later visits start a few seconds slower")
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    command = [node, str(_RECIPE), str(assets / lock.package("pyodide").folder), str(part)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        say(f"pyodide-snapshot: left out, since node could not make it ({type(error).__name__})")
        part.unlink(missing_ok=True)
        return False
    packed = target.with_suffix(".br.part")
    packed.write_bytes(brotli.compress(part.read_bytes(), quality=_QUALITY, lgwin=24))
    packed.replace(target.with_name(target.name + ".br"))
    part.replace(target)
    return True
