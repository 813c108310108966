"""The page decodes what the command line decodes: same samples, same times, for every format people have."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
from mutagen import flac, id3

av = pytest.importorskip("av")

from tests.browser.decode_support import (  # noqa: E402
    ASSETS,
    SONGS,
    decode_in_page,
    decode_with_pyav,
    encode,
    lag_and_snr,
    music,
    serve,
)  # fmt: skip
from tests.conftest import CHROMIUM_FLAGS  # noqa: E402

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (ASSETS / "mediabunny-1.61.0").exists(), reason="no assets: run `nox -s assets`"),
]

SECONDS = 7.0
FALLBACK = ["Decoding", "Loading the fallback decoder", "Converting", "Decoding"]

# name: encoder, rate, channels, bits per second, muxer's options, format for people, least SNR in dB
FILES = {
    "cbr.mp3": ("libmp3lame", 44100, 2, 192_000, {}, "MP3", 100),
    "low.mp3": ("libmp3lame", 22050, 1, 64_000, {}, "MP3", 100),
    "no-xing.mp3": ("libmp3lame", 44100, 2, 192_000, {"write_xing": "0"}, "MP3", 100),
    "song.m4a": ("aac", 44100, 2, 192_000, {}, "AAC (M4A)", 100),
    "song.aac": ("aac", 48000, 2, 192_000, {}, "AAC", 100),
    "lossless.m4a": ("alac", 44100, 2, None, {}, "ALAC (M4A)", 100),
    "song.flac": ("flac", 44100, 2, None, {}, "FLAC", 100),
    "surround.flac": ("flac", 44100, 6, None, {}, "FLAC", 100),
    "fast.flac": ("flac", 192_000, 2, None, {}, "FLAC", 100),
    "16.wav": ("pcm_s16le", 44100, 2, None, {}, "WAV", 100),
    "24.wav": ("pcm_s24le", 48000, 2, None, {}, "WAV", 100),
    "32f.wav": ("pcm_f32le", 96000, 2, None, {}, "WAV", 100),
    "phone.wav": ("pcm_s16le", 8000, 1, None, {}, "WAV", 100),
    "song.aiff": ("pcm_s16be", 44100, 2, None, {}, "AIFF", 100),
    "song.ogg": ("vorbis", 44100, 2, 160_000, {}, "Ogg Vorbis", 100),
    # Chromium decodes Opus with libopus, PyAV with FFmpeg's own decoder: the last bits differ.
    "song.opus": ("libopus", 48000, 2, 160_000, {}, "Opus", 60),
    "song.webm": ("libopus", 48000, 2, 160_000, {}, "Opus (WebM)", 60),
    "song.wma": ("wmav2", 44100, 2, 192_000, {}, "WMA", 100),
    "song.wv": ("wavpack", 44100, 2, None, {}, "WavPack", 100),
}  # fmt: skip


@pytest.fixture(scope="module")
def media(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    for name, (codec, rate, channels, bit_rate, options, *_) in FILES.items():
        encode(folder / name, codec, music(SECONDS, rate, channels), rate, bit_rate=bit_rate, **options)
    return folder


@pytest.fixture(scope="module")
def page(browser, media):
    with serve(media) as url:
        page = browser.new_page()
        page.goto(url)
        yield page
        page.close()


@pytest.mark.parametrize("name", FILES)
def test_samples_are_those_of_the_command_line(page, media, name):
    _, rate, channels, _, _, label, least = FILES[name]
    expected, expected_rate = decode_with_pyav(media / name)
    found = decode_in_page(page, name)
    assert "error" not in found, found
    assert found["info"]["format"] == label
    assert (found["info"]["sampleRate"], found["info"]["channels"]) == (rate, channels)
    assert (expected_rate, len(expected)) == (rate, channels)
    # Matroska's clock counts milliseconds and mediabunny drops its end padding: up to one Opus frame may be left.
    slack = 960 if name.endswith(".webm") else 0
    assert abs(found["planes"].shape[1] - expected.shape[1]) <= slack
    for plane, reference in zip(found["planes"], expected, strict=True):
        lag, snr = lag_and_snr(plane, reference)
        assert lag == 0, "beat times of page and command line differ"
        assert snr > least
    assert found["warnings"] == []
    assert found["seconds"] == pytest.approx(found["planes"].shape[1] / rate)
    assert found["longest"] <= 4 * rate, "blocks are at most four seconds long"


@pytest.mark.parametrize(
    ("name", "fallback"), [("cbr.mp3", False), ("16.wav", False), ("song.aiff", True), ("song.wma", True)]
)
def test_only_what_needs_it_goes_through_ffmpeg(page, name, fallback):
    found = decode_in_page(page, name)
    assert found["same"] is not fallback
    assert ("Converting" in found["stages"]) is fallback


def test_music_starts_where_it_was_put(page, media):
    """An impulse at 1.000 s of the original is at 1.000 s of the decoded audio: the encoder's delay is cut off."""
    rate = 48000
    samples = np.zeros((2, rate * 2), np.float32)
    samples[:, rate] = 0.9
    for name, codec in {"i.mp3": "libmp3lame", "i.m4a": "aac", "i.ogg": "vorbis", "i.opus": "libopus"}.items():
        encode(media / name, codec, samples, rate, bit_rate=128_000)
        found = decode_in_page(page, name)["planes"][0]
        assert abs(int(np.argmax(np.abs(found))) - rate) <= 2, name


