"""A window of our own on a private display, to see what is drawn and to hear what arrives."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from trueclick.capture import CaptureError
from trueclick.capture.x11.connection import Connection, connect, library, root_window
from trueclick.geometry import Box, Point, Screen, Size

WORD = "Trueclick"
"""What stands in the window."""

PLACE = Box[Screen](40, 30, 440, 190)
"""Where the window is."""

_STRIP = 32
"""Rows that are sent at once: a request has at most 256 KB."""

_PATIENCE_S = 10.0
"""As long as a busy machine may take; where all is well nothing waits."""

_GLANCE_S = 0.005


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the window heard of.

    Attributes:
        click: where it was clicked, on the screen.
        keysym: X11's number for the key that was pressed.
    """

    click: Point[Screen] | None = None
    keysym: int | None = None


def picture(size: Size[Any]) -> NDArray[np.uint8]:
    """What is drawn into the window: a word above all 256 values of each colour, RGB."""
    drawn = PillowImage.new("RGB", (size.width, size.height), "white")
    font = ImageFont.load_default(size=48)
    ImageDraw.Draw(drawn).text((24, 20), WORD, fill="black", font=font)
    pixels = np.array(drawn)
    ramp = np.arange(256, dtype=np.uint8)
    for channel in range(3):
        rows = slice(size.height - 60 + 20 * channel, size.height - 40 + 20 * channel)
        pixels[rows, :256] = 0
        pixels[rows, :256, channel] = ramp
    return pixels


class ProbeWindow:
    """The window; made by `probe_window`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._proto = library("xcffib.xproto")
        self._window = connection.generate_id()
        self.drawn = picture(PLACE.size)
        self._show()

    def arrived(self, enough: Callable[[Arrived], bool]) -> Arrived:
        """What has arrived since this was last asked, once it is enough or patience is over."""
        got = Arrived()
        deadline = time.monotonic() + _PATIENCE_S
        while not enough(got) and time.monotonic() < deadline:
            event = self._connection.poll_for_event()
            if event is None:
                time.sleep(_GLANCE_S)
            elif isinstance(event, self._proto.ButtonPressEvent):
                got = Arrived(Point[Screen](int(event.root_x), int(event.root_y)), got.keysym)
            elif isinstance(event, self._proto.KeyPressEvent):
                got = Arrived(got.click, self._keysym(int(event.detail)))
        return got

    def _show(self) -> None:
        core, proto = self._connection.core, self._proto
        screen = self._connection.get_setup().roots[self._connection.pref_screen]
        wanted = proto.EventMask.ButtonPress | proto.EventMask.KeyPress | proto.EventMask.Exposure
        core.CreateWindow(
            screen.root_depth,
            *(self._window, root_window(self._connection)),
            *(PLACE.x0, PLACE.y0, PLACE.width, PLACE.height, 0),
            *(proto.WindowClass.InputOutput, screen.root_visual),
            # The window manager is left out: it would choose another place.
            *(proto.CW.OverrideRedirect | proto.CW.EventMask, [1, wanted]),
        )
        core.MapWindow(self._window)
        self._connection.flush()
        self._wait_until_shown()
        core.SetInputFocus(proto.InputFocus.PointerRoot, self._window, 0)
        context = self._connection.generate_id()
        core.CreateGC(context, self._window, 0, [])
        as_x11_has_it = np.zeros((PLACE.height, PLACE.width, 4), np.uint8)
        as_x11_has_it[..., :3] = self.drawn[..., ::-1]
        for top in range(0, PLACE.height, _STRIP):
            rows = as_x11_has_it[top : top + _STRIP]
            core.PutImage(
                proto.ImageFormat.ZPixmap,
                *(self._window, context, PLACE.width, len(rows), 0, top, 0),
                *(screen.root_depth, rows.nbytes, rows.tobytes()),
            )
        core.GetInputFocus().reply()  # all of it is drawn by now

    def _wait_until_shown(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            event = self._connection.poll_for_event()
            if isinstance(event, self._proto.ExposeEvent):
                return
            if event is None:
                time.sleep(_GLANCE_S)
        raise CaptureError("a window was not shown")

    def _keysym(self, code: int) -> int:
        answer = self._connection.core.GetKeyboardMapping(code, 1).reply()
        return int(answer.keysyms[0])


@contextlib.contextmanager
def probe_window(server: str) -> Generator[ProbeWindow]:
    """The window on the display `server`, gone at the end of the block.

    Raises:
        CaptureError: if it cannot be shown.
    """
    with connect(server) as connection:
        yield ProbeWindow(connection)
