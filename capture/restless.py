"""Which small changes a screen makes by itself: a caret, a clock's digits, a spinner.

Nobody needs to wait for those. But a tick in a checkbox is as small as a spinner, and typed
characters appear one after another like a blinking caret. So size alone proves nothing: a place is
restless once it has kept changing in rhythm without growing, for longer than an animation that an
action starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf

from trueclick.geometry import Box, Image, Size

from .changes import JOIN_PX

PROOF_S = 0.6
"""Seconds for which a place must have kept changing: toolkits animate a switch, a ripple or a
button for 0.2 to 0.4 s."""

_PROOF_TIMES = 4
"""Changes in that time, of which the first may be the action's own."""

_HITCH_S = 0.06
"""A pause that a fast animation takes on a busy machine without having ended."""

_SMALLEST_SHARE = 128
_SMALL_PX = 64 * 64
"""Small is up to a 128th of the screen (144x112 on 1920x1080), and in any case 64x64."""

_SLACK_PX = 2
"""By which a smoothed, turning shape reaches further at one time than at another."""

_CARET_WIDTH_PX = 4
_CARET_HEIGHTS_PX = range(8, 81)
"""Measured: 1x18 to 1x22 px; a display with three pixels a point triples that."""


_MOST_CARETS = 2
"""A screen has one caret, or two with a terminal's; more thin lines than that are a drawing."""

_MOST_PLACES = 64
"""Those that came last are remembered: where everything flickers, none needs to be told apart."""


@dataclass(frozen=True, slots=True)
class Place:
    """A small part of the screen that has changed.

    Attributes:
        box: where; it covers all changes since `since_s`.
        since_s: when it was first seen at this size.
        last_s: when it changed last.
        times: how often it has changed since, that first time included.
        shortest_s: the shortest pause between two changes.
        longest_s: the longest one.
        known: whether it was restless in an earlier wait already.
        ignored: whether a change of it was not waited for.
    """

    box: Box[Image]
    since_s: float
    last_s: float
    times: int = 1
    shortest_s: float = inf
    longest_s: float = 0.0
    known: bool = False
    ignored: bool = False

    @property
    def proved(self) -> bool:
        """Whether it has changed often and long enough to be called restless."""
        if self.known:
            return self.times > 0
        return self.times >= _PROOF_TIMES and self.last_s - self.since_s >= PROOF_S

    def expects(self, at_s: float) -> bool:
        """Whether a change now is in its rhythm: sooner or later, it is another one's."""
        pause = at_s - self.last_s
        no_rhythm_yet = self.longest_s == 0
        return self.proved and (
            no_rhythm_yet
            or pause == 0
            or self.shortest_s / 2 <= pause <= max(2 * self.longest_s, _HITCH_S)
        )

    def holds(self, box: Box[Image]) -> bool:
        """Whether a change in a box is one of this place."""
        return (
            self.box.x0 - _SLACK_PX <= box.x0
            and self.box.y0 - _SLACK_PX <= box.y0
            and box.x1 <= self.box.x1 + _SLACK_PX
            and box.y1 <= self.box.y1 + _SLACK_PX
        )

    def again(self, at_s: float, *, ignored: bool) -> Place:
        """This place after another change."""
        ignored = ignored or self.ignored
        if not self.times:
            return replace(self, since_s=at_s, last_s=at_s, times=1, ignored=ignored)
        pause = at_s - self.last_s
        if pause == 0:  # two boxes of one look
            return replace(self, ignored=ignored)
        return replace(
            self,
            last_s=at_s,
            times=self.times + 1,
            shortest_s=min(self.shortest_s, pause),
            longest_s=max(self.longest_s, pause),
            ignored=ignored,
        )


@dataclass(frozen=True, slots=True)
class Places:
    """The small parts of a screen that have changed so far. A value: `after` returns the next.

    Attributes:
        small_px: the area up to which a change may be the screen's own.
        places: those parts; the ones that are not proved are further apart than `JOIN_PX`.
        counted: the boxes of the last look for which one waits.
        news: those of them that are not in a restless place, out of its rhythm.
    """

    small_px: int
    places: tuple[Place, ...] = ()
    counted: tuple[Box[Image], ...] = ()
    news: tuple[Box[Image], ...] = ()

    @classmethod
    def of(cls, size: Size[Image], known: Iterable[Box[Image]] = ()) -> Places:
        """Those of a screen of a size on which nothing has changed yet.

        Args:
            size: of the screen.
            known: places that were restless in an earlier wait. Believed as soon as they have
                changed once more.
        """
        places = tuple(Place(box, -inf, -inf, times=0, known=True) for box in known)
        return cls(max(size.width * size.height // _SMALLEST_SHARE, _SMALL_PX), places)

    @property
    def restless(self) -> tuple[Box[Image], ...]:
        """The places of which a change was not waited for, and the known ones that changed."""
        boxes = {p.box for p in self.places if p.ignored or (p.known and p.times)}
        return tuple(sorted(boxes, key=lambda box: (box.y0, box.x0)))

    def after(self, at_s: float, boxes: Iterable[Box[Image]]) -> Places:
        """The places after a look at the screen at which some boxes had changed."""
        seen = replace(self, counted=(), news=())
        for box in boxes:
            seen = seen.after_one(at_s, box)
        return seen

    def after_one(self, at_s: float, box: Box[Image]) -> Places:
        """The places after one of the changes of a look."""
        if box.area > self.small_px:
            # What it covers is no longer what was there: its places prove themselves anew.
            kept = tuple(place for place in self.places if place.box.intersection(box) is None)
            return self._with(kept, box)
        homes = [place for place in self.places if place.holds(box)]
        if not homes:
            return self._somewhere_new(at_s, box)
        home = max(homes, key=lambda place: (place.expects(at_s), place.proved))
        trusted = home.ignored or home.known
        caret = trusted and _like_a_caret(home.box) and _like_a_caret(box)
        ignored = home.expects(at_s) or caret
        places = tuple(
            place.again(at_s, ignored=ignored) if place is home else place for place in self.places
        )
        if ignored:
            return replace(self, places=places)
        return self._with(places, box, news=not (home.known or home.proved))

    def _somewhere_new(self, at_s: float, box: Box[Image]) -> Places:
        near = [p for p in self.places if not (p.known or p.proved) and _close(p.box, box)]
        whole = box
        for place in near:
            whole = whole.union(place.box)
        if whole.area > self.small_px:
            whole = box
        # A caret's first blink; what has grown to a caret's shape, or beside something, is not.
        carets = sum(_like_a_caret(place.box) for place in self.places)
        ignored = not near and _like_a_caret(box) and carets < _MOST_CARETS
        kept = tuple(place for place in self.places if place not in near)
        places = (*kept, Place(whole, at_s, at_s, ignored=ignored))
        places = places[-_MOST_PLACES:]
        return replace(self, places=places) if ignored else self._with(places, box)

    def _with(self, places: tuple[Place, ...], counted: Box[Image], *, news: bool = True) -> Places:
        return replace(
            self,
            places=places,
            counted=(*self.counted, counted),
            news=(*self.news, counted) if news else self.news,
        )


def _like_a_caret(box: Box[Image]) -> bool:
    return (
        box.width <= _CARET_WIDTH_PX
        and box.height in _CARET_HEIGHTS_PX
        and box.height >= 4 * box.width
    )


def _close(one: Box[Image], other: Box[Image]) -> bool:
    return (
        max(one.x0, other.x0) - min(one.x1, other.x1) <= JOIN_PX
        and max(one.y0, other.y0) - min(one.y1, other.y1) <= JOIN_PX
    )
