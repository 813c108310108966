"""What the drummer plays: the genre's pattern with hits left out, rolls, fills at the ends of phrases, crashes."""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["Drummer", "Hit"]

#: Drum, beats after the bar's start, velocity 0-1.
Hit = tuple[str, float, float]
_STRENGTH: Final = {"X": 1.0, "x": 0.8, "o": 0.4}
_ROLLED: Final = 0.6


class Drummer:
    """One drummer of one piece. pattern: rows of `steps` per bar by drum, as `tests.composer.genres` says."""

    def __init__(self, pattern: dict[str, str], *, steps: int, beats: int, rng: np.random.Generator) -> None:
        self.pattern, self.steps, self.beats, self.rng = pattern, steps, beats, rng
        self.step = beats / steps

    def bar(self, what: str, *, bar: int, bars: int, crash: bool) -> list[Hit]:
        """The hits of a section's bar number `bar` of `bars`. what: "all", "light" or "roll"."""
        if what == "roll":
            return self._roll(bar, bars)
        hits = self._pattern_hits(bar, light=what == "light")
        fill = bar == bars - 1 or (bar % 4 == 3 and self.rng.random() < 0.35)
        if fill and what == "all" and bars > 1:
            hits = self._fill(hits)
        if crash and what == "all" and self.rng.random() < 0.7:
            hits.append(("crash", 0.0, 0.8))
        return hits

    def _roll(self, bar: int, bars: int) -> list[Hit]:
        every = (4, 4, 2, 1)[min(3, 4 * bar // bars)]  # steps between hits: quarters, then eighths, sixteenths
        hits = [("snare", index * self.step, 0.3 + 0.5 * bar / bars) for index in range(0, self.steps, every)]
        return hits + [("kick", float(number), 0.8) for number in range(self.beats)]

    def _pattern_hits(self, bar: int, *, light: bool) -> list[Hit]:
        hits: list[Hit] = []
        for drum, row in self.pattern.items():
            if not row or (light and drum in ("kick", "snare", "clap")):
                continue
            first = bar % (len(row) // self.steps) * self.steps
            for index, symbol in enumerate(row[first : first + self.steps]):
                if drum == "kick" and index % 4 and symbol == "x" and self.rng.random() < 0.06:
                    continue  # a player leaves one out now and then
                if symbol == "r":
                    hits += [(drum, (index + part / 3) * self.step, _ROLLED) for part in range(3)]
                elif symbol != ".":
                    hits.append((drum, index * self.step, _STRENGTH[symbol]))
        return hits

    def _fill(self, hits: list[Hit]) -> list[Hit]:
        length = self.steps // self.beats * (1 if self.rng.random() < 0.7 else min(2, self.beats - 1))
        first = self.steps - length
        steady = ("hat", "ride", "shaker")
        kept = [hit for hit in hits if hit[1] < first * self.step - 1e-9 or hit[0] in steady]
        for index in range(first, self.steps):
            if self.rng.random() < 0.7:
                drum = "snare" if self.rng.random() < 0.5 else ("tom" if index % 2 else "low tom")
                kept.append((drum, index * self.step, float(self.rng.uniform(0.5, 0.9))))
        return kept
