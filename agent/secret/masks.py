"""Places that are painted over in every picture that leaves a desktop.

Some are given; others are where a secret was typed: all that has changed on the display from
before its first key to the next action. What changes there later stays hidden as well, and what
stood there is hidden wherever it is moved as a whole, as by scrolling. What is drawn anew, larger,
in another font or by another program, is not known again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from trueclick.capture import Screenshot, changed_boxes
from trueclick.geometry import Box, Image, Size, UsageError

from .moved import Piece, colors

_INK = 128
"""Of the three colours: a grey of which no program makes a control."""

_GROWN = 100
"""A place is grown on each side by this part of the display's height, for what is next to it."""

_LEAST_GROWN_PX = 6

_MOST_PIECES = 32
"""That are looked for elsewhere; the newest ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """A picture that is painted over.

    Attributes:
        picture: of a whole display.
        hidden: where it is.
    """

    picture: Screenshot
    hidden: tuple[Box[Image], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Covering:
    """What is painted over at one moment. A value: any thread may paint with it.

    Attributes:
        boxes: in every picture.
        pieces: wherever they are found.
        told: which boxes the model has been told of.
    """

    boxes: tuple[Box[Image], ...]
    pieces: tuple[Piece, ...]
    told: frozenset[Box[Image]]

    def painted(self, picture: Screenshot) -> Painted:
        """The picture of a whole display, painted over; itself if there is nothing to hide."""
        if not self.boxes:
            return Painted(picture, ())
        hidden = (*self.boxes, *self._elsewhere(picture))
        pixels = picture.pixels.copy()  # a source may share its memory with us
        for box in hidden:
            inside = box.intersection(picture.size.box)
            if inside is not None:
                pixels[inside.y0 : inside.y1, inside.x0 : inside.x1] = np.uint8(_INK)
        return Painted(Screenshot(pixels), hidden)

    def untold(self, hidden: Iterable[Box[Image]]) -> tuple[Box[Image], ...]:
        """Those of some boxes that the model has not been told of."""
        return tuple(box for box in hidden if box not in self.told)

    def _elsewhere(self, picture: Screenshot) -> Iterator[Box[Image]]:
        """Where pieces are that have been moved; hidden in this picture alone."""
        if not self.pieces:
            return
        words = colors(picture)
        for piece in self.pieces:
            for box in piece.elsewhere(words):
                yield _grown(box, picture.size)


class Masks:
    """What is painted over, and what of it the model has not been told yet.

    Args:
        boxes: that are painted over from the start.
    """

    def __init__(self, boxes: Iterable[Box[Image]] = ()) -> None:
        self._boxes = list(boxes)
        self._pieces: list[Piece] = []
        self._told: set[Box[Image]] = set()
        self._hidden: tuple[Box[Image], ...] = ()
        self._before: Screenshot | None = None

    def begin(self, before: Screenshot) -> None:
        """Note the display as it is before a secret is typed: all that changes is hidden."""
        self._before = before

    def seen(self, now: Screenshot) -> None:
        """Hide what has changed since `begin`, if that was not ended."""
        before = self._before
        if before is None:
            return
        if before.size != now.size:
            self.cover([now.size.box])
            return
        for box in changed_boxes(before, now):
            piece = Piece.of(now, box)
            if not any(piece.is_same(known) for known in self._pieces):
                self._pieces = [*self._pieces, piece][-_MOST_PIECES:]
            self.cover([_grown(box, now.size)])

    def end(self, now: Screenshot | None = None) -> None:
        """Note that what changes from now on is something else's.

        Args:
            now: hides what has changed since `begin`, unless that was `seen` just now.
        """
        if now is not None:
            self.seen(now)
        self._before = None

    def cover(self, boxes: Iterable[Box[Image]]) -> None:
        """Paint boxes over from now on."""
        for box in boxes:
            if not any(known.contains(box) for known in self._boxes):
                self._boxes.append(box)

    def painted(self, picture: Screenshot) -> Screenshot:
        """The picture of a whole display with the masks on it; itself if there are none."""
        self.seen(picture)
        painted = self.covering().painted(picture)
        self._hidden = painted.hidden
        return painted.picture

    def covering(self) -> Covering:
        """What is painted over at this moment, for a picture that is painted later."""
        return Covering(tuple(self._boxes), tuple(self._pieces), frozenset(self._told))

    def news(self) -> tuple[Box[Image], ...]:
        """What the last picture hides and was not told before: the model is told of each once."""
        new = self.covering().untold(self._hidden)
        self._told.update(new)
        return new


def within(display: Size[Image], boxes: Iterable[Box[Image]]) -> tuple[Box[Image], ...]:
    """The boxes, all of them inside of a display.

    Raises:
        UsageError: if one is not: it would hide less than was meant.
    """
    masks = tuple(boxes)
    for box in masks:
        if not display.box.contains(box):
            raise UsageError(f"the mask {box} is not inside of the {display} display")
    return masks


def _grown(box: Box[Image], size: Size[Image]) -> Box[Image]:
    """A box and what is next to it, as far as it is on the display."""
    margin = max(_LEAST_GROWN_PX, size.height // _GROWN)
    wide = Box[Image](box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin)
    return wide.intersection(size.box) or size.box
