"""A text cut into letters or words with their places, so that each can move by itself.

Letters of scripts that join or stack (Arabic, Devanagari, Thai and their like) cannot stand alone: there a word is one
piece. Each piece is one picture for all its uses.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

import msgspec

from shared.scene.frame import Frame
from shared.scene.resources import TextSpec

__all__ = ["Piece", "pieces_of"]

#: More pieces than this are not told apart by anyone; the next larger kind of piece is taken.
_MOST: Final = 160
_WIDE: Final = 1e5
_JOINERS: Final = ("\u200d", "\ufe0e", "\ufe0f")


@dataclass(frozen=True)
class Piece:
    """A part of a text. number: in the resource table; x, y: its middle, canvas pixels from the text's middle.

    width: canvas pixels; line: from 0.
    """

    spec: TextSpec
    x: float
    y: float
    width: float
    line: int


def pieces_of(frame: Frame, spec: TextSpec, cut: str) -> tuple[Piece, ...]:
    """A fitted text as pieces in the order of reading. cut: "letters", "words", or "lines"."""
    return frame.keep(("pieces", spec, cut), lambda: _pieces(frame, spec, cut))


def _pieces(frame: Frame, spec: TextSpec, cut: str) -> tuple[Piece, ...]:
    if not spec.text.strip():
        return ()
    lines = _lines(frame, spec)
    words = sum(len(line) for line in lines)
    letters = sum(len(word) for line in lines for word in line)
    if cut == "letters" and letters > _MOST:
        cut = "words"
    if (cut == "words" and words > _MOST) or len(lines) > _MOST or spec.max_lines:
        found = frame.facts.measure(spec)
        return (Piece(spec, 0.0, 0.0, found.width, 0),)
    tall = frame.facts.measure(msgspec.structs.replace(spec, text="x", width=_WIDE, max_lines=0)).height
    out: list[Piece] = []
    for at, line in enumerate(lines):
        y = (at - (len(lines) - 1) / 2) * tall
        out.extend(_line_pieces(frame, spec, line, cut, y, at))
    return tuple(out)


def _lines(frame: Frame, spec: TextSpec) -> list[list[str]]:
    """Words of each line: as many as fit."""
    space = _space(frame, spec)
    lines: list[list[str]] = []
    for paragraph in spec.text.splitlines():
        line: list[str] = []
        used = 0.0
        for word in paragraph.split():
            wide = _width(frame, spec, word)
            if line and used + space + wide > spec.width + 0.5:
                lines.append(line)
                line, used = [], 0.0
            used += wide + (space if line else 0.0)
            line.append(word)
        lines.append(line)
    return lines


def _line_pieces(frame: Frame, spec: TextSpec, line: list[str], cut: str, y: float, at: int) -> list[Piece]:
    if not line:
        return []
    space = _space(frame, spec)
    widths = [_width(frame, spec, word) for word in line]
    whole = sum(widths) + space * (len(line) - 1)
    free = spec.width - whole
    left = -spec.width / 2 + {"left": 0.0, "right": free}.get(spec.align, free / 2)
    if cut == "lines":
        return [_piece(frame, spec, " ".join(line), left + whole / 2, y, at)]
    backwards = _runs_left(line)
    out: list[Piece] = []
    x = left + whole if backwards else left
    for word, wide in zip(line, widths, strict=True):
        start = x - wide if backwards else x
        if cut == "letters" and not any(_joins(letter) for letter in word):
            out.extend(_letters(frame, spec, word, start, y, at))
        else:
            out.append(_piece(frame, spec, word, start + wide / 2, y, at))
        x += -(wide + space) if backwards else wide + space
    return out


def _letters(frame: Frame, spec: TextSpec, word: str, start: float, y: float, line: int) -> list[Piece]:
    """Each letter ends where the word up to it ends: kerning stays."""
    out: list[Piece] = []
    gone = ""
    for letter in _clusters(word):
        gone += letter
        end = start + _width(frame, spec, gone)
        out.append(_piece(frame, spec, letter, end - _width(frame, spec, letter) / 2, y, line))
    return out


def _clusters(word: str) -> list[str]:
    r"""Letters with what is written upon them; emoji with what they are joined to.

    >>> [len(cluster) for cluster in _clusters("e\u0301a")]
    [2, 1]
    """
    out: list[str] = []
    for letter in word:
        mark = unicodedata.category(letter).startswith("M") or letter in _JOINERS
        skin = 0x1F3FB <= ord(letter) <= 0x1F3FF
        if out and (mark or skin or out[-1].endswith("\u200d")):
            out[-1] += letter
        else:
            out.append(letter)
    return out


def _joins(letter: str) -> bool:
    """Hebrew to Myanmar and Khmer: written from right to left, joined, or stacked."""
    return 0x0590 <= ord(letter) <= 0x109F or 0x1780 <= ord(letter) <= 0x18AF or 0xFB1D <= ord(letter) <= 0xFEFC


def _runs_left(line: list[str]) -> bool:
    for letter in "".join(line):
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def _piece(frame: Frame, spec: TextSpec, words: str, x: float, y: float, line: int) -> Piece:
    wide = _width(frame, spec, words)
    box = float(int(wide + 0.25 * spec.size) + 2)
    return Piece(msgspec.structs.replace(spec, text=words, width=box, align="center", max_lines=0), x, y, wide, line)


def _width(frame: Frame, spec: TextSpec, words: str) -> float:
    alone = msgspec.structs.replace(spec, text=words, width=_WIDE, max_lines=0, align="left")
    return frame.keep(("width", alone), lambda: frame.facts.measure(alone).width)


def _space(frame: Frame, spec: TextSpec) -> float:
    return _width(frame, spec, "x x") - 2 * _width(frame, spec, "x")
