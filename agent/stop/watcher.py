"""Threads that look again and again: at a switch's sources, and at where the pointer is."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Iterable
from typing import TypeAlias

from trueclick.capture import CaptureError, Display, displays
from trueclick.capture.x11.connection import connect, root_window
from trueclick.geometry import Box, Point, Screen

from .corners import Slams, dead_ends
from .switch import StopSwitch

Placing: TypeAlias = Callable[
    [Iterable[Point[Screen]]], contextlib.AbstractContextManager[None, bool | None]
]
"""Inside of the block we act and put the pointer onto these places, one after another; the system
has done so at its end."""

SLAMMED = "the pointer was moved into a corner of the desktop"

_PERIOD_S = 0.1
_FIRST_LOOK_S = 1.8
_LOOK_S = 0.25
"""How long an action waits for a look at the pointer."""

_END_S = 0.5


@contextlib.contextmanager
def polled(stop: StopSwitch) -> Generator[None]:
    """Inside of the block the switch's sources are asked ten times a second.

    For whoever waits for something else than a desktop: `on_request` is told in time.
    """
    over = threading.Event()

    def work() -> None:
        while stop.requested is None and not over.wait(_PERIOD_S):
            pass

    thread = threading.Thread(target=work, name="stop switch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(_END_S)


@contextlib.contextmanager
def corners_watched(
    stop: StopSwitch, display: Display, pointer: Callable[[], Point[Screen]]
) -> Generator[Placing]:
    """Inside of the block the pointer in a corner trips the switch, unless we put it there.

    It is looked for ten times a second and before each action, by a thread with a connection of
    its own: a system that hangs keeps that thread alone.

    Args:
        stop: the switch.
        display: one monitor of the desktop; the corners of all its monitors count.
        pointer: where the pointer is, for systems other than X11; asked by that thread.

    Raises:
        CaptureError: if the pointer cannot be watched.
    """
    if display.server:
        watch = _Watch(stop, lambda: _x11_pointer(display.server))
    else:
        corners = dead_ends([each.box for each in displays()])
        watch = _Watch(stop, lambda: contextlib.nullcontext((pointer, corners)))
    try:
        if not watch.look(_FIRST_LOOK_S):
            raise _blind()
        yield watch.acting
    finally:
        watch.close()


def unwatched(points: Iterable[Point[Screen]]) -> contextlib.AbstractContextManager[None]:
    """What `corners_watched` yields, for displays on which no person has a pointer."""
    del points
    return contextlib.nullcontext()


_Pointer: TypeAlias = tuple[Callable[[], Point[Screen]], tuple[Point[Screen], ...]]
"""Tells where the pointer is; and the corners of all that it can be on."""


@contextlib.contextmanager
def _x11_pointer(server: str) -> Generator[_Pointer]:
    with connect(server) as connection:
        root = root_window(connection)
        size = connection.core.GetGeometry(root).reply()
        whole = Box[Screen].from_xywh(0, 0, int(size.width), int(size.height))

        def pointer() -> Point[Screen]:
            answer = connection.core.QueryPointer(root).reply()
            return Point(int(answer.root_x), int(answer.root_y))

        # Servers without hardware let the pointer leave the monitors: then these corners end it.
        monitors = [each.box for each in displays(server)]
        yield pointer, dead_ends(monitors) + dead_ends([whole])


class _Watch:
    """The thread that looks for the pointer."""

    def __init__(
        self,
        stop: StopSwitch,
        opened: Callable[[], contextlib.AbstractContextManager[_Pointer]],
    ) -> None:
        self._stop = stop
        self._opened = opened
        self._state = threading.Condition()
        self._slams: Slams | None = None
        self._wanted = 0
        self._done = 0
        self._over = False
        self._thread = threading.Thread(target=self._work, name="stop corners", daemon=True)
        self._thread.start()

    def look(self, patience_s: float) -> bool:
        """Whether a look that began after now has ended in time."""
        with self._state:
            self._wanted += 1
            wanted = self._wanted
            self._state.notify_all()
            self._state.wait_for(lambda: self._done >= wanted or self._over, patience_s)
            return self._done >= wanted

    @contextlib.contextmanager
    def acting(self, points: Iterable[Point[Screen]]) -> Generator[None]:
        """Inside of the block we act, and put the pointer onto these places, one after another.

        Raises:
            StopRequested: if the pointer is in a corner right now: in a moment it would have left.
            CaptureError: if it can no longer be watched.
        """
        # A look that is late does not hold us up: a system that hangs refuses the action by itself.
        self.look(_LOOK_S)
        if self._slams is None or self._over:
            raise _blind()
        self._stop.check()
        places = tuple(points)
        if not places:
            yield
            return
        with self._state:
            self._slams.move(places)
        try:
            yield
        finally:
            with self._state:
                self._slams.moved(places[-1])

    def close(self) -> None:
        """Let the thread end; one that hangs is left behind."""
        self._end()
        self._thread.join(_END_S)

    def _end(self) -> None:
        with self._state:
            self._over = True
            self._state.notify_all()

    def _work(self) -> None:
        try:
            with contextlib.suppress(CaptureError), self._opened() as (pointer, corners):
                self._watch(pointer, corners)
        finally:
            self._end()

    def _watch(
        self, pointer: Callable[[], Point[Screen]], corners: tuple[Point[Screen], ...]
    ) -> None:
        slams = Slams(corners, pointer())
        self._slams = slams
        while True:
            with self._state:
                if self._over:
                    return
                wanted = self._wanted
                slams.look()
            seen = pointer()
            with self._state:
                slammed = slams.slammed(seen)
            if slammed:
                self._stop.request(SLAMMED)
            with self._state:
                self._done = wanted
                self._state.notify_all()
                self._state.wait_for(lambda: self._over or self._wanted != self._done, _PERIOD_S)


def _blind() -> CaptureError:
    return CaptureError(
        "the pointer cannot be watched, so nobody could stop the run by moving it into a corner"
    )
