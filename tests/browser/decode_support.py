"""What the decoding tests share: a static server with the app's strict headers, a Chromium page on it, test files.

The server stands in for the backend: `web/js` at `/js/`, npm's unpacked packages at `/assets/`, and `/js/assets.js`
made here. Headers as the backend sends them: no inline script, no eval, no other origin.
"""

from __future__ import annotations

import json
import tarfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]
MEDIABUNNY = "mediabunny-1.61.0"
FFMPEG = "ffmpeg-core-0.12.10"
REGISTRY = {
    MEDIABUNNY: "https://registry.npmjs.org/mediabunny/-/mediabunny-1.61.0.tgz",
    FFMPEG: "https://registry.npmjs.org/@ffmpeg/core/-/core-0.12.10.tgz",
}
ASSETS_JS = "export const ASSETS = " + json.dumps({
    "mediabunny": f"/assets/{MEDIABUNNY}/package/dist/bundles/mediabunny.min.mjs",
    "ffmpeg": {
        "js": f"/assets/{FFMPEG}/package/dist/esm/ffmpeg-core.js",
        "wasm": f"/assets/{FFMPEG}/package/dist/esm/ffmpeg-core.wasm",
    },
    "bytes": {f"/assets/{FFMPEG}/package/dist/esm/ffmpeg-core.wasm": 32_232_419},
}) + ";"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
    + "worker-src 'self'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def unpack_assets(folder: Path) -> Path:
    """Npm's packages under `folder`; tarballs from /tmp/ex where they lie already, else from the registry."""
    for name, url in REGISTRY.items():
        target = folder / name
        if target.exists():
            continue
        tarball = Path("/tmp/ex") / f"{name}.tgz"
        if not tarball.exists():
            tarball = folder / f"{name}.tgz"
            urllib.request.urlretrieve(url, tarball)
        with tarfile.open(tarball) as archive:
            archive.extractall(target, filter="data")
    return folder


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}

    def __init__(self, *args, assets: Path, media: Path, **options):
        self.folders = {"/js/": ROOT / "web" / "js", "/assets/": assets, "/media/": media}
        super().__init__(*args, **options)

    def do_GET(self):
        if self.path == "/js/assets.js":
            self._text(ASSETS_JS, "text/javascript")
        elif self.path == "/":
            self._text("<!doctype html><title>decode</title>", "text/html")
        else:
            super().do_GET()

    def _text(self, text: str, media_type: str):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def translate_path(self, path: str) -> str:
        path = path.partition("?")[0]
        for prefix, folder in self.folders.items():
            if path.startswith(prefix) and ".." not in path:
                return str(folder / path.removeprefix(prefix))
        return "/nonexistent"

    def end_headers(self):
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def serve(assets: Path, media: Path) -> Iterator[str]:
    """A server for as long as the block runs; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, assets=assets, media=media))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
