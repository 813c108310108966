"""What a file holds, told by decoding its beginning: `python -m backend.gpu.probe PATH` prints one line of JSON.

A file from a stranger is opened here first, in a process with little memory and little time; what it is called plays no
part.
The line is `{"seconds": 187.4, "channels": 2, "sampleRate": 44100, "codec": "mp3"}` (seconds null when the file does
not say), or `{"error": "a sentence"}`; the exit code is 0 either way.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import msgspec

from backend.gpu.confine import confine, die_with_parent
from backend.gpu.probing import CPU_SECONDS, MEMORY_BYTES, Probed
from shared.errors import AudioError
from shared.spectrum.resample import HIGHEST_HZ, LOWEST_HZ
from web.py.decode import AudioFile

__all__ = ["main", "probe_file"]


def probe_file(path: Path) -> Probed:
    """What the file holds; raises `AudioError` with a sentence when none of its sound can be decoded."""
    with AudioFile(path) as audio:  # says what is wrong in words when it is not audio at all
        if not LOWEST_HZ <= audio.sample_rate <= HIGHEST_HZ:
            raise AudioError(
                f"The file says it has {audio.sample_rate:,} samples a second; "
                + f"expected {LOWEST_HZ:,} to {HIGHEST_HZ:,}. Convert it first."
            )
        next(audio.blocks())
        seconds = audio.duration_seconds
        stated = seconds if seconds is not None and math.isfinite(seconds) and seconds > 0 else None
        return Probed(stated, audio.channels, audio.sample_rate, audio.codec)


def main(arguments: list[str] | None = None) -> int:
    """Print the answer for the one path given."""
    (path,) = sys.argv[1:] if arguments is None else arguments
    if arguments is None:
        die_with_parent(watch_stdin=True)
        confine(memory_bytes=MEMORY_BYTES, cpu_seconds=CPU_SECONDS)
    try:
        answer = msgspec.json.encode(probe_file(Path(path)))
    except AudioError as error:
        answer = msgspec.json.encode({"error": str(error)})
    except MemoryError:
        answer = msgspec.json.encode({"error": "The file asks for more memory than audio needs. Convert it first."})
    sys.stdout.buffer.write(answer + b"\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
