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


def _require_integers(what: str, **numbers: object) -> None:
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
        _require_integers("Size", width=self.width, height=self.height)
        if self.width < 1 or self.height < 1:
            raise UsageError(f"Size needs at least 1x1, got {self.width}x{self.height}")

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
        _require_integers("Point", x=self.x, y=self.y)

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
        _require_integers("Box", x0=self.x0, y0=self.y0, x1=self.x1, y1=self.y1)
        if self.x0 >= self.x1:
            raise UsageError(f"Box needs x0 < x1, got x0={self.x0} x1={self.x1}")
        if self.y0 >= self.y1:
            raise UsageError(f"Box needs y0 < y1, got y0={self.y0} y1={self.y1}")

    @classmethod
    def from_xywh(cls, left: int, top: int, width: int, height: int) -> Box[S]:
        """The box with its top left pixel at `(left, top)` and the given size."""
        size = Size[S](width, height)
        _require_integers("Box", left=left, top=top)
        return cls(left, top, left + size.width, top + size.height)

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

    def contains(self, point: Point[S]) -> bool:
        """Whether `point` is one of the box's pixels."""
        return self.x0 <= point.x < self.x1 and self.y0 <= point.y < self.y1

    def __str__(self) -> str:
        return f"[{self.x0}, {self.y0}, {self.x1}, {self.y1}]"
