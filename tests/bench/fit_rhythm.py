"""Fits `web/py/analysis/rhythm_weights.py`: `python -m tests.bench.fit_rhythm [--pieces N] [--wad FILE ...]`.

A hypothesis is a tempo, a metre and a beginning of the bar. Its score is linear in its features; the weights maximise
the probability of the right hypotheses among all (a conditional logit, McFadden 1974) with a ridge on standardised
features. A track has some 5,000 hypotheses, so the fit goes in rounds: each adds the wrong ones that score highest so
far. The confidences are then fitted on answers to music left out (two folds by song) and to sounds without a beat.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from tests.bench.rhythm_corpus import Example, beatless, examples
from tests.composer.truth import Truth
from web.py.analysis import judge, rhythm
from web.py.analysis.bars import CELLS, METRES, PLACES, Metre, bar_features, fold
from web.py.analysis.beats import Pulse
from web.py.analysis.candidates import Candidate, hear
from web.py.analysis.octave import FEATURES
from web.py.analysis.trust import CLUES, clues

_RIDGE: Final = 10.0
_ROUNDS: Final = 5
_HARD: Final = 40  # wrong hypotheses added per track and round
_SAME: Final = 0.04
_NEAR_SECONDS: Final = 0.03
#: How right a tempo is that a listener may count as well; six eighths counted as such would lose the metre.
_ALSO_RIGHT, _ALSO_IN_SIX = 0.3, 0.02
_RIGHT_BEATS: Final = 0.8  # F-measure from which the beats of an answer are called right
_TRUST_RIDGE: Final = 0.002
_BEATLESS_WEIGHT: Final = 2.0
_BEATLESS: Final = 100
_TARGET: Final = Path(__file__).parents[2] / "web/py/analysis/rhythm_weights.py"

_TRUSTED: Final = ("TEMPO", "BEAT", "BAR")
_NAMES: Final = (
    "BAR_TRUST", "BAR_WEIGHTS", "BEAT_TRUST", "LOOP_WEIGHTS", "METRE_WEIGHTS", "TEMPO_TRUST", "TEMPO_WEIGHTS",
)  # fmt: skip
_TEMPO: Final = slice(0, len(FEATURES))


def _slices() -> dict[str, slice]:
    """Where each metre's weights lie: its places, then constant, octaves, octaves squared."""
    found: dict[str, slice] = {}
    first = len(FEATURES)
    for metre in METRES:
        found[metre.name] = slice(first, first + len(PLACES[metre.name]) + 3)
        first += len(PLACES[metre.name]) + 3
    return found


_METRE: Final = _slices()
_LOOP: Final = slice(max(part.stop for part in _METRE.values()), None)
_COUNT: Final = max(part.stop for part in _METRE.values()) + len(judge.LOOP_FEATURES)


class Block(NamedTuple):
    """All beginnings of the bar for one candidate and metre: features [cells, n] and how right each is (0-1)."""

    candidate: Candidate
    tempo: np.ndarray
    metre: Metre
    bars: np.ndarray
    loop: np.ndarray
    right: np.ndarray

    def scores(self, weights: np.ndarray) -> np.ndarray:
        """The score of each cell."""
        part = weights[_METRE[self.metre.name]]
        scores: np.ndarray = self.bars.astype(np.float32) @ part[:-3].astype(np.float32) + self.loop @ weights[_LOOP]
        return scores + self.tempo @ weights[_TEMPO] + part[-3:] @ self._prior()

    def row(self, cell: int) -> np.ndarray:
        """All features of one hypothesis, float32 [_COUNT]."""
        row = np.zeros(_COUNT, np.float32)
        row[_TEMPO] = self.tempo
        row[_METRE[self.metre.name]] = np.concatenate([self.bars[cell], self._prior()])
        row[_LOOP] = self.loop[cell]
        return row

    def _prior(self) -> np.ndarray:
        octaves = np.log2(self.candidate.hz / 2.0)
        return np.array([1.0, octaves, octaves**2])


