"""From pitch rows to the key of a track: the best of 24, how sure, the runners-up with reasons, and the keys in time.

The tuning comes first, then the key model on the whole track and on each stretch of its timeline. Confidence is the
share of such answers that are right: a logistic curve over how far the best key leads, how clearly pitches stand on a
tempered grid at all (speech, noise and drums do not), how many windows agree, and how long the music is, fitted on the
tuning halves of the sets and on sounds without a key (`tests/bench/fit_key.py`).
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import CLEAR_CONFIDENCE, KeyEstimate, KeyGuess, KeySpan, Tuning
from shared.theory.keys import KEYS, Key, compatible, reason, relation
from web.py.analysis.evidence import PitchRows, gather, pitch_rows
from web.py.analysis.key_model import posterior
from web.py.analysis.key_timeline import Stretch, stretches
from web.py.analysis.key_weights import CONFIDENCE_WEIGHTS
from web.py.analysis.tonal import ROW_SECONDS, Tonal, estimate_tuning

__all__ = ["Tonality", "analyse_tonality", "confidence_basis"]

_MIN_SECONDS: Final = 1.0
_ALTERNATIVES: Final = 5
_MOST_ODDS: Final = 6.0  # a model's own certainty beyond 400 to 1 says nothing more
_LONG_SECONDS: Final = 120.0
#: Tuning confidence of noise, whales and murmur (0.00-0.03); music has 0.15 and more.
_NO_PITCH: Final = 0.03
#: A key that less than this share of a track is in is the key of a part (a mix of songs has none as a whole).
_MOST_OF_IT: Final = 0.5
_WORTH_TELLING: Final = 0.1  # share of the time from which a runner-up's own chord is evidence


class Tonality(NamedTuple):
    """Key and tuning; `None` for what cannot be told: nothing pitched, for the key also too little music."""

    key: KeyEstimate | None
    tuning: Tuning | None


def analyse_tonality(tonal: Tonal, *, duration_seconds: float) -> Tonality:
    """Key and tuning of a track from its pitch rows.

    duration_seconds: of the audio; the timeline covers it, and under a second there is no key.
    """
    tuning = estimate_tuning(tonal.all.sum(axis=0, dtype=np.float64))
    heard = _hear(tonal, tuning, duration_seconds) if tuning else None
    return Tonality(_estimate(heard) if heard else None, tuning)


def confidence_basis(tonal: Tonal, *, duration_seconds: float) -> tuple[Key, np.ndarray] | None:
    """The key that `analyse_tonality` would give and what its confidence is read from; for fitting the confidence."""
    tuning = estimate_tuning(tonal.all.sum(axis=0, dtype=np.float64))
    heard = _hear(tonal, tuning, duration_seconds) if tuning else None
    if heard is None:
        return None
    main = _main(heard.found)
    return KEYS[main.key], _features(main.scores, heard.windows, heard=heard, seconds=duration_seconds)


class _Heard(NamedTuple):
    """All that the estimate is made from: the keys in time, each window's own key, clarity of pitch (0-1, 0-1)."""

    rows: PitchRows
    found: list[Stretch]
    windows: np.ndarray
    clarity: tuple[float, float]
    seconds: float


def _hear(tonal: Tonal, tuning: Tuning, seconds: float) -> _Heard | None:
    if seconds < _MIN_SECONDS:
        return None
    rows = pitch_rows(tonal, cents=tuning.cents)
    return _Heard(rows, *stretches(rows), (tuning.confidence, float(tonal.tonalness.mean())), seconds)


def _estimate(heard: _Heard) -> KeyEstimate:
    main = _main(heard.found)
    best = KEYS[main.key]
    confidence = _confidence(main.scores, heard.windows, heard=heard, seconds=heard.seconds)
    confidence = round(confidence * min(1.0, _notes_share(heard.found, best) / _MOST_OF_IT), 3)
    return KeyEstimate(
        key=best,
        confidence=confidence,
        clear=confidence >= CLEAR_CONFIDENCE,
        alternatives=_alternatives(heard.rows, main),
        compatible=compatible(best),
        timeline=_timeline(heard),
        intro=KEYS[heard.found[0].key],
        outro=KEYS[heard.found[-1].key],
    )


