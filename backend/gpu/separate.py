"""Stems of a song on the command line, by the code that runs on the server.

    python -m backend.gpu.separate IN OUT_DIR [--model htdemucs|...|quick] [--stems vocals,drums] [--mode each|two|rest]
        [--format flac|wav|wav16|wav24|wav32f|mp3|m4a] [--no-spread] [--device auto|cpu|cuda:0]

Writes a file for each stem, named by it (`vocals.flac`), and tells its progress on stderr. The song is read, separated
and written as a stream: memory does not grow with its length. Files appear when they are whole; an error is a sentence
and exit code 1, Ctrl-C leaves nothing behind. Models come from KEYLIGHT_MODELS, else from the hub at first use;
`quick` needs neither a download nor torch.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, Final

import numpy as np

from backend.gpu.encode import Encoder, Tags
from backend.gpu.models import find_models
from backend.gpu.names import chosen_stems, output_label, output_names
from backend.gpu.outputs import outputs_of
from shared.errors import KeylightError
from shared.schema.jobs import FORMATS, OutputFormat, StemsOptions
from shared.separation.models import MODELS, QUICK, QUICK_STEMS
from shared.separation.quick import QuickSeparator
from web.py.decode import AudioFile

__all__ = ["main", "separate_file"]

#: Stems float32 [sources, 2, n] and the mix [2, n] they belong to.
Pieces = Iterator[tuple[np.ndarray, np.ndarray]]
_WAV: Final[OutputFormat] = "wav24"
_INTERRUPTED: Final = 130  # what a shell reports for SIGINT


def separate_file(
    path: Path,
    folder: Path,
    options: StemsOptions,
    *,
    models: Path | None = None,
    device: str = "auto",
    report: Callable[[str, float], None] | None = None,
) -> list[Path]:
    """Write the stems of one song into a folder; returns the files.

    models: where weights lie, None for the hub. report: told what is going on, and the share of it that is done.
    Raises `KeylightError` with a sentence; then no file has been written.
    """
    tell = report or (lambda stage, share: None)
    with AudioFile(path) as audio:
        rate, seconds = audio.sample_rate, audio.duration_seconds
    sources: tuple[str, ...] = QUICK_STEMS
    if options.model == QUICK:
        pieces = _quick(path)
        names = output_names(options, sources)
    else:
        names = output_names(options, MODELS[options.model].stems)  # refused before a model is loaded
        sources, rate, pieces = _demucs(path, options, models, device, tell)
    chosen = [sources.index(stem) for stem in chosen_stems(options, sources)]
    total = None if seconds is None else seconds * rate
    with ExitStack() as stack:
        files = _open_files(stack, folder, names, options, rate, title=path.stem)
        done = 0
        for stems, mix in pieces:
            for encoder, output in zip(files.values(), outputs_of(stems[chosen], mix, options.mode), strict=True):
                encoder.write(output)
            done += mix.shape[1]
            tell("separating", min(1.0, done / total) if total else 0.0)
        return _publish(files)


def _demucs(
    path: Path, options: StemsOptions, models: Path | None, device: str, tell: Callable[[str, float], None]
) -> tuple[tuple[str, ...], int, Pieces]:
    """Sources and sample rate of a network, and the song through it."""
    if any(importlib.util.find_spec(name) is None for name in ("torch", "demucs")):
        raise KeylightError(str(find_models(models)[0].reason))
    from backend.gpu.devices import best_device
    from backend.gpu.models import load_model
    from backend.gpu.separator import Separator

    chosen_device = best_device(device)
    tell("loading model", 0.0)
    model = load_model(options.model, models, progress=lambda share: tell("fetching model", share))
    separator = Separator(model, device=chosen_device)
    return separator.sources, separator.sample_rate, _through(separator, path, options)


def _through(separator: Any, path: Path, options: StemsOptions) -> Pieces:
    """While a batch is computed, the one before is written and the next one is decoded."""
    from backend.gpu.source import open_source
    from backend.gpu.stream import StemStream

    chosen = chosen_stems(options, separator.sources)
    spread = options.spread_residual and options.mode == "each"
    needed = separator.sources if spread else chosen
    stream = StemStream(separator, open_source(path, separator.sample_rate, separator.channels), spread=spread)
    pool = ThreadPoolExecutor(1, "separate")
    try:
        under_way: Future[Any] | None = None
        while True:
            segments = stream.segments(separator.batch)
            following = pool.submit(separator.forward_all, segments, needed) if segments else None
            if under_way is not None:
                yield stream.take(under_way.result()), stream.mix()
            if following is None:
                return
            under_way = following
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _quick(path: Path) -> Pieces:
    """The song through the quick separation, at its own rate."""
    with AudioFile(path) as audio:
        separator = QuickSeparator(audio.sample_rate, audio.channels)
        for block in audio.blocks():
            yield _with_mix(separator.feed(block))
        yield _with_mix(separator.finish())


def _with_mix(stems: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return stems, stems.sum(axis=0)  # they sum to the mix by construction


def _open_files(
    stack: ExitStack, folder: Path, names: Sequence[str], options: StemsOptions, rate: int, *, title: str
) -> dict[Path, Encoder]:
    """An encoder for each output under a temporary name; what is not published when the stack closes is removed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KeylightError(f"The folder for the stems cannot be made: {error.strerror}. Name another one.") from error
    files: dict[Path, Encoder] = {}
    for at, name in enumerate(names):
        path = folder / f".{name}{FORMATS[options.format][0]}.part"
        tags = Tags(title=f"{title} ({output_label(name)})", made_by=f"Keylight, {options.model}")
        try:
            files[path] = Encoder(path, options.format, sample_rate=rate, channels=2, tags=tags, seed=at)
        except OSError as error:
            raise KeylightError(f"{path.name} cannot be written: {error.strerror}. Name another folder.") from error
        stack.callback(path.unlink, missing_ok=True)
        stack.callback(files[path].abandon)
    return files