def blocks(example: Example) -> list[Block]:
    """Every hypothesis of a track."""
    hearing = hear(
        example.levels,
        tonal=example.tonal,
        cents=example.cents,
        duration_seconds=example.seconds,
        as_loop=example.as_loop,
    )
    found = []
    for index, candidate in enumerate(hearing.candidates if hearing else []):
        assert hearing is not None
        for metre in METRES:
            mean = fold(hearing.warped[candidate.pulse], pulses_per_beat=candidate.pulses_per_beat, beats=metre.beats)
            loop = np.zeros((metre.beats * CELLS, len(judge.LOOP_FEATURES)))
            if hearing.loop:
                loop = judge.loop_features(hearing, candidate, metre)
            right = _right(example.truth, hearing.pulses[candidate.pulse], candidate, metre)
            bars = bar_features(mean, metre).astype(np.float16)
            found.append(Block(candidate, hearing.tempo_features[index], metre, bars, loop, right))
    return found


def _right(truth: Truth, pulse: Pulse, candidate: Candidate, metre: Metre) -> np.ndarray:
    """How right each beginning of the bar is, float64 [cells]."""
    cells = metre.beats * CELLS
    bpm = 60.0 * candidate.hz
    credit = _credit(truth, bpm)
    main = _close(bpm, truth.bpm)
    metre_known = truth.meter is not None and (main or truth.meter != "6/8")
    if not credit or (metre_known and metre.name != truth.meter):
        return np.zeros(cells)
    if truth.downbeats is None or not truth.downbeats.size:
        return np.full(cells, credit)
    places = np.interp(truth.downbeats, pulse.times, np.arange(pulse.times.size)) / candidate.pulses_per_beat * CELLS
    bar = float(np.median(np.diff(places))) if places.size > 1 else cells
    away = (places[None, :] - np.arange(cells)[:, None] + cells / 2) % cells - cells / 2
    met = (np.abs(away) <= _NEAR_SECONDS * candidate.hz * CELLS + 0.5).mean(axis=1)
    # At half the tempo a bar is two, so every other downbeat is met; songs hold a bar of two now and then.
    return credit * (met >= max(0.2, 0.8 * min(1.0, bar / cells, float(met.max()) / 0.8)))


def _close(bpm: float, other: float | None) -> bool:
    return other is not None and abs(bpm / other - 1.0) <= _SAME


def _credit(truth: Truth, bpm: float) -> float:
    if _close(bpm, truth.bpm):
        return 1.0
    also = any(_close(bpm, other) for other in truth.bpm_alternatives_ok)
    return (_ALSO_IN_SIX if truth.meter == "6/8" else _ALSO_RIGHT) * also


def fit(tracks: Sequence[tuple[Example, list[Block]]]) -> np.ndarray:
    """The weights, float64 [_COUNT]."""
    weights = np.random.default_rng(1).normal(size=_COUNT) * 1e-3
    kept: list[dict[tuple[int, int], None]] = [{} for _ in tracks]
    scale: np.ndarray | None = None
    for number in range(_ROUNDS):
        for (_, all_blocks), chosen in zip(tracks, kept, strict=True):
            _choose(all_blocks, weights, chosen)
        rows, right, starts = _matrix(tracks, kept)
        _centre(rows, starts)
        if scale is None:
            scale = np.sqrt(np.mean(rows**2, axis=0, dtype=np.float64)) + 1e-3
        rows /= scale.astype(np.float32)
        importance = np.array([example.weight for example, _ in tracks])
        weights = _maximise(rows, right, starts, importance, weights * scale) / scale
        print(f"  round {number + 1}: {len(rows)} hypotheses", flush=True)
    return weights


def _choose(all_blocks: list[Block], weights: np.ndarray, chosen: dict[tuple[int, int], None]) -> None:
    """Add the best right hypothesis of each block, and the highest of all."""
    pool = []
    for number, block in enumerate(all_blocks):
        scores = block.scores(weights)
        tops = np.flatnonzero((scores >= np.roll(scores, 1)) & (scores >= np.roll(scores, -1)))
        pool += [(float(scores[cell]), number, int(cell)) for cell in tops]
        if block.right.any():
            right = np.flatnonzero(block.right)
            chosen[number, int(right[np.argmax(scores[right])])] = None
    for _, number, cell in sorted(pool, reverse=True)[:_HARD]:
        chosen[number, cell] = None


