"""From the lines of a trace to its story: the one reading that reports, replays and exports share.

One pass, and time in proportion to the lines, whatever they say: a trace may be anybody's.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trueclick.capture import Changes
from trueclick.capture.encoding.formats import MEDIA_TYPES
from trueclick.geometry import Box, Image, Model, Point, Refusal, Screen, Size, View

from ..actions import MEMBERS, SECONDS_AND_PARTS, Action, Member, Wait, Zoom, parse_action
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
from .steps import Look, Part, Step, Story, Told, Turn

__all__ = ["BROKE_OFF", "Look", "Part", "Step", "Story", "Turn", "story_of"]

BROKE_OFF = "the run broke off while this was carried out"
"""The error of a step of which no more is known than that it was begun."""

_MOST_HIDDEN = 500
"""Boxes that are painted over, before one around them all stands for them: each picture of a trace
tells of all so far, and a run hides some few."""


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
class _OpenTurn:
    """A turn of which more may be told."""

    number: int
    part: int
    answered: list[Answered] = field(default_factory=list[Answered])
    said: str = ""
    thought: str = ""
    steps: list[int] = field(default_factory=list[int])
    told: list[Told] = field(default_factory=list[Told])

    @property
    def empty(self) -> bool:
        """Whether nothing has been told of it."""
        return not (self.answered or self.said or self.thought or self.steps or self.told)

    def closed(self, steps: Sequence[Step]) -> Turn:
        """The turn, of whose steps the indexes are known."""
        return Turn(
            number=self.number,
            part=self.part,
            answered=tuple(self.answered),
            said=self.said,
            thought=self.thought,
            steps=tuple(steps[index] for index in self.steps),
            told=tuple(self.told),
        )


@dataclass
class _Teller:
    """Reads one line after the other."""

    trace: Trace
    parts: list[Part] = field(default_factory=list[Part])
    turns: list[_OpenTurn] = field(default_factory=list[_OpenTurn])
    steps: list[Step] = field(default_factory=list[Step])
    waiting: list[Told] = field(default_factory=list[Told])
    last_seen: Look | None = None
    fresh: bool = False
    hidden: tuple[Box[Model], ...] = ()
    restless: tuple[Box[Model], ...] = ()
    of_turn: dict[str, int] = field(default_factory=dict[str, int])
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
        self._turn.told += self.waiting
        new_screens = {
            number for number, part in enumerate(self.parts) if not part.started.same_screen
        }
        steps = _looked_after(self.steps, new_screens)
        return (turn.closed(steps) for turn in self.turns)

    @property
    def _turn(self) -> _OpenTurn:
        """The one that goes on; a trace begins with a part, and that with a turn."""
        return self.turns[-1]

    def _opens(self, number: int) -> None:
        self.turns.append(_OpenTurn(number, len(self.parts) - 1))
        self.of_turn.clear()

    def _starts(self, index: int, record: StartedLine) -> None:
        self._breaks_off()
        start = started(record)
        image = start.captured or Size[Image](start.screen.width, start.screen.height)
        self.parts.append(Part(start, View(start.screen, image, start.screenshot), index))
        if not start.same_screen:
            self.last_seen, self.fresh, self.restless = None, False, ()
        self._opens(self._turn.number if self.turns else 0)

    def _tells(self, event: Event, index: int) -> None:
        match event:
            case Answered() if event.turn == self._turn.number and self._turn.answered:
                self._turn.answered.append(event)
            case Answered():
                if self._turn.empty:
                    self.turns.pop()
                self._opens(event.turn)
                self._turn.answered.append(event)
                self._turn.told += self.waiting
                self.waiting.clear()
            case Said():
                self._turn.said = event.text
            case Thought():
                self._turn.thought = event.text
            case Decided():
                self.decisions[event.id] = event
            case Calling():
                self.begun[event.id] = index, event
            case Instructed() | Faulted() if self._turn.answered:
                self._turn.told.append(event)
            case Retried() | Instructed() | Faulted():
                self.waiting.append(event)
            case _:
                pass

    def _glimpses(self, index: int, record: GlimpsedLine) -> None:
        look = self._look(index, record.picture, still=record.still)
        if record.hidden:
            look = replace(look, hidden=look.hidden + tuple(Box[Model](*b) for b in record.hidden))
        late = self.of_turn.get(record.id) if record.id else None
        if late is None:
            self.glimpses[record.id] = look
        else:  # told after what it came before
            self.steps[late] = replace(self.steps[late], before=look)

    def _acts(self, index: int, record: ActedLine) -> None:
        begun = self.begun.pop(record.id, None) is not None
        outcome, seen = record.outcome, record.outcome.seen
        action = _action(record.member, record.values)
        changes = None
        look = zoom = None
        if seen is not None:
            self._hides(Box[Model](*box) for box in seen.hidden)
            changes = None if seen.changes is None else restored_changes(seen.changes)
        if outcome.picture is not None:
            look = self._look(index, outcome.picture, still=seen is None or seen.still)
            if isinstance(action, Zoom):
                look, zoom = None, look
        before = self.last_seen if self.fresh else None
        step = Step(
            number=len(self.steps) + 1,
            turn=self._turn.number,
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
        elif (step.acts or isinstance(action, Wait)) and (begun or step.performed):
            self.fresh = False  # what was refused before it began has left the screen as it was
        self.of_turn[step.id] = len(self.steps)
        self._turn.steps.append(len(self.steps))
        self.steps.append(step)

    def _hides(self, boxes: Iterable[Box[Model]]) -> None:
        self.hidden += tuple(boxes)
        if len(self.hidden) > _MOST_HIDDEN:
            self.hidden = (_around(self.hidden),)

    def _breaks_off(self) -> None:
        """Tell of calls of which no more is known than that they were begun."""
        begun, self.begun = self.begun, {}
        for index, calling in begun.values():
            self._acts(index, _unfinished(self.trace.events.records[index].t, calling))
            self.fresh = False

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
        if step.before is not None and step.before is not step.last_seen:
            look = step.before  # a glimpse, taken after the step before
    return told[::-1]


def _around(boxes: Sequence[Box[Model]]) -> Box[Model]:
    """The smallest box that holds all of them."""
    return Box[Model](
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


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
