"""Limits that a process sets itself, and its end when the process that wants its answers is gone.

Everything here is best effort: what a system does not offer is left out (Windows has no `resource`, only Linux prctl).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
import threading
from typing import Final

__all__ = ["confine", "die_with_parent", "input_is_cut"]

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def confine(*, memory_bytes: int, cpu_seconds: int) -> None:
    """No more memory than that, no more CPU time, no core files. A file from a stranger may ask for anything."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
        if sys.platform == "linux":  # macOS refuses address-space limits
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def die_with_parent(*, watch_stdin: bool = False) -> None:
    """End this process at once when its parent has ended.

    A closed standard input tells on every system: watch_stdin reads it in a thread, for processes that get nothing
    else by it. Linux also tells by a signal, which reaches a process that is stuck.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if watch_stdin:
        threading.Thread(target=_exit_at_end_of_input, name="parent-watch", daemon=True).start()


def input_is_cut() -> bool:
    """Whether nobody holds the other end of standard input: the parent was gone before the signal was asked for."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(0, 0)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def _exit_at_end_of_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(1)
