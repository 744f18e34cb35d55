"""A Tk program whose whole state can be asked for: `python state_window.py`.

The left half of its window is a pad that keeps a record of buttons and keys. On the right are a
text, to whose end goes what is typed while it has the focus, and below it a box that is ticked by a
click. It fills the display.

A line on its standard input is answered, once all events that have arrived are dealt with, by one
line of JSON that tells the state, and forgets the record.
"""

import json
import sys
import tkinter as tk

SHIFT, CONTROL, ALT = 1, 4, 8
MODIFIER_KEYS = ("Shift_L", "Control_L", "Alt_L")

root = tk.Tk()
root.attributes("-fullscreen", True)
pad = tk.Canvas(root, background="white", takefocus=True, highlightthickness=0)
pad.place(relx=0, rely=0, relwidth=0.5, relheight=1)
text = tk.Text(root, insertofftime=0, takefocus=True, highlightthickness=0)
text.place(relx=0.5, rely=0, relwidth=0.5, relheight=0.5)
ticked = tk.BooleanVar(value=False)
tick = tk.Checkbutton(root, text="Tick", variable=ticked, takefocus=False)
tick.place(relx=0.5, rely=0.5, relwidth=0.5, relheight=0.5)

record: list[list[object]] = []


def button(event: "tk.Event[tk.Misc]") -> None:
    down = event.type is tk.EventType.ButtonPress
    held = int(event.state) & (SHIFT | CONTROL | ALT)
    record.append(["down" if down else "up", event.num, event.x_root, event.y_root, held])
    if event.num == 1 and down:
        pad.focus_set()


def key(event: "tk.Event[tk.Misc]") -> str:
    if event.keysym not in MODIFIER_KEYS:
        held = int(event.state) & (SHIFT | CONTROL | ALT)
        written = event.char.isprintable() and event.char and not held & ~SHIFT
        record.append(["key", event.char] if written else ["key", event.keysym, held])
    return "break"


def write(event: "tk.Event[tk.Misc]") -> str:
    if event.keysym == "BackSpace":
        text.delete("end-2c", "end")
    elif not int(event.state) & (CONTROL | ALT) and event.char:
        written = event.char.replace("\r", "\n")
        text.insert("end-1c", written if written.isprintable() or written in "\n\t" else "")
    return "break"


def focus_text(event: "tk.Event[tk.Misc]") -> str:
    text.focus_set()
    return "break"


def stay(event: "tk.Event[tk.Misc]") -> str:
    return "break"


pad.bind("<ButtonPress>", button)
pad.bind("<ButtonRelease>", button)
pad.bind("<KeyPress>", key)
text.bind("<KeyPress>", write)
for sequence in ("<ButtonPress-1>", "<Double-Button-1>", "<Triple-Button-1>"):
    text.bind(sequence, focus_text)
for sequence in ("<B1-Motion>", "<ButtonRelease>", "<ButtonPress-2>", "<ButtonPress-3>"):
    text.bind(sequence, stay)


def answer(*_: object) -> None:
    if not sys.stdin.readline():
        root.destroy()
        return
    root.update()
    focus = root.focus_get()
    state = {
        "record": record,
        "text": text.get("1.0", "end-1c"),
        "ticked": ticked.get(),
        "focus": "text" if focus is text else "pad" if focus is pad else "",
    }
    print(json.dumps(state), flush=True)
    record.clear()


root.createfilehandler(sys.stdin, tk.READABLE, answer)
root.after(100, pad.focus_force)
root.mainloop()
