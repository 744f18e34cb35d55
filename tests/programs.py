"""The programs that the tests start."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

TRUECLICK = str(Path(sys.executable).with_name("trueclick"))

TK_PYTHON = (
    sys.executable
    if find_spec("_tkinter") is not None
    else shutil.which("python3", path="/usr/bin") or sys.executable
)
"""A Python that can open Tk windows: our own, or the system's."""

EMPTY_WINDOW = "import tkinter; tkinter.Tk().mainloop()"
"""A program for it."""


def children(pid: int) -> dict[int, str]:
    """The processes that a process started, with their names."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if int(rest.split()[1]) == pid:
            found[int(stat.parent.name)] = name
    return found


def own(name: str) -> set[int]:
    """Our own children of this name."""
    return {pid for pid, called in children(os.getpid()).items() if called == name}


def marked(mark: str) -> set[int]:
    """The processes that have a word in their environment, whoever their parent is by now."""
    found = set()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in environment.read_bytes():
                found.add(int(environment.parent.name))
        except OSError:
            continue
    return found
