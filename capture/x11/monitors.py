"""Monitors of an X server that has none: parts of its screen that it tells its clients of."""

from __future__ import annotations

from collections.abc import Sequence

from trueclick.geometry import Box, Screen

from ..errors import CaptureError
from .connection import Connection, atom, extension, library, root_window

_DPI = 96
_MM_PER_INCH = 25.4
_SET_MONITOR_SINCE = 5
"""RandR 1.5."""


def set_monitors(connection: Connection, boxes: Sequence[Box[Screen]]) -> None:
    """Divide the screen into monitors `trueclick-0`, `trueclick-1` and so on; the first is primary.

    They take the place of the server's one monitor, and last until it resets (`-noreset`: never).

    Raises:
        CaptureError: if the server cannot have monitors.
    """
    randr = extension(connection, "randr")
    if randr is None:
        raise CaptureError("this X server has no RandR extension, so it cannot have monitors")
    if randr.QueryVersion(1, _SET_MONITOR_SINCE).reply().minor_version < _SET_MONITOR_SINCE:
        raise CaptureError("this X server's RandR is older than 1.5, so it cannot have monitors")
    root = root_window(connection)
    # An output is on one monitor: without it the server's own monitor is gone.
    outputs = list(randr.GetScreenResources(root).reply().outputs)
    for index, box in enumerate(boxes):
        own = outputs if index == 0 else []
        monitor = library("xcffib.randr").MonitorInfo.synthetic(
            atom(connection, f"trueclick-{index}"),
            *(int(index == 0), 0, len(own)),  # primary, made by the server itself, outputs
            *(box.x0, box.y0, box.width, box.height),
            *(round(pixels / _DPI * _MM_PER_INCH) for pixels in (box.width, box.height)),
            own,
        )
        randr.SetMonitor(root, monitor, is_checked=True).check()
