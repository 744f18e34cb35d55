"""Connections to an X server, and the few questions about its windows.

The one border to `xcffib`: its errors end here as `CaptureError`.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from .errors import CaptureError

Connection: TypeAlias = Any
"""xcffib says that it is typed and types almost nothing: at its border everything is `Any`."""

_EXTENSIONS = ("xproto", "damage", "randr", "shm", "xfixes", "xtest")

_SMALLEST_WINDOW = 10
"""Pixels; helper windows that nobody sees are 1 to 5 px."""


def library(module: str) -> Any:
    """A module of `xcffib`, imported where it is used: a machine without X11 lacks its libraries.

    Raises:
        CaptureError: if it cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except (ImportError, OSError) as error:
        raise CaptureError(
            "X11 needs xcffib and libxcb: pip install xcffib, apt-get install libxcb1"
        ) from error


@contextlib.contextmanager
def answering(server: str) -> Generator[None]:
    """Inside of the block a server that goes away is a `CaptureError`."""
    xcffib = library("xcffib")
    try:
        yield
    except xcffib.ProtocolException:
        raise  # the server answered, and found a request of ours wrong: our fault, not its
    except xcffib.XcffibException as error:
        raise CaptureError(f"the X display {server} went away") from error


@contextlib.contextmanager
def connect(server: str) -> Generator[Connection]:
    """A connection to the X server `server`, closed at the end of the block.

    Raises:
        CaptureError: if no server answers there, or it goes away inside the block.
    """
    xcffib = library("xcffib")
    # A connection knows the events and errors of those extensions alone that are imported by then.
    for extension in _EXTENSIONS:
        library(f"xcffib.{extension}")
    try:
        connection = xcffib.connect(server)
    except xcffib.ConnectionException as error:
        raise CaptureError(f"no X display answers at {server!r}: is the server running?") from error
    try:
        with answering(server):
            yield connection
    finally:
        with contextlib.suppress(xcffib.ConnectionException):
            connection.disconnect()


def root_window(connection: Connection) -> int:
    """The id of the window that is the whole desktop."""
    screen = connection.get_setup().roots[connection.pref_screen]
    return int(screen.root)


def atom(connection: Connection, name: str) -> int:
    """The number by which the server knows a name."""
    return int(connection.core.InternAtom(False, len(name), name).reply().atom)


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
