"""Whether what a display shows is what was recorded, on whatever display that was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from trueclick.capture import Screenshot, boxes_shown, scaled
from trueclick.capture.compare import EXACT, Comparison, Tolerance, compared
from trueclick.geometry import Box, Image, Model, Picture, Point, Refusal, Size, View

from ..actions import Action, Click, Drag, Move, Scroll
from .correspondence import Correspondence
from .expecting import Expected, Packing, all_but
from .stage import Stage

S = TypeVar("S")

_BLOCK_PX = 16
"""JPEG packs squares of 8 pixels, WebP of 16; what is in one touches no other one of JPEG's."""

_AROUND_RESTLESS_PX = 16
"""By which a restless place may reach further than was seen of it: digits are of many widths."""

_LOSSY_CHANNEL = 32
"""What a caret or a smoothed edge leaves behind in the rest of its square, and a little more."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the screen that was looked at alone.

    Attributes:
        here: where it is on this display.
        zoom: how it was shown when it was recorded.
    """

    here: Box[Image]
    zoom: View


class Judge:
    """Compares what a stage shows with what was recorded.

    Args:
        stage: what is looked at.
        view: the recorded display, as the model saw it.
        tolerance: what is no difference.
        masks: what does not count, in pixels of the recorded screenshot.
        restless: places in it that went on changing by themselves when the run was recorded.

    Attributes:
        view: the recorded display, as the model saw it.
    """

    def __init__(
        self,
        stage: Stage,
        view: View,
        tolerance: Tolerance,
        masks: Iterable[Box[Model]],
        restless: Iterable[Box[Model]] = (),
    ) -> None:
        self._stage = stage
        self.view = view
        self._tolerance = tolerance
        self._masks = list(masks)
        self._restless = [_grown(box) for box in restless]
        self._may_be_restless = False
        self._windows: tuple[Box[Image], ...] | None = None
        self._exactly = False
        self.correspondence = self._made()

    def looked(self, windows: tuple[Box[Image], ...] | None, *, compared: bool) -> None:
        """Note what is known of the recorded screenshot that is expected next.

        Args:
            windows: where they were, or `None` if that is unknown.
            compared: whether it was compared with one before it, so that the trace tells what was
                restless.
        """
        self._may_be_restless = not compared
        if windows is not None:
            self._windows = windows
        self._exactly = windows is not None

    def acted(self) -> None:
        """Note that something is done: windows may open that no recorded screenshot shows yet."""
        self._exactly = False

    def hide(self, boxes: Iterable[Box[Model]]) -> None:
        """Leave boxes of the recorded screenshot out from now on."""
        self._masks += [box for box in boxes if box not in self._masks]

    def mapped(self, action: Action) -> Action:
        """A recorded action, aimed at the same thing on this stage.

        Raises:
            Refusal: if that is not on the display.
            CaptureError: if the display is gone.
        """
        self.correspondence = self._made()
        to = self.correspondence.point
        match action:
            case Drag(start, at):
                return replace(action, start=to(start), at=to(at))
            case Move(at) | Click(at=Point() as at) | Scroll(at=Point() as at):
                return replace(action, at=to(at))
            case _:
                return action

    def compared(
        self,
        expected: Expected,
        seen: Screenshot,
        restless: Sequence[Box[Image]],
        *,
        part: Part | None = None,
    ) -> Comparison:
        """Where the screen is not as it was recorded, in the parts that count.

        Args:
            expected: the recorded picture.
            seen: the whole screen.
            restless: places of the screen that go on changing by themselves. They do not count if
                they did so when the run was recorded: what never comes to rest now, and did then,
                is a difference.
            part: what of it the recorded picture shows; all of it by default.

        Raises:
            CaptureError: if the display is gone.
        """
        self.correspondence = self._made()  # a window may have moved meanwhile
        masks = (*self._not_counted(expected), *self._as_restless(restless))
        tolerance = self._tolerance_for(expected.packing)
        if part is not None:
            shown = expected.packing.again(self.shown(expected, seen, part))
            masks = boxes_shown(_mapped(self.view.to_image, masks), part.zoom)
            masks = _of_blocks(masks, expected.packing)
            return compared(expected.picture, shown, tolerance=tolerance, masks=_pixels(masks))
        masks = _of_blocks(masks, expected.packing)
        found: list[Comparison] = []
        for around in _around(expected):
            every = (*masks, *around)
            found = [
                self.correspondence.compared(
                    expected.picture,
                    seen,
                    tolerance=tolerance,
                    masks=every,
                    packed=expected.packing.again,
                )
            ]
            if not found[0].same:
                break
        return found[0]

    def changes(self, before: Expected | None, after: Expected) -> bool:
        """Whether a recorded picture differs from the one before, in the parts that count."""
        if before is None or before.picture.size != after.picture.size:
            return True
        if before.look.image == after.look.image:
            return False
        masks = self._not_counted(after)
        return any(
            not compared(
                before.picture,
                after.picture,
                tolerance=self._tolerance,
                masks=_pixels((*masks, *around)),
            ).same
            for around in _around(after)
        )

    def part(self, region: Box[Model], size: Size[Model]) -> Part:
        """What a recorded zoom showed, and where that is here.

        Args:
            region: of the recorded screenshot.
            size: of the zoom's picture.

        Raises:
            Refusal: if the region was not in the screenshot, or is not on the display.
        """
        picture = Picture[Image].of(self.view.to_image(region), size)
        here = self._stage.desktop.view.to_image(self.correspondence.box(region))
        return Part(here, self.view.showing(picture))

    def shown(self, expected: Expected, seen: Screenshot, part: Part | None) -> Screenshot:
        """What a screenshot, or a zoom, would have shown of the screen as it is now."""
        if part is None:
            return self.correspondence.laid_out(expected.picture, seen)
        box = part.here
        pixels = seen.pixels[box.y0 : box.y1, box.x0 : box.x1]
        return scaled(Screenshot(pixels), expected.look.size)

    def here(self, boxes: Iterable[Box[Model]]) -> list[Box[Model]]:
        """Boxes of the recorded screenshot in the unscaled one of this display, if they are on it.

        Raises:
            CaptureError: if the display is gone.
        """
        return _mapped(self.correspondence.box, boxes)

    def in_recorded(self, boxes: Iterable[Box[Image]]) -> list[Box[Model]]:
        """Boxes of this display's capture, in pixels of the recorded screenshot."""
        now = self.correspondence
        pairs = now.windows
        back = Correspondence.of(
            now.present, [here for _, here in pairs], now.recorded, [there for there, _ in pairs]
        )
        return _mapped(back.box, boxes_shown(boxes, now.present))

    def _as_restless(self, boxes: Iterable[Box[Image]]) -> list[Box[Model]]:
        """Those of some places of this display, in the recorded screenshot, that were so there."""
        found = self.in_recorded(boxes)
        if self._may_be_restless:
            return found
        return [box for box in found if any(known.contains(box) for known in self._restless)]

    def _not_counted(self, expected: Expected) -> tuple[Box[Model], ...]:
        return (*expected.look.hidden, *expected.look.restless, *self._masks)

    def _tolerance_for(self, packing: Packing) -> Tolerance:
        if not packing.lossy or self._tolerance == EXACT:
            return self._tolerance
        return replace(self._tolerance, channel=max(self._tolerance.channel, _LOSSY_CHANNEL))

    def _made(self) -> Correspondence:
        there, here = self._windows, self._stage.windows()
        if not self._exactly and there is not None and here is not None:
            here = here[: len(there)]  # those that have opened since are the last ones
        return Correspondence.of(self.view, there, self._stage.desktop.view, here)


