"""The separators on offer: which stems each one gives, what it costs, and how to say it.

Stems are named as Demucs names its sources. `quick` is ours and runs anywhere numpy does; the others are
Hybrid Transformer Demucs and Hybrid Demucs (Rouard, Massa, Défossez 2023; Défossez 2021) and run on a server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["MODELS", "QUICK", "QUICK_STEMS", "REST_NAMES", "STEM_LABELS", "SeparationModel", "rest_name"]

_FOUR: Final = ("drums", "bass", "other", "vocals")


@dataclass(frozen=True, slots=True)
class SeparationModel:
    """One separator. download_megabytes: size of its published weights, all members of a bag together."""

    name: str
    label: str
    words: str
    stems: tuple[str, ...]
    download_megabytes: int


QUICK: Final = "quick"
QUICK_STEMS: Final = _FOUR

#: By name, in the order in which a person is offered them; the first is the default.
MODELS: Final = {
    one.name: one
    for one in (
        SeparationModel("htdemucs", "Studio", "Hybrid Transformer Demucs: clean stems of most music.", _FOUR, 84),
        SeparationModel(
            "htdemucs_ft",
            "Studio, fine-tuned",
            "A network per stem: a little cleaner, four times the time.",
            _FOUR,
            336,
        ),
        SeparationModel(
            "htdemucs_6s",
            "Six stems",
            "Guitar and piano apart as well; the piano is often unclean.",
            (*_FOUR, "guitar", "piano"),
            55,
        ),
        SeparationModel("hdemucs_mmi", "Hybrid Demucs", "The generation before: no transformer.", _FOUR, 334),
    )
}

STEM_LABELS: Final = {
    "vocals": "Vocals",
    "drums": "Drums",
    "bass": "Bass",
    "other": "Other",
    "guitar": "Guitar",
    "piano": "Piano",
}

#: What is left when a stem is taken out, in musicians' words where there is one.
REST_NAMES: Final[dict[tuple[str, ...], str]] = {("vocals",): "instrumental"}


def rest_name(stems: tuple[str, ...]) -> str:
    """Name of a mix without these stems, as it stands in a file name.

    >>> rest_name(("vocals",)), rest_name(("drums", "bass"))
    ('instrumental', 'no_drums_bass')
    """
    return REST_NAMES.get(stems, "no_" + "_".join(stems))
