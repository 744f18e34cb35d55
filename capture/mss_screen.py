"""The monitors of macOS and Windows and their pixels, through `mss`.

One instance stays open for the pictures: opening it anew costs more than a picture. Where the
monitors lie is asked of a new one each time, because an instance keeps its first answer.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import Any

import numpy as np
from mss import MSS, ScreenShotError
from numpy.typing import NDArray

from trueclick.geometry import Box, Screen

from .display import Display
from .errors import CaptureError


class MssScreen:
    """The system's own screen. Used by one thread alone.

    Raises:
        CaptureError: if `mss` finds no screen.
    """

    def __init__(self) -> None:
        if sys.platform == "darwin":
            # mss's documented way to device pixels; without it a Retina display comes in points.
            importlib.import_module("mss.darwin").IMAGE_OPTIONS = 0
        try:
            self._mss = MSS()
        except ScreenShotError as error:
            raise _failed(error) from error

    def displays(self) -> tuple[Display, ...]:
        """The system's monitors as they are now."""
        try:
            with contextlib.closing(MSS()) as fresh:
                listed: list[dict[str, Any]] = fresh.monitors
        except ScreenShotError as error:
            raise _failed(error) from error
        # The first entry is the whole desktop: it stands for the monitor where there is no other.
        monitors = listed[1:] or listed
        primary = next((i for i, monitor in enumerate(monitors) if monitor.get("is_primary")), 0)
        return tuple(
            Display(
                server="",
                index=index,
                box=Box[Screen].from_xywh(
                    monitor["left"], monitor["top"], monitor["width"], monitor["height"]
                ),
                primary=index == primary,
                output=monitor.get("output") or monitor.get("name"),
            )
            for index, monitor in enumerate(monitors)
        )

    def grab(self, box: Box[Screen]) -> tuple[tuple[Display, ...], NDArray[np.uint8] | None]:
        """The monitors, and the pixels of a box, which may be more than the box counts points."""
        try:
            shot = self._mss.grab((box.x0, box.y0, box.x1, box.y1))
        except ScreenShotError as error:
            raise _failed(error) from error
        return self.displays(), np.frombuffer(shot.raw, np.uint8).reshape(
            shot.height, shot.width, 4
        )

    def drawn_on(self) -> None:
        """Where something was drawn: these systems do not tell."""
        return

    def pointer(self) -> None:
        """The pointer's picture: `mss` does not read it on these systems."""
        return

    def windows(self) -> None:
        """The programs' windows: not told here on these systems."""
        return

    def close(self) -> None:
        """Let go of the system's screen."""
        self._mss.close()


def _failed(error: ScreenShotError) -> CaptureError:
    reason = " ".join(str(error).split())
    remedy = (
        "; allow screen recording for this program (System Settings, Privacy & Security)"
        if sys.platform == "darwin"
        else ""
    )
    return CaptureError(f"the screen cannot be captured: {reason}{remedy}")
