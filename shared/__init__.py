"""What both sides of Keylight hold in common.

Code here runs unchanged in Pyodide and in CPython and may import the standard library, numpy and
msgspec, nothing else. No files, no network, no clock, no unseeded chance.

Rooms, in reading order: `errors`, `units`, `schema` (data at every boundary), `theory` (keys and what
mixes with what), `spectrum` (loudness, spectra, onsets).
"""
