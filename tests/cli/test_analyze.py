"""The command line on files made here: fields, failures, formats. It runs as a process, as scripts call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from shared.theory.keys import parse_key
from tests.browser.decode_support import encode
from tests.signals import RATE, song

ROOT = Path(__file__).parents[2]
FIELDS = {
    "file", "duration_seconds", "key", "camelot", "key_confidence", "key_alternatives", "bpm", "bpm_confidence",
    "bpm_alternatives", "tuning_hz", "lufs", "loudness_range", "true_peak_db", "energy", "danceability", "happiness",
}  # fmt: skip


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "web.py.analyze", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    planted = song(parse_key("A minor"), bpm=128, seconds=20)
    for name, codec in (("good.mp3", "libmp3lame"), ("also good – 良い.flac", "flac"), ("apple.m4a", "aac")):
        encode(folder / name, codec, np.stack([planted, planted]), RATE)
    (folder / "text.mp3").write_text("words, not music\n" * 100, encoding="utf-8")
    (folder / "empty.wav").write_bytes(b"")
    (folder / "cut.flac").write_bytes((folder / "also good – 良い.flac").read_bytes()[:500_000])
    (folder / "header only.wav").write_bytes(
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\2\0\x44\xac\0\0\x10\xb1\2\0\4\0\x10\0data\0\0\0\0"
    )
    (folder / "bad tags.mp3").write_bytes(
        b"ID3\x03\0\0\0\0\0\x30TIT2\0\0\0\x10\0\0\x01\xff\xfe\xd8\xd8\0\0\xff\xff\xfe\xfe\x80\x81\x82\x83\x84"
        + b"\0" * 22
        + (folder / "good.mp3").read_bytes()
    )  # fmt: skip
    return folder


def test_one_json_object_per_line_with_all_fields(files):
    done = run(files / "good.mp3", files / "also good – 良い.flac", "--json", "--beats")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(row["file"]).name for row in rows] == ["good.mp3", "also good – 良い.flac"]
    for row in rows:
        assert set(row) >= FIELDS | {"beats_seconds", "downbeats_seconds"}
        assert (row["key"], row["camelot"], row["bpm"]) == ("A minor", "8A", 128.0)
        assert 0 <= row["key_confidence"] <= 1
        assert row["duration_seconds"] == pytest.approx(20, abs=0.05)
        assert row["tuning_hz"] == pytest.approx(440, abs=1)
        assert np.allclose(np.diff(row["beats_seconds"]), 60 / 128, atol=1e-3)
    assert "beats_seconds" not in json.loads(run(files / "good.mp3", "--json").stdout)


def test_failed_files_have_their_reason_and_the_others_an_answer(files):
    names = ["text.mp3", "good.mp3", "empty.wav", "missing.mp3", "header only.wav", "apple.m4a"]
    done = run(*(files / name for name in names), "--json")
    assert done.returncode == 1
    assert [Path(json.loads(line)["file"]).name for line in done.stdout.splitlines()] == ["good.mp3", "apple.m4a"]
    reasons = done.stderr.splitlines()
    assert len(reasons) == 4, done.stderr
    for name, words in (
        ("text.mp3", "cannot be decoded as audio"), ("empty.wav", "is empty (0 bytes)"),
        ("missing.mp3", "found none"), ("header only.wav", "0 samples"),
    ):  # fmt: skip
        (line,) = [line for line in reasons if line.startswith(str(files / name))]
        assert words in line
    assert "Traceback" not in done.stderr


def test_many_channels_and_changing_formats_are_read(files):
    planted = song(parse_key("A minor"), bpm=128, seconds=10)
    with wave.open(str(files / "eight.wav"), "wb") as eight:
        eight.setparams((8, 2, RATE, 0, "NONE", ""))
        eight.writeframes(np.repeat((planted * 30000).astype("<i2")[:, None], 8, axis=1).tobytes())
    mono = encode(
        files / "mono 48k.mp3", "libmp3lame", song(parse_key("A minor"), bpm=128, seconds=10, rate=48000)[None], 48000
    )
    changing = files / "changing.mp3"
    changing.write_bytes((files / "good.mp3").read_bytes() + mono.read_bytes())
    done = run(files / "eight.wav", changing, "--json")
    assert done.returncode == 0, done.stderr
    eight_row, changing_row = (json.loads(line) for line in done.stdout.splitlines())
    assert (eight_row["channels"], eight_row["key"], eight_row["bpm"]) == (8, "A minor", 128.0)
    assert changing_row["duration_seconds"] == pytest.approx(30, abs=0.2)
    assert changing_row["key"] == "A minor"


def test_what_is_missing_of_a_file_is_told(files):
    (row,) = (json.loads(line) for line in run(files / "cut.flac", "--json").stdout.splitlines())
    assert row["notes"][0].startswith("The file ends early: 0:")


@pytest.mark.parametrize("name", ["cut.flac", "bad tags.mp3"])
def test_damaged_files_are_read_as_far_as_they_go(files, name):
    done = run(files / name, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["key"] == "A minor"


def test_a_console_without_the_signs_gets_every_answer(files):
    command = [sys.executable, "-m", "web.py.analyze", str(files / "also good – 良い.flac"), str(files / "good.mp3")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 2


def test_text_is_for_people(files):
    done = run(files / "good.mp3")
    assert "A minor (8A) · 128 BPM" in done.stdout
    assert done.stdout.count("\n") == 1
