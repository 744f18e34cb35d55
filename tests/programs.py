"""The programs that the tests start."""

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
