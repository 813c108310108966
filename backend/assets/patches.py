"""Our changes to what comes from elsewhere, as plain replacements that must each be found exactly as often as said."""

from __future__ import annotations

from typing import Final

from backend.assets.lock import AssetError

__all__ = ["PATCHES", "apply_patch"]

#: Name → (text at the source, our text), each found once.
PATCHES: Final[dict[str, tuple[tuple[str, str], ...]]] = {}


def apply_patch(name: str, content: bytes, *, where: str) -> bytes:
    """Apply the patch `name`; raises `AssetError` when a text to replace is not there exactly once."""
    if name not in PATCHES:
        raise AssetError(f"{where}: expected a patch out of {sorted(PATCHES)}, got {name!r}")
    text = content.decode()
    for old, new in PATCHES[name]:
        if text.count(old) != 1:
            raise AssetError(f"{where}: patch {name!r}: expected once, got {text.count(old)} times: {old[:80]!r}")
        text = text.replace(old, new)
    return text.encode()
