"""Makes `analysis-N.json` for the present version: `python -m tests.golden.make`. Run once per version, never by CI."""

from __future__ import annotations

from pathlib import Path

import msgspec

from shared.schema.analysis import ANALYSIS_VERSION
from shared.theory.keys import parse_key
from tests.signals import RATE, song
from web.py.analyze import analyze_blocks


def main() -> None:
    """Analyse a planted song and save what came out."""
    planted = song(parse_key("A minor"), bpm=128, seconds=40)
    analysis, _ = analyze_blocks([planted[None]], sample_rate=RATE, channels=1)
    text = msgspec.json.format(msgspec.json.encode(analysis), indent=2)
    (Path(__file__).parent / f"analysis-{ANALYSIS_VERSION}.json").write_bytes(text + b"\n")


if __name__ == "__main__":
    main()
