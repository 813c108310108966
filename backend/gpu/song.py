"""One job in the child: from the song's file to one piece after another on disk, by any number of processes in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from backend.gpu.names import chosen_stems, output_names
from backend.gpu.outputs import outputs_of
from backend.gpu.pieces import PieceFoot, PieceWriter, piece_path, read_foot, read_state, state_path, write_state
from backend.gpu.residents import Resident
from backend.gpu.source import open_source
from backend.gpu.stream import StemStream, samples_read
from backend.gpu.tasks import Piece
from shared.errors import AudioError, KeylightError
from shared.units import format_seconds
from web.py.decode import AudioFile

__all__ = ["Song", "finished_piece"]

#: Requests of one song that are under way at once: while one is computed the next is decoded.
_DEPTH: Final = 2


class Song:
    """A song between two pieces: decoder and carry are held, so that the next piece goes on without a start."""

    def __init__(self, request: Piece, resident: Resident, check: Callable[[], None]) -> None:
        """Begin, or go on after the last piece that is on disk. `check` raises when the work is to stop."""
        separator = resident.separator
        self.check = check
        self._next = _without_piece(request), request.piece
        self._names = output_names(request.options, separator.sources)
        chosen = chosen_stems(request.options, separator.sources)
        self._chosen = [separator.sources.index(stem) for stem in chosen]
        self._mode = request.options.mode
        # A rest takes up what the stems leave anyway; and of a bag only the members that give the chosen stems compute.
        spread = request.options.spread_residual and self._mode == "each"
        self._needed = separator.sources if spread else chosen
        self._rate, self._channels, self._stride = separator.sample_rate, separator.channels, separator.stride_samples
        source = Path(request.source)
        with AudioFile(source) as audio:
            self._stated_seconds = audio.duration_seconds
        state = read_state(state_path(Path(request.folder), request.piece - 1)) if request.piece else None
        blocks = self._blocks(source, samples_read(state), request.most_seconds)
        self._stream = StemStream(separator, blocks, resume=state, spread=spread)

    def run(self, request: Piece, resident: Resident, progress: Callable[[float], None]) -> PieceFoot:
        """Make the next piece and put it on disk with the carry out of it; leaves nothing when it raises."""
        folder, stream = Path(request.folder), self._stream
        writer = PieceWriter(
            piece_path(folder, request.piece),
            self._names,
            channels=self._channels,
            sample_rate=self._rate,
            start=stream.done_samples,
        )
        try:
            self._separate(request, resident, writer, progress)
            self.check()
            total = stream.total_samples
            if not stream.ended:
                write_state(state_path(folder, request.piece), stream.state())
            seconds = self._stated_seconds if total is None else total / self._rate
            foot = writer.close(last=stream.ended, total_seconds=seconds)
        except BaseException:
            resident.batcher.withdraw(request.id)
            writer.abandon()
            raise
        self._next = _without_piece(request), request.piece + 1
        return foot

    def goes_on_with(self, request: Piece) -> bool:
        """Whether this is the next piece of the same job."""
        return self._next == (_without_piece(request), request.piece)

    def _separate(
        self, request: Piece, resident: Resident, writer: PieceWriter, progress: Callable[[float], None]
    ) -> None:
        """All segments of the piece through the model: `_DEPTH` requests ahead, results in order."""
        wanted = max(1, round(request.piece_seconds * self._rate / self._stride))
        asked = done = 0
        under_way: deque[tuple[int, Future[list[Any]]]] = deque()
        while True:
            while asked < wanted and len(under_way) < _DEPTH:
                self.check()
                segments = self._stream.segments(min(wanted - asked, max(1, resident.separator.batch)))
                if not segments:
                    wanted = asked
                    break
                asked += len(segments)
                under_way.append((len(segments), resident.batcher.submit(request.id, segments, self._needed)))
            if not under_way:
                return
            count, future = under_way.popleft()
            stems = self._stream.take(future.result())
            writer.add(outputs_of(stems[self._chosen], self._stream.mix(), self._mode))
            done += count
            self.check()
            progress(done / wanted)

    def _blocks(self, source: Path, start: int, most_seconds: float) -> Iterator[np.ndarray]:
        """The song from a sample on. What lies before is decoded as well: only so are the samples the same ones."""
        most, at = round(most_seconds * self._rate), 0
        for block in open_source(source, self._rate, self._channels):
            self.check()
            first, at = at, at + block.shape[1]
            if at > most:
                raise AudioError(
                    f"The audio is longer than {format_seconds(most_seconds)}, the most that is taken here. "
                    + "Cut it into shorter files."
                )
            if at > start:
                yield block[:, max(0, start - first) :]


def _without_piece(request: Piece) -> Piece:
    """What is the same in all pieces of a job."""
    return msgspec.structs.replace(request, id=0, piece=0, piece_seconds=0.0, alone=False)


def finished_piece(request: Piece) -> PieceFoot | None:
    """The piece when it is on disk already: whoever made it was stopped before it could say so."""
    path = piece_path(Path(request.folder), request.piece)
    try:
        return read_foot(path) if path.exists() else None
    except KeylightError:
        return None  # made again, and replaced
