"""Six mood scales, 0-100, from what the tagger hears and what the signal says, each with the parts that made it.

Every part is a standard score: 0 is the average song, 1 a spread above. Tags are scored against the tagger's training
population (`tags`), signal features against the music named in DECISIONS.md. A scale is 100 Φ(a + s): s is the weighted
sum of its parts, a where the average song stands: at 50 for energy, danceability, happiness and acousticness, below for
the rarer kinds, instrumental and spoken. A part's points are its share of the way from there to the value, so that
points add up to it.

Sources. Energy is arousal and happiness valence (Thayer 1989; Eerola, Lartillot & Toiviainen, ISMIR 2009, MIRtoolbox
`miremotion`): arousal rises with activity, onsets, level and brightness, valence with major mode, pulse, key clarity.
Against human labels (VGMIDI, 200 piano pieces) a prototype with these tag groups ordered arousal with an AUC of 0.90,
valence with 0.72; its signal features were measured in another way. Danceability is highest around 118 BPM on a clear,
steady pulse (Streich & Herrera 2005 for the groove part). Speech is told by pauses, syllables and swell (Scheirer &
Slaney 1997). Danceability, acousticness, instrumentalness and speechiness were checked on recordings of known kind, not
against human labels.

The range is one standard error: how the patches differ (a mean's jackknife), together with what such features leave
unexplained in the literature (R² about .6 for arousal, .3 for valence; the others are our own guesses).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import Factor, KeyEstimate, Loudness, Mood, MoodScale, RhythmEstimate
from web.py.analysis.listening import MoodFeatures, measure_features
from web.py.analysis.tagger import TagReading
from web.py.analysis.tags import TAGS, standings, standout_tags

__all__ = ["MoodFeatures", "estimate_mood", "measure_features"]

_NORMAL: Final = NormalDist()
_LIMIT: Final = 2.0  # spreads; no feature and no tag says more than this
_LEAST_POINTS: Final = 1.0  # a tag that moves less is told among "other tags"
_MODE_SIGN: Final = {"major": 1.0, "minor": -1.0}
_DANCE_BPM: Final = 118.0
_DANCE_OCTAVES: Final = 0.45  # the peak's width
_OCTAVE_COST: Final = 0.3  # in octaves: half and double tempo are danced too, by fewer


class _Part(NamedTuple):
    """A signal feature's part: its names when it reads low and high, standard score, weight beside tags and alone."""

    low: str
    high: str
    score: float
    weight: float
    alone: float


class _Kind(NamedTuple):
    """A scale.

    words: from low to high. up, down: tags that raise and lower it; weight of the difference of their means, and spread
    of that over songs. average: where the average song stands. explained: R², and alone: without tags.
    """

    words: tuple[str, str, str, str, str]
    up: tuple[str, ...]
    down: tuple[str, ...]
    weight: float
    spread: float
    average: float
    explained: float
    alone: float


_STRETCH: Final = 1.05  # a weighted mean has less than unit spread, but the parts go together
_KINDS: Final = {
    "energy": _Kind(
        ("calm", "gentle", "moderate", "lively", "intense"),
        ("party", "dance", "punk", "hard rock", "metal", "House", "electro"),
        ("Mellow", "sad", "beautiful", "chill", "ambient", "acoustic", "easy listening"),
        weight=0.5, spread=0.9, average=0.0, explained=0.6, alone=0.5,
    ),
    "danceability": _Kind(
        ("not for dancing", "loose", "some groove", "danceable", "made for dancing"),
        ("dance", "party", "House", "electro", "funk", "Hip-Hop", "rnb"),
        ("ambient", "experimental", "folk", "metal", "Progressive rock", "sad", "acoustic"),
        weight=0.45, spread=1.3, average=0.0, explained=0.5, alone=0.4,
    ),
    "happiness": _Kind(
        ("dark", "wistful", "neutral", "bright", "joyful"),
        ("happy", "party", "catchy", "funk", "country", "oldies", "60s", "pop"),
        ("sad", "ambient", "experimental", "metal", "heavy metal", "Progressive rock"),
        weight=0.8, spread=1.0, average=0.0, explained=0.3, alone=0.2,
    ),
    "acousticness": _Kind(
        ("electronic or electric", "mostly produced", "mixed", "mostly acoustic", "acoustic"),
        ("acoustic", "folk", "country", "jazz", "beautiful", "Mellow", "easy listening"),
        ("electronic", "electronica", "electro", "chillout", "dance", "House", "metal", "hard rock"),
        weight=0.75, spread=1.1, average=0.0, explained=0.5, alone=0.3,
    ),
    "instrumentalness": _Kind(
        ("sung", "mostly sung", "unclear", "mostly instrumental", "instrumental"),
        ("instrumental", "ambient", "experimental", "electronic", "chillout"),
        ("female vocalists", "female vocalist", "male vocalists", "pop", "rnb", "soul", "Hip-Hop", "indie pop"),
        weight=0.9, spread=1.0, average=-0.6, explained=0.5, alone=0.0,
    ),
    "speechiness": _Kind(
        ("no speech", "hardly any speech", "some speech", "much speech", "spoken"),
        ("Hip-Hop", "rnb", "female vocalist"),
        ("instrumental", "rock", "ambient", "Progressive rock", "indie"),
        weight=0.45, spread=1.0, average=-2.0, explained=0.6, alone=0.5,
    ),
}  # fmt: skip
_INDEX: Final = {row.name: index for index, row in enumerate(TAGS)}


