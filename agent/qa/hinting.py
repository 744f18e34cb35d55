"""Which differences of two pictures are the same letters, drawn on another grid of pixels.

Font hinting moves the strokes of a letter by fractions of a pixel, and colours smooth them in other
ways (`slight`, `full`, `rgb`): the same text on another machine differs in half of its pixels. What
stays is how much ink there is within a stroke's width, and where to within a pixel. So a difference
is hinting where both pictures, smoothed, are alike at a place at most a pixel away, measured by the
contrast there: grey text on white is judged like black.

That alone would let a comma become a full stop, or a 2 an 8. But hinting is a setting: all letters
are drawn in another way, or none. So it is looked for only where much is written and most of it
differs, in many places by more than the tolerance, masks left out: on a picture of a word or two
nobody can tell.

Where all letters are drawn anew, one that has also changed passes in most cases (measured: 7 of 10
digits, each comma): so what passes has to be read as the same (`written.py`).

A thing that was moved by a pixel would pass as well. It is told by two signs that hinting does not
leave: moved back, it is pixel by pixel as it was; or it has a long straight edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFilter

from trueclick.capture import Comparison, Screenshot, Tolerance
from trueclick.capture.clusters import Marks
from trueclick.capture.colours import apart
from trueclick.geometry import Box, Image

_Pixels: TypeAlias = NDArray[np.uint8]
_Levels: TypeAlias = NDArray[np.int16]
_Array = TypeVar("_Array", np.uint8, np.int16)

STROKE_PX = 1.5
"""The standard deviation of the smoothing: about a stroke's width of letters of 8 to 14 points."""

AROUND_PX = 9
"""The contrast at a place is that of so many pixels across and down: of a letter."""

MOST = 0.33
"""Of the contrast, by which the smoothed pictures may differ. Measured: up to 0.23 among most kinds
of hinting and smoothing of letters of 12 to 18 px in Tk, GTK and Chromium, 0.3 at the end of a
title whose letters are spaced by whole pixels; 0.5 and more where all of them are bold or a pixel
larger."""

INK = 0.8
"""The least share of one's ink that the other has. Measured: 0.83 and more among all kinds of
hinting; 0.57 where letters are bold, 0.5 where their ink is half as strong."""

STRAIGHT_PX = 20
"""No stroke of a letter is so long, but the edge of a button is."""

TILE_PX = 32
"""What is written is counted by squares of so many pixels."""

_WRITTEN_PX = 16
"""So many pixels at edges, and something is written in a square."""

_EDGE, _OTHER = 64, 4
"""Levels: between neighbours at an edge, and by which a pixel there is another one."""

_SHARE = 0.1
"""Of a square's pixels at edges that are others, and it differs."""

MOSTLY = 0.3
"""Of the squares with something written, that have to differ: there are borders and icons, too.
Measured: 0.42 and more of a form whose letters are all hinted anew, 0.14 where a line is bold."""

LEAST = 10
"""So many squares have to differ, which is some forty letters: a changed word or number covers one
or two, and of what was changed in so many places, hardly all looks alike when it is smoothed."""

_SHIFTS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]


def without_hinting(
    expected: Screenshot,
    seen: Screenshot,
    found: Comparison,
    tolerance: Tolerance,
    masks: Iterable[Box[Image]] = (),
) -> Comparison:
    """A comparison without the differences that are another hinting of the same letters.

    Args:
        expected: the picture as it should be.
        seen: the picture as it is.
        found: how they differ.
        tolerance: what is no difference.
        masks: boxes that were not compared: what differs there says nothing of hinting.
    """
    if found.marks is None or not is_drawn_anew(expected, seen, found.marks, masks):
        return found
    marks = found.marks.copy()
    for box in found.boxes:
        part = expected.size.box.intersection(_grown(box, AROUND_PX))
        if part is None:
            continue
        cut = np.s_[part.y0 : part.y1, part.x0 : part.x1]
        first, second = expected.pixels[cut][..., :3], seen.pixels[cut][..., :3]
        noise = marks[cut] & _alike(first, second)
        if not noise.any() or _ink_kept(first, second) < INK:
            continue
        if not _is_moved(first, second, tolerance.channel):
            marks[cut] &= ~noise | _edges(first, second, tolerance.channel)
    passed = found.pixels - int(np.count_nonzero(marks))
    return Comparison.of(marks, found.ignored + passed, tolerance)


