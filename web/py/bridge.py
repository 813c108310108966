"""The only file that imports `js` and `pyodide`: the engine's door to the browser.

`web/js/engine-worker.js` calls `start` once with essentia.js and the tagger and gets a function that answers messages.

Every Essentia vector is deleted here, also those inside results: essentia.js never frees them by itself (its heap grew
from 16 to 69 MB in 12 calls). Its C++ exceptions arrive as bare numbers: pointers into its heap.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from js import Float32Array, Object
from pyodide.ffi import JsException, create_proxy, to_js

from shared.errors import KeylightError
from shared.schema.messages import encode_reply
from shared.theory.keys import parse_key
from web.py.analysis import ANALYSIS_RATE
from web.py.analysis.essentia import EssentiaError, KeyReading, RhythmReading
from web.py.analysis.tagger import Hearing, TaggerError, TagReading, checked_reading
from web.py.worker import Engine

__all__ = ["EssentiaJs", "TaggerJs", "start"]


class EssentiaJs:
    """essentia.js behind `EssentiaBridge`. module: what its ES module exports as `EssentiaWASM`."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self._essentia = module.EssentiaJS.new(False)

    def key(self, mono: np.ndarray, *, tuning_hz: float) -> KeyReading:
        """See `EssentiaBridge.key`."""
        with self._vector(mono) as vector:
            # averageDetuningCorrection, frameSize, hopSize, hpcpSize, maxFrequency, maximumSpectralPeaks, minFrequency,
            # pcpThreshold, profileType, sampleRate, spectralPeaksThreshold, tuningFrequency, weightType, windowType
            answer = self._essentia.KeyExtractor(
                vector,
                True,
                4096,
                4096,
                12,
                3500,
                60,
                25,
                0.2,
                "bgate",
                ANALYSIS_RATE,
                0.0001,
                tuning_hz,
                "cosine",
                "hann",
            )
            return KeyReading(parse_key(f"{answer.key} {answer.scale}"), float(answer.strength))

    def rhythm(self, mono: np.ndarray) -> RhythmReading:
        """See `EssentiaBridge.rhythm`."""
        with self._vector(mono) as vector:
            answer = self._essentia.RhythmExtractor2013(vector, 208, "degara", 40)  # maxTempo, method, minTempo
            vectors = [answer.ticks, answer.estimates, answer.bpmIntervals]
            try:
                beats = np.asarray(self._module.vectorToArray(answer.ticks).to_py(), dtype=np.float64)
                return RhythmReading(float(answer.bpm), beats)
            finally:
                for one in vectors:
                    one.delete()

    def percival(self, mono: np.ndarray) -> float:
        """See `EssentiaBridge.percival`."""
        with self._vector(mono) as vector:
            # frameSize, frameSizeOSS, hopSize, hopSizeOSS, maxBPM, minBPM, sampleRate: Essentia's defaults
            answer = self._essentia.PercivalBpmEstimator(vector, 1024, 2048, 128, 128, 210, 50, ANALYSIS_RATE)
            return float(answer.bpm)

    def danceability(self, mono: np.ndarray) -> float:
        """See `EssentiaBridge.danceability`."""
        with self._vector(mono) as vector:
            # maxTau, minTau, sampleRate, tauMultiplier: Essentia's defaults
            answer = self._essentia.Danceability(vector, 8800, 310, ANALYSIS_RATE, 1.1)
            value = float(answer.danceability)
            if hasattr(answer, "dfa"):
                answer.dfa.delete()
            return value

    def heap_bytes(self) -> int:
        """See `EssentiaBridge.heap_bytes`."""
        return int(self._module.HEAPU8.length)

    @contextmanager
    def _vector(self, mono: np.ndarray) -> Iterator[Any]:
        array = Float32Array.new(mono.size)
        array.assign(np.ascontiguousarray(mono, dtype=np.float32))
        vector = self._module.arrayToVector(array)
        try:
            yield vector
        except JsException as error:
            raise EssentiaError(f"Essentia gave up: {error}") from error
        finally:
            vector.delete()


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


def start(essentia_module: Any, hear: Any, heap_bytes: Any) -> Any:
    """Make the engine; returns `answer(text, arrays, report)` for JavaScript.

    hear: the tagger's function, see `TaggerJs`. heap_bytes: tells the size of Python's memory.
    `answer` resolves to `{ok: true, value: <JSON text>, arrays}` or `{ok: false, error: {type, message, traceback}}`;
    it never rejects. `report` is called with a stage and a fraction.
    """
    engine = Engine(
        essentia=EssentiaJs(essentia_module),
        tagger=TaggerJs(hear),
        heap_bytes=lambda: int(heap_bytes()),
    )

    async def answer(text: str, arrays: Any, report: Any) -> Any:
        try:
            inputs = [np.asarray(array.to_py()) for array in arrays]
            reply, outputs = await engine.handle(text, inputs, report)
            value = encode_reply(reply)
        except Exception as error:
            return _plain({"ok": False, "error": _describe(error)})
        return _plain({"ok": True, "value": value, "arrays": [_typed_array(array) for array in outputs]})

    return create_proxy(answer)


def _typed_array(array: np.ndarray) -> Any:
    """A typed array of its own, row by row."""
    return to_js(np.ascontiguousarray(array).reshape(-1).data)


def _plain(value: dict[str, Any]) -> Any:
    return to_js(value, dict_converter=Object.fromEntries)


def _describe(error: Exception) -> dict[str, str | None]:
    """What the page shows: a person's sentence for our own errors, the traceback for mistakes."""
    if isinstance(error, KeylightError):
        return {"type": type(error).__name__, "message": str(error), "traceback": None}
    if isinstance(error, MemoryError):
        return {
            "type": "MemoryError",
            "traceback": None,
            "message": "The browser has no memory left for this file. Close other tabs or try a shorter file.",
        }
    message = f"Keylight made a mistake ({type(error).__name__}: {error}). Try again; if it stays, report it."
    return {"type": type(error).__name__, "message": message, "traceback": "".join(traceback.format_exception(error))}
