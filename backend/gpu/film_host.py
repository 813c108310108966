"""The worker's side of films: processes that plan, look, draw and write, none left behind. Imports no numpy, skia, av.

A film's folder holds all that is known of it (`backend.gpu.render_folder`): whatever is asked again goes on from there.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from backend.gpu.film_tasks import (
    FilmAnswer,
    FilmChecked,
    FilmDone,
    FilmManifest,
    FilmRefused,
    FilmReport,
    FilmTask,
    decode_film_answer,
)
from backend.gpu.processes import kill, start_module
from backend.gpu.render_crew import RenderCrew, process_count
from backend.gpu.render_plan import LIMITS, Segment, light_name, segment_name, segments_of
from backend.gpu.tasks import ChildDied, DiskFull
from shared.errors import KeylightError
from shared.schema.jobs import RenderJob, Stage

__all__ = ["FilmHost", "check_film", "films_missing"]

Tell = Callable[[Stage, float], None]
#: A process that says nothing for so long hangs: analysing two hours of song takes minutes.
_STALL_SECONDS: Final = 1800.0
_CHECK_SECONDS: Final = 90.0
_LAST_LINES: Final = 8
_MOST: Final = 10_000


def films_missing() -> str | None:
    """Why this installation renders nothing, one sentence with what to do; None where it can."""
    missing = [name for name in ("skia", "av") if importlib.util.find_spec(name) is None]
    if not missing:
        return None
    return (
        f"Rendering is not installed here ({' and '.join(missing)}): "
        + "start with `python3 -m nox -s app` without `--light`."
    )


async def check_film(folder: Path, job: RenderJob, *, most_seconds: float) -> FilmChecked:
    """Whether what lies in an upload's folder can be rendered; raises `KeylightError` with a sentence."""
    task = FilmTask("check", str(folder.absolute()), job, most_seconds=most_seconds)
    try:
        answer = await _ask(task, _nobody, stall_seconds=_CHECK_SECONDS)
    except ChildDied as death:
        raise KeylightError(
            "The video cannot be painted: its project or one of its media ends the painter. Leave out what was added "
            + "last, or convert it."
        ) from death
    assert isinstance(answer, FilmChecked), answer
    return answer


@dataclass(frozen=True)
class _Film:
    """A film that is worked on."""

    crew: RenderCrew
    segments: tuple[Segment, ...]
    frames: int


class FilmHost:
    """Films of one worker, which share its processors."""

    def __init__(self, *, processes: int | None = None, gl: bool = False) -> None:
        """processes: that draw at once, in all; gl: on the graphics card, where one opens."""
        self._processes = processes or process_count(_MOST)
        self._room = asyncio.Semaphore(self._processes)
        self._gl = gl
        self._films: dict[Path, _Film] = {}

    async def plan(self, folder: Path, job: RenderJob, report: Tell) -> int:
        """Decide on frames and encoder; how many frames the film has. Raises as all methods do:

        `KeylightError` with a sentence (do not try again), `DiskFull`, `ChildDied` (try again).
        """
        answer = await _ask(FilmTask("plan", str(folder), job, gl=self._gl), report)
        assert isinstance(answer, FilmDone), answer
        return answer.frames

    async def frames(
        self,
        kind: Literal["look", "render"],
        folder: Path,
        job: RenderJob,
        frames: int,
        report: Tell,
        *,
        each: Callable[[], Awaitable[None]],
        until: Callable[[], bool],
    ) -> bool:
        """Look at all frames, or draw them; whether all is there, which it is not when `until` came first."""
        if kind == "look" and (folder / LIMITS).is_file():
            return True
        film = self._film(folder, job, frames)
        missing = _missing(folder, film.segments, kind)
        there = film.frames - sum(segment.count for segment in missing)
        stage: Stage = "looking" if kind == "look" else "drawing"
        report(stage, there / film.frames)
        await film.crew.work(
            kind, missing, lambda done: report(stage, (there + done) / film.frames), each=each, until=until
        )
        return not _missing(folder, film.segments, kind)

    async def hold(self, folder: Path) -> tuple[str, ...]:
        """Work out how far flashes are held back; sentences on those that are."""
        answer = await _ask(FilmTask("hold", str(folder)), _nobody)
        assert isinstance(answer, FilmDone), answer
        return answer.remarks

    async def write(self, folder: Path, out: Path, job: RenderJob, report: Tell) -> FilmManifest:
        """Join the film into `out`."""
        await self.release(folder)
        answer = await _ask(FilmTask("write", str(folder), job, str(out)), report)
        assert isinstance(answer, FilmDone), answer
        assert answer.manifest is not None
        return answer.manifest

    def there(self, folder: Path) -> int:
        """How many files of frames are there: grows as work is done."""
        return sum(1 for path in folder.iterdir() if path.name.startswith(("segment-", "light-")))

    async def release(self, folder: Path) -> None:
        """End the processes of a film."""
        film = self._films.pop(folder, None)
        if film is not None:
            await film.crew.aclose()

    async def close(self) -> None:
        """End all processes."""
        for folder in list(self._films):
            await self.release(folder)

    def _film(self, folder: Path, job: RenderJob, frames: int) -> _Film:
        if folder not in self._films:
            segments = segments_of(frames, fps=job.film.fps)
            processes = min(self._processes, len(segments))
            crew = RenderCrew(str(folder), processes=processes, room=self._room)
            self._films[folder] = _Film(crew, segments, frames)
        return self._films[folder]


def _missing(folder: Path, segments: tuple[Segment, ...], kind: Literal["look", "render"]) -> list[Segment]:
    name = segment_name if kind == "render" else light_name
    return [segment for segment in segments if not (folder / name(segment.index)).is_file()]


async def _ask(task: FilmTask, report: Tell, *, stall_seconds: float = _STALL_SECONDS) -> FilmAnswer:
    process = await start_module("backend.gpu.film", stderr=asyncio.subprocess.PIPE)
    said: deque[str] = deque(maxlen=_LAST_LINES)
    listener = asyncio.create_task(_keep_last(process, said))
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with contextlib.suppress(OSError):  # dead already: reading tells
            process.stdin.write(msgspec.json.encode(task) + b"\n")
            await process.stdin.drain()
        while line := await _line(process.stdout, stall_seconds):
            match decode_film_answer(line):
                case FilmReport(stage, fraction):
                    report(stage, fraction)
                case FilmRefused("person", message):
                    raise KeylightError(message)
                case FilmRefused("disk", message):
                    raise DiskFull(message)
                case FilmRefused(_, message):
                    raise ChildDied(message)
                case answer:
                    return answer
    finally:
        await kill(process)
        await asyncio.wait([listener], timeout=1.0)
        listener.cancel()
    raise ChildDied("\n".join([f"The process of a film ended with exit code {process.returncode}.", *said]))


async def _line(stdout: asyncio.StreamReader, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await stdout.readline()
    except TimeoutError:
        raise ChildDied(f"The process of a film got no further for {seconds:g} s and was killed.") from None


async def _keep_last(process: asyncio.subprocess.Process, said: deque[str]) -> None:
    assert process.stderr is not None
    with contextlib.suppress(ValueError, OSError):  # a line beyond all bounds
        while line := await process.stderr.readline():
            said.append(line.decode(errors="replace").rstrip())


def _nobody(_stage: Stage, _fraction: float) -> None:
    """Nobody wants to know how far it is."""
