"""The protocol of the preview: what the video editor asks of the worker that paints, and what comes back.

The wire is that of `shared.schema.messages`: `{id, request, arrays}` and `{id, ok, value, arrays}`. What is asked sixty
times a second (the frame of a time) is no message but a call: see `web.py.preview`.

A song goes over in pieces: `OpenSong`, `FeedSong` once per block of decoded audio with one float32 array per channel
beside it, then `FinishSong` with the arrays beats and downbeats (float64, seconds); the answer `SongReady` has the
features as bytes beside it, so that they need not be computed again: `TakeSong` takes them back. Its stems may come
later in the same way: `OpenStems`, `FeedStems`, `FinishStems`.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from shared.errors import MessageError
from shared.schema.analysis import Section
from shared.schema.project import Project, Value
from shared.schema.video import Codec, Preset, RenderOptions, Sound

__all__ = [
    "ApplyTemplate",
    "BoxAt",
    "Boxes",
    "CodecWords",
    "FeedSong",
    "FeedStems",
    "FilmFitted",
    "FinishSong",
    "FinishStems",
    "FitFilm",
    "FlashTime",
    "FlashesFound",
    "GetBoxes",
    "GetPresets",
    "GetReadings",
    "GetTables",
    "HeldTime",
    "InputWords",
    "KindWords",
    "MakePalette",
    "MarkSong",
    "NamedPalette",
    "OpenSong",
    "OpenStems",
    "Palettes",
    "PresetWords",
    "Presets",
    "PreviewReply",
    "PreviewRequest",
    "ProjectShown",
    "ProjectTaken",
    "ReadProject",
    "Reading",
    "Readings",
    "Relayout",
    "SetProject",
    "SongFed",
    "SongReady",
    "Tables",
    "TakeSong",
    "TemplateWords",
    "decode_preview_request",
    "encode_preview_reply",
]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every message."""


class OpenSong(_Message, frozen=True, tag="openSong"):
    """Begin the song that the picture follows; one before it is forgotten."""

    sample_rate: int
    channels: int
    expected_seconds: float | None = None


class FeedSong(_Message, frozen=True, tag="feedSong"):
    """One block of audio; arrays: one float32 [samples] per channel."""


class FinishSong(_Message, frozen=True, tag="finishSong"):
    """No more audio; arrays: beats and downbeats (float64). Sections as in the song's analysis."""

    sections: tuple[Section, ...] = ()


class TakeSong(_Message, frozen=True, tag="takeSong"):
    """A song whose features were computed before; arrays: their bytes (uint8)."""


class MarkSong(_Message, frozen=True, tag="markSong"):
    """What the analysis knows now of a song that was heard; arrays: beats and downbeats (float64). As `FinishSong`."""

    sections: tuple[Section, ...] = ()


class OpenStems(_Message, frozen=True, tag="openStems"):
    """Begin the stems of the song that was heard, all of them at once; `FeedStems` names none."""

    names: tuple[str, ...]
    sample_rate: int


class FeedStems(_Message, frozen=True, tag="feedStems"):
    """One block of all stems; arrays: float32 [samples], left and right of each in the order of their names."""


class FinishStems(_Message, frozen=True, tag="finishStems"):
    """No more audio of stems: drives of stems follow them from now on."""


class GetTables(_Message, frozen=True, tag="getTables"):
    """Ask for all that can be chosen: kinds, templates, palettes, features."""


class ReadProject(_Message, frozen=True, tag="readProject"):
    """A project as text, from a file or kept by the page; the answer has it with every field."""

    text: str


class ApplyTemplate(_Message, frozen=True, tag="applyTemplate"):
    """A template's layers and effects; canvas, words and media stay those of `project`."""

    template: str
    project: Project


class Relayout(_Message, frozen=True, tag="relayout"):
    """The same project on a canvas of another ratio."""

    project: Project
    width: int
    height: int


class SetProject(_Message, frozen=True, tag="setProject"):
    """What is shown from now on."""

    project: Project


class GetBoxes(_Message, frozen=True, tag="getBoxes"):
    """Ask where the layers lie at a time."""

    t: float


class GetReadings(_Message, frozen=True, tag="getReadings"):
    """Ask for the values that move at a time: of a layer's inputs, or of one of its effects' (or the picture's).

    layer: None for the picture. effect: its place among the effects, None for the layer itself.
    """

    layer: str | None
    t: float
    effect: int | None = None


class MakePalette(_Message, frozen=True, tag="makePalette"):
    """Palettes from a picture of the project."""

    media: str


class GetPresets(_Message, frozen=True, tag="getPresets"):
    """Ask what films there are for a canvas of this size."""

    width: int
    height: int


class FitFilm(_Message, frozen=True, tag="fitFilm"):
    """Ask whether a film can be written so, and what of it comes out otherwise. width, height: the canvas."""

    options: RenderOptions
    width: int
    height: int
    song_seconds: float
    preset: str | None = None


class SongFed(_Message, frozen=True, tag="songFed"):
    """The block was taken; seconds of audio so far."""

    seconds: float


class SongReady(_Message, frozen=True, tag="songReady"):
    """The features are there; arrays of the answer to `FinishSong`, `MarkSong`, `FinishStems`: their bytes (uint8)."""

    seconds: float
    stems: tuple[str, ...] = ()


class InputWords(_Message, frozen=True):
    """One input of a kind, as `shared.scene.inputs.Input`. moves: may have keyframes; drives: may follow the music."""

    name: str
    label: str
    kind: str
    default: Value
    low: float
    high: float
    step: float
    unit: str
    whole: bool
    choices: tuple[str, ...]
    words: str
    group: str
    moves: bool
    drives: bool


