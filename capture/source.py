"""Displays and their pictures: opened once a session, used from any thread.

Several monitors are several displays, never one stitched picture. Each picture is taken together
with a look at where the monitors lie, so that none is mapped with a size that is no longer true.
"""

from __future__ import annotations

import contextlib
import os
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from trueclick.geometry import Box, Image, Screen, Size, Transform, UsageError

from .display import Display
from .errors import CaptureError, DisplayChanged
from .mss_screen import MssScreen
from .screenshot import Screenshot
from .worker import PATIENCE_S, Worker, go_on
from .x11.screen import X11Screen

NO_DISPLAY = (
    "no X display: DISPLAY is not set; start one, or use a private one "
    "(trueclick.capture.VirtualDisplay, `--display private`)"
)


class _System(Protocol):
    """A window system, used by one thread at a time."""

    def displays(self) -> tuple[Display, ...]: ...

    def grab(self, box: Box[Screen]) -> tuple[tuple[Display, ...], NDArray[np.uint8] | None]: ...

    def drawn_on(self) -> tuple[Box[Screen], ...] | None: ...

    def pointer(self) -> tuple[Box[Screen], NDArray[np.uint8]] | None: ...

    def windows(self) -> Mapping[int, Box[Screen]] | None: ...

    def close(self) -> None: ...


