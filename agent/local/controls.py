"""Finds the control that belongs to a label, from the pixels around it.

Nothing here knows a toolkit. A field is a rectangle that stands out from the label's background,
by a border or by its fill; it stands to the right of its label on the same row, else below it. A
checkbox is a small square beside its text. A slider is a long thin bar with a knob on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from trueclick.geometry import Box, Model, Point

from .pixels import Mask, Pixels, common_color, labelled_blobs, unlike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .words import Line


# The detected box of a text may reach this far past it, in heights of the text.
_SLACK = 1.2


@dataclass(frozen=True, slots=True)
class Field:
    """An entry, a text area, a drop-down or a list box.

    Attributes:
        box: the whole control, with its border.
        beside: whether it stands on its label's row, rather than below it.
        tall: whether it holds several lines.
        filled: whether something stands in it.
    """

    box: Box[Model]
    beside: bool
    tall: bool
    filled: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A checkbox and whether it is ticked."""

    box: Box[Model]
    ticked: bool


@dataclass(frozen=True, slots=True)
class Slider:
    """A horizontal slider: its trough and the knob on it."""

    trough: Box[Model]
    knob: Box[Model]

    def place(self, percent: float) -> Point[Model]:
        """Where the knob's centre is at `percent`; its way starts and ends half a knob inside."""
        start = self.trough.x0 + self.knob.width / 2
        way = self.trough.width - self.knob.width
        return Point(round(start + way * percent / 100 - 0.5), self.knob.center.y)


def find_field(label: Line, lines: Sequence[Line], pixels: Pixels) -> Field | None:
    """The field that `label` names, or None."""
    unit = _text_height(label)
    parts = _Parts(label, pixels)
    boxes = [
        box
        for number, box in parts.numbered
        if box.height >= 0.7 * unit
        and box.width >= 1.5 * unit
        and not _holds(box, label.box)
        and parts.framed(number, box)
    ]
    middle = label.box.center.y

    def beside(box: Box[Model]) -> bool:
        same_row = box.y0 - unit / 2 <= middle <= box.y1 + unit / 4
        return box.x0 >= label.box.x1 - _SLACK * unit and same_row

    def below(box: Box[Model]) -> bool:
        near = -unit / 2 <= box.y0 - label.box.y1 <= 1.5 * unit
        return near and box.x0 - unit <= label.box.x0 <= box.x1

    right = min(filter(beside, boxes), key=lambda box: box.x0, default=None)
    if right and not _text_between(label, right, lines):
        return _field(right, label, pixels, beside=True)
    under = min(filter(below, boxes), key=lambda box: box.y0, default=None)
    if under:
        return _field(under, label, pixels, beside=False)
    return None


def find_tick(text: Line, pixels: Pixels) -> Tick | None:
    """The checkbox left of its text, or None. A radio button counts as one."""
    unit = _text_height(text)
    parts = _Parts(text, pixels)
    middle = text.box.center.y

    def square(box: Box[Model]) -> bool:
        return (
            max(0.3 * unit, 5) <= box.height <= 2 * unit
            and box.width >= 5
            and 0.75 <= box.width / box.height <= 1.33
            and abs(box.center.y - middle) <= 0.6 * unit
        )

    # The detected box of the text often reaches over the checkbox.
    squares = [
        box
        for number, box in parts.numbered
        if square(box)
        and parts.framed(number, box, share=0.6, depth=3)
        and parts.stands_alone(box, unit / 3)
        and not parts.is_letter(number, box)
    ]
    left = [box for box in squares if -2.5 * unit <= box.center.x - text.box.x0 <= 1.2 * unit]
    box = min(left, key=lambda box: box.x0, default=None)
    return Tick(box, _ticked(box, parts.background, pixels)) if box else None


