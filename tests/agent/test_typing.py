"""Texts arrive as they were sent, and the keyboard is given back as it was."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trueclick.agent import ComputerToolset, application, approve_all, open_desktop
from trueclick.capture import VirtualDisplay
from trueclick.capture.x11.connection import connect

from ..calls import Caller
from ..programs import TK_PYTHON

EDITOR = """
import sys, tkinter
window = tkinter.Tk()
text = tkinter.Text(window)
text.pack()
text.focus_force()
def save(event=None):
    open(sys.argv[1], "w", encoding="utf-8").write(text.get("1.0", "end-1c"))
    window.after(30, save)
save()
window.mainloop()
"""


def mapping(server: str) -> list[int]:
    """Every symbol on every key of a server."""
    with connect(server) as connection:
        setup = connection.get_setup()
        count = setup.max_keycode - setup.min_keycode + 1
        answer = connection.core.GetKeyboardMapping(setup.min_keycode, count).reply()
        return [int(symbol) for symbol in answer.keysyms]


def until(seen: Callable[[], str], wanted: str) -> str:
    deadline = time.monotonic() + 5
    while seen() != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    return seen()


@pytest.mark.parametrize(
    "text",
    [
        "plain ASCII, 0-9 <>&|;$\"'\\ {}[]()~`@#%^*_+=?!/:",
        "é ß ñ Ü — “q” €",
        "first\nsecond\tthird",
        "漢字 Привет שלום",
        "".join(chr(c) for c in range(0x4E00, 0x4E00 + 60)),  # more than there are spare keys
        "aaaa éééé ßßßß",
    ],
    ids=["ascii", "accents", "lines", "scripts", "sixty distinct", "repeated"],
)
def test_a_text_arrives_and_the_keyboard_is_as_before(
    display: VirtualDisplay, tmp_path: Path, text: str
) -> None:
    saved = tmp_path / "saved"
    before = mapping(display.name)
    command = [TK_PYTHON, "-c", EDITOR, str(saved)]
    with (
        application(command, display.name),
        open_desktop(display.name, model="local") as desktop,
    ):
        call = Caller(ComputerToolset(desktop, confirm=approve_all))
        call("screenshot")  # waits until the window is drawn
        call("left_click", coordinate=[728, 409])
        assert not call("type", text=text).error
        assert until(lambda: saved.read_text(encoding="utf-8"), text) == text
    assert mapping(display.name) == before
