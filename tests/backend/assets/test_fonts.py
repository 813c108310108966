"""The fonts of scenes are those of the lock: every face lies there, and nothing else is brought for nothing."""

from __future__ import annotations

from backend.assets.lock import read_lock
from backend.boot import boot_record
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


def test_a_page_that_paints_nothing_fetches_neither_fonts_nor_canvaskit() -> None:
    record = boot_record("b", {}, read_lock())
    ours = {url for url in record.bytes if url.startswith(("/assets/font-", "/assets/canvaskit-"))}
    assert ours == set(record.demand)
    assert not ours & {*record.precache, *record.lazy}
    assert {record.painter.canvaskit, record.painter.wasm} < ours
    assert record.painter.fonts + FACES["Anton"][0].file in ours
