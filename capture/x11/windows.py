"""The few questions about the windows of an X server."""

from __future__ import annotations

from typing import Any

from trueclick.geometry import Box, Screen

from .connection import Connection, atom, library, root_window

_MOST_ATOMS = 1024

_SMALLEST_WINDOW = 10
"""Pixels; helper windows that nobody sees are 1 to 5 px."""


class WindowManager:
    """Asks the window manager of a server what it answers only after all that came before.

    That is the extents of a window's frame (EWMH, `_NET_REQUEST_FRAME_EXTENTS`).
    """

    def __init__(self, connection: Connection) -> None:
        self._core = connection.core
        self._root, self._window = root_window(connection), connection.generate_id()
        self._xproto = library("xcffib.xproto")
        self._answer = atom(connection, "_NET_FRAME_EXTENTS")
        question = atom(connection, "_NET_REQUEST_FRAME_EXTENTS")
        kind = self._xproto.WindowClass.InputOutput
        self._core.CreateWindow(0, self._window, self._root, 0, 0, 1, 1, 0, kind, 0, 0, [])
        data = self._xproto.ClientMessageData.synthetic([0] * 5, "IIIII")
        request = self._xproto.ClientMessageEvent.synthetic(32, self._window, question, data)
        self._request = request.pack()
        supported = atom(connection, "_NET_SUPPORTED")
        known = self._property(self._root, supported, self._xproto.Atom.ATOM).value
        self.answers = question in list(known.to_atoms())

    def works(self) -> bool:
        """Ask, and say whether it has answered, this time or before.

        To be called again until it does: openbox announces itself first and goes on starting; what
        it is asked meanwhile it reads, and leaves lying until something else happens.
        """
        self._ask()
        return self.has_answered()

    def ask(self) -> None:
        """Ask anew: when `has_answered`, it has dealt with all that happened before."""
        self._core.DeleteProperty(self._window, self._answer)
        self._ask()

    def _ask(self) -> None:
        mask = self._xproto.EventMask
        listeners = mask.SubstructureRedirect | mask.SubstructureNotify
        self._core.SendEvent(False, self._root, listeners, self._request)

    def has_answered(self) -> bool:
        """Whether it has answered since it was asked."""
        found = self._property(self._window, self._answer, self._xproto.Atom.CARDINAL)
        return bool(found.value_len)

    def _property(self, window: int, name: int, kind: int) -> Any:
        return self._core.GetProperty(False, window, name, kind, 0, _MOST_ATOMS).reply()


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


def program_windows(connection: Connection) -> dict[int, Box[Screen]]:
    """The windows that programs have opened, by id, and where: dialogs, but no menus or tooltips.

    As the window manager tells (EWMH, `_NET_CLIENT_LIST`); without one, the desktop's own.
    """
    xproto = library("xcffib.xproto")
    root = root_window(connection)
    name = atom(connection, "_NET_CLIENT_LIST")
    listed = connection.core.GetProperty(False, root, name, xproto.Atom.WINDOW, 0, _MOST_ATOMS)
    found = listed.reply()
    managed = found.type == xproto.Atom.WINDOW
    ids = found.value.to_atoms() if managed else connection.core.QueryTree(root).reply().children
    asked = [
        (
            int(window),
            connection.core.GetWindowAttributes(window),
            connection.core.GetGeometry(window),
            connection.core.TranslateCoordinates(window, root, 0, 0),
        )
        for window in ids
    ]
    seen: dict[int, Box[Screen]] = {}
    for window, attributes, geometry, corner in asked:
        try:
            about, size, at = attributes.reply(), geometry.reply(), corner.reply()
        except (xproto.WindowError, xproto.DrawableError):
            continue  # closed in between
        if about.map_state == xproto.MapState.Viewable and (managed or not about.override_redirect):
            seen[window] = Box[Screen].from_xywh(at.dst_x, at.dst_y, size.width, size.height)
    return seen
