"""Clicks of a replay and of those around it stay apart.

A replay has a desktop of its own, so neither it nor the desktop beside it knows when the other has
clicked last: two clicks at one place, one of each, would be a double click for most programs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trueclick.geometry import Point, Screen

from ..replay.results import StepResult
from ..separate_clicks import SeparateClicks, pressed_by
from ..trace.story import Step

_MAYBE_TWO = 2
"""Presses that may have gone before: nobody knows."""


@dataclass(slots=True)
class Rests:
    """The rests before and after one replay.

    Attributes:
        pointer: tells where the pointer is.
        clock: tells the time in seconds.
        sleep: rests.
    """

    pointer: Callable[[], Point[Screen]]
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _last: tuple[str, int] | None = field(default=None, init=False)
    _at_s: float = field(default=0.0, init=False)

    def before(self, steps: Sequence[Step]) -> None:
        """Rest if the replay would first click where the pointer is: it may just have clicked.

        Raises:
            CaptureError: if the display is gone.
        """
        first = next((step for step in steps if _presses(step)[1]), None)
        if first is None:
            return
        here = self.pointer()
        self._rest(_presses(first)[0], here, first.start or first.landed or here, _MAYBE_TWO)

    def after(self, result: StepResult) -> None:
        """Note what was done."""
        pressed = _presses(result.step)
        if pressed[1]:
            self._last, self._at_s = pressed, self.clock()

    def end(self) -> None:
        """Rest until the next click is one of its own, wherever it is."""
        if self._last is not None:
            anywhere = Point[Screen](0, 0)
            button, count = self._last
            self._rest(button, anywhere, anywhere, count, self._at_s)

    def _rest(
        self,
        button: str,
        before: Point[Screen],
        then: Point[Screen],
        count: int,
        at_s: float | None = None,
    ) -> None:
        clicks = SeparateClicks()
        clicks.note(button, before, self.clock() if at_s is None else at_s, count)
        rest_s = clicks.rest_s(button, then, self.clock())
        if rest_s > 0:
            self.sleep(rest_s)


def _presses(step: Step) -> tuple[str, int]:
    """The button that a step presses, and how often; none if it was not carried out."""
    return ("", 0) if step.action is None or not step.performed else pressed_by(step.action)
