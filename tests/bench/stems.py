"""Stem separation: against the stock `demucs` command; what the trained tiny network gains; two hours in a stream.

The full network has the architecture of `htdemucs` and seeded weights: its speed is that of the published one, its
stems mean nothing. Peers run in turn in processes of their own, on the same file, with the same number of threads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.gpu.encode import Encoder, Tags
from shared.separation.models import QUICK_STEMS
from shared.theory.keys import parse_key
from tests.band.songs import kept_song, songs
from tests.bench.quick import si_sdr
from tests.bench.report import machine, spread, table, write_section
from tests.bench.stage import ROOT
from tests.gpu.tiny import full_models, tiny_models
from tests.gpu.train import STEPS, trained_models
from tests.signals import RATE, song
from web.py.decode import AudioFile

__all__ = ["levers_section", "long_section", "main", "quality_section", "speed_section"]

_SECONDS: Final = 60
_RUNS: Final = 3
_HOURS: Final = 2
_MIB: Final = 2**20
#: What is changed one after another, each on top of those before; `lever` computes one.
_LEVERS: Final = ("stock", "attention without its table", "kept memory", "layers as products")


@dataclass(frozen=True)
class _Run:
    """One process: seconds of wall and of CPU, and its greatest memory in bytes."""

    wall: float
    cpu: float
    peak: int


def main() -> None:
    """Measure and write all sections."""
    for title, body in (
        ("Stem separation: against the stock command", speed_section()),
        ("Stem separation: what makes it quicker", levers_section()),
        ("Stem separation: the trained tiny network", quality_section()),
        ("Stem separation: two hours", long_section()),
    ):
        write_section(title, body)


def speed_section(*, seconds: int = _SECONDS, runs: int = _RUNS) -> str:
    """Ours and the stock command on one song with the full network, all of the command from start to end."""
    models = full_models()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = _song(folder, seconds)
        stock = [sys.executable, "-m", "demucs", "-d", "cpu", "-n", "htdemucs", "--repo", str(models), "--float32"]
        ours = [sys.executable, "-m", "backend.gpu.separate", str(path), str(folder / "ours"), "--device", "cpu"]
        commands = {
            "stock, its defaults (`--shifts 1`)": [*stock, "-o", str(folder / "shifted"), str(path)],
            "stock, `--shifts 0`": [*stock, "--clip-mode", "none", "--shifts", "0", "-o", str(folder), str(path)],
            "ours": [*ours, "--no-spread", "--format", "wav32f"],
        }
        found: dict[str, list[_Run]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                found[name].append(_run(command, models))
        difference = _largest_difference(folder / "ours", folder / "htdemucs" / path.stem)
    rows = [
        [
            name,
            spread([run.wall for run in of], digits=1),
            spread([run.cpu for run in of], digits=1),
            f"{seconds / min(run.wall for run in of):.2f}",
            f"{min(run.peak for run in of) / _MIB:.0f}",
        ]
        for name, of in found.items()
    ]
    base, mine = (min(run.wall for run in found[name]) for name in ("stock, `--shifts 0`", "ours"))
    return (
        f"{seconds} s of audio, full architecture of `htdemucs`, seeded weights, float32, from start to end of the\n"
        + f"command. Ours takes {base / mine:.2f} times less than stock at equal settings; the largest difference of\n"
        + f"a sample of any stem is {difference:.1e}.\n\n"
        + table(["command", "seconds", "CPU seconds", "times real time", "peak memory, MiB"], rows)
        + f"\n\n{_where()}"
    )


def levers_section() -> str:
    """CPU seconds of one thread for a segment, as one thing after another is changed."""
    rows = []
    for count in range(1, len(_LEVERS) + 1):
        command = [sys.executable, "-m", "tests.bench.stems", "lever", str(count)]
        answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        seconds, peak = json.loads(answer.stdout.splitlines()[-1])
        rows.append([_LEVERS[count - 1], spread(seconds), f"{peak / _MIB:.0f}"])
    return (
        "A segment of 7.8 s through the full network on one thread; each row keeps the changes above it.\n\n"
        + table(["change", "CPU seconds", "peak memory, MiB"], rows)
        + f"\n\n{_where()}"
    )


def quality_section(*, count: int = 12) -> str:
    """SI-SDR over the mix of a network that was trained for minutes, on songs it has not heard, in the true path."""
    from backend.gpu.models import load_model
    from backend.gpu.separator import Separator

    separator = Separator(load_model("htdemucs", trained_models()))
    gains: dict[str, list[list[float]]] = {stem: [] for stem in QUICK_STEMS}
    for spec in songs("report")[:count]:
        kept = kept_song(spec, of="report")
        found = _separated(separator, kept.mix)
        for at, (stem, wanted) in enumerate(zip(QUICK_STEMS, kept.stems, strict=True)):
            if float(np.square(wanted).sum()) > 1e-3 * float(np.square(kept.mix).sum()):
                gains[stem].append([si_sdr(stems[at], wanted) - si_sdr(kept.mix, wanted) for stems in found])
    rows = [
        [stem, *(f"{np.mean(of):+.1f} ({np.min(of):+.1f} to {np.max(of):+.1f})" for of in zip(*each, strict=True))]
        for stem, each in gains.items()
    ]
    return (
        f"A network of 0.16 million parameters, trained {STEPS} steps on composed songs; {count} songs with other\n"
        + "genres, voices and timbres. It shows that the path separates, not how well Demucs does. SI-SDR over the\n"
        + "mix in dB, mean (least to most), of the stems as the network gives them and with their residual spread.\n\n"
        + table(["stem", "raw", "with the residual spread"], rows)
    )


def _separated(separator: Any, mix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stems float32 [4, 2, n] of a mix [2, n] by the stream that jobs use, raw and with the residual spread."""
    import torch

    from backend.gpu.residual import spread_residual
    from backend.gpu.stream import StemStream

    stream, found = StemStream(separator, iter([mix]), spread=False), []
    while segments := stream.segments(4):
        found.append(stream.take(separator.forward_all(segments)))
    raw = np.concatenate(found, axis=2)
    return raw, spread_residual(torch.from_numpy(raw), torch.from_numpy(mix)).numpy()


