"""One stage, and what is known of it while the recorded steps are done on it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from math import inf

from trueclick.capture import CaptureError, Clock, EncodedImage, Screenshot, encode
from trueclick.capture.compare import Comparison, difference
from trueclick.geometry import Box, Image, Model, Refusal, TrueclickError, View
from trueclick.geometry.requests import PLATFORMS

from ..actions import Action, LookAround, TypeText, Wait, WhereIsPointer, Zoom
from ..desktop import BEFORE_PICTURE
from ..errors import StopRequested
from ..trace import TraceError
from ..trace.story import Look, Step
from ..wording import counted
from .expecting import Album, Expected, expected_before
from .judging import Judge, Part
from .lookout import Lookout
from .results import Mismatch, StepStatus
from .stage import Stage
from .waiting import Patience

_MORE_S = 1.0
"""For a screen that need not match, or whose new picture is accepted, beside its recorded time."""

_LONGEST_S = 120.0
"""Of a step: a trace may say anything."""

_MOST_BYTES = PLATFORMS["anthropic"].image_bytes

_NAMED = 3
"""Places that are told of in a line."""


@dataclass(frozen=True, slots=True, eq=False)
class Accepted:
    """A new picture, in place of a recorded one.

    Attributes:
        event: the index of the event that holds the recorded one.
        picture: the new one, of the same size.
        hidden: what is painted over in it and was not in the recorded one.
        boxes: where it differs from the recorded one, in pixels of the recorded screenshot.
    """

    event: int
    picture: EncodedImage
    hidden: tuple[Box[Model], ...]
    boxes: tuple[Box[Model], ...]


class Scene:
    """A stage, what was last expected of it, and what was done since.

    Args:
        stage: where the steps are done.
        judge: compares it with what was recorded.
        album: the recorded pictures.
        last: the numbers of the steps after whose picture none is recorded on this stage.
        timeout_s: how long the screen may take to look right, beside its recorded time.
        accept: is given the new picture where the screen looks different, or `None`: then that is
            a mismatch.
        regardless: whether actions are carried out on a screen that looks different, too.
        hides: whether places of secrets are painted over.
        clock: tells the time and sleeps.

    Attributes:
        stage: where the steps are done.
    """

    def __init__(
        self,
        stage: Stage,
        judge: Judge,
        album: Album,
        *,
        last: Container[int],
        timeout_s: float,
        accept: Callable[[Accepted], None] | None,
        regardless: bool,
        hides: bool,
        clock: Clock,
    ) -> None:
        self.stage = stage
        self._judge = judge
        self._album = album
        self._last = last
        self._timeout_s = timeout_s
        self._accept = accept
        self._regardless = regardless
        self._hides = hides
        self._lookout = Lookout(stage, judge, clock)
        self._known: Expected | None = None
        self._untouched = False
        self._owed_s = 0.0
        self._waits_s = 0.0
        self._hidden: set[Box[Model]] = set()
        self._own_hidden: list[Box[Model]] = []

    def play(self, step: Step) -> tuple[StepStatus, Mismatch | None]:
        """What comes of a step that was carried out when it was recorded.

        Raises:
            CaptureError: if the display is gone.
            StopRequested: if somebody has stopped the replay.
            TraceError: if a picture of the trace is damaged.
        """
        match step.action:
            case None | WhereIsPointer():
                return "done", None
            case Wait(seconds):
                # Whatever it waited for is waited for when the screen is looked at next.
                self._owed_s += seconds
                self._waits_s += seconds
                self._untouched = False
                return "done", None
            case LookAround():
                return self._look(step)
            case Zoom() as zoom:
                return self._zoom(step, zoom)
            case action:
                return self._act(step, action)

    def settle(self) -> None:
        """Wait for what the last action has set off, of which no picture tells.

        Raises:
            CaptureError: if the display is gone.
            StopRequested: if somebody has stopped the replay.
        """
        self.stage.desktop.perform(LookAround())

    def _look(self, step: Step) -> tuple[StepStatus, Mismatch | None]:
        look = step.after
        if look is None:
            return "unchecked", None
        self._owed_s += min(step.seconds, _LONGEST_S)
        expected = self._album.expected(look, required=look.still, last=step.number in self._last)
        self._judge.looked(look.windows, compared=step.changes is not None)
        status, mismatch = self._awaited(expected)
        self._untouched = status != "unchecked"
        return status, mismatch

    def _zoom(self, step: Step, zoom: Zoom) -> tuple[StepStatus, Mismatch | None]:
        look = step.zoom
        if look is None:
            return "unchecked", None
        expected = self._album.expected(look, required=look.still)
        try:
            part = self._judge.part(zoom.region, look.size)
        except Refusal as refusal:
            return "different", Mismatch("refused", f"the zoom was refused: {refusal}")
        return self._awaited(expected, part)

    def _act(self, step: Step, action: Action) -> tuple[StepStatus, Mismatch | None]:
        status: StepStatus = "done"
        mismatch: Mismatch | None = None
        expected = expected_before(step, self._album)
        if expected is None:
            if self._waits_s:  # no picture tells what was waited for
                self.stage.desktop.perform(Wait(self._waits_s))
        elif not (self._untouched and self._known and self._known.look == expected.look):
            seen, mismatch = self._awaited(expected)
            if mismatch is not None and not self._regardless:
                return seen, mismatch
            status = "done" if seen in {"same", "unchecked"} else seen
        self._owed_s, self._waits_s, self._untouched = min(step.seconds, _LONGEST_S), 0.0, False
        try:
            done = self._judge.mapped(action)
            try:
                self.stage.desktop.perform(done)
            finally:
                self._lookout.acted(action, done)
        except (CaptureError, StopRequested):
            raise
        except Refusal as refusal:
            return "different", Mismatch("refused", f"the action was refused: {refusal}")
        except TrueclickError as error:
            return "different", Mismatch("failed", f"the action failed: {error}")
        if self._hides and isinstance(action, TypeText):
            self._hide_secrets()
        return status, mismatch

    def _awaited(
        self, expected: Expected, part: Part | None = None
    ) -> tuple[StepStatus, Mismatch | None]:
        """What comes of waiting for a picture of the screen, or of a part of it."""
        look, due = expected.look, self._judge.view.model
        if part is None and look.size != due:
            raise TraceError(
                f"the trace tells of screenshots of {due} and holds one of {look.size}: "
                f"{look.image}"
            )
        self._hide(look)
        # A glimpse was not waited for when it was recorded: it is right as soon as it is there.
        # After the last picture nothing tells of what comes later: the screen has to stay like it.
        changes = not expected.last and (
            expected.glimpse
            or (self._untouched if part is not None else self._judge.changes(self._known, expected))
        )
        patience = self._patience(expected, changes=changes)
        sighting, comparison = self._lookout.until(expected, patience, part)
        if part is None:
            self._known, self._owed_s, self._waits_s = expected, 0.0, 0.0
        if sighting.matches:
            return "same", None
        if not expected.required:
            return "unchecked", None
        shown = self._judge.shown(expected, sighting.picture, part)
        if self._accept is not None:
            self._accept(self._accepted(expected, shown, comparison, part))
            return "accepted", None
        view = self._judge.view if part is None else part.zoom
        return "different", _mismatch(expected, sighting.picture, shown, comparison, view)

    def _patience(self, expected: Expected, *, changes: bool) -> Patience:
        owed_s = self._owed_s
        if not expected.required:
            return Patience(BEFORE_PICTURE, changes, owed_s + _MORE_S, owed_s + _MORE_S / 2)
        enough_s = inf if self._accept is None else owed_s + _MORE_S
        return Patience(BEFORE_PICTURE, changes, owed_s + self._timeout_s, enough_s)

    def _hide(self, look: Look) -> None:
        """Paint over here what was painted over there, in the pictures that people see."""
        new = [box for box in look.hidden if box not in self._hidden]
        self._hidden.update(new)
        self.stage.desktop.hide(self._judge.here(new))

    def _hide_secrets(self) -> None:
        """Leave out what is painted over here because a secret was typed."""
        seen = self.stage.desktop.perform(LookAround()).seen
        if seen is not None and seen.hidden:
            view = self.stage.desktop.view
            boxes = self._judge.in_recorded(map(view.to_image, seen.hidden))
            self._judge.hide(boxes)
            self._own_hidden += boxes

    def _accepted(
        self, expected: Expected, shown: Screenshot, comparison: Comparison, part: Part | None
    ) -> Accepted:
        packing = expected.packing
        picture = encode(
            shown, format=packing.format, quality=packing.quality, max_bytes=_MOST_BYTES
        )
        boxes = () if part is not None else _of_screenshot(comparison.boxes)
        return Accepted(expected.look.event, picture, tuple(self._own_hidden), boxes)


def _of_screenshot(boxes: Iterable[Box[Image]]) -> tuple[Box[Model], ...]:
    return tuple(Box[Model](box.x0, box.y0, box.x1, box.y1) for box in boxes)


def _mismatch(
    expected: Expected, seen: Screenshot, shown: Screenshot, comparison: Comparison, view: View
) -> Mismatch:
    """What is told of a screen that differs.

    Args:
        expected: the recorded picture.
        seen: the whole screen.
        shown: what that picture would have shown of it.
        comparison: of the two.
        view: from the picture to the recorded display, in whose pixels people are told the places:
            those that a mask is given in.
    """
    boxes = _of_screenshot(comparison.boxes)
    named = " and ".join(str(view.to_image(box)) for box in boxes[:_NAMED])
    left = len(boxes) - _NAMED
    more = f" and {counted(left, 'more place')}" if left > 0 else ""
    pixels = "1 pixel differs" if comparison.pixels == 1 else f"{comparison.pixels:,} pixels differ"
    return Mismatch(
        "screen",
        f"the screen is not as recorded: {pixels} in {named}{more}",
        boxes,
        comparison.pixels,
        expected.picture,
        seen,
        difference(expected.picture, shown, comparison),
    )
