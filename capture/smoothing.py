"""Which differing pixels of two pictures differ only by how an edge was smoothed.

The idea is V. Vyšniauskas', "Anti-aliased Pixel and Intensity Slope Detector", Elektronika ir
Elektrotechnika 7 (95), 2009, as pixelmatch applies it to two pictures of one thing
(https://github.com/mapbox/pixelmatch): a smoothed pixel lies on a slope, between a darker and a
brighter neighbour, and one end of the slope is flat in both pictures. The core of a stroke, a dot
or a surface is no such pixel: what appears or vanishes is never all smoothed.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
Marks: TypeAlias = NDArray[np.bool_]

REACH_PX = 2
"""How far from a pixel the rule looks: at its neighbours, and at theirs."""

_LUMA = np.array([29, 150, 77], np.int32)
"""Weights of blue, green and red, of ITU-R BT.601, in 256ths."""

_SURFACE = 3
"""So many neighbours of the same brightness, and a pixel is part of a surface."""

_CHUNK = 1 << 14
"""Pixels that are looked at in one go: what is gathered of them stays in a core's cache."""


def smoothed(first: Pixels, second: Pixels, marks: Marks) -> Marks:
    """Which of the marked pixels differ only in smoothing.

    What lies beyond the border counts as one neighbour like the pixel itself.

    Args:
        first: `(height, width, 4)`, a picture or a part of it; three bands count.
        second: the other one, of the same size.
        marks: `(height, width)`, where they differ.
    """
    width = marks.shape[1] + 2
    places = np.flatnonzero(np.pad(marks, 1))
    around = np.array([y * width + x for y in (-1, 0, 1) for x in (-1, 0, 1) if x or y])
    inside = np.pad(np.ones_like(marks), 1).ravel()
    flat = _flat(first) & _flat(second)
    slopes = [(_brightness(each), flat) for each in (first, second)]
    found = np.zeros(inside.size, np.bool_)
    for start in range(0, places.size, _CHUNK):
        some = places[start : start + _CHUNK]
        neighbours = some[:, None] + around
        there = inside[neighbours]
        for brightness, flat in slopes:
            delta = brightness[neighbours]
            delta -= brightness[some][:, None]
            delta[~there] = 0
            like = np.count_nonzero((delta == 0) & there, axis=1) + ~there.all(axis=1)
            rows = np.arange(some.size)
            low, high = delta.argmin(axis=1), delta.argmax(axis=1)
            slope = (delta[rows, low] < 0) & (delta[rows, high] > 0) & (like < _SURFACE)
            slope &= flat[neighbours[rows, low]] | flat[neighbours[rows, high]]
            found[some] |= slope
    return found.reshape(-1, width)[1:-1, 1:-1]


def _brightness(pixels: Pixels) -> NDArray[np.int32]:
    """That of each pixel and of a border of one, as a row."""
    return np.pad(pixels[..., :3] @ _LUMA, 1).ravel()


def _flat(pixels: Pixels) -> Marks:
    """Which pixels have the colour of three neighbours; with a border of one, as a row."""
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
    return np.pad(like >= _SURFACE, 1).ravel()
