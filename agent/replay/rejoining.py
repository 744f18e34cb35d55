"""Going on with a replay after a model has helped it over what was different.

Two screens that look alike need not be the same moment of a run: a form looks the same before it
is sent and after sending it has failed. So a run is taken up again only on a screen that was
recorded between two of its actions and between no others, and never before the step that was due.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from trueclick.capture.compare import Comparison
from trueclick.geometry import Box, Image, Model, Point, Refusal

from ..actions import Action, LookAround, Move, WhereIsPointer
from ..errors import StopRequested
from ..events import Acted, Added, Ended, Event, Glimpsed, Json
from ..outcome import Outcome
from ..trace import Story, Trace, TraceWriter, read_trace, story_of
from ..trace.records import AddedLine, FaultedLine
from ..trace.story import Step
from .expecting import Album
from .judging import Judge
from .stage import Stage

_NEAR_PX = 8
"""By which what is drawn because of the pointer may miss it: a frame is not drawn in the middle."""

_CALL = "replayed-"
"""How the names of calls begin that a replay made: the API's begin otherwise."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a recorded run can be gone on with.

    Attributes:
        look: the recorded look that shows the screen as it is now.
        pointer: where the pointer was put for that, in pixels of the recorded screenshot, or `None`
            if it was not moved.
    """

    look: Step
    pointer: Point[Model] | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at the screen at rest.

    Attributes:
        step: it.
        moment: how many actions were done before it.
        pointer: where the pointer was, in pixels of the screenshot, or `None` if that is unknown.
    """

    step: Step
    moment: int
    pointer: Point[Model] | None


class Rejoining:
    """Knows the screens of a recorded run.

    Args:
        story: the run.
        due: the first step that has not been carried out again.
        stage: what is looked at.
        judge: compares it with what was recorded.
    """

    def __init__(self, story: Story, due: Step, stage: Stage, judge: Judge) -> None:
        self._stage = stage
        self._judge = judge
        self._album = Album(story.trace)
        self._looks = tuple(_looks(story.steps))
        self._moment = sum(_does(step) for step in story.steps[: due.number - 1])

    def found(self) -> Found | None:
        """Where the run can be gone on with on the screen as it is now.

        What is under the pointer is often drawn in another way. If nothing differs but what has
        the pointer on it, now or then, the pointer is put where it was, and that is looked at.

        Raises:
            CaptureError: if the display is gone.
            StopRequested: if somebody has stopped it.
            TraceError: if a picture of the trace is damaged.
        """
        at = self._stage.desktop.perform(WhereIsPointer()).pointer
        same, nearly = self._alike(at)
        if same or nearly is None or nearly.pointer is None or at is None:
            return self._found(same)
        with contextlib.suppress(Refusal):
            self._put_pointer(self._judge.mapped(Move(nearly.pointer)))
            found = self._found(self._alike(None)[0])
            if found is not None:
                return replace(found, pointer=nearly.pointer)
            self._put_pointer(Move(at))
        return None

    def _found(self, looks: Sequence[_Look]) -> Found | None:
        """The last of some looks if all are of one moment, and that has not passed."""
        moments = {look.moment for look in looks}
        if len(moments) != 1 or moments.pop() < self._moment:
            return None
        return Found(looks[-1].step)

    def _put_pointer(self, move: Action) -> None:
        self._stage.desktop.perform(move)
        self._stage.desktop.perform(LookAround())  # until what that draws is there

    def _alike(self, at: Point[Model] | None) -> tuple[list[_Look], _Look | None]:
        """The looks that show the screen as it is, and the one that all but does.

        Args:
            at: where the pointer is.
        """
        seen = self._stage.glance()
        compared: dict[str, Comparison] = {}
        same: list[_Look] = []
        nearly: list[tuple[int, _Look]] = []
        for look in self._looks:
            after = look.step.after
            if after is None:
                continue
            if after.image not in compared:
                self._judge.looked(after.windows, compared=look.step.changes is not None)
                expected = self._album.expected(after, required=True)
                compared[after.image] = self._judge.compared(expected, seen, ())
            comparison = compared[after.image]
            pointers = [*self._recorded(at), *filter(None, [look.pointer])]
            if comparison.same:
                same.append(look)
            elif look.moment >= self._moment and all(
                _has_one(box, pointers) for box in comparison.boxes
            ):
                nearly.append((comparison.pixels, look))
        return same, min(nearly, key=lambda each: each[0], default=(0, None))[1]

    def _recorded(self, at: Point[Model] | None) -> list[Point[Model]]:
        """A place of the stage in the recorded screenshot."""
        if at is None:
            return []
        here = self._stage.desktop.view.picture.to_source(at)
        box = Box[Image](here.x, here.y, here.x + 1, here.y + 1)
        return [each.center for each in self._judge.in_recorded([box])]


