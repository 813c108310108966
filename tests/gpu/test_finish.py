"""Pieces to files: every sample in its place, sums kept, peaks and checksums right, and nothing half done."""

import asyncio
import json
import os
import zlib
from pathlib import Path

import numpy as np
import pytest

from backend.gpu.finish import MANIFEST, finish_files
from backend.gpu.host import finish
from backend.gpu.pieces import PieceWriter, piece_path
from backend.gpu.tasks import DiskFull
from shared.errors import KeylightError
from shared.schema.jobs import FORMATS, StemsOptions
from shared.spectrum.downmix import downmix
from shared.spectrum.peaks import PeakMaker, unpack_peaks
from tests.gpu.audio import read_audio, tones

NAMES = ("vocals", "instrumental")
TWO = StemsOptions(mode="two", stems=("vocals",), title="Söng", artist="AC/DC", key="8A", bpm=128)


def stems(seconds=2.0, level=0.25):
    x = np.stack([tones(seconds, seed=at, level=level) for at in (1, 2)])
    x.setflags(write=False)
    return x


def split(folder, x, *cuts, last=True):
    """Pieces as the child leaves them."""
    for piece, part in enumerate(np.split(x, cuts, axis=2)):
        start = 0 if piece == 0 else cuts[piece - 1]
        writer = PieceWriter(piece_path(folder, piece), NAMES, channels=2, sample_rate=44_100, start=start)
        writer.add(part)
        writer.close(last=last and piece == len(cuts), total_seconds=None)
    return folder


def finished(folder, options=TWO):
    told = []
    manifest = finish_files(folder, folder / "out", options, lambda *how: told.append(how))
    return manifest, {one.name: read_audio(folder / "out" / one.file)[0] for one in manifest.files}, told


def test_pieces_come_together_sample_by_sample(tmp_path):
    x = stems()
    manifest, sound, told = finished(split(tmp_path, x, 5, 40_000, 40_000))
    assert list(sound) == list(NAMES)
    for at, name in enumerate(NAMES):
        assert np.abs(sound[name] - x[at]).max() <= 2.0**-24
    assert (manifest.samples, manifest.sample_rate, manifest.gain) == (x.shape[2], 44_100, 1.0)
    assert [stage for stage, _ in told] == ["writing"] * len(told)
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_the_manifest_says_what_lies_there(tmp_path):
    manifest, _, _ = finished(split(tmp_path, stems()))
    out = tmp_path / "out"
    named = [name for file in manifest.files for name in (file.file, file.peaks)]
    assert sorted(os.listdir(out)) == sorted([MANIFEST, *named])
    for file in manifest.files:
        data = (out / file.file).read_bytes()
        assert (file.bytes, file.crc32, file.media_type) == (len(data), zlib.crc32(data), "audio/flac")
    assert [file.file_name for file in manifest.files] == [
        "AC DC - Söng (Vocals) [htdemucs] 8A 128.flac",
        "AC DC - Söng (Instrumental) [htdemucs] 8A 128.flac",
    ]
    assert manifest.archive_name == "AC DC - Söng (Stems) [htdemucs] 8A 128.zip"
    assert json.loads((out / MANIFEST).read_bytes())["files"][0]["fileName"] == manifest.files[0].file_name


def test_peaks_are_those_of_the_file(tmp_path):
    x = stems()
    manifest, _, _ = finished(split(tmp_path, x, 12_345))
    maker = PeakMaker(44_100)
    maker.feed(downmix(x[0]))
    peaks = unpack_peaks((tmp_path / "out" / manifest.files[0].peaks).read_bytes())
    assert np.array_equal(peaks, maker.finish())
    assert len(peaks) == 600


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_too_loud_is_made_softer_together_and_still_sums_to_the_mix(tmp_path, kind):
    x = stems(level=1.0) + np.array([0.3, -0.3], np.float32)[:, None, None]
    peak = np.abs(x).max()
    assert peak > 1.2
    manifest, sound, _ = finished(split(tmp_path, x, 30_000), StemsOptions(mode="two", stems=("vocals",), format=kind))
    total = sum(sound.values())[:, : x.shape[2]]
    if kind == "wav32f":
        assert manifest.gain == 1.0
    else:
        assert manifest.gain == pytest.approx(1 / peak, rel=1e-6)
        loudest = max(np.abs(one).max() for one in sound.values())
        assert loudest == pytest.approx(1.0, abs=0.08 if kind in ("mp3", "m4a") else 1e-4)
    error = np.abs(total - manifest.gain * x.sum(axis=0))
    # Half a step for each of two files, and one where full scale itself is the step below it; dither at 16 bits.
    steps = {"flac": 2.0**-22, "wav24": 2.0**-22, "wav32f": 2.0**-23, "wav16": 3 * 2.0**-15}
    if kind in steps:
        assert error.max() <= steps[kind]
    else:
        assert error.std() < 0.1


def test_it_is_not_done_twice_but_done_again_when_a_file_is_missing(tmp_path):
    split(tmp_path, stems())
    first, _, _ = finished(tmp_path)
    again, _, told = finished(tmp_path)
    assert (again, told) == (first, [])
    (tmp_path / "out" / "vocals.flac").write_bytes(b"cut")
    third, _, told = finished(tmp_path)
    assert third == first  # the same samples make the same files
    assert told


def test_missing_damaged_and_strange_pieces_are_told(tmp_path):
    x = stems()
    split(tmp_path, x, 40_000, last=False)
    with pytest.raises(KeylightError, match="Expected piece-0002 of this job, found none"):
        finished(tmp_path)
    split(tmp_path, x, 40_000)
    path = piece_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    with pytest.raises(KeylightError, match="piece-0001 is damaged"):
        finished(tmp_path)
    assert not (tmp_path / "out" / MANIFEST).exists()
    writer = PieceWriter(path, NAMES, channels=2, sample_rate=44_100, start=39_000)
    writer.close(last=True, total_seconds=None)
    with pytest.raises(KeylightError, match="do not belong together"):
        finished(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
def test_a_full_disk_is_told_and_the_next_try_works(tmp_path):
    x = stems()
    split(tmp_path, x)
    out = tmp_path / "out"
    out.mkdir()
    (out / "vocals.flac").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match="The disk is full"):
        finished(tmp_path)
    (out / "vocals.flac").unlink()
    _, sound, _ = finished(tmp_path)
    assert sound["vocals"].shape == (2, x.shape[2])


def test_a_process_of_its_own_does_it(tmp_path):
    x = stems()
    split(tmp_path, x, 40_000)
    told = []
    manifest = asyncio.run(finish(tmp_path, tmp_path / "out", TWO, lambda *how: told.append(how)))
    assert manifest.samples == x.shape[2]
    assert told[-1] == ("writing", 1.0)
    piece_path(tmp_path, 1).unlink()
    with pytest.raises(KeylightError, match="found none"):
        asyncio.run(finish(tmp_path, tmp_path / "other", TWO, lambda *_: None))


def test_cancelling_ends_the_process_and_leaves_no_manifest(tmp_path):
    split(tmp_path, stems(60.0))

    async def give_up():
        begun = asyncio.Event()
        options = StemsOptions(mode="two", stems=("vocals",), format="mp3")
        task = asyncio.create_task(finish(tmp_path, tmp_path / "out", options, lambda *_: begun.set()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    assert not (tmp_path / "out" / MANIFEST).exists()
