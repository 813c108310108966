"""How a film is written: codec, size, rate, quality, length; and the presets of the places where films are shown.

A file holds one picture stream and at most one of sound, in the container that players of its codec expect: H.264, HEVC
and AV1 in MP4, ProRes in QuickTime, VP9 in WebM. Sizes are pixels, both even (4:2:0 halves them); times are seconds of
the song. JSON, camelCase, unknown fields refused.

The numbers of a preset are the platform's own; `source` names the page they come from.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from shared.errors import MessageError
from shared.schema.project import MOST_SIDE

__all__ = [
    "CONTAINERS",
    "LOOP_SECONDS",
    "PRESETS",
    "Codec",
    "Preset",
    "Quality",
    "RenderOptions",
    "Sound",
    "check_render_options",
    "decode_render_options",
    "find_preset",
    "fit_render_options",
    "fit_seconds",
]

Codec = Literal["h264", "hevc", "av1", "prores", "vp9"]
Sound = Literal["aac", "opus", "flac", "pcm", "none"]
Quality = Literal["draft", "good", "best"]

#: Of each codec: FFmpeg's name of the container, ending, media type, and the sounds that its players know.
CONTAINERS: Final[dict[Codec, tuple[str, str, str, tuple[Sound, ...]]]] = {
    "h264": ("mp4", ".mp4", "video/mp4", ("aac", "opus", "flac", "none")),
    "hevc": ("mp4", ".mp4", "video/mp4", ("aac", "opus", "flac", "none")),
    "av1": ("mp4", ".mp4", "video/mp4", ("aac", "opus", "flac", "none")),
    "prores": ("mov", ".mov", "video/quicktime", ("pcm", "aac", "none")),
    "vp9": ("webm", ".webm", "video/webm", ("opus", "none")),
}
_LABELS: Final[dict[str, str]] = {
    "h264": "H.264", "hevc": "HEVC", "av1": "AV1", "prores": "ProRes", "vp9": "VP9", "aac": "AAC", "opus": "Opus",
    "flac": "FLAC", "pcm": "PCM", "none": "no sound",
}  # fmt: skip
#: Codecs whose players know transparency.
_ALPHA: Final[tuple[Codec, ...]] = ("prores", "vp9")
#: The end of a loop goes over into the pictures before its beginning for so long.
LOOP_SECONDS: Final = 0.5

_Side = Annotated[int, msgspec.Meta(ge=16, le=MOST_SIDE)]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Base of every document here."""


class RenderOptions(_Data, frozen=True):
    """What to write. The picture is the project's canvas scaled to width × height.

    start_seconds, seconds: the part of the song, None for all that is left. alpha: transparent where nothing is drawn.
    loop: the last half second goes over into what comes before the first picture. hardware: an encoder of the graphics
    card is taken where one opens.
    """

    codec: Codec = "h264"
    audio: Sound = "aac"
    width: _Side = 1920
    height: _Side = 1080
    fps: Literal[24, 25, 30, 50, 60] = 60
    quality: Quality = "good"
    alpha: bool = False
    start_seconds: Annotated[float, msgspec.Meta(ge=0, le=360_000)] = 0.0
    seconds: Annotated[float, msgspec.Meta(gt=0, le=360_000)] | None = None
    loop: bool = False
    hardware: bool = True

    @property
    def container(self) -> str:
        """FFmpeg's name of the container.

        >>> RenderOptions(codec="prores").container
        'mov'
        """
        return CONTAINERS[self.codec][0]

    @property
    def ending(self) -> str:
        """Of the file's name, with the dot."""
        return CONTAINERS[self.codec][1]

    @property
    def media_type(self) -> str:
        """For HTTP."""
        return CONTAINERS[self.codec][2]