def find_slider(label: Line, pixels: Pixels) -> Slider | None:
    """The slider on the label's row, or None."""
    unit = _text_height(label)
    parts = _Parts(label, pixels)
    middle = label.box.center.y
    bars = sorted(
        (
            (box, number)
            for number, box in parts.numbered
            if box.x0 >= label.box.x1 - _SLACK * unit
            and box.y0 - unit / 2 <= middle <= box.y1 + unit / 2
            and box.width >= 4 * unit
            and box.height <= 2.5 * unit
        ),
        key=lambda found: (abs(found[0].center.y - middle) > unit / 2, found[0].x0),
    )
    for box, number in bars:
        slider = _slider(box, parts.labels == number, pixels)
        if slider:
            return slider
    return None


def holds(box: Box[Model], line: Line) -> bool:
    """Whether the middle of a line of text is in the box."""
    return box.contains(line.box.center)


class _Parts:
    """What stands out from the background of a label, in connected parts."""

    def __init__(self, label: Line, pixels: Pixels) -> None:
        box = label.box
        # The middle rows alone: a highlighted row may be lower than the detected box of its text.
        third = box.height // 3
        middle = pixels[box.y0 + third : box.y1 - third, box.x0 : box.x1]
        self.background = common_color(middle)
        self.labels, self.numbered = labelled_blobs(unlike(pixels, self.background))
        self._pixels = pixels
        self._ink = _farthest(middle, self.background)

    def framed(self, number: int, box: Box[Model], *, share: float = 0.75, depth: int = 2) -> bool:
        """Whether the part reaches along all four sides of its box, or fills most of it."""
        mask: Mask = self.labels[box.y0 : box.y1, box.x0 : box.x1] == number
        # Two pixels deep: a scaled border is blurred over two, and corners may be rounded.
        sides = (
            mask[:depth].any(0),
            mask[-depth:].any(0),
            mask[:, :depth].any(1),
            mask[:, -depth:].any(1),
        )
        return float(mask.mean()) >= 0.85 or all(float(side.mean()) >= share for side in sides)

    def is_letter(self, number: int, box: Box[Model]) -> bool:
        """Whether the part is drawn with the ink of the label's text, and with no other color.

        A checkbox drawn with that ink alone gives itself away by its four whole sides.
        """
        mask: Mask = self.labels[box.y0 : box.y1, box.x0 : box.x1] == number
        if self.framed(number, box, share=0.95):
            return False
        colors = self._pixels[box.y0 : box.y1, box.x0 : box.x1][mask].astype(np.float64)
        paper, ink = self.background.astype(np.float64), self._ink.astype(np.float64)
        way = ink - paper
        # Antialiasing blends paper and ink; any other color lies off the line between them.
        share = ((colors - paper) @ way / max(float(way @ way), 1.0)).clip(0, 1)
        off = np.abs(colors - paper - share[:, None] * way).max(axis=1)
        return float((off > 30).mean()) < 0.05 and bool((share > 0.75).any())

    def stands_alone(self, box: Box[Model], gap: float) -> bool:
        """Whether nothing stands close to the left of the box, as in a word."""
        row = self.labels[box.y0 : box.y1, max(box.x0 - round(gap), 0) : box.x0]
        near = {int(number) for number in np.unique(row)}
        # What is much higher than the box is no letter, but where the background ends.
        return not any(
            number in near and other.height <= 3 * box.height for number, other in self.numbered
        )


def _field(box: Box[Model], label: Line, pixels: Pixels, *, beside: bool) -> Field:
    unit = _text_height(label)
    tall = box.height >= 2.6 * unit
    return Field(box, beside=beside, tall=tall, filled=_has_ink(box, unit, pixels))


def _has_ink(box: Box[Model], unit: float, pixels: Pixels) -> bool:
    """Whether more than a caret stands in a field."""
    rim = max(3, round(unit / 6))
    inside = pixels[box.y0 + rim : box.y1 - rim, box.x0 + rim : box.x1 - rim]
    if not inside.size:
        return False
    columns = unlike(inside, common_color(inside)).any(axis=0)
    # A caret is one or two columns wide, and blurred to three by scaling.
    return int(columns.sum()) > 3


