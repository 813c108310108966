"""How the outputs of a job are called: in the address, on the page, and as files in a person's folder.

A file name like "Artist - Song (Vocals) [htdemucs] 8A 128.flac" has to live on Windows, macOS and Linux. Letters of
every script stay; what one of the systems refuses or reads as a command becomes a space, and the song's title is cut
where the whole would be too long.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from shared.errors import KeylightError
from shared.schema.jobs import FORMATS, RenderJob, StemsOptions
from shared.separation.models import STEM_LABELS, rest_name

__all__ = ["archive_name", "chosen_stems", "file_name", "film_name", "output_label", "output_names"]

#: Longest name in bytes of UTF-8: file systems allow 255, and a browser may add " (1)" and ".crdownload".
_MOST_BYTES: Final = 200
#: Refused by Windows (its own list), of which / and : matter on Linux and macOS too.
_REFUSED: Final = frozenset('<>:"/\\|?*')
#: Names that are devices on Windows, whatever their ending.
_DEVICES: Final = frozenset(
    ("con", "prn", "aux", "nul", *(f"com{at}" for at in range(10)), *(f"lpt{at}" for at in range(10)))
)
_UNTITLED: Final = "Song"


def chosen_stems(options: StemsOptions, sources: Sequence[str]) -> tuple[str, ...]:
    """The stems that options name, in the model's order; raises `KeylightError` when the model cannot do that."""
    strangers = [stem for stem in options.stems if stem not in sources]
    if strangers:
        raise KeylightError(
            f"Model {options.model} has no stem {strangers[0]!r}; expected some of {', '.join(sources)}."
        )
    chosen = tuple(stem for stem in sources if stem in options.stems)
    if options.mode == "two" and len(chosen) != 1:
        raise KeylightError(f"Expected one stem for a stem and its rest, got {len(chosen)}.")
    if options.mode == "rest" and not 0 < len(chosen) < len(sources):
        raise KeylightError(f"Expected 1 to {len(sources) - 1} stems to be taken out of the mix, got {len(chosen)}.")
    return chosen or tuple(sources)


def output_names(options: StemsOptions, sources: Sequence[str]) -> tuple[str, ...]:
    """Names of the outputs, as they stand in addresses; raises `KeylightError` when the model cannot do that.

    >>> output_names(StemsOptions(mode="two", stems=("vocals",)), ("drums", "bass", "other", "vocals"))
    ('vocals', 'instrumental')
    """
    chosen = chosen_stems(options, sources)
    match options.mode:
        case "each":
            return chosen
        case "two":
            return (*chosen, rest_name(chosen))
        case "rest":
            return (rest_name(chosen),)


def output_label(name: str) -> str:
    """An output in words.

    >>> output_label("vocals"), output_label("instrumental"), output_label("no_drums_bass")
    ('Vocals', 'Instrumental', 'No drums, bass')
    """
    if name in STEM_LABELS:
        return STEM_LABELS[name]
    return name.replace("_", " ", 1).replace("_", ", ").capitalize()


def file_name(options: StemsOptions, label: str) -> str:
    """Name of an output's file for a person's folder.

    >>> file_name(StemsOptions(title="Song", artist="AC/DC", key="8A", bpm=128.0), "Vocals")
    'AC DC - Song (Vocals) [htdemucs] 8A 128.flac'
    """
    return _joined(options, f" ({label})", FORMATS[options.format][0])


def archive_name(options: StemsOptions) -> str:
    """Name of a file with all outputs.

    >>> archive_name(StemsOptions())
    'Song (Stems) [htdemucs].zip'
    """
    return _joined(options, " (Stems)", ".zip")


def film_name(job: RenderJob) -> str:
    """Name of a film's file.

    >>> film_name(RenderJob(title="Song", artist="AC/DC"))
    'AC DC - Song (1920x1080).mp4'
    """
    film = job.film
    return _named((job.artist, job.title), f"({film.width}x{film.height})", film.ending)


def _joined(options: StemsOptions, label: str, ending: str) -> str:
    facts = [f"[{options.model}]", options.key or "", "" if options.bpm is None else f"{round(options.bpm, 1):g}"]
    tail = _cut(_safe(" ".join([label, *(fact for fact in facts if fact)])), _MOST_BYTES // 2)
    return _named((options.artist, options.title), tail, ending)


def _named(song_parts: Sequence[str | None], tail: str, ending: str) -> str:
    room = _MOST_BYTES - len(f" {tail}{ending}".encode())
    song = _cut(_safe(" - ".join(part for part in song_parts if part)), room)
    if not song or song.partition(".")[0].strip().lower() in _DEVICES:
        song = f"{_UNTITLED} {song}".strip()
    return f"{song} {tail}{ending}"


def _safe(text: str) -> str:
    """The text without control and direction characters, refused ones as spaces, no dots or spaces at either end."""
    composed = unicodedata.normalize("NFC", text)
    kept = (
        "" if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn") and one not in "\t\n\r" else one
        for one in composed
    )
    spaced = "".join(" " if one in _REFUSED or one.isspace() else one for one in kept)
    return " ".join(spaced.split()).strip(". ")


def _cut(text: str, most: int) -> str:
    """As much of the text as fits into so many bytes, and no half characters."""
    cut = text.encode()[:most].decode(errors="ignore")
    if cut != text:
        while cut and unicodedata.combining(text[len(cut)]):  # a letter and its marks stay together
            text, cut = cut, cut[:-1]
    return cut.strip(". ")
