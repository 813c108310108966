"""The accuracy tables' rows from recordings and answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from shared.theory.keys import parse_key
from tests.bench import metrics
from tests.bench.report import table
from tests.bench.sets import Item
from tests.bench.systems import OURS, SYSTEMS, Answer

__all__ = [
    "COLUMNS", "comparison", "confidence_tables", "genre_table", "rhythm_extras", "score", "score_table",
    "without_empty",
]  # fmt: skip

#: Column, and what a system must tell of to have it.
_NEEDS: Final = {
    "MIREX": "key", "exact": "key", "signature": "key", "A1": "tempo", "A1*": "tempo", "A2": "tempo", "error": "tempo",
    "F": "beats", "CMLt": "beats", "AMLt": "beats",
}  # fmt: skip
COLUMNS: Final = tuple(_NEEDS)
_NAN: Final = float("nan")
#: Fewer songs than this give no interval worth printing.
_MIN_SONGS: Final = 5


def score(item: Item, answer: Answer) -> dict[str, float]:
    """All scores of one answer, 0-1 (error in per cent), NaN where the truth is not known."""
    truth = item.truth
    row = dict.fromkeys(COLUMNS, _NAN)
    if truth.key is not None:
        wheel = parse_key(answer.key).wheel if answer.key else None
        row["MIREX"] = metrics.key_weight(truth.key, answer.key)
        row["exact"] = float(row["MIREX"] == 1.0)
        row["signature"] = float(wheel == truth.key_signature)
    if truth.bpm is not None:
        row["A1"] = float(metrics.accuracy1(truth.bpm, answer.bpm))
        row["A1*"] = float(metrics.accuracy1(truth.bpm, answer.bpm, also=truth.bpm_alternatives_ok))
        row["A2"] = float(metrics.accuracy2(truth.bpm, answer.bpm))
        if answer.bpm is not None and row["A1*"]:
            row["error"] = metrics.tempo_error(truth, answer.bpm)
    if truth.beats is not None and answer.beats is not None:
        row["F"], row["CMLt"], row["AMLt"] = metrics.beat_scores(truth, np.asarray(answer.beats))
    return row


def _matrix(items: Sequence[Item], answers: Sequence[Answer]) -> dict[str, np.ndarray]:
    rows = [score(item, answer) for item, answer in zip(items, answers, strict=True)]
    return {column: np.array([row[column] for row in rows]) for column in COLUMNS}


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else _NAN


def _cell(column: str, values: np.ndarray) -> str:
    known = values[~np.isnan(values)]
    if known.size == 0:
        return ""
    return f"{np.median(known):.3f}" if column == "error" else f"{100 * known.mean():.1f}"


def score_table(items: Sequence[Item], asked: dict[str, list[Answer]]) -> list[list[str]]:
    """A row per system."""
    rows = []
    for system, given in asked.items():
        scores = _matrix(items, given)
        tells = SYSTEMS[system].tells
        rows.append([system, *(_cell(c, scores[c]) if need in tells else "" for c, need in _NEEDS.items())])
    return rows


def without_empty(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows less those that hold nothing but their name.

    >>> without_empty(["system", "A1", "F"], [["ours", "97.0", ""], ["peer", "", ""]])
    (['system', 'A1'], [['ours', '97.0']])
    """
    kept_rows = [row for row in rows if any(row[1:])]
    kept = [0, *(index for index in range(1, len(columns)) if any(row[index] for row in kept_rows))]
    return [columns[index] for index in kept], [[row[index] for index in kept] for row in kept_rows]


def comparison(items: Sequence[Item], asked: dict[str, list[Answer]]) -> list[list[str]]:
    """Three rows: the difference of ours to the best peer of each column, its interval, the peer's name."""
    scores = {system: _matrix(items, given) for system, given in asked.items()}
    songs = np.array([item.song for item in items])
    rows = [["**ours - best peer**"], ["95 % interval"], ["best peer"]]
    for column, need in _NEEDS.items():
        peers = {name: _mean(scores[name][column]) for name in asked if name != OURS and need in SYSTEMS[name].tells}
        peers = {name: mean for name, mean in peers.items() if not np.isnan(mean)}
        cells = ("", "", "")
        if peers and column != "error":
            best = max(peers, key=lambda name: peers[name])
            known = ~np.isnan(scores[OURS][column]) & ~np.isnan(scores[best][column])
            if np.unique(songs[known]).size >= _MIN_SONGS:
                mean, low, high = metrics.bootstrap(
                    scores[OURS][column][known], scores[best][column][known], songs[known].tolist()
                )
                cells = (f"{100 * mean:+.1f}", f"{100 * low:+.1f} to {100 * high:+.1f}", best)
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell)
    return rows


