"""What all routes of the API share: who asks, what may be held open, and the jobs, which come and go behind it.

The server answers before its jobs are open and goes on when they are not: every route that needs them then says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import Request

from backend.errors import ApiError
from backend.limits import Held, RateLimit
from backend.metrics import Metrics
from backend.origins import check_host, check_origin, is_loopback
from backend.settings import Settings, read_secret
from backend.storage import free_bytes
from backend.supervise import Supervisor
from backend.tokens import Tokens
from backend.turns import Turns
from shared.errors import KeylightError
from shared.schema.jobs import Capabilities, Health

if TYPE_CHECKING:
    from backend.jobs import Jobs

__all__ = ["Desk", "torch_words"]

_LOG: Final = logging.getLogger(__name__)

#: A part that was asked is not asked again for so long: monitors ask for health more often than it changes.
_OPENING: Final = "Jobs are being opened; ask again in a moment."
_HEALTH_SECONDS: Final = 2.0
_OPEN_SECONDS: Final = 5.0
#: After which uploads are cut when the server stops; less than what answers get in all (`backend.__main__`).
_UPLOADS_SECONDS: Final = 2.0
_TELL_TRIES: Final = 120
_TELL_SECONDS: Final = 0.5
_STREAMS: Final = 256
_STREAMS_PER_CLIENT: Final = 16
#: Songs whose type is looked at at once; each takes a processor for a moment.
_PROBES: Final = 2


class Desk:
    """One for a server. Without settings it serves the page alone: every route of jobs says so."""

    def __init__(self, given: Settings | None) -> None:
        settings = given or Settings(workers="none")
        self._missing = torch_words() if settings.devices else None
        if self._missing is not None:  # workers that cannot work are not started, nor missed
            settings = msgspec.structs.replace(settings, workers="none")
        self.settings = settings
        self.tokens = Tokens(settings.token_list, read_secret(settings) if given else secrets.token_bytes(32))
        self._checks_host = is_loopback(settings.host) and not settings.token_list
        self.rate = RateLimit(settings.rate)
        self.uploads = Held("uploads", most=settings.queue, per_client=settings.per_client)
        self.streams = Held("event streams", most=_STREAMS, per_client=_STREAMS_PER_CLIENT)
        self.turns = Turns()
        self.probes = asyncio.Semaphore(_PROBES)
        self.metrics = Metrics()
        #: Set when the server begins to stop: what would go on for ever ends.
        self.closing = asyncio.Event()
        self._has_jobs = given is not None
        self._jobs: Jobs | None = None
        self._why = _OPENING if given else "This server was started without jobs: it serves the page alone."
        self._arriving = 0
        self._stoppable: set[asyncio.Timeout] = set()
        self._asked = -math.inf
        self._asking: asyncio.Task[None] | None = None
        self._health: Health | None = None

    def client(self, request: Request[Any, Any, Any]) -> str:
        """Who asks; raises `ApiError` 401, and 403 for a page of another site, which may change nothing here.

        A server of this machine alone that wants no token also refuses names that are not its own.
        """
        headers = request.headers
        if self._checks_host:
            check_host(headers, allowed=self.settings.origin_list)
        if request.method not in ("GET", "HEAD") and self.tokens.bearer(headers) is None:
            check_origin(headers, allowed=self.settings.origin_list)
        return self.tokens.client(headers, request.client.host if request.client else "")

    def jobs(self) -> Jobs:
        """The jobs; raises `ApiError` 503 while they are not open."""
        if self._jobs is None:
            raise ApiError("unavailable", self._why, retry_after=_OPEN_SECONDS)
        return self._jobs

    def stop(self) -> None:
        """The server begins to stop: event streams end now, uploads soon."""
        self.closing.set()
        for one in self._stoppable:
            one.reschedule(asyncio.get_running_loop().time() + _UPLOADS_SECONDS)

    @contextlib.asynccontextmanager
    async def stoppable(self) -> AsyncIterator[None]:
        """Work that may take long; raises `ApiError` 503 in it when the server stops."""
        limit = asyncio.timeout(0 if self.closing.is_set() else None)
        try:
            async with limit:
                self._stoppable.add(limit)
                yield
        except TimeoutError:
            if limit.expired():
                raise ApiError("unavailable", "The server stops; send the song again later.", retry_after=10) from None
            raise
        finally:
            self._stoppable.discard(limit)

    @contextlib.contextmanager
    def space(self, count: int) -> Iterator[None]:
        """Reserve room for an upload of `count` bytes; raises `ApiError` 507 when the disk would be too full."""
        free = free_bytes(self.settings) - self._arriving - self.settings.reserve_bytes
        if free < count:
            raise ApiError("disk-full", "The server's disk is too full for another song; ask later.", retry_after=60)
        self._arriving += count
        try:
            yield
        finally:
            self._arriving -= count

    async def capabilities(self) -> Capabilities:
        """What can be done here; where nothing can, because it is not installed, what to do about that."""
        found = await self.jobs().capabilities()
        if self._missing is None or found.models:
            return found
        return msgspec.structs.replace(found, reason=self._missing)

    async def separation_words(self) -> str:
        """Whether separation is ready and why not, one line; waits until that is known, at most a minute."""
        words = self._missing
        for _ in range(_TELL_TRIES if words is None else 0):
            await asyncio.sleep(_TELL_SECONDS)
            with contextlib.suppress(ApiError, KeylightError):
                found = await self.capabilities()
                if found.separation:
                    models = ", ".join(model.name for model in found.models if model.ready)
                    return f"Separation is ready on {', '.join(one.name for one in found.devices)}: {models}."
                words = found.reason
                if found.models or not self.settings.devices:
                    break
        return f"Separation is not ready. {words or self._why}"

    async def health(self, build: str) -> Health:
        """How the parts are, or were a moment ago: they are asked in the background, the answer never waits."""
        if self._jobs is None:
            return Health("degraded", build, 0, self._why, "ok")
        if time.monotonic() - self._asked > _HEALTH_SECONDS:
            self._asked = time.monotonic()
            self._asking = asyncio.create_task(self._ask(self._jobs))
        if self._health is None and self._asking is not None:
            await self._asking
        assert self._health is not None
        return msgspec.structs.replace(self._health, build=build)

    async def _ask(self, jobs: Jobs) -> None:
        self._health = await jobs.health("")

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open the jobs in the background and start their workers; end both afterwards."""
        if not self._has_jobs:
            yield
            return
        async with contextlib.AsyncExitStack() as stack:
            opening = asyncio.create_task(self._keep_opening(stack))
            try:
                yield
            finally:
                opening.cancel()
                await asyncio.gather(opening, return_exceptions=True)

    async def _keep_opening(self, stack: contextlib.AsyncExitStack) -> None:
        """Try again and again: a database that is down comes back."""
        while True:
            try:
                jobs = await _open_jobs(self.settings)
            except Exception as error:
                self._why = "The job database or the store cannot be opened; the server's terminal says why."
                _LOG.error("Jobs cannot be opened (%s: %s); trying again.", type(error).__name__, error)
                await asyncio.sleep(_OPEN_SECONDS)
            else:
                self._jobs = jobs
                stack.push_async_callback(jobs.close)
                await self._start_workers(stack)
                return

    async def _start_workers(self, stack: contextlib.AsyncExitStack) -> None:
        if self.settings.devices:
            workers = Supervisor(self.settings)
            stack.push_async_callback(workers.stop)
            await workers.start()


async def _open_jobs(settings: Settings) -> Jobs:
    # Imported late and in a thread: the engine takes a second to import, and the page need not wait for it.
    module = await asyncio.to_thread(importlib.import_module, "backend.jobs")
    jobs: Jobs = await module.open_jobs(settings)
    return jobs


def torch_words() -> str | None:
    """Why this installation separates nothing by itself, one sentence with what to do; None where it can.

    Torch is looked for and not imported: only worker processes import it.
    """
    missing = [name for name in ("torch", "demucs") if importlib.util.find_spec(name) is None]
    if not missing:
        return None
    packages = " and ".join(missing)
    return f"Separation is not installed here ({packages}): start with `python3 -m nox -s app` without `--light`."
