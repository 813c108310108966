"""Values over time: constants, keyframes and drives of all inputs of one layer or effect, resolved for a frame."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from shared.scene.colors import mix, parse_color
from shared.scene.easing import ease
from shared.scene.frame import Shelf
from shared.scene.inputs import Input, Props, Resolved, check_props
from shared.schema.project import Drive, Keyframe, Keyframes, Value
from shared.spectrum.features import Driver, Features

__all__ = ["Values"]

T = TypeVar("T")


class Values:
    """The inputs of one layer or effect. Raises `KeylightError`, which says where, for props that are not right."""

    def __init__(
        self,
        inputs: Sequence[Input],
        props: Mapping[str, Value],
        *,
        palette: Sequence[str],
        features: Features,
        shelf: Shelf,
        where: str,
    ) -> None:
        check_props(inputs, props, where=where)
        self._fixed: dict[str, Resolved] = {}
        self._moving: dict[str, Callable[[float], Resolved]] = {}
        for each in inputs:
            value = props.get(each.name, each.default)
            if isinstance(value, Drive):
                self._moving[each.name] = _driven(each, value, features, shelf)
            elif isinstance(value, Keyframes):
                self._moving[each.name] = _keyed(each, value, palette)
            else:
                self._fixed[each.name] = _resolved(each, value, palette)
        self._props = Props(self._fixed)

    @property
    def constant(self) -> bool:
        """Whether nothing changes over time."""
        return not self._moving

    def at(self, t: float) -> Props:
        """All values at a time in seconds."""
        if not self._moving:
            return self._props
        return Props({**self._fixed, **{name: value(t) for name, value in self._moving.items()}})

    def readings(self, t: float) -> dict[str, Resolved]:
        """Only what moves, at a time."""
        return {name: value(t) for name, value in self._moving.items()}


def _resolved(each: Input, value: Value, palette: Sequence[str]) -> Resolved:
    if each.kind == "color":
        return parse_color(str(value), palette)
    if each.kind == "number":
        return _within(each, float(value))  # type: ignore[arg-type]  # checked by check_props
    return value  # type: ignore[return-value]  # as above


def _within(each: Input, value: float) -> float:
    # Angles go round: a turn that follows the music may go on for ever.
    held = value if each.unit == "degrees" else min(each.high, max(each.low, value))
    return float(round(held)) if each.whole else held


def _driven(each: Input, drive: Drive, features: Features, shelf: Shelf) -> Callable[[float], Resolved]:
    key = ("drive", drive.feature, drive.stem, drive.smooth, drive.delay, drive.invert, drive.cumulative)
    if key not in shelf:
        shelf[key] = Driver(
            features,
            drive.feature,
            stem=drive.stem,
            smooth_seconds=drive.smooth,
            delay_seconds=drive.delay,
            invert=drive.invert,
            cumulative=drive.cumulative,
        )
    driver: Driver = shelf[key]
    span = drive.high - drive.low
    return lambda t: _within(each, drive.low + span * driver.at(t))


def _keyed(each: Input, keyframes: Keyframes, palette: Sequence[str]) -> Callable[[float], Resolved]:
    keys = keyframes.keys
    times = [key.at for key in keys]
    if each.kind == "color":
        colors = [parse_color(str(key.value), palette) for key in keys]
        return lambda t: mix(*_between(times, colors, t), _share(times, keys, t))
    numbers = [float(key.value) for key in keys]

    def value(t: float) -> float:
        early, late = _between(times, numbers, t)
        return _within(each, early + (late - early) * _share(times, keys, t))

    return value


def _between(times: list[float], values: list[T], t: float) -> tuple[T, T]:
    at = bisect.bisect_right(times, t)
    return values[max(0, at - 1)], values[min(at, len(values) - 1)]


def _share(times: list[float], keys: Sequence[Keyframe], t: float) -> float:
    at = bisect.bisect_right(times, t)
    if at == 0 or at == len(times):
        return 0.0
    early, late = times[at - 1], times[at]
    return ease(keys[at - 1].ease, (t - early) / (late - early))