def is_drawn_anew(
    first: Screenshot, second: Screenshot, marks: Marks, masks: Iterable[Box[Image]]
) -> bool:
    """Whether so much of what is written differs that another hinting may be why.

    Args:
        first: a picture.
        second: another one, of the same size.
        marks: where they differ beyond the tolerance.
        masks: boxes that do not count.
    """
    image = _image(first.pixels[..., :3])
    high, low = (
        _levels(image.filter(kind(3))) for kind in (ImageFilter.MaxFilter, ImageFilter.MinFilter)
    )
    edges = (high - low).max(axis=2) > _EDGE
    for box in masks:
        part = first.size.box.intersection(box)
        if part is not None:
            edges[part.y0 : part.y1, part.x0 : part.x1] = False
    others = edges & (apart(first.pixels, second.pixels) > _OTHER)
    written, differing = _by_tile(edges), _by_tile(others)
    counted = written >= _WRITTEN_PX
    enough = max(LEAST, MOSTLY * np.count_nonzero(counted))
    anew = np.count_nonzero(differing[counted] >= _SHARE * written[counted])
    return bool(anew >= enough and np.count_nonzero(_by_tile(marks)) >= enough)


def _by_tile(marks: Marks) -> NDArray[np.int64]:
    """How many pixels are marked in each square."""
    counts = marks.astype(np.int64)
    for axis in (0, 1):
        counts = np.add.reduceat(counts, range(0, marks.shape[axis], TILE_PX), axis=axis)
    return counts


def _alike(first: _Pixels, second: _Pixels) -> Marks:
    """Where the pictures, smoothed, are alike within a pixel."""
    ours, theirs = (
        _levels(_image(p).filter(ImageFilter.GaussianBlur(STROKE_PX))) for p in (first, second)
    )
    nearest = np.full(ours.shape[:2], 255, np.int16)
    for moved in _moved(theirs):
        np.minimum(nearest, np.abs(ours - moved).max(axis=2), out=nearest)
    high = np.maximum(
        *(_levels(_image(p).filter(ImageFilter.MaxFilter(AROUND_PX))) for p in (first, second))
    )
    low = np.minimum(
        *(_levels(_image(p).filter(ImageFilter.MinFilter(AROUND_PX))) for p in (first, second))
    )
    return np.asarray(nearest <= MOST * (high - low).max(axis=2))


def _ink_kept(first: _Pixels, second: _Pixels) -> float:
    """The share of one's ink that the other has; ink is what is off the usual brightness."""
    amounts: list[float] = []
    for pixels in (first, second):
        grey = pixels.mean(axis=2)
        amounts.append(float(np.abs(grey - np.median(grey)).sum()))
    return min(amounts) / max(*amounts, 1.0)


def _is_moved(first: _Pixels, second: _Pixels, channel: int) -> bool:
    """Whether one is the other, moved by a pixel; what comes in at the edges does not count."""
    inner = first[1:-1, 1:-1]
    return any(
        bool((apart(inner, moved[1:-1, 1:-1]) <= channel).all())
        for shift, moved in zip(_SHIFTS, _moved(second), strict=True)
        if shift != (0, 0)
    )


def _moved(pixels: NDArray[_Array]) -> Iterator[NDArray[_Array]]:
    """A picture moved by each of the shifts; at the edges it goes on as it is there."""
    height, width = pixels.shape[:2]
    around = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    for y, x in _SHIFTS:
        yield around[1 + y : 1 + y + height, 1 + x : 1 + x + width]


def _edges(first: _Pixels, second: _Pixels, channel: int) -> Marks:
    """The differing pixels that are part of a straight line of one colour, in both pictures."""
    across = _lines(first, second, channel)
    down = _lines(first.swapaxes(0, 1), second.swapaxes(0, 1), channel).T
    return across | down


def _lines(first: _Pixels, second: _Pixels, channel: int) -> Marks:
    """Those that are part of a line across."""
    marks = apart(first, second) > channel
    for pixels in (first, second):
        marks[:, 1:] &= apart(pixels[:, 1:], pixels[:, :-1]) <= channel
    long = np.zeros_like(marks)
    count = marks.shape[1] - STRAIGHT_PX + 1
    if count < 1:
        return long
    sums = np.pad(np.cumsum(marks, axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    starts = sums[:, STRAIGHT_PX:] - sums[:, :count] == STRAIGHT_PX
    for by in range(STRAIGHT_PX):
        long[:, by : by + count] |= starts
    return long


def _image(pixels: _Pixels) -> Pillow.Image:
    return Pillow.fromarray(np.ascontiguousarray(pixels))


def _levels(image: Pillow.Image) -> _Levels:
    return np.asarray(image, np.int16)


def _grown(box: Box[Image], by: int) -> Box[Image]:
    return Box(box.x0 - by, box.y0 - by, box.x1 + by, box.y1 + by)
