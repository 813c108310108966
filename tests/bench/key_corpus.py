"""More music to fit the key model on than the sets hold: pieces of other seeds, and real scores where music21 is.

The composer's pieces teach timbres, mixes and drums, but all its harmony was written by one hand. Real scores (Bach's
chorales, O'Neill's dance tunes, quartets and songs, from music21's corpus, played by the composer's instruments) teach
how keys are used by others. `pip install music21` brings them; without it the fit has the composed pieces only.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import zlib
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from shared.theory.keys import KEYS, key_at
from tests.bench.sets import Item, fluid, half_of
from tests.bench.sets.item import Half
from tests.bench.sets.store import kept
from tests.composer.club import CLUB
from tests.composer.compose import Spec, compose, seed_of
from tests.composer.genres import GENRES
from tests.composer.midi import write_midi
from tests.composer.mix import render
from tests.composer.score import Note, Part, Score
from tests.composer.truth import Truth

__all__ = ["composed_pieces", "score_pieces"]

_PER_GENRE: Final = 3
_ENGINES: Final = ("numpy", "fluid", "numpy", "timgm")
_SECONDS: Final = 60.0
_PATCHES: Final = (
    "piano", "piano", "epiano", "organ", "accordion", "guitar", "strings", "choir", "flute", "brass", "saw stab",
    "lead",
)  # fmt: skip
_TUNES: Final = 80
_CHORALES: Final = 120
_OTHERS: Final = (
    "haydn", "mozart", "joplin", "schumann_clara", "schumann_robert", "chopin", "schubert", "corelli", "handel",
    "cpebach", "weber", "verdi", "beach", "liliuokalani", "johnson_j_r",
)  # fmt: skip


def composed_pieces(*, club: bool) -> list[Item]:
    """Pieces of every genre with keys drawn evenly, of seeds that no set has."""
    found = []
    for genre in CLUB if club else GENRES:
        for number in range(_PER_GENRE):
            name = f"fit {genre.name} {number + 1}"
            rng = np.random.default_rng(seed_of("spec " + name))
            spec = Spec(
                name, genre.name, KEYS[int(rng.integers(24))].name, round(float(rng.uniform(*genre.bpm)), 1),
                seconds=float(rng.uniform(20.0, 36.0)), cents=_detuning(rng),
            )  # fmt: skip
            score = compose(spec)
            found.append(_item("fit", score, score.truth, genre.name))
    return found


@cache
def score_pieces(*, half: Half) -> list[Item]:
    """The first minute of real scores whose key is sure, one half of them.

    Sure means: the bass ends on the tonic that the key signature names, in major or minor.
    """
    found = importlib.util.find_spec("music21")
    if found is None or found.origin is None:
        print("scores: skipped, pip install music21")
        return []
    core = Path(found.origin).parent / "corpus"
    chorales = sorted((core / "bach").glob("bwv*.mxl"), key=lambda path: seed_of(path.name))[:_CHORALES]
    others = [
        path for name in _OTHERS for path in sorted((core / name).rglob("*.*")) if path.suffix in (".mxl", ".krn")
    ]
    sources: list[tuple[str, str, Any]] = [("chorale", path.stem, path) for path in chorales]
    sources += [("art", f"{path.parent.name} {path.stem}", path) for path in others]
    sources += [("tune", f"tune {seed_of(text) % 10**8}", text) for text in _tunes(core / "oneills1850")]
    wanted = [entry for entry in sources if half_of(f"score/{entry[1]}") == half]
    return [item for entry in wanted if (item := _scored(*entry))]


def _tunes(folder: Path) -> list[str]:
    """O'Neill's tunes in major and minor, each in ABC."""
    texts = [path.read_text("utf-8", errors="replace") for path in sorted(folder.glob("*.abc"))]
    tunes = ["X:" + tune for text in texts for tune in re.split(r"(?m)^X:", text)[1:]]
    plain = [tune for tune in tunes if re.search(r"(?m)^K:\s*[A-G][b#]?m?\s*$", tune)]
    return sorted(plain, key=seed_of)[:_TUNES]


def _scored(kind: str, name: str, source: Any) -> Item | None:
    converter = importlib.import_module("music21.converter")
    problems = importlib.import_module("music21.exceptions21")
    try:
        stream = converter.parse(source, format="abc") if kind == "tune" else converter.parse(source)
        signatures = list(stream.recurse().getElementsByClass("KeySignature"))
        parts = [_notes(part) for part in stream.parts]
    except (problems.Music21Exception, ValueError, IndexError):
        return None
    parts = [part for part in parts if part]
    if not parts or not signatures:
        return None
    major = 7 * signatures[0].sharps % 12
    end = max(start + length for start, length, _ in parts[-1])
    last = min(pitch for start, length, pitch in parts[-1] if start + length >= end - 1e-6) % 12
    if last not in (major, (major + 9) % 12):
        return None
    key = key_at(last, "major" if last == major else "minor")
    rng = np.random.default_rng(seed_of("score " + name))
    second = 60.0 / float(rng.uniform(70.0, 126.0))  # of a quarter
    same = _PATCHES[int(rng.integers(len(_PATCHES)))] if rng.random() < 0.5 else None
    players = tuple(
        Part(
            f"voice {number}", same or _PATCHES[int(rng.integers(len(_PATCHES)))], 0.6, list(_played(part, second, rng))
        )
        for number, part in enumerate(parts[:8])
    )
    length = min(_SECONDS, end * second + 1.0)
    truth = Truth(key=key.name, has_key=True)
    score = Score(
        name=name, seed=seed_of(name), seconds=length, cents=_detuning(rng), electronic=False, kit="acoustic",
        parts=players, truth=truth,
    )  # fmt: skip
    return _item("score", score, truth, kind)


def _notes(part: Any) -> list[tuple[float, float, int]]:
    """Start and length in quarters and MIDI pitch of all notes, ties joined."""
    return [
        (float(note.offset), float(note.quarterLength), int(pitch.midi))
        for note in part.stripTies().flatten().notes
        for pitch in note.pitches
        if note.quarterLength > 0
    ]


def _played(notes: list[tuple[float, float, int]], second: float, rng: np.random.Generator) -> Iterator[Note]:
    for start, length, pitch in notes:
        if start * second < _SECONDS:
            velocity = float(np.clip(rng.normal(0.7, 0.08), 0.3, 1.0))
            yield Note(start * second, max(0.05, 0.95 * length * second), pitch, velocity)


def _detuning(rng: np.random.Generator) -> float:
    return 0.0 if rng.random() < 0.4 else round(float(rng.uniform(-40.0, 40.0)), 1)


def _item(kind: str, score: Score, truth: Truth, genre: str) -> Item:
    engine = _ENGINES[seed_of("engine " + score.name) % len(_ENGINES)]
    label = f"{kind}-{re.sub('[^0-9a-z]+', '-', score.name.lower())}-{engine}"
    name = f"{label}-{zlib.crc32(score.fingerprint().encode()):08x}"
    return Item(
        name=label, set=kind, song=f"{kind}/{score.name}", truth=truth, genre=genre,
        make=partial(kept, name, partial(_rendered, score, engine)),
    )  # fmt: skip


def _rendered(score: Score, engine: str) -> np.ndarray:
    if engine == "numpy":
        return render(score)

    def by_font(whole: Score, part: Part) -> np.ndarray:
        return fluid.render_midi(write_midi(whole, (part,)), font=engine, seconds=whole.seconds)

    return render(score, instead={part.role: by_font for part in score.parts})
