"""A real window with a field that shows what is typed in clear, and tells what it holds."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Generator
from pathlib import Path

from trueclick.agent import application

from ...programs import TK_PYTHON

BOX = 200, 150, 900, 60
"""Of the field: left, top, width, height in pixels of the display."""

_PROGRAM = """
import json, os, sys, tkinter
held, said, late = sys.argv[1:]
root = tkinter.Tk()
root.geometry("1280x800+0+0")
root.attributes("-fullscreen", True)  # where a window manager would add a frame
text = tkinter.StringVar()
shown = tkinter.StringVar()
typed = tkinter.Entry(root, font=("TkFixedFont", 20), textvariable=text, insertofftime=0)
typed.place(x=200, y=150, width=900, height=60)
copy = tkinter.Label(root, textvariable=shown, font=("TkFixedFont", 20), anchor="w")
copy.place(x=200, y=300, width=900, height=60)
def changed(*_):
    with open(held + ".new", "w") as file:
        file.write(text.get())
    os.replace(held + ".new", held)
    if float(late):
        root.after(int(1000 * float(late)), lambda: shown.set(text.get()))
text.trace_add("write", changed)
typed.bind("<Return>", lambda _: root.configure(background="navy"))
typed.bind("<F5>", lambda _: typed.place(x=137, y=421))
with open(said, "w") as file:
    json.dump({"environment": dict(os.environ), "arguments": sys.argv}, file)
root.update()
typed.focus_force()
root.mainloop()
"""


class Field:
    """The field.

    Attributes:
        command: that opens it.
    """

    def __init__(self, folder: Path, *, late_s: float = 0.0) -> None:
        self._held = folder / "held"
        self._said = folder / "said"
        program = folder / "field.py"
        program.write_text(_PROGRAM)
        self.command = [TK_PYTHON, str(program), str(self._held), str(self._said), str(late_s)]

    @property
    def line(self) -> str:
        """The command in one line."""
        return shlex.join(self.command)

    def holds(self) -> str:
        """What has been typed."""
        return self._held.read_text() if self._held.exists() else ""

    def said(self) -> str:
        """What the program knows of its environment and its arguments, as JSON."""
        return self._said.read_text()


@contextlib.contextmanager
def field(folder: Path, server: str, *, late_s: float = 0.0) -> Generator[Field]:
    """The window on a display; with `late_s` a second place repeats the text, so much later."""
    opened = Field(folder, late_s=late_s)
    with application(opened.command, server):
        yield opened
