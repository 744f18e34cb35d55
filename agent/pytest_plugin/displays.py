"""The displays of one worker: shared by its tests, and as good as new for each of them."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Self

from trueclick.capture import CaptureError, VirtualDisplay
from trueclick.geometry import Screen, Size

from .tidiness import leftovers, put_pointer_away


class Displays:
    """The displays that tests share, one of a size. A context manager that ends them all."""

    def __init__(self) -> None:
        self._running: dict[Size[Screen], VirtualDisplay] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for size in tuple(self._running):
            self._retire(size)

    @contextlib.contextmanager
    def shared(self, size: Size[Screen], left: list[str]) -> Generator[VirtualDisplay]:
        """The display of this size; nothing is on it, and the pointer is in the last corner.

        One that has died in the meantime, and one that an earlier test has left in disorder, are
        replaced by a new one: that ends whatever is still connected to it.

        Args:
            size: of the display.
            left: is told at the end of the block what was left in disorder.

        Raises:
            CaptureError: if it cannot be started, or died in the block.
        """
        display = self._found(size)
        if display is None:
            display = self._running[size] = VirtualDisplay(size).__enter__()
            put_pointer_away(display)
        yield display
        try:
            left += leftovers(display)
        except CaptureError as error:
            del self._running[size]
            display.__exit__(type(error), error, error.__traceback__)  # knows how it has died
            raise
        if left:
            self._retire(size)

    def _found(self, size: Size[Screen]) -> VirtualDisplay | None:
        display = self._running.get(size)
        if display is None:
            return None
        try:
            put_pointer_away(display)
        except CaptureError:  # nobody used it meanwhile: its end is no test's failure
            self._retire(size)
            return None
        return display

    def _retire(self, size: Size[Screen]) -> None:
        display = self._running.pop(size)
        with contextlib.suppress(CaptureError):  # told where it was used
            display.__exit__(None, None, None)


@contextlib.contextmanager
def display_of_one_test(size: Size[Screen]) -> Generator[VirtualDisplay]:
    """A display that nobody else uses.

    Raises:
        CaptureError: if it cannot be started, or died in the block.
    """
    with VirtualDisplay(size) as display:
        put_pointer_away(display)
        yield display
