"""Writes `web/js/scene-ops.js`: the table of display list operations that the painter plays, from `shared.scene.ops`.

python -m web.py.scene_ops            writes the file
python -m web.py.scene_ops --check    fails when the file is stale

The painter looks codes up by name, so that a number stands once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec

from shared.scene.ops import BLENDS, CAPS, OPS, SAMPLINGS, TEXT

__all__ = ["TARGET", "main", "render"]

#: The two rules of `shared.scene.ops` that a painter needs; `tests/web_py/test_scene_ops.py` compares their answers.
_TEXT: Final = """\
/**
 * Canvas pixels around a text's box that its picture holds too.
 * @param {{number}} size @param {{number}} stroke @param {{number}} blur
 */
export function textMargin(size, stroke, blur) {{
  return Math.ceil({overhang} * size + stroke / 2 + {sigmas} * blur);
}}
/**
 * At how many pixels per canvas pixel a text is rasterised; targetScale: target pixels per canvas pixel.
 * @param {{number}} targetScale @param {{number}} width @param {{number}} height
 */
export function textScale(targetScale, width, height) {{
  let scale = 1;
  while (scale < {finer} * targetScale && scale < {most_scale}) scale *= 2;
  while (scale > {least_scale} && scale * Math.max(width, height) > {most_pixels}) scale /= 2;
  return scale;
}}
"""

TARGET: Final = Path(__file__).parents[1] / "js" / "scene-ops.js"


def render() -> str:
    """The text of `web/js/scene-ops.js`, the same for the same table."""
    codes = "\n".join(f"  {op.name}: {op.code}, // {' '.join(op.head)}{_rows(op.row)}" for op in OPS)
    heads = "\n".join(f"  {op.name}: {len(op.head)}," for op in OPS)
    rows = "\n".join(f"  {op.name}: {len(op.row)}," for op in OPS)
    lists = "".join(
        f"/** @type {{ReadonlyArray<string>}} */\nexport const {name} = Object.freeze({_json(values)});\n"
        for name, values in (("BLENDS", BLENDS), ("SAMPLINGS", SAMPLINGS), ("CAPS", CAPS))
    )
    return (
        "// Generated from shared/scene/ops.py by `python -m web.py.scene_ops`; do not edit.\n"
        + f"export const OPS = Object.freeze({{\n{codes}\n}});\n"
        + f"/** How many floats come before the rows. */\nexport const HEADS = Object.freeze({{\n{heads}\n}});\n"
        + f"/** How many floats a row has; 0: no rows. */\nexport const ROWS = Object.freeze({{\n{rows}\n}});\n"
        + lists
        + _TEXT.format(**{name: getattr(TEXT, name) for name in TEXT.__dataclass_fields__})
    )


def _rows(row: tuple[str, ...]) -> str:
    return f" | {' '.join(row)} ..." if row else ""


def _json(values: tuple[str, ...]) -> str:
    return msgspec.json.encode(values).decode().replace(",", ", ")


def main() -> int:
    """Write or check; the exit status."""
    if "--check" in sys.argv[1:]:
        fresh = TARGET.is_file() and TARGET.read_text("utf-8") == render()
        if not fresh:
            print("web/js/scene-ops.js is stale: run `python -m web.py.scene_ops`.", file=sys.stderr)
        return 0 if fresh else 1
    TARGET.write_text(render(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
