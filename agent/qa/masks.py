"""What of a picture is not compared: a box, wherever a text stands, or whatever has a colour."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from trueclick.capture import Comparison, Screenshot, Tolerance, changed_boxes, compared
from trueclick.capture.colours import apart
from trueclick.geometry import Box, Image, UsageError

from ..local.errors import MissingExtraError
from .hinting import without_hinting
from .reading import Read, find_text
from .written import read_both, unproved

Reader: TypeAlias = Callable[[Screenshot], Sequence[Read]]
"""What is written on a picture: `TextReader.read`, or lines that are known."""

MARGIN_PX = 4
"""By which a text's mask is larger than the text was found to be: OCR's boxes are off by a few."""


@dataclass(frozen=True, slots=True)
class Mask:
    """What of a picture is not compared. Made by `box`, `text` or `colour`.

    Attributes:
        area: the box; `None` if it is another kind of mask.
        wanted: the text or the pattern.
        whole_line: whether all of the line is masked in which the text stands.
        rgb: the colour.
        within: how far a channel may be from the colour's.
        margin: pixels by which a text or a colour is covered more than it was found.
    """

    area: Box[Image] | None = None
    wanted: str | re.Pattern[str] | None = None
    whole_line: bool = False
    rgb: tuple[int, int, int] | None = None
    within: int = 0
    margin: int = 0

    @staticmethod
    def box(x0: int, y0: int, x1: int, y1: int) -> Mask:
        """The pixels `x0 <= x < x1`, `y0 <= y < y1` of the display.

        Raises:
            UsageError: if the box is empty or inside out.
        """
        return Mask(area=Box(x0, y0, x1, y1))

    @staticmethod
    def text(
        wanted: str | re.Pattern[str], *, whole_line: bool = False, margin: int = MARGIN_PX
    ) -> Mask:
        r"""Wherever a text stands: in the baseline or on the screen, it is masked in both.

        Args:
            wanted: as `find_text` takes it; a clock's is `re.compile(r"\d\d:\d\d")`.
            whole_line: whether to mask all of the line in which it stands.
            margin: pixels by which to mask more than the text.

        Raises:
            UsageError: if the text is empty, or the margin is no number of pixels.
        """
        if isinstance(wanted, str) and not wanted.strip():
            raise UsageError("a mask needs a text, got an empty one")
        return Mask(wanted=wanted, whole_line=whole_line, margin=_pixels("margin", margin))

    @staticmethod
    def colour(colour: str, *, within: int = 0, margin: int = 1) -> Mask:
        """Whatever has a colour, in the baseline or on the screen: it is masked in both.

        Args:
            colour: such as `"#ff00ff"`, or by name, `"magenta"`.
            within: how far each channel may be from it, 0 to 255.
            margin: pixels by which to mask more: the smoothed edge has other colours.

        Raises:
            UsageError: if there is no such colour, or a number is out of its range.
        """
        try:
            red, green, blue = ImageColor.getrgb(colour)[:3]
        except ValueError as error:
            raise UsageError(f'a colour is written as "#ff00ff", got {colour!r}') from error
        if type(within) is not int or not 0 <= within <= 255:
            raise UsageError(f"within is an integer from 0 to 255, got {within!r}")
        return Mask(rgb=(red, green, blue), within=within, margin=_pixels("margin", margin))

    def __str__(self) -> str:
        if self.area is not None:
            return f"the box {self.area}"
        if self.rgb is not None:
            return "the colour #{:02x}{:02x}{:02x}".format(*self.rgb)
        wanted = self.wanted
        return f'the text "{wanted}"' if isinstance(wanted, str) else f"the pattern {wanted!r}"


@dataclass(slots=True)
class Masking:
    """Compares pictures with one baseline, but for what is masked.

    Text is read only where pictures differ beyond the other masks, or in all letters: it takes a
    while.

    Args:
        masks: what is not compared; a box will do for `Mask.box`.
        tolerance: what is no difference.
        read: what is written on a picture.
        hinting: whether letters are the same that were drawn on another grid of pixels, and are
            read as the same; never without the extra `local`, which reads them.
    """

    masks: Sequence[Mask]
    tolerance: Tolerance
    read: Reader
    hinting: bool = True
    _known: Screenshot | None = field(default=None, init=False)
    _known_boxes: tuple[Box[Image], ...] = field(default=(), init=False)

    def compared(self, expected: Screenshot, seen: Screenshot) -> Comparison:
        """How a picture differs from the expected one, which has the same size."""
        boxes = [mask.area for mask in self.masks if mask.area is not None]
        shown = self._without_colours(expected, seen)
        found = self._found(expected, shown, boxes)
        if found.same or not self._texts:
            return found
        return self._found(expected, shown, [*boxes, *self.text_boxes(expected, seen)])

    def _found(
        self, expected: Screenshot, seen: Screenshot, boxes: Sequence[Box[Image]]
    ) -> Comparison:
        found = compared(expected, seen, tolerance=self.tolerance, masks=boxes)
        if found.same or not self.hinting or not self.tolerance.antialiasing:
            return found
        passed = without_hinting(expected, seen, found, self.tolerance, boxes)
        if not passed.same or found.marks is None:
            return passed
        left = np.zeros_like(found.marks) if passed.marks is None else passed.marks
        try:
            lines = read_both(self.read, expected, seen)
        except MissingExtraError:  # nobody can tell an 8 from a 6
            return found
        marks = left | unproved(found.marks & ~left, *lines)
        others = found.pixels - int(np.count_nonzero(marks))
        return Comparison.of(marks, found.ignored + others, self.tolerance)

    def text_boxes(self, expected: Screenshot, seen: Screenshot) -> tuple[Box[Image], ...]:
        """Where masked texts stand in either picture."""
        if self._known is not expected:
            self._known, self._known_boxes = expected, self._boxes_in(expected)
        return (*self._known_boxes, *self._boxes_in(seen))

    def masked(self, expected: Screenshot, seen: Screenshot) -> Screenshot:
        """What was seen, as expected wherever a mask lies."""
        pixels = self._without_colours(expected, seen).pixels.copy()
        boxes = [mask.area for mask in self.masks if mask.area is not None]
        for box in (*boxes, *self.text_boxes(expected, seen)):
            part = seen.size.box.intersection(box)
            if part is not None:
                cut = np.s_[part.y0 : part.y1, part.x0 : part.x1]
                pixels[cut] = expected.pixels[cut]
        return Screenshot(pixels)

    def hidden(self, expected: Screenshot, seen: Screenshot) -> tuple[Box[Image], ...]:
        """Where masks lie, for people to see; a colour's, joined as `changed_boxes` joins."""
        boxes = tuple(mask.area for mask in self.masks if mask.area is not None)
        places = (place for place in map(seen.size.box.intersection, boxes) if place is not None)
        coloured = changed_boxes(seen, self._without_colours(expected, seen))
        return (*places, *self.text_boxes(expected, seen), *coloured)

    def idle(self, expected: Screenshot, seen: Screenshot) -> list[Mask]:
        """The masks of texts that stand in neither picture."""
        lines = [*self.read(expected), *self.read(seen)] if self._texts else []
        return [mask for mask in self._texts if not any(_around(mask, lines))]

    @property
    def _texts(self) -> list[Mask]:
        return [mask for mask in self.masks if mask.wanted is not None]

    def _boxes_in(self, picture: Screenshot) -> tuple[Box[Image], ...]:
        texts = self._texts
        if not texts:
            return ()
        lines = tuple(self.read(picture))
        return tuple(box for mask in texts for box in _around(mask, lines))

    def _without_colours(self, expected: Screenshot, seen: Screenshot) -> Screenshot:
        """What was seen, as expected wherever one of the two has a masked colour."""
        colours = [mask for mask in self.masks if mask.rgb is not None]
        if not colours:
            return seen
        pixels = seen.pixels.copy()
        for mask in colours:
            marks = _coloured(mask, expected) | _coloured(mask, seen)
            pixels[marks] = expected.pixels[marks]
        return Screenshot(pixels)


