"""A project on a canvas of another ratio, laid out anew.

Places are fractions of the sides and sizes of the shorter one, so that much of a project fits by itself. What does not,
by what a layer is on its canvas:

backdrop  covers it: stays.
band      goes from side to side, or from top to bottom: still does, and keeps the edge that it stands on.
body      all else: one group that keeps its arrangement, made to fit into what is free of the canvas. Where what was
          side by side has no room any more, the two sides are stacked, pictures first, words centred below them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from shared.errors import KeylightError
from shared.scene.facts import PlainFacts
from shared.scene.inputs import Input
from shared.scene.kinds import layer_kind
from shared.scene.scene import Scene
from shared.schema.project import MOST_SIDE, Canvas, Drive, Effect, Keyframes, Layer, Project, Value
from shared.spectrum.features import silent_features

__all__ = ["relayout"]

#: Free of buttons on a tall canvas: TikTok, Reels and Shorts cover 220 and 420 of 1920 pixels at top and bottom.
_TALL_FREE: Final = (0.12, 0.80)
_FREE: Final = (0.05, 0.95)
_TALL: Final = 1.5  # height over width
_SIDE: Final = 0.06  # free at the left and right, of the width
#: A layer this share of a side long goes from edge to edge.
_WHOLE: Final = 0.88
_MOST_GROWN: Final = 1.3
_MOST_SPREAD: Final = 1.2
#: Between stacked groups, of the shorter side.
_GAP: Final = 0.07
#: Bands from this share of the height on need room of their own, unless less than that would be left.
_THICK: Final = 0.1
_LEAST_FREE: Final = 0.1
_GROUNDED: Final = ("bars", "mirror_bars", "spectrum_line")


@dataclass(frozen=True)
class _Placed:
    """A layer and its box on its canvas in pixels: middle, width and height as they appear."""

    layer: Layer
    x: float
    y: float
    width: float
    height: float
    upright: bool

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


def relayout(project: Project, width: int, height: int) -> Project:
    """The project with a canvas of `width` x `height` pixels. Raises `KeylightError` for sides that no canvas can have.

    >>> relayout(Project(), 1080, 1920).canvas.height
    1920
    """
    try:
        canvas = msgspec.convert({"width": width, "height": height, "fps": project.canvas.fps}, Canvas)
    except msgspec.ValidationError as error:
        raise KeylightError(f"Expected sides of 16 to {MOST_SIDE} pixels, got {width} x {height}.") from error
    was = project.canvas
    if math.isclose(width / height, was.width / was.height, rel_tol=0.02):
        return msgspec.structs.replace(project, canvas=canvas)
    turned = (width / height) / (was.width / was.height)
    return msgspec.structs.replace(
        project,
        canvas=canvas,
        layers=_Move(was, canvas).layers(_boxes(project)),
        effects=tuple(_boxed(effect, turned) for effect in project.effects),
    )


def _boxed(effect: Effect, turned: float) -> Effect:
    """A letterbox cuts off as much of a canvas as it did."""
    ratio = effect.props.get("ratio", 2.39)
    if effect.kind != "letterbox" or not isinstance(ratio, float):
        return effect
    return msgspec.structs.replace(effect, props={**effect.props, "ratio": min(4.0, max(0.5, ratio * turned))})


def _boxes(project: Project) -> list[_Placed]:
    """Where every layer lies while it is there, in silence."""
    shown = tuple(
        msgspec.structs.replace(layer, visible=True, start=None, end=None, enter=None, leave=None, effects=())
        for layer in project.layers
    )
    scene = Scene(msgspec.structs.replace(project, layers=shown, effects=()), silent_features(1.0), PlainFacts())
    placed = []
    for layer, box in zip(project.layers, scene.boxes(0.0), strict=True):
        wide, high = box.width * box.scale, box.height * box.scale
        lying = abs(math.cos(box.rotation)) >= abs(math.sin(box.rotation))
        placed.append(_Placed(layer, box.x, box.y, wide if lying else high, high if lying else wide, lying))
    return placed


class _Move:
    """From one canvas to another; a length of the old one times `unit` is one of the new one."""

    def __init__(self, was: Canvas, now: Canvas) -> None:
        self.was, self.now = was, now
        self.unit = min(now.width, now.height) / min(was.width, was.height)
        self.narrower = now.width / now.height < was.width / was.height
        low, high = _TALL_FREE if now.height >= _TALL * now.width else _FREE
        self.low, self.high = low * now.height, high * now.height

    def layers(self, placed: Sequence[_Placed]) -> tuple[Layer, ...]:
        body = [one for one in placed if self._sort(one) == "body"]
        self._keep_off([one for one in placed if self._sort(one) == "band" and one.upright], body)
        moved = {one.layer.id: one for one in self._body(body)} if body else {}
        out = []
        for one in placed:
            match self._sort(one):
                case "band":
                    out.append(self._band(one))
                case "body":
                    out.append(moved[one.layer.id].layer)
                case _:
                    out.append(one.layer)
        return tuple(out)

    def _sort(self, one: _Placed) -> str:
        across, down = one.width >= _WHOLE * self.was.width, one.height >= _WHOLE * self.was.height
        if (across and down) or layer_kind(one.layer.kind).group in ("Background", "Particles"):
            return "backdrop"
        long = one.height < 0.6 * one.width or _unit_of(one.layer, "width") == "x"
        is_text = layer_kind(one.layer.kind).group == "Text"
        return "band" if (across and one.upright and long and not is_text) or (down and not one.upright) else "body"

    def _keep_off(self, bands: Sequence[_Placed], body: Sequence[_Placed]) -> None:
        """Bands that lay above or below all of the body are not in its free part."""
        if not body:
            return
        top, bottom = min(one.top for one in body), max(one.bottom for one in body)
        thick = [one for one in bands if one.height >= _THICK * self.was.height]
        gap = _GAP / 2 * min(self.now.width, self.now.height)
        low, high = self.low, self.high
        for one in thick:
            half = one.height * self._down(one) / 2
            place = self._band(one).props.get("y", 0.5)
            if not isinstance(place, float):
                continue  # led by the music or keyframes
            middle = place * self.now.height
            if one.y > bottom:
                high = min(high, middle - half - gap)
            elif one.y < top:
                low = max(low, middle + half + gap)
        if high - low >= _LEAST_FREE * self.now.height:
            self.low, self.high = low, high

    # Bands.

    def _band(self, one: _Placed) -> Layer:
        if not one.upright:
            return self._standing(one)
        if _unit_of(one.layer, "height") == "y":
            return one.layer
        half = one.height * self.unit / 2 / self.now.height
        middle, bottom, top = (place / self.was.height for place in (one.y, one.bottom, one.top))
        grounded = one.layer.kind in _GROUNDED and one.layer.props.get("grow", "up") == "up"
        if grounded and not one.layer.props.get("mirrored", False):
            return _put(one.layer, y=bottom - half)
        if middle > 0.6 or middle < 0.4:
            return _put(one.layer, y=bottom - half if middle > 0.5 else top + half)
        return one.layer

    def _down(self, one: _Placed) -> float:
        """What a height of the old canvas is multiplied by."""
        return self.now.height / self.was.height if _unit_of(one.layer, "height") == "y" else self.unit

    def _standing(self, one: _Placed) -> Layer:
        """From top to bottom: as long as the new canvas is high, at the side where it was."""
        longer = self.was.width / self.was.height * self.now.height / self.now.width
        layer = _changed(one.layer, "x", lambda value: value * longer)
        if one.left <= 0.03 * self.was.width:
            return _put(layer, x=one.x * self.unit / self.now.width)
        if one.right >= 0.97 * self.was.width:
            return _put(layer, x=1 - (self.was.width - one.x) * self.unit / self.now.width)
        return layer

    # The body.

    def _body(self, body: list[_Placed]) -> list[_Placed]:
        left = [one for one in body if one.x < 0.42 * self.was.width]
        right = [one for one in body if one.x > 0.58 * self.was.width]
        if self.narrower and left and right and self._crowded(left, right):
            return self._stacked(body, left, right)
        return self._fitted(body)

    def _crowded(self, left: list[_Placed], right: list[_Placed]) -> bool:
        """Whether what was side by side would lie on one another at the same fractions, held within the edges."""
        squeeze, slack = self.now.width / self.was.width, 0.02 * self.now.width
        there = [
            replace(one, x=self._inside(one.x * squeeze, self._width(one, squeeze)), width=self._width(one, squeeze))
            for one in (*left, *right)
        ]
        return not all(
            one.right <= other.left + slack or min(one.bottom, other.bottom) <= max(one.top, other.top)
            for one in there[: len(left)]
            for other in there[len(left) :]
        )

    def _inside(self, x: float, width: float) -> float:
        """A middle in pixels from which so much does not reach over an edge."""
        free = max(0.0, self.now.width - width - _SIDE * self.now.width) / 2
        return min(max(x, self.now.width / 2 - free), self.now.width / 2 + free)

    def _width(self, one: _Placed, squeeze: float) -> float:
        """Of a layer whose width is a fraction of the canvas', or of its shorter side."""
        return one.width * (squeeze if _unit_of(one.layer, "width") == "x" else self.unit)

    def _fitted(self, body: list[_Placed]) -> list[_Placed]:
        """As one group in the free part."""
        top, bottom = min(one.top for one in body), max(one.bottom for one in body)
        sized = [one for one in body if _unit_of(one.layer, "width") != "x"]
        reach = max((2 * max(one.right - one.x, one.x - one.left) for one in sized), default=0.0) * self.unit
        free = self.high - self.low
        room = (1 - _SIDE) * self.now.width / reach if reach > 0 else _MOST_GROWN
        share = min(room, free / ((bottom - top) * self.unit), _MOST_GROWN)
        if not self.narrower:
            share = min(1.0, share)
        spread = min(_MOST_SPREAD, max(1.0, free / ((bottom - top) * self.unit * share)))
        middle = self._middle((top + bottom) / 2, (bottom - top) * self.unit * share * spread)
        return [self._moved(one, (top + bottom) / 2, middle, share, share * spread) for one in body]

    def _middle(self, was: float, height: float) -> float:
        """Where a group's middle lies: where it was, as far as it fits into the free part."""
        wanted = was / self.was.height * self.now.height
        return min(max(wanted, self.low + height / 2), max(self.low + height / 2, self.high - height / 2))

    def _moved(self, one: _Placed, around: float, middle: float, share: float, spread: float) -> _Placed:
        y = (middle + (one.y - around) * self.unit * spread) / self.now.height
        x = one.x / self.was.width
        wide = 1.0
        if not self.narrower:
            # As near to one another as they were.
            wide = min(1.0, self.was.width * self.unit * share / self.now.width * _MOST_SPREAD)
            x = 0.5 + (x - 0.5) * wide
        elif _unit_of(one.layer, "width") != "x":
            x = self._inside(x * self.now.width, one.width * self.unit * share) / self.now.width
        layer = _changed(_changed(one.layer, "size", lambda value: value * share), "x", lambda value: value * wide)
        return replace(one, layer=_put(layer, x=x, y=y))

    def _stacked(self, body: list[_Placed], left: list[_Placed], right: list[_Placed]) -> list[_Placed]:
        """The two sides one above the other, with what lay above and below both."""
        sides = sorted((left, right), key=lambda side: not any(_pictured(one) for one in side))
        row = [one for side in sides for one in side]
        middle = sum(one.y for one in row) / len(row)
        rest = [one for one in body if one not in row]
        groups = [[one for one in rest if one.y < middle], *sides, [one for one in rest if one.y >= middle]]
        groups = [group for group in groups if group]
        wants = [self._share(group) for group in groups]
        heights = [_height(group) * self.unit * want for group, want in zip(groups, wants, strict=True)]
        gap = _GAP * min(self.now.width, self.now.height)
        free = self.high - self.low - gap * (len(groups) - 1)
        share = min(1.0, free / sum(heights))
        at = (self.low + self.high - share * sum(heights) - gap * (len(groups) - 1)) / 2
        out = []
        for group, want, height in zip(groups, wants, heights, strict=True):
            centre = sum((min(one.top for one in group), max(one.bottom for one in group))) / 2
            centred = group[0] in row
            for one in group:
                moved = self._moved(one, centre, at + share * height / 2, want * share, want * share)
                out.append(_centred(moved) if centred else moved)
            at += share * height + gap
        return out

    def _share(self, group: list[_Placed]) -> float:
        """How much larger a group may become before it is too wide."""
        sized = [one.width * self.unit for one in group if _unit_of(one.layer, "width") != "x"]
        return min(_MOST_GROWN, (1 - 2 * _SIDE) * self.now.width / max(sized)) if sized else _MOST_GROWN