class KindWords(_Message, frozen=True):
    """A kind of layer or effect. scope: "layer", "picture" or "both"; of layers always "picture"."""

    name: str
    label: str
    group: str
    words: str
    scope: str
    inputs: tuple[InputWords, ...]


class TemplateWords(_Message, frozen=True):
    """A template: its name, words to find it by, and what it is like."""

    name: str
    label: str
    tags: str
    words: str
    palette: tuple[str, ...]


class NamedPalette(_Message, frozen=True):
    """Colours with a name; the first is the background."""

    name: str
    colors: tuple[str, ...]


class Tables(_Message, frozen=True, tag="tables"):
    """All that can be chosen. features: names that numbers can follow. families: names of the fonts that are there.

    stem_features: those that each stem has for itself; the others are the song's. stems: those of most separations.
    """

    layers: tuple[KindWords, ...]
    effects: tuple[KindWords, ...]
    templates: tuple[TemplateWords, ...]
    palettes: tuple[NamedPalette, ...]
    features: tuple[str, ...]
    stem_features: tuple[str, ...]
    stems: tuple[str, ...]
    families: tuple[str, ...]
    easings: tuple[str, ...]
    comings: tuple[str, ...]


class ProjectShown(_Message, frozen=True, tag="projectShown"):
    """A project with every field, also those that have their default."""

    project: Project


class BoxAt(_Message, frozen=True):
    """Where a layer lies: as `shared.scene.scene.Box`, canvas pixels and radians."""

    layer: str
    x: float
    y: float
    width: float
    height: float
    scale: float
    rotation: float


class ProjectTaken(_Message, frozen=True, tag="projectTaken"):
    """The project is what is shown."""


class Boxes(_Message, frozen=True, tag="boxes"):
    """From back to front."""

    boxes: tuple[BoxAt, ...]


class Reading(_Message, frozen=True):
    """The value of an input; share: where it lies between its range's ends, 0-1, for numbers."""

    name: str
    value: float | str
    share: float


class Readings(_Message, frozen=True, tag="readings"):
    """Only what moves."""

    readings: tuple[Reading, ...]


class Palettes(_Message, frozen=True, tag="palettes"):
    """Palettes that suit."""

    palettes: tuple[NamedPalette, ...]


class PresetWords(_Message, frozen=True):
    """A preset. suits: its ratio is the canvas'."""

    preset: Preset
    ratio: str
    suits: bool


class CodecWords(_Message, frozen=True):
    """A codec, the ending of its files, and the sounds that they hold."""

    name: Codec
    ending: str
    sounds: tuple[Sound, ...]


class Presets(_Message, frozen=True, tag="presets"):
    """Those of the canvas' ratio stand first."""

    presets: tuple[PresetWords, ...]
    codecs: tuple[CodecWords, ...]


class FilmFitted(_Message, frozen=True, tag="filmFitted"):
    """What is written. seconds: its length; notes: what is otherwise than asked; trouble: why it cannot be, or ""."""

    options: RenderOptions
    seconds: float
    ending: str
    notes: tuple[str, ...]
    trouble: str


class FlashTime(_Message, frozen=True):
    """A time of the song in which the film flashes more often than is safe.

    area: of ten degrees of sight, 0-1. flashes: the most in a second.
    """

    start_seconds: float
    end_seconds: float
    kind: Literal["general", "red"]
    area: float
    flashes: int


class HeldTime(_Message, frozen=True):
    """A time of the song in which pictures are held back. strength: of the strongest, 0-1."""

    start_seconds: float
    end_seconds: float
    strength: float


class FlashesFound(_Message, frozen=True, tag="flashesFound"):
    """What a check for flashes found; all of it is in time order.

    shown: the preview can show what the film's pictures are held back to; otherwise it has another shape or ground.
    """

    frames: int
    start_seconds: float
    end_seconds: float
    times: tuple[FlashTime, ...]
    held: tuple[HeldTime, ...]
    shown: bool


PreviewRequest = (
    OpenSong | FeedSong | FinishSong | TakeSong | MarkSong | OpenStems | FeedStems | FinishStems | GetTables
    | ReadProject | ApplyTemplate | Relayout | SetProject | GetBoxes | GetReadings | MakePalette | GetPresets | FitFilm
)  # fmt: skip
PreviewReply = (
    SongFed | SongReady | Tables | ProjectShown | ProjectTaken | Boxes | Readings | Palettes | Presets | FilmFitted
    | FlashesFound
)  # fmt: skip

_REQUESTS: Final[msgspec.json.Decoder[PreviewRequest]] = msgspec.json.Decoder(PreviewRequest)
_ENCODER: Final = msgspec.json.Encoder()


def decode_preview_request(text: str | bytes) -> PreviewRequest:
    """Read one request from JSON; raises `MessageError` with the path of what is wrong.

    >>> decode_preview_request('{"type": "getBoxes", "t": 1.5}')
    GetBoxes(t=1.5)
    """
    try:
        return _REQUESTS.decode(text)
    except msgspec.DecodeError as error:
        raise MessageError(f"The preview does not understand this request: {error}.") from error


def encode_preview_reply(reply: PreviewReply) -> str:
    """JSON of a reply; every field of a project is in it, also where it has its default.

    >>> encode_preview_reply(SongFed(seconds=2.0))
    '{"type":"songFed","seconds":2.0}'
    """
    return _ENCODER.encode(_whole(reply)).decode()


def _whole(value: object) -> object:
    """Plain data of Structs with all their fields: the page need not know the defaults."""
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        fields = {each.encode_name: _whole(getattr(value, each.name)) for each in msgspec.structs.fields(value)}
        return fields if config.tag is None else {str(config.tag_field): config.tag, **fields}
    if isinstance(value, tuple):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    return value
