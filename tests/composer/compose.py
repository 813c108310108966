"""From a specification to a score with exact truth. One seed, one score, on every platform."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.theory.keys import Key, parse_key
from tests.composer.club import CLUB
from tests.composer.drummer import Drummer
from tests.composer.form import LAYERS, make_form
from tests.composer.genres import GENRES, Genre
from tests.composer.harmony import PROGRESSIONS, SCALES, Chord, parse_progression, scale_of
from tests.composer.players import BarNote, bass_bar, chord_bar, make_riff, melody, riff_bar
from tests.composer.score import Clock, Note, Part, Score, wander
from tests.composer.truth import Section, Truth

__all__ = ["Spec", "compose", "pitch_class_share", "seed_of"]

_BY_NAME: Final = {genre.name: genre for genre in (*GENRES, *CLUB)}
_CLUB_NAMES: Final = frozenset(genre.name for genre in CLUB)
_GAINS: Final = {"bass": 0.8, "chords": 0.55, "pad": 0.4, "lead": 0.6, "drums": 0.9}
_CLUB_GAINS: Final = {"bass": 0.7, "chords": 0.3, "pad": 0.2, "lead": 0.35, "drums": 1.5}


@dataclass(frozen=True)
class Spec:
    """What to compose. cents: detuning. drift: spread of the tempo (0 is constant). long: with a whole song's form."""

    name: str
    genre: str
    key: str
    bpm: float
    seconds: float
    cents: float = 0.0
    drift: float = 0.0
    long: bool = False


