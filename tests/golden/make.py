"""Makes `analysis-N.json` for the present version: `python -m tests.golden.make`. Run once per version, never by CI."""

from __future__ import annotations

from pathlib import Path

import msgspec

from shared.schema.analysis import ANALYSIS_VERSION
from shared.theory.keys import parse_key
from tests.signals import RATE, song
from web.py.analysis.native import NativeEssentia
from web.py.analysis.track import TrackAnalysis


def main() -> None:
    """Analyse a planted song and save what came out."""
    track = TrackAnalysis(sample_rate=RATE, channels=1, essentia=NativeEssentia())
    track.feed([song(parse_key("A minor"), bpm=128, seconds=20)])
    for _ in track.steps():
        pass
    text = msgspec.json.format(msgspec.json.encode(track.result[0]), indent=2)
    (Path(__file__).parent / f"analysis-{ANALYSIS_VERSION}.json").write_bytes(text + b"\n")


if __name__ == "__main__":
    main()
