"""Waiting until a screen is still, instead of sleeping and hoping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from trueclick.geometry import Box, Image, Point, Size

from .changes import changed_boxes
from .clock import Clock
from .restless import Places
from .screenshot import Screenshot

_PAUSES = 2
"""Pauses of this many times what a look has cost: waiting takes a third of a core at most."""

_SHORTEST_PAUSE_S = 0.001

_NEXT = 2
"""What has come every so often may come again within twice that time (a terminal's lines)."""

_MOST_PATIENCE = 3

_CONTROL_PX = 64
_CONTROL_SHARE = 20
"""A button is up to 64 px high, and up to a 20th of the screen where a point has several pixels."""


@dataclass(frozen=True, slots=True)
class Stillness:
    """When a screen counts as still.

    Attributes:
        floor_s: seconds that must have passed since the action: programs answer late (measured:
            a page that changes 150 ms after a click is missed with less than 250 ms).
        quiet_s: seconds without a change; up to three times as many after changes that came that
            slowly one after another.
        timeout_s: seconds of waiting after which one goes on anyway.
        poll_s: seconds between two looks; more where a look is dear.
        answer_s: seconds to wait for an answer, instead of `floor_s` where it is more: as long as
            nothing has changed but a button that looks pressed, more is likely to come.
    """

    floor_s: float
    quiet_s: float
    timeout_s: float
    poll_s: float = 0.005
    answer_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """The last picture taken, and whether the screen had come to rest.

    Attributes:
        screenshot: the picture.
        still: whether it was quiet for long enough; `False` after the timeout.
        waited_s: seconds spent.
        restless: small places that go on changing by themselves and were not waited for.
        moving: after the timeout, where it was still changing.
        changes: where the picture differs from `before`; `None` if none was given.
    """

    screenshot: Screenshot
    still: bool
    waited_s: float
    restless: tuple[Box[Image], ...] = ()
    moving: tuple[Box[Image], ...] = ()
    changes: tuple[Box[Image], ...] | None = None


class Watched(Protocol):
    """A screen that can be looked at, again and again."""

    def grab(self) -> Screenshot:
        """A picture of it as it is now."""
        ...

    def touched(self) -> Sequence[Box[Image]] | None:
        """Where something was painted since the last call, changed or not; `None` if unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Course:
    """What a screen has done since an action, and whether it has come to rest. A pure value.

    Attributes:
        rule: when it counts as still.
        acted_at: when the action was carried out.
        began_at: when the waiting began; all times are by one clock, in seconds.
        looked_at: when it was looked at last.
        changed_at: when a change was last seen for which one waits.
        places: which changes are the screen's own.
        control_px: the height up to which a change around the target is a control's own look.
        target: the pixel at which the action was aimed, if it had one.
        answered_at: when something last changed that is not just the target's own look.
        longest_s: the longest pause between two such changes.
        moving: the boxes of the change at `changed_at`.
    """

    rule: Stillness
    acted_at: float
    began_at: float
    looked_at: float
    changed_at: float
    places: Places
    control_px: int
    target: Point[Image] | None = None
    answered_at: float | None = None
    longest_s: float = 0.0
    moving: tuple[Box[Image], ...] = ()

    @classmethod
    def begun(
        cls,
        rule: Stillness,
        acted_at: float,
        now: float,
        size: Size[Image],
        known: Iterable[Box[Image]] = (),
        target: Point[Image] | None = None,
    ) -> Course:
        """The course at the first look: what went on before it is unknown.

        Args:
            rule: when the screen counts as still.
            acted_at: when the action was carried out.
            now: when the screen was looked at.
            size: the screen's.
            known: places that were restless in an earlier wait.
            target: the pixel at which the action was aimed.
        """
        control_px = max(_CONTROL_PX, size.height // _CONTROL_SHARE)
        return cls(rule, acted_at, now, now, now, Places.of(size, known), control_px, target)

    def after(self, at_s: float, boxes: Iterable[Box[Image]]) -> Course:
        """The course after a look at which boxes differed from the look before."""
        places = self.places.after(at_s, boxes)
        if not places.counted:
            return replace(self, looked_at=at_s, places=places)
        changed = replace(
            self, looked_at=at_s, changed_at=at_s, places=places, moving=places.counted
        )
        if not any(map(self._is_an_answer, places.news)):
            return changed
        pause = 0.0 if self.answered_at is None else at_s - self.answered_at
        return replace(changed, answered_at=at_s, longest_s=max(self.longest_s, pause))

    @property
    def still_at(self) -> float:
        """From when on a look counts as still, if it shows no further change."""
        rule = self.rule
        floor_s = rule.floor_s
        if self.answered_at is None:
            floor_s = max(floor_s, rule.answer_s)
        quiet_s = max(rule.quiet_s, min(_NEXT * self.longest_s, _MOST_PATIENCE * rule.quiet_s))
        return max(self.acted_at + floor_s, self.changed_at + quiet_s)

    @property
    def late_at(self) -> float:
        """When the waiting ends in any case."""
        return max(self.acted_at, self.began_at) + self.rule.timeout_s

    @property
    def still(self) -> bool:
        """Whether the screen had come to rest at the last look."""
        return self.looked_at >= self.still_at

    @property
    def over(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.still or self.looked_at >= self.late_at

    def _is_an_answer(self, box: Box[Image]) -> bool:
        """Whether more has changed than how a button, a tab or a link under the pointer looks."""
        return self.target is None or not box.contains(self.target) or box.height > self.control_px


def wait_until_still(
    screen: Watched | Callable[[], Screenshot],
    *,
    rule: Stillness,
    acted_at: float,
    clock: Clock,
    before: Screenshot | None = None,
    known: Iterable[Box[Image]] = (),
    target: Point[Image] | None = None,
) -> Settled:
    """The first picture of a screen that has come to rest after an action.

    What changes after it was taken can only be told with the next one: hand this one over as
    `before` then.

    Args:
        screen: what is looked at; a function that takes pictures will do.
        rule: when the screen counts as still.
        acted_at: when the action was carried out, by `clock`.
        clock: tells the time and sleeps.
        before: the picture with which the result is compared, the last one before the action.
        known: the places that were `restless` before the action.
        target: the pixel at which the action was aimed, if it had one.
    """
    watched: Watched = _Pictures(screen) if callable(screen) else screen
    start = clock.now()
    watched.touched()  # painted before the first picture: it is in there
    picture = watched.grab()
    course = Course.begun(rule, acted_at, start, picture.size, known, target)
    if before is not None:
        # A menu can be there before the first picture is.
        course = course.after(start, _differences(before, picture))
    cost = clock.now() - start
    while not course.over:
        clock.sleep(_pause_s(course, cost, clock.now()))
        now = clock.now()
        touched = watched.touched()
        unchanged = course.after(now, ())
        # The server's word that nothing was painted saves pictures, but never stands for the last.
        if touched is not None and not touched and not unchanged.over:
            course = unchanged
        else:
            newer = watched.grab()
            course = course.after(now, _differences(picture, newer))
            picture = newer
        cost = clock.now() - now
    return Settled(
        picture,
        still=course.still,
        waited_s=clock.now() - start,
        restless=course.places.restless,
        moving=() if course.still else course.moving,
        changes=None if before is None else _differences(before, picture),
    )


def _pause_s(course: Course, cost_s: float, now: float) -> float:
    """Seconds until the next look, after one that has cost so many."""
    # A look that the server kept waiting says nothing of what the next one costs.
    pause = min(max(_PAUSES * cost_s, course.rule.poll_s), course.rule.timeout_s)
    if course.changed_at == course.looked_at:
        return pause
    # The next look may well be the last one: it is not put off.
    return max(_SHORTEST_PAUSE_S, min(pause, min(course.still_at, course.late_at) - now))


def _differences(before: Screenshot, after: Screenshot) -> tuple[Box[Image], ...]:
    """Where they differ: everywhere, if the display has changed its size."""
    return changed_boxes(before, after) if before.size == after.size else (after.size.box,)


class _Pictures:
    """A screen of which nothing is known but its pictures."""

    def __init__(self, grab: Callable[[], Screenshot]) -> None:
        self.grab = grab

    def touched(self) -> None:
        """Unknown."""
