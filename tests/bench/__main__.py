"""`python -m tests.bench [PART...]`: all parts of `PARTS`, or those named; `analysis` and `stems` stand for several."""

from __future__ import annotations

import sys

from tests.bench import accuracy, analysis, boot, film, memory, parity, quick, stems, web_load

PARTS = {
    "boot": boot.main, "speed": analysis.main, "accuracy": accuracy.main, "memory": memory.main,
    "separation": stems.main, "quick": quick.main, "web": web_load.main, "films": film.main, "parity": parity.main,
}  # fmt: skip
#: Names that stand for several parts.
GROUPS = {"analysis": ["speed", "accuracy"], "stems": ["separation", "quick", "web"]}


def main(names: list[str]) -> int:
    """Run the named parts, all without a name; an unknown name is refused."""
    unknown = [name for name in names if name not in PARTS and name not in GROUPS]
    if unknown:
        print(f"Expected parts among {', '.join([*PARTS, *GROUPS])}; got {', '.join(unknown)}.", file=sys.stderr)
        return 2
    wanted = [part for name in names for part in GROUPS.get(name, [name])]
    for name in wanted or PARTS:
        print(f"bench: {name}", flush=True)
        PARTS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
