"""Who is measured: Keylight by its public way in, native Essentia and librosa, all behind one answer.

`python -m tests.bench.systems NAME FILE` prints speed and peak memory of one system in a process of its own, as JSON.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from shared.theory.keys import KEYS, key_at, parse_key
from tests.bench.sets.store import RATE, read_audio

__all__ = ["OURS", "SYSTEMS", "Answer", "System"]

_ROOT: Final = Path(__file__).parents[2]
OURS: Final = "Keylight"


class Answer(msgspec.Struct):
    """What a system says of a recording; None where it says nothing. Seconds, BPM, confidence 0-1."""

    key: str | None = None
    key_confidence: float | None = None
    bpm: float | None = None
    bpm_confidence: float | None = None
    beats: list[float] | None = None
    downbeats: list[float] | None = None
    meter: str | None = None
    sections: list[float] | None = None
    seconds: float = 0.0


class System(msgspec.Struct, frozen=True):
    """A system: what it tells of ("key", "tempo", "beats"), its version for the cache, and how to ask it."""

    name: str
    tells: tuple[str, ...]
    version: Callable[[], str]
    ask: Callable[[Path], Answer]


def ask_ours(path: Path) -> Answer:
    """Keylight: the only place that knows how its analysis looks."""
    from web.py.analyze import analyze_file

    analysis, arrays = analyze_file(path)
    key, rhythm = analysis.key, analysis.rhythm
    structure = getattr(analysis, "structure", None)
    return Answer(
        key=key.key.name if key else None, key_confidence=key.confidence if key else 0.0,
        bpm=rhythm.bpm if rhythm else None, bpm_confidence=rhythm.confidence if rhythm else 0.0,
        beats=arrays["beats"].tolist(), downbeats=arrays["downbeats"].tolist(),
        meter=_meter(rhythm) if rhythm else None,
        sections=[float(section.start_seconds) for section in structure.sections] if structure else None,
    )  # fmt: skip


def _meter(rhythm: Any) -> str:
    signature = getattr(rhythm, "time_signature", None)
    return str(signature) if signature else f"{rhythm.meter}/4"


@cache
def _our_version() -> str:
    files = sorted(path for room in ("shared", "web/py") for path in (_ROOT / room).rglob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files))
    return digest.hexdigest()[:16]


def _essentia(name: str, **options: Any) -> Any:
    from tests.bench.essentia_native import algorithms

    return getattr(algorithms, name)(**options)


def _essentia_key(profile: str, path: Path) -> Answer:
    tonic, scale, strength = _essentia("KeyExtractor", profileType=profile)(read_audio(path))
    return Answer(key=parse_key(f"{tonic} {scale}").name, key_confidence=float(strength))


def _essentia_rhythm(method: str, path: Path) -> Answer:
    bpm, ticks, _, _, _ = _essentia("RhythmExtractor2013", method=method)(read_audio(path))
    return Answer(bpm=float(bpm), beats=[float(tick) for tick in ticks])


def _percival(path: Path) -> Answer:
    return Answer(bpm=float(_essentia("PercivalBpmEstimator", sampleRate=RATE)(read_audio(path))))


#: Krumhansl and Kessler 1982; and Essentia's "bgate" (Faraldo 2017), both from the tonic up.
_PROFILES: Final = {
    "Krumhansl": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    "bgate": (
        (1.0, 0.0, 0.42, 0.0, 0.53, 0.37, 0.0, 0.77, 0.0, 0.38, 0.21, 0.30),
        (1.0, 0.0, 0.36, 0.39, 0.0, 0.38, 0.0, 0.74, 0.27, 0.0, 0.42, 0.23),
    ),
}


def _librosa_audio(path: Path) -> np.ndarray:
    import librosa

    return np.asarray(librosa.resample(read_audio(path), orig_sr=RATE, target_sr=22050), np.float32)


def _librosa_key(profile: str, path: Path) -> Answer:
    """The mean constant-Q chroma's best correlation with the 24 rotated profiles."""
    import librosa

    chroma = np.mean(librosa.feature.chroma_cqt(y=_librosa_audio(path), sr=22050), axis=1)
    major, minor = (np.array(values) for values in _PROFILES[profile])
    scores = [np.corrcoef(chroma, np.roll(minor if key.mode == "minor" else major, key.tonic))[0, 1] for key in KEYS]
    best = KEYS[int(np.argmax(scores))]
    return Answer(key=key_at(best.tonic, best.mode).name)


def _librosa_beats(path: Path) -> Answer:
    import librosa

    tempo, beats = librosa.beat.beat_track(y=_librosa_audio(path), sr=22050, units="time")
    return Answer(bpm=float(np.atleast_1d(tempo)[0]), beats=[float(beat) for beat in beats])


def _version_of(package: str) -> str:
    return version(package)


def _systems() -> dict[str, System]:
    essentia, librosa = partial(_version_of, "essentia"), partial(_version_of, "librosa")
    listed = [
        System(OURS, ("key", "tempo", "beats"), _our_version, ask_ours),
        System("essentia bgate", ("key",), essentia, partial(_essentia_key, "bgate")),
        System("essentia edma", ("key",), essentia, partial(_essentia_key, "edma")),
        System("librosa Krumhansl", ("key",), librosa, partial(_librosa_key, "Krumhansl")),
        System("librosa bgate", ("key",), librosa, partial(_librosa_key, "bgate")),
        System("essentia degara", ("tempo", "beats"), essentia, partial(_essentia_rhythm, "degara")),
        System("essentia multifeature", ("tempo", "beats"), essentia, partial(_essentia_rhythm, "multifeature")),
        System("essentia Percival", ("tempo",), essentia, _percival),
        System("librosa beat_track", ("tempo", "beats"), librosa, _librosa_beats),
    ]
    return {system.name: system for system in listed}


#: All systems, ours first.
SYSTEMS: Final = _systems()


def _cost(name: str, path: Path, runs: int = 3) -> dict[str, float]:
    """Seconds of the fastest run after a warm-up, reading the file included, and the process's peak memory in MiB."""
    ask = SYSTEMS[name].ask
    ask(path)
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        ask(path)
        seconds.append(time.perf_counter() - start)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": min(seconds), "slowest": max(seconds), "peak_mib": kilobytes / 1024}


if __name__ == "__main__":
    print(json.dumps(_cost(sys.argv[1], Path(sys.argv[2]))))
