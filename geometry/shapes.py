"""Sizes, points and boxes, each in a space that is part of its type.

A bare pair of numbers does not say whether it counts pixels of the screen, of a capture or of the
image a model was shown. Here the type says it: a `Point[Screen]` where a `Point[Model]` is due is
refused by mypy and pyright. Nothing remains of the space at run time.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Generic, TypeVar

from .errors import UsageError


class Screen:
    """The pointer coordinates of the operating system over the whole desktop; may be negative."""


class Image:
    """Pixels of a capture, in device resolution."""


class Model:
    """Pixels of the image that the model was shown, without any padding."""


S = TypeVar("S")
"""A space: `Screen`, `Image` or `Model`."""


class _Shape(Generic[S]):
    """What the shapes share: they can be pickled, though frozen and slotted.

    Their `__slots__` are written out because `dataclass(frozen=True, slots=True)` breaks
    `Point[Model](1, 2)` on Python 3.11: its `__setattr__` names the class that the slotted one
    replaced. From Python 3.12 on `slots=True` would do, without this class.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type, tuple[int, ...]]:
        return type(self), astuple(self)  # type: ignore[call-overload]


def require_integers(what: str, **numbers: object) -> None:
    """Refuse anything but `int`: a pixel is never 1.5, `True` or "12"."""
    for name, number in numbers.items():
        if type(number) is not int:
            raise UsageError(f"{what} needs integers, got {name}={number!r}")


@dataclass(frozen=True, order=True)
class Size(_Shape[S]):
    """A width and a height in pixels of space `S`, both at least 1.

    Raises:
        UsageError: if a number is not an `int` of at least 1.
    """

    __slots__ = ("height", "width")

    width: int
    height: int

    def __post_init__(self) -> None:
        require_integers("Size", width=self.width, height=self.height)
        if self.width < 1 or self.height < 1:
            raise UsageError(f"Size needs at least 1x1, got {self.width}x{self.height}")

    @property
    def long_edge(self) -> int:
        """The larger of width and height."""
        return max(self.width, self.height)

    @property
    def box(self) -> Box[S]:
        """All pixels of a picture of this size, from its origin on."""
        return Box(0, 0, self.width, self.height)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, order=True)
class Point(_Shape[S]):
    """A pixel of space `S`, named by its integer coordinates.

    Raises:
        UsageError: if a number is not an `int`.
    """

    __slots__ = ("x", "y")

    x: int
    y: int

    def __post_init__(self) -> None:
        require_integers("Point", x=self.x, y=self.y)

    def __str__(self) -> str:
        return f"({self.x}, {self.y})"


@dataclass(frozen=True, order=True)
class Box(_Shape[S]):
    """The pixels `x0 <= x < x1`, `y0 <= y < y1` of space `S`: half-open, never empty.

    Raises:
        UsageError: if a number is not an `int`, or the box is empty or inside out.
    """

    __slots__ = ("x0", "x1", "y0", "y1")

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        require_integers("Box", x0=self.x0, y0=self.y0, x1=self.x1, y1=self.y1)
        if self.x0 >= self.x1:
            raise UsageError(f"Box needs x0 < x1, got x0={self.x0} x1={self.x1}")
        if self.y0 >= self.y1:
            raise UsageError(f"Box needs y0 < y1, got y0={self.y0} y1={self.y1}")

    @classmethod
    def from_xywh(cls, left: int, top: int, width: int, height: int) -> Box[S]:
        """The box with its top left pixel at `(left, top)` and the given size."""
        require_integers("Box", left=left, top=top, width=width, height=height)
        if width < 1 or height < 1:
            raise UsageError(f"Box needs at least 1x1, got width={width} height={height}")
        return cls(left, top, left + width, top + height)

    @classmethod
    def from_center(cls, center: Point[S], size: Size[S]) -> Box[S]:
        """The box of a size whose `center` is the given pixel."""
        return cls.from_xywh(
            center.x - size.width // 2, center.y - size.height // 2, size.width, size.height
        )

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.y1 - self.y0

    @property
    def size(self) -> Size[S]:
        """Width and height."""
        return Size(self.width, self.height)

    @property
    def center(self) -> Point[S]:
        """The pixel that holds the centre; of four middle pixels, the lower right one."""
        return Point(self.x0 + self.width // 2, self.y0 + self.height // 2)

    @property
    def area(self) -> int:
        """How many pixels it has."""
        return self.width * self.height

    def contains(self, other: Point[S] | Box[S]) -> bool:
        """Whether a point, or all of another box, is among the box's pixels."""
        if isinstance(other, Point):
            return self.x0 <= other.x < self.x1 and self.y0 <= other.y < self.y1
        return (
            self.x0 <= other.x0
            and self.y0 <= other.y0
            and other.x1 <= self.x1
            and other.y1 <= self.y1
        )

    def intersection(self, other: Box[S]) -> Box[S] | None:
        """The pixels that both have, or `None` if there are none."""
        x0, x1 = max(self.x0, other.x0), min(self.x1, other.x1)
        y0, y1 = max(self.y0, other.y0), min(self.y1, other.y1)
        return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def union(self, other: Box[S]) -> Box[S]:
        """The smallest box that covers both."""
        return Box(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )

    def iou(self, other: Box[S]) -> float:
        """Intersection over union in pixels: 1 for the same box, 0 where they do not meet."""
        both = self.intersection(other)
        if both is None:
            return 0.0
        return both.area / (self.area + other.area - both.area)

    def clamp(self, point: Point[S]) -> Point[S]:
        """The box's pixel nearest to `point`.

        For drawing and for regions. Never for a click: it would hit what nobody aimed at.
        """
        return Point(
            min(max(point.x, self.x0), self.x1 - 1), min(max(point.y, self.y0), self.y1 - 1)
        )

    def moved(self, right: int, down: int) -> Box[S]:
        """The box of the same size, so many pixels further on."""
        require_integers("Box", right=right, down=down)
        return Box(self.x0 + right, self.y0 + down, self.x1 + right, self.y1 + down)

    def __str__(self) -> str:
        return f"[{self.x0}, {self.y0}, {self.x1}, {self.y1}]"
