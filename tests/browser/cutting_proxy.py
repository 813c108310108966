"""A proxy that loses an answer: what the server says to an upload never arrives, though the server took it."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["CuttingProxy", "cutting_proxy"]

_UPLOAD = b"POST /api/stems "
_CHUNK = 65536


class CuttingProxy:
    """Passes bytes on in both directions. url: where it listens; lost: the answers to uploads that it has swallowed.

    `cuts` counts how many more answers are lost; `keys` are the uploads' Idempotency-Keys, lost or not.
    """

    def __init__(self, target: tuple[str, int], cuts: int) -> None:
        self.target = target
        self.cuts = cuts
        self.lost: list[bytes] = []
        self.keys: list[bytes] = []
        self.url = ""

    def serve(self, client: socket.socket) -> None:
        """One connection, until either side ends it."""
        with socket.create_connection(self.target) as server:
            uploading = threading.Event()
            back = threading.Thread(target=self._answers, args=(server, client, uploading), daemon=True)
            back.start()
            with suppress(OSError):
                while data := client.recv(_CHUNK):
                    if _UPLOAD in data:
                        uploading.set()
                        self.keys += re.findall(rb"idempotency-key: (\S+)", data, re.IGNORECASE)
                    server.sendall(data)
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            back.join()

    def _answers(self, server: socket.socket, client: socket.socket, uploading: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(_CHUNK):
                if uploading.is_set() and self.cuts > 0:
                    self.cuts -= 1
                    self.lost.append(data)
                    break
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting_proxy(url: str, *, cuts: int = 1) -> Iterator[CuttingProxy]:
    """A proxy before the server at `url`."""
    host, _, port = url.removeprefix("http://").partition(":")
    proxy = CuttingProxy((host, int(port)), cuts)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            proxy.serve(self.request)

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A browser that closes a connection is no error."""

    with Listener(("127.0.0.1", 0), Handler) as listener:
        proxy.url = f"http://127.0.0.1:{listener.server_address[1]}"
        thread = threading.Thread(target=listener.serve_forever, daemon=True)
        thread.start()
        yield proxy
        listener.shutdown()
        thread.join()
