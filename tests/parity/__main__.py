"""`python -m tests.parity [WORST]`: every case at every scale; prints the table, and all rows below WORST decibels."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.parity.cases import SCALES, cases
from tests.parity.compare import Row, psnr, table
from tests.parity.page import bundle, paint_on_the_page
from tests.parity.server import paint_on_the_server

__all__ = ["measure"]


def measure(folder: Path) -> list[Row]:
    """All cases at all scales."""
    every = cases()
    bundle(every, folder)
    rows = []
    for scale in SCALES:
        ours, theirs = paint_on_the_page(every, scale, folder), paint_on_the_server(every, scale, folder)
        for case, page, server in zip(every, ours, theirs, strict=True):
            most = int(np.abs(page[:, :, :3].astype(int) - server[:, :, :3]).max())
            rows.append(Row(case.group, case.name, scale, psnr(page, server), most))
    return rows


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(Path(scratch))
    print(table(found))
    for row in found:
        if row.decibels < float(sys.argv[1] if len(sys.argv) > 1 else 0):
            print(row)
