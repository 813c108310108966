"""Features of an audio file for pictures, on the command line: what the video editor makes in the browser.

    python -m web.py.features AUDIO OUT.klf [--no-analysis] [--stem NAME=AUDIO ...]

Beats, bars and sections are those of `python -m web.py.analyze`. The file is read once. Stems are what
`python -m backend.gpu.separate` writes, by any name: drums=song/drums.wav lets the drums alone move something.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from shared.errors import KeylightError
from shared.spectrum.features import FeatureMaker, Features, encode_features, name_sections
from shared.units import format_seconds
from web.py.analyze import analyze_blocks
from web.py.decode import AudioFile

__all__ = ["features_of_blocks", "features_of_file", "main"]


def features_of_file(path: Path, *, analysis: bool = True) -> Features:
    """The features of one file. analysis: also beats, downbeats and sections, which take most of the time.

    Raises `KeylightError` with a sentence.
    """
    with AudioFile(path) as audio:
        return features_of_blocks(
            audio.blocks(),
            sample_rate=audio.sample_rate,
            channels=audio.channels,
            expected_seconds=audio.duration_seconds,
            analysis=analysis,
        )


def features_of_blocks(
    blocks: Iterable[np.ndarray],
    *,
    sample_rate: int,
    channels: int,
    expected_seconds: float | None = None,
    analysis: bool = True,
) -> Features:
    """The same of decoded audio: blocks float32 [channels, samples] of any length."""
    maker = FeatureMaker(sample_rate, channels)
    heard = _heard(blocks, maker)
    if not analysis:
        for _ in heard:
            pass
        return maker.finish()
    found, arrays = analyze_blocks(heard, sample_rate=sample_rate, channels=channels, expected_seconds=expected_seconds)
    return maker.finish(
        beats=arrays["beats"],
        downbeats=arrays["downbeats"],
        sections=name_sections(found.structure.sections if found.structure else ()),
    )


def _heard(blocks: Iterable[np.ndarray], maker: FeatureMaker) -> Iterator[np.ndarray]:
    """The blocks, each fed to the maker on its way."""
    for block in blocks:
        maker.feed(block)
        yield block


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        features = _named(options.audio, analysis=options.analysis)
        stems = {name: _named(audio, analysis=False) for name, audio in options.stem}
        features = replace(features, stems=stems)
        _write(Path(options.out), encode_features(features))
    except KeylightError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{format_seconds(features.seconds)}, {features.frames} frames, {len(features.beats)} beats, "
        + f"{len(features.downbeats)} bars, {len(features.sections)} sections"
        + "".join(f", {name}" for name in features.stems)
    )
    return 0


def _named(audio: str, *, analysis: bool) -> Features:
    """The file's features, or an error that names it: with stems there are several."""
    try:
        return features_of_file(Path(audio), analysis=analysis)
    except KeylightError as error:
        # Names need not be text; what is printed must be.
        raise KeylightError(f"{os.fsencode(audio).decode('utf-8', 'replace')}: {error}") from error


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise KeylightError(f"The features cannot be written to {path}: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m web.py.features", description="Features of an audio file for pictures."
    )
    parser.add_argument("audio", metavar="AUDIO")
    parser.add_argument("out", metavar="OUT.klf")
    parser.add_argument(
        "--no-analysis", dest="analysis", action="store_false", help="without beats, bars and sections: much quicker"
    )
    parser.add_argument(
        "--stem", action="append", default=[], type=_stem, metavar="NAME=AUDIO", help="features of a stem of it as well"
    )
    return parser


def _stem(text: str) -> tuple[str, str]:
    name, _, audio = text.partition("=")
    if not name or not audio or "/" in name:
        raise argparse.ArgumentTypeError(f"expected NAME=AUDIO, as drums=drums.wav, got {text!r}")
    return name, audio


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
