"""A real window that covers a whole display and tells what it received."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from trueclick.capture.x11.connection import connect, root_window

xproto: Any = importlib.import_module("xcffib.xproto")

KEY_DOWN, KEY_UP, BUTTON_DOWN, BUTTON_UP, MOTION = range(2, 7)


@dataclass(frozen=True)
class Received:
    """An event: its X11 number, the button or key code, the pixel, the modifiers held."""

    event: int
    detail: int
    x: int
    y: int
    state: int


class Recorder:
    """The window; `received()` is everything that arrived since it was last asked."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.root = root_window(connection)
        geometry = connection.core.GetGeometry(self.root).reply()
        self.window = connection.generate_id()
        mask = xproto.EventMask
        wanted = (
            mask.ButtonPress
            | mask.ButtonRelease
            | mask.KeyPress
            | mask.KeyRelease
            | mask.PointerMotion
            | mask.Exposure
        )
        connection.core.CreateWindow(
            connection.get_setup().roots[0].root_depth,
            *(self.window, self.root, 0, 0, geometry.width, geometry.height, 0),
            *(xproto.WindowClass.InputOutput, connection.get_setup().roots[0].root_visual),
            *(xproto.CW.BackPixel | xproto.CW.EventMask, [0x808080, wanted]),
        )
        connection.core.MapWindow(self.window)
        connection.flush()
        while not isinstance(connection.wait_for_event(), xproto.ExposeEvent):
            pass
        connection.core.SetInputFocus(xproto.InputFocus.PointerRoot, self.window, 0)
        self.received()

    def received(self) -> list[Received]:
        """Everything that arrived since the last time."""
        # The answer to a request comes after all events that the server handled before it.
        self._connection.core.GetInputFocus().reply()
        events = []
        while (event := self._connection.poll_for_event()) is not None:
            if type(event).__name__ in {
                *("KeyPressEvent", "KeyReleaseEvent", "MotionNotifyEvent"),
                *("ButtonPressEvent", "ButtonReleaseEvent"),
            }:
                number = event.response_type & 0x7F
                events.append(
                    Received(number, event.detail, event.root_x, event.root_y, event.state)
                )
        return events

    def buttons(self) -> list[Received]:
        """What `received` says of buttons going down."""
        return [e for e in self.received() if e.event == BUTTON_DOWN]

    def pressed(self) -> tuple[list[int], int]:
        """The key codes and the buttons that the server holds for pressed right now."""
        bits = self._connection.core.QueryKeymap().reply().keys
        codes = [8 * i + bit for i, byte in enumerate(bits) for bit in range(8) if byte >> bit & 1]
        mask = self._connection.core.QueryPointer(self.root).reply().mask
        return codes, mask & 0x1F00


@contextlib.contextmanager
def recorder(server: str) -> Generator[Recorder]:
    """A recorder on the display `server`, gone at the end of the block."""
    with connect(server) as connection:
        window = Recorder(connection)
        yield window
        connection.core.DestroyWindow(window.window)
        connection.flush()
        time.sleep(0.01)
