"""Writes `web/js/protocol.js`: the types and tables that JavaScript shares with Python, from `shared`.

    python -m web.py.protocol            writes the file
    python -m web.py.protocol --check    fails when the file is stale

JavaScript learns its message types (JSDoc), the table of keys and the constants from here, so that a rule
stands once and `tsc` notices when the page and the engine no longer agree.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from shared.schema import analysis, jobs, messages, preview, project, video
from shared.separation import models
from shared.theory import keys, tempo_ranges

__all__ = ["TARGET", "main", "render"]

TARGET: Final = Path(__file__).parents[1] / "js" / "protocol.js"

_PLAIN: Final[dict[Any, str]] = {
    int: "number",
    float: "number",
    str: "string",
    bool: "boolean",
    type(None): "null",
}


def _structs() -> list[type[msgspec.Struct]]:
    named = [
        getattr(module, name)
        for module in (analysis, messages, video, jobs, project, preview)
        for name in module.__all__
    ]
    found: list[type[msgspec.Struct]] = [keys.Key, tempo_ranges.NamedTempoRange]
    return found + [one for one in named if isinstance(one, type) and issubclass(one, msgspec.Struct)]


def _js_type(hint: Any) -> str:
    """JSDoc type of a Python annotation; an unknown one is our own mistake."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _js_type(args[0])
    if origin is Literal:
        return "|".join(msgspec.json.encode(arg).decode() for arg in args)
    if origin in (Union, types.UnionType):
        return "|".join(_js_type(arg) for arg in args)
    if origin is tuple:
        return f"ReadonlyArray<{_js_type(args[0])}>"
    if origin is dict:
        return f"Record<{_js_type(args[0])}, {_js_type(args[1])}>"
    raise TypeError(f"expected a type that JSDoc can say, got {hint!r}")


def _typedef(struct: type[msgspec.Struct]) -> str:
    info = msgspec.structs
    hints = get_type_hints(struct)
    rows = [f" * @typedef {{object}} {struct.__name__}"]
    config = struct.__struct_config__
    if config.tag is not None:
        rows.append(f' * @property {{"{config.tag}"}} type')
    for field in info.fields(struct):
        optional = not field.required
        name = f"[{field.encode_name}]" if optional and config.tag is not None else field.encode_name
        rows.append(f" * @property {{{_js_type(hints[field.name])}}} {name}")
    return "/**\n" + "\n".join(rows) + "\n */"


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=-1).decode()


def _union(name: str, hint: Any) -> str:
    return f"/** @typedef {{{'|'.join(one.__name__ for one in get_args(hint))}}} {name} */"


def render() -> str:
    """The text of `web/js/protocol.js`, the same for the same sources."""
    table = "\n".join(f"  {msgspec.json.encode(key).decode()}," for key in keys.KEYS)
    mixes = ",\n".join(
        f"  {msgspec.json.encode(key.name).decode()}: "
        + msgspec.json.encode([other.name for other in keys.compatible(key)]).decode()
        for key in keys.KEYS
    )
    triads = ",\n".join(
        f"  {msgspec.json.encode(key.name).decode()}: {[round(ratio, 9) for ratio in keys.tonic_triad(key)]}"
        for key in keys.KEYS
    )
    ranges = "\n".join(f"  {msgspec.json.encode(each).decode()}," for each in tempo_ranges.TEMPO_RANGES)
    parts = [
        "// Generated from shared/ by `python -m web.py.protocol`; do not edit.",
        *(_typedef(struct) for struct in _structs()),
        _union("Request", messages.Request),
        _union("Reply", messages.Reply),
        _union("PreviewRequest", preview.PreviewRequest),
        _union("PreviewReply", preview.PreviewReply),
        f"export const ANALYSIS_VERSION = {analysis.ANALYSIS_VERSION};",
        f"export const PEAKS_PER_SECOND = {analysis.PEAKS_PER_SECOND};",
        f"export const BANDS_PER_SECOND = {analysis.BANDS_PER_SECOND};",
        f"export const CLEAR_CONFIDENCE = {analysis.CLEAR_CONFIDENCE};",
        f"/** Tempi that may be asked for. */\nexport const LOWEST_BPM = {tempo_ranges.LOWEST_BPM};",
        f"export const HIGHEST_BPM = {tempo_ranges.HIGHEST_BPM};",
        f"/** @type {{ReadonlyArray<NamedTempoRange>}} */\nexport const TEMPO_RANGES = Object.freeze([\n{ranges}\n]);",
        "/** Stems in words for people, and the stems that quick separation gives, in order.\n"
        + " * @type {Readonly<Record<string, string>>} */\n"
        + f"export const STEM_LABELS = Object.freeze({_json(models.STEM_LABELS)});",
        "/** @type {ReadonlyArray<string>} */\n"
        + f"export const QUICK_STEMS = Object.freeze({_json(models.QUICK_STEMS)});",
        f"/** @type {{ReadonlyArray<Key>}} */\nexport const KEYS = Object.freeze([\n{table}\n]);",
        "/** Names of the keys that mix with each key: itself, up, down, relative.\n"
        + " * @type {Readonly<Record<string, ReadonlyArray<string>>>} */\n"
        + f"export const COMPATIBLE = Object.freeze({{\n{mixes},\n}});",
        "/** Each key's own chord as frequency ratios to A4: multiply by the tuning in Hz.\n"
        + " * @type {Readonly<Record<string, ReadonlyArray<number>>>} */\n"
        + f"export const TRIADS = Object.freeze({{\n{triads},\n}});",
    ]
    return "\n\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or with `--check` tell whether it is stale (exit code 1)."""
    text = render()
    if arguments == ["--check"]:
        if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        print(f"{TARGET.name} is stale: run python -m web.py.protocol", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