def genre_table(items: Sequence[Item], given: Sequence[Answer]) -> str:
    """Ours by genre, so that weak spots show."""
    scores = _matrix(items, given)
    genres = np.array([item.genre for item in items])
    rows = []
    for genre in dict.fromkeys(genres.tolist()):
        chosen = genres == genre
        rows.append([genre, str(int(chosen.sum())), *(_cell(c, scores[c][chosen]) for c in COLUMNS)])
    return "Keylight by genre:\n\n" + table(["genre", "n", *COLUMNS], rows)


def rhythm_extras(items: Sequence[Item], given: Sequence[Answer]) -> str:
    """One line on ours where peers have nothing to say: metre, downbeats, section boundaries."""
    pairs = list(zip(items, given, strict=True))
    words = []
    meters = [item.truth.meter == answer.meter for item, answer in pairs if item.truth.meter and answer.meter]
    if meters:
        words.append(f"metre right in {100 * np.mean(meters):.1f} %")
    downbeats = [_downbeat_f(item, answer) for item, answer in pairs if item.truth.downbeats is not None]
    if downbeats:
        words.append(f"downbeats F {100 * np.mean(downbeats):.1f} %")
    for window in (3.0, 0.5):
        found = [
            metrics.boundary_f(item.truth, answer.sections, duration=_seconds(item), window=window)
            for item, answer in pairs
            if item.set == "structure" and answer.sections is not None
        ]
        if found:
            words.append(f"section boundaries F {100 * np.mean(found):.1f} % within {window:g} s")
    return f"Keylight besides: {', '.join(words)}." if words else ""


def _seconds(item: Item) -> float:
    return item.audio().size / 44100


def _downbeat_f(item: Item, answer: Answer) -> float:
    from mir_eval import beat

    assert item.truth.downbeats is not None
    reference, estimate = (beat.trim_beats(np.asarray(t)) for t in (item.truth.downbeats, answer.downbeats or []))
    return float(beat.f_measure(reference, estimate)) if reference.size and estimate.size else 0.0


def confidence_tables(pairs: Sequence[tuple[Item, Answer]]) -> str:
    """Reliability of key and tempo confidence, per set and in all, with the expected calibration error.

    A key is right when it is the truth's, or has its signature where only that is certain; a tempo by A1*. Where the
    truth is "none" (speech), any answer is wrong.
    """
    parts = []
    for what in ("key", "tempo"):
        told = [(item, *_told(what, item, answer)) for item, answer in pairs if _judged(what, item)]
        rows = [_reliability_row("**all**", told)]
        rows += [
            _reliability_row(name, [entry for entry in told if entry[0].set == name])
            for name in dict.fromkeys(item.set for item, *_ in told)
        ]
        bins = [f"{low:g}-{high:g}" for low, high in pairwise(metrics.EDGES)]
        caption = f"Confidence of the {what}: in each bin, said / right (count); ECE is the expected calibration error."
        parts.append(f"{caption}\n\n{table(['set', *bins, 'ECE'], rows)}")
    return "\n\n".join(parts)


def _judged(what: str, item: Item) -> bool:
    if what == "key":
        return item.truth.key is not None or item.truth.has_key is False
    return item.truth.bpm is not None or item.truth.has_beat is False


def _told(what: str, item: Item, answer: Answer) -> tuple[float, float]:
    """Confidence and whether it was right."""
    truth, row = item.truth, score(item, _without_beats(answer))
    if what == "key":
        right = row["exact"] if truth.mode_certain else row["signature"]
        return float(answer.key_confidence or 0.0), 0.0 if truth.has_key is False else right
    return float(answer.bpm_confidence or 0.0), 0.0 if truth.has_beat is False else row["A1*"]


def _without_beats(answer: Answer) -> Answer:
    """The answer less its beats, whose scores cost time."""
    return Answer(key=answer.key, bpm=answer.bpm)


def _reliability_row(name: str, told: Sequence[tuple[Item, float, float]]) -> list[str]:
    confidence = np.clip(np.array([entry[1] for entry in told]), 0.0, 1.0)
    right = np.array([entry[2] for entry in told])
    found = {row[0]: row for row in metrics.reliability(confidence, right)}
    cells = []
    for low in metrics.EDGES[:-1]:
        row = found.get(low)
        cells.append(f"{row[3]:.2f} / {row[4]:.2f} ({row[2]})" if row else "")
    return [name, *cells, f"{metrics.calibration_error(confidence, right):.3f}"]
