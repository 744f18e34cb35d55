"""What every backend can do, and which one a display takes."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator
from typing import Protocol

from trueclick.capture import CaptureError, Clock, Display
from trueclick.capture.worker import PATIENCE_S, go_on
from trueclick.geometry import Point, Screen

from .keys import Key


class Input(Protocol):
    """What moves the pointer and presses keys on one kind of system.

    Places are the system's own pointer coordinates. A server that is gone or does not answer is a
    `CaptureError` of every method; `release_all` and `close` wait 2 s at most for one that hangs.
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


def open_input(
    display: Display,
    clock: Clock,
    *,
    patience_s: float = PATIENCE_S,
    while_waiting: Callable[[], None] = go_on,
) -> Input:
    """The backend for a display.

    Args:
        display: where to act.
        clock: for the short pauses inside of a drag, and while typing.
        patience_s: seconds after which an X server that does not answer is given up.
        while_waiting: called 20 times a second while such a server is waited for; what it raises
            ends the wait, and all that is pressed comes up.

    Raises:
        CaptureError: if the display cannot be acted on.
    """
    if display.server:
        from .x11 import XTestInput  # noqa: PLC0415 - another system lacks its libraries

        return XTestInput(display.server, clock, patience_s=patience_s, while_waiting=while_waiting)
    if sys.platform in {"darwin", "win32"}:
        from .pyautogui_input import PyAutoGuiInput  # noqa: PLC0415 - X11 does without

        return PyAutoGuiInput(clock)
    raise CaptureError("acting is possible on X11, macOS and Windows alone so far")


@contextlib.contextmanager
def closed_at_the_end(backend: Input, ended: Callable[[], object]) -> Generator[Input]:
    """A backend that is closed when the block is over.

    Args:
        backend: what is used in the block.
        ended: whether the work was ended early. Who ended it, or was told an error, is not told
            that the system hangs as well: the first word on how it ended is the one that counts.

    Raises:
        CaptureError: if the system hangs as the work comes to its end.
    """
    try:
        yield backend
    except BaseException:
        with contextlib.suppress(CaptureError):
            backend.close()
        raise
    try:
        backend.close()
    except CaptureError:
        if not ended():
            raise
