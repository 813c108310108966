"""The gallery: every template by name, and a search over what they are called, said and tagged."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.errors import KeylightError
from shared.scene.templates import air_b, classic, neon, pictures_b, quiet, type_b, upright, vivid
from shared.scene.templates.making import Template
from shared.schema.project import Project

__all__ = ["TEMPLATES", "Template", "sample", "search", "template"]

_MODULES: Final = (classic, neon, quiet, vivid, pictures_b, air_b, type_b, upright)

TEMPLATES: Final[tuple[Template, ...]] = tuple(each for module in _MODULES for each in module.TEMPLATES)
_BY_NAME: Final = {each.name: each for each in TEMPLATES}
#: What stands in a template until there is a song.
_SAMPLE: Final = ("Midnight Signal", "Nova Lane")


def template(name: str) -> Template:
    """A template; "default" is always there. Raises `KeylightError` that names those there are.

    >>> template("default").project.template
    'default'
    """
    if name not in _BY_NAME:
        raise KeylightError(f"There is no template {name!r}: expected one of {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]


def sample(name: str) -> Project:
    """A template's project with a title and an artist to look at."""
    title, artist = _SAMPLE
    return msgspec.structs.replace(template(name).project, title=title, artist=artist)


def search(words: str) -> list[Template]:
    """Templates in whose name, sentence or tags every one of the words begins some word; best first, all for none.

    >>> search("nothing like this")
    []
    """
    wanted = words.casefold().split()
    ranked = [(sum(_rank(each, word) for word in wanted), each) for each in TEMPLATES]
    found = [(rank, each) for rank, each in ranked if all(_rank(each, word) for word in wanted)]
    return [each for _, each in sorted(found, key=lambda pair: -pair[0])]


def _rank(each: Template, word: str) -> int:
    """3 for the name, 2 for a tag, 1 for the sentence."""
    places = ((3, [each.name, *each.label.casefold().split()]), (2, each.tags), (1, each.words.casefold().split()))
    return max((rank for rank, among in places if any(one.startswith(word) for one in among)), default=0)
