"""Features of a song for pictures: the one list of what other rooms may use.

`FeatureMaker` makes `Features` from a stream of audio; `driven` turns one of `SCALARS` into the series that moves a
property; `encode_features` and `decode_features` keep them; `demo_features` is a song for those who have none.
"""

from shared.spectrum.feature_demo import demo_features
from shared.spectrum.feature_document import (
    BAND_COUNT,
    FEATURE_RATE,
    HIGHEST_BAND_HZ,
    LOWEST_BAND_HZ,
    SCALARS,
    SERIES,
    STEMS,
    WAVE_RATE,
    Features,
    FeatureSection,
    name_sections,
    silent_features,
)
from shared.spectrum.feature_drive import Driver, driven
from shared.spectrum.feature_file import decode_features, encode_features
from shared.spectrum.feature_maker import FeatureMaker

__all__ = [
    "BAND_COUNT",
    "FEATURE_RATE",
    "HIGHEST_BAND_HZ",
    "LOWEST_BAND_HZ",
    "SCALARS",
    "SERIES",
    "STEMS",
    "WAVE_RATE",
    "Driver",
    "FeatureMaker",
    "FeatureSection",
    "Features",
    "decode_features",
    "demo_features",
    "driven",
    "encode_features",
    "name_sections",
    "silent_features",
]
