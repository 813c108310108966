"""`BENCH.md`: a section per benchmark, each rewritten only by its own run, with the machine named."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

__all__ = ["TARGET", "machine", "spread", "table", "write_section"]

TARGET = Path(__file__).parents[2] / "BENCH.md"
_HEAD = """# Benchmarks

Written by `nox -s bench`, a section per benchmark; each tells its machine. Times are the minimum of the counted runs,
with the range to the maximum behind; peers run on the same files in the same run. Slow rows stay.
"""


def spread(seconds: Sequence[float], *, digits: int = 2) -> str:
    """Minimum and maximum of runs in seconds.

    >>> spread([1.5, 1.25, 2.0])
    '1.25 (-2.00)'
    """
    return f"{min(seconds):.{digits}f} (-{max(seconds):.{digits}f})"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others align right.

    >>> print(table(["a", "b"], [["x", "1"]]))
    | a | b |
    |---|--:|
    | x | 1 |
    """
    rule = "|".join(["---", *["--:"] * (len(columns) - 1)])
    lines = [f"| {' | '.join(columns)} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def machine(browser: str) -> str:
    """One line about where this ran."""
    models = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE) or [
        platform.processor()
    ]
    load = os.getloadavg()[0]
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {models[0]}, {platform.system()}, {python}, {browser}, load {load:.1f} before."


def write_section(title: str, body: str) -> None:
    """Put a section into `BENCH.md`, in place of its earlier self or at the end."""
    text = TARGET.read_text(encoding="utf-8") if TARGET.is_file() else _HEAD
    section = f"## {title}\n\n{body.strip()}\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    text = pattern.sub(lambda _: section + "\n", text) if pattern.search(text) else f"{text.rstrip()}\n\n{section}"
    TARGET.write_text(text.rstrip() + "\n", encoding="utf-8")
