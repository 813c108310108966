"""What the decoding tests share: a small server with the app's headers, test files, decoding by page and by PyAV.

The server gives `web/js` at `/js/`, the fetched assets at `/assets/`, the test's own files at `/media/` and
`/js/assets.js` made here, so that the tests need nothing of the page but its modules.
"""

from __future__ import annotations

import base64
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import numpy as np

from backend.headers import SECURITY_HEADERS

__all__ = [
    "ASSETS", "SONGS", "decode_in_page", "decode_with_pyav", "encode", "lag_and_snr", "music", "serve",
]  # fmt: skip

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / ".assets"
SONGS = ROOT.parent / "shared" / "data" / "songs"
_FFMPEG = "/assets/ffmpeg-core-0.12.10/ffmpeg-core"
_MEDIABUNNY = next((path.name for path in (ASSETS / "mediabunny-1.61.0").glob("*.mjs")), "mediabunny.min.mjs")
_ASSETS_JS = "export const ASSETS = " + json.dumps(
    {
        "mediabunny": f"/assets/mediabunny-1.61.0/{_MEDIABUNNY}",
        "ffmpeg": {"js": f"{_FFMPEG}.js", "wasm": f"{_FFMPEG}.wasm"},
        "bytes": {f"{_FFMPEG}.wasm": 32_232_419},
    }
)


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}  # noqa: RUF012

    def __init__(self, *args, media: Path, **options):
        self.folders = {"/js/": ROOT / "web" / "js", "/assets/": ASSETS, "/media/": media}
        super().__init__(*args, **options)

    def do_GET(self):
        blank = "<!doctype html><title>Test</title>"
        made = {"/js/assets.js": (_ASSETS_JS, "text/javascript"), "/": (blank, "text/html")}
        if self.path in made:
            self._answer(*made[self.path])
        else:
            super().do_GET()

    def _answer(self, text: str, media_type: str):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def translate_path(self, path: str) -> str:
        for prefix, folder in self.folders.items():
            if path.startswith(prefix) and ".." not in path:
                return str(folder / path.removeprefix(prefix))
        return "/nonexistent"

    def end_headers(self):
        for name, value in SECURITY_HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def serve(media: Path) -> Iterator[str]:
    """A server for as long as the block runs; gives its address. The tests' own scripts go to `/media/` too."""
    for script in Path(__file__).parent.glob("*-*.js"):
        shutil.copy(script, media)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, media=media))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def music(seconds: float, rate: int, channels: int) -> np.ndarray:
    """Beats of decaying noise over two tones, different in each channel: float32 [channels, samples]."""
    t = np.arange(round(seconds * rate)) / rate
    envelope = np.exp(-8 * ((t * 2) % 1))
    noise = np.random.default_rng(1).standard_normal((channels, t.size)) * 0.1
    tones = np.stack([0.3 * np.sin(2 * np.pi * (220 + 55 * c) * t) for c in range(channels)])
    return ((tones + noise) * envelope).astype(np.float32)


_FORMATS = {  # PyAV's names of sample formats by the encoder's need
    "libmp3lame": "fltp", "aac": "fltp", "alac": "s16p", "flac": "s16", "vorbis": "fltp",
    "libopus": "flt", "wmav2": "fltp", "wavpack": "fltp", "pcm_s16le": "s16",
    "pcm_s24le": "s32", "pcm_f32le": "flt", "pcm_s16be": "s16", "mpeg4": "yuv420p",
}  # fmt: skip
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def encode(
    path: Path, codec: str, samples: np.ndarray, rate: int, *, bit_rate: int | None = None, **options: str
) -> Path:
    """Write float32 [channels, samples] to a file; `options` are the muxer's."""
    wanted, layout = _FORMATS[codec], _LAYOUTS[len(samples)]
    with av.open(str(path), "w", options=options) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.layout = layout
        stream.format = wanted
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        if codec == "vorbis":
            stream.codec_context.options = {"strict": "experimental"}
        resampler = av.AudioResampler(format=wanted, layout=stream.layout, rate=rate)
        for start in range(0, samples.shape[1], 1024):
            piece = np.ascontiguousarray(samples[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(piece, "fltp", layout)
            frame.sample_rate, frame.pts = rate, start
            for converted in resampler.resample(frame):
                container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return path


def decode_with_pyav(path: Path) -> tuple[np.ndarray, int]:
    """The reference: float32 [channels, samples] and the rate, as the command line decodes."""
    blocks = []
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        for frame in container.decode(stream):
            block = frame.to_ndarray()
            if frame.format.is_packed:
                block = block.reshape(-1, frame.layout.nb_channels).T
            if block.dtype.kind == "i":
                block = block / float(2 ** (8 * block.dtype.itemsize - 1))
            blocks.append(block.astype(np.float32))
        rate = stream.rate
    return np.concatenate(blocks, axis=1), rate


def decode_in_page(page, name: str) -> dict[str, Any]:
    """Decode a file of the media folder in the page; `planes` becomes float32 [channels, samples]."""
    answer = page.evaluate("async (name) => (await import('/media/decode-page.js')).decodeNamed(name)", name)
    if answer.get("planes"):
        answer["planes"] = np.stack([np.frombuffer(base64.b64decode(plane), np.float32) for plane in answer["planes"]])
    return answer


def lag_and_snr(found: np.ndarray, reference: np.ndarray) -> tuple[int, float]:
    """By how many samples `found` is late (by cross-correlation), and the ratio of signal to difference in dB."""
    size = min(len(found), len(reference), 1 << 17)
    spectrum = np.fft.rfft(found[:size], 2 * size) * np.conj(np.fft.rfft(reference[:size], 2 * size))
    peak = int(np.argmax(np.fft.irfft(spectrum)))
    lag = peak - 2 * size if peak > size else peak
    a, b = found[max(0, lag) :], reference[max(0, -lag) :]
    shared = min(len(a), len(b))
    noise = float(np.sum((a[:shared].astype(float) - b[:shared]) ** 2))
    return lag, 10 * float(np.log10(np.sum(b[:shared].astype(float) ** 2) / max(noise, 1e-20)))
