"""Films: picture and sound as long as one another and at their places, files as platforms want them, errors told."""

import io
import shutil
from fractions import Fraction

import av
import msgspec
import numpy as np
import pytest
from av.stream import Disposition
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from backend.gpu.mux import Film, FilmTags, join
from backend.gpu.mux_audio import SAMPLE_RATE
from backend.gpu.mux_cover import to_cover
from shared.errors import AudioError, KeylightError
from shared.schema.video import CONTAINERS, PRESETS, RenderOptions, fit_render_options
from tests.gpu.audio import tones, write_audio
from tests.gpu.film import atoms, click_song, make_film, make_segments, plain, read_sound

TINY = RenderOptions(width=64, height=64, fps=30)
#: Decoders' names by codec, and the bits that a player sees of the preset's picture.
DECODED = {"h264": ("h264",), "hevc": ("hevc",), "av1": ("av1", "libdav1d"), "prores": ("prores",), "vp9": ("vp9",)}
PAIRS = [(codec, sound) for codec, (*_, sounds) in CONTAINERS.items() for sound in sounds if sound != "none"]


def black(options):
    return lambda _: plain(options, (0, 0, 0, 255))


def flash_at(options, frames):
    dark, light = plain(options, (0, 0, 0, 255)), plain(options, (255, 255, 255, 255))
    return lambda i: light if i in frames else dark


def flash_times(path):
    with av.open(str(path), "r") as container:
        return [frame.time for frame in container.decode(video=0) if is_light(frame)]


def is_light(frame):
    """By the last byte of the first row: the upper one where a value takes two."""
    half = 128 if frame.format.components[0].bits == 8 else 2 ** (frame.format.components[0].bits - 9)
    return bytes(frame.planes[0])[frame.width * (1 if half == 128 else 2) - 1] >= half


def click_times(path):
    """Where the sound stands out of the silence, once for each click."""
    found = []
    for time, samples in read_sound(path):
        loud = np.abs(samples)
        if loud.max() > 0.4 * (2**31 if loud.max() > 2 else 1):
            found.append(time + loud.argmax() / SAMPLE_RATE)
    return found


def picture_file(codec, side=80):
    held = io.BytesIO()
    with av.open(held, "w", format="image2pipe") as out:
        stream = out.add_stream(codec, rate=1)
        assert isinstance(stream, VideoStream)
        pixels = {"mjpeg": "yuvj420p", "png": "rgb24", "bmp": "bgr24"}[codec]
        stream.width, stream.height, stream.pix_fmt = side, side, pixels
        frame = av.VideoFrame.from_ndarray(np.full((side, side, 3), 90, np.uint8), format="rgb24")
        frame = frame.reformat(format=pixels)
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return held.getvalue()


