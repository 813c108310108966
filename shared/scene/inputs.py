"""The inputs that kinds of layers and effects have: names, ranges, defaults; and the values they have in a frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from shared.errors import KeylightError
from shared.scene.colors import RGBA
from shared.schema.project import Drive, Keyframes, Value

__all__ = [
    "UNITS",
    "Input",
    "Props",
    "Resolved",
    "check_props",
    "choice",
    "color",
    "medium",
    "number",
    "switch",
    "text",
]

InputKind = Literal["number", "color", "choice", "switch", "text", "image", "video", "font"]
#: What a number means, which is also how it is shown. "size" is a fraction of the canvas' shorter side.
UNITS: Final = ("", "x", "y", "size", "ratio", "percent", "degrees", "seconds", "hertz", "count", "beats")
#: A value in a frame: numbers, colours, and what cannot change over time.
Resolved = float | RGBA | str | bool


@dataclass(frozen=True)
class Input:
    """One input. low, high, step: of numbers; values outside are clamped. whole: rounded. words: help, one sentence."""

    name: str
    label: str
    kind: InputKind
    default: Value
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    unit: str = ""
    whole: bool = False
    choices: tuple[str, ...] = ()
    words: str = ""
    group: str = ""

    @property
    def moves(self) -> bool:
        """Whether it may have keyframes; numbers may be driven too."""
        return self.kind in ("number", "color")


def number(
    name: str,
    label: str,
    default: float,
    low: float,
    high: float,
    *,
    step: float | None = None,
    unit: str = "",
    whole: bool = False,
    words: str = "",
    group: str = "",
) -> Input:
    """A number with its range."""
    assert low <= default <= high, name
    assert unit in UNITS, name
    fine = step if step is not None else (1.0 if whole else (high - low) / 200)
    return Input(name, label, "number", float(default), low, high, fine, unit, whole, words=words, group=group)


def color(name: str, label: str, default: str, *, words: str = "", group: str = "") -> Input:
    """A colour, by default mostly a place of the palette."""
    return Input(name, label, "color", default, words=words, group=group)


def choice(name: str, label: str, default: str, choices: tuple[str, ...], *, words: str = "", group: str = "") -> Input:
    """One of some words."""
    assert default in choices, name
    return Input(name, label, "choice", default, choices=choices, words=words, group=group)


def switch(name: str, label: str, default: bool, *, words: str = "", group: str = "") -> Input:
    """On or off."""
    return Input(name, label, "switch", default, words=words, group=group)


def text(name: str, label: str, default: str, *, words: str = "", group: str = "") -> Input:
    """Words; `{title}` and `{artist}` stand for the project's."""
    return Input(name, label, "text", default, words=words, group=group)


def medium(
    name: str,
    label: str,
    kind: Literal["image", "video", "font"],
    default: str = "",
    *,
    words: str = "",
    group: str = "",
) -> Input:
    """A medium of the project by its id; of fonts also the name of a bundled family. "cover" is the song's picture."""
    return Input(name, label, kind, default, words=words, group=group)


class Props:
    """The values of all inputs of one layer or effect in one frame, by type."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Resolved]) -> None:
        self._values = values

    def number(self, name: str) -> float:
        """A number, within its range."""
        return self._values[name]  # type: ignore[return-value]  # resolved by the input's kind

    def count(self, name: str) -> int:
        """A whole number."""
        return int(self._values[name])  # type: ignore[arg-type]  # as above

    def color(self, name: str) -> RGBA:
        """A colour, RGBA 0-1."""
        return self._values[name]  # type: ignore[return-value]  # as above

    def text(self, name: str) -> str:
        """Words, a choice, or the id of a medium."""
        return self._values[name]  # type: ignore[return-value]  # as above

    def switch(self, name: str) -> bool:
        """On or off."""
        return self._values[name]  # type: ignore[return-value]  # as above


def check_props(inputs: Iterable[Input], props: Mapping[str, Value], *, where: str) -> None:
    """Raise `KeylightError` for a name that no input has, or a value of the wrong kind; says where."""
    known = {each.name: each for each in inputs}
    for name, value in props.items():
        if name not in known:
            near = ", ".join(sorted(known))
            raise KeylightError(f"{where} has no input {name!r}: expected one of {near}.")
        _check(known[name], value, where)


def _check(each: Input, value: Value, where: str) -> None:
    what = f"{where}, input {each.name!r}"
    if isinstance(value, Drive | Keyframes):
        if not each.moves or (isinstance(value, Drive) and each.kind != "number"):
            raise KeylightError(f"{what} cannot follow keyframes or the music: expected a constant {each.kind}.")
        wanted: type = float if each.kind == "number" else str
        if isinstance(value, Keyframes) and any(not _is(key.value, wanted) for key in value.keys):
            raise KeylightError(f"{what} has a keyframe that is no {each.kind}.")
        if isinstance(value, Keyframes) and any(
            late.at < early.at for early, late in zip(value.keys, value.keys[1:], strict=False)
        ):
            raise KeylightError(f"{what} has keyframes that go back in time.")
        return
    wanted = {"number": float, "switch": bool}.get(each.kind, str)
    if not _is(value, wanted):
        raise KeylightError(f"{what}: expected a {each.kind}, got {value!r}.")
    if each.kind == "choice" and value not in each.choices:
        raise KeylightError(f"{what}: expected one of {', '.join(each.choices)}, got {value!r}.")


def _is(value: object, wanted: type) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, wanted)
