"""The preview's door to the browser; beside `web.py.bridge` the only file that knows of JavaScript.

`web/js/video-worker.js` calls `start` once with what it knows of the painter and gets functions back. A frame's floats
are handed over as a view of Python's memory that holds until the next frame: release it at once.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from js import Object
from pyodide.ffi import create_proxy, to_js

from shared.scene.facts import ImageFacts, TextSize, VideoFacts
from shared.scene.lettering import painter_entry
from shared.scene.resources import TextSpec
from shared.schema.preview import encode_preview_reply
from shared.schema.project import Project
from shared.schema.video import decode_render_options
from web.py.failures import describe
from web.py.preview import KeptFacts, Preview, Still
from web.py.preview_flash import FlashLook

__all__ = ["PainterFacts", "start"]

_PROJECT = msgspec.json.Decoder(Project)


class PainterFacts:
    """JavaScript's painter behind what `KeptFacts` asks for."""

    def __init__(self, painter: Any) -> None:
        self._painter = painter

    def measure(self, spec: TextSpec) -> TextSize | None:
        """None while fonts are on their way."""
        found = self._painter.measure(_json(painter_entry(spec)))
        return None if found is None else TextSize(float(found.width), float(found.height), int(found.lines))

    def image(self, media: str) -> ImageFacts | None:
        """None for what is missing or cannot be read."""
        found = self._painter.image(media)
        if found is None:
            return None
        small = np.asarray(found.small.to_py(), np.uint8).reshape(int(found.smallHeight), int(found.smallWidth), 4)
        return ImageFacts(int(found.width), int(found.height), small)

    def video(self, media: str) -> VideoFacts | None:
        """As `image`."""
        found = self._painter.video(media)
        if found is None:
            return None
        times = np.asarray(found.times.to_py(), np.float64)
        return VideoFacts(int(found.width), int(found.height), times, float(found.seconds))


def start(painter: Any) -> Any:
    """Make the preview; an object of functions for JavaScript.

    painter: has `measure(json)`, `image(media)`, `video(media)`. answer(text, arrays, report): as of `web.py.bridge`.
    frame(t): a numpy array. fresh(): JSON of new entries and the pixels of those that have some. still(...): the same
    for a template by itself. held(t), heldStill(t): how far, and to what, a picture is held back. look(film): functions
    to check a film for flashes; `release` forgets what a check found.
    """
    facts = KeptFacts(PainterFacts(painter))
    preview = Preview(facts)

    async def answer(text: str, arrays: Any, report: Any) -> Any:
        try:
            inputs = [np.asarray(array.to_py()) for array in arrays]
            reply, outputs = await preview.handle(text, inputs, report)
            value = encode_preview_reply(reply)
        except Exception as error:
            return _plain({"ok": False, "error": describe(error)})
        return _plain({"ok": True, "value": value, "arrays": [to_js(each.reshape(-1).data) for each in outputs]})

    def still(template: str, project: str) -> Any:
        made = preview.still(template, _PROJECT.decode(project))
        calls = {name: create_proxy(call) for name, call in _calls(made).items()}
        return _plain(calls | {"width": made.project.canvas.width, "height": made.project.canvas.height})

    def look(film: str) -> Any:
        made = preview.look(decode_render_options(film))
        size = made.size

        def take(pictures: Any) -> float:
            arrays = (np.asarray(each.to_py(), np.uint8).reshape(size[1], size[0], 4) for each in pictures)
            return made.take(*arrays)

        calls = _calls(made) | {
            "times": lambda: to_js(made.times()), "take": take, "work": made.work, "remake": made.remake,
            "guesses": lambda: facts.guesses, "found": lambda: encode_preview_reply(made.found()),
            "keep": lambda: preview.hold_back(made),
        }  # fmt: skip
        canvas = made.project.canvas
        plain = {"frames": made.frames, "width": size[0], "height": size[1]}
        canvas_size = {"canvasWidth": canvas.width, "canvasHeight": canvas.height}
        return _plain({name: create_proxy(call) for name, call in calls.items()} | plain | canvas_size)

    calls = _calls(preview) | {
        "answer": answer, "still": still, "refresh": preview.refresh, "generation": lambda: preview.generation,
        "look": look, "release": lambda: preview.hold_back(None), "held": preview.held, "heldStill": preview.held_still,
    }  # fmt: skip
    return _plain({name: create_proxy(call) for name, call in calls.items()})


def _calls(scene: Preview | Still | FlashLook) -> dict[str, Any]:
    def fresh() -> Any:
        found = scene.fresh()
        if not found:
            return None
        return _plain(
            {
                "entries": _json([entry for entry, _ in found]),
                "pixels": [None if pixels is None else to_js(pixels.reshape(-1).data) for _, pixels in found],
            }
        )

    return {"frame": scene.frame, "fresh": fresh}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _plain(value: dict[str, Any]) -> Any:
    return to_js(value, dict_converter=Object.fromEntries)
