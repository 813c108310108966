"""Songs with their stems, in three sets: `fit`, `report` (other seeds, genres, voices, timbres) and `fonts`.

`fonts` is played by FluidSynth with a sound font that nothing was fitted on, its voices sampled "aah" and "ooh".
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from shared.separation.models import QUICK_STEMS
from shared.theory.keys import KEYS
from tests.band.singer import draw_voice, sing
from tests.band.stage import echoes, placed, room
from tests.bench.sets import fluid
from tests.bench.sets.store import cache_folder
from tests.composer.compose import Spec, compose, seed_of
from tests.composer.genres import GENRES
from tests.composer.kit import play_drums
from tests.composer.midi import write_midi
from tests.composer.score import Note, Part, Score
from tests.composer.synth import PATCHES, RATE, Patch, play

__all__ = ["SETS", "Song", "kept_song", "make_song", "songs"]

_SECONDS: Final = 22.0
_SUNG: Final = (
    "house", "breakbeat", "drum and bass", "trap", "boom bap", "lo-fi", "pop", "rock", "half-time rock", "punk",
    "ballad", "reggae", "dembow", "funk", "disco", "waltz", "six-eight ballad", "swing", "shuffle", "bossa nova",
    "country", "uk garage", "dubstep", "double-time rock",
)  # fmt: skip
#: Genres that only the held-back sets play.
_HELD_BACK: Final = frozenset({"trap", "rock", "ballad", "disco", "country", "funk", "six-eight ballad", "uk garage"})
#: How many songs, from which genres, by which school of singing.
SETS: Final = {"fit": (64, False, "additive"), "report": (32, None, "pulse"), "fonts": (16, None, "font")}
_VOICE_PROGRAMS: Final = (52, 53, 54, 85)  # choir aahs, voice oohs, synth voice, voice lead
_FONT: Final = "musescore"


@dataclass(frozen=True)
class Song:
    """Stems float32 [4, 2, samples] in the order of `QUICK_STEMS`; they sum to the mix."""

    name: str
    stems: np.ndarray

    @property
    def mix(self) -> np.ndarray:
        """Left and right, float32 [2, samples]."""
        return np.asarray(self.stems.sum(axis=0), np.float32)


def songs(name: str) -> list[Spec]:
    """The pieces of a set; `fonts` is empty where FluidSynth or its font is missing."""
    count, held_back, _ = SETS[name]
    if name == "fonts" and not fluid.available(_FONT):
        print("fonts: skipped, needs fluidsynth and musescore-general-soundfont-small")
        return []
    genres = [genre for genre in _SUNG if held_back is None or (genre in _HELD_BACK) == held_back]
    by_name = {genre.name: genre for genre in GENRES}
    specs = []
    for number in range(count):
        genre = genres[number % len(genres)]
        rng = np.random.default_rng(seed_of(f"band {name} {number}"))
        specs.append(
            Spec(f"band {name} {number} {genre}", genre, KEYS[7 * number % len(KEYS)].name,
                 round(float(rng.uniform(*by_name[genre].bpm)), 1), _SECONDS,
                 cents=float(rng.uniform(-30.0, 30.0)))
        )  # fmt: skip
    return specs


def make_song(spec: Spec, *, of: str) -> Song:
    """Play a piece of a set; the same on every run."""
    rng = np.random.default_rng(seed_of("stage " + spec.name))
    score = compose(spec)
    parts = _parts(score, rng)
    stage = _Stage(score, of, rng)
    sounds = {stem: stage.perform(stem, [part for part in parts if part[0] == stem]) for stem in QUICK_STEMS}
    stems = np.stack([sounds[stem] for stem in QUICK_STEMS])[:, :, : round(_SECONDS * RATE)]
    stems *= _levels(stems, rng)[:, None, None]
    if rng.random() < 0.08:  # some recordings have one channel
        stems = np.broadcast_to(stems.mean(axis=1, keepdims=True), stems.shape)
    peak = float(np.abs(stems.sum(axis=0)).max())
    return Song(spec.name, np.asarray(stems * np.float32(rng.uniform(0.5, 0.98) / max(peak, 1e-9)), np.float32))


def kept_song(spec: Spec, *, of: str) -> Song:
    """The song from the cache, made when missing; a change of the band's sources makes it anew."""
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("s*.py")))
    path = cache_folder() / "band" / f"{spec.name}-{hashlib.sha256(sources).hexdigest()[:10]}.npy"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.npy")
        np.save(part, make_song(spec, of=of).stems)
        part.replace(path)
    return Song(spec.name, np.load(path))


def _parts(score: Score, rng: np.random.Generator) -> list[tuple[str, Part]]:
    """Parts by stem; the tune goes to the singer, now and then to an instrument for some bars."""
    found = []
    for part in score.parts:
        if part.role == "lead":
            solo = rng.random(64) < 0.25
            sung: list[Note] = []
            played: list[Note] = []
            for note in part.notes:
                (played if solo[min(63, int(note.start / 6.0))] else sung).append(note)
            found += [("vocals", replace(part, notes=sung)), ("other", replace(part, notes=played))]
        else:
            found.append((part.role if part.role in ("drums", "bass") else "other", part))
    if not any(stem == "vocals" and part.notes for stem, part in found):
        found.append(("vocals", Part("lead", "voice", 1.0, _hummed(score, rng))))
    return found


