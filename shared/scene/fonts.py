"""The bundled fonts: families, weights, their files below `.assets/`, and which scripts need which fallback.

All are whole TTF or OTF files, since skia-python reads neither woff2 nor variable axes. A text is set in its family's
nearest face; letters that this lacks come from the fallbacks its scripts ask for, so that a page loads 17 MB of
Chinese only for a text that holds some.
"""

from __future__ import annotations

from typing import Final

from shared.scene.resources import FontFace

__all__ = ["DEFAULT_FAMILY", "FACES", "FAMILIES", "fallbacks", "nearest_face"]

DEFAULT_FAMILY: Final = "Inter"

#: Family, folder of its package, stem of its files, weights; i is an italic.
_TABLE: Final = (
    ("Inter", "font-inter-0.4.2", "Inter", "400 700 900 400i 700i"),
    ("Montserrat", "font-montserrat-0.4.2", "Montserrat", "400 700 900 700i"),
    ("Poppins", "font-poppins-0.4.1", "Poppins", "400 700 900"),
    ("Space Grotesk", "font-space-grotesk-0.4.1", "SpaceGrotesk", "400 700"),
    ("Oswald", "font-oswald-0.4.2", "Oswald", "400 700"),
    ("Bebas Neue", "font-bebas-neue-0.4.1", "BebasNeue", "400"),
    ("Anton", "font-anton-0.4.2", "Anton", "400"),
    ("Archivo Black", "font-archivo-black-0.4.1", "ArchivoBlack", "400"),
    ("Orbitron", "font-orbitron-0.4.2", "Orbitron", "400 700 900"),
    ("JetBrains Mono", "font-jetbrains-mono-0.4.1", "JetBrainsMono", "400 700"),
    ("Playfair Display", "font-playfair-display-0.4.2", "PlayfairDisplay", "400 700 900 400i 700i"),
    ("DM Serif Display", "font-dm-serif-display-0.4.2", "DMSerifDisplay", "400 400i"),
    ("Pacifico", "font-pacifico-0.4.1", "Pacifico", "400"),
    ("Permanent Marker", "font-permanent-marker-0.4.0", "PermanentMarker", "400"),
)
#: Fallbacks, in the order that letters look for them; a name, and the code points that ask for it.
_NOTO: Final = (
    ("Noto Sans", "font-noto-sans-0.4.2", "NotoSans", "400 700"),
    ("Noto Sans Hebrew", "font-noto-sans-hebrew-0.4.1", "NotoSansHebrew", "400 700"),
    ("Noto Sans Arabic", "font-noto-sans-arabic-0.4.3", "NotoSansArabic", "400 700"),
    ("Noto Sans Devanagari", "font-noto-sans-devanagari-0.4.1", "NotoSansDevanagari", "400 700"),
    ("Noto Sans Thai", "font-noto-sans-thai-0.4.2", "NotoSansThai", "400 700"),
    ("Noto Emoji", "font-noto-emoji-0.4.7", "NotoEmoji", "700"),
)
_CJK: Final = FontFace("Noto Sans CJK", 700, False, "font-noto-sans-cjk-1.0/NotoSansCJKtc-Bold.otf")

#: Blocks of Unicode, first and last; what is in none of them, and not ASCII, asks for Noto Sans.
_BLOCKS: Final = (
    ("Noto Sans Hebrew", ((0x0590, 0x05FF), (0xFB1D, 0xFB4F))),
    ("Noto Sans Arabic", ((0x0600, 0x06FF), (0x0750, 0x077F), (0x08A0, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFE))),
    ("Noto Sans Devanagari", ((0x0900, 0x097F), (0xA8E0, 0xA8FF))),
    ("Noto Sans Thai", ((0x0E00, 0x0E7F),)),
    ("Noto Emoji", ((0x2190, 0x21FF), (0x2300, 0x23FF), (0x25A0, 0x27BF), (0x2B00, 0x2BFF), (0x1F000, 0x1FAFF))),
    (
        "Noto Sans CJK",
        ((0x1100, 0x11FF), (0x2E80, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F),
         (0xFF00, 0xFFEF), (0x20000, 0x3FFFF)),
    ),
)  # fmt: skip
_NAMES: Final = {"400": "400Regular", "700": "700Bold", "900": "900Black"}


def _faces(family: str, folder: str, stem: str, weights: str) -> tuple[FontFace, ...]:
    faces = []
    for weight in weights.split():
        number, italic = weight.rstrip("i"), weight.endswith("i")
        faces.append(
            FontFace(family, int(number), italic, f"{folder}/{stem}_{_NAMES[number]}{'_Italic' if italic else ''}.ttf")
        )
    return tuple(faces)


#: Every bundled face by its family, fallbacks included.
FACES: Final = {row[0]: _faces(*row) for row in (*_TABLE, *_NOTO)} | {_CJK.family: (_CJK,)}
#: What a person chooses from.
FAMILIES: Final = tuple(row[0] for row in _TABLE)


def nearest_face(family: str, weight: int, italic: bool) -> FontFace:
    """The bundled face of a family that comes nearest; an italic is missed more than a weight.

    >>> nearest_face("Inter", 800, True).file
    'font-inter-0.4.2/Inter_700Bold_Italic.ttf'
    """
    return min(FACES[family], key=lambda face: (face.italic != italic, abs(face.weight - weight)))


def fallbacks(text: str, weight: int) -> tuple[FontFace, ...]:
    """The faces for letters that a family may lack, in the order to look.

    >>> [face.family for face in fallbacks("Привет, мир: 日本", 400)]
    ['Noto Sans', 'Noto Sans CJK']
    """
    wanted = {_fallback(ord(letter)) for letter in set(text) if letter > "\x7f"}
    return tuple(nearest_face(family, weight, False) for family in FACES if family in wanted)


def _fallback(point: int) -> str:
    for family, blocks in _BLOCKS:
        if any(first <= point <= last for first, last in blocks):
            return family
    return _NOTO[0][0]