class Watching:
    """Stops a model as soon as the screen is as recorded again; use it as `on_event` of its run.

    It looks when all calls of an answer have been carried out, and not if one of them hands the
    task back: whoever reads that has to judge.

    Args:
        rejoining: knows what was recorded.
        on_event: is told of everything as well.

    Attributes:
        found: where the replay goes on, once it can. The run has been stopped then.
    """

    def __init__(self, rejoining: Rejoining, on_event: Callable[[Event], None]) -> None:
        self._rejoining = rejoining
        self._on_event = on_event
        self._acted = False
        self.found: Found | None = None

    def __call__(self, event: Event) -> None:
        """Tell an event on.

        Raises:
            StopRequested: if the model is no longer needed.
        """
        self._on_event(event)
        if not isinstance(event, Added):
            return
        if event.message["role"] == "assistant":
            self._acted = _acts(event.message)
            return
        acted, self._acted = self._acted, False
        self.found = self._rejoining.found() if acted else None
        if self.found is not None:
            raise StopRequested("the screen is as recorded again")


def rejoined(trace: Trace, story: Story, found: Found) -> tuple[Story, Step]:
    """Write what was recorded from a look on behind the trace of a model's help.

    The pictures stay the recorded ones: what is still the same shall not change in a repository.

    Args:
        trace: of the run that a model went on with.
        story: the recorded run.
        found: where that goes on from the screen with which the trace ends.

    Returns:
        The whole run, and the first step of it that is to be done.

    Raises:
        TraceError: if it cannot be written.
    """
    first = len(story_of(trace).steps)
    with TraceWriter(trace.folder, after=trace) as writer:
        if found.pointer is not None:
            values: dict[str, object] = {"coordinate": [found.pointer.x, found.pointer.y]}
            writer(Acted("mouse_move", values, Outcome(), 0.0, id=f"{_CALL}{len(trace.events)}"))
        for event in _events(story, found.look, len(trace.events)):
            writer(event)
        if trace.result is not None and story.trace.result is not None:
            text = story.trace.result.text
            writer(Ended(replace(trace.result, status="done", text=text)))
    whole = story_of(read_trace(trace.folder))
    return whole, whole.steps[first + (found.pointer is not None)]


def without_a_model(steps: Sequence[Step], trace: Trace) -> list[Step]:
    """The last of some steps, of which the conversation does not tell: a replay did them.

    Args:
        steps: of a run.
        trace: its trace, up to where a model goes on.
    """
    events = trace.events.records
    told = max((n for n, line in enumerate(events) if isinstance(line, AddedLine)), default=-1)
    return [
        step
        for step in steps
        if told < step.event < len(events) and step.id.startswith(_CALL) and step.acts
    ]


def _events(story: Story, first: Step, taken: int) -> Iterator[Event]:
    """What is told of the recorded steps from one on, without what a model had to do with them.

    Args:
        story: the run.
        first: the step.
        taken: numbers that calls of the same trace may have in their names.
    """
    events = story.trace.events
    steps = {step.event: step for step in story.steps if step.performed}
    for index in range(first.event, len(events)):
        record, step = events.records[index], steps.get(index)
        if isinstance(record, FaultedLine) and record.source == "application":
            yield events[index]
        if step is None:
            continue
        name = f"{_CALL}{taken + step.number}"
        if step.before is not None and step.before is not step.last_seen:
            glimpse = events[step.before.event]
            if isinstance(glimpse, Glimpsed):
                yield replace(glimpse, id=name)
        event = events[index]
        if isinstance(event, Acted):
            yield replace(event, id=name if event.id else "")


def _looks(steps: Sequence[Step]) -> Iterator[_Look]:
    moment = 0
    pointer: Point[Model] | None = None
    for step in steps:
        moment += _does(step)
        if _does(step) and step.places:
            pointer = step.places[-1]
        own = isinstance(step.action, LookAround) and step.performed
        if own and step.after is not None and step.after.still:
            yield _Look(step, moment, pointer)


def _has_one(box: Box[Image], points: Iterable[Point[Model]]) -> bool:
    """Whether one of some points of a screenshot is in a box of its file, or at its edge."""
    near = _NEAR_PX
    around = Box[Model](box.x0 - near, box.y0 - near, box.x1 + near, box.y1 + near)
    return any(around.contains(point) for point in points)


def _acts(message: Json) -> bool:
    """Whether a message of the model's calls for something, and hands no task back."""
    from ..hand_back import HAND_BACK  # noqa: PLC0415 - the SDK, which is there when a model is

    content = message["content"]
    blocks = cast("Sequence[Json]", () if isinstance(content, str) else content)
    names = [str(block["name"]) for block in blocks if block["type"] == "tool_use"]
    return bool(names) and HAND_BACK["name"] not in names


def _does(step: Step) -> bool:
    """Whether it may have changed what the program is in."""
    return step.acts and step.performed
