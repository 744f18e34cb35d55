"""Connections to an X server."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Generator
from functools import cache
from typing import Any, TypeAlias

from ..errors import CaptureError
from ..signals import uninterrupted

Connection: TypeAlias = Any
"""xcffib says that it is typed and types almost nothing: at its border everything is `Any`."""

_EXTENSIONS = {
    "damage": "DAMAGE",
    "randr": "RANDR",
    "shm": "MIT-SHM",
    "xfixes": "XFIXES",
    "xkb": "XKEYBOARD",
    "xtest": "XTEST",
}
"""The modules of `xcffib` for what is asked of a server beside the core, by its own names."""


@cache
def library(module: str) -> Any:
    """A module of `xcffib`, imported where it is used: a machine without X11 lacks its libraries.

    Raises:
        CaptureError: if it cannot be imported.
    """
    try:
        with uninterrupted():  # what an import leaves half done is broken from then on
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
    except (xcffib.ProtocolException, xcffib.Error):
        raise  # the server answered, and found a request of ours wrong: our fault, not its
    except xcffib.XcffibException as error:
        raise CaptureError(f"the X display {server} went away") from error


@contextlib.contextmanager
def connect(server: str) -> Generator[Connection]:
    """A connection to the X server `server`, closed at the end of the block.

    A forked child that leaves the block too leaves its parent's connection alone.

    Raises:
        CaptureError: if no server answers there, or it goes away inside the block.
    """
    xcffib = library("xcffib")
    # A connection knows the events and errors of those extensions alone that are imported by then,
    # and one imported later would change what another thread's new connection goes over.
    for module in ("xproto", *_EXTENSIONS):
        library(f"xcffib.{module}")
    try:
        connection = xcffib.connect(server)
    except xcffib.ConnectionException as error:
        raise CaptureError(
            f"no X display answers at {server!r} or lets us in: is the server running, and does "
            "XAUTHORITY name its key?"
        ) from error
    owner = os.getpid()
    try:
        with answering(server):
            yield connection
    finally:
        if os.getpid() == owner:  # it is cut for whoever shares it, not closed here alone
            with contextlib.suppress(xcffib.ConnectionException):
                connection.disconnect()


def root_window(connection: Connection) -> int:
    """The id of the window that is the whole desktop."""
    screen = connection.get_setup().roots[connection.pref_screen]
    return int(screen.root)


def atom(connection: Connection, name: str) -> int:
    """The number by which the server knows a name."""
    return int(connection.core.InternAtom(False, len(name), name).reply().atom)


def extension(connection: Connection, module: str) -> Any:
    """An extension of the X protocol, or `None` if the server has it not."""
    name = _EXTENSIONS[module]
    if not connection.core.QueryExtension(len(name), name).reply().present:
        return None
    return connection(library(f"xcffib.{module}").key)
