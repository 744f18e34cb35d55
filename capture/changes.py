"""What changed between two pictures: where, and as one line for a model or a trace.

It says what was seen, never that an action has worked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from trueclick.geometry import Box, Image, Model, Point, UsageError, View

from .screenshot import Screenshot

S = TypeVar("S")

_Words: TypeAlias = NDArray[np.uint32]
_Rectangle: TypeAlias = tuple[int, int, int, int]

JOIN_PX = 16
"""Changes with a gap of at most this many pixels are one place: about a line of text."""

MOST_BOXES = 16
"""More places than these are joined further: nobody reads a list that long."""

SQUARE_PX = 16
"""A line of small letters high: what is written in a new window reaches into most of them."""

NEAR_PX = 32
"""Pixels of a picture: a menu opens this close to the button, a tick to its checkbox."""

_BAND_PX = 16
"""Rows that are compared at once: a 4K picture's fit into a core's cache.

At most `JOIN_PX + 2`, so that within a band only columns decide what is one place.
"""

_MOST_WHILE_JOINING = 4 * MOST_BOXES
"""A bound on the work that noise makes."""

_COLOUR = np.uint32(0x00FFFFFF)
"""Blue, green and red of a little-endian pixel, without the byte that means nothing."""

_NAMED = 3

_SLACK_PX = 2
"""By which what turns in place reaches over the box in which it was first seen."""


def changed_boxes(
    before: Screenshot, after: Screenshot, region: Box[Image] | None = None
) -> tuple[Box[Image], ...]:
    """The places where two pictures of one display differ.

    Each box is tight: every edge touches a pixel that changed, and no changed pixel is outside of
    all of them. Ordered from top to bottom, then from left to right. What lies within `JOIN_PX` is
    one place; if that leaves more than `MOST_BOXES`, what lies further apart is joined as well.

    Args:
        before: the older picture.
        after: the newer one.
        region: the part to be compared; what of it is outside of the pictures is left out.

    Raises:
        UsageError: if they are of different sizes: there is no telling what of a display that has
            changed its size is new.
    """
    if before.size != after.size:
        raise UsageError(
            f"pictures of different sizes cannot be compared: {before.size} and {after.size}"
        )
    whole = after.size.box
    part = whole if region is None else region.intersection(whole)
    if part is None or before is after:
        return ()
    found: list[_Rectangle] = []
    gap = JOIN_PX
    for rectangle in _changed_spans(_words(before.pixels, part), _words(after.pixels, part)):
        _add(found, rectangle, gap)
        while len(found) > _MOST_WHILE_JOINING:
            gap *= 2
            found = _joined(found, gap)
    while len(found) > MOST_BOXES:
        gap *= 2
        found = _joined(found, gap)
    found.sort(key=lambda rectangle: (rectangle[1], rectangle[0]))
    return tuple(Box[Image](*each).moved(part.x0, part.y0) for each in found)


def changed_area(before: Screenshot, after: Screenshot, region: Box[Image]) -> int:
    """How many pixels of a region lie in squares of `SQUARE_PX` in which something has changed.

    A window that opened fills its box with them; many small labels, joined to one box by
    `changed_boxes`, do not.

    Args:
        before: the older picture.
        after: the newer one, of the same size.
        region: a box inside of both.
    """
    changed = (_words(before.pixels, region) ^ _words(after.pixels, region)) & _COLOUR
    squares = changed
    for axis, length in enumerate(changed.shape):
        squares = np.bitwise_or.reduceat(squares, range(0, length, SQUARE_PX), axis=axis)
    return min(int(np.count_nonzero(squares)) * SQUARE_PX**2, region.area)


@dataclass(frozen=True)
class Changes(Generic[S]):
    """The places where the screen changed, told apart by where the action was aimed.

    `str()` of it is one line for the model and the trace.

    Attributes:
        near: those within `NEAR_PX` of the target, or around it; all if there was no target.
        elsewhere: the others.
        restless: places that are known to keep changing by themselves (`Settled.restless`).
        target: the pixel at which the action was aimed, if it had one.
    """

    near: tuple[Box[S], ...]
    elsewhere: tuple[Box[S], ...]
    restless: tuple[Box[S], ...] = ()
    target: Point[S] | None = None

    @classmethod
    def seen(
        cls,
        boxes: Iterable[Box[S]],
        *,
        target: Point[S] | None = None,
        restless: Iterable[Box[S]] = (),
    ) -> Changes[S]:
        """The changes in boxes of a space, by a target in the same space."""
        every = tuple(boxes)
        near = tuple(box for box in every if target is None or is_near(box, target))
        elsewhere = tuple(box for box in every if box not in near)
        return cls(near, elsewhere, tuple(restless), target)

    @property
    def where(self) -> Literal["nowhere", "somewhere", "near", "elsewhere", "near and elsewhere"]:
        """In a word: `"somewhere"` if there was no target."""
        if not (self.near or self.elsewhere):
            return "nowhere"
        if self.target is None:
            return "somewhere"
        if self.near:
            return "near and elsewhere" if self.elsewhere else "near"
        return "elsewhere"

    def __str__(self) -> str:
        near, elsewhere = self._named(self.near), self._named(self.elsewhere)
        match self.where:
            case "nowhere":
                return "nothing changed"
            case "somewhere":
                return f"changed: {near}"
            case "near":
                return f"changed near the target: {near}"
            case "elsewhere":
                return f"nothing changed near the target; changed elsewhere: {elsewhere}"
            case "near and elsewhere":
                return f"changed near the target: {near}; and elsewhere: {elsewhere}"

    def _named(self, boxes: tuple[Box[S], ...]) -> str:
        """The largest boxes in their order, and how many more there are."""
        largest = sorted(boxes, key=lambda box: box.area, reverse=True)[:_NAMED]
        names = [
            f"{box} (keeps changing)" if self._keeps_changing(box) else str(box)
            for box in boxes
            if box in largest
        ]
        more = len(boxes) - len(names)
        if more:
            names.append(f"{more} more {'place' if more == 1 else 'places'}")
        return ", ".join(names)

    def _keeps_changing(self, box: Box[S]) -> bool:
        return any(
            place.x0 - _SLACK_PX <= box.x0
            and place.y0 - _SLACK_PX <= box.y0
            and box.x1 <= place.x1 + _SLACK_PX
            and box.y1 <= place.y1 + _SLACK_PX
            for place in self.restless
        )


def is_near(box: Box[S], target: Point[S], near_px: float = NEAR_PX) -> bool:
    """Whether a box begins within `near_px` of a point, across or down, or is around it."""
    nearest = box.clamp(target)
    return max(abs(nearest.x - target.x), abs(nearest.y - target.y)) <= near_px


def boxes_shown(boxes: Iterable[Box[Image]], view: View) -> tuple[Box[Model], ...]:
    """Boxes of a capture as boxes of the screenshot, rounded outward; without what is not shown."""
    picture = view.picture
    to_model = picture.transform.inverse()
    inside = (box.intersection(picture.region) for box in boxes)
    mapped = (to_model.box(box).intersection(picture.content) for box in inside if box is not None)
    return tuple(box for box in mapped if box is not None)


def _words(pixels: NDArray[np.uint8], part: Box[Image]) -> _Words:
    """A part of a picture with one number a pixel; a copy only if its bytes are apart."""
    cut = pixels[part.y0 : part.y1, part.x0 : part.x1]
    if cut.strides[2] != 1:
        cut = np.ascontiguousarray(cut)
    words: _Words = cut.view("<u4")[..., 0]
    return words


def _changed_spans(before: _Words, after: _Words) -> Iterator[_Rectangle]:
    """The changed places of each band of rows, tight."""
    height, width = before.shape
    memory = np.empty((min(_BAND_PX, height), width), np.uint32)
    for top in range(0, height, _BAND_PX):
        rows = slice(top, min(top + _BAND_PX, height))
        changed = memory[: rows.stop - rows.start]
        np.bitwise_xor(before[rows], after[rows], out=changed)
        columns = np.flatnonzero(np.bitwise_or.reduce(changed, axis=0) & _COLOUR)
        for x0, x1 in _runs(columns):
            in_row = np.bitwise_or.reduce(changed[:, x0:x1], axis=1) & _COLOUR
            lines = np.flatnonzero(in_row)
            yield x0, top + int(lines[0]), x1, top + int(lines[-1]) + 1


def _runs(positions: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """Ascending positions as half-open spans, cut at the widest gaps beyond `JOIN_PX`."""
    if not positions.size:
        return
    gaps = np.diff(positions) - 1
    cuts = np.flatnonzero(gaps > JOIN_PX)
    if cuts.size >= MOST_BOXES:
        widest = np.argsort(gaps[cuts], kind="stable")[-(MOST_BOXES - 1) :]
        cuts = np.sort(cuts[widest])
    start = int(positions[0])
    for cut in cuts:
        yield start, int(positions[cut]) + 1
        start = int(positions[cut + 1])
    yield start, int(positions[-1]) + 1


def _joined(rectangles: list[_Rectangle], gap: int) -> list[_Rectangle]:
    joined: list[_Rectangle] = []
    for rectangle in rectangles:
        _add(joined, rectangle, gap)
    return joined


def _add(apart: list[_Rectangle], new: _Rectangle, gap: int) -> None:
    """Put a rectangle among others that are further than `gap` apart, and stay so."""
    x0, y0, x1, y1 = new
    index = 0
    while index < len(apart):
        a0, b0, a1, b1 = apart[index]
        if a0 - x1 <= gap and x0 - a1 <= gap and b0 - y1 <= gap and y0 - b1 <= gap:
            x0, y0, x1, y1 = min(x0, a0), min(y0, b0), max(x1, a1), max(y1, b1)
            # It has grown, and may reach now what was too far away.
            del apart[index]
            index = 0
        else:
            index += 1
    apart.append((x0, y0, x1, y1))
