"""What a desktop's screen shows: at rest, painted over, scaled, and beside what it showed before.

Knows neither pointer nor keyboard: it is told when something was done, and where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from trueclick.capture import (
    Changes,
    Clock,
    EncodedImage,
    Screenshot,
    Settled,
    Source,
    Stillness,
    boxes_shown,
    wait_until_still,
)
from trueclick.geometry import Box, Image, Model, Point, Size, View

from .actions import Zoom
from .batch_guard import Look
from .glimpses import Glimpse, Packed
from .outcome import Outcome, Seen
from .secret import Masks
from .secret.masks import Covering

Encoder: TypeAlias = Callable[[Screenshot, Size[Model]], EncodedImage]

_MOST_RESTLESS = 16


class Sight:
    """The screen of one display, as a model sees it.

    Args:
        source: takes the pictures.
        view: how the model's pixels map to the screen's.
        clock: for waiting.
        encoder: makes a picture's file.
        masks: what is painted over.

    Attributes:
        masks: what is painted over.
        fresh: whether nothing was done since the last picture of the whole screen.
        waited_s: seconds that were waited for the screen to come to rest, since `begin`; `None`
            if it was not waited for.
    """

    def __init__(
        self, source: Source, view: View, clock: Clock, encoder: Encoder, masks: Masks
    ) -> None:
        self.masks = masks
        self.fresh = False
        self.waited_s: float | None = None
        self._source = source
        self._view = view
        self._clock = clock
        self._encoder = encoder
        # What was started on the display just now counts as an action: it may still be drawing.
        self._acted_at = clock.now()
        self._aimed_at: Point[Model] | None = None
        self._shown: Screenshot | None = None
        self._restless: tuple[Box[Image], ...] = ()

    def begin(self) -> None:
        """Note that what is waited for from now on is another action's."""
        self.waited_s = None

    def aimed(self, at: Point[Model]) -> None:
        """Note where something is about to be done."""
        self._aimed_at = at

    def acted(self, at_s: float) -> None:
        """Note that something was done, and when."""
        self._acted_at = at_s

    def settled(self, rule: Stillness, before: Screenshot | None = None) -> Settled:
        """The screen once it is at rest.

        Args:
            rule: when it is.
            before: the picture with which it is compared.

        Raises:
            CaptureError: if the display is gone.
            StopRequested: if somebody has stopped the run.
        """
        settled = wait_until_still(
            self._source,
            rule=rule,
            acted_at=self._acted_at,
            clock=self._clock,
            before=before,
            known=self._restless,
            target=None if self._aimed_at is None else self._in_pictures(self._aimed_at),
        )
        self.waited_s = (self.waited_s or 0.0) + settled.waited_s
        return settled

    def looked(self, rule: Stillness) -> tuple[Outcome, Look]:
        """A screenshot once the screen is at rest, and how it is known again.

        Raises:
            the same errors as `settled`.
        """
        settled = self.settled(rule, self._shown)
        windows = self._source.windows()
        self._remember(settled.restless)
        picture = self._encoder(self.masks.painted(settled.screenshot), self._view.model)
        seen = Seen(
            self._changes(settled), settled.still, picture.reduced, self._hidden(), _boxes(windows)
        )
        self._shown, self._aimed_at, self.fresh = settled.screenshot, None, True
        moving = (*settled.moving, *self._restless)
        outcome = Outcome(picture=picture, seen=seen, settle_s=self.waited_s)
        return outcome, Look(settled.screenshot, windows, moving)

    def zoomed(self, action: Zoom, rule: Stillness) -> Outcome:
        """A part of the screen once it is at rest, enlarged.

        Raises:
            the same errors as `settled`.
        """
        region = self._view.to_image(action.region)
        settled = self.settled(rule)
        shown = self.masks.painted(settled.screenshot)
        part = shown.pixels[region.y0 : region.y1, region.x0 : region.x1]
        picture = self._encoder(Screenshot(part), self._view.zoomed(region))
        seen = Seen(None, settled.still, picture.reduced, self._hidden())
        return Outcome(picture=picture, seen=seen, settle_s=self.waited_s)

    def glimpse(self, settled: Settled) -> Glimpse:
        """The screen as it was at rest just now, painted over as it would be now."""
        covering = self.masks.covering()
        return Glimpse(settled.still, partial(self._packed, settled.screenshot, covering))

    def _packed(self, picture: Screenshot, covering: Covering) -> Packed:
        """A glimpse's picture. On another thread: uses nothing that changes."""
        painted = covering.painted(picture)
        hidden = boxes_shown(covering.untold(painted.hidden), self._view)
        return self._encoder(painted.picture, self._view.model), hidden

    def _in_pictures(self, point: Point[Model]) -> Point[Image]:
        return self._view.picture.to_source(point)

    def _remember(self, restless: tuple[Box[Image], ...]) -> None:
        """Keep the places that go on by themselves, the ones that paused meanwhile too."""
        paused = (
            old for old in self._restless if all(new.intersection(old) is None for new in restless)
        )
        self._restless = (*restless, *paused)[:_MOST_RESTLESS]

    def _changes(self, settled: Settled) -> Changes[Model] | None:
        if settled.changes is None:
            return None
        return Changes[Model].seen(
            boxes_shown(settled.changes, self._view),
            target=self._aimed_at,
            restless=boxes_shown(self._restless, self._view),
        )

    def _hidden(self) -> tuple[Box[Model], ...]:
        """What has been painted over and was not told before."""
        return boxes_shown(self.masks.news(), self._view)


def _boxes(windows: Mapping[int, Box[Image]] | None) -> tuple[Box[Image], ...] | None:
    return None if windows is None else tuple(windows.values())
