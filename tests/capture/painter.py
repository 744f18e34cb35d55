"""A window without borders whose colours a test paints, pixel by pixel."""

import contextlib
from collections.abc import Generator
from typing import Any

from trueclick.capture.x11.connection import connect, library, root_window
from trueclick.geometry import Box


class Painter:
    """Fills boxes of the screen with a colour; returns once the server has done so."""

    def __init__(self, connection: Any, window: int) -> None:
        self._connection = connection
        self._window = window

    def fill(self, box: Box[Any], colour: int) -> None:
        """Paint a box with 0xRRGGBB."""
        core, xproto = self._connection.core, library("xcffib.xproto")
        context = self._connection.generate_id()
        core.CreateGC(context, self._window, xproto.GC.Foreground, [colour])
        rectangle = xproto.RECTANGLE.synthetic(box.x0, box.y0, box.width, box.height)
        core.PolyFillRectangle(self._window, context, 1, [rectangle])
        core.FreeGC(context)
        core.GetInputFocus().reply()


@contextlib.contextmanager
def painter(server: str, colour: int = 0x808080) -> Generator[Painter]:
    """A window that covers the whole screen of a server, filled with a colour."""
    xproto = library("xcffib.xproto")
    with connect(server) as connection:
        screen = connection.get_setup().roots[connection.pref_screen]
        window = connection.generate_id()
        values = [colour, 1]
        mask = xproto.CW.BackPixel | xproto.CW.OverrideRedirect
        kind = xproto.WindowClass.InputOutput
        size = screen.width_in_pixels, screen.height_in_pixels
        connection.core.CreateWindow(
            0, window, root_window(connection), 0, 0, *size, 0, kind, 0, mask, values
        )
        connection.core.MapWindow(window)
        connection.core.GetInputFocus().reply()
        yield Painter(connection, window)