def _main(found: list[Stretch]) -> Stretch:
    """The longest stretch of the key that the track is in for longest."""
    rows_in = np.bincount([stretch.key for stretch in found], [stretch.last - stretch.first for stretch in found])
    home = int(np.argmax(rows_in))
    return max((stretch for stretch in found if stretch.key == home), key=lambda stretch: stretch.last - stretch.first)


def _notes_share(found: list[Stretch], best: Key) -> float:
    """Share of the track that is in the best key or another with its notes."""
    rows = [stretch.last - stretch.first for stretch in found]
    return sum(count for count, one in zip(rows, found, strict=True) if KEYS[one.key].wheel == best.wheel) / sum(rows)


def _timeline(heard: _Heard) -> tuple[KeySpan, ...]:
    """Spans that cover the track."""
    count, seconds = heard.found[-1].last, heard.seconds
    spans = []
    for stretch in heard.found:
        windows = heard.windows[slice(*(round(row / count * len(heard.windows)) for row in stretch[:2]))]
        start = min(stretch.first * ROW_SECONDS, seconds)
        end = seconds if stretch.last == count else min(stretch.last * ROW_SECONDS, seconds)
        confidence = _confidence(stretch.scores, windows, heard=heard, seconds=end - start)
        spans.append(KeySpan(round(start, 3), round(end, 3), KEYS[stretch.key], confidence))
    return tuple(spans)


def _features(scores: np.ndarray, windows: np.ndarray, *, heard: _Heard, seconds: float) -> np.ndarray:
    """What the confidence of an answer is read from, float64 [len(CONFIDENCE_WEIGHTS)].

    One; log odds of the best key against all others; the lead over the second; tuning confidence and its log; share of
    power in peaks; share of the windows that are in the same key, and in one with the same notes; log of the length.
    """
    share = np.sort(posterior(scores))
    best = KEYS[int(np.argmax(scores))]
    ordered = np.sort(scores)
    same = [KEYS[index] == best for index in windows]
    same_notes = [KEYS[index].wheel == best.wheel for index in windows]
    return np.array(
        [
            1.0,
            min(_MOST_ODDS, math.log(share[-1] / max(1e-9, 1.0 - share[-1]))),
            min(_MOST_ODDS, ordered[-1] - ordered[-2]),
            heard.clarity[0],
            math.log(max(heard.clarity[0], _NO_PITCH)),
            heard.clarity[1],
            np.mean(same) if same else 0.5,
            np.mean(same_notes) if same_notes else 0.5,
            math.log(min(seconds, _LONG_SECONDS) / _LONG_SECONDS),
        ]
    )


def _confidence(scores: np.ndarray, windows: np.ndarray, *, heard: _Heard, seconds: float) -> float:
    features = _features(scores, windows, heard=heard, seconds=max(seconds, 0.1))
    return round(1.0 / (1.0 + math.exp(-float(features @ CONFIDENCE_WEIGHTS))), 3)


def _alternatives(rows: PitchRows, main: Stretch) -> tuple[KeyGuess, ...]:
    shares = posterior(main.scores)
    triads = gather(rows, np.array([main.first]), np.array([main.last])).triads[0]
    others = [int(index) for index in np.argsort(-shares, kind="stable") if index != main.key]
    return tuple(
        KeyGuess(
            key=KEYS[index],
            share=round(float(shares[index]), 3),
            relation=relation(KEYS[index], KEYS[main.key]),
            reason=_reason(KEYS[index], KEYS[main.key], chord_share=float(triads[index])),
        )
        for index in others[:_ALTERNATIVES]
    )


def _reason(of: Key, to: Key, *, chord_share: float) -> str:
    words = reason(of, to)
    return f"{words}; its chord sounds {chord_share:.0%} of the time" if chord_share >= _WORTH_TELLING else words
