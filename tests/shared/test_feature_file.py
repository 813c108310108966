"""Features as bytes: all comes back, and whatever is wrong with the bytes has its own sentence."""

import contextlib
import struct
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from shared.errors import KeylightError
from shared.spectrum.features import SERIES, decode_features, demo_features, encode_features, silent_features


def same(one, other):
    assert (one.seconds, one.sections) == (other.seconds, other.sections)
    for name in ("bands", "wave", "beats", "downbeats"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
        assert getattr(one, name).dtype == getattr(other, name).dtype
    assert set(one.series) == set(other.series)
    assert all(np.array_equal(one.series[name], other.series[name]) for name in SERIES)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 6.0])
def test_all_comes_back(seconds):
    for features in (demo_features(seconds), silent_features(seconds)):
        same(decode_features(encode_features(features)), features)


def test_stems_come_back():
    song = replace(demo_features(2.0), stems={"drums": demo_features(3.0), "vocals": silent_features(2.0)})
    back = decode_features(bytearray(encode_features(song)))
    same(back, song)
    assert list(back.stems) == ["drums", "vocals"]
    for name in song.stems:
        same(back.stems[name], song.stems[name])


def changed(**fields):
    """Half a second of silence with other entries in its table."""
    data = encode_features(silent_features(0.5))
    magic, version, size = struct.unpack_from("<4sII", data)
    table = msgspec.json.decode(data[12 : 12 + size])
    for name, value in fields.items():
        table[name] = value(table[name]) if callable(value) else value
    text = msgspec.json.encode(table)
    text += b" " * ((size - len(text)) % 8)
    rest = data[12 + size :]
    return struct.pack("<4sII", magic, version, len(text)) + text + rest


def entry(which, **fields):
    return lambda arrays: [{**one, **(fields if one["name"] == which else {})} for one in arrays]


WHOLE = encode_features(silent_features(0.5))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "expected features that begin with b'KLFT', got b''"),
        (b"RIFF" + bytes(40), "expected features that begin with b'KLFT', got b'RIFF'"),
        (b"KLFT\x07\0\0\0" + bytes(9), "expected features of version 1, got version 7: make them anew from the audio"),
        (WHOLE[:60], r"expected features of \d+ bytes or more, got 60: the file is cut off"),
        (WHOLE[:-1], r"expected features of \d+ bytes or more, got \d+: the file is cut off"),
        (WHOLE + b"!", r"expected features of \d+ bytes, got \d+"),
        (WHOLE[:12] + b"\xff" + WHOLE[13:], "expected features with a table of arrays, got one that cannot be read"),
        (changed(framesPerSecond=30), "expected features at 60 frames and 6000 samples a second, got 30 and 6000"),
        (changed(songs={}), "expected the features of a song, got those of stems alone"),
        (changed(songs=lambda songs: {"": {**songs[""], "seconds": -1}}), "expected features of 0 to .* s, got -1.0 s"),
        (
            changed(songs=lambda songs: {"": {**songs[""], "seconds": 9}}),
            r"bands of shape \[540, 64\] for 9.0 s",
        ),
        (changed(songs=lambda songs: {**songs, "drums": songs[""]}), "expected features of drums with bands, got none"),
        (changed(arrays=entry("bands", dtype="<f4")), "expected features whose bands are <u1, got <f4"),
        (changed(arrays=entry("bands", name="bends")), "expected features made of bands, .*, got 'bends'"),
        (changed(arrays=entry("bands", shape=[-1, 64])), r"bands have a size, got the shape \[-1, 64\]"),
        (changed(arrays=entry("wave", shape=[3000, 1])), r"expected wave in one row, got the shape \[3000, 1\]"),
        (changed(arrays=entry("wave", shape=[1 << 40])), "the file is cut off"),
    ],
)
def test_bytes_that_are_no_features_say_why(data, says):
    with pytest.raises(KeylightError, match=says):
        decode_features(data)


def test_numbers_that_are_none_say_why():
    broken = silent_features(0.5)
    broken.series["kick"][3] = np.nan
    with pytest.raises(KeylightError, match="expected kick that are finite numbers, got others: the file is damaged"):
        decode_features(encode_features(broken))


def test_no_bytes_make_anything_but_features_or_a_sentence():
    rng = np.random.default_rng(4)
    whole = np.frombuffer(WHOLE, np.uint8)
    for _ in range(300):
        data = whole.copy()
        data[rng.integers(0, 1_400, rng.integers(1, 4))] = rng.integers(0, 256)
        with contextlib.suppress(KeylightError):
            decode_features(data.tobytes())
