"""Motion: shaking, blows, drifting, turning and zooming, around the layer's or the picture's middle.

All are one transform; on a whole picture they may show its edges, so that each can make it a little larger. A whole
picture in motion is dear on a CPU (25 ms at 1080p), while it stands still it costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from shared.scene.brush import Brush
from shared.scene.frame import Frame
from shared.scene.inputs import Props, number, switch
from shared.scene.kind import Content, EffectKind
from shared.scene.music import felt, follow, travelled

__all__ = ["KINDS", "wander"]

#: Rates in hertz whose ratios are far from whole numbers: their sum comes back to where it was after minutes only.
_STILL: Final = 3e-4  # a third of a pixel at 1080p
_RATES: Final = (1.0, 1.618, 2.414)


def wander(t: float, lane: int) -> float:
    """A smooth path within -1 to 1 that passes its middle about once a second; each lane has its own."""
    shares = (0.5, 0.3, 0.2)
    return sum(
        share * math.sin(2 * math.pi * rate * t * 0.5 + 1.7 * lane * (at + 1) + at)
        for at, (share, rate) in enumerate(zip(shares, _RATES, strict=True))
    )


def _put(
    brush: Brush, frame: Frame, content: Content, *, dx: float = 0.0, dy: float = 0.0, scale: float = 1.0,
    turn: float = 0.0,
) -> None:  # fmt: skip
    """The content moved by canvas pixels, and scaled and turned (radians) around the middle.

    A whole picture is put together first and moved as one: moved, each of its parts would lose the quick ways that
    painters have for what lies pixel on pixel (70 ms at 1080p on a CPU, against 25).
    """
    x, y = frame.middle
    if abs(scale - 1) < _STILL and abs(turn) < _STILL and math.hypot(dx, dy) < _STILL * frame.unit:
        content()
        return
    if frame.whole:
        with brush.offscreen() as slot:
            content()
        a, b = scale * math.cos(turn), scale * math.sin(turn)
        brush.stamp(slot, matrix=(a, b, -b, a, x + dx - a * x + b * y, y + dy - b * x - a * y))
        return
    with brush.moved(x + dx, y + dy, scale=scale, rotation=turn), brush.moved(-x, -y):
        content()


def _room(frame: Frame, props: Props, much: float) -> float:
    """How much larger a whole picture must be so that its edges never come into view.

    Turned, its shorter side must still reach over the canvas' corners; moved, in both directions at once, too.
    """
    if not (frame.whole and props.switch("cover")):
        return 1.0
    turn = min(math.pi / 4, abs(math.radians(props.number("turn"))) * much)
    ratio = max(frame.width, frame.height) / frame.unit
    return math.cos(turn) + ratio * math.sin(turn) + 2 * math.sqrt(2) * props.number("amount") * much


def _shake(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    much = props.number("steady") + felt(frame, props.text("follow"), release=props.number("release"))
    far, fast = props.number("amount") * frame.unit * much, props.number("speed") * frame.t
    turn = math.radians(props.number("turn")) * much * wander(fast, 2)
    room = _room(frame, props, much)
    _put(brush, frame, content, dx=far * wander(fast, 0), dy=far * wander(fast, 1), scale=room, turn=turn)


def _punch(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    blow = felt(frame, props.text("follow"), release=props.number("release"))
    _put(brush, frame, content, scale=1 + props.number("amount") * blow)


def _drift(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    slow = frame.t * props.number("speed") / 4
    far = props.number("amount") * frame.unit
    turn = math.radians(props.number("turn")) * wander(slow, 5)
    room = _room(frame, props, 1)
    _put(brush, frame, content, scale=room, dx=far * wander(slow, 3), dy=far * wander(slow, 4), turn=turn)


def _spin(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    degrees = props.number("angle") + props.number("speed") * frame.t
    degrees += props.number("push") * travelled(frame, props.text("follow"))
    _put(brush, frame, content, turn=math.radians(math.fmod(degrees, 360)))


def _zoom(brush: Brush, frame: Frame, props: Props, content: Content) -> None:
    """Towards a point of the canvas, which stays where it is."""
    x, y = props.number("at_x") * frame.width, props.number("at_y") * frame.height
    breath = props.number("breath") * (0.5 - 0.5 * math.cos(2 * math.pi * frame.t / props.number("seconds")))
    _put(brush, replace(frame, middle=(x, y)), content, scale=props.number("zoom") * (1 + breath))


KINDS: Final = (
    EffectKind(
        name="shake",
        label="Shake",
        group="Motion",
        words="Shakes as a hand-held camera does, with the kick.",
        inputs=(
            number("amount", "Amount", 0.012, 0, 0.2, step=0.001, unit="size"),
            number("turn", "Turn", 0.6, 0, 20, step=0.1, unit="degrees"),
            number("speed", "Speed", 5, 0.1, 12, step=0.1, unit="ratio"),
            number("steady", "Without music", 0.15, 0, 1, unit="percent"),
            switch("cover", "Keep edges out of sight", True),
            follow("follow", "Follows", "kick"),
            number("release", "Fades in", 0.18, 0.03, 1, unit="seconds", group="Music"),
        ),
        apply=_shake,
    ),
    EffectKind(
        name="punch",
        label="Punch",
        group="Motion",
        words="Jumps towards you with the beat.",
        inputs=(
            number("amount", "Amount", 0.06, -0.5, 1, step=0.005, unit="percent"),
            follow("follow", "Follows", "kick"),
            number("release", "Fades in", 0.2, 0.03, 1, unit="seconds", group="Music"),
        ),
        apply=_punch,
    ),
    EffectKind(
        name="drift",
        label="Drift",
        group="Motion",
        words="Floats slowly to and fro.",
        inputs=(
            number("amount", "Amount", 0.02, 0, 0.3, step=0.001, unit="size"),
            number("turn", "Turn", 1, 0, 45, step=0.1, unit="degrees"),
            number("speed", "Speed", 1, 0.05, 5, step=0.05, unit="ratio"),
            switch("cover", "Keep edges out of sight", True),
        ),
        apply=_drift,
    ),
    EffectKind(
        name="spin",
        label="Spin",
        group="Motion",
        words="Turns, steadily or as the music goes.",
        inputs=(
            number("angle", "Angle", 0, -3600, 3600, step=1, unit="degrees"),
            number("speed", "Degrees per second", 10, -720, 720, step=1),
            follow("follow", "Pushed by", "none"),
            number("push", "Push", 90, -720, 720, step=1, words="Degrees per second at full.", group="Music"),
        ),
        apply=_spin,
    ),
    EffectKind(
        name="zoom",
        label="Zoom",
        group="Motion",
        words="Closer to a point, and slowly in and out.",
        inputs=(
            number("zoom", "Zoom", 1, 0.2, 6, step=0.01, unit="ratio"),
            number("at_x", "Point X", 0.5, 0, 1, unit="x"),
            number("at_y", "Point Y", 0.5, 0, 1, unit="y"),
            number("breath", "In and out", 0.06, 0, 1, unit="percent"),
            number("seconds", "Length", 24, 2, 240, step=1, unit="seconds"),
        ),
        apply=_zoom,
    ),
)
