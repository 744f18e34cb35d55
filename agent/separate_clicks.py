"""Two clicks stay two: how long to wait lest programs take them for one double click.

They count by the moments and places of the presses, whatever was done in between; another button
begins anew. Tk, GTK 3 and Chromium as they come make a double click of presses at most 500 ms and
5 pixels apart. GTK makes a triple one of a double and a press 800 ms after its first.
"""

from __future__ import annotations

from trueclick.geometry import Point, Screen

from .actions import Action, Click, Drag, Press

_SAME_S = 0.6
_SAME_AFTER_DOUBLE_S = 0.9
_SAME_PX = 8


class SeparateClicks:
    """Remembers where a button went down last."""

    def __init__(self) -> None:
        self._last: tuple[str, Point[Screen], float] | None = None  # until when it counts

    def rest_s(self, button: str, at: Point[Screen], now_s: float) -> float:
        """The seconds to wait before a button may go down at a place; 0 if it may at once."""
        if self._last is None:
            return 0.0
        last, before, until_s = self._last
        near = max(abs(at.x - before.x), abs(at.y - before.y)) < _SAME_PX
        return max(until_s - now_s, 0.0) if near and last == button else 0.0

    def note(self, button: str, at: Point[Screen], now_s: float, count: int = 1) -> None:
        """Note that a button went down at a place, `count` times in quick succession."""
        rest_s = _SAME_AFTER_DOUBLE_S if count > 1 else _SAME_S
        self._last = (button, at, now_s + rest_s)


def pressed_by(action: Action) -> tuple[str, int]:
    """The button that goes down in an action, and how often; the wheel's do not count."""
    match action:
        case Click(button, count):
            return button, count
        case Drag() | Press(down=True):
            return "left", 1
        case _:
            return "", 0
