"""The engine behind the page: takes typed messages, keeps the open tracks, answers each message once.

Platform-free: `web.py.bridge` hands over what the browser gives, tests hand over the same in CPython.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from shared.errors import Cancelled, MessageError
from shared.schema import messages as m
from shared.schema.analysis import ARRAYS, DETAIL_ARRAYS
from web.py.analysis.export import export
from web.py.analysis.structure import on_downbeats
from web.py.analysis.tagger import TaggerBridge
from web.py.analysis.tempo import retempo, tap_tempo
from web.py.analysis.track import TrackAnalysis
from web.py.split import Splits

__all__ = ["Engine", "Report"]

Report = Callable[[str, float], None]


class Engine:
    """One engine: its open tracks and separations by number, one `TaggerBridge` (none: mood without tags).

    heap_bytes: says how large Python's heap is (in the browser, WebAssembly memory).
    """

    def __init__(
        self,
        *,
        tagger: TaggerBridge | None = None,
        heap_bytes: Callable[[], int] = lambda: 0,
    ) -> None:
        self._tagger = tagger
        self._heap_bytes = heap_bytes
        self._tracks: dict[int, TrackAnalysis] = {}
        self._splits = Splits()

    async def handle(self, text: str, arrays: Sequence[np.ndarray], report: Report) -> tuple[m.Reply, list[np.ndarray]]:
        """Answer one request (JSON) with its arrays; `report(stage, fraction)` is called while long work goes on.

        Raises `KeylightError` with a sentence for the person; anything else is a mistake of ours.
        """
        match m.decode_request(text):
            case m.OpenTrack() as request:
                return self._begin(request)
            case m.FeedTrack(track=track):
                analysis = self._open(track)
                analysis.feed(arrays)
                return m.Fed(track=track, seconds=analysis.seconds), []
            case m.FinishTrack(track=track):
                return await self._finish(track, report)
            case m.DeepenTrack(track=track):
                return await self._deepen(track, report)
            case m.CancelTrack(track=track):
                self._tracks.pop(track, None)
                return m.Cancelled(track=track), []
            case m.Retempo() as request:
                return self._retempo(request, arrays)
            case m.TapTempo(times_seconds=times):
                bpm, error_bpm, taps = tap_tempo(np.asarray(times, dtype=np.float64))
                return m.Tapped(bpm=bpm, error_bpm=error_bpm, taps=taps), []
            case m.Export(format=format_, records=records, beats=beats):
                if beats and len(arrays) != 2 * len(records):
                    raise MessageError(f"Expected two arrays for each of {len(records)} records, got {len(arrays)}.")
                return export(records, format_, beats=arrays if beats else ()), []
            case m.OpenSplit() | m.FeedSplit() | m.FinishSplit() | m.CancelSplit() as request:
                return await self._splits.handle(request, arrays, report)
            case m.GetStatus():
                return self._status(), []

    def _begin(self, request: m.OpenTrack) -> tuple[m.Reply, list[np.ndarray]]:
        if request.track in self._tracks:
            raise MessageError(f"Expected a new track number, got {request.track}, which is open already.")
        self._tracks[request.track] = TrackAnalysis(
            sample_rate=request.sample_rate,
            channels=request.channels,
            tagger=self._tagger,
            expected_seconds=request.expected_seconds,
            tempo_range=request.tempo_range,
        )
        return m.Opened(track=request.track), []

    def _open(self, track: int) -> TrackAnalysis:
        if track not in self._tracks:
            raise MessageError(f"Track {track} is not open. It was cancelled, deepened or never begun.")
        return self._tracks[track]

    async def _finish(self, track: int, report: Report) -> tuple[m.Reply, list[np.ndarray]]:
        analysis = self._open(track)
        if analysis.finished:
            raise MessageError(f"Track {track} is finished already: ask for its details or cancel it.")
        with self._freed_on_failure(track, analysis):
            for step in analysis.steps():
                report(step.stage, step.fraction)
                await self._pause(track, analysis)
        answer, arrays = analysis.result
        return m.Finished(track=track, analysis=answer), [arrays[name] for name in ARRAYS]

    async def _deepen(self, track: int, report: Report) -> tuple[m.Reply, list[np.ndarray]]:
        analysis = self._open(track)
        if not analysis.finished:
            raise MessageError(f"Expected track {track} to be finished before its details are asked for.")
        with self._freed_on_failure(track, analysis):
            async for step in analysis.deepen():
                report(step.stage, step.fraction)
                await self._pause(track, analysis)
        self._tracks.pop(track, None)
        details, arrays = analysis.details
        return m.Deepened(track=track, details=details), [arrays[name] for name in DETAIL_ARRAYS]

    async def _pause(self, track: int, analysis: TrackAnalysis) -> None:
        """Let a CancelTrack in, and end here when there was one."""
        await asyncio.sleep(0)
        if self._tracks.get(track) is not analysis:
            raise Cancelled(f"Track {track} was cancelled.")

    @contextmanager
    def _freed_on_failure(self, track: int, analysis: TrackAnalysis) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if self._tracks.get(track) is analysis:
                del self._tracks[track]
            raise

    def _retempo(self, request: m.Retempo, arrays: Sequence[np.ndarray]) -> tuple[m.Reply, list[np.ndarray]]:
        if len(arrays) != 2:
            raise MessageError(f"Expected the arrays beats and downbeats, got {len(arrays)} arrays.")
        rhythm, beats, downbeats = retempo(
            arrays[0],
            arrays[1],
            rhythm=request.rhythm,
            duration_seconds=request.duration_seconds,
            bpm=request.bpm,
            shift_seconds=request.shift_seconds,
            downbeat_shift=request.downbeat_shift,
        )
        structure = request.structure and on_downbeats(request.structure, downbeats)
        return m.Edited(rhythm=rhythm, structure=structure), [beats, downbeats]

    def _status(self) -> m.EngineStatus:
        return m.EngineStatus(
            python=platform.python_version(),
            numpy=np.__version__,
            python_heap_bytes=self._heap_bytes(),
            open_tracks=len(self._tracks),
        )