def _height(group: Sequence[_Placed]) -> float:
    return max(one.bottom for one in group) - min(one.top for one in group)


def _pictured(one: _Placed) -> bool:
    return layer_kind(one.layer.kind).group == "Picture"


def _centred(one: _Placed) -> _Placed:
    """In the middle, as wide as the canvas is free, words set from the middle."""
    layer = _put(one.layer, x=0.5)
    if _unit_of(layer, "width") == "x":
        layer = _changed(layer, "x", lambda value: 1 - 2 * _SIDE)
    if any(each.name == "align" for each in layer_kind(layer.kind).inputs):
        layer = msgspec.structs.replace(layer, props={**layer.props, "align": "center"})
    return replace(one, layer=layer)


def _unit_of(layer: Layer, name: str) -> str:
    return next((each.unit for each in layer_kind(layer.kind).inputs if each.name == name), "")


def _put(layer: Layer, **places: float) -> Layer:
    """At another place, unless the music or keyframes lead it."""
    fixed = {name: at for name, at in places.items() if not isinstance(layer.props.get(name), Drive | Keyframes)}
    return msgspec.structs.replace(layer, props={**layer.props, **fixed})


def _changed(layer: Layer, unit: str, change: Callable[[float], float]) -> Layer:
    """All of a kind's own numbers of a unit changed, whether constant, keyed or driven; within their ranges."""
    props = dict(layer.props)
    for each in layer_kind(layer.kind).inputs:
        if each.kind == "number" and each.unit == unit:
            props[each.name] = _mapped(props.get(each.name, each.default), change, each)
    return msgspec.structs.replace(layer, props=props)


def _mapped(value: Value, change: Callable[[float], float], each: Input) -> Value:
    def within(one: float | str) -> float:
        return min(each.high, max(each.low, change(float(one))))

    match value:
        case Drive():
            return msgspec.structs.replace(value, low=within(value.low), high=within(value.high))
        case Keyframes():
            return Keyframes(tuple(msgspec.structs.replace(key, value=within(key.value)) for key in value.keys))
        case _:
            return within(value)