def _around(expected: Expected) -> Sequence[Sequence[Box[Model]]]:
    """For each area that counts what is not in it."""
    size = expected.look.size
    return [all_but(area, size) for area in expected.areas] or [()]


def _grown(box: Box[Model]) -> Box[Model]:
    by = _AROUND_RESTLESS_PX
    return Box[Model](box.x0 - by, box.y0 - by, box.x1 + by, box.y1 + by)


def _of_blocks(boxes: Sequence[Box[Model]], packing: Packing) -> tuple[Box[Model], ...]:
    """Boxes with all that a lossy picture mixes with what is in them."""
    if not packing.lossy:
        return tuple(boxes)
    return tuple(
        Box[Model](
            box.x0 // _BLOCK_PX * _BLOCK_PX,
            box.y0 // _BLOCK_PX * _BLOCK_PX,
            -(-box.x1 // _BLOCK_PX) * _BLOCK_PX,
            -(-box.y1 // _BLOCK_PX) * _BLOCK_PX,
        )
        for box in boxes
    )


def _pixels(boxes: Iterable[Box[Model]]) -> list[Box[Image]]:
    """Boxes of a screenshot as boxes of its file."""
    return [Box[Image](box.x0, box.y0, box.x1, box.y1) for box in boxes]


def _mapped(to: Callable[[Box[Model]], Box[S]], boxes: Iterable[Box[Model]]) -> list[Box[S]]:
    """The boxes in another space, without those that are not in it."""
    found: list[Box[S]] = []
    for box in boxes:
        with contextlib.suppress(Refusal):
            found.append(to(box))
    return found
