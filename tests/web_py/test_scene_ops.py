"""The generated table is fresh, and its two rules for texts answer as Python's do."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.scene.ops import text_margin, text_scale
from web.py.scene_ops import TARGET, render

_ASK = """
import { textMargin, textScale } from "@";
const asked = JSON.parse(process.argv[1]);
const answers = [asked.scales.map((a) => textScale(...a)), asked.margins.map((a) => textMargin(...a))];
console.log(JSON.stringify(answers));
"""


def test_the_table_for_the_page_is_fresh() -> None:
    assert TARGET.read_text("utf-8") == render()


@pytest.mark.skipif(sys.platform == "emscripten", reason="starts Node")
def test_both_sides_rasterise_texts_alike() -> None:
    scales = [*itertools.product((0.05, 0.4, 0.5, 1.0, 1.5, 3.0, 9.0), (10.0, 1000.0, 5000.0, 1e6), (7.0, 2047.9))]
    margins = [*itertools.product((5.0, 64.3, 999.0), (0.0, 2.5), (0.0, 3.3))]
    asked = json.dumps({"scales": scales, "margins": margins})
    code = _ASK.replace("@", Path(TARGET).as_uri())
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", code, "--", asked], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [[text_scale(*a) for a in scales], [text_margin(*a) for a in margins]]
