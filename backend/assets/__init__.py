"""The browser assets: pinned by `assets.lock.json`, fetched once into `.assets/`, served by ourselves.

Rooms, in reading order: `lock` (what there is), `fetch` (npm, pip, a plain address), `patches` (our changes to
what comes), `checkpoint`, `onnx_writer` and `musicnn` (the tagger's file), `recipes` (what is made here), `compress`
(brotli siblings), `store` (the folder and its stamps), `notice` (THIRD_PARTY.md) and `__main__` (`python -m
backend.assets`). May import `shared.errors`, numpy, msgspec and brotli.
"""
