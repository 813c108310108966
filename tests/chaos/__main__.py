"""`python -m tests.chaos --kills 100`: print what happened; the exit code is 1 when anything was lost."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.chaos.chaos import chaos
from tests.gpu.tiny import tiny_models


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kill a server at random.")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="keylight-chaos-") as folder:
        try:
            report = asyncio.run(chaos(Path(folder), tiny_models(), kills=given.kills, seed=given.seed))
        except BaseException:
            print((Path(folder) / "server.log").read_text(errors="replace")[-8000:], file=sys.stderr)
            raise
    print(report.lines())
    return int(report.redone > 0 or report.different > 0)


if __name__ == "__main__":
    sys.exit(main())