class Preset(_Data, frozen=True):
    """Options that suit a place. words: one sentence for a person; least, most: seconds that it takes, where limited.

    source: where the numbers come from.
    """

    name: str
    label: str
    words: str
    options: RenderOptions
    source: str
    least_seconds: float = 0.0
    most_seconds: float | None = None

    @property
    def ratio(self) -> str:
        """Of the sides, as people write it.

        >>> find_preset("reels").ratio, find_preset("portrait").ratio
        ('9:16', '4:5')
        """
        width, height = self.options.width, self.options.height
        common = next(one for one in range(min(width, height), 0, -1) if width % one == height % one == 0)
        return f"{width // common}:{height // common}"


_TALL: Final = RenderOptions(width=1080, height=1920, fps=30)
_YOUTUBE: Final = "support.google.com/youtube/answer/1722171"
#: Pages with an address were the platforms' own in 2026; limits without one are as the trade reports them. Where a
#: platform takes several rates, the one that keeps motion smooth.
PRESETS: Final[tuple[Preset, ...]] = (
    Preset(
        "youtube-1080p", "YouTube 1080p", "Full HD at 60 frames per second, 16:9.", RenderOptions(), _YOUTUBE,
        most_seconds=43_200.0,  # 12 hours or 256 GB
    ),
    Preset(
        "youtube-4k", "YouTube 4K", "Ultra HD at 60 frames per second, 16:9; takes four times as long.",
        RenderOptions(width=3840, height=2160), _YOUTUBE, most_seconds=43_200.0,
    ),
    Preset(
        "shorts", "YouTube Shorts", "Upright, up to three minutes.",
        RenderOptions(width=1080, height=1920), "YouTube, October 2024: upright films up to 3 minutes",
        most_seconds=180.0,
    ),
    Preset(
        "reels", "Instagram Reels", "Upright, up to three minutes.", _TALL,
        "Instagram, January 2025: reels up to 3 minutes", 3.0, 180.0,
    ),
    Preset(
        "tiktok", "TikTok", "Upright, up to an hour when uploaded.", _TALL,
        "TikTok, 2024: uploads up to 60 minutes", 3.0, 3600.0,
    ),
    Preset(
        "square", "Square", "1080 × 1080 for feeds.", RenderOptions(width=1080, height=1080, fps=30),
        "Instagram: 1080 pixels wide, ratios from 1.91:1 to 3:4",
    ),
    Preset(
        "portrait", "Portrait 4:5", "1080 × 1350, the tallest that feeds of all ages show whole.",
        RenderOptions(width=1080, height=1350, fps=30), "Instagram: 1080 pixels wide, ratios from 1.91:1 to 3:4",
    ),
    # "Vertical 9:16 ratio; between 720px - 1080px tall; 3-8 seconds; MP4": of these, 576 × 1024 is the largest that is
    # 9:16 exactly with sides that 16 divides. Sound is not played.
    Preset(
        "spotify-canvas", "Spotify Canvas", "An upright loop of eight seconds without sound.",
        RenderOptions(audio="none", width=576, height=1024, fps=30, quality="best", seconds=8.0, loop=True),
        "support.spotify.com/artists/article/canvas-guidelines", 3.0, 8.0,
    ),
    Preset(
        "x", "X", "16:9, up to two minutes and twenty seconds.", RenderOptions(width=1280, height=720),
        "docs.x.com/x-api/media/quickstart/best-practices: 1280 x 720, 60 frames per second or less, 0.5 to 140 s",
        0.5, 140.0,
    ),
    Preset(
        "small", "Small file", "AV1 with Opus: the smallest file, for browsers and new devices.",
        RenderOptions(codec="av1", audio="opus", fps=30), "caniuse.com/av1",
    ),
    Preset(
        "apple", "HEVC", "Half the size of H.264 on Apple devices and televisions.", RenderOptions(codec="hevc"),
        "Apple HLS authoring specification: HEVC as hvc1",
    ),
    Preset(
        "master", "Master", "ProRes 422 HQ with uncompressed sound, to cut further.",
        RenderOptions(codec="prores", audio="pcm", quality="best"), "Apple ProRes White Paper, April 2022",
    ),
    Preset(
        "overlay-web", "Transparent overlay (web)", "VP9 with transparency, for OBS and web pages.",
        RenderOptions(codec="vp9", audio="opus", alpha=True), "webmproject.org, VP8/VP9 alpha channel",
    ),
    Preset(
        "overlay-edit", "Transparent overlay (editors)", "ProRes 4444 with transparency, for cutting programs.",
        RenderOptions(codec="prores", audio="pcm", quality="best", alpha=True), "Apple ProRes White Paper, April 2022",
    ),
)  # fmt: skip

