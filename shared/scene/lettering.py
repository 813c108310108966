"""How a text is laid out and rasterised: the part that both painters share, and the rules for the part they do alone.

Both lay out with Skia's paragraphs, which agree to the last bit when asked alike:

Faces. Every face of `plan_text(...).faces` is registered under a family of its own (its `file`, or "media/" and the id
of a medium, whose `file` is empty) and the text asks for all of them, in order; a medium that is missing is left out.
Style: size `spec.size`, weight and slant of the spec (Skia thickens and slants what lacks it), letter spacing
`spacing * size`, locale `plan.locale`, foreground a white paint, antialiased; with `stroke` above 0 a stroke of that
width with round joins.
Lines. The strut is forced and of the first face alone, of size `spec.size`, leading 0; so every line is as high as the
next whatever it falls back to. `line_height` above 0 is the height of the style and of the strut, with half leading.
The number of lines is the paragraph's height over that of the text "x", rounded.
Layout. In canvas pixels, at width `spec.width`. The text's size is (the longest line, at least 0; the height).
Cut. With `max_lines` above 0 and more lines than that, the text is the longest `text[:n]`, trailing spaces off, and an
ellipsis, that has not more; n counts code points and is found by halving between 0 and the whole length, always
keeping what fits.
Raster. k is `text_scale` of the box with its margin; the surface is `ceil(side * k)` pixels with `side` the box (spec's
width, laid-out height) and twice `text_margin`; the paragraph is drawn at (margin, margin) under scale k. `blur` above
0 is a layer with a blur image filter of that sigma, under the same scale, tile mode decal. The picture is drawn under
scale 1/k with its corner at (-width / 2 - margin, -height / 2 - margin) from the text's middle.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Final

import msgspec

from shared.scene.fonts import DEFAULT_FAMILY, FACES, fallbacks, nearest_face
from shared.scene.resources import FontFace, Resource, TextSpec

__all__ = ["ELLIPSIS", "TextPlan", "painter_entry", "plan_text"]

ELLIPSIS: Final = "\u2026"
#: Isolates make a line run from right to left, whatever the paragraph's direction (Unicode UAX 9, 2.4).
_RIGHT_TO_LEFT: Final = "\u2067"
_POP: Final = "\u2069"


class TextPlan(msgspec.Struct, frozen=True):
    """What to lay out: text with its directions, faces in the order that letters look for them, language tag."""

    text: str
    faces: tuple[FontFace, ...]
    locale: str


def plan_text(spec: TextSpec) -> TextPlan:
    """The plan of a text. A family that is not bundled is taken to be a medium's id: its face has no file.

    >>> plan = plan_text(TextSpec("日本", family="Anton", weight=400))
    >>> plan.locale, [face.family for face in plan.faces]
    ('zh-Hans', ['Anton', 'Noto Sans CJK'])
    """
    text = "\n".join(_directed(line) for line in _clean(spec.text).split("\n"))
    if spec.family in FACES:
        first: tuple[FontFace, ...] = (nearest_face(spec.family, spec.weight, spec.italic),)
    else:
        own = FontFace(spec.family, spec.weight, spec.italic, "")
        first = (own, nearest_face(DEFAULT_FAMILY, spec.weight, spec.italic))
    rest = tuple(face for face in fallbacks(spec.text, spec.weight) if face not in first)
    return TextPlan(text, (*first, *rest), _locale(spec.text))


def painter_entry(entry: Resource) -> dict[str, Any]:
    """An entry as the page's painter takes it: its fields by their names on the wire, a text with its plan."""
    fields: dict[str, Any] = msgspec.to_builtins(entry)
    if isinstance(entry, TextSpec):
        fields["plan"] = msgspec.to_builtins(plan_text(entry))
    return fields


def _clean(text: str) -> str:
    r"""Line ends as \n, tabs as spaces, no other control characters."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(
        letter if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs") else " " for letter in plain
    )


def _directed(line: str) -> str:
    """A line whose first letter with a direction runs from right to left, made to run so as a whole."""
    for letter in line:
        match unicodedata.bidirectional(letter):
            case "L":
                return line
            case "R" | "AL":
                return _RIGHT_TO_LEFT + line + _POP
    return line


def _locale(text: str) -> str:
    """The language whose forms of shared characters to draw: by the letters that only one of them has."""
    if any("\u3040" <= letter <= "\u30ff" for letter in text):
        return "ja"
    if any("\uac00" <= letter <= "\ud7a3" for letter in text):
        return "ko"
    return "zh-Hans" if any("\u3400" <= letter <= "\u9fff" for letter in text) else "en"
