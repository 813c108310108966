"""The fonts of scenes are those of the lock: every face lies there, and nothing else is brought for nothing."""

from __future__ import annotations

from backend.assets.lock import read_lock
from shared.scene.fonts import FACES


def test_every_face_is_locked_and_every_locked_font_is_a_face() -> None:
    locked = {
        f"{package.folder}/{file.path}"
        for package in read_lock().packages
        if package.name.startswith("font-")
        for file in package.files
        if file.path.endswith((".ttf", ".otf"))
    }
    assert {face.file for faces in FACES.values() for face in faces} == locked
