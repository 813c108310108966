"""Music with known beats to fit the weights of rhythm on: the sets' tuning halves and more that is composed for it.

Every recording is reduced once to what rhythm hears (band levels, pitches), which the bench cache keeps. Short clips
are cut from the composed pieces: some of them whole bars, as loops are, some of them not.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import mido
import numpy as np

from shared.theory.keys import KEYS
from tests.bench.sets import items
from tests.bench.sets.fluid import render_midi
from tests.bench.sets.heldback import midi_truth
from tests.bench.sets.store import RATE, cache_folder
from tests.composer.compose import Spec, compose
from tests.composer.genres import GENRES
from tests.composer.mix import render
from tests.composer.truth import Truth
from tests.planted import levels_of, pattern, pitches
from web.py.analysis.picture import PictureMaker
from web.py.analysis.tonal import ROW_SECONDS, Tonal, TonalMaker, estimate_tuning

__all__ = ["Example", "beatless", "examples", "hear_audio", "wad_songs"]

_SETS: Final = {"composed": 1.0, "club": 2.0, "drift": 1.0, "structure": 1.0, "pop909": 0.4, "loops": 3.0}
_SHORT_WEIGHT: Final = 0.6
_WAD_WEIGHT: Final = 2.0
_PLANTED, _PLANTED_WEIGHT = 60, 0.7  # pieces in each metre
_WAD_SECONDS: Final = 120.0
_ON_GRID: Final = 0.88  # of the notes lie on sixteenths or on triplets
_LOOP_BARS: Final = (1, 2, 2, 4, 4)


@dataclass(frozen=True)
class Example:
    """What rhythm hears of one recording and its truth. group: recordings of one song share it. weight: in the fit."""

    name: str
    group: int
    weight: float
    levels: np.ndarray
    tonal: Tonal
    cents: float
    seconds: float
    truth: Truth
    as_loop: bool = False


def examples(*, pieces: int, wads: list[Path]) -> Iterator[Example]:
    """All examples. pieces: how many more to compose in each genre. wads: game files with MIDI songs in them."""
    for name, weight in _SETS.items():
        for item in items(name, half="tune"):
            if item.truth.bpm:
                yield _example(f"{name}-{item.name}", item.song, weight, item.audio, item.truth)
    for path in wads:
        for song, midi, truth in wad_songs(path):
            yield _example(song, song, _WAD_WEIGHT, partial(_rendered, midi), truth)
    for number in range(pieces):
        for index, genre in enumerate(GENRES):
            rng = np.random.default_rng([number, index, 77])
            bpm = float(rng.uniform(*genre.bpm))
            spec = Spec(
                f"rhythmtrain-{number}-{genre.name}",
                genre.name,
                KEYS[int(rng.integers(24))].name,
                float(round(bpm)) if rng.random() < 0.6 else round(bpm, 2),
                float(rng.choice([25, 40, 60])),
                cents=float(rng.uniform(-30, 30)),
                drift=0.0 if genre.electronic or rng.random() < 0.5 else float(rng.uniform(0.005, 0.03)),
            )
            score = compose(spec)
            whole = _example(spec.name, spec.name, 1.0, partial(render, score), score.truth)
            yield whole
            yield from _clips(whole, rng)
    for metre in ("4/4", "3/4", "6/8"):
        for number in range(_PLANTED):
            yield _planted(metre, number)


def hear_audio(audio: np.ndarray) -> tuple[np.ndarray, Tonal, float]:
    """Band levels, pitches and tuning of float32 mono at 44.1 kHz."""
    picture, pitches = PictureMaker(), TonalMaker()
    for first in range(0, audio.size, 10 * RATE):
        picture.feed(audio[first : first + 10 * RATE])
        pitches.feed(audio[first : first + 10 * RATE])
    tonal = pitches.finish()
    tuning = estimate_tuning(tonal.all.sum(axis=0))
    return picture.finish().levels, tonal, tuning.cents if tuning else 0.0


def beatless(count: int) -> Iterator[tuple[np.ndarray, Tonal, float, float]]:
    """Sounds without a beat: levels, pitches, tuning and seconds of noise, random hits and notes, and drones."""
    rng = np.random.default_rng(4)
    for number in range(count):
        seconds = float(rng.integers(6, 50))
        if number % 5 == 4:
            hits = {kind: np.cumsum(rng.exponential(rng.uniform(0.2, 0.8), 400)) for kind in ("kick", "snare", "hat")}
            yield levels_of(hits, seconds, seed=number), pitches(np.zeros(0), seconds), 0.0, seconds
            continue
        sound = (_noise, _random_hits, _random_hits, _drone)[number % 5](rng, seconds)
        yield (*hear_audio(sound.astype(np.float32)), seconds)


def wad_songs(path: Path) -> Iterator[tuple[str, bytes, Truth]]:
    """MIDI songs in a game's WAD file (Freedoom: Debian package freedoom, BSD) whose tempo holds, with their truth."""
    data = path.read_bytes()
    count, directory = struct.unpack("<II", data[4:12])
    for entry in range(count):
        start, size = struct.unpack("<II", data[directory + 16 * entry : directory + 16 * entry + 8])
        midi = data[start : start + size]
        if midi[:4] != b"MThd":
            continue
        with tempfile.NamedTemporaryFile(suffix=".mid") as file:
            file.write(midi)
            file.flush()
            truth = midi_truth(Path(file.name), seconds=_WAD_SECONDS)
            on_grid, signed = _written(Path(file.name))
        if not signed:
            truth = replace(truth, meter=None, downbeats=None)
        if on_grid and truth.constant_tempo and truth.beats is not None and truth.beats.size > 60:
            name = data[directory + 16 * entry + 8 : directory + 16 * entry + 16].rstrip(b"\0").decode("ascii")
            yield f"{path.stem}-{name}", midi, truth


