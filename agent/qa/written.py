"""Whether the same is written on two pictures, as far as it can be read.

Where all letters are drawn on another grid of pixels, no pixels tell an 8 from a 6 any more: what
is read does. So letters are taken for the same ones only where they are read as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from trueclick.capture import Screenshot
from trueclick.capture.clusters import Marks
from trueclick.geometry import Box, Image

from .reading import Read

_BY_PX = 5
"""OCR's boxes may be off by so many pixels."""

GAP_PX = 40
"""Between two pictures that are read as one."""

_ROW = 0.5
"""Of the lower one's height that two lines share, and they are in one row."""

# Which of these is read depends on how the letter is drawn; digits remain different ones.
_SHAPES = str.maketrans(
    {**dict.fromkeys("0oO", "0"), **dict.fromkeys("1lI|!", "1"), **dict.fromkeys("5sS", "5")}
    | {letter.upper(): letter for letter in "cuvwxz"}
)


def read_both(
    read: Callable[[Screenshot], Sequence[Read]], expected: Screenshot, seen: Screenshot
) -> tuple[tuple[Read, ...], tuple[Read, ...]]:
    """The lines of two pictures of one size, read as one picture: both in the same way.

    A reader that reads of the second one only what has changed would read other pieces of it.
    """
    width, height = expected.size.width, expected.size.height
    gap = np.broadcast_to(expected.pixels[-1:, :1], (GAP_PX, width, expected.pixels.shape[2]))
    lines = read(Screenshot(np.concatenate([expected.pixels, gap, seen.pixels])))
    lower = height + GAP_PX // 2
    return (
        tuple(line for line in lines if line.box.center.y < lower),
        tuple(
            replace(line, box=line.box.moved(0, -height - GAP_PX))
            for line in lines
            if line.box.center.y >= lower
        ),
    )


def unproved(marks: Marks, expected: Sequence[Read], seen: Sequence[Read]) -> Marks:
    """Those of the marked pixels that do not lie in texts that read alike on both pictures.

    Args:
        marks: where the pictures differ, but all the letters there may be the same.
        expected: the lines of one picture.
        seen: the lines of the other one.
    """
    left, others = marks.copy(), np.zeros_like(marks)
    for ours, theirs in _rows(expected, seen):
        alike = _letters(ours) == _letters(theirs)
        for line in (*ours, *theirs):
            box, by = line.box, _BY_PX if alike else 0
            cut = np.s_[max(box.y0 - by, 0) : box.y1 + by, max(box.x0 - by, 0) : box.x1 + by]
            if alike:
                left[cut] = False
            else:
                others[cut] = True
    return left | (marks & others)


def _letters(row: Iterable[Read]) -> str:
    """What is written in a row, without spaces: there one may be read or not."""
    lines = sorted(row, key=lambda line: line.box.x0)
    return "".join("".join(line.text.split()) for line in lines).translate(_SHAPES)


def _rows(
    expected: Sequence[Read], seen: Sequence[Read]
) -> Iterator[tuple[Sequence[Read], Sequence[Read]]]:
    """The lines of both pictures that stand in the same places: one may be read as two."""
    ours, theirs = list(expected), list(seen)
    while ours or theirs:
        row: tuple[list[Read], list[Read]] = ([], [])
        (row[0] if ours else row[1]).append((ours or theirs).pop())
        while _moved(theirs, row[1], row[0]) or _moved(ours, row[0], row[1]):
            pass
        yield row


def _moved(rest: list[Read], row: list[Read], others: Sequence[Read]) -> bool:
    """Whether some of the rest stand where the others do: they are put into the row."""
    near = [line for line in rest if any(_meet(line.box, other.box) for other in others)]
    row += near
    rest[:] = [line for line in rest if line not in near]
    return bool(near)


def _meet(one: Box[Image], other: Box[Image]) -> bool:
    """Whether two lines share some of their width and most of their height."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    down = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > 0 and down >= _ROW * min(one.height, other.height)
