"""Which encoder FFmpeg is told to use for a film, and what it is told.

An encoder of the graphics card is taken where one opens at the film's size: it is tried with one picture, since a
driver can list what its chip has not (H100 and H200 have no NVENC). All segments of a film need the same one, for they
share their parameter sets: `pick_encoder` once, and give its answer to each writer.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import av
import av.error
from av.codec import Codec as AvCodec
from av.codec.codec import UnknownCodecError
from av.video.codeccontext import VideoCodecContext

from shared.errors import KeylightError
from shared.schema.video import Codec, Quality, RenderOptions

__all__ = [
    "GOP_SECONDS",
    "HARDWARE",
    "SOFTWARE",
    "Settings",
    "configure",
    "explain_refusal",
    "pick_encoder",
    "settings_for",
]

#: A whole picture at least so often: players seek to these.
GOP_SECONDS: Final = 2
#: H.273, table 2 to 4: BT.709 primaries, transfer and matrix; 1 is "tv" range for FFmpeg (`AVCOL_RANGE_MPEG`).
_BT709: Final = 1
_LIMITED: Final = 1
#: In order of trust. VAAPI is not among them: it takes its pictures from memory of the card only.
HARDWARE: Final[dict[Codec, tuple[str, ...]]] = {
    "h264": ("h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox"),
    "hevc": ("hevc_nvenc", "hevc_qsv", "hevc_amf", "hevc_videotoolbox"),
    "av1": ("av1_nvenc", "av1_qsv", "av1_amf"),
    "prores": ("prores_videotoolbox",),
    "vp9": (),  # vp9_qsv writes no alpha, and is the only one
}
#: Where no card helps.
SOFTWARE: Final[dict[Codec, str]] = {
    "h264": "libx264", "hevc": "libx265", "av1": "libsvtav1", "prores": "prores_aw", "vp9": "libvpx-vp9",
}  # fmt: skip


#: Pixels of a picture above which encoders hold fewer of them.
_LARGE: Final = 2560 * 1440


@dataclass(frozen=True)
class Settings:
    """An encoder, the pixels it takes, and its options. tag: the four letters of the codec in MP4, where not usual."""

    encoder: str
    pixels: str
    options: Mapping[str, str] = field(default_factory=dict)
    tag: str | None = None


def settings_for(options: RenderOptions, encoder: str | None = None, *, threads: int = 1) -> Settings:
    """Of an encoder by FFmpeg's name, the software one when None.

    >>> settings_for(RenderOptions()).options["preset"]
    'veryfast'
    """
    name = encoder or SOFTWARE[options.codec]
    tag = "hvc1" if options.codec == "hevc" else None  # Apple's players refuse hev1
    if name == SOFTWARE[options.codec]:
        return Settings(name, _pixels(options), _software(options, threads), tag)
    return Settings(name, _hardware_pixels(options), _hardware(name, options.quality), tag)


def configure(context: VideoCodecContext, options: RenderOptions, settings: Settings, *, threads: int = 1) -> None:
    """Set up an encoder that is not open yet: size, rate, colours by BT.709, a closed group of pictures."""
    context.width, context.height, context.pix_fmt = options.width, options.height, settings.pixels
    context.framerate, context.time_base = Fraction(options.fps), Fraction(1, options.fps)
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = _LIMITED
    context.gop_size = GOP_SECONDS * options.fps
    context.thread_count = threads
    context.options = dict(settings.options)
    if settings.tag is not None:
        context.codec_tag = settings.tag


def pick_encoder(options: RenderOptions) -> str:
    """FFmpeg's name of the encoder for a film: of the graphics card where one opens, else software."""
    if options.hardware and not options.alpha:
        for name in HARDWARE[options.codec]:
            if _opens(name, options.width, options.height, options.fps, options.quality):
                return name
    return SOFTWARE[options.codec]


@functools.lru_cache(maxsize=64)
def _opens(name: str, width: int, height: int, fps: int, quality: Quality) -> bool:
    """Whether an encoder makes something of a picture."""
    codec: Codec = next(one for one, names in HARDWARE.items() if name in names)
    options = RenderOptions(codec=codec, width=width, height=height, fps=fps, quality=quality)  # type: ignore[arg-type]
    try:
        context = AvCodec(name, "w").create("video")
        settings = settings_for(options, name)
        configure(context, options, settings)
        context.open()
        blank = av.VideoFrame(width, height, settings.pixels)
        for plane in blank.planes:
            plane.update(bytes(plane.buffer_size))
        blank.pts = 0
        return bool([*context.encode(blank), *context.encode(None)])
    except (UnknownCodecError, av.error.FFmpegError, OSError, ValueError, NotImplementedError):
        return False


