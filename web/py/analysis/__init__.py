"""Audio in, `Analysis` out, in numpy alone but for the music tagger's network.

`track` is the way in. While audio streams by, `framing` cuts, `picture` and `tonal` listen, `mel` makes patches for the
tagger, `dfa` follows the level. Then `tonality` says the key, `rhythm` tempo and beats, `structure` the sections,
`mood` the character; each of these names the modules behind it. `tagger` is the door to the network (`native_tagger` in
CPython, `web.py.bridge` in the browser), `row` and `export` write answers down.
May import `shared`. Everything works on mono float32 at `ANALYSIS_RATE`.
"""

from typing import Final

#: Hz. Every track is brought to it.
ANALYSIS_RATE: Final = 44100
