"""The exact map from one space to another, and the one place where pixels are rounded.

The pixel contract: an integer coordinate names a pixel. It is mapped by its centre and lands on
the pixel that contains the image of that centre,

    floor((x + 1/2) * scale + offset)

computed exactly and rounded once. Maps are composed before they are rounded: rounding at an
image in between puts up to 19 % of the columns of a 125 % display one pixel off. Boxes are
half-open and round outward, so a mapped box covers all that the box covered.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Generic, TypeVar

from .errors import UsageError
from .shapes import Box, Point

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a map: `position * scale + offset`, exact.

    Raises:
        UsageError: if the scale is not above zero.
    """

    scale: Fraction
    offset: Fraction

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise UsageError(f"a scale must be above zero, got {self.scale}")

    def pixel(self, x: int) -> int:
        """The pixel under the centre of pixel `x` (the pixel contract)."""
        return floor((x + _HALF) * self.scale + self.offset)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span `[start, end)`, rounded outward."""
        return floor(start * self.scale + self.offset), ceil(end * self.scale + self.offset)

    def then(self, after: Axis) -> Axis:
        """This map followed by `after`, unrounded."""
        return Axis(self.scale * after.scale, self.offset * after.scale + after.offset)

    def inverse(self) -> Axis:
        """The map back."""
        return Axis(1 / self.scale, -self.offset / self.scale)


@dataclass(frozen=True)
class Transform(Generic[A, B]):
    """The map from space `A` to space `B`: a scale and an offset an axis."""

    __slots__ = ("x", "y")

    x: Axis
    y: Axis

    @classmethod
    def between(cls, source: Box[A], target: Box[B]) -> Transform[A, B]:
        """The map that carries the edges of `source` onto the edges of `target`."""

        def axis(a0: int, a1: int, b0: int, b1: int) -> Axis:
            scale = Fraction(b1 - b0, a1 - a0)
            return Axis(scale, b0 - a0 * scale)

        return cls(
            axis(source.x0, source.x1, target.x0, target.x1),
            axis(source.y0, source.y1, target.y0, target.y1),
        )

    def point(self, point: Point[A]) -> Point[B]:
        """The pixel of `B` under the centre of `point`."""
        return Point(self.x.pixel(point.x), self.y.pixel(point.y))

    def box(self, box: Box[A]) -> Box[B]:
        """The smallest box of `B` that covers all of `box`."""
        x0, x1 = self.x.span(box.x0, box.x1)
        y0, y1 = self.y.span(box.y0, box.y1)
        return Box(x0, y0, x1, y1)

    def then(self, after: Transform[B, C]) -> Transform[A, C]:
        """This map followed by `after`: composed, not rounded in between."""
        return Transform(self.x.then(after.x), self.y.then(after.y))

    def inverse(self) -> Transform[B, A]:
        """The map back from `B` to `A`."""
        return Transform(self.x.inverse(), self.y.inverse())