def seed_of(name: str) -> int:
    """A seed from a name, the same everywhere."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big")


def compose(spec: Spec) -> Score:
    """The piece that a specification names."""
    return _Piece(spec).score()


class _Piece:
    """One piece in the making."""

    def __init__(self, spec: Spec) -> None:
        self.spec, self.genre, self.key = spec, _BY_NAME[spec.genre], parse_key(spec.key)
        self.rng = np.random.default_rng(seed_of(spec.name))
        self.beats = {"4/4": 4, "3/4": 3, "6/8": 2}[self.genre.meter]
        self.grid = "12" if self.genre.meter == "4/4" and self.genre.steps == 12 else self.genre.meter
        self.swing = float(self.rng.uniform(*self.genre.swing))
        self.form = make_form(
            self.rng, seconds=spec.seconds, bar_seconds=self.beats * 60.0 / spec.bpm, long=spec.long,
            electronic=self.genre.electronic,
        )  # fmt: skip
        self.bars = sum(count for _, count in self.form)
        drift = wander(self.rng, self.bars * self.beats + 8, spread=spec.drift) if spec.drift else None
        # some recordings begin in silence, some in the middle of a bar (negative: that much is cut away)
        start = float(
            self.rng.choice([self.rng.uniform(0.0, 0.3), self.rng.uniform(0.3, 1.5), -self.rng.uniform(0.1, 2.0)])
        )
        self.clock = Clock(bpm=spec.bpm, start=start, drift=drift)
        gains = _CLUB_GAINS if self.genre.name in _CLUB_NAMES else _GAINS
        self.parts = {role: Part(role, patch, gains[role]) for role, patch in self._cast().items()}
        self.lag = {role: float(self.rng.normal(0.0, 0.4 * self.genre.loose)) for role in self.parts}

    def score(self) -> Score:
        """Play every section and add the truth."""
        progressions = self._progressions()
        beat = 0.0
        for index, (label, bars) in enumerate(self.form):
            options = LAYERS[label]
            drums, roles, energy = options[int(self.rng.integers(len(options)))]
            if not any(self.genre.drums):
                drums = ""
            chords = progressions[1 if label in ("chorus", "drop") else 0]
            self._section(beat, bars, drums, roles, energy, chords, first=index == 0)
            beat += bars * self.beats
        self._ending(beat)
        for part in self.parts.values():
            part.notes.sort(key=lambda note: (note.start, str(note.what)))
        end = self.clock.seconds(beat) + 1.2
        return Score(
            name=self.spec.name, seed=seed_of(self.spec.name), seconds=end, cents=self.spec.cents,
            electronic=self.genre.electronic, kit=self.genre.kit, parts=tuple(self.parts.values()),
            truth=self._truth(beat),
        )  # fmt: skip

    def _cast(self) -> dict[str, str]:
        genre = self.genre
        cast = {"chords": self._pick(genre.chord_patches), "lead": self._pick(genre.lead_patches)}
        if any(genre.drums):
            cast["drums"] = genre.kit
        if genre.bass:
            cast["bass"] = self._pick(genre.bass_patches)
        if genre.pad:
            cast["pad"] = self._pick(("pad", "strings", "choir"))
        self.figures = {"bass": self._pick(genre.bass), "chords": self._pick(genre.chords)}
        if not self.figures["chords"]:
            cast.pop("chords")
        if self.figures["bass"] == "riff":
            modal = self.rng.random() < 0.6 and self.key.mode == "minor"
            colour = self._pick(genre.colours) if modal else self.key.mode
            self.riff = make_riff(SCALES[colour], steps=genre.steps, rng=self.rng)
        if not self.figures["bass"]:
            cast.pop("bass", None)
        usable = [pattern for pattern in genre.drums if pattern] or [{}]
        drumless = self.rng.random() >= 0.8 and len(genre.drums) != len(usable)
        pattern = {} if drumless else usable[int(self.rng.integers(len(usable)))]
        self.drummer = Drummer(pattern, steps=genre.steps, beats=self.beats, rng=self.rng)
        self.busy = float(self.rng.uniform(0.15, 0.55))
        self.centre = float(self.rng.uniform(56.0, 66.0))
        return cast

    def _pick(self, options: tuple[str, ...]) -> str:
        return options[int(self.rng.integers(len(options)))]

    def _progressions(self) -> list[list[list[Chord]]]:
        texts = PROGRESSIONS[self.genre.style][self.key.mode]
        first = self._pick(texts)
        second = first if self.rng.random() < 0.45 else self._pick(texts)
        if self.genre.style == "drone" and self.rng.random() < 0.4:
            second = self._pick(PROGRESSIONS["dance"][self.key.mode])
        return [parse_progression(first), parse_progression(second)]

    def _section(
        self, start: float, bars: int, drums: str, roles: frozenset[str], energy: float,
        progression: list[list[Chord]], *, first: bool,
    ) -> None:  # fmt: skip
        heard = roles & self.parts.keys()
        if not heard and not (drums and "drums" in self.parts):
            heard = frozenset({"chords" if "chords" in self.parts else "bass"})
        chords = [progression[bar % len(progression)] for bar in range(bars)]
        for bar in range(bars):
            beat = start + bar * self.beats
            if "drums" in self.parts and drums:
                for drum, offset, velocity in self.drummer.bar(drums, bar=bar, bars=bars, crash=bar == 0 and not first):
                    self._drum(drum, beat + offset, velocity * energy)
            self._bar(heard, chords[bar], chords[(bar + 1) % bars][0], beat, energy)
        if "lead" in heard:
            self._add("lead", melody(
                chords, scale_of(self.key, colour=self._colour()), tonic=self.key.tonic, beats=self.beats,
                grid=self.grid, first_beat=start, low=62, rng=self.rng, busy=self.busy), energy)  # fmt: skip

    def _bar(self, heard: frozenset[str], chords: list[Chord], following: Chord, beat: float, energy: float) -> None:
        """Bass, chords and pad of one bar."""
        tonic, beats = self.key.tonic, self.beats
        if "bass" in heard and self.figures["bass"] == "riff":
            self._add("bass", riff_bar(
                self.riff, chord=chords[0], tonic=tonic, bar_beat=beat, beats=beats, steps=self.genre.steps),
                energy)  # fmt: skip
        elif "bass" in heard:
            self._add("bass", bass_bar(
                self.figures["bass"], self.grid, chords=chords, following=following, tonic=tonic, bar_beat=beat,
                beats=beats, rng=self.rng), energy)  # fmt: skip
        for role, figure, near in (("chords", self.figures["chords"], self.centre), ("pad", "pad", self.centre + 3.0)):
            if role in heard:
                self._add(role, chord_bar(
                    figure, self.grid, chords=chords, tonic=tonic, bar_beat=beat, beats=beats, near=near,
                    rng=self.rng), energy)  # fmt: skip

    def _colour(self) -> str | None:
        """Another scale for a tune, where the genre has one that keeps the mode."""
        colours = self.genre.colours
        colour = self._pick(colours) if colours and self.rng.random() < 0.4 else None
        wrong = ("dorian", "phrygian", "harmonic") if self.key.mode == "major" else ("mixolydian",)
        return None if colour in wrong else colour

    def _add(self, role: str, notes: list[BarNote], energy: float) -> None:
        for note in notes:
            start = self._time(note.beat, role)
            length = self.clock.seconds(note.beat + note.beats) - self.clock.seconds(note.beat)
            velocity = _clipped(note.velocity * energy + self.rng.normal(0.0, 0.04), 0.05, 1.0)
            self.parts[role].notes.append(Note(start, max(0.03, length), note.pitch, velocity))

    def _drum(self, drum: str, beat: float, velocity: float) -> None:
        velocity = _clipped(velocity + self.rng.normal(0.0, 0.04), 0.05, 1.0)
        self.parts["drums"].notes.append(Note(self._time(beat, "drums"), 0.1, drum, velocity))

    def _time(self, beat: float, role: str) -> float:
        """Seconds of a position, swung, and as well placed as players are."""
        looseness = self.genre.loose * (0.5 if role == "drums" else 1.0)
        slip = _clipped(self.rng.normal(0.0, looseness), -2.5 * looseness, 2.5 * looseness)
        return self.clock.seconds(self._swung(beat)) + (slip + self.lag[role]) / 1000.0

    def _swung(self, beat: float) -> float:
        """Where a straight position goes: within each pair the middle moves to `swing` of it."""
        pair = 2.0 * self.genre.swing_unit
        whole, share = divmod(beat, pair)
        share /= pair
        bent = 2.0 * share * self.swing if share < 0.5 else self.swing + (2.0 * share - 1.0) * (1.0 - self.swing)
        return (whole + bent) * pair

    def _ending(self, beat: float) -> None:
        """The last chord, on the tonic; a piece without chords just stops."""
        if "chords" not in self.parts:
            return
        chord = Chord(0, (0, 3, 7) if self.key.mode == "minor" else (0, 4, 7))
        self._add("chords", chord_bar(
            "pad", self.grid, chords=[chord], tonic=self.key.tonic, bar_beat=beat, beats=self.beats, near=self.centre,
            rng=self.rng), 0.8)  # fmt: skip

    def _truth(self, beats: float) -> Truth:
        grid = np.array([self.clock.seconds(beat) for beat in range(int(beats) + 1)])
        sections, beat = [], 0
        for label, bars in self.form:
            start, end = self.clock.seconds(beat), self.clock.seconds(beat + bars * self.beats)
            sections.append(Section(max(0.0, start), end, label))
            beat += bars * self.beats
        return Truth(
            key=self.key.name, has_key=True, bpm=self.spec.bpm, has_beat=True,
            bpm_alternatives_ok=tuple(self.spec.bpm * factor for factor in _also(self.genre, self.spec.bpm)),
            beats=grid[grid >= 0.0], downbeats=grid[:: self.beats][grid[:: self.beats] >= 0.0], meter=self.genre.meter,
            constant_tempo=not self.spec.drift, sections=tuple(sections), cents=self.spec.cents,
        )  # fmt: skip


def _clipped(value: float, low: float, high: float) -> float:
    return min(max(float(value), low), high)


def _also(genre: Genre, bpm: float) -> tuple[float, ...]:
    """Factors that are as right at this tempo: a ballad's double only while it is slow."""
    return () if genre.name == "ballad" and bpm >= 70.0 else genre.also


def pitch_class_share(score: Score, key: Key) -> float:
    """How much of the sounding time of bass and chords lies in the key's scale, 0-1 (for tests)."""
    scale = set(scale_of(key).tolist())
    inside = total = 0.0
    for part in score.parts:
        for note in part.notes:
            if isinstance(note.what, int):
                total += note.seconds
                inside += note.seconds * (note.what % 12 in scale)
    return inside / total
