"""What the tagger's numbers mean: the 50 tags, how each lies among all songs, and which ones stand out.

A logit by itself says little: "rock" is likely for most songs, "sad" for none. So a tag is also given as a standard
score among the network's training population, the Million Song Dataset. Its mean needs no audio: the batch
normalisation before the last layer makes the population's mean embedding its own shift β, so β·W + b is the mean logit.
The spread follows from the tag's rate in the training labels (Last.fm tags of 201,680 songs): the normal distribution
of logits of that mean whose mean probability is that rate.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from shared.schema.analysis import Tag
from web.py.analysis.tagger import TagReading

__all__ = ["TAGS", "TagRow", "mean_embedding", "standings", "standout_tags"]

#: Tags shown at most, and what a tag must reach: this standing, or this probability with a standing above 0.
_MOST: Final = 6
_LEAST_STANDING: Final = 1.0
_LEAST_SHARE: Final = 0.15
_SAME: Final = {"female vocalist": "female vocalists"}  # two spellings of one tag


class TagRow(NamedTuple):
    """One tag: its rate among the training labels, mean and spread of its logit over the population."""

    name: str
    rate: float
    mean: float
    spread: float


TAGS: Final = (
    TagRow("rock", 0.1632, -1.882, 0.899),
    TagRow("pop", 0.1073, -2.689, 1.294),
    TagRow("alternative", 0.0648, -3.072, 0.992),
    TagRow("indie", 0.0955, -3.087, 1.581),
    TagRow("electronic", 0.0897, -3.927, 2.324),
    TagRow("female vocalists", 0.0699, -3.278, 1.344),
    TagRow("dance", 0.0482, -4.865, 2.307),
    TagRow("00s", 0.0144, -4.517, 0.778),
    TagRow("alternative rock", 0.0305, -4.225, 1.319),
    TagRow("jazz", 0.0838, -4.309, 2.564),
    TagRow("beautiful", 0.0129, -4.689, 0.849),
    TagRow("metal", 0.0334, -5.414, 2.328),
    TagRow("chillout", 0.0269, -4.833, 1.708),
    TagRow("male vocalists", 0.0126, -4.708, 0.844),
    TagRow("classic rock", 0.0292, -4.187, 1.237),
    TagRow("soul", 0.0484, -4.4, 1.946),
    TagRow("indie rock", 0.0357, -4.385, 1.619),
    TagRow("Mellow", 0.0148, -4.876, 1.199),
    TagRow("electronica", 0.0247, -5.247, 1.939),
    TagRow("80s", 0.0370, -4.28, 1.566),
    TagRow("folk", 0.0441, -4.244, 1.716),
    TagRow("90s", 0.0204, -4.241, 0.886),
    TagRow("chill", 0.0104, -5.168, 1.133),
    TagRow("instrumental", 0.0373, -4.662, 1.885),
    TagRow("punk", 0.0324, -4.969, 1.982),
    TagRow("oldies", 0.0324, -5.466, 2.334),
    TagRow("blues", 0.0377, -4.654, 1.889),
    TagRow("hard rock", 0.0222, -5.046, 1.701),
    TagRow("ambient", 0.0296, -5.579, 2.329),
    TagRow("acoustic", 0.0214, -5.025, 1.652),
    TagRow("experimental", 0.0255, -4.628, 1.498),
    TagRow("female vocalist", 0.0084, -5.431, 1.168),
    TagRow("guitar", 0.0128, -4.925, 1.102),
    TagRow("Hip-Hop", 0.0419, -5.959, 2.933),
    TagRow("70s", 0.0181, -4.991, 1.478),
    TagRow("party", 0.0059, -5.912, 1.274),
    TagRow("country", 0.0408, -5.166, 2.35),
    TagRow("easy listening", 0.0095, -5.441, 1.29),
    TagRow("sexy", 0.0066, -5.746, 1.229),
    TagRow("catchy", 0.0047, -5.506, 0.566),
    TagRow("funk", 0.0240, -5.171, 1.86),
    TagRow("electro", 0.0221, -6.21, 2.481),
    TagRow("heavy metal", 0.0179, -6.147, 2.267),
    TagRow("Progressive rock", 0.0304, -4.518, 1.571),
    TagRow("60s", 0.0228, -5.545, 2.078),
    TagRow("rnb", 0.0208, -5.967, 2.278),
    TagRow("indie pop", 0.0156, -5.18, 1.503),
    TagRow("sad", 0.0050, -5.793, 1.004),
    TagRow("House", 0.0152, -6.815, 2.547),
    TagRow("happy", 0.0030, -5.987, 0.624),
)
_MEANS: Final = np.array([row.mean for row in TAGS], np.float32)
_SPREADS: Final = np.array([row.spread for row in TAGS], np.float32)
_RATES: Final = np.array([row.rate for row in TAGS])


def standings(logits: np.ndarray) -> np.ndarray:
    """Standard scores float32 [patches, 50] of logits of that shape.

    >>> standings(np.array([[row.mean + row.spread for row in TAGS]]))[0, :2].round(3).tolist()
    [1.0, 1.0]
    """
    scores: np.ndarray = (logits.astype(np.float32) - _MEANS) / _SPREADS
    return scores


def standout_tags(reading: TagReading, *, most: int = _MOST) -> tuple[Tag, ...]:
    """The tags that tell most about the track, most telling first.

    A tag tells p·log(p/rate): its part in the information that the network's answer has over knowing nothing.
    """
    shares = _probabilities(reading.logits)
    heights = standings(reading.logits).mean(axis=0)
    telling = shares * np.log(shares / _RATES)
    tags: list[Tag] = []
    for index in np.argsort(-telling, kind="stable"):
        share, standing, name = float(shares[index]), float(heights[index]), TAGS[index].name
        known = {_SAME.get(tag.name, tag.name) for tag in tags}
        stands_out = standing >= _LEAST_STANDING or (share >= _LEAST_SHARE and standing > 0)
        if stands_out and _SAME.get(name, name) not in known:
            tags.append(Tag(name=name, share=round(share, 3), standing=round(standing, 2)))
    return tuple(tags[:most])


def mean_embedding(reading: TagReading) -> np.ndarray:
    """One vector float32 [200] for the track; tracks are as alike as the cosine of theirs."""
    vector: np.ndarray = reading.embedding.mean(axis=0, dtype=np.float32)
    return vector


def _probabilities(logits: np.ndarray) -> np.ndarray:
    """Mean probability of each tag over the patches, float64 [50]."""
    shares: np.ndarray = (1 / (1 + np.exp(-logits.astype(np.float64)))).mean(axis=0)
    return shares