_OPTIONS: Final = msgspec.json.Decoder(RenderOptions)


def decode_render_options(text: str | bytes) -> RenderOptions:
    """Options from JSON; raises `MessageError` that says what was expected, what came and where.

    >>> decode_render_options('{"codec": "vp9", "audio": "opus"}').ending
    '.webm'
    >>> decode_render_options('{"fps": 61}')
    Traceback (most recent call last):
    shared.errors.MessageError: Options of the render are not right: Invalid enum value 61 - at `$.fps`
    """
    try:
        options = _OPTIONS.decode(text)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise MessageError(f"Options of the render are not right: {error}") from error
    check_render_options(options)
    return options


def check_render_options(options: RenderOptions) -> None:
    """Raises `MessageError` with a sentence where codec, sound and transparency do not go together.

    >>> check_render_options(RenderOptions(codec="vp9"))
    Traceback (most recent call last):
    shared.errors.MessageError: VP9 is written as .webm, which holds Opus or no sound, not AAC: choose one of these.
    """
    ending, sounds = options.ending, CONTAINERS[options.codec][3]
    label = _LABELS[options.codec]
    if options.audio not in sounds:
        *most, last = [_LABELS[sound] for sound in sounds]
        raise MessageError(
            f"{label} is written as {ending}, which holds {', '.join(most)} or {last}, not {_LABELS[options.audio]}:"
            + " choose one of these."
        )
    if options.alpha and options.codec not in _ALPHA:
        raise MessageError(f"{label} knows no transparency: choose VP9 or ProRes, or a picture that is opaque.")


def fit_render_options(options: RenderOptions) -> tuple[RenderOptions, tuple[str, ...]]:
    """Options that can be encoded: sides made even, with a sentence on each change.

    >>> fit_render_options(RenderOptions(width=1081, height=1351))[1]
    ('The film is 1080 × 1350: video needs even sides, 1081 × 1351 has not.',)
    """
    width, height = options.width - options.width % 2, options.height - options.height % 2
    if (width, height) == (options.width, options.height):
        return options, ()
    note = f"The film is {width} × {height}: video needs even sides, {options.width} × {options.height} has not."
    return msgspec.structs.replace(options, width=width, height=height), (note,)


def fit_seconds(preset: Preset, seconds: float) -> tuple[float, tuple[str, ...]]:
    """How long a film of so many seconds may be at a preset's place, with a sentence where that is less, or too little.

    >>> fit_seconds(find_preset("shorts"), 200.0)
    (180.0, ('YouTube Shorts takes up to 180 s: the film ends there.',))
    >>> fit_seconds(find_preset("spotify-canvas"), 2.0)
    (2.0, ('Spotify Canvas takes no less than 3 s, and this is 2 s.',))
    """
    if preset.most_seconds is not None and seconds > preset.most_seconds:
        return preset.most_seconds, (f"{preset.label} takes up to {preset.most_seconds:g} s: the film ends there.",)
    if seconds < preset.least_seconds:
        return seconds, (f"{preset.label} takes no less than {preset.least_seconds:g} s, and this is {seconds:g} s.",)
    return seconds, ()


def find_preset(name: str) -> Preset:
    """The preset of a name; raises `MessageError` that lists them.

    >>> find_preset("youtube-4k").options.width
    3840
    """
    for preset in PRESETS:
        if preset.name == name:
            return preset
    raise MessageError(f"There is no preset {name!r}. There are: {', '.join(one.name for one in PRESETS)}.")
