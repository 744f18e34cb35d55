"""What a trace tells, step by step: the one reading of it that reports, replays and exports share.

A *part* goes from one start of the run to the next, a *turn* is a request and what its answer led
to, a *step* is one call, or the screenshot that is attached to the calls of a turn. Pictures are
named here, and not loaded.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

from trueclick.capture import Changes
from trueclick.capture.encoding.formats import MEDIA_TYPES
from trueclick.geometry import Box, Image, Model, Point, Refusal, Screen, Size, View

from ..actions import (
    MEMBERS,
    SECONDS_AND_PARTS,
    Action,
    LookAround,
    Member,
    Wait,
    WhereIsPointer,
    Zoom,
    parse_action,
    places_of,
)
from ..events import (
    Answered,
    Calling,
    Decided,
    Event,
    Faulted,
    Instructed,
    Retried,
    Said,
    Shortened,
    Started,
    Thought,
)
from .reading import Trace
from .records import (
    ActedLine,
    AddedLine,
    GlimpsedLine,
    Line,
    OutcomeRecord,
    PictureRecord,
    ShortenedLine,
    StartedLine,
)
from .restoring import restored_changes, started

BROKE_OFF = "the run broke off while this was carried out"
"""The error of a step of which no more is known than that it was begun."""

_Told: TypeAlias = Retried | Shortened | Instructed | Faulted


@dataclass(frozen=True, slots=True)
class Look:
    """A picture in a trace.

    Attributes:
        event: the index of the event that holds it.
        image: the name of its file, for `Trace.image`.
        media_type: such as `image/png`.
        size: of the picture.
        still: whether the screen had come to rest.
        hidden: what is painted over in it.
        restless: places that were known to go on changing by themselves.
        windows: where the programs' windows were in the capture; `None` where that is unknown.
    """

    event: int
    image: str
    media_type: str
    size: Size[Model]
    still: bool
    hidden: tuple[Box[Model], ...] = ()
    restless: tuple[Box[Model], ...] = ()
    windows: tuple[Box[Image], ...] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One call, or the screenshot that was attached to the calls of a turn.

    Attributes:
        number: counted from 1 through the whole run.
        turn: the number of its turn.
        part: the index of its part.
        event: the index of the event that tells of it.
        at_s: when it was over, in seconds since the run began.
        id: the call's; empty for what nobody called.
        member: which of the toolset's tools.
        values: its input, in pixels of the screenshot.
        action: what was called for; `None` if it made no sense, and was refused.
        landed: the screen pixel on which it ended, if it happened at a place.
        start: the screen pixel on which a drag began.
        pointer: the answer to a question for the pointer's position.
        seconds: how long it took, waiting for the screen included.
        settle_s: how much of that was waiting for the screen; `None` if unknown, or none was due.
        error: why it was refused or failed, or `None`.
        before: the screen just before it, if there is a picture of that very moment.
        last_seen: the newest screenshot before it, however old.
        after: the first picture of the whole screen that was taken after it; its own, for a
            screenshot.
        zoom: what a zoom showed.
        changes: what was seen to have changed when the screen was next looked at, by this step and
            those before it that nobody looked after.
        asked: who approved it, if somebody was asked.
    """

    number: int
    turn: int
    part: int
    event: int
    at_s: float
    id: str
    member: str
    values: Mapping[str, object]
    action: Action | None
    landed: Point[Screen] | None
    start: Point[Screen] | None
    pointer: Point[Model] | None
    seconds: float
    settle_s: float | None
    error: str | None
    before: Look | None
    last_seen: Look | None
    after: Look | None = None
    zoom: Look | None = None
    changes: Changes[Model] | None = None
    asked: Decided | None = None

    @property
    def attached(self) -> bool:
        """Whether it is a screenshot that was attached without being called for."""
        return self.id == "" and isinstance(self.action, LookAround)

    @property
    def performed(self) -> bool:
        """Whether it was carried out."""
        return self.error is None

    @property
    def acts(self) -> bool:
        """Whether it is something that touches the pointer or the keyboard."""
        looking = LookAround | Zoom | WhereIsPointer | Wait
        return self.action is not None and not isinstance(self.action, looking)

    @property
    def places(self) -> tuple[Point[Model], ...]:
        """The pixels of the screenshot at which it was aimed, in their order."""
        return () if self.action is None else places_of(self.action)