def _pixels(options: RenderOptions) -> str:
    """Ten bits where they come at no loss of players: gradients of 8 bits get bands in dark places."""
    deep = "10le" if options.quality == "best" else ""
    match options.codec:
        case "prores":
            return "yuva444p10le" if options.alpha else "yuv422p10le"
        case "vp9":
            return "yuva420p" if options.alpha else "yuv420p"
        case "hevc" | "av1":
            return f"yuv420p{deep}"
        case "h264":
            return "yuv420p"


def _hardware_pixels(options: RenderOptions) -> str:
    match options.codec:
        case "prores":
            return "p210le"
        case "hevc" | "av1" if options.quality == "best":
            return "p010le"
        case _:
            return "nv12"


def _software(options: RenderOptions, threads: int) -> dict[str, str]:
    """Speed and quality. The constant rate factors aim at the same look for one quality whatever the codec."""
    pick = _Pick(options.quality)
    # Pictures that the encoder looks ahead are held in memory, 25 MB each at 4K.
    large = options.width * options.height > _LARGE and options.quality == "best"
    match options.codec:
        case "h264":
            return {
                "preset": pick("veryfast", "veryfast", "slow"), "crf": pick("23", "18", "16"),
                "profile": "high", "x264-params": "open-gop=0" + (":rc-lookahead=20" if large else ""),
            }  # fmt: skip
        case "hevc":
            # Without a pool of threads of its own when one is wanted: several processes encode side by side.
            pools = "pools=none:frame-threads=1" if threads == 1 else f"pools={threads}"
            held = ":rc-lookahead=5:bframes=3:ref=2" if large else ""
            return {
                "preset": pick("ultrafast", "superfast", "medium"), "crf": pick("26", "21", "18"),
                "x265-params": f"log-level=none:open-gop=0:{pools}{held}",
            }  # fmt: skip
        case "av1":
            os.environ.setdefault("SVT_LOG", "1")  # errors only: it tells of itself otherwise, on stderr
            return {
                "preset": pick("12", "10", "7"), "crf": pick("38", "30", "23"), "svtav1-params": f"lp={threads}",
            }  # fmt: skip
        case "prores":
            # By its numbers: LT, standard, HQ, 4444. A fifth of prores_ks' time at the same bits and 0.1 dB (measured).
            return {"profile": "4" if options.alpha else pick("1", "2", "3"), "vendor": "apl0"}
        case "vp9":
            # "good" in real time: 28 ms a frame at 1080p where two passes of search take 105, for 60 % more bits.
            return {
                "deadline": pick("realtime", "realtime", "good"), "cpu-used": pick("8", "5", "2"),
                "crf": pick("36", "30", "22"), "b": "0", "row-mt": "1", "auto-alt-ref": "0" if options.alpha else "1",
            }  # fmt: skip


def _hardware(name: str, quality: Quality) -> dict[str, str]:
    """Constant quality in each maker's words."""
    pick = _Pick(quality)
    match name.rpartition("_")[2]:
        case "nvenc":
            return {"preset": pick("p3", "p5", "p7"), "rc": "vbr", "cq": pick("26", "21", "18"), "b": "0"}
        case "qsv":
            return {"preset": pick("veryfast", "medium", "veryslow"), "global_quality": pick("26", "21", "18")}
        case "amf":
            scale = pick("104", "84", "72") if name.startswith("av1") else pick("26", "21", "18")  # AV1 counts to 255
            return {"quality": pick("speed", "balanced", "quality"), "rc": "cqp", "qp_i": scale, "qp_p": scale}
        case _:
            return {"global_quality": str(118 * int(pick("55", "65", "80"))), "allow_sw": "0"}  # FF_QP2LAMBDA


class _Pick:
    def __init__(self, quality: Quality) -> None:
        self._at = ("draft", "good", "best").index(quality)

    def __call__(self, draft: str, good: str, best: str) -> str:
        return (draft, good, best)[self._at]


def explain_refusal(options: RenderOptions, settings: Settings, error: Exception) -> KeylightError:
    """What a person is told when an encoder does not open."""
    size = f"{options.width} × {options.height}"
    return KeylightError(
        f"{settings.encoder} does not encode {size} at {options.fps} frames per second here ({error})."
        + " Choose another size or codec."
    )
