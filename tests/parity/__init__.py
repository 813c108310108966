"""The page's painter and the server's hold the same display lists against each other.

`cases` are lists for every op, `page` plays them with CanvasKit in Node, `server` with skia-python, `compare` measures
how far apart the pictures are. `python -m tests.parity` prints the table.
"""
