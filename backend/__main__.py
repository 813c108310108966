"""`python -m backend`: start the server and its workers, and print its address.

Settings come from the environment (`backend.settings`); `--port 0` takes any free port. It stops at Ctrl+C or SIGTERM:
answers that are on their way get a few seconds, workers end, and jobs go on at the next start.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
from typing import Final

import uvicorn
from litestar import Litestar

from backend.app import create_app
from backend.desk import Desk
from backend.logs import log_to_stderr
from backend.settings import Settings, read_settings
from shared.errors import KeylightError

__all__ = ["main"]

#: For answers that are on their way when the server stops.
_GRACE_SECONDS: Final = 5


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; the answer is the exit code, 1 when it cannot start."""
    try:
        settings = _settings(arguments)
        app = create_app(settings=settings)
        listener = _listen(settings)
    except KeylightError as error:
        print(f"keylight: {error}", file=sys.stderr)
        return 1
    log_to_stderr()
    # uvicorn raises the signal that stopped it once more when all is done.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        _Server(app).run(sockets=[listener])
    return 0


class _Server(uvicorn.Server):
    """uvicorn, which says where it is once it answers, and ends event streams before it waits for answers to end."""

    def __init__(self, app: Litestar) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        super().__init__(config)
        self._desk: Desk = app.state.desk
        self._telling: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, say where, and say about separation when that is known."""
        await super().startup(sockets)
        for listener in sockets or []:
            host, port = listener.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            print(f"Keylight is at http://{shown}:{port}/ (stop with Ctrl+C)", flush=True)
        self._telling = asyncio.create_task(_tell(self._desk))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        if self._telling is not None:
            self._telling.cancel()
        self._desk.stop()
        await super().shutdown(sockets)


async def _tell(desk: Desk) -> None:
    print(await desk.separation_words(), flush=True)


def _settings(arguments: list[str] | None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m backend", description="Serve Keylight.")
    parser.add_argument("--host", help="address to listen at (KEYLIGHT_HOST)")
    parser.add_argument("--port", help="port to listen at, 0 for any free one (KEYLIGHT_PORT)")
    given = {f"KEYLIGHT_{k.upper()}": v for k, v in vars(parser.parse_args(arguments)).items() if v is not None}
    return read_settings({**os.environ, **given})


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With the protocol named asyncio sends small answers at once; without it they wait 40 ms for Nagle and a late ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
