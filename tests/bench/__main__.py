"""`python -m tests.bench [boot] [analysis] [memory]`: all parts, or those named."""

from __future__ import annotations

import sys

from tests.bench import analysis, boot, memory

PARTS = {"boot": boot.main, "analysis": analysis.main, "memory": memory.main}


def main(names: list[str]) -> int:
    """Run the named parts, all without a name; an unknown name is refused."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"Expected parts among {', '.join(PARTS)}; got {', '.join(unknown)}.", file=sys.stderr)
        return 2
    for name in names or PARTS:
        print(f"bench: {name}", flush=True)
        PARTS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
