"""A video project: a canvas, layers in order from back to front, effects over all, and the media they use.

Places are fractions of the canvas' width and height (0.5, 0.5 is the middle), sizes fractions of its shorter side,
angles degrees clockwise, times seconds of the song. So a project keeps its look on a canvas of another ratio.

What a layer or effect can be is not said here but in the tables of `shared.scene.kinds`: each names its inputs with
ranges and defaults; `props` holds those that differ from the defaults. A value is a constant, keyframes or a drive.
A colour is `#rrggbb` or `#rrggbbaa`, or `$0` to `$7`: a place in the palette.

Saved as JSON. New fields have defaults and types never change, so that old files open; a newer version is refused.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from shared.errors import MessageError

__all__ = [
    "EASINGS",
    "FRAME_RATES",
    "MOST_SIDE",
    "PROJECT_VERSION",
    "Canvas",
    "Drive",
    "Easing",
    "Effect",
    "Keyframe",
    "Keyframes",
    "Layer",
    "Medium",
    "Project",
    "Transition",
    "Value",
    "decode_project",
    "encode_project",
]

PROJECT_VERSION: Final = 1
FRAME_RATES: Final = (24, 25, 30, 50, 60)
#: Pixels of the longest side of a canvas or a film: 8K.
MOST_SIDE: Final = 7680
Easing = Literal["linear", "in", "out", "in-out", "back", "bounce", "elastic", "hold"]
Coming = Literal["none", "fade", "slide-up", "slide-down", "slide-left", "slide-right", "zoom", "spin", "wipe"]
EASINGS: Final[tuple[str, ...]] = ("linear", "in", "out", "in-out", "back", "bounce", "elastic", "hold")

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Words = Annotated[str, msgspec.Meta(max_length=500)]
_Seconds = Annotated[float, msgspec.Meta(ge=-36_000, le=360_000)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """Base of every document here."""


class Keyframe(_Data, frozen=True):
    """A value at a time, and how the way to the next keyframe is gone."""

    at: _Seconds
    value: float | str
    ease: Easing = "in-out"


class Keyframes(_Data, frozen=True, tag="keys"):
    """Values over time, ascending; before the first and after the last they hold. Numbers and colours only."""

    keys: Annotated[tuple[Keyframe, ...], msgspec.Meta(min_length=1, max_length=5000)]


class Drive(_Data, frozen=True, tag="drive"):
    """A number that follows the music: `low` where the feature is 0, `high` where it is 1.

    feature: a name of `shared.spectrum.features.SCALARS`. stem: of that stem's features, where they were made; else of
    the song's. smooth: seconds of attack and release. delay: seconds after the music (below 0: before). invert: 1 - the
    feature. cumulative: the feature's integral in seconds takes its place, for turning and travelling.
    """

    feature: _Name
    low: float = 0.0
    high: float = 1.0
    stem: str | None = None
    smooth: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.0
    delay: Annotated[float, msgspec.Meta(ge=-10, le=10)] = 0.0
    invert: bool = False
    cumulative: bool = False


Value = float | str | bool | Keyframes | Drive


class Effect(_Data, frozen=True):
    """What changes the look of a layer, or of the whole picture: a kind of the effects' table with its inputs."""

    kind: _Name
    props: dict[str, Value] = {}
    enabled: bool = True


class Transition(_Data, frozen=True):
    """How a layer comes or goes. seconds: its length; snap: the time range's end is moved to the nearest of these."""

    kind: Coming = "fade"
    seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.5
    snap: Literal["none", "beat", "bar", "section"] = "none"


class Layer(_Data, frozen=True):
    """One layer: a kind of the layers' table with its inputs, a range of time, and effects in order."""

    id: _Name
    kind: _Name
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    props: dict[str, Value] = {}
    effects: Annotated[tuple[Effect, ...], msgspec.Meta(max_length=32)] = ()
    visible: bool = True
    locked: bool = False
    start: _Seconds | None = None
    end: _Seconds | None = None
    enter: Transition | None = None
    leave: Transition | None = None


class Medium(_Data, frozen=True):
    """A file that the project uses. sha256: of its bytes, hexadecimal; role "cover": palettes and tags take it."""

    id: _Name
    kind: Literal["image", "video", "font"]
    name: Annotated[str, msgspec.Meta(max_length=300)] = ""
    sha256: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")] = ""
    role: Literal["", "cover", "logo", "background"] = ""


class Canvas(_Data, frozen=True):
    """Pixels and frames per second of the finished film."""

    width: Annotated[int, msgspec.Meta(ge=16, le=MOST_SIDE)] = 1920
    height: Annotated[int, msgspec.Meta(ge=16, le=MOST_SIDE)] = 1080
    fps: Literal[24, 25, 30, 50, 60] = 60


class Project(_Data, frozen=True):
    """A whole project. safe_flashes: keep flashes within what is safe for people with photosensitive epilepsy."""

    version: int = PROJECT_VERSION
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    title: _Words = ""
    artist: _Words = ""
    canvas: Canvas = Canvas()
    palette: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=8)] = (
        "#0b0a12", "#ff4588", "#45ccff", "#ffd166", "#ffffff",
    )  # fmt: skip
    layers: Annotated[tuple[Layer, ...], msgspec.Meta(max_length=200)] = ()
    effects: Annotated[tuple[Effect, ...], msgspec.Meta(max_length=32)] = ()
    media: Annotated[tuple[Medium, ...], msgspec.Meta(max_length=200)] = ()
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 1
    safe_flashes: bool = True
    template: str = ""


class _Version(msgspec.Struct):
    """Only the version, whatever else is there."""

    version: Any = PROJECT_VERSION


_VERSION: Final = msgspec.json.Decoder(_Version)
_PROJECT: Final = msgspec.json.Decoder(Project)


def decode_project(text: str | bytes) -> Project:
    """A project from JSON; raises `MessageError` with what was expected, what came and where.

    >>> decode_project('{"layers": [{"id": "a", "kind": "bars", "props": {"count": 64}}]}').layers[0].kind
    'bars'
    >>> decode_project("[]")
    Traceback (most recent call last):
    shared.errors.MessageError: This is no Keylight project, or it is damaged: Expected `object`, got `array`
    """
    try:
        version = _VERSION.decode(text).version
        if isinstance(version, int) and version > PROJECT_VERSION:
            raise MessageError(
                f"This project was made by a newer Keylight (version {version}, this one reads up to"
                + f" {PROJECT_VERSION}): update Keylight to open it."
            )
        project = _PROJECT.decode(text)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise MessageError(f"This is no Keylight project, or it is damaged: {error}") from error
    ids = [layer.id for layer in project.layers]
    if len(set(ids)) < len(ids):
        double = next(one for one in ids if ids.count(one) > 1)
        raise MessageError(f"This project is damaged: two of its layers have the id {double!r}.")
    return project


def encode_project(project: Project) -> bytes:
    """JSON with an indent, the version always in it.

    >>> b'"version": 1' in encode_project(Project())
    True
    """
    fields = {"version": project.version, **msgspec.to_builtins(project)}
    return msgspec.json.format(msgspec.json.encode(fields), indent=1)
