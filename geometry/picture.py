"""A picture made of the pixels of a source: cut out, scaled and padded, in any order.

    source S  --cut out, scale, pad-->  picture (Model)

Each step composes one exact transform, so that a chain of steps rounds once, like a single one.
The padding shows nothing of the source: a point there is refused, never moved to the edge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar, overload

from .errors import Refusal, UsageError
from .shapes import Box, Model, Point, Size
from .transform import Axis, Transform

if TYPE_CHECKING:
    from .arrays import Integers

S = TypeVar("S")
T = TypeVar("T")

Align: TypeAlias = Literal["start", "center", "end"]
"""Where a picture lies on a larger canvas: left or top, in the middle, right or bottom."""

_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of one dimension, from an exact position to another; pixel `n` is `[n, n + 1)`."""

    start: Fraction
    end: Fraction

    def mapped(self, axis: Axis) -> Span:
        """Where the span lies under a map."""
        return Span(self.start * axis.scale + axis.offset, self.end * axis.scale + axis.offset)

    def cut(self, other: Span) -> Span:
        """What both have; its end is not after its start if that is nothing."""
        return Span(max(self.start, other.start), min(self.end, other.end))

    def covers(self, other: Span) -> bool:
        """Whether all of another span is in this one."""
        return self.start <= other.start and other.end <= self.end

    def centres(self) -> tuple[int, int]:
        """The pixels whose centres are in it, half-open."""
        return ceil(self.start - _HALF), ceil(self.end - _HALF)


