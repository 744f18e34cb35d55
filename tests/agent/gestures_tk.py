"""A Tk window that tells what gestures it received, in its title. Run by a Python that has Tk."""

import json
import tkinter as tk
from collections.abc import Callable
from typing import Any

window = tk.Tk()
window.geometry("1200x600+0+0")
told: dict[str, Any] = {"clicks": [], "motions": 0, "box": [], "top": 1.0, "left": 0.0, "tells": 0}

canvas = tk.Canvas(window, background="white", highlightthickness=0)
canvas.place(x=0, y=0, width=600, height=600)
box = canvas.create_rectangle(100, 100, 160, 160, fill="blue")
text = tk.Text(window, wrap="none", font=("DejaVu Sans Mono", 12))
text.place(x=600, y=0, width=600, height=600)
text.insert(
    "1.0", "\n".join("a line that is longer than the window is wide " * 5 for _ in range(600))
)


def tell() -> None:
    told["tells"] += 1
    told["box"] = [round(at) for at in canvas.coords(box)[:2]]
    told["top"] = int(text.index("@0,0").split(".")[0])
    told["left"] = int(text.index("@0,0").split(".")[1])
    told["selected"] = len(text.get("sel.first", "sel.last")) if text.tag_ranges("sel") else 0
    window.title(json.dumps(told))


def clicked(kind: str) -> Callable[[Any], None]:
    def note(event: Any) -> None:
        told["clicks"].append([kind, event.num, event.state & 0x4D])
        tell()

    return note


held: dict[str, Any] = {}


def grip(event: Any) -> None:
    held["at"] = (event.x, event.y)


def pull(event: Any) -> None:
    told["motions"] += 1
    if box in canvas.find_withtag("current") or "moving" in held:
        held["moving"] = True
        x, y = held["at"]
        canvas.move(box, event.x - x, event.y - y)
    held["at"] = (event.x, event.y)


def drop(_: Any) -> None:
    held.clear()
    tell()


for kind in ("Button", "Double-Button", "Triple-Button"):
    for number in (1, 2, 3):
        canvas.bind(f"<{kind}-{number}>", clicked(kind), add=True)
canvas.bind("<Button-1>", grip, add=True)
canvas.bind("<B1-Motion>", pull)
canvas.bind("<ButtonRelease-1>", drop)


def again() -> None:
    tell()
    window.after(50, again)


again()
window.mainloop()
