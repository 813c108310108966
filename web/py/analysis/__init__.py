"""Audio in, `Analysis` out, in numpy with Essentia where it is still the best part.

`track` is the way in. `framing` cuts, `picture` draws, `tonal` and `key` hear pitch, `tempo` beats, `mood` character,
`essentia` says what is asked of Essentia; `native` answers in CPython, `web.py.bridge` in the browser.
May import `shared`. Everything works on mono float32 at `ANALYSIS_RATE`.
"""

from typing import Final

#: Hz. What Essentia's RhythmExtractor2013 requires; every track is brought to it.
ANALYSIS_RATE: Final = 44100
