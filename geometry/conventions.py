"""How other models and tools write points and boxes: normalised numbers, corners or extents.

Claude answers in pixels of the image, `[x, y]` and `[x1, y1, x2, y2]`. Others divide by the
image's size, into 0-1 or 0-1000, write `[x, y, width, height]`, or put y first. A normalised
number is a position, not a pixel: 0 is the image's left edge, 1 or 1000 its right edge. A point
is the pixel that holds the position; a box the smallest that covers the positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, isfinite
from typing import Literal, TypeVar

from .errors import Refusal, UsageError
from .shapes import Box, Point, Size

S = TypeVar("S")
T = TypeVar("T")

_FINEST = 10**6
"""A float stands for the nearest fraction with a denominator up to this, 0.1 for a tenth: what a
double adds to it would else push an edge into the next pixel."""

_LONGEST_TEXT = 80


@dataclass(frozen=True, slots=True)
class Convention:
    """A way of writing points and boxes.

    Attributes:
        grid: what an image's width and height are divided into: 1, 1000 or any other number;
            `None` for pixels.
        boxes: whether a box is written as two corners or as a corner and an extent.
        order: whether x or y comes first, in points, corners and extents.

    Raises:
        UsageError: if a value is none of these.
    """

    grid: int | None = None
    boxes: Literal["xyxy", "xywh"] = "xyxy"
    order: Literal["xy", "yx"] = "xy"

    def __post_init__(self) -> None:
        if self.grid is not None and (type(self.grid) is not int or self.grid < 1):
            raise UsageError(f"a grid is an integer of at least 1, got {self.grid!r}")
        if self.boxes not in {"xyxy", "xywh"}:
            raise UsageError(f"boxes are written xyxy or xywh, got {self.boxes!r}")
        if self.order not in {"xy", "yx"}:
            raise UsageError(f"the order is xy or yx, got {self.order!r}")

    def read_point(self, numbers: Sequence[float], size: Size[S]) -> Point[S]:
        """The pixel of an image of `size` that the numbers name.

        Raises:
            Refusal: if they are not two finite numbers, not whole where pixels are meant, or
                not in the image; the far edge, 1 or 1000, is not.
        """
        x, y = self._ordered(_exact(numbers, 2, self.grid))
        if self.grid is not None and not all(0 <= number < self.grid for number in numbers):
            raise Refusal(f"{_text(numbers)} is outside the {size} image{self._meant()}")
        point = Point[S](floor(x * self._unit(size.width)), floor(y * self._unit(size.height)))
        if self.grid is not None:
            return size.box.clamp(point)  # 0.9999999 is inside, though its simple fraction is 1
        if not size.box.contains(point):
            raise Refusal(f"{_text(numbers)} is outside the {size} image")
        return point

    def read_box(self, numbers: Sequence[float], size: Size[S]) -> Box[S]:
        """The box of an image of `size` that the numbers name, rounded outward.

        Raises:
            Refusal: if they are not four finite numbers, not whole where pixels are meant, make
                an empty box or one turned inside out, or reach out of the image.
        """
        exact = _exact(numbers, 4, self.grid)
        x0, y0 = self._ordered(exact[:2])
        x1, y1 = self._ordered(exact[2:])
        if self.boxes == "xywh":
            x1, y1 = x0 + x1, y0 + y1
        if x0 >= x1 or y0 >= y1:
            raise Refusal(f"{_text(numbers)} is no box: it is empty or turned inside out")
        wide, high = self._unit(size.width), self._unit(size.height)
        box = Box[S](floor(x0 * wide), floor(y0 * high), ceil(x1 * wide), ceil(y1 * high))
        if not size.box.contains(box):
            raise Refusal(f"{_text(numbers)} is not inside the {size} image{self._meant()}")
        return box

    def write_point(self, point: Point[S], size: Size[S]) -> list[float]:
        """The numbers for a pixel: the position of its centre where they are normalised.

        Read again they name the same pixel, unless a grid above 1 is coarser than the image; then
        one near it. They are integers, but for the grid 1.

        Raises:
            UsageError: if the point is not in the image.
        """
        if not size.box.contains(point):
            raise UsageError(f"{point} is outside the {size} image")
        if self.grid is None:
            return self._ordered([point.x, point.y])
        return self._ordered(
            [_centre(point.x, size.width, self.grid), _centre(point.y, size.height, self.grid)]
        )

    def write_box(self, box: Box[S], size: Size[S]) -> list[float]:
        """The numbers for a box, rounded outward to a grid above 1.

        Raises:
            UsageError: if the box is not inside of the image.
        """
        if not size.box.contains(box):
            raise UsageError(f"{box} is not inside the {size} image")
        start = [_down(box.x0, size.width, self.grid), _down(box.y0, size.height, self.grid)]
        end = [_up(box.x1, size.width, self.grid), _up(box.y1, size.height, self.grid)]
        if self.boxes == "xywh":
            end = [end[0] - start[0], end[1] - start[1]]
        return [*self._ordered(start), *self._ordered(end)]

    def _ordered(self, pair: list[T]) -> list[T]:
        """Both in the order of the convention, or back: it is its own inverse."""
        return pair if self.order == "xy" else pair[::-1]

    def _unit(self, edge: int) -> Fraction:
        """Pixels a unit of the numbers."""
        return Fraction(1) if self.grid is None else Fraction(edge, self.grid)

    def _meant(self) -> str:
        return "" if self.grid is None else f", whose far edges are {self.grid}"


def _exact(numbers: Sequence[float], count: int, grid: int | None) -> list[Fraction]:
    """The numbers, each checked."""
    if not isinstance(numbers, list | tuple) or len(numbers) != count:
        raise Refusal(f"{_text(numbers)} is not a list of {count} numbers")
    kinds = {int} if grid is None else {int, float}
    if not all(type(number) in kinds for number in numbers) or not all(
        isfinite(number) for number in numbers if isinstance(number, float)
    ):
        meant = "integers: pixels" if grid is None else f"numbers from 0 to {grid}"
        raise Refusal(f"{_text(numbers)} are not {count} {meant}")
    return [Fraction(number).limit_denominator(_FINEST) for number in numbers]


def _text(numbers: object) -> str:
    """What was sent, in short: it may be anything."""
    try:
        text = repr(numbers)
    except ValueError:  # an integer of thousands of digits
        text = "a number that is too long to be printed"
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."


def _centre(x: int, edge: int, grid: int) -> float:
    centre = Fraction(2 * x + 1, 2 * edge) * grid
    # Rounded half down: at a grid as fine as the image, half up would name the next pixel.
    return float(centre) if grid == 1 else min(ceil(centre - Fraction(1, 2)), grid - 1)


def _down(x: int, edge: int, grid: int | None) -> float:
    return x if grid is None else x / edge if grid == 1 else x * grid // edge


def _up(x: int, edge: int, grid: int | None) -> float:
    return x if grid is None else x / edge if grid == 1 else -(-x * grid // edge)
