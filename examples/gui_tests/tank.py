"""The display of a tank in Tk: it fills and drains by tenths, and a clock ticks beside it.

    python examples/gui_tests/tank.py

It has all of the screen, and everything has its place to the pixel, as on a machine's panel.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable

try:
    import tkinter as tk
except ImportError:  # many a Python comes without Tk, and the system's has a package for it
    system = shutil.which("python3", path="/usr/bin")
    if __name__ != "__main__" or system in (None, sys.executable):
        raise
    os.execv(system, [system, *sys.argv])  # noqa: S606 - no shell, and no input

TENTHS = 10
LEFT, TOP, WIDTH, TENTH = 60, 60, 200, 34
"""The tank, in pixels: its corner, its width, and the height of a tenth of it."""

COLOURS = {"low": "#b3261e", "usual": "#1f6fb2", "high": "#b26a00"}


class Tank(tk.Tk):
    """The window."""

    def __init__(self) -> None:
        super().__init__()
        self.title("Tank")
        self.attributes("-fullscreen", True)
        self.level = 0
        self.canvas = tk.Canvas(self, background="white", highlightthickness=0)
        self.canvas.pack(fill="both", expand=True)
        self.clock = self._text(400, 90, "")
        self.told = self._text(400, 160, "")
        self._button("Fill", 300, 240, lambda: self.change(+1))
        self._button("Drain", 300, 320, lambda: self.change(-1))
        self.change(0)
        self.tick()

    def _text(self, x: int, y: int, text: str, fill: str = "black") -> int:
        font = ("DejaVu Sans", 20)
        return self.canvas.create_text(x, y, text=text, font=font, fill=fill)

    def _button(self, text: str, x: int, y: int, press: Callable[[], None]) -> None:
        shape = self.canvas.create_rectangle(x, y, x + 200, y + 60, fill="#333333", width=0)
        words = self._text(x + 100, y + 30, text, fill="white")
        for part in (shape, words):
            self.canvas.tag_bind(part, "<Button-1>", lambda _: press())

    def change(self, tenths: int) -> None:
        """Fill or drain the tank, and draw it."""
        self.level = min(max(self.level + tenths, 0), TENTHS)
        state = "low" if self.level < 2 else "high" if self.level > 8 else "usual"
        self.canvas.itemconfigure(self.told, text=f"Level: {self.level * 10} %")
        self.canvas.delete("tank")
        bottom = TOP + TENTHS * TENTH
        for tenth in range(self.level):
            y = bottom - tenth * TENTH
            shape = (LEFT + 6, y - TENTH + 3, LEFT + WIDTH - 6, y - 3)
            self.canvas.create_rectangle(*shape, fill=COLOURS[state], width=0, tags="tank")
        around = (LEFT, TOP, LEFT + WIDTH, bottom)
        self.canvas.create_rectangle(*around, outline="#333333", width=4, tags="tank")

    def tick(self) -> None:
        """Show the time."""
        self.canvas.itemconfigure(self.clock, text=time.strftime("%H:%M:%S"))
        self.after(200, self.tick)


if __name__ == "__main__":
    Tank().mainloop()
