"""Segments: what is drawn is what is decoded, colours by BT.709 and said so, whole files or none."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import av
import numpy as np
import pytest
from av.codec.codec import UnknownCodecError
from av.video.reformatter import ColorRange, Colorspace

from backend.gpu.tasks import DiskFull
from backend.gpu.video import SegmentWriter, straight_alpha
from backend.gpu.video_encoders import HARDWARE, SOFTWARE, pick_encoder, settings_for
from shared.errors import KeylightError
from shared.schema.video import RenderOptions
from tests.gpu.film import make_segments, plain

SMALL = RenderOptions(width=128, height=96, fps=30, quality="best")
CODECS = {
    "h264": SMALL,
    "hevc": RenderOptions("hevc", width=128, height=96, fps=25, quality="best"),
    "av1": RenderOptions("av1", width=128, height=96, fps=24, quality="best"),
    "prores": RenderOptions("prores", "pcm", width=128, height=96, fps=50, quality="best"),
    "vp9": RenderOptions("vp9", "opus", width=128, height=96, fps=60, quality="best"),
}
#: sRGB colours and the Y'CbCr of ITU-R BT.709-6, items 3.2 to 3.4, quantized to 8 bits by item 4.
PATCHES = {
    (255, 255, 255): (235, 128, 128), (0, 0, 0): (16, 128, 128), (255, 0, 0): (63, 102, 240),
    (0, 255, 0): (173, 42, 26), (0, 0, 255): (32, 240, 118), (128, 128, 128): (126, 128, 128),
}  # fmt: skip


def decoded(path, pixels=None):
    with av.open(str(path), "r") as container:
        frames = list(container.decode(video=0))
    return [frame.reformat(format=pixels).to_ndarray() if pixels else frame for frame in frames]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("rgb", PATCHES)
def test_colors_are_those_of_bt_709(tmp_path, codec, rgb):
    options = CODECS[codec]
    (path,) = make_segments(tmp_path, options, lambda _: plain(options, (*rgb[::-1], 255)), 2)
    (first, _) = decoded(path)
    assert (first.colorspace, first.color_range) == (Colorspace.ITU709, ColorRange.MPEG)
    deep = 10 if "10le" in first.format.name else 8
    for plane, expected in zip(first.planes, PATCHES[rgb], strict=True):
        values = np.frombuffer(bytes(plane), np.uint16 if deep == 10 else np.uint8)
        values = values.reshape(plane.height, -1)[:, : plane.width]
        assert values.mean() / 2 ** (deep - 8) == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize("codec", CODECS)
def test_pictures_come_back_in_order_and_at_their_times(tmp_path, codec):
    options = CODECS[codec]
    values = [(i * 37) % 200 + 20 for i in range(40)]
    (path,) = make_segments(tmp_path, options, lambda i: plain(options, (values[i],) * 3 + (255,)), 40)
    frames = decoded(path)
    assert [frame.time for frame in frames] == pytest.approx([i / options.fps for i in range(40)], abs=0.0006)
    found = [frame.to_ndarray(format="gray").mean() for frame in frames]
    assert found == pytest.approx(values, abs=6)


def test_a_picture_may_be_painted_over_once_it_is_written(tmp_path):
    held = plain(SMALL, (0, 0, 0, 255))
    with SegmentWriter(tmp_path / "a", SMALL) as writer:
        for i in range(20):
            held[..., :3] = i * 10
            writer.write(held)
    found = [frame.to_ndarray(format="gray").mean() for frame in decoded(tmp_path / "a")]
    assert found == pytest.approx([i * 10 for i in range(20)], abs=4)


@pytest.mark.parametrize(("codec", "sound", "decoder"), [("prores", "pcm", "prores"), ("vp9", "opus", "libvpx-vp9")])
def test_transparency_comes_back_straight(tmp_path, codec, sound, decoder):
    options = RenderOptions(codec, sound, width=64, height=64, fps=30, alpha=True, quality="best")
    picture = plain(options, (0, 0, 0, 0))
    picture[:, 32:] = (0, 64, 128, 128)  # BGRA of orange at half, multiplied
    (path,) = make_segments(tmp_path, options, lambda _: picture, 3)
    with av.open(str(path), "r") as container:
        stream = container.streams.video[0]
        context = av.CodecContext.create(decoder, "r")
        frames = [frame for packet in container.demux(stream) for frame in context.decode(packet)]
    assert "yuva" in frames[0].format.name
    found = frames[0].to_ndarray(format="bgra").astype(int)
    assert found[:, :24, 3].max() <= 2
    assert np.abs(found[8:-8, 44:-8] - (0, 128, 255, 128)).max() <= 8


def test_straight_alpha_is_multiplication_undone():
    alpha = np.arange(1, 256, dtype=np.uint8)[:, None]
    color = (np.arange(256)[None] * alpha.astype(int) + 127) // 255
    picture = np.stack([color] * 3 + [np.broadcast_to(alpha, color.shape)], axis=-1).astype(np.uint8)
    picture.setflags(write=False)
    back = straight_alpha(picture)[..., 0].astype(float)
    assert np.all(np.abs(back - np.arange(256)) <= 0.5 * 255 / alpha + 1)
    opaque = np.full((2, 2, 4), 255, np.uint8)
    assert straight_alpha(opaque) is opaque


def test_every_segment_begins_with_a_whole_picture_and_seeks_every_two_seconds(tmp_path):
    noise = np.random.default_rng(3).integers(0, 255, (96, 128, 4), np.uint8)
    (path,) = make_segments(tmp_path, SMALL, lambda i: np.roll(noise, i, axis=1), 130)
    with av.open(str(path), "r") as container:
        found = [packet for packet in container.demux(video=0) if packet.is_keyframe]
        keys = [round((packet.pts or 0) * packet.time_base * 30) for packet in found]
    assert keys[:3] == [0, 60, 120]


@pytest.mark.parametrize("name", CODECS)
def test_the_same_pictures_make_the_same_packets(tmp_path, name):
    options = CODECS[name]

    def packets(path):
        with av.open(str(path), "r") as container:
            return [bytes(packet) for packet in container.demux(video=0)]

    noise = np.random.default_rng(4).integers(0, 255, (96, 128, 4), np.uint8)
    noise[..., 3] = 255
    first, second = (
        packets(make_segments(tmp_path, options, lambda i: np.roll(noise, i, axis=0), 12)[0]) for _ in range(2)
    )
    assert first == second


def test_a_block_that_fails_leaves_nothing(tmp_path):
    def fail():
        with SegmentWriter(tmp_path / "a", SMALL) as writer:
            writer.write(plain(SMALL, (0, 0, 0, 255)))
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        fail()
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, sys
import numpy as np
from pathlib import Path
from backend.gpu.video import SegmentWriter
from shared.schema.video import RenderOptions
writer = SegmentWriter(Path(sys.argv[1]), RenderOptions(width=64, height=64))
while True:
    writer.write(np.random.default_rng(1).integers(0, 255, (64, 64, 4), np.uint8))
    if writer.frames == 200:
        print("on the way", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_a_killed_writer_leaves_no_file_under_the_name_and_the_next_one_is_not_in_its_way(tmp_path):
    path = tmp_path / "segment-0000"
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on the way\n"
        process.send_signal(signal.SIGKILL)
    assert [one.name for one in tmp_path.iterdir()] == [".segment-0000.part"]
    make_segments(tmp_path, SMALL, lambda _: plain(SMALL, (9, 9, 9, 255)), 5)
    assert [one.name for one in tmp_path.iterdir()] == ["segment-0000"]
    assert len(decoded(path)) == 5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_told(tmp_path):
    writer = SegmentWriter(tmp_path / "a", RenderOptions("prores", "pcm", width=640, height=640))
    (tmp_path / "b").symlink_to("/dev/full")
    full = (tmp_path / "b").open("wb")
    os.dup2(full.fileno(), writer._file.fileno())
    noise = np.random.default_rng(5).integers(0, 255, (640, 640, 4), np.uint8)

    def fill():
        for _ in range(10):
            writer.write(noise)
        writer.close()

    with pytest.raises(DiskFull, match="The disk is full"):
        fill()
    writer.abandon()
    full.close()
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (RenderOptions(width=65, height=64), "Expected even sides, got 65 x 64"),
        (RenderOptions("vp9", "aac"), "VP9 is written as .webm, which holds Opus or no sound, not AAC"),
        (RenderOptions(alpha=True), "H.264 knows no transparency: choose VP9 or ProRes"),
    ],
)
def test_options_that_do_not_go_together_are_refused_before_anything_is_written(tmp_path, options, message):
    with pytest.raises(KeylightError, match=message):
        SegmentWriter(tmp_path / "a", options)
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_does_not_open_is_told(tmp_path):
    with pytest.raises(KeylightError, match="h264_cuvid does not encode 64 × 64 at 60 frames per second here"):
        SegmentWriter(tmp_path / "a", RenderOptions(width=64, height=64), encoder="h264_cuvid")
    assert list(tmp_path.iterdir()) == []


def test_wrong_pictures_are_our_mistake(tmp_path):
    writer = SegmentWriter(tmp_path / "a", SMALL)
    with pytest.raises(ValueError, match=r"expected a picture of uint8 \[96, 128, 4\], got float64 \[96, 128, 4\]"):
        writer.write(np.zeros((96, 128, 4)))
    with pytest.raises(ValueError, match="at least one picture"):
        writer.close()
    writer.abandon()


def test_the_encoder_is_one_that_opens(tmp_path):
    options = RenderOptions(width=640, height=360)
    name = pick_encoder(options)
    with SegmentWriter(tmp_path / "a", options, encoder=name) as writer:
        writer.write(plain(options, (50, 50, 50, 255)))
    assert len(decoded(tmp_path / "a")) == 1
    assert pick_encoder(RenderOptions(hardware=False)) == "libx264"
    assert pick_encoder(RenderOptions("vp9", "opus", alpha=True)) == "libvpx-vp9"


@pytest.mark.parametrize("quality", ["draft", "good", "best"])
@pytest.mark.parametrize(
    "encoder", sorted({name for names in HARDWARE.values() for name in names} | set(SOFTWARE.values()))
)
def test_encoders_are_told_words_that_ffmpeg_knows(quality, encoder):
    codec = next(one for one in HARDWARE if encoder in (*HARDWARE[one], SOFTWARE[one]))
    settings = settings_for(RenderOptions(codec, quality=quality), encoder)
    try:
        made = av.Codec(encoder, "w")
    except UnknownCodecError:
        pytest.skip("not in this build of FFmpeg")
    known = made.create("video").supported_options
    assert set(settings.options) <= {option.name for option in (*known.generic, *known.private)}
    assert settings.pixels in {one.name for one in made.video_formats or ()}
