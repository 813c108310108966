"""How far a job is and when it will be done, from what was measured: each stage counts.

Figures are learnt per server and kept in the ledger: `separate <model>` and `write <format>` are seconds of audio per
second, `load <model>` is in seconds; `look` is frames a second, `draw <codec>` million pixels a second. Where nothing
was measured yet, nothing is promised.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from backend.orders import RenderRequest, Request
from shared.schema.jobs import Stage, StemsOptions

__all__ = ["FilmPace", "Pace", "Rate", "request_seconds", "work_seconds"]

#: Progress at which separating begins and ends: loading is seconds, writing takes about a tenth of separating.
_BEGIN: Final = 0.02
_END: Final = 0.92
#: Progress at which a film has been looked through, and at which it is drawn: writing copies.
_LOOK_END: Final = 0.1
_DRAW_END: Final = 0.98

#: A rate is measured over at least this long, since results come in batches, and smoothed over about this long.
_WINDOW_SECONDS: Final = 1.0
_SMOOTH_SECONDS: Final = 15.0


def work_seconds(options: StemsOptions, seconds: float, figures: Mapping[str, float]) -> float | None:
    """Seconds that a whole job should take once it runs, None where its model was never measured here.

    >>> work_seconds(StemsOptions(), 120.0, {"separate htdemucs": 2.0, "write flac": 40.0})
    63.0
    """
    speed = figures.get(f"separate {options.model}")
    return None if not speed else seconds / speed + _writing(options, seconds, figures)


def request_seconds(request: Request, figures: Mapping[str, float]) -> float | None:
    """Seconds that a job should take once it runs, None where nobody can tell."""
    if request.seconds is None:
        return None
    if isinstance(request, RenderRequest):
        return _film_seconds(request, request.seconds, figures)
    return work_seconds(request.options, request.seconds, figures)


def _film_seconds(request: RenderRequest, seconds: float, figures: Mapping[str, float]) -> float | None:
    film = request.job.film
    draw, look = figures.get(f"draw {film.codec}"), figures.get("look")
    if not draw:
        return None
    frames = seconds * film.fps
    looking = frames / look if look and request.looks else 0.0
    return looking + frames * film.width * film.height / 1e6 / draw


class Rate:
    """How much is done a second, smoothed; begins with what is known from before."""

    def __init__(self, known: float | None = None) -> None:
        self.value = known
        self._last: tuple[float, float] | None = None

    def take(self, done: float, now: float) -> None:
        """So much is done now; less than before begins anew."""
        if self._last is None or done < self._last[0]:
            self._last = (done, now)
        elapsed = now - self._last[1]
        if elapsed < _WINDOW_SECONDS:
            return
        rate = (done - self._last[0]) / elapsed
        share = 1.0 if self.value is None else 1 - math.exp(-elapsed / _SMOOTH_SECONDS)
        mixed = rate * share + (self.value or 0.0) * (1 - share)
        # Nothing done in a window says little; a rate of nothing would promise eternity.
        self.value = mixed if mixed > 0 else self.value
        self._last = (done, now)


class FilmPace:
    """The pace of a film: listening where nobody sent features, looking, drawing, writing.

    >>> from shared.schema.jobs import RenderJob
    >>> pace = FilmPace(RenderRequest("ann", RenderJob(), 10.0, looks=False), {})
    >>> pace.step("drawing", 0.0, 0.0)
    (0.0, None)
    >>> progress, left = pace.step("drawing", 0.5, 10.0)
    >>> round(progress, 2), round(left)
    (0.49, 10)
    """

    def __init__(self, request: RenderRequest, figures: Mapping[str, float]) -> None:
        self.seconds = request.seconds
        self._request = request
        film = request.job.film
        look, draw = figures.get("look"), figures.get(f"draw {film.codec}")
        pixels = film.width * film.height / 1e6
        self._look, self._draw = Rate(look), Rate(draw / pixels if draw else None)
        self._progress = 0.0

    def step(self, stage: Stage, fraction: float, now: float) -> tuple[float, float | None]:
        """Progress 0-1, which never falls, and seconds left, None while nobody can tell."""
        frames = (self.seconds or 0.0) * self._request.job.film.fps
        begin = _LOOK_END if self._request.looks else 0.0
        progress, left = 0.0, None
        if stage == "looking":
            self._look.take(fraction * frames, now)
            progress = begin * fraction
            if self._look.value and self._draw.value:
                left = (1 - fraction) * frames / self._look.value + frames / self._draw.value
        elif stage == "drawing":
            self._draw.take(fraction * frames, now)
            progress = begin + (_DRAW_END - begin) * fraction
            left = (1 - fraction) * frames / self._draw.value if self._draw.value else None
        elif stage == "writing":
            progress = _DRAW_END + (1 - _DRAW_END) * fraction
        self._progress = min(1.0, max(self._progress, progress))
        return self._progress, left


class Pace:
    """The pace of one job. Times are seconds of one clock that only goes forward.

    >>> pace = Pace(StemsOptions(), 100.0, {})
    >>> pace.step("separating", 0.0, 0.0)
    (0.02, None)
    >>> progress, left = pace.step("separating", 50.0, 10.0)
    >>> round(progress, 2), round(left)
    (0.47, 10)
    """

    def __init__(self, options: StemsOptions, seconds: float | None, figures: Mapping[str, float]) -> None:
        self.seconds = seconds
        self._options = options
        self._figures = figures
        self._rate = Rate(figures.get(f"separate {options.model}"))
        self._progress = 0.0
        self._stage: tuple[Stage, float] = ("waiting", 0.0)

    def step(self, stage: Stage, done: float, now: float) -> tuple[float, float | None]:
        """Progress 0-1, which never falls, and seconds left, None while nobody can tell.

        done: of "separating" the seconds of audio that are done, of other stages the fraction 0-1.
        """
        if self._stage[0] != stage:
            self._stage = (stage, now)
        progress, left = self._separating(done, now) if stage == "separating" else self._other(stage, done, now)
        self._progress = min(1.0, max(self._progress, progress))
        return self._progress, left

    def _separating(self, done: float, now: float) -> tuple[float, float | None]:
        self._rate.take(done, now)
        if not self.seconds:
            return _BEGIN, None
        done = min(done, self.seconds)
        rate = self._rate.value
        left = (self.seconds - done) / rate + self._write_seconds() if rate else None
        return _BEGIN + (_END - _BEGIN) * done / self.seconds, left

    def _other(self, stage: Stage, fraction: float, now: float) -> tuple[float, float | None]:
        spent = now - self._stage[1]
        if stage == "writing":
            known = self._write_seconds() * (1 - fraction)
            left = spent * (1 - fraction) / fraction if fraction > 0.1 else known
            return _END + (1 - _END) * fraction, left
        if stage == "done":
            return 1.0, 0.0
        whole = work_seconds(self._options, self.seconds, self._figures) if self.seconds else None
        if whole is None or stage == "fetching model":
            return 0.0, None
        load = self._figures.get(f"load {self._options.model}", 0.0) if stage == "loading model" else 0.0
        return 0.0, max(0.0, load - spent) + whole

    def _write_seconds(self) -> float:
        return _writing(self._options, self.seconds or 0.0, self._figures)


def _writing(options: StemsOptions, seconds: float, figures: Mapping[str, float]) -> float:
    speed = figures.get(f"write {options.format}")
    return seconds / speed if speed else 0.0
