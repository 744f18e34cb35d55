"""Input on X11 through the XTest extension: what a person's mouse and keyboard would send.

Coordinates are the root window's, which are the display's own pixels. Every call that touches the
server is made by one thread, one after another and each of them short; every pause is made by the
caller's, where a signal or a clock that raises ends it. Whatever ends an action half way, all that
is pressed comes up.
"""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TypeVar

from trueclick.capture import CaptureError, Clock, SystemClock
from trueclick.capture.signals import uninterrupted
from trueclick.capture.worker import PATIENCE_S, Worker, go_on
from trueclick.capture.x11.connection import answering, connect, root_window
from trueclick.capture.x11.windows import WindowManager
from trueclick.geometry import Point, Screen

from ..keys import Key
from . import dragging
from .dead_mans_switch import survived_ledger, undo_anew
from .faking import Faker
from .keyboard import Keyboard

T = TypeVar("T")

BUTTONS = {"left": 1, "middle": 2, "right": 3}
WHEEL = {"up": 4, "down": 5, "left": 6, "right": 7}
"""The buttons as which X11 reports a wheel (its protocol has no wheel of its own)."""

_WINDOW_MANAGER_S = 1.0
_POLL_S = 0.001

_CLICK_MS = 10
"""Between the clicks of a double click. Chromium takes two presses of one millisecond for the same
and counts one; what is waited for inside of the server no load can stretch to two single clicks."""

_WHEEL_S = 0.02
"""Between wheel clicks. Chromium adds up what arrives within one of its frames and scrolls by less
than a page for it: it lost four of ten clicks at once, and three of 100 in a second on a
busy machine. At this pace none were lost, and a person is no faster."""


class XTestInput:
    """The pointer and the keyboard of an X server; safe to share between threads.

    Args:
        server: its name, such as `":99"`.
        clock: for the short pauses inside of a drag, and while typing.
        patience_s: seconds after which a server that does not answer is given up.
        while_waiting: called 20 times a second while the server is waited for; what it raises ends
            the wait, and all that is pressed comes up.

    Raises:
        CaptureError: if no server answers.
    """

    def __init__(
        self,
        server: str,
        clock: Clock,
        *,
        patience_s: float = PATIENCE_S,
        while_waiting: Callable[[], None] = go_on,
    ) -> None:
        self._clock = clock
        self._worker = Worker(f"the display {server}", patience_s, while_waiting)
        opened: list[_Session] = []
        # Runs also for what nobody closes, and where opening took too long.
        self._end = weakref.finalize(self, _close, self._worker, opened, os.getpid())
        try:
            self._worker.call(lambda: opened.append(_Session(server)))
        except BaseException:
            self.close()
            raise
        self._session = opened[0]

    def pointer(self) -> Point[Screen]:
        """Where the pointer is."""
        return self._made(self._session.pointer)

    def move(self, point: Point[Screen]) -> None:
        """Put the pointer onto a pixel."""
        self._made(lambda: self._session.faker.move(point))

    def press(self, button: str) -> None:
        """Push a button down and leave it down."""
        with self._letting_up():
            self._made(lambda: self._session.faker.button(BUTTONS[button], down=True))

    def release(self, button: str) -> None:
        """Let a button up."""
        self._made(lambda: self._session.faker.button(BUTTONS[button], down=False))

    def click(self, button: str, count: int) -> None:
        """Click `count` times in quick succession."""
        with self._letting_up():
            self._made(lambda: self._session.click(BUTTONS[button], count))

    def scroll(self, direction: str, clicks: int) -> None:
        """Turn the wheel by so many of its clicks."""
        with self._letting_up():
            for click in range(clicks):
                if click:
                    self._clock.sleep(_WHEEL_S)
                self._made(lambda: self._session.click(WHEEL[direction], 1))

    def drag(self, start: Point[Screen], end: Point[Screen]) -> None:
        """Move from `start` to `end` with the left button down, in small steps."""
        with self._letting_up():
            self.move(start)
            self.press("left")
            for step in dragging.steps(start, end):
                self._clock.sleep(step.pause_s)
                self._made(partial(self._session.arrive, step.to))
            self._clock.sleep(dragging.HOLD_S)
            self.release("left")

    @contextlib.contextmanager
    def held(self, keys: Sequence[Key]) -> Generator[None]:
        """Inside of the block the keys are down."""
        if not keys:
            yield
            return
        with self._letting_up():
            codes = self._made(lambda: self._session.keyboard.press(keys))
            yield
            self._made(lambda: self._session.keyboard.release(codes))

    def type(self, text: str) -> None:
        """Type a text; line ends are the Return key, tabs the Tab key."""
        strokes = self._session.keyboard.typing(text)
        with self._letting_up(strokes.close):
            while (pause_s := self._made(lambda: next(strokes, None))) is not None:
                self._clock.sleep(pause_s)  # of nothing too: a stop is heard there

    def sync(self) -> None:
        """Return once the server and its window manager have handled everything sent so far.

        A window manager that gives the focus by a click holds the click back until it has done so;
        keys are not held back, and would overtake the click on a busy machine.
        """
        self.pointer()
        manager = self._session.window_manager
        if not manager.answers:
            return
        self._made(manager.ask)
        deadline = self._clock.now() + _WINDOW_MANAGER_S
        while not self._made(manager.has_answered) and self._clock.now() < deadline:
            self._clock.sleep(_POLL_S)

    def release_all(self) -> None:
        """Let up everything that is pressed.

        Raises:
            CaptureError: if the server hangs, after 2 s at most; all is released once it goes on.
        """
        self._tidied(self._session.release_all)

    def close(self) -> None:
        """Release everything, give the keyboard back as it was, and let go of the server.

        A second call does nothing, nor does one in a forked child.

        Raises:
            CaptureError: if the server hangs, unless that was said before. It is given up; if it
                goes on some time, all is released then.
        """
        with uninterrupted():
            self._end()

    @contextlib.contextmanager
    def _letting_up(self, first: Callable[[], object] | None = None) -> Generator[None]:
        """Whatever ends the block before its time, all that is pressed comes up.

        Args:
            first: made before that, on the thread that touches the server.
        """
        try:
            yield
        except BaseException:
            # What went wrong first is what must be told.
            if first is not None:
                with contextlib.suppress(Exception):
                    self._tidied(first)
            with contextlib.suppress(Exception):
                self.release_all()
            raise

    def _made(self, call: Callable[[], T]) -> T:
        """What a call of the server returns, everything sent."""
        return self._worker.call(partial(self._session.made, call))

    def _tidied(self, call: Callable[[], T]) -> T:
        """The same for what undoes something: it waits for a short time, and cannot be stopped."""
        return self._worker.tidy(partial(self._session.made, call))