def _hummed(score: Score, rng: np.random.Generator) -> list[Note]:
    """A tune for a piece that has none: tops of its chords, with rests."""
    notes = sorted((n for p in score.parts if p.role in ("chords", "pad") for n in p.notes), key=lambda n: n.start)
    tune: list[Note] = []
    for note in notes:
        if (not tune or note.start >= tune[-1].start + tune[-1].seconds + 0.02) and rng.random() < 0.75:
            tune.append(Note(note.start, float(rng.choice([0.25, 0.4, 0.8, 1.2])), note.what, 0.8))
    return tune


class _Stage:
    """Who plays where; `of` decides by whose instruments."""

    def __init__(self, score: Score, of: str, rng: np.random.Generator) -> None:
        self.score, self.of, self.rng = score, of, rng
        self.school = SETS[of][2]
        self.room_seconds = float(rng.uniform(0.12, 0.55))
        self._kit_placed = False  # its middle comes first

    def perform(self, stem: str, parts: list[tuple[str, Part]]) -> np.ndarray:
        """One stem in stereo, float32 [2, samples]."""
        out = np.zeros((2, max(round(self.score.seconds * RATE), round(_SECONDS * RATE))), np.float32)
        for part in (part for _, part in parts if part.notes):
            mono = self._drums(part) if stem == "drums" else [self._played(stem, part)]
            for sound in mono:
                stereo = self._placed(stem, sound)
                out[:, : stereo.shape[1]] += stereo[:, : out.shape[1]]
        return out

    def _played(self, stem: str, part: Part) -> np.ndarray:
        seed = self.score.seed + sum(stem.encode())
        seconds, cents = self.score.seconds, self.score.cents
        if self.school == "font":
            return self._by_font(stem, part)
        if stem == "vocals":
            voice = draw_voice(self.school, self.rng)
            return sing(voice, part.notes, seconds=seconds, cents=cents, seed=seed)
        patch = PATCHES[part.patch] if self.of == "fit" else _another(PATCHES[part.patch], self.rng)
        return part.gain * play(patch, part.notes, seconds=seconds, cents=cents, seed=seed)

    def _by_font(self, stem: str, part: Part) -> np.ndarray:
        program = int(self.rng.choice(_VOICE_PROGRAMS))
        midi = write_midi(self.score, (part,))
        if stem == "vocals":
            was = bytes([0xC0, PATCHES[part.patch].program])
            assert midi.count(was) >= 1, "expected a program change to replace"
            midi = midi.replace(was, bytes([0xC0, program]), 1)
        return part.gain * fluid.render_midi(midi, font=_FONT, seconds=self.score.seconds)

    def _drums(self, part: Part) -> list[np.ndarray]:
        """Kick and snare; the rest, which stands to the sides."""
        middle = [note for note in part.notes if note.what in ("kick", "snare", "clap", "rim")]
        groups = [middle, *([n for n in part.notes if n.what == what] for what in {n.what for n in part.notes} - {
            "kick", "snare", "clap", "rim"})]  # fmt: skip
        groups[1:] = sorted(groups[1:], key=lambda notes: str(notes[0].what))
        if self.school == "font":
            return [self._by_font("drums", replace(part, notes=notes)) for notes in groups if notes]
        seed = self.score.seed + 7
        return [play_drums(self.score.kit, notes, seconds=self.score.seconds, seed=seed) for notes in groups]

    def _placed(self, stem: str, mono: np.ndarray) -> np.ndarray:
        rng, first = self.rng, not self._kit_placed
        if stem == "vocals":
            pan = 0.0 if rng.random() < 0.85 else float(rng.uniform(-0.35, 0.35))
            width, wet = float(rng.choice([0.0, 0.0, 0.15, 0.3])), float(rng.uniform(0.03, 0.3))
        elif stem == "bass":
            pan, width, wet = 0.0, 0.0, 0.0
        elif stem == "drums":
            self._kit_placed = True
            pan = 0.0 if first else float(rng.uniform(-0.6, 0.6))
            width, wet = (0.0 if first else float(rng.uniform(0.0, 0.3))), float(rng.uniform(0.0, 0.2))
        else:
            centred = rng.random() < 0.2
            pan = 0.0 if centred else float(rng.choice([-1.0, 1.0]) * rng.uniform(0.15, 0.9))
            width, wet = float(rng.uniform(0.0, 0.8)), float(rng.uniform(0.0, 0.3))
        spread = echoes(placed(mono, pan), width=width, rng=rng)
        return room(spread, seconds=self.room_seconds, wet=wet, rng=rng)


def _another(patch: Patch, rng: np.random.Generator) -> Patch:
    """The patch on another instrument: every quantity moved by up to 40 per cent."""
    bend: dict[str, Any] = {
        name: float(getattr(patch, name)) * float(rng.uniform(0.6, 1.4))
        for name in ("bright", "dark", "attack", "decay", "release", "close", "spread", "vibrato", "scoop", "drive")
    }
    return replace(patch, **bend)


def _levels(stems: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gains that bring each stem to its level while it sounds: dB to the voice, as mixes have them."""
    goals = {"drums": rng.uniform(-3.0, 4.0), "bass": rng.uniform(-4.0, 3.0), "other": rng.uniform(-4.0, 3.0),
             "vocals": 0.0}  # fmt: skip
    gains = []
    for stem, sound in zip(QUICK_STEMS, stems, strict=True):
        power = np.square(sound.astype(np.float64)).mean(axis=0)
        blocks = power[: power.size // 8820 * 8820].reshape(-1, 8820).mean(axis=1)
        heard = blocks[blocks > 0.01 * blocks.max()] if blocks.max() > 0.0 else np.ones(1)
        gains.append(10.0 ** (goals[stem] / 20.0) / float(np.sqrt(heard.mean())))
    return np.array(gains, np.float32)
