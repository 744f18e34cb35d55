"""Pixels that touch each other, sideways, up, down or at a corner, as one cluster."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Marks: TypeAlias = NDArray[np.bool_]


def clusters(marks: Marks) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """The rows and the columns of all marked pixels, and the number of each one's cluster.

    Numbers count from 0 without gaps.

    Args:
        marks: `(height, width)`.
    """
    ys, xs = np.nonzero(marks)
    names = np.arange(ys.size)
    if not ys.size:
        return ys, xs, names
    # What is around them need not be looked at: few pixels of a large picture are marked.
    left, top = int(xs.min()), int(ys[0])
    width = int(xs.max()) - left + 3
    number_at = np.full((int(ys[-1]) - top + 3) * width, -1, np.intp)
    places = (ys - top + 1) * width + xs - left + 1
    number_at[places] = names
    ends: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    for step in (1, width - 1, width, width + 1):
        other = number_at[places + step]
        touching = np.flatnonzero(other >= 0)
        ends.append((touching, other[touching]))
    first, second = (np.concatenate(each) for each in zip(*ends, strict=True))
    # Each takes the smallest name among those it touches, and that one's, until all agree.
    while first.size:
        low = np.minimum(names[first], names[second])
        np.minimum.at(names, names[first], low)
        np.minimum.at(names, names[second], low)
        while True:
            further = names[names]
            if np.array_equal(further, names):
                break
            names = further
        apart = names[first] != names[second]
        first, second = first[apart], second[apart]
    return ys, xs, np.unique(names, return_inverse=True)[1]
