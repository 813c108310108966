"""Features of a file on the command line: beats are where they were planted, failures say why."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shared.spectrum.features import decode_features
from shared.theory.keys import parse_key
from tests.browser.decode_support import encode
from tests.signals import RATE, song
from web.py.features import features_of_blocks

ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "web.py.features", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("features") / "song.flac"
    planted = song(parse_key("A minor"), bpm=120, seconds=24, start=0.5)
    encode(path, "flac", np.stack([planted, planted]), RATE)
    return path


def test_beats_attacks_and_sections_of_a_file(audio: Path, tmp_path: Path):
    done = run(audio, tmp_path / "song.klf")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0:24, 1440 frames, ")
    features = decode_features((tmp_path / "song.klf").read_bytes())
    assert features.seconds == pytest.approx(24.0)
    inside = features.beats[(features.beats > 1) & (features.beats < 23)]
    assert len(inside) >= 40
    assert np.abs(inside * 2 - np.rint(inside * 2)).max() < 0.03
    assert len(features.downbeats) >= 8
    pulses = [features.series["kick"][round(beat * 60) : round(beat * 60) + 2].max() for beat in inside]
    assert np.median(pulses) > 0.6
    assert list(tmp_path.iterdir()) == [tmp_path / "song.klf"]


def test_without_the_analysis_there_are_no_beats(audio: Path, tmp_path: Path):
    done = run(audio, tmp_path / "song.klf", "--no-analysis")
    assert done.stdout == "0:24, 1440 frames, 0 beats, 0 bars, 0 sections\n"
    assert decode_features((tmp_path / "song.klf").read_bytes()).bands.any()


def test_stems_are_beside_the_song(audio: Path, tmp_path: Path):
    kick = tmp_path / "kick.wav"
    x = np.zeros((1, 2 * RATE), np.float32)
    x[0, RATE // 2 :: RATE] = 0.9
    encode(kick, "pcm_s16le", x, RATE)
    done = run(audio, tmp_path / "song.klf", "--no-analysis", "--stem", f"drums={kick}")
    assert done.stdout == "0:24, 1440 frames, 0 beats, 0 bars, 0 sections, drums\n"
    features = decode_features((tmp_path / "song.klf").read_bytes())
    assert features.stem("drums").frames == 120
    assert features.stem("drums").value("onset", 0.5) > 0.9
    refused = run(audio, tmp_path / "song.klf", "--stem", "drums")
    assert refused.returncode == 2
    assert "expected NAME=AUDIO, as drums=drums.wav, got 'drums'" in refused.stderr


def test_failures_are_sentences(audio: Path, tmp_path: Path):
    (tmp_path / "text.mp3").write_text("words, not music\n" * 100, encoding="utf-8")
    for path, out, says in (
        (tmp_path / "none.mp3", tmp_path / "out.klf", "none.mp3: Expected a file, found none. Check the name."),
        (tmp_path / "text.mp3", tmp_path / "out.klf", "text.mp3: The file cannot be decoded as audio"),
        (audio, tmp_path / "no folder" / "out.klf", "The features cannot be written to"),
    ):
        done = run(path, out, "--no-analysis")
        assert done.returncode == 1
        assert says in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.klf").exists()


def test_the_blocks_are_read_once():
    blocks = iter([np.zeros((1, 100), np.float32)] * 3)
    features = features_of_blocks(blocks, sample_rate=8_000, channels=1, analysis=False)
    assert features.seconds == pytest.approx(300 / 8_000)
