"""A realistic desktop to take pictures of: a browser page full of text beside a terminal."""

import argparse
import asyncio
import contextlib
import email
import html
import inspect
import logging
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

from trueclick.agent.launch import application
from trueclick.capture import Source, Stillness, SystemClock, VirtualDisplay, wait_until_still
from trueclick.geometry import Size

from ..programs import TK_PYTHON

_STILL = Stillness(floor_s=1.0, quiet_s=0.5, timeout_s=15.0)

_TERMINAL = """
import sys, tkinter
window = tkinter.Tk()
window.geometry(sys.argv[1])
text = tkinter.Text(window, font=("DejaVu Sans Mono", int(sys.argv[2])), bg="black", fg="#d0d0d0")
text.pack(fill="both", expand=True)
text.insert("end", open(sys.argv[3], encoding="utf-8").read())
window.mainloop()
"""


def words(*modules: ModuleType) -> list[str]:
    """The paragraphs of some modules' documentation: English as people write it."""
    found = []
    for module in modules:
        for _, thing in sorted(inspect.getmembers(module, callable), key=lambda each: each[0]):
            found += [part for part in (inspect.getdoc(thing) or "").split("\n\n") if part]
    return found


def page() -> str:
    """A page with headings, paragraphs, links, a table and form fields."""
    paragraphs = words(argparse, asyncio, email, logging, pathlib, subprocess)[:400]
    parts = []
    for number, paragraph in enumerate(paragraphs):
        if number % 9 == 0:
            parts.append(f"<h2><a href='#'>{html.escape(paragraph[:60])}</a></h2>")
        elif number % 13 == 0:
            cells = "".join(f"<td>{html.escape(word)}" for word in paragraph.split()[:6])
            parts.append(f"<table border=1><tr>{cells}<tr>{cells}</table>")
        elif number % 11 == 0:
            parts.append(f"<input value='{html.escape(paragraph[:30])}'> <button>Apply</button>")
        else:
            parts.append(f"<p>{html.escape(paragraph)}</p>")
    style = "body{font:15px/1.45 'DejaVu Sans',sans-serif;columns:420px;margin:16px}"
    head = f"<!doctype html><meta charset=utf-8><title>Text</title><style>{style}</style>"
    return head + "".join(parts)


@contextlib.contextmanager
def desktop_scene(size: Size[object]) -> Generator[VirtualDisplay]:
    """A display of this size with a page and a terminal on it, once it has come to rest.

    Raises:
        FileNotFoundError: if there is no chromium.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise FileNotFoundError("chromium is not installed: apt-get install chromium")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trueclick-scene-")))
        (folder / "page.html").write_text(page(), encoding="utf-8")
        (folder / "terminal.txt").write_text("\n".join(words(logging, pathlib)), encoding="utf-8")
        display = stack.enter_context(VirtualDisplay(size))
        # A third of the screen for the terminal; the browser gets the rest.
        width, height = size.width * 2 // 3, size.height
        browser = [
            *(chromium, "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-sync"),
            *("--disable-background-networking", "--password-store=basic"),
            *(f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"),
            *("--window-position=0,0", f"--app=file://{folder}/page.html"),
        ]
        stack.enter_context(application(browser, display.name))
        place = f"{size.width - width}x{height - 40}+{width}+0"
        command = [TK_PYTHON, "-c", _TERMINAL, place, "11", f"{folder}/terminal.txt"]
        stack.enter_context(application(command, display.name))
        clock = SystemClock()
        with Source(display.name) as source:
            wait_until_still(source.grab, rule=_STILL, acted_at=clock.now(), clock=clock)
        yield display
