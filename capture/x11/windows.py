"""The few questions about the windows of an X server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator

from .connection import Connection, atom, library, root_window

_SMALLEST_WINDOW = 10
"""Pixels; helper windows that nobody sees are 1 to 5 px."""


@contextlib.contextmanager
def window_manager_probe(connection: Connection) -> Generator[Callable[[], bool]]:
    """Inside of the block: asks whether a window manager is at work, more than just started.

    Openbox announces itself first and goes on starting; what a program asks of it meanwhile it
    reads, and leaves lying until something else happens. So each call asks it for what only its
    main loop answers, the extents of a window's frame (EWMH, `_NET_REQUEST_FRAME_EXTENTS`), and
    looks for the answer to an earlier call.
    """
    xproto = library("xcffib.xproto")
    question = atom(connection, "_NET_REQUEST_FRAME_EXTENTS")
    answer = atom(connection, "_NET_FRAME_EXTENTS")
    root, window = root_window(connection), connection.generate_id()
    kind = xproto.WindowClass.InputOutput
    connection.core.CreateWindow(0, window, root, 0, 0, 1, 1, 0, kind, 0, 0, [])
    data = xproto.ClientMessageData.synthetic([0] * 5, "IIIII")
    request = xproto.ClientMessageEvent.synthetic(32, window, question, data).pack()
    listeners = xproto.EventMask.SubstructureRedirect | xproto.EventMask.SubstructureNotify

    def works() -> bool:
        connection.core.SendEvent(False, root, listeners, request)
        kind_of_value = xproto.Atom.CARDINAL
        found = connection.core.GetProperty(False, window, answer, kind_of_value, 0, 4).reply()
        return bool(found.value_len)

    try:
        yield works
    finally:
        connection.core.DestroyWindow(window)
        connection.flush()


def visible_windows(connection: Connection) -> frozenset[int]:
    """The ids of the desktop's windows that can be seen, frames and menus included."""
    xproto = library("xcffib.xproto")
    seen: set[int] = set()
    children = connection.core.QueryTree(root_window(connection)).reply().children
    for window in children:
        try:
            attributes = connection.core.GetWindowAttributes(window).reply()
            geometry = connection.core.GetGeometry(window).reply()
        except (xproto.WindowError, xproto.DrawableError):
            continue  # closed in between
        viewable = attributes.map_state == xproto.MapState.Viewable
        if viewable and min(geometry.width, geometry.height) >= _SMALLEST_WINDOW:
            seen.add(int(window))
    return frozenset(seen)
