"""Finished pieces to files: `python -m backend.gpu.finish` reads one line of JSON and answers in lines of JSON.

The request is a `FinishRequest`; answers are `Report`, and at the end `Written` or `Failed` (`backend.gpu.tasks`). The
pieces go by once, block by block, through all encoders, so memory does not grow with the song. It needs no torch.

Loudness: stems may be louder than full scale although their mix is not. Where a format would clip (all but 32-bit
float), all files of a job are made softer by one factor, so that they still sum to the mix times that factor, which the
manifest names; nothing is ever made louder.
"""

from __future__ import annotations

import os
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from backend.gpu.confine import die_with_parent
from backend.gpu.encode import Encoder, Tags
from backend.gpu.names import archive_name, file_name, output_label
from backend.gpu.pieces import PieceFoot, disk_full_told, piece_path, read_blocks, read_foot, write_file
from backend.gpu.tasks import DiskFull, Failed, FinishManifest, FinishRequest, OutputFile, Report, Written
from shared.errors import KeylightError
from shared.schema.jobs import FORMATS, Stage, StemsOptions
from shared.spectrum.downmix import downmix
from shared.spectrum.peaks import PeakMaker, pack_peaks

__all__ = ["MANIFEST", "finish_files", "main"]

MANIFEST: Final = "manifest.json"
#: Formats whose samples may exceed full scale.
_UNBOUNDED: Final = ("wav32f",)
_CRC_BYTES: Final = 1 << 20


def finish_files(
    folder: Path, out: Path, options: StemsOptions, report: Callable[[Stage, float], None]
) -> FinishManifest:
    """All files of a job, and `manifest.json` when they are there; a finished `out` is answered as it is.

    Raises `KeylightError` with a sentence when a piece is missing or damaged, `DiskFull` when there is no room.
    """
    done = _finished(out)
    if done is not None:
        return done
    feet = _feet(folder)
    peak = max((max(foot.peaks) for foot in feet), default=0.0)
    gain = 1.0 if options.format in _UNBOUNDED or peak <= 1.0 else 1.0 / peak
    with disk_full_told():
        out.mkdir(parents=True, exist_ok=True)
    outputs = [_Output(out, name, at, feet[0], options) for at, name in enumerate(feet[0].outputs)]
    try:
        _write(folder, feet, outputs, gain, report)
        files = tuple(output.close() for output in outputs)
    finally:
        for output in outputs:
            output.abandon()
    manifest = FinishManifest(
        sample_rate=feet[0].sample_rate,
        samples=sum(foot.samples for foot in feet),
        gain=gain,
        archive_name=archive_name(options),
        files=files,
    )
    write_file(out / MANIFEST, msgspec.json.encode(manifest))
    return manifest


class _Output:
    """One of the files, and its waveform."""

    def __init__(self, out: Path, name: str, at: int, foot: PieceFoot, options: StemsOptions) -> None:
        self._name, self._options, self._at = name, options, at
        self._label = output_label(name)
        self._path = out / f"{name}{FORMATS[options.format][0]}"
        self._peaks = PeakMaker(foot.sample_rate)
        title = f"{options.title} ({self._label})" if options.title else self._label
        self._encoder = Encoder(
            self._path,
            options.format,
            sample_rate=foot.sample_rate,
            channels=foot.channels,
            tags=Tags(title, options.artist, options.key, options.bpm, f"Separated by Keylight ({options.model})"),
            seed=at,
        )

    def write(self, block: np.ndarray) -> None:
        """Take this output's share of a block [outputs, channels, n]."""
        mine = block[self._at]
        self._encoder.write(mine)
        self._peaks.feed(downmix(mine))

    def abandon(self) -> None:
        """Let go of the file if it is open."""
        self._encoder.abandon()

    def close(self) -> OutputFile:
        """Bring file and waveform to the disk."""
        self._encoder.close()
        peaks = self._path.with_name(f"{self._name}.peaks")
        write_file(peaks, pack_peaks(self._peaks.finish()))
        return OutputFile(
            name=self._name,
            label=self._label,
            file=self._path.name,
            file_name=file_name(self._options, self._label),
            media_type=FORMATS[self._options.format][1],
            bytes=self._path.stat().st_size,
            crc32=_crc32(self._path),
            peaks=peaks.name,
        )


def _write(
    folder: Path,
    feet: Sequence[PieceFoot],
    outputs: Sequence[_Output],
    gain: float,
    report: Callable[[Stage, float], None],
) -> None:
    total, done, told = sum(foot.samples for foot in feet), 0, -1
    with ThreadPoolExecutor(min(len(outputs), os.cpu_count() or 1)) as pool:
        for block in _all_blocks(folder, feet):
            scaled = block if gain == 1.0 else block * np.float32(gain)
            list(pool.map(lambda output, scaled=scaled: output.write(scaled), outputs))
            done += block.shape[2]
            if 100 * done // total > told:
                told = 100 * done // total
                report("writing", done / total)


def _feet(folder: Path) -> list[PieceFoot]:
    """What the pieces say, from the first to the last; raises `KeylightError` when they are not one song."""
    feet = [read_foot(piece_path(folder, 0))]
    while not feet[-1].last:
        feet.append(read_foot(piece_path(folder, len(feet))))
        before, this = feet[-2:]
        if (this.outputs, this.start) != (before.outputs, before.start + before.samples):
            raise KeylightError("The pieces of this job do not belong together. Start the job again.")
    return feet


def _all_blocks(folder: Path, feet: Sequence[PieceFoot]) -> Iterator[np.ndarray]:
    for piece in range(len(feet)):
        yield from read_blocks(piece_path(folder, piece))


def _finished(out: Path) -> FinishManifest | None:
    """The manifest of files that are all there: whoever wrote them was stopped before it could say so."""
    try:
        manifest = msgspec.json.decode((out / MANIFEST).read_bytes(), type=FinishManifest)
        files = [
            (out / one.file).stat().st_size == one.bytes and (out / str(one.peaks)).exists() for one in manifest.files
        ]
    except (OSError, msgspec.DecodeError):
        return None
    return manifest if all(files) else None


def _crc32(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while data := file.read(_CRC_BYTES):
            crc = zlib.crc32(data, crc)
    return crc


def main() -> int:
    """Answer the request on standard input."""
    line = sys.stdin.buffer.readline()
    die_with_parent(watch_stdin=True)
    request = msgspec.json.decode(line, type=FinishRequest)
    try:
        manifest = finish_files(
            Path(request.folder), Path(request.out), request.options, lambda *how: _say(Report(0, *how))
        )
        _say(Written(0, manifest))
    except DiskFull as error:
        _say(Failed(0, "disk", str(error)))
    except KeylightError as error:
        _say(Failed(0, "person", str(error)))
    except Exception:
        _say(Failed(0, "defect", traceback.format_exc()))
    return 0


def _say(message: msgspec.Struct) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
