"""A window to record and to replay: a field, a button that saves, and ways to be different.

Everything has a fixed place. The standard library's Tk draws it, whatever Python that is in.
"""

import argparse
import os
import sys
import tkinter as tk
from collections.abc import Callable
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--button-x", type=int, default=40)
parser.add_argument("--button-text", default="Save")
parser.add_argument("--clock", action="store_true", help="a text that goes on changing")
parser.add_argument("--dies", action="store_true", help="ends when it should save")
parser.add_argument("--slow-ms", type=int, default=0, help="saves so much later")
parser.add_argument("--dialog-ms", type=int, default=0, help="complains so much after saving")
parser.add_argument("--welcome", action="store_true", help="greets first")
parser.add_argument("--confirm", action="store_true", help="asks whether it should save")
parser.add_argument("--exit-status", type=int, help="ends so when it has saved")
options = parser.parse_args()

root = tk.Tk()
root.title("Note")
root.geometry("500x300+60+60")
text = tk.Entry(root, font=("DejaVu Sans", 14), insertofftime=0)
text.place(x=40, y=30, width=300, height=50)
said = tk.Label(root, text="nothing saved", font=("DejaVu Sans", 14), anchor="w")
said.place(x=40, y=220, width=400, height=50)


def saved() -> None:
    """Write the text, and say so."""
    options.out.write_text(text.get(), encoding="utf-8")
    said.configure(text=f"saved {text.get()}")
    if options.dialog_ms:
        root.after(options.dialog_ms, complain)
    if options.exit_status is not None:
        os._exit(options.exit_status)


def complain() -> None:
    """Open a window of its own."""
    dialog = tk.Toplevel(root)
    dialog.geometry("200x80+200+250")
    tk.Label(dialog, text="No paper").pack()


def cover(words: str, then: Callable[[], None]) -> None:
    """Cover the window with a sentence until its button is pressed."""
    over = tk.Frame(root, background="#ffe9b0")
    over.place(x=0, y=0, width=500, height=300)
    tk.Label(over, text=words, font=("DejaVu Sans", 14)).place(x=40, y=40)

    def pressed() -> None:
        over.destroy()
        then()

    go_on = tk.Button(over, text="Go on", font=("DejaVu Sans", 14), command=pressed)
    go_on.place(x=300, y=200, width=160, height=60)


def save() -> None:
    """Do what the button says."""
    if options.confirm:
        cover("Really?", save_now)
    else:
        save_now()


def save_now() -> None:
    """Save."""
    if options.dies:
        print("no more paper", file=sys.stderr, flush=True)
        os._exit(7)
    root.after(options.slow_ms, saved)


button = tk.Button(root, text=options.button_text, font=("DejaVu Sans", 14), command=save)
button.place(x=options.button_x, y=120, width=160, height=60)

if options.clock:
    clock = tk.Label(root, font=("DejaVu Sans", 14))
    clock.place(x=400, y=30, width=80, height=50)

    def tick(number: int = 0) -> None:
        """Show the next number."""
        clock.configure(text=str(number))
        root.after(120, tick, (number + 7) % 1000)

    tick()

if options.welcome:
    cover("Welcome", lambda: None)

root.mainloop()
