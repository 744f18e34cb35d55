"""Which differences between two pictures are a text caret that blinks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from trueclick.geometry import Box, Image

from .clusters import Marks, clusters
from .colours import apart

_Pixels: TypeAlias = NDArray[np.uint8]

_WIDEST_PX, _LOWEST_PX, _HIGHEST_PX = 3, 8, 48

_EDGE_PX = 2
"""So far the weak edges of a caret reach that was scaled."""

_STRONG = 3
"""What differs by less than a third of the most is such an edge."""

_PLAIN = 24
"""Within so many levels a colour is one: what was scaled swings a little beside an edge."""

_MOSTLY, _FREE = 0.7, 0.5
"""Shares of a bar's pixels, and of those below each of its columns."""

_WHOLE = 0.95
"""Of a bar's rows that go on beside it, and it is the edge of something: of a box that moved."""

_BESIDE_PX = 6
"""So far to both sides most is ground, and not a letter."""

_ALONG = 0.9
"""A row of which so much is inked is a field's border, not text."""

_MOST = 1 << 14
"""Among more differing pixels than these nobody looks for a caret: that is no blink."""

_LINE = 8
"""The text beside a caret is looked at as far as this many times its height..."""

_GAP = 1.5
"""...up to the first gap of more than this many times its height."""


def carets(first: _Pixels, second: _Pixels, marks: Marks) -> Marks:
    """Which of the marked pixels belong to a caret that one of the pictures has.

    A caret is an upright bar of one colour, 1 to 3 px wide and 8 to 48 high, over another one. An
    `l` that was typed is such a bar as well, but stands on the line on which the text beside it
    stands, while a caret reaches below that line. Where this cannot be told, as of a lone `l` in
    an empty field or of a `|`, it is taken for a caret.

    Args:
        first: `(height, width, 4)`, a picture or a part of it; three bands count.
        second: the other one, of the same size.
        marks: `(height, width)`, where they differ.
    """
    found = np.zeros_like(marks)
    if np.count_nonzero(marks) > _MOST:
        return found
    for rows, columns in _slim(marks):
        left, top = int(columns.min()), int(rows.min())
        cut = np.s_[top : int(rows.max()) + 1, left : int(columns.max()) + 1]
        difference = apart(first[cut], second[cut])
        core = _core(difference)
        if core is None:
            continue
        bar, ink = core.moved(left, top), int(difference.max()) // _STRONG
        for present, absent in ((first, second), (second, first)):
            if _is_bar(present, absent, bar, ink) and not _stands_on_a_line(absent, bar, ink):
                found[rows, columns] = True
                near = np.s_[
                    max(0, bar.y0 - _EDGE_PX) : bar.y1 + _EDGE_PX,
                    max(0, bar.x0 - _EDGE_PX) : bar.x1 + _EDGE_PX,
                ]
                found[near] |= apart(first[near], second[near]) <= ink
    return found & marks


