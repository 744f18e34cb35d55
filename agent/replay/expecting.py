"""What the screen is expected to show: the recorded pictures, and which parts of them count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trueclick.capture import EncodedImage, Format, Screenshot, encode, read_image
from trueclick.geometry import Box, Model, Point, Size, UsageError

from ..events import Acted, Event, Glimpsed
from ..trace import TraceError
from ..trace.reading import Trace
from ..trace.story import Look, Step

AROUND_PX = 64
"""Of the recorded screenshot, on each side of a target: the control that is pointed at."""

_KEPT = 3
"""Pictures that are held decoded: the one before, the one that is expected, and a zoom."""


@dataclass(frozen=True, slots=True)
class Packing:
    """How a picture was packed into its file.

    Attributes:
        format: as what.
        quality: of a format that loses something, or `None`.
    """

    format: Format
    quality: int | None = None

    @property
    def lossy(self) -> bool:
        """Whether colours come out other than they were."""
        return self.quality is not None or self.format == "palette"

    def again(self, picture: Screenshot) -> Screenshot:
        """What would come out if a picture had been packed in the same way.

        Equal pictures lose the same: what was kept can be compared with what is there now.
        """
        if not self.lossy:
            return picture
        return read_image(encode(picture, format=self.format, quality=self.quality).data)


LOSSLESS = Packing("png")


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """A recorded picture, and what of it counts.

    Attributes:
        look: where it is in the trace.
        picture: it.
        packing: how it was packed.
        areas: the parts that count, in its pixels; none: all of it.
        glimpse: whether it was taken in the middle of a turn's calls.
        required: whether it must be seen; if not, it is waited for, and gone on without.
        last: whether nothing that comes after it shows more of what was done.
    """

    look: Look
    picture: Screenshot
    packing: Packing = LOSSLESS
    areas: tuple[Box[Model], ...] = ()
    glimpse: bool = False
    required: bool = True
    last: bool = False


class Album:
    """The pictures of a trace, decoded when they are needed.

    Args:
        trace: holds them.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._kept: dict[str, tuple[Screenshot, Packing]] = {}

    def expected(
        self,
        look: Look,
        *,
        areas: tuple[Box[Model], ...] = (),
        glimpse: bool = False,
        required: bool,
        last: bool = False,
    ) -> Expected:
        """What a look saw, as that which is to be seen again.

        Raises:
            TraceError: if it is no picture, or not of the size that the trace says.
        """
        kept = self._kept.pop(look.image, None) or self._read(look)
        picture, packing = kept
        if (picture.size.width, picture.size.height) != (look.size.width, look.size.height):
            raise TraceError(
                f"a picture of the trace is of {picture.size}, not of {look.size}: {look.image}"
            )
        self._kept[look.image] = kept  # the newest is last
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return Expected(look, picture, packing, areas, glimpse, required, last)

    def _read(self, look: Look) -> tuple[Screenshot, Packing]:
        packed = _packed(self._trace.events[look.event])
        if packed is None:
            raise TraceError(f"a picture of the trace is missing: {look.image}")
        try:
            return read_image(packed.data), Packing(packed.format, packed.quality)
        except UsageError as error:
            raise TraceError(f"a picture of the trace is damaged: {look.image}") from error


def _packed(event: Event) -> EncodedImage | None:
    """The picture that an event holds."""
    match event:
        case Glimpsed(picture=picture):
            return picture
        case Acted(outcome=outcome):
            return outcome.picture
        case _:
            return None


def expected_before(step: Step, album: Album) -> Expected | None:
    """What the screen must show before an action, or `None` if there is no picture of it.

    A glimpse in the middle of a turn's calls may be older than what they set off: only the
    surroundings of what is pointed at must be as they were, and only if the screen was at rest.
    """
    look = step.before
    if look is None:
        return None
    if look == step.last_seen:
        return album.expected(look, required=look.still)
    areas = surroundings(step.places, look.size)
    return album.expected(look, areas=areas, glimpse=True, required=bool(areas) and look.still)


def surroundings(places: Iterable[Point[Model]], size: Size[Model]) -> tuple[Box[Model], ...]:
    """The boxes around some places, as far as they are in a picture of a size."""
    boxes = (
        Box[Model](at.x - AROUND_PX, at.y - AROUND_PX, at.x + AROUND_PX + 1, at.y + AROUND_PX + 1)
        for at in places
    )
    inside = (box.intersection(size.box) for box in boxes)
    return tuple(box for box in inside if box is not None)


def all_but(area: Box[Model], size: Size[Model]) -> tuple[Box[Model], ...]:
    """The boxes that cover all of a picture but an area."""
    edges: Sequence[tuple[int, int, int, int]] = (
        (0, 0, size.width, area.y0),
        (0, area.y1, size.width, size.height),
        (0, area.y0, area.x0, area.y1),
        (area.x1, area.y0, size.width, area.y1),
    )
    return tuple(Box[Model](*edge) for edge in edges if edge[0] < edge[2] and edge[1] < edge[3])
