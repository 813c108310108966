"""The command line: real files in, real files out, sentences for what goes wrong."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from backend.gpu import separate
from backend.gpu.source import open_source, to_stereo
from shared.errors import AudioError, KeylightError
from shared.schema.jobs import StemsOptions
from tests.browser.decode_support import encode
from tests.gpu.tiny import tiny_models
from tests.signals import noise
from web.py.decode import AudioFile

RATE = 44_100


@pytest.fixture(scope="module")
def models() -> Path:
    return tiny_models()


@pytest.fixture(autouse=True)
def quiet(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYLIGHT_MODELS", str(models))


def written(folder: Path, name: str, seconds: float = 3.0, *, rate: int = RATE, channels: int = 2) -> Path:
    planes = np.stack([noise(seconds, seed=at, rate=rate) for at in range(channels)])
    return encode(folder / name, "flac" if name.endswith("flac") else "pcm_s24le", planes, rate)


def read(path: Path) -> np.ndarray:
    with AudioFile(path) as audio:
        return np.concatenate(list(audio.blocks()), axis=1)


@pytest.mark.parametrize("model", ["htdemucs", "htdemucs_6s", "quick"])
def test_stems_sum_to_the_mix(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    song = written(tmp_path, "song.flac")
    assert separate.main([str(song), str(tmp_path / "out"), "--model", model, "--format", "wav32f"]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {path.stem for path in paths} >= {"drums", "bass", "other", "vocals"}
    assert len(paths) == (6 if model == "htdemucs_6s" else 4)
    total, mix = np.sum([read(path) for path in paths], axis=0), read(song)
    assert total.shape == mix.shape
    assert np.abs(total - mix).max() < 1e-5


def test_two_and_rest_sum_to_the_mix_and_need_no_spreading(tmp_path: Path) -> None:
    song = written(tmp_path, "song.wav")
    two = ["--mode", "two", "--stems", "vocals", "--format", "wav"]
    assert separate.main([str(song), str(tmp_path), *two]) == 0
    assert separate.main([str(song), str(tmp_path / "b"), "--mode", "rest", "--stems", "vocals,drums"]) == 0
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["no_drums_vocals.flac"]
    assert np.abs(read(tmp_path / "vocals.wav") + read(tmp_path / "instrumental.wav") - read(song)).max() < 1e-6


def test_no_spread_leaves_what_the_network_gave(tmp_path: Path) -> None:
    song = written(tmp_path, "song.wav")
    for name, more in (("spread", []), ("plain", ["--no-spread"])):
        arguments = [str(song), str(tmp_path / name), "--format", "wav32f", *more]
        assert separate.main(arguments) == 0
    plain = np.sum([read(path) for path in (tmp_path / "plain").iterdir()], axis=0)
    assert np.abs(plain - read(song)).max() > 0.01


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (48_000, 2), (192_000, 6)])
def test_any_rate_and_channels_become_the_models(tmp_path: Path, rate: int, channels: int) -> None:
    song = written(tmp_path, "song.wav", 0.5, rate=rate, channels=channels)
    blocks = np.concatenate(list(open_source(song, RATE, 2)), axis=1)
    assert blocks.shape == (2, RATE // 2)
    assert np.array_equal(np.concatenate(list(open_source(song, RATE, 2, 5_000)), axis=1), blocks[:, 5_000:])


def test_five_channels_and_a_subwoofer_become_two() -> None:
    left = to_stereo(np.eye(6, dtype=np.float32))[0]
    assert left[3] == 0
    assert left[1] == left[5] == 0
    assert left[0] > left[2] == left[4] > 0
    assert left.sum() == pytest.approx(1)
    assert to_stereo(np.ones((11, 4), np.float32)).shape == (2, 4)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["song.wav", "out", "--stems", "tuba"], "Model htdemucs has no stem 'tuba'; expected some of drums"),
        (["song.wav", "out", "--mode", "two"], "Expected one stem for a stem and its rest, got 0"),
        (["absent.wav", "out"], "Expected a file, found none"),
        (["text.wav", "out"], "The file cannot be decoded as audio"),
        (["song.wav", "song.wav"], "The folder for the stems cannot be made"),
        (["song.wav", "out", "--device", "cuda:7"], "There is no device cuda:7 here"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "song.wav", 0.2)
    (tmp_path / "text.wav").write_text("no audio")
    assert separate.main(arguments) == 1
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert told.startswith(f"{arguments[0]}: {sentence}")
    assert not list(tmp_path.rglob("*.part"))


def test_missing_weights_are_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEYLIGHT_MODELS", str(tmp_path))
    song = written(tmp_path, "song.wav", 0.2)
    assert separate.main([str(song), str(tmp_path / "out")]) == 1
    assert "song.wav: The models folder (KEYLIGHT_MODELS) lacks 955717e8-8726e21a.th" in capsys.readouterr().err


def test_a_file_that_breaks_off_in_the_middle_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    song = written(tmp_path, "song.wav")
    real = AudioFile.blocks

    def breaking(self: AudioFile):  # a disk that goes away, say
        yield next(real(self))
        raise AudioError("The file is gone.")

    monkeypatch.setattr(AudioFile, "blocks", breaking)
    with pytest.raises(KeylightError, match="The file is gone"):
        separate.separate_file(song, tmp_path / "out", StemsOptions(model="quick"))
    assert list((tmp_path / "out").iterdir()) == []


def test_ctrl_c_that_was_swallowed_is_raised_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        progress = separate._Progress()
        with contextlib.suppress(KeyboardInterrupt):  # as code does that a library calls back
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            progress("separating", 0.5)
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_leaves_nothing(tmp_path: Path, models: Path) -> None:
    song = written(tmp_path, "song.flac", 120)
    command = [sys.executable, "-m", "backend.gpu.separate", str(song), str(tmp_path / "out"), "--model", "htdemucs_ft"]
    environment = {**os.environ, "KEYLIGHT_MODELS": str(models), "OMP_NUM_THREADS": "1"}
    # Whoever runs the tests in the background of a shell has SIGINT ignored, and so would the command.
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, preexec_fn=heard) as process:
        assert process.stderr is not None
        while "separating" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        rest = process.stderr.read()
        assert process.wait() == 130
    assert "Stopped; no file was written." in rest
    assert "Traceback" not in rest
    assert time.monotonic() - begin < 60
    assert list((tmp_path / "out").iterdir()) == []
