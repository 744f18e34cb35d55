"""Whether a picture is the expected one, and where it is not.

Exactly equal pictures are told by a glance at their bytes. Where some differ, three things are no
difference: colours that are nearly the same, an edge that was smoothed in another way, and a caret
that blinks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from trueclick.geometry import Box, Image, Size, UsageError

from .caret import carets
from .changes import changed_boxes
from .clusters import Marks
from .colours import apart
from .draw import BoxMark, draw
from .encoding.scale import scaled
from .screenshot import Screenshot
from .smoothing import REACH_PX, smoothed


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is no difference between two pictures.

    Attributes:
        channel: the largest difference of a colour channel, 0 to 255, that counts as the same. No
            weighted distance, by which a blue may be off by 79 where a grey may by 26 (pixelmatch's
            default): states of a button may differ in nothing but a tint. Measured: 13 where the
            display's size made fonts 0.1 % larger, 18 between a button and the same below the
            pointer; 53 in JPEG of quality 90, which wants to be compared with JPEG.
        antialiasing: whether pixels are the same that differ only by how an edge was smoothed.
        caret: whether a text caret that one of them lacks is no difference.
        pixels: how many pixels may differ beyond all this.
        share: or which share of all, from 0 to 1; the larger number counts.

    Raises:
        UsageError: if a number is out of its range.
    """

    channel: int = 16
    antialiasing: bool = True
    caret: bool = True
    pixels: int = 0
    share: float = 0.0

    def __post_init__(self) -> None:
        if type(self.channel) is not int or not 0 <= self.channel <= 255:
            raise UsageError(f"channel is an integer from 0 to 255, got {self.channel!r}")
        if type(self.pixels) is not int or self.pixels < 0:
            raise UsageError(f"pixels is an integer of at least 0, got {self.pixels!r}")
        if not 0 <= self.share <= 1:
            raise UsageError(f"share is a number from 0 to 1, got {self.share!r}")

    def allows(self, pixels: int, area: int) -> bool:
        """Whether so many differing pixels of a picture with so many are no difference."""
        return pixels <= max(self.pixels, self.share * area)


