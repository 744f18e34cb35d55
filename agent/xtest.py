"""Input on X11 through the XTest extension: what a person's mouse and keyboard would send.

Coordinates are the root window's, which are the display's own pixels. Everything that is pressed
is remembered, and released by `release_all`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence

from trueclick.capture import Clock
from trueclick.capture.signals import uninterrupted
from trueclick.capture.worker import Worker
from trueclick.capture.x11.connection import answering, connect, library, root_window
from trueclick.capture.x11.windows import WindowManager
from trueclick.geometry import Point, Screen

from .keyboard import Keyboard
from .keys import RETURN, TAB, Key, character_key

KEY_DOWN, KEY_UP, BUTTON_DOWN, BUTTON_UP, MOTION = range(2, 7)
"""The X11 protocol's numbers of the events that XTest can fake."""

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
        clock: for the short pauses inside of a drag.

    Raises:
        CaptureError: if no server answers.
    """

    def __init__(self, server: str, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._stack = contextlib.ExitStack()
        self._connection = self._stack.enter_context(connect(server))
        self._root = root_window(self._connection)
        self._xtest = self._connection(library("xcffib.xtest").key)
        self._keyboard = Keyboard(self._connection, clock)
        self._window_manager = WindowManager(self._connection)
        self._buttons: list[int] = []
        self._codes: list[int] = []
        self._stack.callback(self._let_go)

    def pointer(self) -> Point[Screen]:
        """Where the pointer is."""
        with answering(self._server):
            answer = self._connection.core.QueryPointer(self._root).reply()
        return Point(int(answer.root_x), int(answer.root_y))

    def move(self, point: Point[Screen]) -> None:
        """Put the pointer onto a pixel."""
        self._fake(MOTION, 0, point)

    def press(self, button: str) -> None:
        """Push a button down and leave it down."""
        self._button(BUTTONS[button], down=True)

    def release(self, button: str) -> None:
        """Let a button up."""
        self._button(BUTTONS[button], down=False)

    def click(self, button: str, count: int) -> None:
        """Click `count` times in quick succession."""
        for _ in range(count):
            self.press(button)
            self.release(button)

    def scroll(self, direction: str, clicks: int) -> None:
        """Turn the wheel by so many of its clicks."""
        for _ in range(clicks):
            self._button(WHEEL[direction], down=True)
            self._button(WHEEL[direction], down=False)

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
        with answering(self._server):
            strokes = [self._keyboard.stroke(key) for key in keys]
        codes = [code for stroke in strokes for code in stroke]
        pressed: list[int] = []
        try:
            for code in codes:
                if code not in self._codes:
                    self._key(code, down=True)
                    pressed.append(code)
            yield
        finally:
            for code in reversed(pressed):
                self._key(code, down=False)

    def type(self, text: str) -> None:
        """Type a text; line ends are the Return key, tabs the Tab key."""
        keys = [_typed(character) for character in text.replace("\r\n", "\n")]
        with answering(self._server):
            for group in self._keyboard.groups(keys):
                for key in group:
                    with self.held([key]):
                        pass

    def release_all(self) -> None:
        """Let up everything that this object pressed and that is still down."""
        for code in reversed(self._codes.copy()):
            self._key(code, down=False)
        for button in reversed(self._buttons.copy()):
            self._button(button, down=False)

    def sync(self) -> None:
        """Return once the server and its window manager have handled everything sent so far.

        A window manager that gives the focus by a click holds the click back until it has done so;
        keys are not held back, and would overtake the click on a busy machine.
        """
        self.pointer()
        with answering(self._server):
            self._window_manager.catch_up(_WINDOW_MANAGER_S, self._clock)

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
            self.release_all()
            self._keyboard.restore()
            self.pointer()

    def _button(self, button: int, *, down: bool) -> None:
        self._press_or_release(self._buttons, (BUTTON_DOWN, BUTTON_UP), button, down=down)

    def _key(self, code: int, *, down: bool) -> None:
        self._press_or_release(self._codes, (KEY_DOWN, KEY_UP), code, down=down)

    def _press_or_release(
        self, pressed: list[int], events: tuple[int, int], code: int, *, down: bool
    ) -> None:
        # Noted before it goes down and forgotten after it is up: a signal that arrives in between
        # leaves something released once too often, never something pressed.
        if down:
            pressed.append(code)
        self._fake(events[0] if down else events[1], code)
        if not down and code in pressed:
            pressed.remove(code)

    def _fake(self, event: int, detail: int, point: Point[Screen] | None = None) -> None:
        x, y = (point.x, point.y) if point is not None else (0, 0)
        with answering(self._server):
            self._xtest.FakeInput(event, detail, 0, self._root, x, y, 0)
            self._connection.flush()


def _typed(character: str) -> Key:
    return {"\n": RETURN, "\r": RETURN, "\t": TAB}.get(character) or character_key(character)