@dataclass(frozen=True)
class Picture(Generic[S]):
    """What a model is shown, and where in the source each of its pixels comes from.

    Made by `Picture.of`, and by the methods that return a further picture.

    Attributes:
        size: of the picture, any padding included.
        transform: the exact map to the source; it means something for the content alone.
        spans: what of each dimension shows the source, in exact positions of the picture.
        content: the pixels whose centres do.
        visible: the pixels of the source whose centres are shown; `None` where the picture shows
            less than half of one.

    Raises:
        UsageError: if no pixel shows anything, or a span reaches out of the picture.
    """

    size: Size[Model]
    transform: Transform[Model, S]
    spans: tuple[Span, Span] = field(repr=False)
    content: Box[Model] = field(init=False, compare=False)
    visible: Box[S] | None = field(init=False, repr=False, compare=False)
    _back: Transform[S, Model] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        whole = _spans(self.size.box)
        if not all(edges.covers(span) for edges, span in zip(whole, self.spans, strict=True)):
            raise UsageError(f"what is shown reaches out of the {self.size} picture")
        content = _centres(self.spans)
        visible = _centres(self._in_source())
        if content is None:
            raise UsageError(f"the {self.size} picture would show nothing but padding")
        object.__setattr__(self, "content", Box[Model](*content))
        object.__setattr__(self, "visible", visible and Box[S](*visible))
        object.__setattr__(self, "_back", self.transform.inverse())

    @classmethod
    def of(cls, region: Box[S], size: Size[Model] | None = None) -> Picture[S]:
        """The picture of a region, scaled to `size`; pixel by pixel if none is given."""
        sent = Size[Model](region.width, region.height) if size is None else size
        transform = Transform[Model, S].between(sent.box, region)
        return cls(sent, transform, _spans(sent.box))

    @property
    def region(self) -> Box[S]:
        """The smallest box of the source that covers all that is shown."""
        x, y = self._in_source()
        return Box(floor(x.start), floor(y.start), ceil(x.end), ceil(y.end))

    def placed(self, at: Box[Model], canvas: Size[Model]) -> Picture[S]:
        """This picture scaled into a box of a canvas; the rest of the canvas is padding.

        Args:
            at: where all of this picture goes, in pixels of the canvas.
            canvas: the new picture's size.

        Raises:
            UsageError: if `at` is not inside of the canvas, or nothing would be seen.
        """
        _require_inside(at, canvas, "canvas")
        step = Transform[Model, Model].between(self.size.box, at)
        return self._after(step, canvas, self.spans)

    def scaled(self, size: Size[Model]) -> Picture[S]:
        """This picture at another size, stretched if the aspect is another one."""
        return self.placed(size.box, size)

    def letterboxed(
        self, canvas: Size[Model], *, x: Align = "center", y: Align = "center"
    ) -> Picture[S]:
        """This picture as large as its aspect allows on a canvas of a fixed size.

        Args:
            canvas: the new picture's size.
            x: where it lies if the canvas is wider.
            y: where it lies if the canvas is higher.

        Raises:
            UsageError: if an alignment is unknown.
        """
        inner = inscribed(self.size, canvas)
        left = _start(x, canvas.width - inner.width)
        top = _start(y, canvas.height - inner.height)
        return self.placed(Box[Model].from_xywh(left, top, inner.width, inner.height), canvas)

    def cropped(self, region: Box[Model]) -> Picture[S]:
        """A part of this picture as a picture of its own, pixel by pixel.

        Raises:
            UsageError: if the part is not inside of the picture, or shows nothing.
        """
        _require_inside(region, self.size, "picture")
        size = Size[Model](region.width, region.height)
        step = Transform[Model, Model].between(region, size.box)
        (x, y), (left, top) = self.spans, _spans(region)
        return self._after(step, size, (x.cut(left), y.cut(top)))

    def onto(self, after: Transform[S, T]) -> Picture[T]:
        """The same picture in terms of the space that its source is mapped to."""
        return Picture(self.size, self.transform.then(after), self.spans)

    @overload
    def to_source(self, what: Point[Model]) -> Point[S]: ...
    @overload
    def to_source(self, what: Box[Model]) -> Box[S]: ...
    @overload
    def to_source(self, what: Integers) -> Integers: ...
    def to_source(self, what: Point[Model] | Box[Model] | Integers) -> Point[S] | Box[S] | Integers:
        """Where a point, a box or each row of an `(N, 2)` integer array lies in the source.

        A point goes to the pixel under its centre, a box to the smallest one that covers it.

        Raises:
            Refusal: if it is not wholly on what the picture shows.
            UsageError: if it is none of the three.
        """
        if isinstance(what, Point):
            if not self.content.contains(what):
                raise self._outside(what, what)
            return self.transform.point(what)
        if isinstance(what, Box):
            if not self.content.contains(what):
                raise self._outside(what, f"the region {what}")
            # Up to half of a pixel at the edge of the content may be padding.
            return _shared(self.transform.box(what), self.region)
        from .arrays import first_outside  # noqa: PLC0415 - numpy is imported where it is used

        index = first_outside(what, self.content)
        if index is not None:
            point = Point[Model](int(what[index, 0]), int(what[index, 1]))
            raise self._outside(point, f"{point}, point {index} of {len(what)},")
        return self.transform.points(what)

    @overload
    def from_source(self, what: Point[S]) -> Point[Model]: ...
    @overload
    def from_source(self, what: Box[S]) -> Box[Model]: ...
    @overload
    def from_source(self, what: Integers) -> Integers: ...
    def from_source(
        self, what: Point[S] | Box[S] | Integers
    ) -> Point[Model] | Box[Model] | Integers:
        """Where a point, a box or each row of an `(N, 2)` integer array is shown.

        A pixel of the source is shown where its centre is. Where a cut goes through it, between
        its edge and its centre, it is not, though a pixel of the picture may lead to it.

        Raises:
            Refusal: if it is not wholly in sight.
            UsageError: if it is none of the three.
        """
        if isinstance(what, Point):
            seen = self._back.point(what)
            in_sight = self.visible is not None and self.visible.contains(what)
            if not (in_sight and self.content.contains(seen)):
                raise self._hidden(what)
            return seen
        if isinstance(what, Box):
            x, y = _spans(what)
            if not (
                self.spans[0].covers(x.mapped(self._back.x))
                and self.spans[1].covers(y.mapped(self._back.y))
            ):
                raise self._hidden(f"the region {what}")
            box = self._back.box(what).intersection(self.content)
            if box is None:
                raise self._hidden(f"the region {what}")
            return box
        from .arrays import first_outside  # noqa: PLC0415

        # Looked for in the source first: what is far away has no coordinate of 64 bits here.
        index = first_outside(what, self.visible)
        if index is None:
            seen_at = self._back.points(what)
            index = first_outside(seen_at, self.content)
            if index is None:
                return seen_at
        raise self._hidden(f"({what[index, 0]}, {what[index, 1]}), point {index} of {len(what)},")

    def _in_source(self) -> tuple[Span, Span]:
        x, y = self.spans
        return x.mapped(self.transform.x), y.mapped(self.transform.y)

    def _after(
        self, step: Transform[Model, Model], size: Size[Model], spans: tuple[Span, Span]
    ) -> Picture[S]:
        """The picture that a step makes of this one; `spans` are in pixels of this one."""
        x, y = spans
        return Picture(
            size, step.inverse().then(self.transform), (x.mapped(step.x), y.mapped(step.y))
        )

    def _outside(self, what: Point[Model] | Box[Model], called: object) -> Refusal:
        if self.size.box.contains(what):
            in_padding = "reaches into" if isinstance(what, Box) else "is in"
            return Refusal(
                f"{called} {in_padding} the padding of the {self.size} screenshot, whose content "
                f"is {self.content}"
            )
        is_outside = "is not inside" if isinstance(what, Box) else "is outside"
        return Refusal(f"{called} {is_outside} the {self.size} screenshot")

    def _hidden(self, called: object) -> Refusal:
        shown = self.visible or self.region
        return Refusal(f"{called} is outside of what the screenshot shows, {shown}")


def inscribed(size: Size[S], within: Size[T]) -> Size[T]:
    """The largest size of the aspect of `size` inside of another one, rounded down, at least 1."""
    if within.width * size.height <= within.height * size.width:
        return Size(within.width, max(1, within.width * size.height // size.width))
    return Size(max(1, within.height * size.width // size.height), within.height)


def _spans(box: Box[S]) -> tuple[Span, Span]:
    return (
        Span(Fraction(box.x0), Fraction(box.x1)),
        Span(Fraction(box.y0), Fraction(box.y1)),
    )


def _start(align: Align, room: int) -> int:
    starts = {"start": 0, "center": room // 2, "end": room}
    if align not in starts:
        raise UsageError(f"unknown alignment {align!r}; known: {', '.join(starts)}")
    return starts[align]


def _centres(spans: tuple[Span, Span]) -> tuple[int, int, int, int] | None:
    """The edges of the box of pixels whose centres are in the spans."""
    (x0, x1), (y0, y1) = (span.centres() for span in spans)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _shared(box: Box[S], other: Box[S]) -> Box[S]:
    return box.intersection(other) or other


def _require_inside(region: Box[Model], size: Size[Model], what: str) -> None:
    if not size.box.contains(region):
        raise UsageError(f"the region {region} is not inside the {size} {what}")