def _slim(marks: Marks) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The rows and columns of each cluster of pixels that is about as large as a caret."""
    ys, xs, numbers = clusters(marks)
    order = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers))
    for rows, columns in zip(
        np.split(ys[order], ends[:-1]), np.split(xs[order], ends[:-1]), strict=True
    ):
        height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
        if (
            _LOWEST_PX <= height <= _HIGHEST_PX + 2 * _EDGE_PX
            and width <= _WIDEST_PX + 2 * _EDGE_PX
        ):
            yield rows, columns


def _core(difference: NDArray[np.uint8]) -> Box[Image] | None:
    """Where something differs strongly, if that is a bar."""
    strong = difference > difference.max() // _STRONG
    rows, columns = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
    core = Box[Image](int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    filled = strong[core.y0 : core.y1, core.x0 : core.x1].mean() >= _MOSTLY
    upright = core.width <= _WIDEST_PX and _LOWEST_PX <= core.height <= _HIGHEST_PX
    return core if filled and upright else None


def _is_bar(present: _Pixels, absent: _Pixels, bar: Box[Image], ink: int) -> bool:
    """Whether one picture has a bar of one colour where the other has its ground.

    Letters beside a caret may reach below it, but not along half of it: that would be an `l`.
    """
    cut = np.s_[bar.y0 : bar.y1, bar.x0 : bar.x1]
    shown, below, ground = present[cut], absent[cut], _ground(absent, bar)
    inner = shown[1:-1]  # the ends may be weaker
    of_one = apart(inner, _median(inner, axis=0)) <= ink
    off, off_below = apart(shown, ground), apart(below, ground)
    stands_out = (off > off_below) | (apart(shown, below) <= ink)
    free = (off_below <= ink).mean(axis=0) >= _FREE
    return bool(
        of_one.all() and stands_out.all() and free.all() and _stands_alone(present, bar, ink)
    )


def _stands_alone(present: _Pixels, bar: Box[Image], ink: int) -> bool:
    """Whether a bar does not go on at either side, as the edge of something larger does.

    A letter may touch it, but none is as high as a caret.
    """
    rows = slice(bar.y0, bar.y1)
    for beside, edge in ((bar.x0 - 1, bar.x0), (bar.x1, bar.x1 - 1)):
        if 0 <= beside < present.shape[1]:
            alike = apart(present[rows, beside], present[rows, edge]) <= ink
            if alike.mean() >= _WHOLE:
                return False
    return True


def _ground(absent: _Pixels, bar: Box[Image]) -> _Pixels:
    """The colour round a bar, in the picture without it."""
    left = max(0, bar.x0 - _BESIDE_PX)
    around = absent[bar.y0 : bar.y1, left : bar.x1 + _BESIDE_PX]
    return _median(around, axis=(0, 1))


def _median(pixels: _Pixels, axis: int | tuple[int, int]) -> _Pixels:
    return np.asarray(np.median(pixels, axis=axis, keepdims=True).astype(np.uint8))


def _stands_on_a_line(absent: _Pixels, bar: Box[Image], ink: int) -> bool:
    """Whether a bar ends where the letters of the text before or else behind it end."""
    ground = _ground(absent, bar)
    reach, first = _LINE * bar.height, max(0, bar.y0 - _EDGE_PX)
    rows = slice(first, bar.y1 + _EDGE_PX)
    sides = (
        absent[rows, max(0, bar.x0 - reach) : bar.x0][:, ::-1],
        absent[rows, bar.x1 : bar.x1 + reach],
    )
    for side in sides:
        text = _text(apart(side, ground) > ink, bar.height)
        if text is not None:
            return _ends_on(text, bar.y0 - first, bar.y1 - first)
    return False


def _text(inked: Marks, height: int) -> Marks | None:
    """The columns of the text that begins beside a bar of a height, if there is one."""
    walls = np.flatnonzero(inked.all(axis=0))  # a field's border
    text = inked[:, : walls[0]] if walls.size else inked
    if not text.size:
        return None
    text = text & (text.mean(axis=1, keepdims=True) < _ALONG)
    columns = np.flatnonzero(text.any(axis=0))
    gaps = np.flatnonzero(np.diff(columns, prepend=0) > _GAP * height)
    columns = columns[: gaps[0]] if gaps.size else columns
    return text[:, : columns[-1] + 1] if columns.size else None


def _ends_on(text: Marks, top: int, bottom: int) -> bool:
    """Whether a bar from one row to another ends with the letters beside it."""
    ink = np.count_nonzero(text, axis=1)
    if ink[bottom : bottom + 1].any():
        return True  # letters hang below it, and below a caret none do
    if not ink[bottom - 1]:
        return False
    # Some tails hang as low as the caret; it also rises above all letters then.
    rises = not ink[: top + 2].any()
    return not (rises and ink[bottom - 1] * 3 <= ink.max())
