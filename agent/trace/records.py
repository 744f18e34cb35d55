"""The lines of a trace, as pydantic models; `lines` writes them.

Strict: no field more, no number that is a text, and none less but those that format 1 lacks, which
have a default.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from trueclick.capture.encoding.formats import Format

from ..events import Asked, FaultSource, Shortening, Status
from .layout import FORMAT


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _message(value: dict[str, Any]) -> dict[str, Any]:
    """A message as far as we look into it ourselves; the API is the judge of the rest.

    Raises:
        ValueError: if it is none.
    """
    if value.get("role") not in ("user", "assistant", "system"):
        raise ValueError("no message")
    content = value.get("content")
    if not isinstance(content, str) and not (
        isinstance(content, list) and all(map(_is_block, cast("list[object]", content)))
    ):
        raise ValueError("no content")
    return value


def _is_block(block: object) -> bool:
    match block:
        case {"type": "tool_use"}:
            known = cast("dict[str, object]", block)
            return isinstance(known.get("id"), str) and isinstance(known.get("name"), str)
        case {"type": "tool_result"}:
            known = cast("dict[str, object]", block)
            return isinstance(known.get("tool_use_id"), str) and _is_of_result(known.get("content"))
        case _:
            return _is_typed(block)


def _is_of_result(content: object) -> bool:
    match content:
        case None | str():
            return True
        case list():
            return all(map(_is_typed, cast("list[object]", content)))
        case _:
            return False


def _is_typed(part: object) -> bool:
    match part:
        case {"type": str()}:
            return True
        case _:
            return False


_Time = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=0, lt=1 << 63)]
_Usd = Annotated[str, Field(pattern=r"^-?[0-9]{1,40}(\.[0-9]{1,40})?(E[+-][0-9]{1,3})?$")]
_Message = Annotated[dict[str, Any], AfterValidator(_message)]
_Pixels = Annotated[int, Field(ge=-(1 << 31), lt=1 << 31)]
"""More than any display has, and few enough to be reckoned with as a `float`."""

_Numbers2 = Annotated[list[_Pixels], Field(min_length=2, max_length=2)]
_Numbers4 = Annotated[list[_Pixels], Field(min_length=4, max_length=4)]


class Header(_Record):
    """The first line."""

    format: Annotated[int, Field(ge=1, le=FORMAT)]
    began: str

    @property
    def time(self) -> datetime:
        """When the run began.

        Raises:
            ValueError: if that is no time with its zone.
        """
        time = datetime.fromisoformat(self.began)
        if time.tzinfo is None:
            raise ValueError("no time zone")
        return time


class UsageRecord(_Record):
    """Of `Usage`, in another line."""

    uncached: _Count
    cache_read: _Count
    cache_write: _Count
    output: _Count


class _Line(_Record):
    t: _Time


class StartedLine(_Line):
    """Of `Started`."""

    event: Literal["started"]
    task: str
    model: str
    platform: str
    history: str
    display: str
    screen: _Numbers4
    screenshot: _Numbers2
    system: str
    tools: list[dict[str, Any]]
    resumed: bool
    setup: dict[str, Any]
    captured: _Numbers2 | None = None
    same_screen: bool = False


class AnsweredLine(_Line):
    """Of `Answered`."""

    event: Literal["answered"]
    turn: int
    stop_reason: str | None
    usage: UsageRecord
    usd: _Usd | None
    seconds: _Time
    request_id: str | None


class SaidLine(_Line):
    """Of `Said`."""

    event: Literal["said"]
    turn: int
    text: str


class ThoughtLine(_Line):
    """Of `Thought`."""

    event: Literal["thought"]
    turn: int
    text: str


class DecidedLine(_Line):
    """Of `Decided`."""

    event: Literal["decided"]
    id: str
    member: str
    values: dict[str, Any]
    approved: bool
    by: Asked
    seconds: _Time


class CallingLine(_Line):
    """Of `Calling`."""

    event: Literal["calling"]
    id: str
    member: str
    values: dict[str, Any]


class PictureRecord(_Record):
    """Of `EncodedImage`: the name of its file, and the rest of it."""

    image: str
    format: Format
    size: _Numbers2
    quality: int | None
    reduced: str | None


class GlimpsedLine(_Line):
    """Of `Glimpsed`."""

    event: Literal["glimpsed"]
    id: str
    picture: PictureRecord
    still: bool
    hidden: list[_Numbers4]


class ChangesRecord(_Record):
    """Of `Changes`."""

    near: list[_Numbers4]
    elsewhere: list[_Numbers4]
    restless: list[_Numbers4]
    target: _Numbers2 | None


class SeenRecord(_Record):
    """Of `Seen`."""

    changes: ChangesRecord | None
    still: bool
    reduced: str | None
    hidden: list[_Numbers4]
    windows: list[_Numbers4] | None = None


class OutcomeRecord(_Record):
    """Of `Outcome`."""

    landed: _Numbers2 | None
    pointer: _Numbers2 | None
    picture: PictureRecord | None
    seen: SeenRecord | None
    start: _Numbers2 | None = None
    settle_s: _Time | None = None


class ActedLine(_Line):
    """Of `Acted`."""

    event: Literal["acted"]
    id: str
    member: str
    values: dict[str, Any]
    outcome: OutcomeRecord
    seconds: _Time
    error: str | None

    @property
    def counts(self) -> bool:
        """As `Acted.counts`."""
        return self.error is None and self.id != ""


class AddedLine(_Line):
    """Of `Added`."""

    event: Literal["added"]
    message: _Message


class ShortenedLine(_Line):
    """Of `Shortened`."""

    event: Literal["shortened"]
    how: Shortening
    images: _Count
    messages: list[_Message]


class RetriedLine(_Line):
    """Of `Retried`."""

    event: Literal["retried"]
    reason: str
    attempt: int
    wait_s: _Time
    usage: UsageRecord


class FaultedLine(_Line):
    """Of `Faulted`."""

    event: Literal["faulted"]
    source: FaultSource
    text: str
    usage: UsageRecord


class InstructedLine(_Line):
    """Of `Instructed`."""

    event: Literal["instructed"]
    text: str
    question: str | None


class ResultRecord(_Record):
    """Of `RunResult`, without the folder, which may have been moved."""

    status: Status
    text: str
    turns: _Count
    actions: _Count
    usage: UsageRecord
    usd: _Usd | None
    seconds: _Time


class EndedLine(_Line):
    """Of `Ended`."""

    event: Literal["ended"]
    result: ResultRecord


Line: TypeAlias = Annotated[
    StartedLine
    | AnsweredLine
    | SaidLine
    | ThoughtLine
    | DecidedLine
    | CallingLine
    | GlimpsedLine
    | ActedLine
    | AddedLine
    | ShortenedLine
    | RetriedLine
    | FaultedLine
    | InstructedLine
    | EndedLine,
    Field(discriminator="event"),
]

LINE: TypeAdapter[Line] = TypeAdapter(Line)
