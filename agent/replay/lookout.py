"""Watches a stage until it shows what is expected, and knows where the pointer may be in the way.

What lies under the pointer is often drawn brighter, and whether a program draws it so after a click
hangs on how fast the pointer came: some lose the event that says so. So where a picture differs
around the pointer alone, the pointer leaves the place and comes back, once, and what is shown
without it or with it anew counts as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import inf

from trueclick.capture import Clock, Screenshot
from trueclick.capture.compare import Comparison
from trueclick.geometry import Box, Image, Model, Point

from ..actions import Action, Move, Press, places_of
from .expecting import AROUND_PX, Expected
from .judging import Judge, Part
from .stage import Stage
from .waiting import Patience, Sighting, until_matched

_BY_ITSELF_S = 1.0
"""How long a place under the pointer has to come right by itself."""

_AWAY_S = 0.5
"""How long a place has to come right that the pointer has left."""

_SHARE = 20
"""A control is up to a 20th of the screenshot."""

_MOST_RESTLESS = 16


class Lookout:
    """Watches a stage.

    Args:
        stage: what is watched.
        judge: compares it with what was recorded.
        clock: tells the time and sleeps.
    """

    def __init__(self, stage: Stage, judge: Judge, clock: Clock) -> None:
        self._stage = stage
        self._judge = judge
        self._clock = clock
        self._acted_at = clock.now()
        self._here: Point[Model] | None = None
        self._recorded: Point[Model] | None = None
        self._pressed = False
        self._restless: tuple[Box[Image], ...] = ()

    def acted(self, recorded: Action, done: Action) -> None:
        """Note what was done.

        Args:
            recorded: as it was recorded.
            done: as it was aimed on this stage.
        """
        self._judge.acted()
        self._acted_at = self._clock.now()
        for there, here in zip(places_of(recorded), places_of(done), strict=True):
            self._recorded, self._here = there, here
        if isinstance(done, Press):
            self._pressed = done.down

    def until(
        self, expected: Expected, patience: Patience, part: Part | None = None
    ) -> tuple[Sighting, Comparison]:
        """What was seen when the waiting ended, and how that compares.

        Raises:
            CaptureError: if the display is gone.
            StopRequested: if somebody has stopped the replay.
        """
        began = self._clock.now()
        short = replace(patience, enough_s=min(patience.enough_s, _BY_ITSELF_S))
        may_hover = expected.required and self._here is not None and not self._pressed
        sighting, comparison = self._waited(expected, short if may_hover else patience, part)
        if sighting.matches or not may_hover:
            return sighting, comparison
        if part is None and self._around_the_pointer(comparison, expected):
            away = Patience(patience.rule, True, _AWAY_S, inf)
            self._move(self._elsewhere())
            apart, without = self._waited(expected, away, part)
            self._move(self._here)
            if apart.matches:
                return apart, without
        left_s = patience.timeout_s - (self._clock.now() - began)
        rest = replace(patience, timeout_s=max(left_s, _AWAY_S))
        return self._waited(expected, rest, part)

    def _waited(
        self, expected: Expected, patience: Patience, part: Part | None
    ) -> tuple[Sighting, Comparison]:
        compare = partial(self._judge.compared, expected, part=part)
        found: list[Comparison] = []

        def matches(picture: Screenshot, restless: Sequence[Box[Image]]) -> bool:
            found[:] = [compare(picture, restless)]
            return found[0].same

        here, picture = self._here, self._stage.desktop.view.picture
        sighting = until_matched(
            self._stage,
            matches,
            patience,
            acted_at=self._acted_at,
            clock=self._clock,
            known=self._restless,
            target=None if here is None else picture.to_source(here),
        )
        self._restless = sighting.restless[-_MOST_RESTLESS:]
        return sighting, found[0]

    def _around_the_pointer(self, comparison: Comparison, expected: Expected) -> bool:
        """Whether all that differs may be how a control looks under the pointer."""
        at = self._recorded
        if at is None:
            return False
        size = expected.look.size
        near = Box[Image](
            at.x - AROUND_PX, at.y - AROUND_PX, at.x + AROUND_PX + 1, at.y + AROUND_PX + 1
        )
        under = Point[Image](at.x, at.y)
        return all(
            (box.contains(under) or near.contains(box)) and box.area <= size.box.area // _SHARE
            for box in comparison.boxes
        )

    def _elsewhere(self) -> Point[Model]:
        """The corner of the display that is furthest from the pointer's place."""
        size, here = self._stage.desktop.view.model, self._here
        left = here is None or here.x > size.width // 2
        top = here is None or here.y > size.height // 2
        return Point[Model](0 if left else size.width - 1, 0 if top else size.height - 1)

    def _move(self, to: Point[Model] | None) -> None:
        if to is not None:
            self._stage.desktop.perform(Move(to))
            self._acted_at = self._clock.now()