@pytest.mark.parametrize(
    ("codec", "sound", "fps"), [(*pair, 30) for pair in PAIRS] + [("h264", "aac", fps) for fps in (24, 25, 50, 60)]
)
def test_flashes_and_clicks_are_at_the_same_times(tmp_path, codec, sound, fps):
    options = RenderOptions(codec, sound, width=64, height=64, fps=fps)
    frames = (0, fps // 2, 2 * fps - 7, 3 * fps - 2)
    times = np.array(frames) / fps
    song = click_song(tmp_path / "song.wav", 3.0, times)
    film = make_film(tmp_path, options, flash_at(options, frames), fps, fps // 2, 2 * fps - fps // 2, song=song)
    assert flash_times(film) == pytest.approx(times, abs=0.001)
    assert click_times(film)[1:] == pytest.approx(times[1:], abs=0.001)  # the first may be smeared over time 0


@pytest.mark.parametrize(("codec", "sound"), PAIRS)
@pytest.mark.parametrize("song_seconds", [0.4, 1.3, 5.0])
def test_sound_is_as_long_as_the_pictures_whatever_the_song_is(tmp_path, codec, sound, song_seconds):
    options = RenderOptions(codec, sound, width=64, height=64, fps=24)
    song = write_audio(tmp_path / "song.flac", tones(song_seconds), codec="flac")
    film = make_film(tmp_path, options, black(options), 17, 14, song=song)
    with av.open(str(film), "r") as container:
        pictures = sum(1 for _ in container.decode(video=0))
        assert container.duration is not None
        assert container.duration / 1e6 == pytest.approx(31 / 24, abs=0.0101)  # less than a frame at any rate
    assert pictures == 31
    last, block = [*read_sound(film)][-1]
    # An AAC decoder leaves up to a packet of padding on; the file says where it ends, which players heed.
    assert 0 <= round(last * SAMPLE_RATE) + len(block) - 31 * SAMPLE_RATE / 24 < 1024
    if options.container != "webm":
        with av.open(str(film), "r") as container:
            for stream in (*container.streams.video, *container.streams.audio):
                assert stream.duration is not None
                assert stream.time_base is not None
                assert float(stream.duration * stream.time_base) == pytest.approx(31 / 24, abs=1e-9)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_a_later_start_begins_there(tmp_path, rate):
    song = click_song(tmp_path / "song.wav", 6.0, np.array([1.0, 4.5]), rate=rate)
    options = RenderOptions(audio="flac", width=64, height=64, fps=30, start_seconds=3.7)
    film = make_film(tmp_path, options, black(options), 60, song=song)
    assert click_times(film) == pytest.approx([0.8], abs=0.001)


def sync_film(folder, seconds, codec="h264", sound="aac"):
    """A flash and a click every ten seconds and in the last second."""
    options = RenderOptions(codec, sound, width=64, height=64, fps=30, quality="draft")
    frames = sorted({*range(0, seconds * 30, 300), seconds * 30 - 15} - {0})
    song = click_song(folder / "song.wav", seconds, np.array(frames) / 30)
    counts = [300] * (seconds // 10)
    film = make_film(folder, options, flash_at(options, set(frames)), *counts, song=song)
    return film, np.array(frames) / 30


def test_after_ten_minutes_beats_are_seen_and_heard_within_ten_milliseconds(tmp_path):
    film, times = sync_film(tmp_path, 600)
    seen, heard = np.array(flash_times(film)), np.array(click_times(film))
    assert np.abs(seen - times).max() < 0.001
    assert np.abs(heard - times).max() < 0.001
    assert np.abs(seen - heard).max() < 0.010


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_makes_the_file_that_it_promises(tmp_path, preset):
    full, notes = fit_render_options(preset.options)
    assert notes == ()
    # A tenth of the size of the large ones: what is tested does not depend on it, but for the preset "x".
    scale = 1 if preset.name == "x" else 8
    options = msgspec.structs.replace(full, width=full.width // scale // 2 * 2, height=full.height // scale // 2 * 2)
    song = write_audio(tmp_path / "song.wav", tones(1.0))
    tags, cover = FilmTags("Söng", "AC/DC", "Made with Keylight"), picture_file("mjpeg")
    draw = flash_at(options, {3, 4})
    film = make_film(tmp_path, options, draw, 12, 8, song=song, tags=tags, cover=cover)
    assert film.suffix == options.ending
    with av.open(str(film), "r") as container:
        assert options.container in container.format.name or options.container == "webm"
        pictures = container.streams.video[0]
        context = pictures.codec_context
        assert context.name in DECODED[options.codec]
        assert (context.width, context.height) == (options.width, options.height)
        assert pictures.average_rate == Fraction(options.fps)
        first = next(container.decode(video=0))
        assert (first.colorspace, first.color_range) == (Colorspace.ITU709, ColorRange.MPEG)
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        named = {name.lower(): text for name, text in container.metadata.items()}
        assert {name: named.get(name) for name in tags.for_ffmpeg()} == tags.for_ffmpeg()
        assert bool(container.streams.audio) is (options.audio != "none")
        for sound in container.streams.audio:
            assert (sound.rate, sound.channels) == (SAMPLE_RATE, 2)
            assert sound.codec_context.name.removeprefix("lib").split("_")[0] == options.audio
        covers = [one for one in container.streams.video if one.disposition & Disposition.attached_pic]
        assert len(covers) == (options.container == "mp4")
        tag = {"hevc": "hvc1", "h264": "avc1", "av1": "av01", "prores": "ap4h" if options.alpha else "apch"}
        assert context.codec_tag == tag.get(options.codec, context.codec_tag)
    if options.container != "webm":
        order = atoms(film.read_bytes())
        assert order.index("moov") < order.index("mdat")


@pytest.mark.parametrize(("codec", "kept"), [("mjpeg", "mjpeg"), ("png", "png"), ("bmp", "mjpeg")])
def test_the_cover_is_kept(tmp_path, codec, kept):
    data = picture_file(codec)
    film = make_film(tmp_path, TINY, black(TINY), 10, cover=data)
    with av.open(str(film), "r") as container:
        (cover,) = [one for one in container.streams.video if one.disposition & Disposition.attached_pic]
        packet = next(container.demux(cover))
        assert cover.codec_context.name == kept
        assert (bytes(packet) == data) is (codec == kept)
    assert len(to_cover(picture_file("bmp", 3200)).data) > 0


def test_a_cover_that_is_no_picture_is_left_out_and_told(tmp_path):
    segments = make_segments(tmp_path, TINY, black(TINY), 3)
    film = join(segments, None, tmp_path / "film.mp4", TINY, frames=3, cover=b"\xff\xd8\xff no picture")
    assert film == Film(3, 0.1, ("The cover cannot be read as a picture: the film has none.",))
    assert (tmp_path / "film.mp4").is_file()


def test_transparent_films_stay_so(tmp_path):
    options = RenderOptions("vp9", "opus", width=64, height=64, fps=30, alpha=True)
    film = make_film(tmp_path, options, lambda _: plain(options, (0, 0, 60, 60)), 4, 4)
    with av.open(str(film), "r") as container:
        stream = container.streams.video[0]
        context = av.CodecContext.create("libvpx-vp9", "r")
        frames = [frame for packet in container.demux(stream) for frame in context.decode(packet)]
        assert stream.metadata.get("ALPHA_MODE", stream.metadata.get("alpha_mode")) == "1"
    assert len(frames) == 8
    assert all(abs(frame.to_ndarray(format="bgra")[32, 32, 3].astype(int) - 60) <= 2 for frame in frames)


def refused(message, *arguments, frames=6):
    segments, song, out = arguments
    with pytest.raises(KeylightError, match=message) as told:
        join(segments, song, out, TINY, frames=frames)
    assert [one.name for one in out.parent.iterdir() if "film" in one.name] == []
    return told.value


def test_segments_that_do_not_belong_together_are_refused(tmp_path):
    one, two = make_segments(tmp_path, TINY, black(TINY), 3, 3)
    other = tmp_path / "other"
    other.mkdir()
    large = msgspec.structs.replace(TINY, width=96)
    best = msgspec.structs.replace(TINY, quality="best")
    (wide,) = make_segments(other, large, black(large), 3)
    shutil.move(wide, tmp_path / "wide")
    (slow,) = make_segments(other, best, black(best), 3)
    out = tmp_path / "film.mp4"
    refused("wide was encoded with other settings than segment-0000", [one, tmp_path / "wide"], None, out)
    refused("was encoded with other settings", [one, slow], None, out)  # only the parameter sets differ
    refused("Expected the segment gone, found none", [one, tmp_path / "gone"], None, out)
    refused("Expected 7 pictures in the segments, found 6", [one, two], None, out, frames=7)
    refused("at least one segment", [], None, out)
    (tmp_path / "cut").write_bytes(two.read_bytes()[:200])
    refused("The segment cut is damaged", [one, tmp_path / "cut"], None, out)


def test_a_song_that_is_none_is_told_and_leaves_no_film(tmp_path):
    segments = make_segments(tmp_path, TINY, black(TINY), 6)
    (tmp_path / "song.mp3").write_bytes(b"no song at all" * 100)
    assert isinstance(
        refused("cannot be decoded as audio", segments, tmp_path / "song.mp3", tmp_path / "film.mp4"), AudioError
    )


def test_progress_is_told(tmp_path):
    segments = make_segments(tmp_path, TINY, black(TINY), 400, 250)
    told: list[int] = []
    join(segments, None, tmp_path / "film.mp4", TINY, frames=650, report=told.append)
    assert told == [300, 600, 650]