@dataclass(frozen=True, slots=True)
class Turn:
    """A request, its answer, and what that led to.

    Attributes:
        number: counted from 1; 0 for what was told before the first answer of all.
        part: the index of its part.
        answered: what the request used, and those for summaries after it.
        said: the model's words.
        thought: what is known of its thinking.
        steps: its calls.
        told: what else happened, in order: requests that were made again, what the model no longer
            sees, what the user said, what failed.
    """

    number: int
    part: int
    answered: tuple[Answered, ...] = ()
    said: str = ""
    thought: str = ""
    steps: tuple[Step, ...] = ()
    told: tuple[Retried | Shortened | Instructed | Faulted, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What a run did from one start to the next.

    Attributes:
        started: its settings.
        view: how the model's pixels mapped to the screen's.
        first_event: the index of its first event.
    """

    started: Started
    view: View
    first_event: int


@dataclass(frozen=True)
class Story:
    """A whole run.

    Attributes:
        trace: where it was read.
        parts: from one start to the next.
        turns: in order.
    """

    trace: Trace
    parts: tuple[Part, ...]
    turns: tuple[Turn, ...]

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        return tuple(step for turn in self.turns for step in turn.steps)


def story_of(trace: Trace) -> Story:
    """What a trace tells, step by step.

    Raises:
        UsageError: if a part's screen and screenshot cannot be mapped.
    """
    teller = _Teller(trace)
    for index, record in enumerate(trace.events.records):
        teller.tell(index, record)
    return Story(trace, tuple(teller.parts), tuple(teller.finished()))


@dataclass
class _Teller:
    """Reads one line after the other."""

    trace: Trace
    parts: list[Part] = field(default_factory=list[Part])
    turns: list[Turn] = field(default_factory=list[Turn])
    steps: list[Step] = field(default_factory=list[Step])
    waiting: list[_Told] = field(default_factory=list[_Told])
    last_seen: Look | None = None
    fresh: bool = False
    hidden: tuple[Box[Model], ...] = ()
    restless: tuple[Box[Model], ...] = ()
    glimpses: dict[str, Look] = field(default_factory=dict[str, Look])
    decisions: dict[str, Decided] = field(default_factory=dict[str, Decided])
    begun: dict[str, tuple[int, Calling]] = field(default_factory=dict[str, tuple[int, Calling]])

    def tell(self, index: int, record: Line) -> None:
        """Read a line."""
        match record:
            case StartedLine():
                self._starts(index, record)
            case ActedLine():
                self._acts(index, record)
            case GlimpsedLine():
                self._glimpses(index, record)
            case AddedLine():
                self._breaks_off()  # a message follows when all calls before it are over
            case ShortenedLine():  # without its messages, whose pictures nobody asks for
                self.waiting.append(Shortened(record.how, record.images))
            case _:
                self._tells(self.trace.events[index], index)

    def finished(self) -> Iterable[Turn]:
        """The turns, when all is told."""
        self._breaks_off()
        if self.waiting:
            self._of_turn(told=tuple(self.waiting))
        new_screens = {
            number for number, part in enumerate(self.parts) if not part.started.same_screen
        }
        steps = _looked_after(self.steps, new_screens)
        for turn in self.turns:
            yield replace(turn, steps=tuple(steps[step.number - 1] for step in turn.steps))

    def _starts(self, index: int, record: StartedLine) -> None:
        self._breaks_off()
        start = started(record)
        image = start.captured or Size[Image](start.screen.width, start.screen.height)
        self.parts.append(Part(start, View(start.screen, image, start.screenshot), index))
        if not start.same_screen:
            self.last_seen, self.fresh, self.restless = None, False, ()
        self.turns.append(Turn(self._number, len(self.parts) - 1))

    @property
    def _number(self) -> int:
        return self.turns[-1].number if self.turns else 0

    def _tells(self, event: Event, index: int) -> None:
        match event:
            case Answered() if event.turn == self._number and self.turns[-1].answered:
                self._of_turn(answered=(*self.turns[-1].answered, event))
            case Answered():
                part = len(self.parts) - 1
                if self.turns[-1] == Turn(self._number, part):
                    self.turns.pop()  # nothing was told in it
                self.turns.append(Turn(event.turn, part, (event,), told=tuple(self.waiting)))
                self.waiting.clear()
            case Said():
                self._of_turn(said=event.text)
            case Thought():
                self._of_turn(thought=event.text)
            case Decided():
                self.decisions[event.id] = event
            case Calling():
                self.begun[event.id] = index, event
            case Instructed() | Faulted() if self.turns[-1].answered:
                self._of_turn(told=(*self.turns[-1].told, event))
            case Retried() | Instructed() | Faulted():
                self.waiting.append(event)
            case _:
                pass

    def _of_turn(self, **values: Any) -> None:
        """Note something of the turn that goes on."""
        self.turns[-1] = replace(self.turns[-1], **values)

    def _glimpses(self, index: int, record: GlimpsedLine) -> None:
        look = self._look(index, record.picture, still=record.still)
        for at in range(len(self.steps) - 1, -1, -1):  # told late, after what it came before
            step = self.steps[at]
            if step.turn != self._number or not record.id:
                break
            if step.id == record.id:
                self._put(replace(step, before=look))
                return
        self.glimpses[record.id] = look

    def _put(self, step: Step) -> None:
        """Put a step in the place of the one that had its number."""
        self.steps[step.number - 1] = step

    def _acts(self, index: int, record: ActedLine) -> None:
        self.begun.pop(record.id, None)
        outcome, seen = record.outcome, record.outcome.seen
        action = _action(record.member, record.values)
        changes = None
        look = zoom = None
        if seen is not None:
            self.hidden += tuple(Box[Model](*box) for box in seen.hidden)
            changes = None if seen.changes is None else restored_changes(seen.changes)
        if outcome.picture is not None:
            look = self._look(index, outcome.picture, still=seen is None or seen.still)
            if isinstance(action, Zoom):
                look, zoom = None, look
        before = self.last_seen if self.fresh else None
        step = Step(
            number=len(self.steps) + 1,
            turn=self._number,
            part=len(self.parts) - 1,
            event=index,
            at_s=record.t,
            id=record.id,
            member=record.member,
            values=record.values,
            action=action,
            landed=None if outcome.landed is None else Point[Screen](*outcome.landed),
            start=None if outcome.start is None else Point[Screen](*outcome.start),
            pointer=None if outcome.pointer is None else Point[Model](*outcome.pointer),
            seconds=record.seconds,
            settle_s=outcome.settle_s,
            error=record.error,
            before=self.glimpses.pop(record.id, before),
            last_seen=self.last_seen,
            zoom=zoom,
            changes=changes,
            asked=self.decisions.pop(record.id, None),
        )
        if look is not None:
            self.restless = () if changes is None else changes.restless
            windows = None if seen is None else seen.windows
            boxes = None if windows is None else tuple(Box[Image](*box) for box in windows)
            look = replace(look, restless=self.restless, windows=boxes)
            step = replace(step, after=look)
            self.last_seen, self.fresh = look, True
        elif step.acts or isinstance(action, Wait):
            self.fresh = False
        self._append(step)

    def _append(self, step: Step) -> None:
        self.steps.append(step)
        self._of_turn(steps=(*self.turns[-1].steps, step))

    def _breaks_off(self) -> None:
        """Tell of calls of which no more is known than that they were begun."""
        begun, self.begun = self.begun, {}
        for index, calling in begun.values():
            self._acts(index, _unfinished(self.trace.events.records[index].t, calling))

    def _look(self, index: int, picture: PictureRecord, *, still: bool) -> Look:
        return Look(
            event=index,
            image=picture.image,
            media_type=MEDIA_TYPES[picture.format],
            size=Size[Model](*picture.size),
            still=still,
            hidden=self.hidden,
            restless=self.restless,
        )


def _looked_after(steps: Sequence[Step], new_screens: Container[int]) -> list[Step]:
    """The steps, each with the picture that was taken next, and with what had changed by then.

    Args:
        steps: all of them.
        new_screens: the parts that began on another screen than the part before them ended on.
    """
    told: list[Step] = []
    look: Look | None = None
    changes: Changes[Model] | None = None
    part = None
    for step in reversed(steps):
        if part is not None and step.part != part and part in new_screens:
            look = changes = None
        part = step.part
        if step.after is not None:
            look, changes = step.after, step.changes
        elif step.acts and step.performed:
            step = replace(step, changes=changes)  # noqa: PLW2901 - what is known of it by now
            changes = None
        told.append(replace(step, after=look))
        if step.before is not None and step.before != step.last_seen:
            look = step.before  # a glimpse, taken after the step before
    return told[::-1]


def _unfinished(at_s: float, calling: Calling) -> ActedLine:
    """What stands for the end of a call that is not told of."""
    return ActedLine(
        event="acted",
        t=at_s,
        id=calling.id,
        member=calling.member,
        values=calling.values,
        outcome=OutcomeRecord(landed=None, pointer=None, picture=None, seen=None),
        seconds=0.0,
        error=BROKE_OFF,
    )


_OF_ANY_VERSION: Mapping[str, Member] = {
    name: replace(
        member,
        fields=tuple(
            SECONDS_AND_PARTS if field.name == "duration" else field for field in member.fields
        ),
    )
    for name, member in MEMBERS.items()
}
"""Every member with the fields of the toolset, and the seconds of the older tools as well."""


def _action(member: str, values: Mapping[str, object]) -> Action | None:
    try:
        return parse_action(member, values, _OF_ANY_VERSION)
    except Refusal:
        return None
