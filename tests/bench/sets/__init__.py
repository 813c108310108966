"""The evaluation sets: recordings with known answers, half to tune on and half to report.

    >>> from tests.bench.sets import items
    >>> [item.truth.key for item in items("short", half="tune")][:2]  # doctest: +SKIP

May import tests.composer, numpy and the standard library; never web/.
"""

from tests.bench.sets.collect import SETS, items
from tests.bench.sets.item import Item, half_of

__all__ = ["SETS", "Item", "half_of", "items"]
