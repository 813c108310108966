"""Pictures and films of projects: made here, so that every pixel and every time is known; and all that can be wrong."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest
import skia
from av.video.reformatter import ColorRange, Colorspace

from backend.assets.store import ASSETS_PATH
from backend.gpu.media import MediaShelf
from backend.gpu.media_films import Film
from backend.gpu.media_pictures import read_picture
from shared.errors import KeylightError
from shared.scene.facts import Facts
from shared.scene.resources import TextSpec
from shared.schema.project import Medium

RED, GREEN, BLUE, WHITE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (255, 255, 255, 255)


def bgra(color):
    return [color[2], color[1], color[0], color[3]]


def corners(width=80, height=40):
    """Upper left red, upper right green, lower left blue, lower right white; RGBA."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, WHITE
    return pixels


def saved(path, pixels, kind=skia.kPNG, quality=100):
    image = skia.Image.fromarray(np.ascontiguousarray(pixels), colorType=skia.kRGBA_8888_ColorType)
    path.write_bytes(bytes(image.encodeToData(kind, quality)))
    return path


def at_corners(pixels):
    """Colours in the four quarters, each channel 0 or 255; RGB."""
    height, width = pixels.shape[:2]
    places = ((1, 1), (1, 3), (3, 1), (3, 3))
    found = [pixels[height * y // 4, width * x // 4, [2, 1, 0]] for y, x in places]
    return [[255 if one > 128 else 0 for one in color] for color in found]


# Pictures.


@pytest.mark.parametrize("kind", [skia.kPNG, skia.kJPEG, skia.kWEBP])
def test_a_picture_comes_in_bgra(tmp_path, kind):
    pixels = read_picture(saved(tmp_path / "a", corners(), kind))
    assert pixels.shape == (40, 80, 4)
    assert at_corners(pixels) == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]
    assert (pixels[:, :, 3] == 255).all()


def test_clear_parts_are_premultiplied(tmp_path):
    pixels = np.full((4, 4, 4), (200, 100, 50, 128), np.uint8)
    assert np.abs(read_picture(saved(tmp_path / "a", pixels)) - np.array([25, 50, 100, 128])).max() <= 1


def _with_orientation(jpeg, orientation):
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 274, 3, 1, orientation, 0, 0)
    exif = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_come_upright(tmp_path, orientation):
    upright = corners()
    # How the sensor saw it: TIFF 6.0 says which sides row 0 and column 0 are.
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.transpose(1, 0, 2), 6: np.rot90(upright, 1), 7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    path = saved(tmp_path / "a.jpg", stored, skia.kJPEG)
    path.write_bytes(_with_orientation(path.read_bytes(), orientation))
    pixels = read_picture(path)
    assert pixels.shape == (40, 80, 4)
    assert at_corners(pixels) == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]


def _segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _cmyk_jpeg(inks):
    """An 8 x 8 JPEG of one colour, as Adobe writes CMYK: 255 is no ink. Blocks have a DC coefficient and no other."""
    bits = ""
    for ink in inks:
        level = 8 * (ink - 128)
        size = abs(level).bit_length()
        # Code of a size of n bits: n as four bits; then the bits, of a negative number those of the number less one.
        bits += f"{size:04b}" + (f"{level if level > 0 else level + 2**size - 1:0{size}b}" if size else "") + "0"
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    sizes = bytes([0, 0, 0, 12] + [0] * 12)
    return b"".join(
        [
            b"\xff\xd8", _segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"), _segment(0xDB, b"\0" + b"\1" * 64),
            _segment(0xC0, struct.pack(">BHHB", 8, 8, 8, 4) + bytes([1, 17, 0, 2, 17, 0, 3, 17, 0, 4, 17, 0])),
            _segment(0xC4, b"\0" + sizes + bytes(range(12))), _segment(0xC4, b"\x10\1" + bytes(15) + b"\0"),
            _segment(0xDA, bytes([4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0])), scan, b"\xff\xd9",
        ]
    )  # fmt: skip


