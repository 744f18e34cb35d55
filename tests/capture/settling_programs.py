"""Real programs that answer late, bit by bit, or never come to rest, on a display of their own.

Each fills a bare display of `SIZE` and changes something else every time it is acted on.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trueclick.agent.input.keys import character_key
from trueclick.agent.input.x11 import XTestInput
from trueclick.capture import Source, SystemClock, application_environment
from trueclick.capture.still import Stillness, wait_until_still
from trueclick.capture.virtual.processes import Program
from trueclick.geometry import Box, Image, Point, Screen, Size

from ..browser import chromium
from ..programs import TK_PYTHON

SIZE = Size[Any](1280, 720)

_PAGE = Path(__file__).with_name("pages") / "settling.html"

_BUTTON = Point[Any](100, 140)
"""Where each program that is clicked has its button."""

_AWAY = Point[Screen](1000, 640)

_TK = """
import random, tkinter
root = tkinter.Tk()
root.geometry("1280x720+0+0")
"""

_FORM = (
    _TK
    + """
entry = tkinter.Entry(root, font=("DejaVu Sans", 14))
entry.place(x=40, y=40, width=300, height=36)
entry.insert(0, "A caret blinks here")
entry.focus_force()
tick = tkinter.IntVar()
tkinter.Checkbutton(root, text="Saved", variable=tick).place(x=40, y=200)
line = tkinter.Label(root, anchor="w", font=("DejaVu Sans", 14))
line.place(x=40, y=240, width=800, height=40)
saved = 0
def save():
    global saved
    saved += 1
    tick.set(saved % 2)
    line["text"] = f"Order {saved} was saved." * (1 + saved % 3)
def clicked():
    delay = int(random.uniform(0, 250))
    root.after(delay, save) if delay else save()
tkinter.Button(root, text="Save", command=clicked).place(x=40, y=120, width=160, height=48)
root.mainloop()
"""
)

_MENU = (
    _TK
    + """
button = tkinter.Menubutton(root, text="File", relief="raised")
menu = tkinter.Menu(button, tearoff=0)
for name in ("New", "Open", "Save", "Print", "Quit"):
    menu.add_command(label=name)
button["menu"] = menu
button.place(x=40, y=120, width=160, height=48)
root.mainloop()
"""
)

_LINES = (
    _TK
    + """
text = tkinter.Text(root, font=("DejaVu Sans Mono", 11), cursor="arrow", insertontime=0)
text.place(x=0, y=0, width=1280, height=720)
text.focus_force()
def line(number):
    text.insert("end", f"{number} lines to go, and this is what one of them looks like\\n")
    text.see("end")
    if number:
        root.after(30, line, number - 1)
def key(event):
    root.after(random.randint(1, 200), line, random.randint(3, 30))
    return "break"
text.bind("<space>", key)
root.mainloop()
"""
)

_VIDEO = (
    _TK
    + """
canvas = tkinter.Canvas(root, width=640, height=360, background="black")
canvas.place(x=300, y=200)
shapes = [canvas.create_rectangle(0, 0, 60, 200, fill=c) for c in ("red", "green", "blue")]
step = 0
def move():
    global step
    step += 1
    for i, shape in enumerate(shapes):
        x = (step * (5 + i) + 200 * i) % 580
        canvas.coords(shape, x, 20 + 40 * i, x + 60, 220 + 40 * i)
    root.after(25, move)
move()
tkinter.Button(root, text="Play").place(x=40, y=120, width=160, height=48)
root.mainloop()
"""
)

_TURNING = (
    _TK
    + """
canvas = tkinter.Canvas(root, width=48, height=48)
canvas.place(x=600, y=40)
arc = canvas.create_arc(6, 6, 42, 42, start=0, extent=90, style="arc", width=6)
def turn(angle):
    canvas.itemconfigure(arc, start=angle)
    root.after(16, turn, (angle - 6) % 360)
