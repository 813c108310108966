"""Real recordings with known answers: loops whose tempo follows from their length, and songs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.bench.sets.item import Item
from tests.bench.sets.store import read_audio
from tests.composer.truth import Truth

__all__ = ["loop_items", "song_items"]

_DATA: Final = Path(__file__).parents[4] / "shared" / "data"
_LOOPS: Final = {
    "loop_amen": 137.0, "loop_garzul": 120.0, "loop_mika": 120.0, "loop_3d_printer": 120.0, "arovane_beat_c": 130.0,
    "loop_drone_g_97": 97.0,
}  # fmt: skip
_SONGS: Final = {
    "sugar_plum_fairy": Truth(key="E minor", has_key=True),
    "trumpet_loop": Truth(has_key=True, bpm=90.0, has_beat=True),  # its tonic, F, is known, its mode is not
    "speech": Truth(has_key=False, has_beat=False),
    "humpback_whales": Truth(has_key=False, has_beat=False),
    "lets_go_fishin": Truth(has_key=True, has_beat=True),
    "vibe_ace": Truth(has_key=True, has_beat=True),
}


def loop_items() -> list[Item]:
    """The loops; their exact tempo is the nearest to the named one at which they hold whole beats."""
    return [
        _item("loops", path, _loop_truth(path, bpm))
        for name, bpm in _LOOPS.items()
        if (path := _find("loops", f"{name}.flac"))
    ]


def song_items() -> list[Item]:
    """The songs, with what is known of them."""
    return [_item("songs", path, truth) for name, truth in _SONGS.items() if (path := _find("songs", f"{name}.ogg"))]


def _find(folder: str, name: str) -> Path | None:
    path = _DATA / folder / name
    if not path.is_file():
        print(f"{folder}: skipped, no {path}")
        return None
    return path


def _item(kind: str, path: Path, truth: Truth) -> Item:
    return Item(
        name=path.stem,
        set=kind,
        song=f"{kind}/{path.stem}",
        truth=truth,
        make=lambda: path,
        genre="loop" if kind == "loops" else "",
    )


def _loop_truth(path: Path, bpm: float) -> Truth:
    seconds = read_audio(path).size / 44100
    return Truth(bpm=60.0 * round(seconds * bpm / 60.0) / seconds, has_beat=True)