def test_a_cut_off_mp3_keeps_what_is_there(page, media):
    whole = (media / "cbr.mp3").read_bytes()
    (media / "cut.mp3").write_bytes(whole[: len(whole) // 2])
    found = decode_in_page(page, "cut.mp3")
    assert found["seconds"] == pytest.approx(SECONDS / 2, abs=0.1)
    assert found["warnings"] == ["The file ends early: 0:03.4 of 0:07.0 are there."]


def test_a_cut_off_wav_keeps_what_is_there(page, media):
    whole = (media / "16.wav").read_bytes()
    (media / "cut.wav").write_bytes(whole[: len(whole) // 2])
    found = decode_in_page(page, "cut.wav")
    assert found["seconds"] == pytest.approx(SECONDS / 2, abs=0.1)
    assert found["warnings"] == [f"The file ends early: {len(whole) - len(whole) // 2} bytes are missing."]


def test_a_broken_middle_does_not_end_the_song(page, media):
    broken = bytearray((media / "cbr.mp3").read_bytes())
    broken[60_000:62_000] = np.random.default_rng(2).bytes(2000)
    (media / "broken.mp3").write_bytes(broken)
    found = decode_in_page(page, "broken.mp3")
    assert found["seconds"] == pytest.approx(SECONDS, abs=0.3)


def test_damage_in_a_flac_is_not_its_end(page, media):
    broken = bytearray(encode(media / "long.flac", "flac", music(20, 44100, 2), 44100).read_bytes())
    middle = len(broken) // 2
    broken[middle : middle + 20_000] = np.random.default_rng(2).bytes(20_000)
    (media / "broken.flac").write_bytes(broken)
    found = decode_in_page(page, "broken.flac")
    assert "Converting" in found["stages"]
    assert found["seconds"] > 18
    assert len(found["warnings"]) == 1
    assert found["warnings"][0].startswith("Parts of the file are damaged: 0:1")


def test_a_cut_off_flac_just_ends(page, media):
    whole = (media / "song.flac").read_bytes()
    (media / "cut.flac").write_bytes(whole[: len(whole) // 2])
    found = decode_in_page(page, "cut.flac")
    assert found["stages"] == ["Decoding"]
    assert [text[:20] for text in found["warnings"]] == ["The file ends early:"]


def test_an_ogg_chain_is_read_to_its_end(page, media):
    for name in ("song.ogg", "song.opus"):
        one = (media / name).read_bytes()
        (media / f"chained-{name}").write_bytes(one + one)
        found = decode_in_page(page, f"chained-{name}")
        assert found["seconds"] == pytest.approx(2 * SECONDS, abs=0.1)
        assert found["info"]["durationSeconds"] == pytest.approx(2 * SECONDS, abs=0.1)
        assert found["warnings"] == []


def test_what_is_left_out_of_an_ogg_chain_is_said(page, media):
    (media / "mixed.ogg").write_bytes((media / "song.ogg").read_bytes() + (media / "song.opus").read_bytes())
    found = decode_in_page(page, "mixed.ogg")
    assert found["seconds"] == pytest.approx(SECONDS, abs=0.1)
    assert found["warnings"] == ["The file is several recordings in one: only 0:07.0 of 0:14.0 could be decoded."]


def test_surround_vorbis_keeps_its_last_channel(page, media):
    """Chromium's decoder makes silence of the last channel when all six are alike."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("PyAV brings no encoder for Vorbis in surround, and ffmpeg is not on this machine")
    encode(media / "six.wav", "pcm_s16le", np.repeat(music(SECONDS, 44100, 1), 6, axis=0), 44100)
    command = [ffmpeg, "-v", "error", "-i", str(media / "six.wav"), "-c:a", "libvorbis", str(media / "surround.ogg")]
    subprocess.run(command, check=True)
    expected, _ = decode_with_pyav(media / "surround.ogg")
    found = decode_in_page(page, "surround.ogg")
    assert found["info"]["channels"] == 6
    assert np.abs(found["planes"][5]).max() > 0.1
    for plane, reference in zip(found["planes"], expected, strict=True):
        assert lag_and_snr(plane, reference)[1] > 90


@pytest.mark.parametrize("name", ["cbr.mp3", "song.flac", "song.ogg", "song.m4a", "16.wav"])
def test_music_after_zeros_is_read(page, media, name):
    (media / f"zeros-{name}").write_bytes(bytes(5000) + (media / name).read_bytes())
    found = decode_in_page(page, f"zeros-{name}")
    assert found["seconds"] == pytest.approx(SECONDS, abs=0.05)


@pytest.mark.parametrize(
    ("named", "warnings"),
    [(0, []), (100, ["The header names only 100 of 1,234,800 bytes of audio; all were read."])],
)
def test_a_wav_whose_header_hides_its_audio(page, media, named, warnings):
    header, samples = (media / "16.wav").read_bytes().split(b"data", 1)
    (media / f"lie-{named}.wav").write_bytes(header + b"data" + struct.pack("<I", named) + samples[4:])
    found = decode_in_page(page, f"lie-{named}.wav")
    assert found["seconds"] == pytest.approx(SECONDS)
    assert found["warnings"] == warnings


def test_a_wav_with_frames_of_an_odd_length_goes_through_ffmpeg(page, media):
    whole = (media / "16.wav").read_bytes()
    at = whole.index(b"fmt ") + 20
    (media / "odd.wav").write_bytes(whole[:at] + struct.pack("<H", 3) + whole[at + 2 :])
    found = decode_in_page(page, "odd.wav")
    assert "Converting" in found["stages"]
    assert found["seconds"] == pytest.approx(SECONDS, abs=0.05)


def test_one_sample(page, media):
    encode(media / "one.wav", "pcm_s16le", np.full((1, 1), 0.5, np.float32), 44100)
    found = decode_in_page(page, "one.wav")
    assert found["planes"].shape == (1, 1)
    assert found["planes"][0, 0] == pytest.approx(0.5, abs=1e-4)


def _riff(payload: bytes, *, rate: int = 8000, channels: int = 1, align: int | None = None) -> bytes:
    align = channels * 2 if align is None else align
    header = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, 16000, align, 16)
    data = struct.pack("<4sI", b"data", len(payload)) + payload
    return struct.pack("<4sI4s", b"RIFF", 4 + len(header) + len(data), b"WAVE") + header + data


BAD = {
    "empty.mp3": (b"", "empty.mp3 is empty (0 bytes)."),
    "notes.mp3": (b"Set list\n1. Intro\n" * 9, "notes.mp3 is no audio: it is a text file."),
    "zeros.flac": (
        bytes(9000), "zeros.flac is no audio: it is nothing but zero bytes, as an unfinished download leaves.",
    ),
    "header.wav": (_riff(b""), "header.wav holds no sound: it has a header and no samples."),
    "fast.wav": (
        _riff(bytes(8000), rate=2**31 - 1),
        "fast.wav cannot be decoded: expected a sample rate of 1,000 to 768,000 Hz, got 2,147,483,647 Hz.",
    ),
    "slow.wav": (
        _riff(bytes(8000), rate=999),
        "slow.wav cannot be decoded: expected a sample rate of 1,000 to 768,000 Hz, got 999 Hz.",
    ),
    "wide.wav": (_riff(bytes(8008), channels=33), "wide.wav cannot be decoded: expected 1 to 32 channels, got 33."),
    "noise.flac": (
        bytes(range(128, 256)) * 40,
        "noise.flac cannot be decoded: it is damaged, or of a kind that Keylight does not know.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_audio_is_one_sentence(page, media, name):
    content, sentence = BAD[name]
    (media / name).write_bytes(content)
    found = decode_in_page(page, name)
    assert (found.get("name"), found.get("error")) == ("DecodeError", sentence)


def test_a_cut_off_m4a_says_so(page, media):
    whole = (media / "song.m4a").read_bytes()
    (media / "cut.m4a").write_bytes(whole[: len(whole) // 2])
    assert decode_in_page(page, "cut.m4a")["error"] == (
        "cut.m4a is cut off: the part that says how to read it is missing. Copy or download it again."
    )


def test_pictures_without_sound(page, media):
    with av.open(str(media / "film.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
        container.mux(stream.encode(None))
    assert decode_in_page(page, "film.mp4")["error"] == "film.mp4 has no audio track, only pictures."


def test_an_abort_stops_at_once_also_in_the_fallback(page):
    for name in ("song.flac", "song.aiff"):
        name_of_error, milliseconds = page.evaluate(
            "async (name) => (await import('/media/decode-page.js')).abortNamed(name)", name
        )
        assert name_of_error == "AbortError", name
        assert milliseconds < 500
    assert "error" not in decode_in_page(page, "song.aiff"), "the next file is decoded as if nothing had been"


@pytest.mark.parametrize("name", ["vibe_ace.ogg", "trumpet_loop.ogg", "speech.ogg"])
def test_real_songs(page, media, name):
    if not (SONGS / name).exists():
        pytest.skip(f"{SONGS / name} is not on this machine")
    if not (media / name).exists():
        (media / name).symlink_to(SONGS / name)
    expected, _ = decode_with_pyav(media / name)
    found = decode_in_page(page, name)
    assert found["planes"].shape == expected.shape
    lag, snr = lag_and_snr(found["planes"][0], expected[0])
    assert (lag, snr > 90) == (0, True)


@pytest.fixture(scope="module")
def collecting_page(browser, chromium_path, media):
    """A page whose collector of garbage can be called, and what its console said."""
    flags = [*CHROMIUM_FLAGS, "--js-flags=--expose-gc", "--enable-precise-memory-info"]
    chromium = browser.browser_type.launch(executable_path=chromium_path, args=flags)
    with serve(media) as url:
        page = chromium.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(url)
        yield page, said
        chromium.close()


@pytest.mark.parametrize("name", ["cbr.mp3", "song.m4a", "song.flac", "song.ogg", "16.wav", "song.aiff"])
def test_every_sample_is_closed_however_decoding_ends(collecting_page, name):
    page, said = collecting_page
    page.evaluate("async (name) => (await import('/media/decode-page.js')).leaveEarly(name)", name)
    for _ in range(3):
        for place in (page, *page.workers):
            place.evaluate("() => { gc(); return new Promise((done) => setTimeout(done, 50)); }")
    assert [text for text in said if "garbage" in text] == []


@pytest.mark.slow
def test_a_long_file_never_lies_in_memory_whole(collecting_page, media):
    """A 300 MB WAV (28 minutes) becomes 600 MB of float32: never more than a few blocks of it are alive."""
    page, _ = collecting_page
    size = 300_000_000
    rate, channels = 44100, 2
    with (media / "huge.wav").open("wb") as file:
        file.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", size + 36, b"WAVE", b"fmt ", 16, 1, channels, rate,
                               rate * channels * 2, channels * 2, 16, b"data", size))  # fmt: skip
        file.truncate(size + 44)
    page.set_content("<input type=file>")
    page.set_input_files("input", str(media / "huge.wav"))
    found = page.evaluate(
        "async () => { const { liveBytes } = await import('/media/decode-page.js');"
        + " return liveBytes(document.querySelector('input').files[0]); }"
    )
    (media / "huge.wav").unlink()
    assert found["seconds"] == pytest.approx(size / 4 / rate)
    assert found["blocks"] > 800
    block = 2 * rate * channels * 4
    assert max(found["during"]) < found["before"] + 6 * block
    assert found["after"] < found["before"] + block


def _tagged(media: Path, name: str, source: str) -> Path:
    path = media / name
    path.write_bytes((media / source).read_bytes())
    return path


def _id3(media: Path, name: str, frames: list[Any], version: int = 4) -> Path:
    path = _tagged(media, name, "cbr.mp3")
    tags = id3.ID3()
    for frame in frames:
        tags.add(frame)
    if version == 3:
        tags.update_to_v23()
    tags.save(path, v2_version=version)
    return path


LATIN, UTF16, UTF16BE, UTF8 = range(4)


@pytest.mark.parametrize("encoding", [LATIN, UTF16, UTF16BE, UTF8])
def test_id3_tags_in_every_encoding(page, media, encoding):
    title = "Caf\u00e9 d'\u00e9t\u00e9" if encoding == LATIN else "\u590f \u041b\u0435\u0442\u043e caf\u00e9"
    _id3(media, f"tags-{encoding}.mp3", [
        id3.TIT2(encoding, title), id3.TPE1(encoding, "An Artist"), id3.TALB(encoding, "An Album"),
        id3.TBPM(encoding, "127.95"), id3.TKEY(encoding, "F#m"),
    ])  # fmt: skip
    found = decode_in_page(page, f"tags-{encoding}.mp3")
    assert found["info"]["tags"] == {
        "title": title, "artist": "An Artist", "album": "An Album", "key": "F#m", "bpm": "127.95",
    }  # fmt: skip
    assert found["seconds"] == pytest.approx(SECONDS)


def test_old_id3_and_keys_in_words_of_their_own(page, media):
    _id3(media, "v23.mp3", [id3.TIT2(UTF16, "Old"), id3.TXXX(UTF16, "INITIALKEY", "8A")], version=3)
    assert decode_in_page(page, "v23.mp3")["info"]["tags"] == {"title": "Old", "key": "8A"}


def test_vorbis_and_mp4_tags(page, media):
    for name, source in {"tags.flac": "song.flac", "tags.ogg": "song.ogg", "tags.opus": "song.opus"}.items():
        file = mutagen.File(_tagged(media, name, source))
        file.update({"title": "\u590f", "artist": ["One", "Two"], "BPM": "174", "INITIALKEY": "4A"})
        file.save()
        tags = decode_in_page(page, name)["info"]["tags"]
        assert tags == {"title": "\u590f", "artist": "One", "bpm": "174", "key": "4A"}, name
    file = mutagen.File(_tagged(media, "tags.m4a", "song.m4a"))
    file.update({"\xa9nam": "\u590f", "\xa9ART": "One", "\xa9alb": "Two", "tmpo": [128]})
    file.save()
    tags = decode_in_page(page, "tags.m4a")["info"]["tags"]
    assert tags == {"title": "\u590f", "artist": "One", "album": "Two", "bpm": "128"}


def test_tags_are_cleaned(page, media):
    _id3(media, "dirty.mp3", [id3.TIT2(UTF8, "  two\nlines\x07 "), id3.TPE1(UTF8, "x" * 5000), id3.TALB(UTF8, " ")])
    assert decode_in_page(page, "dirty.mp3")["info"]["tags"] == {"title": "two lines", "artist": "x" * 300}


def _raw_id3(frames: list[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(struct.pack(">4sIH", name, len(content), 0) + content for name, content in frames)
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


BROKEN_TAGS = {
    "utf-8 called latin-1": ([(b"TIT2", b"\x00" + "Caf\u00e9".encode())], {"title": "Caf\u00e9"}),
    "invalid utf-8": ([(b"TIT2", b"\x03A\xff\xfeB")], {"title": "A B"}),
    "odd utf-16": ([(b"TIT2", b"\x01\xff\xfeA\x00B")], {"title": "A"}),
    "no such encoding": ([(b"TIT2", b"\x03Good"), (b"TPE1", b"\x09bad"), (b"TALB", b"\x03Lost")], {"title": "Good"}),
    "a frame longer than the tag": ([(b"TIT2", b"\x03Good"), (b"TPE1\x7f\xff\xff\xff"[:4], b"")], {"title": "Good"}),
    "rubbish": ([(b"\xff\x01\x80\x00", b"\x91" * 40)], None),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN_TAGS)
def test_broken_tags_never_fail_the_decoding(page, media, case):
    frames, expected = BROKEN_TAGS[case]
    name = case.replace(" ", "-") + ".mp3"  # the page's cache would answer for one name twice
    (media / name).write_bytes(_raw_id3(frames) + (media / "cbr.mp3").read_bytes())
    found = decode_in_page(page, name)
    assert found["seconds"] == pytest.approx(SECONDS, abs=0.05)
    assert found["info"]["tags"] == expected


def test_a_large_picture_is_no_hindrance(page, media):
    picture = b"\x89PNG\r\n\x1a\n" + bytes(5_000_000)
    _id3(media, "picture.mp3", [id3.APIC(UTF8, "image/png", 3, "Cover", picture), id3.TIT2(UTF8, "Behind it")])
    file = mutagen.File(_tagged(media, "picture.flac", "song.flac"))
    cover = flac.Picture()
    cover.data, cover.mime, cover.type = picture, "image/png", 3
    file.add_picture(cover)
    file["title"] = "Behind it"
    file.save()
    for name in ("picture.mp3", "picture.flac"):
        found = decode_in_page(page, name)
        assert found["info"]["tags"] == {"title": "Behind it"}, name
        assert found["seconds"] == pytest.approx(SECONDS, abs=0.05)
        assert found["milliseconds"] < 5000


def test_the_fallback_tells_no_tags(page):
    assert decode_in_page(page, "song.aiff")["info"]["tags"] is None