EXACT = Tolerance(channel=0, antialiasing=False, caret=False)
"""Nothing: every colour of every pixel has to be the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """How a picture differs from the expected one.

    Attributes:
        same: whether it is the expected one within the tolerance.
        boxes: where it differs, from top to bottom, joined as `changed_boxes` joins; there may be
            some though it is the same, if the tolerance allows for some pixels.
        pixels: how many pixels differ.
        ignored: how many differ but were let pass: smoothed, a caret's, or under a mask.
        marks: `(height, width)`, the pixels that differ; `None` if none does.
    """

    same: bool
    boxes: tuple[Box[Image], ...] = ()
    pixels: int = 0
    ignored: int = 0
    marks: Marks | None = field(default=None, repr=False)

    @classmethod
    def of(cls, marks: Marks, ignored: int, tolerance: Tolerance) -> Comparison:
        """The comparison that found these pixels to differ."""
        pixels = int(np.count_nonzero(marks))
        same = tolerance.allows(pixels, marks.size)
        if not pixels:
            return cls(same, ignored=ignored)
        return cls(same, _boxes(marks), pixels, ignored, marks)

    @classmethod
    def everywhere(cls, boxes: Iterable[Box[Image]], size: Size[Image]) -> Comparison:
        """The comparison of pictures that have nothing in common in these boxes."""
        places = tuple(boxes)
        marks = np.zeros((size.height, size.width), np.bool_)
        for box in places:
            marks[box.y0 : box.y1, box.x0 : box.x1] = True
        return cls(same=False, boxes=places, pixels=int(np.count_nonzero(marks)), marks=marks)

    def joined(self, other: Comparison, tolerance: Tolerance) -> Comparison:
        """Both comparisons of parts of one picture as one, within a tolerance."""
        ignored = self.ignored + other.ignored
        if self.marks is None or other.marks is None:
            found = self if other.marks is None else other
            return replace(found, ignored=ignored)
        return Comparison.of(self.marks | other.marks, ignored, tolerance)


def compared(
    expected: Screenshot,
    seen: Screenshot,
    *,
    tolerance: Tolerance = Tolerance(),
    masks: Iterable[Box[Image]] = (),
) -> Comparison:
    """How a picture differs from the expected one, pixel by pixel.

    Args:
        expected: the picture as it should be.
        seen: the picture as it is.
        tolerance: what is no difference.
        masks: boxes that are not compared, such as a clock's; they may reach out of the picture.

    Raises:
        UsageError: if the pictures are of different sizes.
    """
    changed = changed_boxes(expected, seen)  # refuses another size; all it costs is a XOR
    if not changed:
        return Comparison(same=True)
    hidden = tuple(masks)
    marks = np.zeros(expected.pixels.shape[:2], np.bool_)
    differing = 0
    parts = [_grown(box, REACH_PX).intersection(expected.size.box) or box for box in changed]
    cuts = [np.s_[part.y0 : part.y1, part.x0 : part.x1] for part in parts]
    for part, cut in zip(parts, cuts, strict=True):
        marks[cut] = apart(expected.pixels[cut], seen.pixels[cut]) > tolerance.channel
        differing += int(np.count_nonzero(marks[cut]))
        _clear(marks, part, hidden)
    if tolerance.caret and marks.any():
        marks &= ~carets(expected.pixels, seen.pixels, marks)
    if tolerance.antialiasing:
        for cut in cuts:
            marks[cut] &= ~_smoothed(expected.pixels[cut], seen.pixels[cut], marks[cut], tolerance)
    ignored = differing - int(np.count_nonzero(marks))
    return Comparison.of(marks, ignored, tolerance)


_FAINT = 4
"""A part of the tolerance down to which differences belong to an edge."""

_MARK = np.array([0, 0, 230, 255], np.uint8)
"""A strong red, which few programs use over large parts."""

_FADED = 4
"""What is the same keeps a fourth of its contrast, without colour."""


def difference(expected: Screenshot, seen: Screenshot, comparison: Comparison) -> Screenshot:
    """A picture of a comparison for people: what differs in red over what was seen, faded.

    Args:
        expected: the picture as it should be; the result is of its size.
        seen: the picture as it is.
        comparison: of the two.
    """
    shown = scaled(seen, expected.size).pixels[..., :3].astype(np.uint16)
    grey = (shown @ np.array([29, 150, 77], np.uint16)) >> 8
    pixels = np.full(expected.pixels.shape, 255, np.uint8)
    pixels[..., :3] = (255 - (255 - grey) // _FADED)[..., None]
    if comparison.marks is not None:
        pixels[comparison.marks] = _MARK
    boxes = (BoxMark(box, label="", color="#e60000") for box in comparison.boxes)
    return draw(Screenshot(pixels), boxes)


def _smoothed(
    before: NDArray[np.uint8], after: NDArray[np.uint8], marks: Marks, tolerance: Tolerance
) -> Marks:
    """Which of the marked pixels of a part differ only in smoothing."""
    if not marks.any():
        return marks
    # An edge goes on where it differs a little: cut into pieces, it would not keep its brightness.
    along = apart(before, after) > tolerance.channel // _FAINT
    return smoothed(before, after, along)


def _clear(marks: Marks, part: Box[Image], masks: Iterable[Box[Image]]) -> None:
    """Unmark what lies under masks in a part of the picture."""
    for mask in masks:
        hidden = mask.intersection(part)
        if hidden is not None:
            marks[hidden.y0 : hidden.y1, hidden.x0 : hidden.x1] = False


def _grown(box: Box[Image], by: int) -> Box[Image]:
    return Box(box.x0 - by, box.y0 - by, box.x1 + by, box.y1 + by)


def _boxes(marks: Marks) -> tuple[Box[Image], ...]:
    """The marked places, joined; there are some."""
    rows, columns = np.flatnonzero(marks.any(axis=1)), np.flatnonzero(marks.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    part = marks[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    marked = np.zeros((*part.shape, 4), np.uint8)
    marked[..., 0] = part
    found = changed_boxes(Screenshot(np.zeros_like(marked)), Screenshot(marked))
    return tuple(box.moved(left, top) for box in found)
