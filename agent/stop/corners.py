"""When a pointer in a corner means that a person wants the run to stop. Pure: no clock, no screen.

A corner is where the pointer cannot go on in either direction: slammed, it stays there. One that
lies against another monitor is none, for the pointer passes it on its way. A model may click into
a corner too, so a corner counts only where we did not put the pointer: that excuse lasts until
somebody has moved it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trueclick.geometry import Box, Point, Screen

REACH_PX = 3
"""How near counts: systems that count in points round, and may stop short of the last pixel."""


def dead_ends(monitors: Sequence[Box[Screen]]) -> tuple[Point[Screen], ...]:
    """The corner pixels of monitors from which the pointer cannot go on in either direction."""

    def on_a_monitor(x: int, y: int) -> bool:
        return any(box.x0 <= x < box.x1 and box.y0 <= y < box.y1 for box in monitors)

    def found() -> Iterator[Point[Screen]]:
        for box in monitors:
            for x, beside in ((box.x0, box.x0 - 1), (box.x1 - 1, box.x1)):
                for y, beyond in ((box.y0, box.y0 - 1), (box.y1 - 1, box.y1)):
                    if not on_a_monitor(beside, y) and not on_a_monitor(x, beyond):
                        yield Point(x, y)

    return tuple(dict.fromkeys(found()))


class Slams:
    """Tells a person's slam into a corner from our own clicks there.

    What is seen of the pointer comes late: it may have been moved by us between the look and the
    answer. So a look begins with `look` and is judged by `slammed`, and whatever we did in between
    is excused.

    Args:
        corners: the pixels that count.
        start: where the pointer is; left lying in a corner it is nobody's slam.
    """

    def __init__(self, corners: Iterable[Point[Screen]], start: Point[Screen]) -> None:
        self._corners = tuple(corners)
        self._excused: frozenset[Point[Screen]] = self._of([start])
        self._lately: frozenset[Point[Screen]] = self._excused
        self._moving = False
        self._moved = False

    def move(self, points: Iterable[Point[Screen]]) -> None:
        """Note that we are about to move the pointer to these places, one after another."""
        ours = self._of(points)
        self._excused |= ours
        self._lately |= ours
        self._moving = self._moved = True

    def moved(self, last: Point[Screen]) -> None:
        """Note that the system has moved the pointer to the last of them."""
        self._excused = self._of([last])
        self._moving = False

    def look(self) -> None:
        """Note that the pointer is being looked for."""
        self._lately = self._excused
        self._moved = self._moving

    def slammed(self, seen: Point[Screen]) -> bool:
        """Whether the pointer that was seen there was put there by a person."""
        corner = self._of([seen])
        if not corner and not self._moved:
            self._excused = frozenset[Point[Screen]]()  # somebody has moved it away
        return not corner <= self._lately

    def _of(self, points: Iterable[Point[Screen]]) -> frozenset[Point[Screen]]:
        """The corners that some points are in."""
        return frozenset(
            corner
            for point in points
            for corner in self._corners
            if max(abs(point.x - corner.x), abs(point.y - corner.y)) < REACH_PX
        )