def _ticked(box: Box[Model], background: npt.NDArray[np.uint8], pixels: Pixels) -> bool:
    """Ticked: a mark stands in the square, or it is filled with a color of its own."""
    # Past the border, which may be a bevel of two pixels, blurred.
    rim = max(2, round(0.3 * box.width))
    inside = pixels[box.y0 + rim : box.y1 - rim, box.x0 + rim : box.x1 - rim]
    fill = common_color(inside)
    if float(unlike(inside, fill).mean()) >= 0.1:
        return True
    light = _brightness(fill)
    return light < _brightness(background) - 60 and light < 160


def _brightness(color: npt.NDArray[np.uint8]) -> float:
    red, green, blue = (int(part) for part in color)
    return 0.3 * red + 0.59 * green + 0.11 * blue


def _farthest(part: Pixels, color: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The color in `part` that differs most from `color`: the ink of a text on its background."""
    distance = np.abs(part.astype(np.int16) - color.astype(np.int16)).sum(axis=2)
    row, column = np.unravel_index(int(distance.argmax()), distance.shape)
    color_found: npt.NDArray[np.uint8] = part[row, column]
    return color_found


def _slider(box: Box[Model], mask: Mask, pixels: Pixels) -> Slider | None:
    part = mask[box.y0 : box.y1, box.x0 : box.x1]
    knob = _taller(part) or _different(pixels[box.y0 : box.y1, box.x0 : box.x1])
    if knob is None:
        return None
    first, last = knob
    return Slider(box, Box(box.x0 + first, box.y0, box.x0 + last, box.y1))


def _taller(part: Mask) -> tuple[int, int] | None:
    """The columns where the bar is higher than elsewhere: a knob on a thin track."""
    extent: npt.NDArray[np.int64] = (
        part.shape[0] - part.argmax(axis=0) - part[::-1].argmax(axis=0)
    ) * part.any(axis=0)
    usual = float(np.median(extent))
    if part.shape[0] < usual + 4:
        return None
    return _one_run(extent > usual + 2, part.shape[0])


def _different(bar: Pixels) -> tuple[int, int] | None:
    """The columns that look unlike the rest of the bar: a knob as high as its trough."""
    rows = slice(bar.shape[0] // 5, max(bar.shape[0] * 4 // 5, bar.shape[0] // 5 + 1))
    columns = bar[rows].astype(np.int16)
    usual = np.median(columns, axis=1, keepdims=True)
    strange = (np.abs(columns - usual).max(axis=2) > 8).any(axis=0)
    # The bar's own ends are drawn differently: two pixels of border, blurred by scaling.
    edge = 3
    core = strange.copy()
    core[:edge] = core[edge]
    core[-edge:] = core[-edge - 1]
    return _one_run(core, bar.shape[0])


def _one_run(columns: npt.NDArray[np.bool_], height: int) -> tuple[int, int] | None:
    """The first and the last column of the only run, gaps up to the bar's height closed."""
    found = np.flatnonzero(columns)
    if not found.size:
        return None
    first, last = int(found[0]), int(found[-1]) + 1
    width = last - first
    gaps = np.diff(found)
    closed = not gaps.size or int(gaps.max()) <= max(height, 8)
    sensible = max(4, height / 3) <= width <= columns.size / 2
    return (first, last) if closed and sensible else None


def _text_height(label: Line) -> float:
    """About the height of a line of text: the detected box has a margin of a third around it."""
    return max(0.75 * label.box.height, 6.0)


def _text_between(label: Line, box: Box[Model], lines: Sequence[Line]) -> bool:
    middle = label.box.center.y
    return any(
        line.box.y0 < middle < line.box.y1
        and label.box.x1 - 2 <= line.box.x0
        and line.box.center.x < box.x0
        for line in lines
    )


def _holds(outer: Box[Model], inner: Box[Model]) -> bool:
    return outer.contains(inner.center)
