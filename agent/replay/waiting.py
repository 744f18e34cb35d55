"""Waiting until the screen shows what was recorded, and not a moment longer.

What was recorded as changed is there as soon as it is seen. Where nothing was recorded to change,
the screen looks right at once, and that proves nothing: it has to stay like that for as long as a
program may take to answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from trueclick.capture import Clock, Screenshot, Stillness, changed_boxes
from trueclick.capture.still import Course
from trueclick.geometry import Box, Image, Point

_PAUSES = 2
"""Pauses of this many times what a look has cost, so that the application gets its share."""


class Outlook(Protocol):
    """A screen that can be looked at, and compared with what is expected of it."""

    def glance(self) -> Screenshot:
        """The screen as it is now."""
        ...

    def touched(self) -> bool:
        """Whether something may have been drawn since the last call."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a screen is waited for.

    Attributes:
        rule: when it counts as still.
        changes: whether what is expected differs from what was there before: then it is right as
            soon as it is there.
        timeout_s: seconds after which it is given up.
        enough_s: seconds after which a screen that is still is given up at once.
    """

    rule: Stillness
    changes: bool
    timeout_s: float
    enough_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What was seen when the waiting ended.

    Attributes:
        picture: the last one.
        matches: whether it is what was expected.
        restless: places that go on changing by themselves.
    """

    picture: Screenshot
    matches: bool
    restless: tuple[Box[Image], ...]


def until_matched(
    screen: Outlook,
    matches: Callable[[Screenshot, tuple[Box[Image], ...]], bool],
    patience: Patience,
    *,
    acted_at: float,
    clock: Clock,
    known: tuple[Box[Image], ...] = (),
    target: Point[Image] | None = None,
) -> Sighting:
    """The first picture that matches, once it can be believed; or the last one.

    Args:
        screen: what is looked at.
        matches: whether a picture is the one that is expected, given the places that are restless.
        patience: how long to wait.
        acted_at: when something was last done to the screen.
        clock: tells the time and sleeps.
        known: places that were restless before.
        target: where it was done, if at a place.
    """
    began = clock.now()
    screen.touched()  # drawn before the first picture: it is in there
    picture = screen.glance()
    course = Course.begun(patience.rule, acted_at, began, picture.size, known, target)
    restless = known
    right = matches(picture, restless)
    cost = clock.now() - began
    while True:
        now = clock.now()
        if right and (patience.changes or course.still):
            return Sighting(picture, True, restless)
        if now >= began + patience.timeout_s:
            return Sighting(picture, right, restless)
        if not right and course.still and now >= began + patience.enough_s:
            return Sighting(picture, False, restless)
        clock.sleep(max(patience.rule.poll_s, min(_PAUSES * cost, patience.rule.quiet_s)))
        looked = clock.now()
        if not screen.touched():
            course = course.after(looked, ())
            continue
        newer = screen.glance()
        boxes = changed_boxes(picture, newer)
        course = course.after(looked, boxes)
        now_restless = _all(known, course.places.restless)
        if boxes or now_restless != restless:
            picture, restless = newer, now_restless
            right = matches(picture, restless)
        cost = clock.now() - looked


def _all(known: tuple[Box[Image], ...], new: tuple[Box[Image], ...]) -> tuple[Box[Image], ...]:
    """The known places that are not part of a new one, and the new ones."""
    return (*(box for box in known if not any(each.contains(box) for each in new)), *new)
