"""Who is alive? A held lock says so: a file lock on one machine, a Postgres session lock in a cluster.

A lock goes with the process that holds it, however it ends; there are no heartbeats and no clocks to disagree about.
Whoever can take the lock of another worker knows that this one is gone, and gives its jobs back to the queue while
holding it, so that the worker cannot come back in the middle.

All functions block: call them in a thread.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, Protocol

from backend.settings import Settings
from shared.errors import KeylightError

__all__ = ["FileLease", "Lease", "NameTaken", "PostgresLease", "take_lease"]

_NAMESPACE: Final = 4242
_TRIES: Final = 20


class NameTaken(KeylightError):
    """A worker of this name is alive."""


class Lease(Protocol):
    """A lock held for the life of this process, and a way to find out about others."""

    def ping(self) -> None:
        """Raise when it is not certain any more that the lock is held."""

    def release(self) -> None:
        """Let go before the process ends."""

    def others_gone(self, name: str) -> Any:
        """A context that gives True while the lock of `name` is held by us, False when its owner is alive."""


class FileLease:
    """Locks of files below `<data>/alive`, for workers of one machine."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._folder = settings.folder / "alive"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._held = _patiently(lambda: self._try(name), name)

    def ping(self) -> None:
        """A file lock is held until the process ends."""

    def release(self) -> None:
        """See `Lease`."""
        self._held.close()

    @contextmanager
    def others_gone(self, name: str) -> Iterator[bool]:
        """See `Lease`."""
        taken = self._try(name)
        try:
            yield taken is not None
        finally:
            if taken is not None:
                taken.close()

    def _try(self, name: str) -> IO[str] | None:
        file = (self._folder / name).open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
        return file


class PostgresLease:
    """Advisory locks of one session, which the server frees when the session ends or its machine falls silent."""

    def __init__(self, settings: Settings, name: str) -> None:
        import psycopg  # a server on one machine has no Postgres and needs none of its memory

        self._connection = psycopg.connect(
            settings.database_url,
            autocommit=True,
            application_name=f"keylight {name}"[:60],
            keepalives_idle=5,
            keepalives_interval=3,
            keepalives_count=3,
            tcp_user_timeout=15_000,
            options="-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3",
        )
        try:
            _patiently(lambda: self._try(name), name)
        except KeylightError:
            self._connection.close()
            raise

    def ping(self) -> None:
        """Ask the session whether it is still there."""
        self._connection.execute("select 1")

    def release(self) -> None:
        """See `Lease`."""
        self._connection.close()

    @contextmanager
    def others_gone(self, name: str) -> Iterator[bool]:
        """See `Lease`."""
        taken = self._try(name)
        try:
            yield taken
        finally:
            if taken:
                self._connection.execute("select pg_advisory_unlock(hashtextextended(%s, %s))", (name, _NAMESPACE))

    def _try(self, name: str) -> bool:
        query = "select pg_try_advisory_lock(hashtextextended(%s, %s))"
        row = self._connection.execute(query, (name, _NAMESPACE)).fetchone()
        return bool(row and row[0])


def take_lease(settings: Settings, name: str) -> Lease:
    """The lock of a worker; waits a few seconds for a predecessor to go, raises `NameTaken` when it stays."""
    return FileLease(settings, name) if settings.embedded else PostgresLease(settings, name)


def _patiently(take: Any, name: str) -> Any:
    for _ in range(_TRIES):
        if taken := take():
            return taken
        time.sleep(0.25)
    raise NameTaken(f"A worker called {name!r} already runs. Give each worker a name of its own.")
