"""Waiting for texts: until one stands still, names a field, is read, or is gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from trueclick.capture import Clock, Screenshot, changed_boxes, wait_until_still
from trueclick.geometry import Box, Image

from ..desktop import BEFORE_PICTURE
from .errors import ExpectationError
from .fields import Field, fields_of
from .finding import Search, absent, ambiguous, listed, present, where
from .masks import Reader
from .matching import POLL_S
from .reading import Read
from .showing import failed

_STEADY_PX = 8
"""So far around a text nothing may move before it is pointed at."""

_UNCLEAR_S = 1.0
"""So long there may be several places, as when one page replaces another."""


class Texts:
    """The texts on a display.

    Args:
        look: takes a picture of it.
        read: what is written on a picture.
        clock: tells the time and sleeps.
        artifacts: the folder for pictures of what has failed, if any are wanted.
    """

    def __init__(
        self,
        look: Callable[[], Screenshot],
        read: Reader,
        clock: Clock,
        artifacts: Path | None,
    ) -> None:
        self._look = look
        self._read = read
        self._clock = clock
        self._artifacts = artifacts

    def the_one(self, search: Search, timeout_s: float) -> tuple[Read, Screenshot]:
        """The only place of a text once nothing around it moves, and the picture that shows it.

        Raises:
            ExpectationError: if it is nowhere, or in several places.
        """
        began = unclear_at = self._clock.now()
        while True:
            shot = self._look()
            lines = self._read(shot)
            places = search.places(lines)
            now = self._clock.now()
            over = now >= began + timeout_s
            if len(places) < 2:
                unclear_at = now
            elif over or now >= unclear_at + _UNCLEAR_S:
                raise self._failed(ambiguous(search, places), [], shot, search, places)
            if not places and over:
                raise self._missing(search, shot, lines, timeout_s)
            self._clock.sleep(POLL_S)
            if len(places) == 1 and (over or self._is_steady(shot, places[0].box)):
                return places[0], shot

    def field(self, label: Search, timeout_s: float) -> Field:
        """The only field that a label names, once there is one.

        Raises:
            ExpectationError: if the label is not there, or names no field, or several.
        """
        began = self._clock.now()
        while True:
            self.appeared(label, timeout_s)
            now = self._clock.now()
            shot = self._look()
            fields = fields_of(label.wanted, shot, self._read(shot))
            self._clock.sleep(POLL_S)
            if len(fields) == 1 and self._is_steady(shot, fields[0].box):
                return fields[0]
            if len(fields) != 1 and now >= began + min(timeout_s, _UNCLEAR_S):
                break
        boxes = listed(str(field.box) for field in fields)
        what = f"{len(fields)} fields, at {boxes}" if fields else "no field"
        places = [field.box for field in fields] or [
            place.box for place in label.places(self._read(shot))
        ]
        raise failed(
            self._artifacts,
            f"{label} names {what}",
            ["a field is framed, and stands to the right of its label or else below it"],
            shot,
            name="field",
            places=places,
        )

    def appeared(self, search: Search, timeout_s: float) -> tuple[Read, ...]:
        """The places of a text, as soon as it is read anywhere.

        Raises:
            ExpectationError: if it is not read in time.
        """
        began = self._clock.now()
        while True:
            looked = self._clock.now()
            shot = self._look()
            lines = self._read(shot)
            places = search.places(lines)
            if places:
                return places
            if looked >= began + timeout_s:  # the last look comes after the time is over
                raise self._missing(search, shot, lines, timeout_s)
            self._clock.sleep(POLL_S)

    def gone(self, search: Search, timeout_s: float, acted_at: float) -> None:
        """Return once the display is at rest without a text.

        Args:
            search: what must not be there.
            timeout_s: seconds to wait for it to go away.
            acted_at: when something was last done.

        Raises:
            ExpectationError: if it stays.
        """
        began = self._clock.now()
        while True:
            looked = self._clock.now()
            settled = wait_until_still(
                self._look, rule=BEFORE_PICTURE, acted_at=acted_at, clock=self._clock
            )
            lines = self._read(settled.screenshot)
            places = search.places(lines)
            if not places:
                return
            if looked >= began + timeout_s:
                raise self._failed(
                    f"{search} is still {where(search.region)} after {timeout_s:g} s",
                    present(search, places, lines),
                    settled.screenshot,
                    search,
                    places,
                )
            self._clock.sleep(POLL_S)

    def _missing(
        self, search: Search, shot: Screenshot, lines: Sequence[Read], timeout_s: float
    ) -> ExpectationError:
        return self._failed(
            f"{search} is not {where(search.region)} after {timeout_s:g} s",
            absent(search, lines),
            shot,
            search,
            search.elsewhere(lines) if search.region is not None else (),
        )

    def _failed(
        self,
        sentence: str,
        details: Sequence[str],
        shot: Screenshot,
        search: Search,
        places: Sequence[Read],
    ) -> ExpectationError:
        return failed(
            self._artifacts,
            sentence,
            details,
            shot,
            name="text",
            region=search.region,
            places=[place.box for place in places],
        )

    def _is_steady(self, shot: Screenshot, box: Box[Image]) -> bool:
        by = _STEADY_PX
        around = Box[Image](box.x0 - by, box.y0 - by, box.x1 + by, box.y1 + by)
        return not changed_boxes(shot, self._look(), around)