class _Session:
    """All that touches one server. Used by one thread at a time."""

    def __init__(self, server: str) -> None:
        self._server = server
        with contextlib.ExitStack() as stack:
            self._ledger = stack.enter_context(survived_ledger(server))
            self._connection = stack.enter_context(connect(server))
            self._root = root_window(self._connection)
            self.faker = Faker(self._connection, self._ledger)
            # A clock that raises would end the giving back of what was borrowed.
            self.keyboard = Keyboard(self._connection, self.faker, self._ledger, SystemClock())
            self.window_manager = WindowManager(self._connection)
            self._open = stack.pop_all()

    def made(self, call: Callable[[], T]) -> T:
        """What a call returns, everything sent."""
        with answering(self._server):
            result = call()
            self.faker.flush()
            return result

    def pointer(self) -> Point[Screen]:
        """Where the pointer is."""
        answer = self._connection.core.QueryPointer(self._root).reply()
        return Point(int(answer.root_x), int(answer.root_y))

    def arrive(self, point: Point[Screen]) -> None:
        """Put the pointer onto a pixel, and return once it is there: a hang is noticed at once."""
        self.faker.move(point)
        self.pointer()

    def click(self, number: int, count: int) -> None:
        """Press and release a button `count` times."""
        for click in range(count):
            self.faker.button(number, down=True, after_ms=_CLICK_MS if click else 0)
            self.faker.button(number, down=False)

    def release_all(self) -> None:
        """Let up everything, and lock again what was locked."""
        self.faker.release_all()
        self.keyboard.release(())

    def close(self) -> None:
        """Release everything and give it back; on a server that is gone there is nothing to do."""
        with self._open:
            try:
                self.made(self.faker.release_all)
                self.made(self.keyboard.restore)
                self.pointer()
            except Exception:  # noqa: BLE001 - our connection may have broken where the server lives on
                with contextlib.suppress(CaptureError):
                    undo_anew(self._server, self._ledger)


def _close(worker: Worker, opened: Sequence[_Session], owner: int) -> None:
    """Close what was opened, by its own thread, whenever that comes to it."""
    if os.getpid() != owner:
        return
    told = worker.hangs

    def close_all() -> None:
        for session in opened:
            session.close()

    try:
        if told:
            worker.post(close_all)
        else:
            worker.tidy(close_all)
    finally:
        worker.stop()