def _matrix(
    tracks: Sequence[tuple[Example, list[Block]]], kept: list[dict[tuple[int, int], None]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    counts = [len(chosen) for chosen in kept]
    rows, right = np.zeros((sum(counts), _COUNT), np.float32), np.zeros(sum(counts))
    place = 0
    for (_, all_blocks), chosen in zip(tracks, kept, strict=True):
        for number, cell in chosen:
            rows[place], right[place] = all_blocks[number].row(cell), all_blocks[number].right[cell]
            place += 1
    return rows, right, np.cumsum([0, *counts[:-1]])


def _centre(rows: np.ndarray, starts: np.ndarray) -> None:
    """Take each track's mean off its rows, in place: only differences within a track count, and they are smaller."""
    for first, last in zip(starts, [*starts[1:], len(rows)], strict=True):
        rows[first:last] -= rows[first:last].mean(axis=0)


def _maximise(
    rows: np.ndarray, right: np.ndarray, starts: np.ndarray, importance: np.ndarray, first: np.ndarray
) -> np.ndarray:
    counts = np.diff([*starts, len(rows)])
    best = np.maximum.reduceat(right, starts)
    importance = importance * (best > 0)
    credit = right / np.repeat(np.where(best > 0, best, 1.0), counts)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = (rows @ weights.astype(np.float32)).astype(np.float64)
        odds = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), counts))
        share = odds / np.repeat(np.add.reduceat(odds, starts), counts)
        met = np.add.reduceat(share * credit, starts) + 1e-12
        value = float(-(importance * np.log(met)).sum() + _RIDGE / 2 * (weights @ weights))
        slope = np.repeat(importance, counts) * (share - share * credit / np.repeat(met, counts))
        return value, (rows.T @ slope.astype(np.float32)).astype(np.float64) + _RIDGE * weights

    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    print(f"    {found.nit} steps, loss {found.fun:.1f}: {found.message}", flush=True)
    return np.asarray(found.x)


def fit_trust(tracks: Sequence[tuple[Example, list[Block]]]) -> list[np.ndarray]:
    """Weights of `trust.CLUES` and a constant for tempo, beats and downbeats."""
    rows: list[np.ndarray] = []
    rights: list[tuple[bool, bool, bool]] = []
    importance: list[float] = []
    beatless_count = 0
    for half in (0, 1):
        weights = as_weights(fit([track for track in tracks if track[0].group % 2 != half]))
        for example, _ in tracks:
            if example.group % 2 == half and (answer := _answer(example, weights)):
                rows.append(answer[0])
                rights.append(answer[1])
                importance.append(example.weight)
        for levels, tonal, cents, seconds in beatless(_BEATLESS) if half else ():
            heard = rhythm.listen_and_judge(levels, tonal, cents, seconds, None, weights)
            if heard:
                rows.append(clues(*heard, duration_seconds=seconds))
                rights.append((False, False, False))
                importance.append(_BEATLESS_WEIGHT)
                beatless_count += 1
    design = np.column_stack([np.array(rows), np.ones(len(rows))])
    columns = np.array(rights, np.float64).T
    music = np.arange(len(rights)) < len(rights) - beatless_count
    tempo, beats, bars = (100.0 * column[music].mean() for column in columns)
    print(f"  left out: tempo right in {tempo:.1f} %, beats in {beats:.1f} %, downbeats in {bars:.1f} %", flush=True)
    return [_logistic(design, column, np.array(importance)) for column in columns]


def _answer(example: Example, weights: judge.Weights) -> tuple[np.ndarray, tuple[bool, bool, bool]] | None:
    """The clues of an answer, and whether its tempo, beats and downbeats are right."""
    heard = rhythm.listen_and_judge(example.levels, example.tonal, example.cents, example.seconds, None, weights)
    if not heard:
        return None
    beats, downbeats, bpm, _ = rhythm.place_beats(*heard, duration_seconds=example.seconds, weights=weights)
    truth = example.truth
    right = (
        _credit(truth, bpm) > 0,
        max(f_measure(beats, counted) for counted in _counts(truth)) > _RIGHT_BEATS,
        f_measure(downbeats, truth.downbeats) > _RIGHT_BEATS,
    )
    return clues(*heard, duration_seconds=example.seconds), right


def _counts(truth: Truth) -> list[np.ndarray | None]:
    """The beats, and those of each tempo that is as right."""
    beats, found = truth.beats, [truth.beats]
    if beats is None or truth.bpm is None:
        return found
    for other in truth.bpm_alternatives_ok:
        if other < truth.bpm:
            found += [beats[::2], beats[1::2]]
        else:
            times = round(other / truth.bpm)
            found.append(np.interp(np.arange((beats.size - 1) * times + 1) / times, np.arange(beats.size), beats))
    return found


