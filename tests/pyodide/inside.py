"""What `run.mjs` runs inside Pyodide: pytest on the rooms that the page uses; the value is the exit code.

`arguments` (pytest arguments) and `rooms` (what to test unless an argument names a path) come from `run.mjs`.
"""

import importlib
import os
import sys

os.chdir("/keylight")
sys.path.insert(0, "/keylight")
importlib.invalidate_caches()
pytest = importlib.import_module("pytest")  # unpacked a moment ago

#: The command line's own modules: they need PyAV or ONNX Runtime, which exist in CPython only.
NATIVE_ONLY = [
    "web/py/analysis/native_tagger.py",
    "web/py/analyze.py",
    "web/py/decode.py",
    "web/py/features.py",
]

given = list(globals()["arguments"])
named = any(os.path.exists(word.partition("::")[0]) for word in given)
paths = [] if named else [room for room in globals()["rooms"] if os.path.isdir(room)]
options = ["-p", "no:cacheprovider", *(f"--ignore={path}" for path in NATIVE_ONLY)]
int(pytest.main([*options, *given, *paths]))