def estimate_mood(
    features: MoodFeatures,
    *,
    key: KeyEstimate | None,
    rhythm: RhythmEstimate | None,
    loudness: Loudness,
    dfa: float | None,
    reading: TagReading | None = None,
) -> Mood:
    """All scales of one track.

    dfa: `FluctuationMaker`'s answer (about 0-3), or `None` where the track is too short. reading: what the tagger
    heard; without it the scales rest on signal features alone, with wider ranges, and instrumentalness is `None`.
    """
    scores = standings(reading.logits) if reading else None
    parts = _parts(features, key=key, rhythm=rhythm, loudness=loudness, dfa=dfa)
    scales = {name: _scale(kind, parts[name], scores) for name, kind in _KINDS.items()}
    return Mood(
        energy=scales["energy"],
        danceability=scales["danceability"],
        happiness=scales["happiness"],
        acousticness=scales["acousticness"],
        instrumentalness=scales["instrumentalness"] if reading else None,  # the signal alone cannot tell
        speechiness=scales["speechiness"],
        tags=standout_tags(reading) if reading else (),
        heard_by="signal and tags" if reading else "signal",
    )


def _parts(
    heard: MoodFeatures,
    *,
    key: KeyEstimate | None,
    rhythm: RhythmEstimate | None,
    loudness: Loudness,
    dfa: float | None,
) -> dict[str, tuple[_Part, ...]]:
    """Each scale's signal features; centres and spreads are those of the music named in DECISIONS.md."""
    level = loudness.integrated_lufs if loudness.integrated_lufs is not None else heard.level_db
    trust = rhythm.confidence if rhythm else 0.0
    activity = (heard.activity - 0.143) / 0.03
    onsets = (heard.onset_rate - 4.2) / 2.0
    pulse = (heard.pulse - 0.42) / 0.16
    brightness = math.log2(max(heard.brightness_hz, 20.0) / 500.0)
    noise = (heard.noisiness_db + 18.0) / 6.0
    dynamics = (heard.dynamics_db - 12.8) / 6.0
    pauses = (heard.pauses - 0.07) / 0.14
    swell = (heard.swell - 0.49) / 0.3
    syllables = (heard.syllables - 0.30) / 0.06
    mode = 1.2 * _MODE_SIGN[key.key.mode] * key.confidence - 0.2 if key else 0.0  # most songs are major
    steady = (1.0 if rhythm and rhythm.steady else -1.0) * trust
    return {
        "energy": (
            _Part("little happens", "much happens", activity, 0.25, 0.35),
            _Part("few onsets", "many onsets", onsets, 0.15, 0.3),
            _Part("quiet", "loud", (level + 14.0) / 5.0, 0.15, 0.25),
            _Part("dark sound", "bright sound", brightness, 0.1, 0.15),
        ),
        "danceability": (
            _Part("loose pulse", "clear pulse", pulse, 0.25, 0.4),
            _Part("tempo far from dancing", "tempo for dancing", _dance_tempo(rhythm), 0.15, 0.25),
            _Part("wandering groove", "regular groove", (dfa - 1.15) / 0.3 if dfa else 0.0, 0.1, 0.25),
            _Part("unsteady tempo", "steady tempo", steady, 0.1, 0.15),
        ),
        "happiness": (
            _Part("minor key", "major key", mode, 0.2, 0.5),
            _Part("loose pulse", "clear pulse", pulse, 0.0, 0.2),
            _Part("dark sound", "bright sound", brightness, 0.0, 0.15),
            _Part("unclear key", "clear key", (key.confidence - 0.6) / 0.25 if key else -1.0, 0.0, 0.1),
        ),
        "acousticness": (
            _Part("even level", "wide dynamics", dynamics, 0.1, 0.4),
            _Part("noisy sound", "pure sound", -noise, 0.1, 0.35),
            _Part("machine-like pulse", "loose pulse", -pulse, 0.1, 0.3),
        ),
        "instrumentalness": (
            _Part("swells like a voice", "no voice's swell", -swell, 0.2, 0.0),
            _Part("syllables", "no syllables", -syllables, 0.1, 0.0),
        ),
        "speechiness": (
            _Part("no voice's swell", "swells like speech", swell, 0.6, 0.8),
            _Part("no pauses", "pauses between words", pauses, 0.4, 0.5),
            _Part("no syllables", "syllables", syllables, 0.2, 0.3),
            _Part("clear pulse", "no pulse", -pulse, 0.15, 0.2),
        ),
    }


