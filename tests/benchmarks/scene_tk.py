"""A Tk window that draws the scenes of `scenes.py`, one a line of its input."""

import json
import sys
import tkinter as tk
from typing import Any

window = tk.Tk()
window.geometry("480x320+0+0")
canvas = tk.Canvas(window, highlightthickness=0)
canvas.pack(fill="both", expand=True)


def draw(scene: Any) -> None:
    canvas.delete("all")
    canvas.configure(background=scene["ground"])
    for item in scene["items"]:
        kind, x, y = item["k"], item["x"], item["y"]
        if kind == "text":
            weight = "bold" if item.get("bold") else "normal"
            font = ("DejaVu Sans", -item["size"], weight)
            canvas.create_text(
                x, y, text=item["t"], font=font, anchor="nw", fill=item["ink"] or scene["ink"]
            )
            if item["w"]:
                end = x + item["w"]
                canvas.create_rectangle(end, y, 480, y + 20, fill=scene["ground"], width=0)
        elif kind == "button":
            right, bottom = x + item["w"], y + item["h"]
            canvas.create_rectangle(x, y, right, bottom, fill=item["fill"], width=0)
            middle = (x + right) // 2, (y + bottom) // 2
            canvas.create_text(*middle, text=item["t"], font=("DejaVu Sans", -13), fill="white")
        elif kind == "box":
            right, bottom = x + item["w"], y + item["h"]
            canvas.create_rectangle(x, y, right, bottom, fill=item["fill"], outline=item["edge"])
        elif kind == "tick":
            fill = item["edge"] if item["on"] else scene["ground"]
            canvas.create_rectangle(x, y, x + 15, y + 15, fill=fill, outline=item["edge"], width=2)
        elif kind == "icon":
            canvas.create_oval(x, y, x + 32, y + 32, fill=item["fill"], width=0)
        else:
            canvas.create_rectangle(x, y, x + 1, y + item["h"], fill="#101010", width=0)
    window.update()
    print("ok", flush=True)


def read(*_: object) -> None:
    line = sys.stdin.readline()
    if line:
        draw(json.loads(line))
    else:
        window.destroy()


window.update()
window.tk.createfilehandler(sys.stdin, tk.READABLE, read)
window.mainloop()
