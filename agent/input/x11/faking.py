"""Events as a mouse and a keyboard would send them, through the XTest extension."""

from __future__ import annotations

from trueclick.capture.x11.connection import Connection, library, root_window
from trueclick.geometry import Point, Screen

from .ledger import Ledger

KEY_DOWN, KEY_UP, BUTTON_DOWN, BUTTON_UP, MOTION = range(2, 7)
"""The X11 protocol's numbers of the events that XTest can fake."""


class Faker:
    """Sends events and notes in a ledger what is down.

    What it sends may wait in a buffer until `flush`.
    """

    def __init__(self, connection: Connection, ledger: Ledger) -> None:
        self._connection = connection
        self._ledger = ledger
        self._root = root_window(connection)
        self._xtest = connection(library("xcffib.xtest").key)

    def key(self, code: int, *, down: bool) -> None:
        """Push a key down, or let it up."""
        if down:
            self._ledger.key(code, down=True)
        self._fake(KEY_DOWN if down else KEY_UP, code)
        if not down:
            self._ledger.key(code, down=False)

    def button(self, number: int, *, down: bool, after_ms: int = 0) -> None:
        """Push a button down, or let it up, once the server has waited for `after_ms`."""
        if down:
            self._ledger.button(number, down=True)
        self._fake(BUTTON_DOWN if down else BUTTON_UP, number, after_ms=after_ms)
        if not down:
            self._ledger.button(number, down=False)

    def move(self, point: Point[Screen]) -> None:
        """Put the pointer onto a pixel of the root window."""
        self._fake(MOTION, 0, point)

    def flush(self) -> None:
        """Send what waits; what was let up, the server has handled when this returns."""
        if self._ledger.unconfirmed():
            self._connection.core.GetInputFocus().reply()
            self._ledger.confirmed()
        else:
            self._connection.flush()

    def release_all(self) -> None:
        """Let up everything that is down."""
        for code in self._ledger.keys_down():
            self.key(code, down=False)
        for number in self._ledger.buttons_down():
            self.button(number, down=False)
        self.flush()

    def _fake(
        self, event: int, detail: int, point: Point[Screen] | None = None, after_ms: int = 0
    ) -> None:
        x, y = (point.x, point.y) if point is not None else (0, 0)
        self._xtest.FakeInput(event, detail, after_ms, self._root, x, y, 0)
