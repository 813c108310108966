"""Files of every format: samples as written, lengths exact, tags where others read them, the same file every time."""

import os
from pathlib import Path

import av
import mutagen
import numpy as np
import pytest

from backend.gpu.encode import Encoder, Tags
from backend.gpu.tasks import DiskFull
from shared.schema.jobs import FORMATS
from tests.gpu.audio import read_audio, tones

TAGS = Tags("Söng (Vocals)", "AC/DC", "8A", 127.96, "Separated by Keylight (htdemucs)")


def encoded(folder, kind, x, *, cuts=(), seed=0, tags=TAGS, rate=44_100):
    path = folder / f"made{FORMATS[kind][0]}"
    encoder = Encoder(path, kind, sample_rate=rate, channels=len(x), tags=tags, seed=seed)
    try:
        for block in np.split(x, cuts, axis=1):
            encoder.write(block)
        encoder.close()
    finally:
        encoder.abandon()
    return path


@pytest.mark.parametrize(
    ("kind", "most"), [("flac", 2.0**-24), ("wav24", 2.0**-24), ("wav32f", 0), ("wav16", 1.5 * 2.0**-15)]
)
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_come_back_to_half_a_step(tmp_path, kind, most, channels):
    x = tones(1.3, channels=channels)
    x.setflags(write=False)
    found, rate = read_audio(encoded(tmp_path, kind, x))
    assert (rate, found.shape) == (44_100, x.shape)
    assert np.abs(found - x).max() <= most


def read_length(path):
    """Samples that a file says it has, delay and padding taken off."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        return round(stream.duration * stream.time_base * stream.rate)


@pytest.mark.parametrize("kind", ["mp3", "m4a"])
def test_lossy_files_have_the_sound_at_its_place(tmp_path, kind):
    x = tones(2.0, level=0.4)
    found = read_audio(encoded(tmp_path, kind, x))[0][:, : x.shape[1]]
    assert 10 * np.log10((x**2).sum() / ((found - x) ** 2).sum()) > 15


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("samples", [100, 4410, 44_101])
def test_files_keep_their_length(tmp_path, kind, samples):
    path = encoded(tmp_path, kind, tones(1.1)[:, :samples])
    assert read_length(path) == samples
    assert 0 <= read_audio(path)[0].shape[1] - samples < (1024 if kind == "m4a" else 1)


@pytest.mark.parametrize("kind", ["flac", "wav16", "wav24", "wav32f"])
def test_a_file_without_samples_is_a_file(tmp_path, kind):
    assert mutagen.File(encoded(tmp_path, kind, tones(0.0))).info.length == 0


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_samples_make_the_same_file_however_they_are_cut(tmp_path, kind):
    x = tones(0.7)
    first = encoded(tmp_path, kind, x).read_bytes()
    assert encoded(tmp_path, kind, x, cuts=[1, 1000, 17_000]).read_bytes() == first
    if kind == "wav16":
        assert encoded(tmp_path, kind, x, seed=1).read_bytes() != first


def test_dither_takes_the_tone_out_of_the_error(tmp_path):
    time = np.arange(44_100) / 44_100
    x = (0.6 * 2.0**-15 * np.sin(2 * np.pi * 441 * time))[None].astype(np.float32)  # rounding alone makes it a square
    found, _ = read_audio(encoded(tmp_path, "wav16", x))
    spectrum = np.abs(np.fft.rfft(found[0] * 2.0**15)) * 2 / time.size
    assert spectrum[441] == pytest.approx(0.6, abs=0.05)
    assert spectrum[[3 * 441, 5 * 441]].max() < 0.03
    error = (found[0] - x[0]) * 2.0**15
    assert error.var() == pytest.approx(0.25, rel=0.05)  # 1/12 of rounding + 1/6 of the triangle, in steps squared


@pytest.mark.parametrize("kind", ["flac", "wav16", "wav24"])
def test_beyond_full_scale_integers_stop_there(tmp_path, kind):
    x = np.array([[1.0, -1.0, 3.0, -3.0, 0.0] * 100], np.float32)
    found, _ = read_audio(encoded(tmp_path, kind, x))
    assert found.min() == -1.0
    assert found.max() == pytest.approx(1.0, abs=2.0**-15)


def test_floats_go_beyond_full_scale(tmp_path):
    x = np.array([[1.5, -2.5]], np.float32)
    assert read_audio(encoded(tmp_path, "wav32f", x))[0].tolist() == x.tolist()


def test_flac_is_24_bits_and_mp3_has_320_kbit(tmp_path):
    with av.open(str(encoded(tmp_path, "flac", tones(0.5)))) as container:
        assert container.streams.audio[0].codec_context.format.bits == 32  # how FFmpeg hands on 24
    assert mutagen.File(tmp_path / "made.flac").info.bits_per_sample == 24
    assert mutagen.File(encoded(tmp_path, "mp3", tones(0.5))).info.bitrate == pytest.approx(320_000, rel=1e-3)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("flac", {"title": "Söng (Vocals)", "artist": "AC/DC", "initialkey": "8A", "bpm": "127.96"}),
        ("mp3", {"TIT2": "Söng (Vocals)", "TPE1": "AC/DC", "TKEY": "8A", "TBPM": "128"}),
        ("m4a", {"\xa9nam": "Söng (Vocals)", "\xa9ART": "AC/DC", "tmpo": "128"}),
    ],
)
def test_tags_stand_where_other_programs_look(tmp_path, kind, expected):
    found = mutagen.File(encoded(tmp_path, kind, tones(0.2))).tags
    assert {name: str(found[name].text[0] if kind == "mp3" else found[name][0]) for name in expected} == expected


def test_wav_says_it_in_its_list(tmp_path):
    data = encoded(tmp_path, "wav24", tones(0.2)).read_bytes()
    assert data[:4] == b"RIFF"
    assert data[12:16] == b"JUNK"  # the place of RF64's sizes, should it grow beyond 4 GB
    for said in (b"INAM", "Söng (Vocals)".encode(), b"IART", b"AC/DC", b"Key 8A, 127.96 BPM"):
        assert said in data


def test_no_tags_but_a_title(tmp_path):
    found = mutagen.File(encoded(tmp_path, "flac", tones(0.2), tags=Tags("Drums"))).tags
    assert found is not None
    assert {name for name, _ in found} == {"title", "encoder"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
@pytest.mark.parametrize("kind", FORMATS)
def test_a_full_disk_is_told_in_every_format(tmp_path, kind):
    path = tmp_path / f"made{FORMATS[kind][0]}"
    path.symlink_to("/dev/full")
    with pytest.raises(DiskFull, match="The disk is full"):
        encoded(tmp_path, kind, tones(1.0))
    assert os.listdir(tmp_path) == [path.name]
