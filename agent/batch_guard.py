"""Whether the screen is still the one on which a model decided where to point.

The calls of a turn were all decided on one picture. What they bring about themselves is expected:
a menu opens at the button, a list scrolls, a row that is chosen fills a pane. But if a dialog pops
up, or the place that is pointed at no longer looks as it did, the next click would hit what nobody
has aimed at.

A screen may well change by itself, for as long as it likes: what was refused once because of a
place is not refused again for as long as that place goes on changing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trueclick.capture import Screenshot, changed_boxes
from trueclick.capture.changes import changed_area, is_near
from trueclick.geometry import Box, Image, Point, Refusal

_UNDER_THE_TARGET = 0.01
"""Of the display: a notification, a list of suggestions. A button that is enabled is less."""

_GREAT = 0.25
"""Of the display: more than a menu or a list that opens, so another page or a dimmed one."""

_NEAR = 1 / 24
"""Of the display's height: what begins this close to a place is the place's own (32 px of 768)."""

_MOSTLY = 0.8
"""Of a changed box: a film's frames do not all differ up to their edges."""

_ADVICE = "since the last screenshot: take a screenshot before you point at it again"


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The screen at one moment.

    Attributes:
        picture: its pixels.
        windows: the programs' windows, or `None` if unknown.
        moving: places that went on changing, which are no news later.
    """

    picture: Screenshot
    windows: Mapping[int, Box[Image]] | None
    moving: tuple[Box[Image], ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done since a picture was taken.

    Attributes:
        places: where; none for keys, which may change whatever has the focus, nor for a button that
            comes up.
        scrolled: whether the wheel was turned there.
    """

    places: tuple[Point[Image], ...]
    scrolled: bool = False

    def is_near(self, box: Box[Image], near_px: float) -> bool:
        """Whether a change may begin at one of its places."""
        return any(is_near(box, place, near_px) for place in self.places)

    def is_within(self, before: Look, box: Box[Image]) -> bool:
        """Whether a change lies in a window in which it was done."""
        windows = (before.windows or {}).values()
        return any(
            window.contains(box) and window.contains(p) for window in windows for p in self.places
        )


class BatchGuard:
    """Knows the picture that the model decided on, and what was done since it was taken."""

    def __init__(self) -> None:
        self._by_turns = False
        self._known: Look | None = None
        self._acts: list[Act] = []
        self._unread: tuple[Look, int] | None = None
        self._own: list[Box[Image]] = []

    def shown(self, look: Look) -> None:
        """Note a picture that the model gets: at once, or with the end of its turn."""
        self._unread = look, len(self._acts)
        if not self._by_turns:
            self._read()

    def next_turn(self) -> None:
        """Note that the model has read all that was shown, and decided anew.

        A loop that never says so is taken to show each picture at once.
        """
        self._by_turns = True
        self._read()

    def acted(self, act: Act) -> None:
        """Note what is about to be done."""
        self._acts.append(act)

    def check(self, now: Look, targets: Iterable[Point[Image]]) -> None:
        """Return if coordinates still mean what they meant when they were decided on.

        Args:
            now: the screen.
            targets: the places that are pointed at.

        Raises:
            Refusal: if they may not; the model reads the message.
        """
        before = self._known
        if before is None:
            return
        aims = list(targets)
        if self._window_opened(before, now, aims):
            raise Refusal(f"a window has opened {_ADVICE}")
        changed = [
            box
            for box in changed_boxes(before.picture, now.picture)
            if not any(_is_part_of(box, place) for place in before.moving)
        ]
        self._own = [own for own in self._own if any(_is_part_of(box, own) for box in changed)]
        for box in changed:
            limit = self._limit(box, aims, before)
            if limit is None or any(_is_part_of(box, own) for own in self._own):
                continue
            if box.area >= limit and changed_area(before.picture, now.picture, box) >= limit:
                self._own.append(box)
                raise Refusal(f"the screen has changed greatly {_ADVICE}")

    def _window_opened(self, before: Look, now: Look, targets: list[Point[Image]]) -> bool:
        """Whether there is a new window: any after an action of ours, else one that is hit."""
        if before.windows is None or now.windows is None:
            return False
        new = [box for number, box in now.windows.items() if number not in before.windows]
        return any(self._acts or box.contains(target) for box in new for target in targets)

    def _limit(self, box: Box[Image], targets: list[Point[Image]], before: Look) -> float | None:
        """From how many pixels on a change is too great, or `None` if it never is."""
        display = before.picture.size.box
        near = [act for act in self._acts if act.is_near(box, _NEAR * display.height)]
        if any(box.contains(target) for target in targets):
            if any(act.scrolled for act in near):
                return None
            return (_GREAT if near else _UNDER_THE_TARGET) * display.area
        # Elsewhere the screen may do what it likes, or what our clicks and keys make it do.
        ours = near or any(not act.places or act.is_within(before, box) for act in self._acts)
        return _GREAT * display.area if self._acts and not ours else None

    def _read(self) -> None:
        if self._unread is not None:
            self._known, done = self._unread
            del self._acts[:done]
            self._unread = None


def _is_part_of(box: Box[Image], place: Box[Image]) -> bool:
    shared = box.intersection(place)
    return shared is not None and shared.area >= _MOSTLY * box.area