def f_measure(found: np.ndarray, true: np.ndarray | None, reach: float = 0.07) -> float:
    """Harmonic mean of the shares of found and of true times (seconds) that have a partner within `reach`."""
    if true is None or not true.size or not found.size:
        return 0.0
    apart = np.abs(found[:, None] - true[None, :])
    precision, recall = (apart.min(axis=1) <= reach).mean(), (apart.min(axis=0) <= reach).mean()
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def _logistic(design: np.ndarray, right: np.ndarray, importance: np.ndarray) -> np.ndarray:
    """Weights of the columns of `design`, of which the last is constant; a ridge on the standardised others."""
    spread = design[:, :-1].std(axis=0) + 1e-3
    importance = importance / importance.sum()

    def loss(weights: np.ndarray) -> float:
        scores = design @ weights
        ridge = _TRUST_RIDGE * float(((weights[:-1] * spread) ** 2).sum())
        return float(importance @ (np.logaddexp(0, scores) - right * scores)) + ridge

    return np.asarray(minimize(loss, np.zeros(design.shape[1]), method="L-BFGS-B").x)


def as_weights(weights: np.ndarray) -> judge.Weights:
    """The fitted vector as `judge` takes it."""
    bars = {name: weights[part][:-3] for name, part in _METRE.items()}
    priors = {name: weights[part][-3:] for name, part in _METRE.items()}
    return judge.Weights(weights[_TEMPO], bars, priors, weights[_LOOP])


def source(weights: np.ndarray, trusts: list[np.ndarray]) -> str:
    """The text of `rhythm_weights.py`."""
    lines = [
        '"""Weights of `judge` and `trust`, made by `tests/bench/fit_rhythm.py`; not to be changed by hand."""',
        "\nfrom __future__ import annotations\n\nfrom typing import Final\n",
        f"__all__ = [\n{''.join(f'    {chr(34)}{name}{chr(34)},{chr(10)}' for name in _NAMES)}]\n",
        "#: In the order of `octave.FEATURES`.",
        f"TEMPO_WEIGHTS: Final = (\n{_numbers(weights[_TEMPO], 4)})  # fmt: skip",
        "#: In the order of `bars.PLACES`.\nBAR_WEIGHTS: Final[dict[str, tuple[float, ...]]] = {",
        *(f'    "{m.name}": (\n{_numbers(weights[_METRE[m.name]][:-3], 8)}    ),' for m in METRES),
        "}  # fmt: skip\n#: Constant, per octave above 120 BPM, and per squared octave.\nMETRE_WEIGHTS: Final = {",
        *(f'    "{m.name}": ({_inline(weights[_METRE[m.name]][-3:])}),' for m in METRES),
        f"}}\n#: In the order of `judge.LOOP_FEATURES`.\nLOOP_WEIGHTS: Final = ({_inline(weights[_LOOP])})",
        "#: In the order of `trust.CLUES`, then the constant.",
        *(
            f"{name}_TRUST: Final = ({_inline(part)})"
            for name, part in zip(("TEMPO", "BEAT", "BAR"), trusts, strict=True)
        ),
    ]
    return "\n".join(lines) + "\n"


def _numbers(values: np.ndarray, indent: int) -> str:
    rows = [values[first : first + 12] for first in range(0, len(values), 12)]
    return "".join(" " * indent + " ".join(f"{value:.3g}," for value in row) + "\n" for row in rows)


def _inline(values: np.ndarray) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def main() -> None:
    """Make the corpus, fit, and write the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pieces", type=int, default=32, help="pieces to compose in each genre")
    parser.add_argument("--wad", type=Path, action="append", default=[], help="game file with MIDI songs (Freedoom)")
    options = parser.parse_args()
    tracks = [(example, blocks(example)) for example in examples(pieces=options.pieces, wads=options.wad)]
    print(f"{len(tracks)} recordings; {len(CLUES)} clues, {_COUNT} weights")
    trusts = fit_trust(tracks)
    _TARGET.write_text(source(fit(tracks), trusts))


if __name__ == "__main__":
    main()