def _written(path: Path) -> tuple[bool, bool]:
    """Whether the notes keep to the file's quarters, and whether it has a time signature.

    What was played to no click has a tempo that means nothing, and a bar that nobody wrote down is unknown.
    """
    midi = mido.MidiFile(path)
    notes, signed = [], False
    for track in midi.tracks:
        tick = 0
        for message in track:
            tick += message.time
            signed = signed or message.type == "time_signature"
            if message.type == "note_on" and message.velocity:
                notes.append(tick / midi.ticks_per_beat)
    beats = np.array(notes)
    on_grid = any(float((np.abs(beats * k - np.round(beats * k)) < 0.015 * k).mean()) > _ON_GRID for k in (3, 4))
    return on_grid, signed


def _example(name: str, song: str, weight: float, make: Callable[[], np.ndarray], truth: Truth) -> Example:
    path = cache_folder() / "rhythm" / f"{name.replace(' ', '_')}.npz"
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        audio = make()
        levels, tonal, cents = hear_audio(audio)
        np.savez(path, levels=levels, all=tonal.all, bass=tonal.bass, tonalness=tonal.tonalness, cents=cents,
                 seconds=audio.size / RATE)  # fmt: skip
    with np.load(path) as kept:
        tonal = Tonal(kept["all"], kept["bass"], kept["tonalness"])
        levels, cents, seconds = kept["levels"], float(kept["cents"]), float(kept["seconds"])
    as_loop = name.startswith("loops-") and seconds < 12.0
    return Example(name, zlib.crc32(song.encode()), weight, levels, tonal, cents, seconds, truth, as_loop)


def _planted(metre: str, number: int) -> Example:
    """A piece of drum rows drawn by chance: more kinds of three and six than the genres have."""
    rng = np.random.default_rng([number, ord(metre[0]), 5])
    seconds = float(rng.integers(25, 50))
    levels, tonal, bpm, beats, downbeats = pattern(metre, rng, seconds=seconds)
    also = (3.0 * bpm,) if metre == "6/8" else ()
    truth = Truth(bpm=bpm, bpm_alternatives_ok=also, beats=beats, downbeats=downbeats, meter=metre, has_beat=True)
    return Example(f"planted {metre} {number}", number, _PLANTED_WEIGHT, levels, tonal, 0.0, seconds, truth)


