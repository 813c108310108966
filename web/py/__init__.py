"""Python for the browser. All but `bridge` also imports and runs in CPython.

Rooms: `worker` (one match over messages), `bridge` (the only file that imports `js` and `pyodide`),
`analysis` (audio in, `Analysis` out), `analyze` (the command line). May import `shared`.
"""
