"""What came of an action, and what was seen of the screen. Values alone."""

from __future__ import annotations

from dataclasses import dataclass

from trueclick.capture import Changes, EncodedImage
from trueclick.geometry import Box, Image, Model, Point, Screen


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action.

    Attributes:
        landed: the screen pixel on which it ended, for an action that happens at a place.
        start: the screen pixel on which a drag began.
        pointer: the answer to `WhereIsPointer`, in pixels of the screenshot.
        picture: the answer to `LookAround` and `Zoom`.
        seen: what was seen of the screen while the picture was taken.
        settle_s: seconds spent waiting for the screen to come to rest, before acting or for the
            picture; `None` where nothing was waited for.
    """

    landed: Point[Screen] | None = None
    start: Point[Screen] | None = None
    pointer: Point[Model] | None = None
    picture: EncodedImage | None = None
    seen: Seen | None = None
    settle_s: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the screen did since the picture before. It never says that an action has worked.

    `str()` of it is one line for the model and whoever watches.

    Attributes:
        changes: where the picture differs from the one before, in pixels of the screenshot, told
            apart by the last place that was acted on since; `None` for the first picture and for
            a zoom.
        still: whether the screen had come to rest.
        reduced: what had to be done to the picture to stay within the platform's limit of bytes.
        hidden: what is painted over in this picture and all that follow, where that is news.
        windows: where the programs' windows were in the capture, in the order in which they were
            opened; `None` where that is unknown, and for a zoom.
    """

    changes: Changes[Model] | None
    still: bool
    reduced: str | None = None
    hidden: tuple[Box[Model], ...] = ()
    windows: tuple[Box[Image], ...] | None = None

    def __str__(self) -> str:
        told = [] if self.changes is None else [f"since the last screenshot: {self.changes}"]
        if not self.still:
            told.append("the screen was still changing when this was taken")
        if self.reduced is not None:
            told.append(self.reduced)
        if self.hidden:
            places = ", ".join(map(str, self.hidden))
            told.append(f"painted over for privacy, from now on: {places}")
        return "; ".join(told)