def _clips(whole: Example, rng: np.random.Generator) -> Iterator[Example]:
    """A loop of whole bars and an excerpt of any length, both under 12 s."""
    downbeats = whole.truth.downbeats
    if downbeats is None or downbeats.size < 10 or whole.seconds < 20:
        return
    bars = int(rng.choice(_LOOP_BARS))
    first = int(rng.integers(2, downbeats.size - bars - 2))
    start, seconds = float(downbeats[first]), float(downbeats[first + bars] - downbeats[first])
    if whole.truth.constant_tempo and 1.0 < seconds < 12.0:
        yield _clip(whole, start, seconds, as_loop=True)
    if rng.random() < 0.5:
        seconds = float(rng.uniform(4.5, 11.9))
        yield _clip(whole, float(rng.uniform(2.0, whole.seconds - seconds - 2.0)), seconds, as_loop=False)


def _clip(whole: Example, start: float, seconds: float, *, as_loop: bool) -> Example:
    frames = slice(round(start * 100), round(start * 100) + int(np.ceil(seconds * 100 - 0.3)))
    rows = slice(round(start / ROW_SECONDS), round(start / ROW_SECONDS) + int(np.ceil(seconds / ROW_SECONDS)))

    def inside(times: np.ndarray | None) -> np.ndarray:
        assert times is not None
        return times[(times >= start - 1e-6) & (times < start + seconds - 1e-6)] - start

    truth = replace(whole.truth, beats=inside(whole.truth.beats), downbeats=inside(whole.truth.downbeats))
    return replace(
        whole,
        name=f"{whole.name}-{'loop' if as_loop else 'excerpt'}",
        weight=_SHORT_WEIGHT,
        levels=whole.levels[frames],
        tonal=Tonal(*(part[rows] for part in whole.tonal)),
        seconds=seconds,
        truth=truth,
        as_loop=as_loop,
    )


def _rendered(midi: bytes) -> np.ndarray:
    audio = render_midi(midi, font="fluid", seconds=_WAD_SECONDS)
    return audio * np.float32(0.7 / max(float(np.abs(audio).max()), 1e-6))


def _noise(rng: np.random.Generator, seconds: float) -> np.ndarray:
    swell = np.interp(
        np.arange(int(seconds * RATE)) / RATE, np.arange(int(seconds) + 2), rng.uniform(0.1, 1.0, int(seconds) + 2)
    )
    return rng.normal(0.0, 0.1, swell.size) * swell


def _random_hits(rng: np.random.Generator, seconds: float) -> np.ndarray:
    """Bursts of noise or plucked notes, each at a time of its own (a Poisson process)."""
    out = np.zeros(int((seconds + 1.0) * RATE))
    rate, pitched = rng.uniform(1.0, 9.0), rng.random() < 0.5
    time = np.arange(int(0.8 * RATE)) / RATE
    for start in np.cumsum(rng.exponential(1 / rate, int(seconds * rate))):
        first = int(start * RATE)
        if start >= seconds - 0.1:
            break
        hz = float(rng.choice([110, 147, 220, 247, 262, 330, 392, 440, 523]))
        noise = rng.normal(0, 0.3, time.size) * np.exp(-time / 0.02)
        burst = np.sin(2 * np.pi * hz * time) * np.exp(-time / 0.2) if pitched else noise
        out[first : first + time.size] += (burst * rng.uniform(0.3, 1.0))[: out.size - first]
    return out[: int(seconds * RATE)]


def _drone(rng: np.random.Generator, seconds: float) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    bend = rng.uniform(0.0, 30.0) * np.sin(time * rng.uniform(0.1, 0.5))
    return 0.2 * np.sin(2 * np.pi * (rng.uniform(80, 500) * time + bend)) + rng.normal(0.0, 0.002, time.size)
