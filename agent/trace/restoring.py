"""From the lines of a trace back to events, pictures included: `lines` the other way round."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from trueclick.capture import Changes, EncodedImage
from trueclick.geometry import Box, Image, Model, Point, Screen, Size

from ..events import (
    Acted,
    Added,
    Answered,
    Calling,
    Decided,
    Ended,
    Event,
    Faulted,
    Glimpsed,
    Instructed,
    Json,
    Retried,
    RunResult,
    Said,
    Shortened,
    Started,
    Thought,
)
from ..outcome import Outcome, Seen
from ..usage import Usage
from .errors import TraceError
from .pictures import Source, with_sources
from .records import (
    ActedLine,
    AddedLine,
    AnsweredLine,
    CallingLine,
    ChangesRecord,
    DecidedLine,
    EndedLine,
    FaultedLine,
    GlimpsedLine,
    InstructedLine,
    Line,
    OutcomeRecord,
    PictureRecord,
    ResultRecord,
    RetriedLine,
    SaidLine,
    SeenRecord,
    ShortenedLine,
    StartedLine,
    ThoughtLine,
    UsageRecord,
)

Load: TypeAlias = Callable[[str], bytes]
"""What is in a picture's file."""


@dataclass(frozen=True, slots=True)
class Restorer:
    """Makes events of lines.

    Attributes:
        load: gives the pictures.
        folder: the trace's.
    """

    load: Load
    folder: Path

    def event(self, line: Line) -> Event:  # noqa: C901 - a case an event
        """The event that a line tells of.

        Raises:
            UsageError: if a size or a box is none.
            TraceError: if a picture has no name, or cannot be loaded.
        """
        match line:
            case StartedLine():
                return started(line)
            case AnsweredLine():
                return Answered(
                    turn=line.turn,
                    stop_reason=line.stop_reason,
                    usage=usage(line.usage),
                    usd=usd(line.usd),
                    seconds=line.seconds,
                    request_id=line.request_id,
                )
            case SaidLine():
                return Said(line.turn, line.text)
            case ThoughtLine():
                return Thought(line.turn, line.text)
            case DecidedLine():
                return Decided(
                    id=line.id,
                    member=line.member,
                    values=line.values,
                    approved=line.approved,
                    by=line.by,
                    seconds=line.seconds,
                )
            case GlimpsedLine():
                picture = self._picture(line.picture)
                return Glimpsed(line.id, picture, line.still, _boxes(line.hidden))
            case FaultedLine():
                return Faulted(line.source, line.text, usage(line.usage))
            case CallingLine():
                return Calling(line.id, line.member, line.values)
            case ActedLine():
                return Acted(
                    member=line.member,
                    values=line.values,
                    outcome=self._outcome(line.outcome),
                    seconds=line.seconds,
                    error=line.error,
                    id=line.id,
                )
            case AddedLine():
                return Added(self.message(line.message))
            case ShortenedLine():
                return Shortened(line.how, line.images, tuple(map(self.message, line.messages)))
            case RetriedLine():
                return Retried(line.reason, line.attempt, line.wait_s, usage(line.usage))
            case InstructedLine():
                return Instructed(line.text, line.question)
            case EndedLine():
                return Ended(result(line.result, self.folder))

    def message(self, stored: Json) -> dict[str, Any]:
        """A message with its pictures in base64 again.

        Raises:
            TraceError: if one has no name, or cannot be loaded.
        """
        return with_sources(stored, self._source)

    def _source(self, source: Source) -> Source:
        match source.get("data"):
            case {"image": str(name), **more} if not more:
                data = base64.b64encode(self.load(name)).decode("ascii")
                return {**source, "data": data}
            case str():
                return source
            case _:
                raise TraceError("the trace holds a picture without its name")

    def _outcome(self, stored: OutcomeRecord) -> Outcome:
        return Outcome(
            landed=None if stored.landed is None else Point[Screen](*stored.landed),
            start=None if stored.start is None else Point[Screen](*stored.start),
            pointer=None if stored.pointer is None else Point[Model](*stored.pointer),
            picture=None if stored.picture is None else self._picture(stored.picture),
            seen=None if stored.seen is None else _seen(stored.seen),
            settle_s=stored.settle_s,
        )

    def _picture(self, stored: PictureRecord) -> EncodedImage:
        return EncodedImage(
            data=self.load(stored.image),
            format=stored.format,
            size=Size[Any](*stored.size),
            quality=stored.quality,
            reduced=stored.reduced,
        )


def started(line: StartedLine) -> Started:
    """The settings in a line.

    Raises:
        UsageError: if the screen's box or the screenshot's size is none.
    """
    return Started(
        task=line.task,
        model=line.model,
        platform=line.platform,
        history=line.history,
        display=line.display,
        screen=Box[Screen](*line.screen),
        screenshot=Size[Model](*line.screenshot),
        system=line.system,
        tools=tuple(line.tools),
        resumed=line.resumed,
        setup=line.setup,
        captured=None if line.captured is None else Size[Image](*line.captured),
        same_screen=line.same_screen,
    )


def result(stored: ResultRecord, folder: Path) -> RunResult:
    """How a run ended whose trace is in a folder."""
    return RunResult(
        status=stored.status,
        text=stored.text,
        turns=stored.turns,
        actions=stored.actions,
        usage=usage(stored.usage),
        usd=usd(stored.usd),
        seconds=stored.seconds,
        trace=folder,
    )


def usage(stored: UsageRecord) -> Usage:
    """The tokens in a line."""
    return Usage(stored.uncached, stored.cache_read, stored.cache_write, stored.output)


def usd(stored: str | None) -> Decimal | None:
    """The amount in a line."""
    return None if stored is None else Decimal(stored)


def _seen(stored: SeenRecord) -> Seen:
    changes = None if stored.changes is None else restored_changes(stored.changes)
    windows = stored.windows
    return Seen(
        changes=changes,
        still=stored.still,
        reduced=stored.reduced,
        hidden=_boxes(stored.hidden),
        windows=None if windows is None else tuple(Box[Image](*box) for box in windows),
    )


def restored_changes(stored: ChangesRecord) -> Changes[Model]:
    """The changes in a line."""
    return Changes[Model](
        near=_boxes(stored.near),
        elsewhere=_boxes(stored.elsewhere),
        restless=_boxes(stored.restless),
        target=None if stored.target is None else Point[Model](*stored.target),
    )


def _boxes(boxes: Iterable[Sequence[int]]) -> tuple[Box[Model], ...]:
    return tuple(Box[Model](*box) for box in boxes)
