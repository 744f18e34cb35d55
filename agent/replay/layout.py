"""The present windows at the places where they were recorded, as one picture to compare."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from trueclick.capture.encoding.scale import scaled
from trueclick.capture.screenshot import Screenshot
from trueclick.geometry import Axis, Box, Image, Model, Point, Size, Transform, View

_LOBES = 3
"""Pixels of the smaller picture over which scaling with Lanczos mixes colours."""


@dataclass(frozen=True, slots=True)
class WindowPair:
    """A recorded window and its counterpart.

    Attributes:
        recorded: the view in which the one was recorded.
        was: where it was, in pixels of the recorded captures.
        present: the view in which the other one is.
        now: where it is, in pixels of the present captures.
    """

    recorded: View
    was: Box[Image]
    present: View
    now: Box[Image]

    def around(self, at: Point[Image]) -> Transform[Image, Image]:
        """The map for what lies at a pixel of the recorded capture, in the window or beside it."""
        a, b = self.was, self.now
        before, after = self.recorded, self.present
        across = _Side(a.x0, a.x1, before.image.width, before.display.width)
        down = _Side(a.y0, a.y1, before.image.height, before.display.height)
        return Transform(
            across.to(_Side(b.x0, b.x1, after.image.width, after.display.width), at.x),
            down.to(_Side(b.y0, b.y1, after.image.height, after.display.height), at.y),
        )

    @property
    def shown(self) -> tuple[Box[Image], Box[Image]] | None:
        """What of the window both displays show: on the recorded and on the present one."""
        carry = self.around(self.was.center)
        was = carry.inverse().box(self.now).intersection(self.was)
        now = carry.box(was).intersection(self.now) if was is not None else None
        return (was, now) if was is not None and now is not None else None


@dataclass(frozen=True, slots=True)
class Layout:
    """The windows of a recorded display with their counterparts, in the order of their opening.

    Each is taken to lie on top of those opened before; only what is on top on both displays is
    laid out.
    """

    recorded: View
    windows: tuple[WindowPair, ...]

    @property
    def has_scaled(self) -> bool:
        """Whether a window's counterpart is of another size."""
        return any(not _alike(shown) for pair in self.windows if (shown := pair.shown))

    def laid_out(
        self,
        expected: Screenshot,
        seen: Screenshot,
        *,
        moved_windows: bool = True,
        scaled_windows: bool = True,
    ) -> Screenshot:
        """The present windows where they were recorded, all else as expected.

        They take the way that a recorded capture took to the model: the same pixels at another
        place come out as the same picture. A picture's pixel is laid out if all that it was mixed
        of lies in one of the windows.

        Args:
            expected: the recorded screenshot, in the model's pixels.
            seen: the present capture, in device pixels.
            moved_windows: whether to lay out those of the recorded size.
            scaled_windows: whether to lay out those of another size.
        """
        image, model = self.recorded.image, self.recorded.model
        canvas = np.zeros((image.height, image.width, 4), np.uint8)
        known = np.zeros((image.height, image.width), np.bool_)
        on_top = np.full(seen.pixels.shape[:2], -1, np.int16)
        for number, pair in enumerate(self.windows):
            on_top[_cut(pair.now)] = number
        for number, pair in enumerate(self.windows):
            known[_cut(pair.was)] = False
            shown = pair.shown
            if shown is None:
                continue
            was, now = shown
            part = Screenshot(seen.pixels[_cut(now)])
            canvas[_cut(was)] = scaled(part, was.size).pixels
            if moved_windows if _alike(shown) else scaled_windows:
                rows = now.y0 + np.arange(was.height) * now.height // was.height
                columns = now.x0 + np.arange(was.width) * now.width // was.width
                known[_cut(was)] = on_top[np.ix_(rows, columns)] == number
        laid = scaled(Screenshot(canvas), model).pixels
        from_known = _all_of(known, image, model)
        return Screenshot(np.where(from_known[..., None], laid, expected.pixels))


@dataclass(frozen=True, slots=True)
class _Side:
    """One dimension of a window on a display.

    Attributes:
        start: its first pixel.
        end: the one after its last.
        edge: the size of the capture.
        screen: the size of the display in pointer coordinates.
    """

    start: int
    end: int
    edge: int
    screen: int

    @property
    def length(self) -> int:
        return self.end - self.start

    def to(self, other: _Side, at: int) -> Axis:
        """The map to the counterpart of what lies at a pixel."""
        density = Fraction(other.edge * self.screen, other.screen * self.edge)
        if at < self.start:
            return Axis(density, other.start - self.start * density)
        if at >= self.end:
            return Axis(density, other.end - self.end * density)
        if self.length == other.length:
            return Axis(Fraction(1), Fraction(other.start - self.start))
        small, large = (self, other) if self.length < other.length * density else (other, self)
        cut_at_start = small.start == 0 and large.start > 0
        cut_at_end = small.end == small.edge and large.end < large.edge
        if cut_at_end and small.start > 0:
            return Axis(density, other.start - self.start * density)
        if cut_at_start and small.end < small.edge:
            return Axis(density, other.end - self.end * density)
        scale = Fraction(other.length, self.length)
        return Axis(scale, other.start - self.start * scale)


def _alike(shown: tuple[Box[Image], Box[Image]]) -> bool:
    was, now = shown
    return was.size == now.size


def _cut(box: Box[Image]) -> tuple[slice, slice]:
    return slice(box.y0, box.y1), slice(box.x0, box.x1)


def _all_of(known: NDArray[np.bool_], image: Size[Image], model: Size[Model]) -> NDArray[np.bool_]:
    """Which pixels of a scaled picture are mixed of known ones alone."""
    if (image.width, image.height) == (model.width, model.height):
        return known
    within_rows = _any(~known, *_reach(image.height, model.height))
    within = _any(within_rows.T, *_reach(image.width, model.width)).T
    return np.logical_not(within)


def _any(marks: NDArray[np.bool_], starts: list[int], ends: list[int]) -> NDArray[np.bool_]:
    """Whether any row of each half-open span of rows is marked, column by column."""
    before = np.zeros((marks.shape[0] + 1, marks.shape[1]), np.int32)
    np.cumsum(marks, axis=0, out=before[1:])
    return np.asarray(before[ends] > before[starts])


def _reach(source: int, target: int) -> tuple[list[int], list[int]]:
    """Of which pixels each one of a scaled picture is mixed: the first, and the one after them."""
    scale = Fraction(source, target)
    around = _LOBES * max(scale, Fraction(1))
    centres = [(each + Fraction(1, 2)) * scale for each in range(target)]
    starts = [max(0, floor(centre - around)) for centre in centres]
    ends = [min(source, ceil(centre + around)) for centre in centres]
    return starts, ends