class Source:
    """One display of one server, kept open for capturing; safe to share between threads.

    Args:
        server: an X display name such as `":99"`; the environment's `DISPLAY` if not given.
        index: which of the server's monitors.
        pointer: whether the pointer is drawn into the pictures (X11 alone: the other systems do
            not show its picture).
        patience_s: seconds after which a server that does not answer is given up.
        while_waiting: called 20 times a second while the server is waited for; what it raises ends
            the wait.

    Attributes:
        display: the monitor, as it was when it was opened.
        image_size: of its pictures, in device pixels.

    Raises:
        CaptureError: if the server cannot be reached, or does not answer in time.
        UsageError: if it has no such monitor.
    """

    def __init__(
        self,
        server: str | None = None,
        index: int = 0,
        *,
        pointer: bool = False,
        patience_s: float = PATIENCE_S,
        while_waiting: Callable[[], None] = go_on,
    ) -> None:
        name = _server_name(server)
        self._pointer = pointer
        self._worker = Worker(_of(name), patience_s, while_waiting)
        opened: list[_System] = []

        def open_and_list() -> tuple[Display, ...]:
            opened.append(_open(name))
            return opened[0].displays()

        # Runs also for a source that nobody closes, and where opening took too long.
        self._end = weakref.finalize(self, _close, self._worker, opened)
        try:
            listed = self._worker.call(open_and_list)
            self._system = opened[0]
            if not 0 <= index < len(listed):
                has = "1 monitor" if len(listed) == 1 else f"{len(listed)} monitors"
                raise UsageError(f"{_of(name)} has {has}, there is no number {index}")
            self.display = listed[index]
            self.image_size: Size[Image] = self._take(self.display.box).size
            self._to_screen = Transform[Image, Screen].between(
                self.image_size.box, self.display.box
            )
            self._to_image = self._to_screen.inverse()
        except BaseException:
            self.close()
            raise

    def grab(self, region: Box[Image] | None = None) -> Screenshot:
        """A picture of the display as it is now, or of a part of it in device resolution.

        The picture is the caller's: later ones do not change it.

        Raises:
            CaptureError: if the server does not answer.
            DisplayChanged: if the display has another size or place than when it was opened.
            UsageError: if the region is not inside the display, or the source was closed.
        """
        if region is None:
            return self._take(self.display.box, self.image_size)
        if not self.image_size.box.contains(region):
            raise UsageError(f"the region {region} is not inside the {self.image_size} display")
        # Systems that count in points capture whole points: more than asked for is cut away.
        points = self._to_screen.box(region)
        covered = self._to_image.box(points)
        pixels = self._take(points, covered.size).pixels
        left, top = region.x0 - covered.x0, region.y0 - covered.y0
        part = pixels[top : top + region.height, left : left + region.width]
        # A copy: a view would keep memory for the whole screen.
        return Screenshot(part.copy() if 2 * region.area < self.image_size.box.area else part)

    def touched(self) -> Sequence[Box[Image]] | None:
        """Where something was drawn since the last call, without a look at the pixels.

        Drawing again what was there counts too. `None` where the system does not tell, and from
        the first call, which knows of no earlier one.

        Raises:
            CaptureError: if the server does not answer.
        """
        drawn = self._worker.call(self._system.drawn_on)
        if drawn is None:
            return None
        return tuple(box for box in map(self._part_in_picture, drawn) if box is not None)

    def windows(self) -> Mapping[int, Box[Image]] | None:
        """The windows that programs have opened, by numbers of the system's own, and where.

        Of those that reach into this display, the part that does, in pixels of its pictures.
        Dialogs are among them, but no menus and no tooltips. `None` where the system does not tell.

        Raises:
            CaptureError: if the server does not answer.
        """
        windows = self._worker.call(self._system.windows)
        if windows is None:
            return None
        parts = {each: self._part_in_picture(box) for each, box in windows.items()}
        return {each: part for each, part in parts.items() if part is not None}

    def check(self) -> None:
        """Return if the display is what it was when it was opened.

        Raises:
            CaptureError: if the server does not answer.
            DisplayChanged: if it is not.
        """
        self._compare(self._worker.call(self._system.displays))

    def close(self) -> None:
        """Let go of the server; a second call does nothing."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _take(self, box: Box[Screen], size: Size[Image] | None = None) -> Screenshot:
        """A box of the screen, which must come out at `size` if that is known."""
        system, wanted = self._system, self._pointer

        def work() -> tuple[tuple[Display, ...], Screenshot | None]:
            listed, pixels = system.grab(box)
            if pixels is None:
                return listed, None
            pointer = system.pointer() if wanted else None
            if pointer is not None:
                pixels = _with_pointer(pixels, box, *pointer)
            return listed, Screenshot(pixels)

        listed, shot = self._worker.call(work)
        self._compare(listed)
        if shot is None:
            raise CaptureError(f"{_of(self.display.server)} shows nothing at {box}")
        if size is not None and shot.size != size:  # somebody moved the scale
            raise DisplayChanged(self.display.name, self.display.box, self.display.box)
        return shot

    def _part_in_picture(self, box: Box[Screen]) -> Box[Image] | None:
        """Where a box of the desktop is in the pictures, as far as it is on this display."""
        here = box.intersection(self.display.box)
        return None if here is None else self._to_image.box(here)

    def _compare(self, listed: Sequence[Display]) -> None:
        """Find the display among those that there are now, by its name or else by its number."""
        ours = self.display
        same = [each for each in listed if each.output == ours.output]
        if ours.output is None or len(same) != 1:
            same = [each for each in listed if each.index == ours.index]
        now = same[0].box if same else None
        if now != ours.box:
            raise DisplayChanged(ours.name, ours.box, now)


def displays(server: str | None = None) -> tuple[Display, ...]:
    """The monitors of a server that can be captured, the environment's `DISPLAY` by default.

    Raises:
        CaptureError: if there is no such server, or it does not answer in time.
    """
    name = _server_name(server)
    worker = Worker(_of(name))

    def work() -> tuple[Display, ...]:
        with contextlib.closing(_open(name)) as system:
            return system.displays()

    try:
        return worker.call(work)
    finally:
        worker.stop()


def _server_name(server: str | None) -> str:
    if sys.platform != "linux":
        return ""
    name = server or os.environ.get("DISPLAY", "")
    if not name:
        raise CaptureError(NO_DISPLAY)
    return name


def _of(server: str) -> str:
    return f"the display {server}" if server else "the screen"


def _open(server: str) -> _System:
    return X11Screen(server) if server else MssScreen()


def _close(worker: Worker, opened: Sequence[_System]) -> None:
    """Close what was opened, by its own thread, whenever that comes to it."""

    def close_all() -> None:
        for system in opened:
            system.close()

    worker.post(close_all)
    worker.stop()


def _with_pointer(
    pixels: NDArray[np.uint8],
    shown: Box[Screen],
    at: Box[Screen],
    pointer: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """A picture of the box `shown` with the pointer's picture laid over it, in place.

    The pointer's colours are multiplied by its alpha already, as X11 keeps them.
    """
    both = at.intersection(shown)
    if both is None:
        return pixels
    under = pixels[
        both.y0 - shown.y0 : both.y1 - shown.y0, both.x0 - shown.x0 : both.x1 - shown.x0, :3
    ]
    over = pointer[both.y0 - at.y0 : both.y1 - at.y0, both.x0 - at.x0 : both.x1 - at.x0]
    rest = 255 - over[..., 3:].astype(np.uint16)
    under[:] = np.minimum(over[..., :3] + (under * rest + 127) // 255, 255)
    return pixels
