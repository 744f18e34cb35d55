"""What every backend can do, and which one a display takes."""

from __future__ import annotations

import contextlib
import sys
from typing import Protocol

from trueclick.capture import CaptureError, Clock, Display
from trueclick.geometry import Point, Screen

from .keys import Key


class Input(Protocol):
    """What moves the pointer and presses keys on one kind of system.

    Places are the system's own pointer coordinates. A server that is gone or does not answer is a
    `CaptureError` of every method.
    """

    def pointer(self) -> Point[Screen]:
        """Where the pointer is."""
        ...

    def move(self, point: Point[Screen]) -> None:
        """Put the pointer onto a pixel."""
        ...

    def press(self, button: str) -> None:
        """Push a button down and leave it down."""
        ...

    def release(self, button: str) -> None:
        """Let a button up."""
        ...

    def click(self, button: str, count: int) -> None:
        """Click `count` times in quick succession."""
        ...

    def drag(self, start: Point[Screen], end: Point[Screen]) -> None:
        """Move from `start` to `end` with the left button down."""
        ...

    def scroll(self, direction: str, clicks: int) -> None:
        """Turn the wheel by so many of its clicks."""
        ...

    def type(self, text: str) -> None:
        """Type a text; line ends are the Return key, tabs the Tab key."""
        ...

    def held(self, keys: tuple[Key, ...]) -> contextlib.AbstractContextManager[None]:
        """Inside of the block the keys are down."""
        ...

    def sync(self) -> None:
        """Return once everything sent so far has been handled."""
        ...

    def release_all(self) -> None:
        """Let up every button and key that is pressed."""
        ...

    def close(self) -> None:
        """Release everything that is pressed, and let go of the system."""
        ...


def open_input(display: Display, clock: Clock) -> Input:
    """The backend for a display.

    Args:
        display: where to act.
        clock: for the short pauses inside of a drag, and while typing.

    Raises:
        CaptureError: if the display cannot be acted on.
    """
    if display.server:
        from .x11 import XTestInput  # noqa: PLC0415 - another system lacks its libraries

        return XTestInput(display.server, clock)
    if sys.platform in {"darwin", "win32"}:
        from .pyautogui_input import PyAutoGuiInput  # noqa: PLC0415 - X11 does without

        return PyAutoGuiInput(clock)
    raise CaptureError("acting is possible on X11, macOS and Windows alone so far")