def _dance_tempo(rhythm: RhythmEstimate | None) -> float:
    """Standard score of the tempo for dancing as far as there is a beat: the best of it, its half and its double."""
    if rhythm is None or rhythm.bpm <= 0:
        return -1.0
    octaves = math.log2(rhythm.bpm / _DANCE_BPM)
    distance = min(abs(octaves), abs(octaves + 1) + _OCTAVE_COST, abs(octaves - 1) + _OCTAVE_COST)
    score = 2.3 * math.exp(-((distance / _DANCE_OCTAVES) ** 2) / 2) - 1.3
    return score * rhythm.confidence - (1.0 - rhythm.confidence)


def _scale(kind: _Kind, parts: tuple[_Part, ...], scores: np.ndarray | None) -> MoodScale:
    """One scale out of its signal parts and the tags' standard scores [patches, 50]."""
    moves = _tag_moves(kind, scores) if scores is not None else {}
    for part in parts:
        score = max(-_LIMIT, min(_LIMIT, part.score))
        weight = part.alone if scores is None else part.weight
        if weight:
            moves[part.high if score >= 0 else part.low] = _STRETCH * weight * score
    total = sum(moves.values())
    value = _per_cent(kind.average + total)
    explained = kind.alone if scores is None else kind.explained
    error = math.hypot(_patch_error(kind, scores), (1.0 - explained) ** 0.5)
    return MoodScale(
        value=round(value, 1),
        low=round(_per_cent(kind.average + total - error), 1),
        high=round(_per_cent(kind.average + total + error), 1),
        word=kind.words[min(4, int(value // 20))],
        factors=_factors(moves, points=_points_per_unit(kind.average, total)),
        average=round(_per_cent(kind.average), 1),
    )


def _tag_moves(kind: _Kind, scores: np.ndarray) -> dict[str, float]:
    """What each tag adds, by a name that tells whether it was heard."""
    moves = {}
    means = scores.mean(axis=0)
    for names, sign in ((kind.up, 1.0), (kind.down, -1.0)):
        for name in names:
            score = max(-_LIMIT, min(_LIMIT, float(means[_INDEX[name]])))
            words = f"sounds like “{name}”" if score >= 0 else f"nothing of “{name}”"
            moves[words] = _STRETCH * kind.weight / kind.spread * sign * score / len(names)
    return moves


def _patch_error(kind: _Kind, scores: np.ndarray | None) -> float:
    """Standard error of the tags' part: the patches are a sample of the track."""
    if scores is None or len(scores) < 2:
        return 0.0
    up, down = ([_INDEX[name] for name in names] for names in (kind.up, kind.down))
    sides = scores[:, up].mean(axis=1) - scores[:, down].mean(axis=1)
    return _STRETCH * kind.weight / kind.spread * float(sides.std(ddof=1)) / len(scores) ** 0.5


def _points_per_unit(average: float, total: float) -> float:
    """Points of the scale per unit of the sum, on the way from the average song to this one."""
    if abs(total) < 1e-6:
        return 100.0 * _NORMAL.pdf(average)
    return (_per_cent(average + total) - _per_cent(average)) / total


def _factors(moves: dict[str, float], *, points: float) -> tuple[Factor, ...]:
    """Strongest first; tags that move little are told together."""
    small = {name: move for name, move in moves.items() if "“" in name and abs(move * points) < _LEAST_POINTS}
    shown = {name: move for name, move in moves.items() if name not in small}
    if small:
        shown["other tags"] = sum(small.values())
    order = sorted(shown, key=lambda name: (-abs(shown[name]), name))
    return tuple(Factor(name=name, points=round(shown[name] * points, 1)) for name in order)


def _per_cent(score: float) -> float:
    return 100.0 * _NORMAL.cdf(score)