def test_a_cmyk_jpeg_has_the_colours_of_its_inks(tmp_path):
    path = tmp_path / "a.jpg"
    for inks, color in (
        ((255, 0, 0, 255), (255, 0, 0)),
        ((255, 255, 255, 0), (0, 0, 0)),
        ((0, 255, 255, 128), (0, 128, 128)),
    ):
        path.write_bytes(_cmyk_jpeg(inks))
        assert np.abs(read_picture(path)[4, 4, [2, 1, 0]].astype(int) - color).max() <= 3


@pytest.mark.parametrize(("codec", "name"), [("gif", "a.gif"), ("libwebp_anim", "a.webp")])
def test_of_an_animation_the_first_frame_is_seen(tmp_path, codec, name):
    path = tmp_path / name
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 16, "rgb8" if codec == "gif" else "bgra"
        for color in (RED, BLUE, GREEN):
            frame = av.VideoFrame.from_ndarray(np.full((16, 32, 4), color, np.uint8), "rgba")
            file.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        file.mux(stream.encode(None))
    assert np.abs(read_picture(path).astype(int) - bgra(RED)).max() <= 4


@pytest.mark.slow
def test_fifty_megapixels_are_made_smaller(tmp_path):
    pixels = read_picture(saved(tmp_path / "a.jpg", corners(10_000, 5_000), skia.kJPEG, 50))
    assert pixels.shape == (2048, 4096, 4)
    assert at_corners(pixels) == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]


