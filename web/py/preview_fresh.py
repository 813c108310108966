"""What a painter has not got yet of a scene's table of pictures and texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from shared.scene.lettering import painter_entry
from shared.scene.resources import ArrayImage, Resources

__all__ = ["FreshEntry", "entries_since"]

#: An entry as `painter_entry` gives it, computed pictures with their pixels.
FreshEntry = tuple[dict[str, Any], np.ndarray | None]


def entries_since(resources: Resources, first: int) -> list[FreshEntry]:
    """Entries from number `first` on, in order."""
    entries = enumerate(resources.since(first), start=first)
    return [(painter_entry(one), resources.pixels(at) if isinstance(one, ArrayImage) else None) for at, one in entries]
