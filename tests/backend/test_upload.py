"""A form is read as it was sent, however it is cut; what is no form is refused in words."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.errors import ApiError
from backend.options import name_after_file, read_options
from backend.turns import Turns
from backend.upload import OPTIONS_BYTES, Form, declared_length, request_body, scratch_file
from shared.schema.jobs import StemsOptions

BOUNDARY = "----kl"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
LIMIT = 100_000


def body_of(*parts: tuple[str, bytes], end: bytes = b"--") -> bytes:
    """A form; the name of a part may carry more of its header."""
    head = b'Content-Disposition: form-data; name="%b"\r\nContent-Type: application/octet-stream\r\n\r\n'
    made = [b"--%b\r\n" % BOUNDARY.encode() + head % name.encode() + data + b"\r\n" for name, data in parts]
    return b"".join(made) + b"--" + BOUNDARY.encode() + end + b"\r\n"


def pieces_of(body: bytes, chance: random.Random, *, most: int = 5000) -> list[bytes]:
    pieces, start = [], 0
    while start < len(body):
        size = chance.choice([1, 2, 7, 100, most])
        pieces.append(body[start : start + size])
        start += size
    return pieces


def read(pieces: list[bytes], folder: Path, *, kind: str = KIND) -> tuple[bytes, bytes, str]:
    """Options, file and its name, read from a body in these pieces; nothing is left in the folder."""

    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def work() -> tuple[bytes, bytes, str]:
        form = Form(kind, body(), length=sum(map(len, pieces)), limit=LIMIT)
        options = await form.options()
        async with scratch_file(folder) as (path, file):
            size = await form.save(file)
            data = path.read_bytes()
            assert len(data) == size
            return options, data, form.file_name

    try:
        return asyncio.run(work())
    finally:
        assert not folder.exists() or list(folder.iterdir()) == []


def test_a_form_is_read_however_it_is_cut(tmp_path: Path) -> None:
    chance = random.Random(1)
    for _ in range(60):
        # Bytes that look like boundaries, or nearly, are what a parser trips over.
        alphabet = [b"\r\n", b"--", b"\r\n--" + BOUNDARY.encode()[:-1], b"\r", b"-", bytes(100), chance.randbytes(50)]
        data = b"".join(chance.choice(alphabet) for _ in range(chance.randrange(300)))
        data = data.replace(BOUNDARY.encode(), b"")
        body = body_of(("options", b"{}"), ('file"; filename="a b.wav', data))
        assert read(pieces_of(body, chance), tmp_path / "up") == (b"{}", data, "a b.wav")


def test_a_damaged_form_is_refused_in_words(tmp_path: Path) -> None:
    chance = random.Random(2)
    body = body_of(("options", b'{"model": "htdemucs"}'), ('file"; filename="a.wav', chance.randbytes(3000)))
    refused = []
    for _ in range(400):
        pieces = pieces_of(damage(body, chance), chance)
        error = refusal(pieces, tmp_path / "up")
        if error is not None:  # damage in the song itself is none of the form's
            refused.append(error)
    assert len(refused) > 200
    assert {error.status_code for error in refused} <= {400, 413, 415, 422}
    assert all(error.detail.endswith(".") for error in refused)


def refusal(pieces: list[bytes], folder: Path) -> ApiError | None:
    try:
        read(pieces, folder)
    except ApiError as error:
        return error
    return None


def damage(body: bytes, chance: random.Random) -> bytes:
    """The body with bytes changed, taken out or put in, mostly near its beginning, or without its end."""
    damaged = bytearray(body)
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(damaged) if chance.random() < 0.3 else min(250, len(damaged)))
        match chance.randrange(4):
            case 0:
                damaged[place] = chance.randrange(256)
            case 1:
                del damaged[place + 1 : place + chance.randrange(40)]
            case 2:
                damaged[place:place] = chance.randbytes(chance.randrange(40))
            case _:
                del damaged[max(1, len(damaged) - chance.randrange(3200)) :]
    return bytes(damaged)


@pytest.mark.parametrize(
    ("parts", "word", "said"),
    [
        ((("file", b"x"), ("options", b"{}")), "bad-request", "Expected the part 'options' of the form, got 'file'."),
        ((("options", b"{}"),), "bad-request", "Expected the part 'file' of the form, got nothing."),
        ((("options", b"{}"), ("cover", b"")), "bad-request", "Expected the part 'file' of the form, got 'cover'."),
        ((("options", b" " * (OPTIONS_BYTES + 1)),), "invalid", f"The options have more than {OPTIONS_BYTES} bytes."),
        ((("options", b"{}"), ("file", b"x" * (LIMIT + 1))), "too-large", "The upload is larger than the 0.1 MB"),
        ((("options", b"{}"), ("file", b""), ("more", b"")), "bad-request", "Maximum segment count exceeded"),
    ],
)
def test_the_parts_have_an_order_and_a_size(
    tmp_path: Path, parts: tuple[tuple[str, bytes], ...], word: str, said: str
) -> None:
    with pytest.raises(ApiError) as caught:
        read([body_of(*parts)], tmp_path / "up")
    assert caught.value.word == word
    assert said in caught.value.detail


def test_a_form_without_its_end_is_refused(tmp_path: Path) -> None:
    body = body_of(("options", b"{}"), ("file", b"x" * 50), end=b"")
    with pytest.raises(ApiError, match="The form cannot be read"):
        read([body[:-2]], tmp_path / "up")


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=x"])
def test_another_body_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ApiError, match=r"415: Expected a multipart/form-data body"):
        read([b""], tmp_path / "up", kind=kind)


@pytest.mark.parametrize("said", ["", "-1", "1e3", "٣", "9" * 19])
def test_a_length_has_to_be_said(said: str) -> None:
    with pytest.raises(ApiError, match="411: An upload has to say its length"):
        declared_length({"content-length": said}, limit=LIMIT)


def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_read() -> None:
    assert declared_length({"content-length": str(LIMIT)}, limit=LIMIT) == LIMIT
    with pytest.raises(ApiError, match="413: The upload is larger"):
        declared_length({"content-length": str(10 * LIMIT)}, limit=LIMIT)


def body_from(messages: list[Any], *, stall_seconds: float = 10.0) -> list[bytes]:
    """What `request_body` makes of messages; after the last one the client is silent."""

    async def receive() -> Any:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop(0)

    async def work() -> list[bytes]:
        return [piece async for piece in request_body(receive, Turns(), stall_seconds=stall_seconds)]

    return asyncio.run(work())


def piece(data: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": data, "more_body": more}


def test_a_body_comes_in_its_pieces() -> None:
    assert body_from([piece(b"a"), piece(b""), piece(b"b", more=False)]) == [b"a", b"b"]


def test_a_client_that_leaves_is_told_from_one_that_stalls() -> None:
    with pytest.raises(ApiError, match="400: The upload broke off before its end"):
        body_from([piece(b"a"), {"type": "http.disconnect"}])
    with pytest.raises(ApiError, match=r"408: The upload stood still for 0\.01 seconds"):
        body_from([piece(b"a")], stall_seconds=0.01)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("../../etc/passwd.wav", "passwd"),
        ("C:\\Users\\me\\Song.flac", "Song"),
        ('a "quoted" 🎵.mp3', 'a "quoted" 🎵'),
        ("line\r\nbreak\0.wav", "linebreak"),
        (".wav", ".wav"),
        ("", None),
        ("..", ".."),
        ("x" * 500 + ".wav", "x" * 200),
    ],
)
def test_a_song_is_named_after_its_file(name: str, title: str | None) -> None:
    assert name_after_file(StemsOptions(), name).title == title


def test_options_that_are_not_right_say_where() -> None:
    with pytest.raises(ApiError, match=r"422: Options of the job are not right: .*\$\.format"):
        read_options(b'{"format": "ogg"}')
