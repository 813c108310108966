"""`python -m backend`: start the server and print its address.

Settings come from the environment (`backend.settings`); `--port 0` takes any free port.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys

import uvicorn

from backend.app import create_app
from backend.settings import Settings, read_settings
from shared.errors import KeylightError

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; the answer is the exit code, 1 when it cannot start."""
    try:
        settings = _settings(arguments)
        app = create_app()
        listener = _listen(settings)
    except KeylightError as error:
        print(f"keylight: {error}", file=sys.stderr)
        return 1
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"Keylight is at http://{shown}:{port}/ (stop with Ctrl+C)", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False)).run(sockets=[listener])
    return 0


def _settings(arguments: list[str] | None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m backend", description="Serve Keylight.")
    parser.add_argument("--host", help="address to listen at (KEYLIGHT_HOST)")
    parser.add_argument("--port", help="port to listen at, 0 for any free one (KEYLIGHT_PORT)")
    given = {f"KEYLIGHT_{k.upper()}": v for k, v in vars(parser.parse_args(arguments)).items() if v is not None}
    return read_settings({**os.environ, **given})


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        where = f"{settings.host}:{settings.port}"
        raise KeylightError(
            f"Cannot listen at {where}: {error.strerror}. Another port can be set: KEYLIGHT_PORT=8400."
        ) from error
    return listener


if __name__ == "__main__":
    sys.exit(main())
