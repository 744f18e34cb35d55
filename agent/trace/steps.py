"""A run step by step, as values: what `story` makes of a trace.

A *part* goes from one start of the run to the next, a *turn* is a request and what its answer led
to, a *step* is one call, or the screenshot that is attached to the calls of a turn. Pictures are
named here, and not loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from trueclick.capture import Changes
from trueclick.geometry import Box, Image, Model, Point, Screen, Size, View

from ..actions import Action, LookAround, Wait, WhereIsPointer, Zoom, places_of
from ..events import Answered, Decided, Faulted, Instructed, Retried, Shortened, Started
from .reading import Trace

Told: TypeAlias = Retried | Shortened | Instructed | Faulted
"""What happens in a turn beside its steps."""


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
    told: tuple[Told, ...] = ()


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
