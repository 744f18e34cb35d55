"""Places that are painted over in every picture that leaves a desktop.

Some are given; others are where a secret was typed: all that has changed on the display from
before its first key to the next action. What changes there later stays hidden as well, but a mask
does not move: a field that is scrolled away takes its text with it, out from under the mask.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from trueclick.capture import Screenshot, changed_boxes
from trueclick.geometry import Box, Image, Size, UsageError

_INK = 128
"""Of the three colours: a grey of which no program makes a control."""

_GROWN = 100
"""A place is grown on each side by this part of the display's height, for what is next to it."""

_LEAST_GROWN_PX = 6


class Masks:
    """What is painted over, and what of it the model has not been told yet.

    Args:
        boxes: that are painted over from the start.
    """

    def __init__(self, boxes: Iterable[Box[Image]] = ()) -> None:
        self._boxes = list(boxes)
        self._told = 0
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
        area = now.size.box
        margin = max(_LEAST_GROWN_PX, area.height // _GROWN)
        for box in changed_boxes(before, now):
            wide = Box[Image](
                box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin
            ).intersection(area)
            self.cover([wide or area])

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
        if not self._boxes:
            return picture
        pixels = picture.pixels.copy()  # a source may share its memory with us
        for box in self._boxes:
            inside = box.intersection(picture.size.box)
            if inside is not None:
                pixels[inside.y0 : inside.y1, inside.x0 : inside.x1] = np.uint8(_INK)
        return Screenshot(pixels)

    def news(self) -> tuple[Box[Image], ...]:
        """The masks that were not asked for before: the model is told of each once."""
        new = tuple(self._boxes[self._told :])
        self._told = len(self._boxes)
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
