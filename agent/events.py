"""What is told of a run while it goes on, and at its end. Values alone; imports no SDK.

A run's events, in order, are all there is to know of it: the trace is made of them, the terminal
shows them, and a run that broke off is taken up again from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

from trueclick.capture import EncodedImage
from trueclick.geometry import Box, Image, Model, Screen, Size

from .outcome import Outcome
from .usage import Usage

Json: TypeAlias = Mapping[str, Any]
"""A parsed JSON object, as it travels to the API or came from it."""

Status = Literal["done", "refused", "budget", "stopped", "failed", "needs_user"]

Shortening = Literal["pruned", "cleared", "compacted"]

Asked = Literal["person", "rules", "program"]

FaultSource = Literal["api", "display", "application", "program"]


@dataclass(frozen=True, slots=True)
class Started:
    """A run begins, or goes on where another broke off.

    Attributes:
        task: what to do, in words.
        model: the model's id, as it was given.
        platform: where the model is called.
        history: `full` or `thread`.
        display: the display's name, such as `:99`.
        screen: where the display lies, in pointer coordinates.
        screenshot: the size at which the model sees it.
        system: the system prompt.
        tools: the declarations of the tools.
        resumed: whether it goes on from an earlier trace.
        setup: how else the run was set up, kept for whoever takes it up again; a JSON object that
            means something to its maker alone. The command line says in it what it was told.
        captured: the size of the display's captures in device pixels; `None` in an old trace.
        same_screen: whether a run that is resumed goes on in the very display and application in
            which it broke off, and not in new ones.
    """

    task: str
    model: str
    platform: str
    history: str
    display: str
    screen: Box[Screen]
    screenshot: Size[Model]
    system: str
    tools: Sequence[Json]
    resumed: bool = False
    setup: Json = field(default_factory=dict[str, Any])
    captured: Size[Image] | None = None
    same_screen: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The API answered a request.

    Attributes:
        turn: which of the model's turns it is, counted from 1; a summary belongs to the one before.
        stop_reason: why the model stopped, in the API's words.
        usage: what the request used.
        usd: what it cost at list price, or `None` if that is unknown.
        seconds: from the request to the end of the answer, earlier attempts included.
        request_id: what the API calls the request, for questions to it.
    """

    turn: int
    stop_reason: str | None
    usage: Usage
    usd: Decimal | None
    seconds: float
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """The model's words in one turn."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Thought:
    """What the API tells of the model's thinking in one turn: a summary, where it gives one."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Somebody was asked whether a call may be carried out.

    Attributes:
        id: the call's, in the API's words.
        member: which of the toolset's tools.
        values: its input, in pixels of the screenshot.
        approved: the answer.
        by: who gave it: a `person` at the terminal, a file of `rules`, or the `program` around
            the run.
        seconds: how long that took.
    """

    id: str
    member: str
    values: dict[str, object]
    approved: bool
    by: Asked
    seconds: float


@dataclass(frozen=True, slots=True)
class Calling:
    """A call that has been approved is about to be carried out.

    Attributes:
        id: the call's, in the API's words; empty where the SDK keeps it to itself.
        member: which of the toolset's tools.
        values: its input, in pixels of the screenshot.
    """

    id: str
    member: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Glimpsed:
    """The screen just before a call was carried out that does not follow a screenshot.

    Nobody but the trace is shown it: the model sees the screen after all calls of its message.

    Attributes:
        id: the call's, in the API's words.
        picture: the screen, at the size of a screenshot, with the same places painted over.
        still: whether the screen had come to rest, which calls of one message wait for but shortly.
        hidden: what is painted over in it that no screenshot has told of by then.
    """

    id: str
    picture: EncodedImage
    still: bool
    hidden: tuple[Box[Model], ...] = ()


@dataclass(frozen=True, slots=True)
class Acted:
    """One call of the model's, carried out or refused.

    Attributes:
        member: which of the toolset's tools; `screenshot` as well for the one that is attached
            to a batch without being asked for.
        values: its input, in pixels of the screenshot.
        outcome: what came of it; empty if it failed.
        seconds: how long it took, waiting for the screen included.
        error: why it was refused or failed, or `None`.
        id: the call's, in the API's words; empty for what nobody called.
    """

    member: str
    values: dict[str, object]
    outcome: Outcome
    seconds: float
    error: str | None = None
    id: str = ""

    @property
    def counts(self) -> bool:
        """Whether this is a call that was carried out."""
        return self.error is None and self.id != ""


@dataclass(frozen=True, slots=True)
class Added:
    """A message was added to the conversation, exactly as it is sent from now on.

    Attributes:
        message: with `role` and `content`, pictures as base64.
    """

    message: Json


@dataclass(frozen=True, slots=True)
class Shortened:
    """The model no longer sees all of the conversation.

    Attributes:
        how: `pruned`: old screenshots are left out; `cleared`: the API leaves out old results;
            `compacted`: a summary stands for all that came before.
        messages: what the conversation consists of now, where that was replaced; else empty.
        images: screenshots that are no longer seen.
    """

    how: Shortening
    images: int
    messages: Sequence[Json] = ()


@dataclass(frozen=True, slots=True)
class Retried:
    """A request failed and is made again.

    Attributes:
        reason: what the API or the network said, in one line.
        attempt: which failure in a row, counted from 1.
        wait_s: how long is waited first.
        usage: what the API had counted by then of an answer that was lost.
    """

    reason: str
    attempt: int
    wait_s: float
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Faulted:
    """Something failed, other than a request that is made again.

    Attributes:
        source: what: the `api`, the `display`, the `application`, or the `program` around the run.
        text: how, in a line.
        usage: what the API had counted by then of an answer that nobody waited for any longer.
    """

    source: FaultSource
    text: str
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Instructed:
    """The user said something while the run went on.

    Attributes:
        text: the words.
        question: of the model's, that they answer, or `None`.
    """

    text: str
    question: str | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended.

    Attributes:
        status: `done` if the model ended its work, `refused` if it said that it must not go on,
            `needs_user` if it lacks something that only the user can give, `budget` if a limit of
            ours was reached, `stopped` if somebody stopped it, `failed` if the API, the display or
            the application failed, or the model says that the task cannot be done.
        text: the model's last words, or what went wrong, or who stopped it.
        turns: answers of the model's, those that could not be used included, summaries not.
        actions: calls that were carried out.
        usage: tokens, as the API counted them.
        usd: what they cost at list price, or `None` if a price is unknown.
        seconds: from start to end.
        trace: the folder of the run's trace, or `None` if there is none.
    """

    status: Status
    text: str
    turns: int
    actions: int
    usage: Usage
    usd: Decimal | None
    seconds: float
    trace: Path | None = None

    @property
    def input_tokens(self) -> int:
        """As the API counted them, those read from its cache included."""
        return self.usage.input

    @property
    def output_tokens(self) -> int:
        """As the API counted them."""
        return self.usage.output


@dataclass(frozen=True, slots=True)
class Ended:
    """A run is over."""

    result: RunResult


CallEvent: TypeAlias = Decided | Calling | Acted
"""What is told of one call."""

Event: TypeAlias = (
    Started
    | Answered
    | Said
    | Thought
    | Decided
    | Calling
    | Glimpsed
    | Acted
    | Added
    | Shortened
    | Retried
    | Faulted
    | Instructed
    | Ended
)


def ignore(event: Event) -> None:
    """Watch a run without looking."""
    del event