def _publish(files: dict[Path, Encoder]) -> list[Path]:
    for encoder in files.values():
        encoder.close()
    return [path.replace(path.with_name(path.name[1:].removesuffix(".part"))) for path in files]


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    given = _parser().parse_args(arguments)
    kind: OutputFormat = _WAV if given.format == "wav" else given.format
    options = StemsOptions(
        model=given.model,
        mode=given.mode,
        stems=tuple(one for one in given.stems.split(",") if one),
        format=kind,
        spread_residual=not given.no_spread,
    )
    folder = os.environ.get("KEYLIGHT_MODELS")
    try:
        files = separate_file(
            given.input,
            given.out,
            options,
            models=Path(folder) if folder else None,
            device=given.device,
            report=_Progress(),
        )
    except KeylightError as error:
        print(f"\n{given.input.name}: {error}".lstrip("\n"), file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; no file was written.", file=sys.stderr, flush=True)
        return _INTERRUPTED
    for path in files:
        print(path)
    return 0


class _Progress:
    """Progress on stderr: one line that changes in a terminal, else a line for every tenth.

    It is where Ctrl-C is raised a second time: code that a library calls back may swallow an exception.
    """

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = ("", -1)
        self._begin = time.monotonic()
        self._interrupted = False
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self._interrupted = True
        raise KeyboardInterrupt

    def __call__(self, stage: str, share: float) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        step = int(share * (100 if self._live else 10))
        if (stage, step) == self._last:
            return
        self._last = stage, step
        seconds = time.monotonic() - self._begin
        print(
            f"{stage} {share:4.0%} {seconds:5.0f} s",
            end="\r" if self._live and share < 1 else "\n",
            file=sys.stderr,
            flush=True,
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m backend.gpu.separate", description="Stems of a song.")
    parser.add_argument("input", type=Path, metavar="IN", help="an audio file")
    parser.add_argument("out", type=Path, metavar="OUT_DIR", help="folder for the stems, made if need be")
    parser.add_argument("--model", choices=[*MODELS, QUICK], default=next(iter(MODELS)))
    parser.add_argument("--stems", default="", metavar="A,B", help="which stems; none named: all")
    parser.add_argument(
        "--mode",
        choices=["each", "two", "rest"],
        default="each",
        help="each: a file per stem; two: one stem and the rest; rest: the mix without the stems",
    )
    parser.add_argument("--format", choices=["wav", *FORMATS], default="flac", help="wav is wav24")
    parser.add_argument("--no-spread", action="store_true", help="leave the stems as they are, not summing to the mix")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, ...")
    return parser


if __name__ == "__main__":
    code = main(sys.argv[1:])
    if code == _INTERRUPTED:
        os._exit(code)  # a batch may still be under way in its thread: nobody waits for it
    sys.exit(code)
