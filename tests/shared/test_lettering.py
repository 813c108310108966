"""Texts find their faces, directions and languages, and every bundled face is in the asset lock."""

from __future__ import annotations

import msgspec
import pytest

from shared.scene.fonts import FACES, FAMILIES, fallbacks, nearest_face
from shared.scene.lettering import painter_entry, plan_text
from shared.scene.resources import MediaImage, TextSpec


def test_every_family_comes_from_a_table_of_whole_fonts() -> None:
    files = [face.file for faces in FACES.values() for face in faces]
    assert len(files) == len(set(files))
    assert all(file.endswith((".ttf", ".otf")) for file in files)
    assert {"Inter", "Bebas Neue", "Pacifico"} <= set(FAMILIES)
    assert not any(name.startswith("Noto") for name in FAMILIES)


@pytest.mark.parametrize(
    ("text", "family", "locale"),
    [
        ("Ελλάδα", "Noto Sans", "en"),
        ("Привет", "Noto Sans", "en"),
        ("שלום", "Noto Sans Hebrew", "en"),
        ("مرحبا", "Noto Sans Arabic", "en"),
        ("नमस्ते", "Noto Sans Devanagari", "en"),
        ("สวัสดี", "Noto Sans Thai", "en"),
        ("東京タワー", "Noto Sans CJK", "ja"),
        ("서울", "Noto Sans CJK", "ko"),
        ("北京", "Noto Sans CJK", "zh-Hans"),
        ("𠮷", "Noto Sans CJK", "en"),
        ("🎵", "Noto Emoji", "en"),
        ("♫", "Noto Emoji", "en"),
    ],
)
def test_a_script_brings_its_fallback(text: str, family: str, locale: str) -> None:
    plan = plan_text(TextSpec(text, family="Anton"))
    assert [face.family for face in plan.faces] == ["Anton", family]
    assert plan.locale == locale


def test_plain_english_needs_one_file() -> None:
    assert [face.file for face in plan_text(TextSpec("Hello, world!")).faces] == ["font-inter-0.4.2/Inter_700Bold.ttf"]


def test_fallbacks_come_in_the_same_order_whatever_the_text() -> None:
    assert fallbacks("京 é", 400) == fallbacks("é 京", 400)


def test_a_line_runs_as_its_first_letter_does() -> None:
    text = plan_text(TextSpec("123 שלום abc\nabc שלום\n42")).text
    assert text == "\u2067123 שלום abc\u2069\nabc שלום\n42"


def test_line_ends_and_control_characters_are_made_plain() -> None:
    assert plan_text(TextSpec("a\r\nb\rc\u2028d\te\x00f")).text == "a\nb\nc\nd e f"


def test_a_family_that_is_not_bundled_is_a_medium_before_inter() -> None:
    faces = plan_text(TextSpec("x", family="m7", weight=300)).faces
    assert [(face.family, face.file) for face in faces] == [
        ("m7", ""),
        ("Inter", nearest_face("Inter", 300, False).file),
    ]


def test_the_painter_gets_fields_by_their_names_on_the_wire() -> None:
    entry = painter_entry(TextSpec("x", line_height=1.5, max_lines=2))
    assert (entry["type"], entry["lineHeight"], entry["maxLines"]) == ("text", 1.5, 2)
    assert entry["plan"]["faces"][0]["weight"] == 700
    assert painter_entry(MediaImage("m1")) == {"type": "image", "media": "m1"}
    assert msgspec.json.encode(entry)