def long_section(*, hours: int = _HOURS) -> str:
    """Memory and time of decode, separate, encode for a long file, with the tiny network."""
    models = tiny_models()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = _song(folder, hours * 3600)
        run = _run([sys.executable, "-m", "backend.gpu.separate", str(path), str(folder / "out")], models)
        size = sum(one.stat().st_size for one in (folder / "out").iterdir())
        with AudioFile(folder / "out" / "vocals.flac") as audio:
            made = audio.duration_seconds
    return (
        f"{hours} h of stereo FLAC to four FLAC stems with the tiny network, whose memory beside the song's is small:\n"
        + f"peak {run.peak / _MIB:.0f} MiB, {run.wall:.0f} s ({hours * 3600 / run.wall:.0f} times real time), "
        + f"stems of {made:.0f} s, {size / _MIB:.0f} MiB of files.\n\n{_where()}"
    )


def _song(folder: Path, seconds: int) -> Path:
    """A FLAC file of a composed minute, over and over, in stereo; written as a stream."""
    minute = song(parse_key("A minor"), bpm=126, seconds=min(60, seconds))
    stereo = np.stack([minute, 0.7 * np.roll(minute, 400)]).astype(np.float32)
    path, left = folder / "song.flac", seconds * RATE
    encoder = Encoder(path, "flac", sample_rate=RATE, channels=2, tags=Tags("song"))
    while left > 0:
        encoder.write(stereo[:, :left])
        left -= stereo.shape[1]
    encoder.close()
    return path


def _run(command: Sequence[str], models: Path) -> _Run:
    begin = time.monotonic()
    environment = {**os.environ, "KEYLIGHT_MODELS": str(models)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[2]} ended with {process.returncode}: {told[-500:].decode(errors='replace')}")
    return _Run(time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _largest_difference(ours: Path, stock: Path) -> float:
    def read(path: Path) -> np.ndarray:
        with AudioFile(path) as audio:
            return np.concatenate(list(audio.blocks()), axis=1)

    return max(float(np.abs(read(ours / f"{stem}.wav") - read(stock / f"{stem}.wav")).max()) for stem in QUICK_STEMS)


def _where() -> str:
    import torch

    return machine(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")


def _lever(count: int) -> None:
    """Print the CPU seconds of some runs and the peak memory with so many of the levers."""
    import resource

    import torch

    from backend.gpu import tune
    from backend.gpu.models import load_model

    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(count < 2)
    if count >= 3:
        tune.keep_freed_memory()
    model = load_model("htdemucs", full_models()).models[0]
    if count >= 4:
        tune.tune(model)
    batch = torch.randn(1, 2, int(model.segment * model.samplerate), generator=torch.Generator().manual_seed(0)) * 0.1
    seconds = []
    with torch.inference_mode():
        model(batch)
        for _ in range(3):
            begin = time.process_time()
            model(batch)
            seconds.append(time.process_time() - begin)
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["lever"]:
        _lever(int(sys.argv[2]))
    elif len(sys.argv) > 1:
        parts = {"speed": speed_section, "levers": levers_section, "quality": quality_section, "long": long_section}
        print(parts[sys.argv[1]]())
    else:
        main()