turn(0)
root.mainloop()
"""
)

_SHELL = """
stty -echo -icanon min 1
while true; do
    head -c 1 >/dev/null
    lines=$(( $(od -An -N1 -tu1 /dev/urandom) % 28 + 3 ))
    sleep 0.$(( $(od -An -N1 -tu1 /dev/urandom) % 2 ))$(( $(od -An -N1 -tu1 /dev/urandom) % 10 ))
    while [ $lines -gt 0 ]; do
        echo "$lines lines to go, and this is what one of them looks like"
        lines=$((lines - 1))
        sleep 0.03
    done
done
"""


@dataclass(frozen=True)
class Settling:
    """A program, and how to act on it.

    Attributes:
        name: what it is.
        command: starts it; the second argument is a folder for its files.
        act: does something to it that it answers.
        own: places that it changes by itself.
        horizon_s: seconds after the action by which it has come to rest, or is about to change
            for another time.
        target: where the action is aimed.
        undo: makes it ready for the next action.
    """

    name: str
    command: Callable[[Path], list[str]]
    act: Callable[[XTestInput], None]
    own: tuple[Box[Image], ...] = ()
    horizon_s: float = 0.8
    target: Point[Image] | None = _BUTTON
    undo: Callable[[XTestInput], None] = lambda backend: backend.move(_AWAY)

    @contextlib.contextmanager
    def running(self, server: str) -> Generator[XTestInput]:
        """The input to a display on which it runs and has come to rest."""
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            backend = XTestInput(server, SystemClock())
            stack.callback(backend.close)
            source = stack.enter_context(Source(server))
            environment = application_environment(server, os.environ)
            Program.start(stack, self.command(folder), environment)
            while not np.any(source.grab().pixels[..., :3]):
                time.sleep(0.02)
            self.undo(backend)
            rule = Stillness(floor_s=1.5, quiet_s=0.5, timeout_s=4)
            now = time.monotonic()
            wait_until_still(source.grab, rule=rule, acted_at=now, clock=SystemClock())
            yield backend


def _click(backend: XTestInput) -> None:
    backend.move(_BUTTON)
    backend.click("left", 1)
    backend.sync()


def _press_space(backend: XTestInput) -> None:
    with backend.held([character_key(" ")]):
        pass
    backend.sync()


def _close_menu(backend: XTestInput) -> None:
    backend.move(_AWAY)
    backend.click("left", 1)


def _tk(code: str) -> Callable[[Path], list[str]]:
    return lambda _: [TK_PYTHON, "-c", code]


def _chromium(query: str) -> Callable[[Path], list[str]]:
    return lambda folder: chromium(f"{_PAGE.as_uri()}?{query}", folder, SIZE.width, SIZE.height)


def _terminal(folder: Path) -> list[str]:
    script = folder / "lines.sh"
    script.write_text(_SHELL)
    return ["xterm", "-geometry", "200x50+0+0", "-e", "sh", str(script)]


FORM = Settling("Tk form, caret", _tk(_FORM), _click, own=(Box(40, 40, 340, 76),))
MENU = Settling("Tk menu", _tk(_MENU), _click, undo=_close_menu)
TERMINAL = Settling(
    "xterm, lines" if shutil.which("xterm") else "Tk text, lines",
    _terminal if shutil.which("xterm") else _tk(_LINES),
    _press_space,
    horizon_s=1.8,
    target=None,
)
VIDEO = Settling("Tk video", _tk(_VIDEO), _click)
TURNING = Settling("Tk spinner", _tk(_TURNING), _click)
PAGE = Settling("Chromium page", _chromium("first=150&second=600"), _click, horizon_s=0.58)
SPINNER = Settling(
    "Chromium, spinner, clock",
    _chromium("first=random&spinner"),
    _click,
    own=(Box(890, 30, 960, 98), Box(890, 110, 1100, 160)),
)