def masks_of(masks: Iterable[Mask | Box[Image]]) -> tuple[Mask, ...]:
    """Masks, of which some may be given as boxes."""
    return tuple(Mask(area=mask) if isinstance(mask, Box) else mask for mask in masks)


def moved(masks: Iterable[Mask], region: Box[Image]) -> tuple[Mask, ...]:
    """The masks of a display as those of the picture of a region of it."""
    return tuple(
        mask if mask.area is None else Mask(area=mask.area.moved(-region.x0, -region.y0))
        for mask in masks
    )


def _around(mask: Mask, lines: Sequence[Read]) -> Iterable[Box[Image]]:
    if mask.wanted is None:
        return
    for place in find_text(mask.wanted, lines):
        whole = place.box
        if mask.whole_line:
            whole = next((each.box for each in lines if each.box.contains(whole)), whole)
        by = mask.margin
        yield Box(whole.x0 - by, whole.y0 - by, whole.x1 + by, whole.y1 + by)


def _coloured(mask: Mask, picture: Screenshot) -> NDArray[np.bool_]:
    """Which pixels have a mask's colour, or are within its margin of one that has."""
    red, green, blue = mask.rgb or (0, 0, 0)
    marks = apart(picture.pixels, np.array([blue, green, red], np.uint8)) <= mask.within
    for axis in (0, 1):
        wider = marks.copy()
        for by in range(1, mask.margin + 1):
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(by, None), slice(None, -by)
            wider[tuple(ahead)] |= marks[tuple(behind)]
            wider[tuple(behind)] |= marks[tuple(ahead)]
        marks = wider
    return marks


def _pixels(name: str, number: int) -> int:
    if type(number) is not int or number < 0:
        raise UsageError(f"{name} is a number of pixels, got {number!r}")
    return number
