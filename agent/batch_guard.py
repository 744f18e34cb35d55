"""Whether the screen is still the one on which a model decided where to point.

The calls of a turn were all decided on one picture. What they do themselves is expected: a menu
opens at the button, a list scrolls. If something else changes the screen greatly, a dialog that
pops up above all, the next coordinate would hit what nobody has aimed at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trueclick.capture import Screenshot, changed_boxes
from trueclick.capture.changes import changed_area
from trueclick.geometry import Box, Image, Point, Refusal

_ELSEWHERE = 0.03
"""A share of the display: a small dialog. Labels and buttons that change with a form are less."""

_OVER_THE_TARGET = 0.01
"""Of the display: a notification. A button that became available is less."""

_GREAT = 0.25
"""Of the display: more than a menu or a list that opens, so another page or a dimmed one."""

_NEAR = 1 / 24
"""Of the display's height: what begins this close to a place is the place's own (32 px of 768)."""

_MOSTLY = 0.8
"""Of a changed box: a film's frames do not all differ up to their edges."""

_ADVICE = "take a screenshot before you point at it again"


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The screen at one moment.

    Attributes:
        picture: its pixels.
        windows: the programs' windows, or `None` if unknown.
        moving: places that went on changing, which are no news later.
    """

    picture: Screenshot
    windows: frozenset[int] | None
    moving: tuple[Box[Image], ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something was done: what changes around it is its effect."""

    at: Point[Image]
    scrolled: bool

    def explains(self, box: Box[Image], near_px: float) -> bool:
        nearest = box.clamp(self.at)
        return max(abs(nearest.x - self.at.x), abs(nearest.y - self.at.y)) <= near_px


class BatchGuard:
    """Knows the picture that the model decided on, and what was done since."""

    def __init__(self) -> None:
        self._by_turns = False
        self._decided_on: Look | None = None
        self._shown: Look | None = None
        self._places: list[_Place] = []
        self._places_when_shown = 0

    def shown(self, seen: Look) -> None:
        """Note a picture that the model gets: at once, or with the end of its turn."""
        self._shown, self._places_when_shown = seen, len(self._places)
        if not self._by_turns:
            self._decide()

    def next_turn(self) -> None:
        """Note that the model has read all that was shown, and decided anew.

        A loop that never says so is taken to show each picture at once.
        """
        self._by_turns = True
        self._decide()

    def acted(self, places: Iterable[Point[Image]], *, scrolled: bool) -> None:
        """Note what is about to be done where."""
        self._places += [_Place(at, scrolled) for at in places]

    def check(self, now: Look, target: Point[Image]) -> None:
        """Return if a coordinate still means what it meant when it was decided on.

        Raises:
            Refusal: if it may not; the model reads the message.
        """
        before = self._decided_on
        if before is None:
            return
        if before.windows is not None and now.windows is not None and now.windows - before.windows:
            raise Refusal(f"a window has opened since the last screenshot: {_ADVICE}")
        for box in changed_boxes(before.picture, now.picture):
            if any(_is_part_of(box, place) for place in before.moving):
                continue
            if self._is_too_great(before.picture, now.picture, box, target):
                raise Refusal(
                    f"the screen has changed greatly since the last screenshot, and not as the "
                    f"effect of an action: {_ADVICE}"
                )

    def _is_too_great(
        self, before: Screenshot, now: Screenshot, box: Box[Image], target: Point[Image]
    ) -> bool:
        display = now.size.box
        near_px = _NEAR * display.height
        by = [place for place in self._places if place.explains(box, near_px)]
        if any(place.scrolled for place in by):
            return False
        hit = box.contains(target)
        if by and not hit:
            return False  # an action's own effect, and what is aimed at next is as it was
        limit = _GREAT if by else _OVER_THE_TARGET if hit else _ELSEWHERE
        if box.area < limit * display.area:
            return False
        return changed_area(before, now, box) >= limit * display.area

    def _decide(self) -> None:
        if self._shown is None:
            return
        self._decided_on, self._shown = self._shown, None
        # The last place before the picture may still have the focus, or the pointer over it.
        del self._places[: max(0, self._places_when_shown - 1)]


def _is_part_of(box: Box[Image], place: Box[Image]) -> bool:
    shared = box.intersection(place)
    return shared is not None and shared.area >= _MOSTLY * box.area
