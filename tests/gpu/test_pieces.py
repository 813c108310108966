"""Pieces and states come back bit for bit, or say that they do not."""

import errno
import os

import numpy as np
import pytest

from backend.gpu.pieces import (
    BLOCK_SAMPLES,
    PieceWriter,
    disk_full_told,
    piece_path,
    read_blocks,
    read_foot,
    read_state,
    state_path,
    write_file,
    write_state,
)
from backend.gpu.tasks import DiskFull
from shared.errors import KeylightError

NAMES = ("drums", "vocals")


def noise(samples, seed=1):
    x = np.random.default_rng(seed).normal(0, 0.3, (2, 2, samples)).astype(np.float32)
    x.setflags(write=False)
    return x


def written(folder, *parts, piece=0, last=True):
    writer = PieceWriter(piece_path(folder, piece), NAMES, channels=2, sample_rate=44_100, start=7)
    for part in parts:
        writer.add(part)
    return writer.close(last=last, total_seconds=3.5)


def test_samples_come_back_bit_for_bit_in_bounded_blocks(tmp_path):
    x = noise(BLOCK_SAMPLES * 2 + 5)
    foot = written(tmp_path, x[..., :1000], x[..., 1000:1000], x[..., 1000:])
    path = piece_path(tmp_path, 0)
    blocks = list(read_blocks(path))
    assert np.array_equal(np.concatenate(blocks, axis=2), x)
    assert max(block.shape[2] for block in blocks) <= BLOCK_SAMPLES
    assert read_foot(path) == foot
    assert (foot.samples, foot.start, foot.last, foot.total_seconds) == (x.shape[2], 7, True, 3.5)
    assert foot.peaks == tuple(float(np.abs(one).max()) for one in x)
    assert path.stat().st_size < x.nbytes + 400
    assert os.listdir(tmp_path) == [path.name]


def test_a_piece_may_be_empty(tmp_path):
    assert written(tmp_path).samples == 0
    assert list(read_blocks(piece_path(tmp_path, 0))) == []


def test_every_flipped_byte_is_found(tmp_path):
    written(tmp_path, noise(20))
    path = piece_path(tmp_path, 0)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with pytest.raises(KeylightError, match=r"piece-0000 is damaged|Expected piece-0000 to begin with"):
            list(read_blocks(path))


def test_every_cut_is_found(tmp_path):
    written(tmp_path, noise(20))
    path = piece_path(tmp_path, 0)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(KeylightError, match="piece-0000"):
            list(read_blocks(path))


def test_an_unfinished_piece_has_no_name_and_is_replaced(tmp_path):
    killed = PieceWriter(piece_path(tmp_path, 0), NAMES, channels=2, sample_rate=44_100, start=0)
    killed.add(noise(100))
    assert not piece_path(tmp_path, 0).exists()
    x = noise(10, seed=2)
    written(tmp_path, x)
    assert np.array_equal(next(read_blocks(piece_path(tmp_path, 0))), x)
    killed.abandon()
    assert os.listdir(tmp_path) == ["piece-0000"]


def test_only_the_outputs_that_were_named_are_taken(tmp_path):
    writer = PieceWriter(piece_path(tmp_path, 0), NAMES, channels=2, sample_rate=44_100, start=0)
    with pytest.raises(ValueError, match=r"expected float32 \[2, 2, n\], got \(3, 2, 9\)"):
        writer.add(np.zeros((3, 2, 9), np.float32))
    writer.abandon()


def test_states_come_back_bit_for_bit(tmp_path):
    path = state_path(tmp_path, 3)
    kept: dict[str, np.ndarray] = {
        "sum": np.random.default_rng(1).normal(size=(4, 2, 77)).astype(np.float32),
        "position": np.array([1, 2, 3], np.int64),
        "nothing": np.zeros((2, 0), np.float32),
        "turned": np.arange(6, dtype=np.float64).reshape(2, 3).T,
    }
    write_state(path, kept)
    found = read_state(path)
    assert list(found) == list(kept)
    for name, array in kept.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\x55" + whole[101:])
    with pytest.raises(KeylightError, match="state-0003 is damaged"):
        read_state(path)


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(KeylightError, match="Expected state-0001 of this job, found none"):
        read_state(state_path(tmp_path, 1))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a disk that is always full is Linux's")
def test_a_full_disk_is_a_sentence(tmp_path):
    (tmp_path / ".piece-0000.part").symlink_to("/dev/full")
    writer = PieceWriter(piece_path(tmp_path, 0), NAMES, channels=2, sample_rate=44_100, start=0)
    with pytest.raises(DiskFull, match="The disk is full: there is no room for the results"):
        writer.add(noise(BLOCK_SAMPLES))
    writer.abandon()
    assert os.listdir(tmp_path) == []
    with pytest.raises(PermissionError), disk_full_told():
        raise PermissionError(errno.EACCES, "denied")


def test_small_files_are_replaced_whole(tmp_path):
    write_file(tmp_path / "a", b"1")
    write_file(tmp_path / "a", b"2")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"a": b"2"}
