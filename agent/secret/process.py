"""Keeps other programs of the same user out of this process."""

from __future__ import annotations

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def keep_out() -> bool:
    """Keep other programs of the user out of this process from now on; whether that was possible.

    The environment with which a process was started, where keys and secrets may be, can be read by
    every program of the same user, and so can its memory: by the application under test as well,
    for which neither is meant. On Linux they no longer can, nor is a core dumped. Programs that are
    started afterwards are as open as before. A debugger of the user's cannot attach any longer.

    Elsewhere nothing is done. See `PR_SET_DUMPABLE` in prctl(2), and proc(5).
    """
    if sys.platform != "linux":
        return False
    try:
        done: int = ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    except (OSError, AttributeError):
        return False
    return done == 0
