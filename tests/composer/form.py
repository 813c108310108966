"""The order of sections, and who plays in each."""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["LAYERS", "make_form"]

#: Who plays in a section; the drums' part is "all", "light" (hats and percussion), "roll" (a snare that rises) or "".
LAYERS: Final[dict[str, tuple[tuple[str, frozenset[str], float], ...]]] = {
    "intro": (
        ("", frozenset({"chords"}), 0.7), ("", frozenset({"chords", "pad"}), 0.7),
        ("", frozenset({"pad", "lead"}), 0.7), ("light", frozenset({"chords", "bass"}), 0.8), ("all", frozenset(), 0.8),
    ),
    "verse": (("all", frozenset({"bass", "chords"}), 0.85), ("all", frozenset({"bass", "chords", "lead"}), 0.85)),
    "chorus": (("all", frozenset({"bass", "chords", "pad", "lead"}), 1.0),),
    "build": (("roll", frozenset({"chords", "pad"}), 0.8),),
    "drop": (("all", frozenset({"bass", "lead", "pad", "chords"}), 1.0), ("all", frozenset({"bass", "chords"}), 1.0)),
    "break": (("", frozenset({"chords", "pad", "lead"}), 0.6), ("", frozenset({"pad", "lead"}), 0.6)),
    "outro": (("all", frozenset({"bass"}), 0.7), ("light", frozenset({"chords", "pad"}), 0.6)),
}  # fmt: skip
_SHORT_FORMS: Final = (
    (("intro", 1), ("verse", 2), ("chorus", 2)),
    (("verse", 2), ("chorus", 2)),
    (("chorus", 2), ("break", 1), ("chorus", 2)),
    (("intro", 1), ("chorus", 3)),
    (("verse", 3), ("chorus", 2)),
)
_LONG_FORMS: Final = {
    True: (
        (("intro", 2), ("build", 1), ("drop", 2), ("break", 2), ("build", 1), ("drop", 2), ("outro", 1)),
        (("intro", 1), ("verse", 2), ("drop", 2), ("break", 1), ("drop", 2), ("outro", 2)),
    ),
    False: (
        (
            ("intro", 1),
            ("verse", 2),
            ("chorus", 2),
            ("verse", 2),
            ("chorus", 2),
            ("break", 1),
            ("chorus", 2),
            ("outro", 1),
        ),
        (("intro", 1), ("verse", 2), ("chorus", 1), ("verse", 2), ("chorus", 1), ("break", 2), ("chorus", 2)),
    ),
}


def make_form(
    rng: np.random.Generator, *, seconds: float, bar_seconds: float, long: bool, electronic: bool
) -> list[tuple[str, int]]:
    """Labels and bars of a piece of about `seconds`, in phrases of 2, 4, 8 or 16 bars where the length allows."""
    forms = _LONG_FORMS[electronic] if long else _SHORT_FORMS
    form = forms[int(rng.integers(len(forms)))]
    unit = max(1, round(seconds / bar_seconds / sum(count for _, count in form)))
    for size in (16, 8, 4, 2):
        if unit >= size * 0.9:
            unit = max(size, round(unit / size) * size)
            break
    return [(label, count * unit) for label, count in form]
