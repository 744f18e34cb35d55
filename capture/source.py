"""Displays and their pictures, through one `mss` instance that stays open.

Opening `mss` anew for every picture costs more than the picture, so a `Source` is opened once a
session. Several monitors are several displays, never one stitched picture.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from mss import MSS, ScreenShotError

from trueclick.geometry import Box, Image, Screen, Size, UsageError

from .errors import CaptureError
from .screenshot import Screenshot

_NO_DISPLAY = (
    "no X display: DISPLAY is not set; start one, or use a private one "
    "(trueclick.capture.VirtualDisplay, `--display private`)"
)


@dataclass(frozen=True, slots=True)
class Display:
    """One monitor.

    Attributes:
        server: the X server's name, such as `":99"`; empty where there is no X server.
        index: counts the server's monitors from 0.
        box: where it lies in pointer coordinates.
        primary: whether the system says that it is the main one.
        output: the connector's name where the system tells it, such as `"HDMI-1"`.
    """

    server: str
    index: int
    box: Box[Screen]
    primary: bool
    output: str | None


class Source:
    """One display of one server, kept open for capturing.

    Args:
        server: an X display name such as `":99"`; the environment's `DISPLAY` if not given.
        index: which of the server's monitors.

    Raises:
        CaptureError: if the server cannot be reached.
        UsageError: if it has no such monitor.
    """

    def __init__(self, server: str | None = None, index: int = 0) -> None:
        self._mss, name = _open(server)
        try:
            listed = _list(self._mss, name)
            if not 0 <= index < len(listed):
                raise UsageError(f"{name} has {len(listed)} monitors, there is no number {index}")
            self.display = listed[index]
            self.image_size = self.grab().size
        except BaseException:
            self._mss.close()
            raise

    def grab(self, region: Box[Image] | None = None) -> Screenshot:
        """A picture of the display as it is now, or of a part of it.

        Raises:
            CaptureError: if the server does not answer, or a part is asked for of a display whose
                pointer coordinates are not device pixels.
            UsageError: if the region is not inside the display.
        """
        box: Box[Screen] = self.display.box
        if region is not None:
            width, height = self.image_size.width, self.image_size.height
            if min(region.x0, region.y0) < 0 or region.x1 > width or region.y1 > height:
                raise UsageError(f"the region {region} is not inside the {self.image_size} display")
            if box.size != Size(width, height):
                raise CaptureError("a part of a HiDPI display cannot be captured so far")
            box = Box[Screen].from_xywh(
                box.x0 + region.x0, box.y0 + region.y0, region.width, region.height
            )
        try:
            shot = self._mss.grab((box.x0, box.y0, box.x1, box.y1))
        except ScreenShotError as error:
            raise CaptureError(f"the display {self.display.server} cannot be captured") from error
        pixels = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
        return Screenshot(pixels)

    def close(self) -> None:
        """Let go of the server; a second call does nothing."""
        with contextlib.suppress(ScreenShotError):  # a dead server has let go already
            self._mss.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def displays(server: str | None = None) -> tuple[Display, ...]:
    """The monitors of a server that can be captured, the environment's `DISPLAY` by default.

    Raises:
        CaptureError: if there is no such server.
    """
    opened, name = _open(server)
    with opened:
        return _list(opened, name)


def _open(server: str | None) -> tuple[MSS, str]:
    """An open `mss` and the server's name."""
    if sys.platform != "linux":
        return MSS(), ""
    name = server or os.environ.get("DISPLAY", "")
    if not name:
        raise CaptureError(_NO_DISPLAY)
    try:
        return MSS(display=name), name
    except ScreenShotError as error:
        # Its own words tell a missing library and a colour depth that cannot be captured.
        reason = " ".join(str(error).split())
        raise CaptureError(
            f"no X display answers at {name!r}: is the server running? ({reason})"
        ) from error


def _list(opened: MSS, server: str) -> tuple[Display, ...]:
    try:
        # The first entry is the whole desktop: it stands for the monitor where there is no other.
        monitors: list[dict[str, Any]] = opened.monitors[1:] or opened.monitors
    except ScreenShotError as error:
        raise CaptureError(f"the monitors of {server} cannot be listed") from error
    primary = next((i for i, m in enumerate(monitors) if m.get("is_primary")), 0)
    return tuple(
        Display(
            server=server,
            index=index,
            box=Box[Screen].from_xywh(m["left"], m["top"], m["width"], m["height"]),
            primary=index == primary,
            output=m.get("output"),
        )
        for index, m in enumerate(monitors)
    )
