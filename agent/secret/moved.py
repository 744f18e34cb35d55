"""Finds a piece of a picture again where it has been moved to, pixel by pixel.

What was typed into a page that is scrolled, or into a window that is moved, is drawn the same
somewhere else. It is known by short rows of pixels in which letters begin and end; what is drawn
anew in another size, colour or font is not found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trueclick.capture import Screenshot
from trueclick.geometry import Box, Image

_ROW_PX = 24
"""As long as two or three letters: they stand elsewhere as well, but not often twice."""

_ROWS = 8
_LEAST_EDGES = 5
"""Places where the colour changes, of a row that is told apart from a line or a frame."""

_AGREEING = 2
"""Rows that must be found with the same distance, unless there is but one."""

_MOST_CANDIDATES = 2_000_000
_MOST_FOUND = 16

_Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A piece of a picture.

    Attributes:
        box: where it was.
        rows: by which it is known, with the places where they began.
    """

    box: Box[Image]
    rows: tuple[tuple[int, int, _Words], ...]

    @classmethod
    def of(cls, picture: Screenshot, box: Box[Image]) -> Piece:
        """What is in a box of a picture."""
        part = colors(picture)[box.y0 : box.y1, box.x0 : box.x1]
        length = min(_ROW_PX, box.width)
        found: list[tuple[int, int, int]] = []
        for y in range(box.height):
            for x in range(0, box.width - length + 1, length):
                edges = int(np.count_nonzero(np.diff(part[y, x : x + length].astype(np.int64))))
                if edges >= _LEAST_EDGES:
                    found.append((edges, y, x))
        best = sorted(found, reverse=True)[:_ROWS]
        rows = ((box.x0 + x, box.y0 + y, part[y, x : x + length].copy()) for _, y, x in best)
        return cls(box, tuple(rows))

    def is_same(self, other: Piece) -> bool:
        """Whether it is known by the same rows in the same place."""
        return len(self.rows) == len(other.rows) and all(
            (x, y) == (other_x, other_y) and np.array_equal(row, other_row)
            for (x, y, row), (other_x, other_y, other_row) in zip(
                self.rows, other.rows, strict=True
            )
        )

    def elsewhere(self, words: _Words) -> Iterator[Box[Image]]:
        """Where it is now, but for where it was, in a picture's colours."""
        distances: Counter[tuple[int, int]] = Counter()
        for x, y, row in self.rows:
            for found_x, found_y in _found(words, row):
                distances[found_x - x, found_y - y] += 1
        enough = min(_AGREEING, len(self.rows))
        for (right, down), times in distances.most_common(_MOST_FOUND):
            if times >= enough and (right or down):
                yield self.box.moved(right, down)


def colors(picture: Screenshot) -> _Words:
    """One number a pixel, without the byte that means nothing."""
    words: _Words = np.ascontiguousarray(picture.pixels).view("<u4")[..., 0]
    return words & np.uint32(0xFFFFFF)


def _found(words: _Words, row: _Words) -> list[tuple[int, int]]:
    """Where a row of pixels begins in a picture."""
    width = words.shape[1]
    flat = words.ravel()
    values, counts = np.unique(row, return_counts=True)
    rarest = int(np.flatnonzero(row == values[np.argmin(counts)])[0])
    at = np.flatnonzero(flat == row[rarest])
    if len(at) > _MOST_CANDIDATES:
        return []
    starts = at - rarest
    starts = starts[(starts >= 0) & (starts % width <= width - len(row))]
    for offset, value in enumerate(row):
        starts = starts[flat[starts + offset] == value]
    return [(int(start) % width, int(start) // width) for start in starts[:_MOST_FOUND]]
