"""Input on X11 through the XTest extension: what a person's mouse and keyboard would send.

Coordinates are the root window's, which are the display's own pixels. Everything that is pressed
is remembered, and released at the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from trueclick.capture import Clock
from trueclick.capture.signals import uninterrupted
from trueclick.capture.worker import Worker
from trueclick.capture.x11.connection import answering, connect, root_window
from trueclick.capture.x11.windows import WindowManager
from trueclick.geometry import Point, Screen

from ..keys import Key
from .faking import Faker
from .keyboard import Keyboard
from .ledger import SIZE, Ledger

T = TypeVar("T")

BUTTONS = {"left": 1, "middle": 2, "right": 3}
WHEEL = {"up": 4, "down": 5, "left": 6, "right": 7}
"""The buttons as which X11 reports a wheel (its protocol has no wheel of its own)."""

_WINDOW_MANAGER_S = 1.0

_DRAG_STEPS = 12
_DRAG_PAUSE_S = 0.01
"""Drag and drop begins after a few motions, which must not arrive as one."""


class XTestInput:
    """The pointer and the keyboard of an X server.

    Args:
        server: its name, such as `":99"`.
        clock: for the short pauses inside of a drag, and while typing.

    Raises:
        CaptureError: if no server answers.
    """

    def __init__(self, server: str, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._stack = contextlib.ExitStack()
        self._connection = self._stack.enter_context(connect(server))
        self._root = root_window(self._connection)
        ledger = Ledger(bytearray(SIZE))
        self._faker = Faker(self._connection, ledger)
        self._keyboard = Keyboard(self._connection, self._faker, ledger, clock)
        self._window_manager = WindowManager(self._connection)
        self._stack.callback(self._let_go)

    def pointer(self) -> Point[Screen]:
        """Where the pointer is."""
        answer = self._made(lambda: self._connection.core.QueryPointer(self._root).reply())
        return Point(int(answer.root_x), int(answer.root_y))

    def move(self, point: Point[Screen]) -> None:
        """Put the pointer onto a pixel."""
        self._made(lambda: self._faker.move(point))

    def press(self, button: str) -> None:
        """Push a button down and leave it down."""
        self._made(lambda: self._faker.button(BUTTONS[button], down=True))

    def release(self, button: str) -> None:
        """Let a button up."""
        self._made(lambda: self._faker.button(BUTTONS[button], down=False))

    def click(self, button: str, count: int) -> None:
        """Click `count` times in quick succession."""
        self._made(lambda: self._clicks(BUTTONS[button], count))

    def scroll(self, direction: str, clicks: int) -> None:
        """Turn the wheel by so many of its clicks."""
        self._made(lambda: self._clicks(WHEEL[direction], clicks))

    def drag(self, start: Point[Screen], end: Point[Screen]) -> None:
        """Move from `start` to `end` with the left button down, in small steps."""
        self.move(start)
        self.press("left")
        try:
            for step in range(1, _DRAG_STEPS + 1):
                self._clock.sleep(_DRAG_PAUSE_S)
                x = start.x + (end.x - start.x) * step // _DRAG_STEPS
                y = start.y + (end.y - start.y) * step // _DRAG_STEPS
                self.move(Point(x, y))
            self._clock.sleep(_DRAG_PAUSE_S)
        finally:
            self.release("left")

    @contextlib.contextmanager
    def held(self, keys: Sequence[Key]) -> Generator[None]:
        """Inside of the block the keys are down."""
        codes = self._made(lambda: self._keyboard.press(keys))
        try:
            yield
        finally:
            self._made(lambda: self._keyboard.release(codes))

    def type(self, text: str) -> None:
        """Type a text; line ends are the Return key, tabs the Tab key."""
        strokes = self._keyboard.typing(text)
        try:
            while (pause_s := self._made(lambda: next(strokes, None))) is not None:
                self._clock.sleep(pause_s)
        finally:
            self._made(strokes.close)

    def sync(self) -> None:
        """Return once the server and its window manager have handled everything sent so far.

        A window manager that gives the focus by a click holds the click back until it has done so;
        keys are not held back, and would overtake the click on a busy machine.
        """
        self.pointer()
        self._made(lambda: self._window_manager.catch_up(_WINDOW_MANAGER_S, self._clock))

    def close(self) -> None:
        """Release everything, give the keyboard back as it was, and let go of the server.

        A server that hangs is given up, as a `Source` gives it up.
        """
        worker = Worker(f"the display {self._server}")
        with uninterrupted():
            try:
                worker.call(self._stack.close)
            finally:
                worker.stop()

    def _let_go(self) -> None:
        with answering(self._server):
            self._faker.release_all()
            self._keyboard.restore()
            self.pointer()

    def _clicks(self, number: int, count: int) -> None:
        for _ in range(count):
            self._faker.button(number, down=True)
            self._faker.button(number, down=False)

    def _made(self, call: Callable[[], T]) -> T:
        """What a call of the server returns, everything sent."""
        with answering(self._server):
            result = call()
            self._faker.flush()
            return result
