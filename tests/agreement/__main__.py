"""Writes what Pyodide shall agree with: up to `SECONDS` of every set's recordings, and CPython's answers.

The composed short pieces are always there; loops, songs and rendered MIDI where their data and FluidSynth are.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys

import msgspec

from shared.spectrum.features import encode_features
from tests.agreement.answers import FOLDER, Answer, Kept, analyse, make_features, read_wav
from tests.bench.sets import Item, items
from tests.bench.sets.store import RATE, write_wav
from web.py.analysis.native_tagger import NativeTagger

SECONDS = 20
#: Recordings of each set; all of them where no number stands.
SETS = {"short": None, "loops": None, "songs": None, "pop909": 4, "composed": 4, "drift": 2, "structure": 2}


def main() -> None:
    """Write all anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    answers: dict[str, Answer] = {}
    tagger = NativeTagger()
    for name, count in SETS.items():
        for item in _chosen(name, count):
            stem = re.sub(r"[^\w-]+", " ", f"{item.set} {item.name}").strip()
            path = FOLDER / f"{stem}.wav"
            # From the middle, where all play, and long structured pieces are cut short like the rest.
            audio = item.audio()
            start = max(0, (audio.size - SECONDS * RATE) // 2)
            write_wav(path, audio[start : start + SECONDS * RATE])
            path.with_suffix(".klf").write_bytes(encode_features(make_features(*read_wav(path))))
            answers[stem] = asyncio.run(analyse(*read_wav(path), Kept(path.with_suffix(".npz"), tagger)))
    (FOLDER / "answers.json").write_bytes(msgspec.json.encode(answers))
    print(f"agreement: {len(answers)} recordings from {', '.join(SETS)}")


def _chosen(name: str, count: int | None) -> list[Item]:
    try:
        found = list(items(name))
    except (FileNotFoundError, RuntimeError) as error:
        print(f"agreement: without {name}: {error}", file=sys.stderr)
        return []
    return found if count is None else found[:: max(1, len(found) // count)][:count]


if __name__ == "__main__":
    main()
