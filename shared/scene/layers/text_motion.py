"""Moving text: letters or words that come one after another and sway with the music; a marquee; a clock.

What moves is drawn anew in every frame, and letters cost by their area: a line as high as a fifth of the picture takes
10 ms at 1080p on a CPU, once more for a shadow and for an outline. What has come and stands still is kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import msgspec

from shared.scene.brush import Brush
from shared.scene.colors import with_alpha
from shared.scene.easing import ease
from shared.scene.frame import Frame
from shared.scene.inputs import Props, choice, color, number, text
from shared.scene.kind import LayerKind
from shared.scene.layers.still import still
from shared.scene.layers.text import MOST_LETTERS, draw_words, fitted_spec, font_inputs, spec_of
from shared.scene.layers.text_pieces import Piece, pieces_of
from shared.scene.music import felt, follow
from shared.scene.resources import TextSpec

__all__ = ["KINDS", "clock_words"]

_TAU: Final = 2 * math.pi
_COMINGS: Final = ("fade", "rise", "drop", "pop", "slide", "zoom", "turn", "spread", "typewriter", "none")


@dataclass
class _Look:
    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    turn: float = 0.0
    alpha: float = 1.0


def _look(kind: str, share: float, size: float, x: float) -> _Look:
    """share: how much of the piece is there, 0-1; x: of its place, for what spreads from the middle."""
    there = ease("out", share)
    away = 1 - there
    match kind:
        case "none" | "typewriter":
            return _Look(alpha=1.0 if share > 0 else 0.0)
        case "rise":
            return _Look(dy=0.9 * size * away, alpha=there)
        case "drop":
            return _Look(dy=-1.2 * size * (1 - ease("bounce", share)), alpha=min(1.0, 3 * share))
        case "pop":
            return _Look(scale=max(0.0, ease("back", share)), alpha=min(1.0, 3 * share))
        case "slide":
            return _Look(dx=-1.6 * size * away, alpha=there)
        case "zoom":
            return _Look(scale=1 + 1.5 * away, alpha=there)
        case "turn":
            return _Look(turn=-1.2 * away, scale=0.4 + 0.6 * there, alpha=there)
        case "spread":
            return _Look(dx=-0.35 * x * away, alpha=there)
        case _:
            return _Look(alpha=share)


def _moving(brush: Brush, frame: Frame, props: Props) -> None:
    blow = felt(frame, props.text("follow"))
    with brush.moved(scale=1 + props.number("jump") * blow):
        _pieces(brush, frame, props, blow)


def _pieces(brush: Brush, frame: Frame, props: Props, blow: float) -> None:
    spec = _moving_spec(frame, props)
    pieces = pieces_of(frame, spec, props.text("cut"))
    since = _since(frame, props)
    kind = props.text("coming")
    shares = [_there(props, since, at, len(pieces)) for at in range(len(pieces))]
    shown = sum(share > 0 for share in shares)
    if shares and min(shares) >= 1 and props.number("wave") == 0:
        # All have come: the whole is one picture, where its pieces were many, and if it stands still it is kept.
        with still(brush, frame):
            draw_words(brush, frame, props, spec)
        shares = []
    for at, (piece, share) in enumerate(zip(pieces, shares, strict=False)):
        if share <= 0:
            continue
        look = _look(kind, share, spec.size, piece.x)
        wave = math.sin(_TAU * (props.number("wave_speed") * frame.t - 0.09 * at))
        look.dy += props.number("wave") * spec.size * wave * (0.35 + 0.65 * blow)
        _put(brush, frame, props, piece, look)
    if kind == "typewriter" and pieces and since >= 0:
        _cursor(brush, frame, props, pieces, shown, spec)


def _since(frame: Frame, props: Props) -> float:
    """Seconds since it last began to come."""
    since, every = frame.t - props.number("at"), props.number("every")
    return math.fmod(since, every) if every > 0 and since > 0 else since


def _there(props: Props, since: float, at: int, count: int) -> float:
    """How much of a piece is there. All have come within the time that is allowed for it, whatever their number."""
    lasts, each = props.number("lasts"), props.number("each")
    each = min(each, props.number("within") / max(1, count))
    share = 1.0 if props.text("coming") == "none" else (since - at * each) / max(1e-3, lasts)
    stays = props.number("stays")
    if stays > 0 and since > stays:
        share = min(share, 1 - (since - stays - at * each) / max(1e-3, lasts))
    return min(1.0, max(0.0, share))


def _put(brush: Brush, frame: Frame, props: Props, piece: Piece, look: _Look) -> None:
    if look.alpha <= 0 or look.scale <= 0.01:
        return
    x, y = piece.x + look.dx, piece.y + look.dy
    shadow, outline = props.number("shadow") * frame.unit, props.number("outline") * frame.unit
    if shadow > 0:
        soft = frame.resources.add(msgspec.structs.replace(piece.spec, blur=max(0.25, round(shadow * 4) / 4)))
        tint = with_alpha(props.color("shadow_color"), look.alpha)
        brush.text(soft, x, y + shadow / 2, tint, scale=look.scale, rotation=look.turn)
    if outline > 0:
        edge = frame.resources.add(msgspec.structs.replace(piece.spec, stroke=max(0.25, round(outline * 8) / 4)))
        tint = with_alpha(props.color("outline_color"), look.alpha)
        brush.text(edge, x, y, tint, scale=look.scale, rotation=look.turn)
    tint = with_alpha(props.color("color"), look.alpha)
    brush.text(frame.resources.add(piece.spec), x, y, tint, scale=look.scale, rotation=look.turn)


def _cursor(
    brush: Brush, frame: Frame, props: Props, pieces: tuple[Piece, ...], shown: int, spec: TextSpec
) -> None:  # fmt: skip
    if shown == len(pieces) and math.fmod(frame.t, 1.0) > 0.5:
        return
    last = pieces[max(0, shown - 1)]
    x = last.x + last.width / 2 if shown else last.x - last.width / 2
    brush.fill(props.color("color"))
    brush.rect(x + 0.06 * spec.size, last.y - 0.42 * spec.size, 0.09 * spec.size, 0.84 * spec.size)


def _moving_spec(frame: Frame, props: Props) -> TextSpec:
    words = frame.words(props.text("text"))
    spec = spec_of(frame, props, words, width=round(props.number("width") * frame.width))
    spec = msgspec.structs.replace(spec, size=max(1.0, round(spec.size * 2) / 2), spacing=round(spec.spacing, 3))
    return fitted_spec(frame, spec, props.count("lines"))


def _moving_extent(frame: Frame, props: Props) -> tuple[float, float]:
    spec = _moving_spec(frame, props)
    return spec.width, frame.facts.measure(spec).height


def _marquee(brush: Brush, frame: Frame, props: Props) -> None:
    """Words in a line that passes without an end; what is out of sight is not drawn."""
    words = " ".join(frame.words(props.text("text")).split())[:MOST_LETTERS]
    if not words:
        return
    spec = spec_of(frame, props, words + props.text("between"), width=1e5)
    spec = msgspec.structs.replace(spec, size=max(1.0, round(spec.size * 2) / 2), align="left")
    parts = pieces_of(frame, spec, "words") if len(words) > 60 else pieces_of(frame, spec, "lines")
    start = min(part.x - part.width / 2 for part in parts)
    gap = props.number("gap") * spec.size
    period = max(part.x + part.width / 2 for part in parts) - start + gap
    width = props.number("width") * frame.width
    gone = math.fmod(frame.t * props.number("speed") * frame.unit, period)
    first = -width / 2 - gone - (period if gone < 0 else 0.0)
    high = 2 * spec.size
    band = props.number("band") * frame.unit
    if band > 0:
        brush.fill(props.color("band_color"))
        brush.rect(-width / 2, -band / 2, width, band)
    with brush.clipped(-width / 2, -high, width, 2 * high):
        while first < width / 2:
            for part in parts:
                x = first + part.x - start
                if abs(x) - part.width / 2 - spec.size < width / 2:
                    draw_words(brush, frame, props, part.spec, x=x)
            first += period


def _marquee_extent(frame: Frame, props: Props) -> tuple[float, float]:
    tall = max(1.3 * props.number("size"), props.number("band"))
    return props.number("width") * frame.width, tall * frame.unit


def clock_words(t: float, seconds: float, show: str) -> str:
    """What a clock says.

    >>> clock_words(65.2, 200.0, "elapsed"), clock_words(65.2, 200.0, "remaining"), clock_words(65.2, 200.0, "both")
    ('1:05', '-2:15', '1:05 / 3:20')
    """
    here = min(max(0.0, t), seconds)

    def said(value: int) -> str:
        hours, rest = divmod(value, 3600)
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"

    gone, whole = int(here + 1e-6), int(seconds + 1e-6)
    if show == "remaining":
        return f"-{said(math.ceil(seconds - here - 1e-6))}"
    return said(gone) if show == "elapsed" else f"{said(gone)} / {said(whole)}"


def _clock(brush: Brush, frame: Frame, props: Props) -> None:
    """Every digit in a place as wide as the widest: eleven pictures in all, and nothing jumps."""
    words = clock_words(frame.t, frame.features.seconds, props.text("show"))
    spec = spec_of(frame, props, words, width=1e5)
    digits = {sign: pieces_of(frame, msgspec.structs.replace(spec, text=sign), "lines")[0] for sign in "0123456789:/-"}
    widest = max(digits[sign].width for sign in "0123456789")
    steps = [0.3 * widest if sign == " " else widest if sign.isdecimal() else digits[sign].width for sign in words]
    spaced = spec.spacing * spec.size
    whole = sum(steps) + spaced * (len(words) - 1)
    x = {"left": 0.0, "right": -whole}.get(props.text("align"), -whole / 2)
    for sign, step in zip(words, steps, strict=True):
        if sign != " ":
            draw_words(brush, frame, props, digits[sign].spec, x=x + step / 2)
        x += step + spaced


def _clock_extent(frame: Frame, props: Props) -> tuple[float, float]:
    size = props.number("size") * frame.unit
    return size * (6 if props.text("show") == "both" else 2.6), 1.2 * size


KINDS: Final = (
    LayerKind(
        name="moving-text", label="Moving text", group="Text",
        words="Letters or words that come one by one and sway with the music.",
        inputs=(
            text("text", "Text", "{title}"),
            *font_inputs(),
            number("width", "Box width", 0.8, 0.02, 2, unit="x"),
            number("lines", "Most lines", 2, 1, 50, whole=True, unit="count"),
            choice("cut", "One by one", "letters", ("letters", "words", "lines"), group="Motion"),
            choice("coming", "How they come", "rise", _COMINGS, group="Motion"),
            number("at", "Begins at", 0.3, -60, 36_000, step=0.1, unit="seconds", group="Motion"),
            number("each", "One after another", 0.05, 0, 2, unit="seconds", group="Motion"),
            number("within", "All within", 3, 0.1, 60, step=0.1, unit="seconds", group="Motion"),
            number("lasts", "Each lasts", 0.5, 0.02, 5, unit="seconds", group="Motion"),
            number("stays", "Goes after", 0, 0, 36_000, step=0.5, unit="seconds", words="0: it stays.", group="Motion"),
            number("every", "Again every", 0, 0, 3600, step=0.5, unit="seconds", words="0: once.", group="Motion"),
            number("wave", "Wave", 0, 0, 1, unit="ratio", group="Music"),
            number("wave_speed", "Wave speed", 0.6, -4, 4, unit="ratio", group="Music"),
            number("jump", "Jump", 0, 0, 1, step=0.005, unit="percent", group="Music"),
            follow("follow", "Follows", "kick"),
        ),
        draw=_moving, extent=_moving_extent,
    ),
    LayerKind(
        name="marquee", label="Marquee", group="Text", words="A line of words that passes without an end.",
        inputs=(
            text("text", "Text", "{artist} – {title}"),
            text("between", "Between", "  •"),
            *font_inputs(size=0.06, capitals=True, shadow=0.0),
            number("width", "Width", 1, 0.05, 2, unit="x"),
            number("gap", "Gap", 0.6, 0, 20, unit="ratio"),
            number("speed", "Speed", 0.12, -2, 2, unit="size"),
            number("band", "Band", 0, 0, 1, step=0.005, unit="size", group="Plate"),
            color("band_color", "Band colour", "$0", group="Plate"),
        ),
        draw=_marquee, extent=_marquee_extent,
    ),
    LayerKind(
        name="clock", label="Time", group="Text", words="How much of the song is over, or left.",
        inputs=(
            choice("show", "Show", "both", ("elapsed", "remaining", "both")),
            *font_inputs(size=0.03, weight=400, shadow=0.0),
        ),
        draw=_clock, extent=_clock_extent,
    ),
)  # fmt: skip
