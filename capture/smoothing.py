"""Which differing pixels of two pictures differ only by how an edge was smoothed.

The idea is V. Vyšniauskas', "Anti-aliased Pixel and Intensity Slope Detector", Elektronika ir
Elektrotechnika 7 (95), 2009, as pixelmatch applies it to two pictures of one thing
(https://github.com/mapbox/pixelmatch): a smoothed pixel lies on a slope, between a darker and a
brighter neighbour, and one end of the slope is flat in both pictures.

By that rule alone a full stop and a comma are the same in small letters, and so are `O` and `Q`, a
colon and a semicolon: a comma's tail is a slope. So each cluster of such pixels has to keep its
brightness as well, as it does when an edge is smoothed in another way, which takes here what it
adds there. It may change as much as if the edge had moved by a fifth of a pixel.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .clusters import Marks, clusters

_Pixels: TypeAlias = NDArray[np.uint8]
_Brightness: TypeAlias = NDArray[np.int32]

REACH_PX = 2
"""How far from a pixel the rule looks: at its neighbours, and at theirs."""

_LUMA = np.array([29, 150, 77], np.int32)
"""Weights of blue, green and red, of ITU-R BT.601, in 256ths."""

_SURFACE = 3
"""So many neighbours of the same brightness, and a pixel is part of a surface."""

_MOST_MOVED = 0.2
"""Pixels. Measured: at most 0.13 for other ways to smooth a circle or a rounded corner, 0.16 for a
circle a quarter of a pixel further on; 0.23 and more where a letter is another one."""

_SMALL = 12
"""A cluster of so few pixels is no edge that would take somewhere what it adds elsewhere: all that
changes in it counts."""

_CHUNK = 1 << 14
"""Pixels that are looked at in one go: what is gathered of them stays in a core's cache."""


def smoothed(first: _Pixels, second: _Pixels, marks: Marks) -> Marks:
    """Which of the marked pixels differ only in smoothing.

    What lies beyond the border counts as one neighbour like the pixel itself.

    Args:
        first: `(height, width, 4)`, a picture or a part of it; three bands count.
        second: the other one, of the same size.
        marks: `(height, width)`, where they differ.
    """
    pair = _brightness(first), _brightness(second)
    slopes, contrast = _slopes(pair, _flat(first) & _flat(second), marks)
    ys, xs, numbers = clusters(slopes)
    if not ys.size:
        return slopes
    change = (pair[0] - pair[1])[ys + 1, xs + 1]
    net, total, of_all = (
        np.bincount(numbers, weights=each) for each in (change, np.abs(change), contrast[ys, xs])
    )
    moved = np.where(np.bincount(numbers) <= _SMALL, total, np.abs(net))
    slopes[ys, xs] = (moved <= _MOST_MOVED * of_all)[numbers]
    return slopes


def _slopes(
    pair: tuple[_Brightness, _Brightness], flat: Marks, marks: Marks
) -> tuple[Marks, _Brightness]:
    """The marked pixels on a slope of one picture, and how much brightness varies around them."""
    height, width = marks.shape
    around = np.array([y * (width + 2) + x for y in (-1, 0, 1) for x in (-1, 0, 1) if x or y])
    inside = np.pad(np.ones_like(marks), 1).ravel()
    flats = flat.ravel()
    places = np.flatnonzero(np.pad(marks, 1))
    found = np.zeros(inside.size, np.bool_)
    contrast = np.zeros(inside.size, np.int32)
    for start in range(0, places.size, _CHUNK):
        some = places[start : start + _CHUNK]
        neighbours, rows = some[:, None] + around, np.arange(some.size)
        there = inside[neighbours]
        beyond = ~there.all(axis=1)
        for brightness in pair:
            delta = brightness.ravel()[neighbours] - brightness.ravel()[some][:, None]
            delta[~there] = 0
            like = np.count_nonzero((delta == 0) & there, axis=1) + beyond
            low, high = delta.argmin(axis=1), delta.argmax(axis=1)
            darkest, brightest = delta[rows, low], delta[rows, high]
            at_an_end = flats[neighbours[rows, low]] | flats[neighbours[rows, high]]
            found[some] |= (darkest < 0) & (brightest > 0) & (like < _SURFACE) & at_an_end
            contrast[some] = np.maximum(contrast[some], brightest - darkest)
    shape = height + 2, width + 2
    return found.reshape(shape)[1:-1, 1:-1], contrast.reshape(shape)[1:-1, 1:-1]


def _brightness(pixels: _Pixels) -> _Brightness:
    """That of each pixel, in 256ths, with a border of one."""
    return np.pad(pixels[..., :3] @ _LUMA, 1)


def _flat(pixels: _Pixels) -> Marks:
    """Which pixels have the colour of three neighbours; with a border of one."""
    height, width = pixels.shape[:2]
    words = np.ascontiguousarray(pixels).view("<u4")[..., 0] & np.uint32(0xFFFFFF)
    # The border has a colour that no pixel has.
    words = np.pad(words, 1, constant_values=np.uint32(0xFF000000))
    like = np.zeros((height, width), np.uint8)
    like[[0, -1]] = 1
    like[:, [0, -1]] = 1
    middle = words[1:-1, 1:-1]
    for y in range(3):
        for x in range(3):
            if (y, x) != (1, 1):
                like += words[y : y + height, x : x + width] == middle
    return np.pad(like >= _SURFACE, 1)
