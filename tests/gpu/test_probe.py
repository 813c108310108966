"""What a file holds is told by its content, in a process of its own that can be led nowhere."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from backend.gpu.probe import main, probe_file
from backend.gpu.probing import decode_answer, probe
from shared.errors import AudioError
from tests.gpu.audio import tones, write_audio
from tests.gpu.bombs import flac_silence, wav_claiming

ROOT = Path(__file__).parents[2]


def asked(path, capfdbinary):
    assert main([str(path)]) == 0
    return decode_answer(capfdbinary.readouterr().out)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels"),
    [
        ("a.wav", "pcm_s16le", 44_100, 2),
        ("a.wav", "pcm_f32le", 192_000, 2),
        ("a.wav", "pcm_s24le", 8_000, 1),
        ("a.flac", "flac", 48_000, 6),
        ("a.mp3", "libmp3lame", 44_100, 2),
        ("a.m4a", "aac", 44_100, 2),
        ("a.mkv", "aac", 44_100, 2),
    ],
)
def test_what_is_written_is_told(tmp_path, capfdbinary, name, codec, rate, channels):
    path = write_audio(tmp_path / name, tones(1.0, rate=rate, channels=channels), rate=rate, codec=codec)
    found = asked(path, capfdbinary)
    assert (found.sample_rate, found.channels) == (rate, channels)
    assert found.codec == {"libmp3lame": "mp3float"}.get(codec, codec)
    assert found.seconds == pytest.approx(1.0, abs=0.06) or (name == "a.mkv" and found.seconds is None)


@pytest.mark.parametrize("rate", [500, 1_000_000])
def test_a_rate_that_cannot_be_changed_is_told_before_a_job_is_made(tmp_path, rate):
    path = write_audio(tmp_path / "a.wav", tones(0.1, rate=rate), rate=rate, codec="pcm_s16le")
    with pytest.raises(AudioError, match=f"says it has {rate:,} samples a second; expected 1,000 to 768,000"):
        probe_file(path)


@pytest.mark.parametrize("claimed", [0, 0x7FFFFFFF, 4_000_000_000, 0xFFFFFFFF, 10**12])
def test_a_wav_is_as_long_as_its_file_whatever_it_claims(tmp_path, claimed):
    """Programs that write to a pipe leave the length at 0 or at its greatest."""
    samples = (tones(1.0).T * 20_000).astype("<i2").tobytes()
    assert probe_file(wav_claiming(tmp_path / "a.wav", samples, claimed_bytes=claimed)).seconds == 1.0


def test_a_flac_is_as_long_as_it_claims_until_it_is_decoded(tmp_path):
    longest = 2**36 - 1
    assert probe_file(flac_silence(tmp_path / "a.flac", frames=2, claimed_samples=longest)).seconds == longest / 44_100
    assert probe_file(flac_silence(tmp_path / "b.flac", frames=2, claimed_samples=0)).seconds is None


@pytest.mark.parametrize("name", ["upload", "song.wav", "song.txt", "song.m3u8"])
def test_the_name_plays_no_part(tmp_path, capfdbinary, name):
    path = write_audio(tmp_path / "a.mp3", tones(0.5), codec="libmp3lame")
    assert asked(path.rename(tmp_path / name), capfdbinary).codec == "mp3float"


def zipped():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("song.wav", bytes(20_000_000))
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"The file is empty \(0 bytes\)"),
        (b"hello " * 1000, "cannot be decoded as audio"),
        (zipped(), "cannot be decoded as audio|holds no audio"),
        (b"#EXTM3U\n#EXTINF:5,\nother.wav\n", "cannot be decoded as audio"),
        (b"ffconcat version 1.0\nfile other.wav\n", "cannot be decoded as audio"),
        (np.random.default_rng(1).bytes(50_000), "cannot be decoded as audio|no audio"),
    ],
)
def test_what_is_no_audio_gets_a_sentence(tmp_path, capfdbinary, content, says):
    write_audio(tmp_path / "other.wav", tones(0.5))  # what the playlists name is there, and is not opened
    path = tmp_path / "upload.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=says):
        asked(path, capfdbinary)


def test_a_process_of_its_own_answers(tmp_path):
    path = write_audio(tmp_path / "a.flac", tones(0.5), codec="flac")
    assert asyncio.run(probe(path)).codec == "flac"
    path.write_bytes(b"")
    with pytest.raises(AudioError, match="The file is empty"):
        asyncio.run(probe(path))


def test_what_is_no_file_is_not_opened(tmp_path):
    pipe = tmp_path / "never.wav"
    os.mkfifo(pipe)  # opening it would wait for ever
    with pytest.raises(AudioError, match="Expected a file, found none"):
        asyncio.run(probe(pipe))


def confined(code, **limits):
    program = f"from backend.gpu.confine import *; confine(**{limits}); {code}"
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.skipif(sys.platform != "linux", reason="address spaces are limited on Linux only")
def test_a_confined_process_gets_no_more_memory_than_that():
    ended = confined("bytearray(1 << 30)", memory_bytes=1 << 29, cpu_seconds=10)
    assert ended.returncode == 1
    assert "MemoryError" in ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="Windows has no limits")
def test_a_confined_process_gets_no_more_time_than_that():
    ended = confined("exec('while True: pass')", memory_bytes=1 << 30, cpu_seconds=1)
    assert ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_a_process_ends_with_whoever_asked_also_when_it_is_stuck(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    program = f"from backend.gpu.confine import *; die_with_parent(watch_stdin=True); open({str(pipe)!r})"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 1


def test_a_process_that_says_nothing_is_told_as_such():
    with pytest.raises(AudioError, match="ends the decoder"):
        decode_answer(b"")
