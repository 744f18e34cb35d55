"""What tests that share a display must not leave to each other: windows, and what is pressed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from trueclick.agent.escape import printable
from trueclick.capture import VirtualDisplay
from trueclick.capture.worker import Worker
from trueclick.capture.x11.connection import Connection, atom, connect, library, root_window
from trueclick.capture.x11.windows import program_windows, visible_windows

T = TypeVar("T")

_CLOSING_S = 2.0
"""Until the windows of a program that has ended are gone: the window manager comes to it late."""

_POLL_S = 0.01

_PATIENCE_S = 6.0
"""For all that is asked of a server here, one that hangs would otherwise be waited for forever."""

_LONGEST_TITLE = 80


def put_pointer_away(display: VirtualDisplay) -> None:
    """Move the pointer into the last corner, where it hovers over nothing that is looked at.

    Raises:
        CaptureError: if the display is gone or does not answer.
    """

    def move(connection: Connection) -> None:
        x, y = display.size.width - 1, display.size.height - 1
        connection.core.WarpPointer(0, root_window(connection), 0, 0, 0, 0, x, y)
        connection.core.GetInputFocus().reply()  # once it answers, it has moved the pointer

    _asked(display.name, move)


def leftovers(display: VirtualDisplay) -> list[str]:
    """What is left on a display that is to be empty, in words; waits for what is just closing.

    Raises:
        CaptureError: if the display is gone or does not answer.
    """
    return _asked(display.name, lambda connection: _leftovers(connection, display))


def window_titles(server: str) -> list[str]:
    """The windows that programs have opened on a server, each with its title and place.

    What cannot be seen in a title, or would steer a terminal, is escaped.

    Raises:
        CaptureError: if the server is gone or does not answer.
    """
    return _asked(server, _titles)


def _leftovers(connection: Connection, display: VirtualDisplay) -> list[str]:
    deadline = time.monotonic() + _CLOSING_S
    while visible_windows(connection) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    found: list[str] = []
    if count := len(visible_windows(connection)):
        titles = ", ".join(_titles(connection)) or "a menu or the like"
        found.append(f"{'a window was' if count == 1 else f'{count} windows were'} open: {titles}")
    root = root_window(connection)
    pressed = any(connection.core.QueryKeymap().reply().keys)
    if pressed or connection.core.QueryPointer(root).reply().mask:
        found.append("a key or a button was pressed, or a lock such as Caps Lock was on")
    size = connection.core.GetGeometry(root).reply()
    if (size.width, size.height) != (display.size.width, display.size.height):
        found.append(f"the display had another size, {size.width}x{size.height}")
    return found


def _titles(connection: Connection) -> list[str]:
    xproto = library("xcffib.xproto")
    names = [atom(connection, "_NET_WM_NAME"), xproto.Atom.WM_NAME]
    found: list[str] = []
    for window, box in program_windows(connection).items():
        title = ""
        for name in names:
            try:
                asked = connection.core.GetProperty(False, window, name, 0, 0, _LONGEST_TITLE)
                title = title or bytes(asked.reply().value.buf()).decode("utf-8", "replace")
            except xproto.WindowError:
                break  # closed in between
        # A server counts in fours of bytes, so a long title is cut here.
        shown = printable(title[:_LONGEST_TITLE])
        found.append(f'"{shown}" {box.width}x{box.height} at {box.x0},{box.y0}')
    return found


def _asked(server: str, question: Callable[[Connection], T]) -> T:
    """What a server answers, on a thread of its own: one that hangs is given up."""

    def ask() -> T:
        with connect(server) as connection:
            return question(connection)

    worker = Worker(f"the display {server}", _PATIENCE_S)
    try:
        return worker.call(ask)
    finally:
        worker.stop()
