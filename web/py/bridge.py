"""The engine's door to the browser: it and `web.py.preview_bridge` are the only files that import `js` and `pyodide`.

`web/js/engine-worker.js` calls `start` once with the tagger and gets a function that answers messages.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from js import Float32Array, Object
from pyodide.ffi import JsException, create_proxy, to_js

from shared.schema.messages import encode_reply
from web.py.analysis.tagger import Hearing, TaggerError, TagReading, checked_reading
from web.py.failures import describe
from web.py.worker import Engine

__all__ = ["TaggerJs", "start"]


class TaggerJs:
    """The tagger's worker behind `TaggerBridge`. hear: JavaScript's `hear(patches, count)`, see engine-worker.js."""

    def __init__(self, hear: Any) -> None:
        self._hear = hear

    def tag(self, patches: np.ndarray) -> Hearing:
        """See `TaggerBridge.tag`; its worker listens while Python goes on."""
        array = Float32Array.new(patches.size)
        array.assign(np.ascontiguousarray(patches, dtype=np.float32).reshape(-1))
        promise = self._hear(array, len(patches))
        return Hearing(lambda: _settled(promise))


async def _settled(promise: Any) -> TagReading:
    try:
        answer = await promise
    except JsException as error:
        raise TaggerError(
            "Tags are left out: their network could not be loaded or gave up. "
            + f"Open Keylight once with a connection, then it also works without one. ({error})"
        ) from error
    return checked_reading(np.asarray(answer.logits.to_py()), np.asarray(answer.embedding.to_py()))


def start(hear: Any, heap_bytes: Any) -> Any:
    """Make the engine; returns `answer(text, arrays, report)` for JavaScript.

    hear: the tagger's function, see `TaggerJs`. heap_bytes: tells the size of Python's memory.
    `answer` resolves to `{ok: true, value: <JSON text>, arrays}` or `{ok: false, error: {type, message, traceback}}`;
    it never rejects. `report` is called with a stage and a fraction.
    """
    engine = Engine(
        tagger=TaggerJs(hear),
        heap_bytes=lambda: int(heap_bytes()),
    )

    async def answer(text: str, arrays: Any, report: Any) -> Any:
        try:
            inputs = [np.asarray(array.to_py()) for array in arrays]
            reply, outputs = await engine.handle(text, inputs, report)
            value = encode_reply(reply)
        except Exception as error:
            return _plain({"ok": False, "error": describe(error)})
        return _plain({"ok": True, "value": value, "arrays": [_typed_array(array) for array in outputs]})

    return create_proxy(answer)


def _typed_array(array: np.ndarray) -> Any:
    """A typed array of its own, row by row."""
    return to_js(np.ascontiguousarray(array).reshape(-1).data)


def _plain(value: dict[str, Any]) -> Any:
    return to_js(value, dict_converter=Object.fromEntries)
