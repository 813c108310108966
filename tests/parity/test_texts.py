"""Page and server lay texts out alike: the same widths, heights and lines, in any script, however long."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.assets.store import ASSETS_PATH
from backend.gpu.raster_text import Lettering
from shared.scene.fonts import FACES, FAMILIES
from shared.scene.lettering import painter_entry
from shared.scene.resources import TextSpec
from tests.parity.cases import TABLE, cases

_MEASURE = Path(__file__).with_name("measure.mjs")
_LONG = ("Lorem ipsum dolor sit amet. Привет, мир! 音楽 שלום " * 250)[:10_000]


def _specs() -> Iterator[TextSpec]:
    cases()  # fills the table
    yield from (entry for entry in TABLE.resources.since(0) if isinstance(entry, TextSpec))
    for family in FAMILIES:
        for weight in (400, 700, 900):
            yield TextSpec(f"{family}: Ägypten 0123456789", family, weight, italic=weight == 700, size=33.3, width=280)
    yield TextSpec(_LONG, size=20, width=1000)
    yield TextSpec(_LONG, size=20, width=1000, max_lines=7, line_height=0.9)
    yield TextSpec("\u2067\u0301\u200d\ufe0f\x00\n\n\t", size=20)
    yield TextSpec("", size=20)
    yield TextSpec("W" * 500, size=200, width=10)
    yield TextSpec("a", size=0.5, width=1)
    yield TextSpec("no such medium", family="m404", spacing=-0.2, stroke=9, blur=9)


@pytest.mark.slow
def test_every_text_has_the_same_size_on_both_sides() -> None:
    specs = list(_specs())
    asked = json.dumps([painter_entry(spec) for spec in specs])
    done = subprocess.run(["node", str(_MEASURE)], input=asked, capture_output=True, text=True, check=True, timeout=200)
    lettering = Lettering(ASSETS_PATH)
    for spec, page in zip(specs, json.loads(done.stdout), strict=True):
        size = lettering.measure(spec)
        assert (page["lines"], page["height"]) == (size.lines, size.height), spec
        assert page["width"] == pytest.approx(size.width, abs=0.01), spec


def test_the_specs_name_every_family() -> None:
    assert {spec.family for spec in _specs()} >= set(FAMILIES)
    assert set(FAMILIES) < set(FACES)
