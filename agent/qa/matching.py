"""Waiting until a picture is the expected one, or until it has come to rest.

A picture counts as the expected one if two in a row are, and they are equal: what is still moving
may look right for a moment. What a mask covers and what the tolerance lets pass may go on moving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

from trueclick.capture import Clock, Comparison, Screenshot, changed_boxes
from trueclick.geometry import Box, Image

from .masks import Masking

POLL_S = 0.05
"""Between two looks; a caret and a spinner have moved by then, if they move."""

_PAUSES = 2
"""Pauses of this many times what a look has cost, so that the program gets its share..."""

_LONGEST_PAUSE_S = 0.25
"""...unless that is longer: reading a screen takes a second."""


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """The last picture of a wait.

    Attributes:
        picture: what was seen.
        comparison: how it differs from the expected one.
        matched: whether it is the expected one, and the one before as well.
        waited_s: seconds spent.
    """

    picture: Screenshot
    comparison: Comparison
    matched: bool
    waited_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """The last picture of a wait for rest.

    Attributes:
        picture: what was seen.
        moving: where it was still changing at the end; nowhere if it has come to rest.
    """

    picture: Screenshot
    moving: tuple[Box[Image], ...] = ()


class Watch:
    """Looks at a part of a screen.

    Args:
        look: takes a picture of it, always of one size.
        masking: compares what was seen with the expected picture.
        clock: tells the time and sleeps.
    """

    def __init__(self, look: Callable[[], Screenshot], masking: Masking, clock: Clock) -> None:
        self._look = look
        self.masking = masking
        # From one look to the next nothing may change: no number of pixels is allowed for there.
        tolerance = replace(masking.tolerance, pixels=0, share=0.0)
        self._steady = Masking(masking.masks, tolerance, masking.read, hinting=False)
        self._clock = clock

    def until_matched(
        self, expected: Screenshot, timeout_s: float, *, enough_s: float = inf
    ) -> Sighting:
        """The first picture that is the expected one, or the last one.

        Args:
            expected: a picture of the same size.
            timeout_s: seconds to wait; there are two looks at least.
            enough_s: seconds after which a picture that has not changed is believed to be all that
                comes.
        """
        began = changed_at = self._clock.now()
        picture = self._look()
        comparison = self.masking.compared(expected, picture)
        cost = self._clock.now() - began
        while True:
            self._pause(cost)
            looked = self._clock.now()
            newer = self._look()
            steady = self._equal(picture, newer)
            again = comparison
            if changed_boxes(picture, newer):
                again = self.masking.compared(expected, newer)
            matched = comparison.same and again.same and steady
            if not steady:
                changed_at = looked
            picture, comparison = newer, again
            now = self._clock.now()
            if matched or now >= began + timeout_s or now >= changed_at + enough_s:
                return Sighting(picture, comparison, matched, now - began)
            cost = now - looked

    def until_still(self, quiet_s: float, timeout_s: float) -> Rest:
        """The first picture after so many seconds without a change that counts, or the last one."""
        began = changed_at = self._clock.now()
        picture = self._look()
        cost = self._clock.now() - began
        while True:
            self._pause(cost)
            looked = self._clock.now()
            newer = self._look()
            found = self._steady.compared(picture, newer)
            if not found.same:
                changed_at = looked
            picture = newer
            if looked >= changed_at + quiet_s:
                return Rest(picture)
            if looked >= began + timeout_s:
                return Rest(picture, found.boxes or (picture.size.box,))
            cost = self._clock.now() - looked

    def _equal(self, before: Screenshot, after: Screenshot) -> bool:
        return not changed_boxes(before, after) or self._steady.compared(before, after).same

    def _pause(self, cost_s: float) -> None:
        self._clock.sleep(max(POLL_S, min(_PAUSES * cost_s, _LONGEST_PAUSE_S)))
