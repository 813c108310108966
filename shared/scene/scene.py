"""A project with its song, ready to give the display list of any time.

What is drawn in every frame alike (backgrounds, and words over what moves) are `cached` lists, one for each run of
layers, which a painter plays once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from shared.errors import KeylightError
from shared.scene.brush import Brush, key_of
from shared.scene.colors import RGBA, parse_color
from shared.scene.coming import PRESENT, Presence, Stay, stay
from shared.scene.display_list import DisplayList
from shared.scene.facts import Facts
from shared.scene.frame import Frame, Rect, Shelf
from shared.scene.inputs import Input, Props, Resolved
from shared.scene.kind import Content, EffectKind, LayerKind
from shared.scene.kinds import effect_kind, layer_kind
from shared.scene.resources import Resources
from shared.scene.values import Values
from shared.schema.project import Effect, Layer, Project
from shared.spectrum.features import Features

__all__ = ["Box", "Scene"]

#: Runs of layers from the back on of which the still ones are cached: each takes the memory of a picture.
_MOST_CACHED: Final = 5
#: Who draws the effects on the whole picture: no layer, whose ids have 64 letters at most.
_PICTURE: Final = "picture" * 10


@dataclass(frozen=True)
class Box:
    """Where a layer lies in a frame: middle and size in canvas pixels before scaling, scale, and turn in radians."""

    layer: str
    x: float
    y: float
    width: float
    height: float
    scale: float
    rotation: float


@dataclass(frozen=True)
class _ReadyEffect:
    kind: EffectKind
    values: Values
    owner: str


@dataclass(frozen=True)
class _ReadyLayer:
    layer: Layer
    kind: LayerKind
    values: Values
    effects: tuple[_ReadyEffect, ...]
    stay: Stay

    @property
    def still(self) -> bool:
        """Whether it is the same in every frame, and can be painted apart from what lies below it."""
        steady = self.kind.static and self.values.constant and self.stay.endless
        apart = steady and self.values.at(0.0).text("blend") == "normal"
        return apart and all(each.kind.static and each.values.constant for each in self.effects)


class Scene:
    """Raises `KeylightError`, which says where, for a project whose kinds, inputs or colours are not right."""

    def __init__(self, project: Project, features: Features, facts: Facts) -> None:
        self.project, self.features, self.facts = project, features, facts
        self.resources = Resources()
        self._shelf: Shelf = {}
        self._out = DisplayList()
        self._brush = Brush(self._out)
        for color in project.palette:
            parse_color(color)
        self._background: RGBA = parse_color(project.palette[0])
        self._layers = [self._ready(layer) for layer in project.layers if layer.visible]
        self._effects = self._ready_effects(project.effects, _PICTURE, "the picture")
        self._runs = _runs(self._layers)

    def frame(self, t: float, *, transparent: bool = False) -> np.ndarray:
        """The display list of a time in seconds: float32 [n], good until the next call.

        transparent: without the background of the palette's first colour.
        """
        self._brush.begin()
        self._brush.clear((0.0, 0.0, 0.0, 0.0) if transparent else self._background)

        def layers(at: float | None = None) -> None:
            if self._effects and not transparent:
                # What changes the whole picture changes its background too.
                self._brush.fill(self._background)
                self._brush.paint_all()
            self._paint_layers(t if at is None else at)

        middle = (self.project.canvas.width / 2, self.project.canvas.height / 2)
        self._through(self._effects, t, layers, middle)()
        return self._out.view()

    def boxes(self, t: float) -> list[Box]:
        """Where the layers that are there lie, from back to front."""
        return [self._box(ready, t) for ready in self._layers if ready.stay.at(t) is not None]

    def readings(self, layer: str | None, t: float, *, effect: int | None = None) -> dict[str, Resolved]:
        """The values that move of a layer's inputs at a time, for showing how the music drives them.

        effect: of that effect in the layer's list instead, with the layer None of that in the picture's.
        """
        found = next((ready for ready in self._layers if ready.layer.id == layer), None)
        if effect is None:
            return {} if found is None else found.values.readings(t)
        effects = self._effects if layer is None else found.effects if found else ()
        owner = f"{_PICTURE if layer is None else layer}/{effect}"
        ready = next((each for each in effects if each.owner == owner), None)
        return {} if ready is None else ready.values.readings(t)

    # Making ready.

    def _ready(self, layer: Layer) -> _ReadyLayer:
        where = f"Layer {layer.name or layer.id!r}"
        try:
            kind = layer_kind(layer.kind)
            values = self._values(kind.all_inputs, layer, where)
        except KeylightError as error:
            raise KeylightError(str(error) if where in str(error) else f"{where}: {error}") from error
        effects = self._ready_effects(layer.effects, layer.id, where)
        return _ReadyLayer(layer, kind, values, effects, stay(layer, self.features))

    def _ready_effects(self, effects: Sequence[Effect], owner: str, where: str) -> tuple[_ReadyEffect, ...]:
        ready = []
        for at, effect in enumerate(effects):
            if not effect.enabled:
                continue
            try:
                kind = effect_kind(effect.kind)
            except KeylightError as error:
                raise KeylightError(f"{where}: {error}") from error
            values = self._values(kind.inputs, effect, f"{where}, effect {effect.kind!r}")
            ready.append(_ReadyEffect(kind, values, f"{owner}/{at}"))
        return tuple(ready)

    def _values(self, inputs: Sequence[Input], of: Layer | Effect, where: str) -> Values:
        return Values(
            inputs,
            of.props,
            palette=self.project.palette,
            features=self.features,
            shelf=self._shelf,
            where=where,
        )

    # Drawing.

    def _paint_layers(self, t: float) -> None:
        for at, run in enumerate(self._runs):
            if not run[0].still or at >= _MOST_CACHED:
                self._each(run, t)
                continue
            if ("still", at) not in self._shelf:
                written = self._written(lambda run=run: self._each(run, 0.0))  # type: ignore[misc]
                self._shelf["still", at] = (key_of(written), written)
            key, written = self._shelf["still", at]
            with self._out.nest("cached", key):
                self._out.append(written)

    def _written(self, draw: Callable[[], None]) -> np.ndarray:
        """What `draw` writes, without writing it here."""
        whole, self._brush.out = self._brush.out, DisplayList()
        draw()
        made = self._brush.out.copy()
        self._brush.out = whole
        return made

    def _each(self, layers: Sequence[_ReadyLayer], t: float) -> None:
        for ready in layers:
            presence = ready.stay.at(t)
            if presence is not None:
                self._paint(ready, presence, t)

    def _paint(self, ready: _ReadyLayer, presence: Presence, t: float) -> None:
        props = ready.values.at(t)
        opacity = props.number("opacity") * presence.opacity
        if opacity <= 0 or props.number("scale") * presence.scale <= 0:
            return
        middle = self._place(props, presence)[:2]
        steady = ready.values.constant and presence is PRESENT
        near = self._near(ready, props, presence, t) if ready.effects or opacity < 1 else None

        def content(at: float | None = None) -> None:
            then, now = (t, props) if at is None else (at, ready.values.at(at))
            frame = self._frame(then, ready.layer.id, middle=middle, steady=steady)
            x, y, scale, rotation = self._place(now, presence)
            with self._brush.moved(x, y, scale=scale, rotation=rotation):
                ready.kind.draw(self._brush, frame, now)

        whole = self._through(ready.effects, t, content, middle, near)
        if presence is not PRESENT and presence.wipe < 1:
            whole = self._wiped(whole, presence.wipe)
        blend = "normal" if ready.kind.own_blend and not ready.effects else props.text("blend")
        if opacity < 1 or blend != "normal":
            with self._brush.within(None if ready.effects else near), self._brush.layer(opacity, blend=blend):
                whole()
        else:
            whole()

    def _through(
        self,
        effects: Sequence[_ReadyEffect],
        t: float,
        content: Content,
        middle: tuple[float, float],
        near: Rect | None = None,
    ) -> Content:
        """The content with effects around it, the first one next to it; they turn and grow around `middle`.

        Only the first knows where the content lies: those before it may have moved it.
        """
        for at, ready in enumerate(effects):
            content = self._around(ready, t, content, middle, None if at else near)
        return content

    def _around(
        self, ready: _ReadyEffect, t: float, content: Content, middle: tuple[float, float], near: Rect | None
    ) -> Content:
        def changed(at: float | None = None) -> None:
            then = t if at is None else at
            whole = ready.owner.startswith(_PICTURE)
            frame = self._frame(then, ready.owner, middle=middle, steady=ready.values.constant, whole=whole)
            if at is None and near is not None:
                frame = replace(frame, near=near)

            def inner(other: float | None = None) -> None:
                content(at if other is None else other)

            ready.kind.apply(self._brush, frame, ready.values.at(then), inner)

        return changed

    def _wiped(self, content: Content, share: float) -> Content:
        def wiped(at: float | None = None) -> None:
            with self._brush.clipped(0, 0, share * self.project.canvas.width, self.project.canvas.height):
                content(at)

        return wiped

    def _frame(
        self,
        t: float,
        owner: str,
        *,
        middle: tuple[float, float] = (0.0, 0.0),
        steady: bool = False,
        whole: bool = False,
    ) -> Frame:
        known = (self.project, self.features, self.facts, self.resources, self._shelf)
        return Frame(t, *known, owner, middle, steady, whole)

    def _place(self, props: Props, presence: Presence) -> tuple[float, float, float, float]:
        canvas = self.project.canvas
        return (
            (props.number("x") + presence.dx) * canvas.width,
            (props.number("y") + presence.dy) * canvas.height,
            props.number("scale") * presence.scale,
            math.radians(props.number("rotation") + presence.turn),
        )

    def _near(self, ready: _ReadyLayer, props: Props, presence: Presence, t: float) -> Rect | None:
        """Around a layer, with room for shadows and blows that its kind's extent leaves out; None: the whole canvas."""
        canvas = self.project.canvas
        wide, tall = ready.kind.extent(self._frame(t, ready.layer.id), props)
        if wide >= canvas.width and tall >= canvas.height:
            # What fills the canvas may go on beyond it, and come into view where the layer is made smaller.
            return None
        x, y, scale, rotation = self._place(props, presence)
        cos, sin = abs(math.cos(rotation)), abs(math.sin(rotation))
        across, down = scale * (cos * wide + sin * tall) / 2, scale * (sin * wide + cos * tall) / 2
        room = 0.06 * min(canvas.width, canvas.height)
        across, down = 1.4 * across + room, 1.4 * down + room
        left, top = math.floor(x - across), math.floor(y - down)
        right, bottom = math.ceil(x + across), math.ceil(y + down)
        if left <= 0 and top <= 0 and right >= canvas.width and bottom >= canvas.height:
            return None
        return left, top, right - left, bottom - top

    def _box(self, ready: _ReadyLayer, t: float) -> Box:
        props = ready.values.at(t)
        width, height = ready.kind.extent(self._frame(t, ready.layer.id), props)
        x, y, scale, rotation = self._place(props, ready.stay.at(t) or PRESENT)
        return Box(ready.layer.id, x, y, width, height, scale, rotation)


def _runs(layers: Sequence[_ReadyLayer]) -> list[list[_ReadyLayer]]:
    """Layers in order, parted where what moves begins or ends."""
    return [list(run) for _, run in itertools.groupby(layers, key=lambda ready: ready.still)]
