"""Whether two pictures show the same, though each glyph was sampled in another way.

The same window on displays of different sizes, scaled to the same picture, differs in nearly
every pixel. What stays the same is how bright, and of what colour, each place of a few pixels is
on average. A word that appeared or moved changes that; a changed letter may not.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFilter

from trueclick.geometry import Box, Image

from .changes import changed_boxes
from .clusters import Marks
from .colours import apart
from .compare import Comparison, Tolerance
from .encoding.scale import scaled
from .screenshot import Screenshot

CELL_PX = 7
"""Over so many pixels, across and down, colours are averaged: a letter's width."""

ROUGH = Tolerance(channel=24)
"""What `compared_roughly` takes for the same.

Measured on a form in letters of 10 points, scaled to between 0.5 and 1 from another resolution and
from half a pixel further on: means are at most 18 apart, 5 to 16 where nothing is shifted. Where
they are not the same: 27 to 108 for a word that was replaced by another of its length, 58 to 89
for a button's label, above 70 for what was moved or is gone. A changed letter makes 7 to 20, and so
does a word where letters are shown in half their size: neither is found.
"""

_SHIFT_PX = 1
"""By which content may be off."""


def compared_roughly(
    expected: Screenshot,
    seen: Screenshot,
    *,
    tolerance: Tolerance = ROUGH,
    masks: Iterable[Box[Image]] = (),
) -> Comparison:
    """How the content of a picture differs from the expected one's, however it was scaled.

    Compared are the mean colours of squares of `CELL_PX` around each pixel, and what lies one
    pixel further on is the same.

    Args:
        expected: the picture as it should be; the result is in its pixels.
        seen: the picture as it is, of any size: it is scaled to the other's.
        tolerance: its `channel` is the largest difference of two means, its `pixels` and `share`
            count pixels whose surroundings differ; smoothing and carets never matter here.
        masks: boxes that are not compared, in pixels of the expected picture.
    """
    fitting = scaled(seen, expected.size).pixels
    if not changed_boxes(expected, Screenshot(fitting)):
        return Comparison(same=True)
    hidden = [inside for mask in masks if (inside := mask.intersection(expected.size.box))]
    if hidden:
        fitting = fitting.copy()
        for box in hidden:
            cut = np.s_[box.y0 : box.y1, box.x0 : box.x1]
            fitting[cut] = expected.pixels[cut]
    marks = _apart(_means(expected.pixels), _means(fitting), tolerance.channel)
    return Comparison.of(marks, 0, tolerance)


def _means(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mean colour around each pixel; beyond the border all is as at the border."""
    height, width = pixels.shape[:2]
    source = np.ascontiguousarray(pixels)
    image = Pillow.frombuffer("RGB", (width, height), source, "raw", "RGBX", 0, 1)
    blurred = image.filter(ImageFilter.BoxBlur(CELL_PX // 2))
    return np.asarray(blurred)


def _apart(first: NDArray[np.uint8], second: NDArray[np.uint8], most: int) -> Marks:
    """Where a mean of the one is like none within reach of the other."""
    marks: Marks = apart(first, second) > most
    ys, xs = np.nonzero(marks)
    height, width = marks.shape
    nearest = np.full(ys.size, 255, np.uint8)
    for y in range(-_SHIFT_PX, _SHIFT_PX + 1):
        for x in range(-_SHIFT_PX, _SHIFT_PX + 1):
            beside = second[(ys + y).clip(0, height - 1), (xs + x).clip(0, width - 1)]
            np.minimum(nearest, apart(first[ys, xs], beside), out=nearest)
    marks[ys, xs] = nearest > most
    return marks
