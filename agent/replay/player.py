"""Does again what was recorded: looks, compares, acts, one step after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from math import inf
from types import TracebackType
from typing import Self

from trueclick.capture import CaptureError, Clock, SystemClock, boxes_shown
from trueclick.capture.compare import Tolerance
from trueclick.capture.image_file import MAX_PIXELS
from trueclick.geometry import Box, Image, Model, UsageError, View

from ..actions import LookAround
from ..errors import ApplicationError
from ..events import Faulted
from ..trace.story import Step, Story
from ..wording import ending
from .expecting import Album
from .judging import Judge
from .results import Mismatch, StepResult, StepStatus
from .scene import Accepted, Scene
from .stage import PrivateTheatre, Setting, Theatre

TIMEOUT_S = 5.0
"""For a screen that should have been there by now, beside what it took when it was recorded."""


class Player:
    """Replays a run; a context manager, at whose end everything that it started is over.

    Args:
        story: the run.
        setting: where.
        theatre: sets the stages; by default each is a private display with its application.
        tolerance: what is no difference between two pictures.
        masks: boxes that do not count, in device pixels of the recorded display.
        timeout_s: how long a screen may take to look right, beside what it took when it was
            recorded.
        keep_going: carry actions out on a screen that looks different, too.
        accept: take new pictures for right, and keep them in `accepted`.
        clock: tells the time and sleeps.

    Attributes:
        theatre: where it happens.
        accepted: the new pictures.
    """

    def __init__(
        self,
        story: Story,
        setting: Setting,
        *,
        theatre: Theatre | None = None,
        tolerance: Tolerance | None = None,
        masks: Iterable[Box[Image]] = (),
        timeout_s: float = TIMEOUT_S,
        keep_going: bool = False,
        accept: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.theatre: Theatre = theatre or PrivateTheatre(setting)
        self.accepted: list[Accepted] = []
        self._story = story
        self._setting = setting
        self._album = Album(story.trace)
        self._tolerance = tolerance or Tolerance()
        self._masks = tuple(masks)
        self._timeout_s = timeout_s
        self._keep_going = keep_going
        self._accept = accept
        self._clock = clock or SystemClock()
        self._part = -1
        self._scene: Scene | None = None
        self._last_looks = last_looks(story)
        self._last_steps = last_on_stages(story, lambda step: step.performed)
        self._may_end_from = first_that_may_end(story)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.theatre.clear()

    def results(self, start: int = 1) -> Iterator[StepResult]:
        """What comes of each step, as it is done.

        After a difference the next step is done all the same, unless nothing is left to do it on:
        whoever wants to stop there takes no more.

        Args:
            start: the number of the first step that is done; those before it have been.

        Raises:
            ApplicationError: if the application cannot be started for the first time.
            CaptureError: if no display can be started.
            StopRequested: if somebody has stopped the replay.
            TraceError: if a picture of the trace is damaged.
            UsageError: if the recorded display is larger than a private one can be.
        """
        for step in self._story.steps[start - 1 :]:
            began = self._clock.now()
            status, mismatch = self._result(step)
            yield StepResult(step, status, self._clock.now() - began, mismatch)
            if mismatch is not None and mismatch.kind in {"application", "display"}:
                return

    def _result(self, step: Step) -> tuple[StepStatus, Mismatch | None]:
        if not step.performed or step.action is None:
            return "skipped", None
        first = self._scene is None
        try:
            scene = self._scene_of(step)
        except ApplicationError as error:
            if first:
                raise
            return "different", Mismatch("application", str(error))
        try:
            status, mismatch = scene.play(step)
            if mismatch is None and step.acts and step.number in self._last_steps:
                scene.settle()  # or what it sets off would be cut short
        except CaptureError as error:
            return "different", Mismatch("display", str(error))
        is_last = step is self._story.steps[-1]
        ended = scene.stage.ended
        if ended is None or step.number >= self._may_end_from:
            return status, mismatch
        if ended == 0 and status in {"same", "done"} and is_last:
            return status, None  # as its last action may have made it do
        gone = _without_application(ended, scene, mismatch)
        return "different", replace(gone, text=self._setting.secrets.redacted(gone.text))

    def _scene_of(self, step: Step) -> Scene:
        """Where a step is to be done: on a new stage if it was recorded on a new one."""
        scene = self._scene
        if scene is None or _is_new(self._story, self._part, step.part):
            scene = self._scene = self._new_scene(self._story.parts[step.part].view)
        self._part = step.part
        return scene

    def _new_scene(self, view: View) -> Scene:
        size = self._setting.size or view.image
        if size.box.area > MAX_PIXELS:
            raise UsageError(f"a display of {size} is larger than any that is replayed on")
        stage = self.theatre.set(view.image)
        masks = boxes_shown(self._masks, view)
        return Scene(
            stage,
            Judge(stage, view, self._tolerance, masks, restless(self._story, view)),
            self._album,
            last=self._last_looks,
            timeout_s=self._timeout_s,
            accept=self.accepted.append if self._accept else None,
            regardless=self._keep_going,
            hides=self._setting.mask_secrets,
            clock=self._clock,
        )


def restless(story: Story, view: View) -> set[Box[Model]]:
    """Places in screenshots of a view that went on changing at some time of a run."""
    return {
        box
        for step in story.steps
        if step.after is not None and story.parts[step.part].view == view
        for box in step.after.restless
    }


def last_looks(story: Story) -> frozenset[int]:
    """The numbers of the steps whose picture is the last one that was recorded on its stage."""
    return last_on_stages(
        story,
        lambda step: (
            step.performed and isinstance(step.action, LookAround) and step.after is not None
        ),
    )


def last_on_stages(story: Story, counts: Callable[[Step], bool]) -> frozenset[int]:
    """The numbers of the last steps, of those that count, on each stage of a run."""
    last: set[int] = set()
    found: Step | None = None
    for step in filter(counts, story.steps):
        if found is not None and _is_new(story, found.part, step.part):
            last.add(found.number)
        found = step
    return frozenset(last if found is None else {*last, found.number})


def _is_new(story: Story, part: int, later: int) -> bool:
    """Whether a part began on another stage than an earlier one."""
    return any(not each.started.same_screen for each in story.parts[part + 1 : later + 1])


def first_that_may_end(story: Story) -> float:
    """The number of the first step at which the application may end: there it did when recorded.

    That is told with a turn in which it was noticed, or with the one after it.
    """
    numbers: Sequence[int] = ()
    for turn in story.turns:
        before, numbers = numbers, [step.number for step in turn.steps] or numbers
        if any(isinstance(told, Faulted) and told.source == "application" for told in turn.told):
            return min((*before, *numbers), default=inf)
    return inf


def _without_application(status: int, scene: Scene, mismatch: Mismatch | None) -> Mismatch:
    """What is told of an application that has ended."""
    app = scene.stage.application
    words = "" if app is None else app.last_words()
    text = "\n".join([f"the application {ending(status)}", *words.splitlines()])
    if mismatch is None:
        return Mismatch("application", text)
    return replace(mismatch, kind="application", text=text)