def _chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + _chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Expected a picture in PNG, JPEG, WebP, GIF, BMP or ICO format"),
        (b"GIF89a", "Expected a picture in PNG"),
        (b"<svg/>", "Expected a picture in PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "Expected a picture"),
        (bytes(range(256)) * 9, "Expected a picture in PNG"),
        (_png(60_000, 60_000), "Expected a picture of at most 101 megapixels, got 60000 x 60000"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path, data, words):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(KeylightError, match=words):
        read_picture(path)


def test_of_a_picture_that_is_cut_off_the_rest_is_seen(tmp_path):
    whole = saved(tmp_path / "a.png", np.random.default_rng(1).integers(0, 256, (64, 64, 4), np.uint8))
    cut = tmp_path / "b.png"
    cut.write_bytes(whole.read_bytes()[:8000])
    assert np.array_equal(read_picture(cut)[:20], read_picture(whole)[:20])


def test_any_damage_is_a_picture_or_a_sentence(tmp_path):
    chance = np.random.default_rng(3)
    path = tmp_path / "broken"
    said = []
    for kind in (skia.kPNG, skia.kJPEG, skia.kWEBP):
        data = saved(tmp_path / "a", corners(64, 64), kind, 80).read_bytes()
        for _ in range(30):
            broken = bytearray(data)
            for place in chance.integers(8, len(data), 4):
                broken[place] = chance.integers(256)
            path.write_bytes(broken[: chance.integers(9, len(data) + 1)])
            try:
                assert read_picture(path).shape[2] == 4
            except KeylightError as error:
                said.append(str(error))
    assert said
    assert all(words.startswith("Expected a picture") for words in said)


# Films.


def film(
    path,
    times,
    *,
    base=1000,
    codec="libx264",
    size=(64, 48),
    rotation=0,
    **options,
):
    """Frame i is grey, of level 20 + 4 i, and begins at `times[i] / base`."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=25, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv422p10le" if codec == "prores_ks" else "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, base)
        stream.codec_context.gop_size = 12
        stream.codec_context.bit_rate = 2_000_000
        if rotation:
            stream.set_display_rotation(rotation)
        for at, tick in enumerate(times):
            frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 4), 20 + 4 * at, np.uint8), "rgba")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = tick, Fraction(1, base)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def number_of(pixels):
    """Which frame of `film` it is."""
    assert pixels is not None
    return round((float(pixels[:, :, :3].mean()) - 20) / 4)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {"bf": "3"}),
        ("a.mkv", "libx264", {"bf": "0"}),
        ("a.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
        ("a.avi", "mpeg4", {"qmin": "1", "qmax": "1"}),
        ("a.ts", "libx264", {"bf": "2"}),
        ("a.mov", "prores_ks", {}),
    ],
)
def test_frames_are_found_by_number_in_any_order(tmp_path, name, codec, options):
    made = Film(film(tmp_path / name, [40 * at for at in range(55)], codec=codec, **options))
    assert len(made.facts.times) == 55
    assert np.allclose(made.facts.times, np.arange(55) / 25, atol=2e-3)
    assert made.facts.seconds == pytest.approx(55 / 25, abs=0.05)
    assert (made.facts.width, made.facts.height) == (64, 48)
    order = [*range(55), 3, 2, 1, 54, 0, 30, 31, 29, 45, 44, 12, 11, 54, 53, 24, 24]
    assert [number_of(made.frame(at)) for at in order] == order
    assert number_of(made.frame(10_000)) == 54
    assert number_of(made.frame(-5)) == 0
    made.close()


def test_frames_of_differing_lengths_keep_their_times(tmp_path):
    ticks = [0, 10, 110, 120, 600, 1000, 1033, 2500]
    made = Film(film(tmp_path / "a.mp4", ticks, bf="2"))
    assert np.allclose(made.facts.times, np.array(ticks) / 1000, atol=1e-6)
    assert [number_of(made.frame(at)) for at in (7, 2, 4, 0)] == [7, 2, 4, 0]
    made.close()


def test_a_film_that_does_not_begin_at_zero_begins_at_zero(tmp_path):
    made = Film(film(tmp_path / "a.mkv", [5000 + 40 * at for at in range(10)]))
    assert np.allclose(made.facts.times, np.arange(10) / 25, atol=2e-3)
    assert number_of(made.frame(9)) == 9
    made.close()


def test_what_an_edit_list_leaves_out_is_not_there(tmp_path):
    path = film(tmp_path / "a.mp4", [40 * at for at in range(50)], bf="0")
    data = bytearray(path.read_bytes())
    place = data.index(b"elst")
    # Version and flags, one entry: length in the film's time, then where in the medium it begins.
    assert struct.unpack_from(">I", data, place + 8) == (1,)
    length, start = struct.unpack_from(">Ii", data, place + 12)
    struct.pack_into(">Ii", data, place + 12, length - 1000, start + _medium_ticks(data, 1.0))
    path.write_bytes(data)
    made = Film(path)
    assert len(made.facts.times) == 25
    assert made.facts.times[0] == 0
    assert [number_of(made.frame(at)) for at in (0, 24, 7)] == [25, 49, 32]
    made.close()


def _medium_ticks(data, seconds):
    place = data.index(b"mdhd")
    return round(struct.unpack_from(">I", data, place + 16)[0] * seconds)


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_films_come_upright(tmp_path, rotation):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25, options={"qp": "5"})
        stream.width, stream.height, stream.pix_fmt = 80, 40, "yuv420p"
        stream.set_display_rotation(rotation)
        frame = av.VideoFrame.from_ndarray(corners(), "rgba").reformat(format="yuv420p")
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    made = Film(path)
    pixels = made.frame(0)
    assert pixels is not None
    turned = np.rot90(corners(), rotation // 90)  # counterclockwise, as FFmpeg counts
    assert pixels.shape == turned.shape
    assert (made.facts.height, made.facts.width) == turned.shape[:2]
    assert at_corners(pixels) == at_corners(turned[:, :, [2, 1, 0, 3]])
    made.close()


def _shown(y, u, v, *, matrix, full):
    """BGR by H.273: luma of red and blue by the matrix."""
    red, blue = (0.2126, 0.0722) if matrix == Colorspace.ITU709 else (0.299, 0.114)
    luma = y / 255 if full else (y - 16) / 219
    cb, cr = ((one - 128) / (255 if full else 224) for one in (u, v))
    r, b = luma + 2 * (1 - red) * cr, luma + 2 * (1 - blue) * cb
    return [255 * min(1, max(0, one)) for one in (b, (luma - red * r - blue * b) / (1 - red - blue), r)]


@pytest.mark.parametrize("size", [(64, 48), (1280, 720)])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [Colorspace.ITU709, Colorspace.ITU601, None])
def test_colours_follow_the_files_matrix_and_range(tmp_path, matrix, full, size):
    path = tmp_path / "a.mkv"
    y, u, v = 120, 90, 180
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25, options={"qp": "1"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        if matrix is not None:
            stream.codec_context.colorspace = int(matrix)
        stream.codec_context.color_range = ColorRange.JPEG if full else ColorRange.MPEG
        area = size[0] * size[1]
        planes = np.concatenate([np.full(area, y), np.full(area // 4, u), np.full(area // 4, v)]).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(planes.reshape(size[1] * 3 // 2, size[0]), "yuv420p")
        frame.color_range = ColorRange.JPEG if full else ColorRange.MPEG
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    made = Film(path)
    pixels = made.frame(0)
    assert pixels is not None
    guess = Colorspace.ITU709 if size[1] >= 720 else Colorspace.ITU601
    expected = _shown(y, u, v, matrix=matrix or guess, full=full)
    assert np.abs(pixels[size[1] // 2, size[0] // 2, :3] - np.array(expected)).max() <= 3
    made.close()


@pytest.mark.parametrize(
    "data", [b"", b"no film", b"\0\0\0\x18ftypmp42" + bytes(99), b"#EXTM3U\nhttp://example.org/a.ts\n"]
)
def test_what_is_no_film_is_refused(tmp_path, data):
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(KeylightError, match="Expected a film"):
        Film(path)


def test_a_picture_or_a_song_is_no_film(tmp_path):
    song = tmp_path / "a.mp4"
    with av.open(str(song), "w") as file:
        stream = file.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        frame.rate = 44_100
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    with pytest.raises(KeylightError, match="found no moving pictures"):
        Film(song)
    with pytest.raises(KeylightError, match="Expected a film"):
        Film(saved(tmp_path / "a.png", corners()))


def test_a_damaged_film_shows_its_last_good_frames(tmp_path):
    chance = np.random.default_rng(4)
    said = []
    for name in ("a.mp4", "a.mkv", "a.ts"):
        path = film(tmp_path / name, [40 * at for at in range(50)], size=(160, 120), bf="2")
        whole = path.read_bytes()
        for _ in range(6):
            broken = bytearray(whole)
            first = int(chance.integers(len(whole) // 3, 2 * len(whole) // 3))
            broken[first : first + 200] = chance.bytes(200)
            path.write_bytes(broken)
            try:
                made = Film(path)
            except KeylightError as error:
                said.append(str(error))
                continue
            for at in (0, 49, 20, 30, 35):
                pixels = made.frame(at)
                assert pixels is None or pixels.shape == (120, 160, 4)
            made.close()
    assert all(words.startswith("Expected a film") for words in said)


def test_of_a_film_that_is_cut_off_the_beginning_is_there(tmp_path):
    path = film(tmp_path / "a.mkv", [40 * at for at in range(50)], size=(160, 120), qp="20")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    made = Film(path)
    assert 20 < len(made.facts.times) < 50
    assert number_of(made.frame(5)) == 5
    made.close()


def test_pictures_that_are_not_square_are_shown_as_wide_as_they_are(tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 72, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        file.mux(stream.encode(av.VideoFrame.from_ndarray(corners(72, 48), "rgba").reformat(format="yuv420p")))
        file.mux(stream.encode(None))
    made = Film(path)
    pixels = made.frame(0)
    assert pixels is not None
    assert (made.facts.width, made.facts.height) == (96, 48)
    assert pixels.shape == (48, 96, 4)
    made.close()


# The shelf.


def shelf(tmp_path, *media):
    return MediaShelf(media, {medium.id: tmp_path / medium.id for medium in media}, fonts=ASSETS_PATH)


def test_the_shelf_knows_facts(tmp_path):
    saved(tmp_path / "cover", corners(640, 320))
    film(tmp_path / "clip.mp4", [0, 40, 80]).rename(tmp_path / "clip")
    held = shelf(tmp_path, Medium("cover", "image"), Medium("clip", "video"))
    facts: Facts = held
    image, video = facts.image("cover"), facts.video("clip")
    assert image is not None
    assert video is not None
    assert (image.width, image.height, image.small.shape) == (640, 320, (80, 160, 4))
    assert image.small[10, 10].tolist() == list(RED)
    assert image.small[70, 10].tolist() == list(BLUE)
    assert video.times.tolist() == pytest.approx([0, 0.04, 0.08])
    assert number_of(held.frame("clip", 2)) == 2
    assert facts.measure(TextSpec("Key", size=40)).lines == 1
    assert not held.problems
    held.close()


def test_what_cannot_be_had_is_none_and_a_sentence_that_names_it(tmp_path):
    (tmp_path / "cover").write_bytes(b"no picture")
    (tmp_path / "clip").write_bytes(b"no film")
    held = shelf(
        tmp_path,
        Medium("cover", "image", name="cover art.png"),
        Medium("clip", "video", name="clip.mp4"),
        Medium("gone", "image", name="gone.jpg"),
        Medium("type", "font", name="type.ttf"),
    )
    assert held.image("cover") is None
    assert held.video("clip") is None
    assert held.picture("gone") is None
    assert held.frame("cover", 0) is None
    assert held.picture("who") is None
    assert held.font("type") is None
    assert held.problems == {
        "cover": "cover art.png: Expected a picture in PNG, JPEG, WebP, GIF, BMP or ICO format."
        + " The file is not one, or it is broken.",
        "clip": "clip.mp4: Expected a film in MP4, MOV, WebM, MKV, AVI or MPEG format."
        + " The file is not one, or it is broken.",
        "gone": "gone.jpg: Expected a picture, its file is missing. Add it again.",
        "who": "who: Expected a picture, the project has no medium 'who'.",
        "type": "type.ttf: Expected a font, its file is missing. Add it again.",
    }


def test_all_media_are_tried_before_a_film_and_what_is_broken_is_named(tmp_path):
    saved(tmp_path / "cover", corners(64, 32))
    for name in ("clip", "type"):
        (tmp_path / name).write_bytes(b"something else")
    held = shelf(
        tmp_path,
        Medium("cover", "image", name="cover.png"),
        Medium("clip", "video", name="clip.mp4"),
        Medium("type", "font", name="type.ttf"),
        Medium("gone", "image", name="gone.jpg"),
    )
    assert [sentence.split(".")[0] for sentence in held.look_through()] == ["clip", "type", "gone"]
    assert "Expected a font in TrueType or OpenType format." in held.look_through()[1]


def test_a_font_of_the_project_is_used_and_a_broken_one_is_not(tmp_path):
    (tmp_path / "own").write_bytes((ASSETS_PATH / "font-anton-0.4.2/Anton_400Regular.ttf").read_bytes())
    (tmp_path / "broken").write_bytes(b"no font at all")
    held = shelf(tmp_path, Medium("own", "font"), Medium("broken", "font"))
    by_id = held.measure(TextSpec("Keylight", family="own", weight=400))
    assert by_id == held.measure(TextSpec("Keylight", family="Anton", weight=400))
    plain = held.measure(TextSpec("Keylight", weight=400))
    assert by_id.width < plain.width
    assert held.measure(TextSpec("Keylight", family="broken", weight=400)) == plain
