"""What the page must know to start: addresses and sizes of all it will load.

Served twice with the same content: as `boot.json`, for the service worker, and as the module `js/assets.js`, since
the page's policy allows no inline script and no import map. The type is in `web/js/assets.d.ts`.
"""

from __future__ import annotations

import msgspec

from backend.assets.lock import Lock, Package

__all__ = [
    "BootRecord", "FfmpegUrls", "PainterUrls", "TaggerUrls", "Wheel", "assets_module", "boot_record", "encode_boot",
]  # fmt: skip


class Wheel(msgspec.Struct, frozen=True):
    """A package for Pyodide: address and size in bytes."""

    url: str
    bytes: int


class FfmpegUrls(msgspec.Struct, frozen=True):
    """The decoder of last resort."""

    js: str
    wasm: str


class TaggerUrls(msgspec.Struct, frozen=True):
    """What hears tags: the runtime's module, the two files it loads by itself, and the network."""

    runtime: str
    mjs: str
    wasm: str
    model: str


class PainterUrls(msgspec.Struct, frozen=True):
    """What paints the video editor: CanvasKit as an ES module, its code, and the folder that font files lie in."""

    canvaskit: str
    wasm: str
    fonts: str


class BootRecord(msgspec.Struct, frozen=True):
    """All addresses. `pyodide` is a folder (Pyodide's `indexURL`); `bytes` has the unpacked size of each address.

    `precache` has all that the page needs without network; pictures of templates it can paint by itself.
    `snapshot` is the memory of a started Pyodide, used once the service worker has it; None where there is none.
    """

    build: str
    pyodide: str
    wheels: tuple[Wheel, ...]
    code: str
    mediabunny: str
    ffmpeg: FfmpegUrls
    tagger: TaggerUrls
    stretch: str
    painter: PainterUrls
    precache: tuple[str, ...]
    lazy: tuple[str, ...]
    demand: tuple[str, ...]
    snapshot: str | None
    bytes: dict[str, int]


def boot_record(build: str, app_bytes: dict[str, int], lock: Lock, *, snapshot: str | None = None) -> BootRecord:
    """The record of a build whose own files have the sizes `app_bytes` by address; `snapshot` is an address too."""
    base = f"/app/{build}"
    asset_bytes = {url: size for p in lock.packages if p.group != "test" for url, size in _urls(p).items()}
    page = [url for p in lock.packages if p.group == "page" for url in _urls(p)]
    wheels = [url for name in ("numpy", "msgspec") for url in _urls(lock.package(name))]
    needed = [url for url in app_bytes if not url.startswith(f"{base}/pictures/")]
    ffmpeg = {url.rpartition(".")[2]: url for url in _urls(lock.package("ffmpeg-core"))}
    return BootRecord(
        build=build,
        pyodide=f"/assets/{lock.package('pyodide').folder}/",
        wheels=tuple(Wheel(url, asset_bytes[url]) for url in wheels),
        code=f"{base}/keylight.zip",
        mediabunny=_ending(lock.package("mediabunny"), ".mjs"),
        ffmpeg=FfmpegUrls(ffmpeg["js"], ffmpeg["wasm"]),
        tagger=_tagger(lock),
        stretch=_ending(lock.package("signalsmith-stretch"), ".wasm"),
        painter=_painter(lock),
        precache=("/", *sorted(needed), f"{base}/boot.json", f"{base}/js/assets.js", *page),
        lazy=(
            *([snapshot] if snapshot else []),
            *(url for p in lock.packages if p.group == "lazy" for url in _urls(p)),
        ),
        demand=tuple(url for p in lock.packages if p.group == "demand" for url in _urls(p)),
        snapshot=snapshot,
        bytes=app_bytes | asset_bytes,
    )


def encode_boot(record: BootRecord) -> bytes:
    """The record as JSON."""
    return msgspec.json.encode(record)


def assets_module(record: BootRecord) -> bytes:
    """The record as a JavaScript module that exports `ASSETS`; JSON is JavaScript since ES2019."""
    return b"export const ASSETS = Object.freeze(" + encode_boot(record) + b");\n"


def _tagger(lock: Lock) -> TaggerUrls:
    runtime = lock.package("onnxruntime-web")
    return TaggerUrls(
        runtime=_ending(runtime, "ort.wasm.min.mjs"),
        mjs=_ending(runtime, "threaded.mjs"),
        wasm=_ending(runtime, ".wasm"),
        model=_ending(lock.package("musicnn"), ".onnx"),
    )


def _painter(lock: Lock) -> PainterUrls:
    canvaskit = lock.package("canvaskit")
    return PainterUrls(_ending(canvaskit, ".js"), _ending(canvaskit, ".wasm"), "/assets/")


def _urls(package: Package) -> dict[str, int]:
    return {f"/assets/{package.folder}/{file.path}": file.size for file in package.files}


def _ending(package: Package, suffix: str) -> str:
    (url,) = [url for url in _urls(package) if url.endswith(suffix)]
    return url
