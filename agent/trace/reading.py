"""Reading a trace back, whoever wrote it and wherever it broke off.

What is in the folder is not trusted: nothing outside of it is read, nothing in it is read without
a limit, and what is not exactly as the format says is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, cast

from pydantic import ValidationError
from typing_extensions import override

from trueclick.geometry import Box, Model, UnknownModelError, UsageError, find_model

from ..events import Json, RunResult, Started
from ..usage import Usage
from .errors import TraceError
from .files import opened_file
from .images import ImageFolder
from .layout import FORMAT, LINES, MAX_LINE_BYTES, MAX_LINES_BYTES
from .records import (
    LINE,
    ActedLine,
    AnsweredLine,
    EndedLine,
    FaultedLine,
    GlimpsedLine,
    Header,
    Line,
    RetriedLine,
    StartedLine,
)
from .restoring import Restorer, result, started, usage, usd
from .stored import StoredEvents, damaged


@dataclass(frozen=True)
class Trace:
    """What is known of a run, or of its parts if it was resumed.

    Attributes:
        folder: where it was read.
        began: when the run began.
        events: all that was told, in order. Each is made when it is asked for, with its pictures.
        times: seconds from `began` to each event.
        settings: the newest `Started`.
        turns: requests that were answered.
        actions: calls that were carried out.
        usage: tokens, as the API counted them, those of lost answers too.
        usd: what they cost at list price, or `None` if a price is unknown.
        seconds: for which the run, or its parts together, went on.
        result: how it ended, or `None` if it broke off.
        cut: whether something is left out at the end: a line that was not written whole, or whose
            picture did not reach the disk.
        file_bytes: how long the file of lines was.
        whole_bytes: how long it is without what is left out.
    """

    folder: Path
    began: datetime
    events: StoredEvents = field(repr=False)
    times: tuple[float, ...] = field(repr=False)
    settings: Started = field(repr=False)
    turns: int
    actions: int
    usage: Usage
    usd: Decimal | None
    seconds: float
    result: RunResult | None
    cut: bool
    file_bytes: int = field(repr=False)
    whole_bytes: int = field(repr=False)
    _ends: tuple[int, ...] = field(repr=False)

    @property
    def complete(self) -> bool:
        """Whether the run, or the newest part of it, ended in order."""
        return self.result is not None

    @property
    def messages(self) -> tuple[Json, ...]:
        """The conversation as it stands at the end, pictures included; made anew at each look.

        Raises:
            TraceError: if a picture has been damaged since the trace was read.
        """
        return self.events.conversation()

    @property
    def cleared(self) -> int:
        """How many calls in `messages`, from the first, the API leaves out the results of."""
        return self.events.cleared()

    @property
    def hidden(self) -> tuple[Box[Model], ...]:
        """What was painted over in the pictures, those that the model never saw included."""
        told: list[Sequence[int]] = []
        for record in self.events.records:
            if isinstance(record, GlimpsedLine):
                told += record.hidden
            elif isinstance(record, ActedLine) and record.outcome.seen is not None:
                told += record.outcome.seen.hidden
        return tuple(dict.fromkeys(Box[Model](*box) for box in told))

    def image(self, name: str) -> bytes:
        """What is in the file of a picture, by the name that the lines tell.

        Raises:
            TraceError: if there is no such file, or it has been damaged since the trace was read.
        """
        return ImageFolder(self.folder).load(name)

    def up_to(self, event: int) -> Trace:
        """The trace as it was before an event, as if the run had broken off there.

        Args:
            event: its index in `events`.

        Raises:
            UsageError: if there is no such event, or nothing is before it.
        """
        if not 0 < event <= len(self.events):
            raise UsageError(f"event {event} of {len(self.events)} has no part of a run before it")
        ends = self._ends[:event]
        return _trace(self.folder, self.began, self.events[:event], ends, self.file_bytes)


def read_trace(folder: Path, *, check_pictures: bool = True) -> Trace:
    """The trace in a folder.

    Every picture that it names is looked at, and none is kept in memory. One that is missing or
    damaged is a fault of the trace; but of its last two turns, where a machine may have failed
    before the picture had reached the disk, what comes from there on is left out instead.

    Args:
        folder: the trace's.
        check_pictures: whether to look at the pictures. Without that a trace can be told of that
            has lost some: whoever asks for one then must expect a `TraceError`.

    Raises:
        UsageError: if there is none.
        TraceError: if it is damaged, or of a newer format, or the run had not begun.
    """
    try:
        file = opened_file(folder / LINES, os.O_RDONLY, MAX_LINES_BYTES)
    except FileNotFoundError as error:
        raise UsageError(f"there is no trace in {folder}: it holds no {LINES}") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no name of a folder"
        raise UsageError(f"the trace in {str(folder)!r} cannot be read: {reason}") from error
    with os.fdopen(file, "rb") as opened:
        lines = _Lines(opened)
        began = _began(next(lines, None))
        records: list[Line] = []
        ends: list[int] = []
        for number, line in enumerate(lines, 2):
            records.append(_record(number, line))
            ends.append(lines.whole_bytes)
    if not records or not isinstance(records[0], StartedLine):
        raise TraceError(f"the run in {folder} had not begun: there is nothing to go on from")
    events = StoredEvents(tuple(records), Restorer(ImageFolder(folder).load, folder))
    events.check()
    whole = events.sound() if check_pictures else len(events)
    return _trace(folder, began, events[:whole], tuple(ends[:whole]), lines.bytes)


def _trace(
    folder: Path, began: datetime, events: StoredEvents, ends: tuple[int, ...], file_bytes: int
) -> Trace:
    """What some events tell, of which the first one is a run's beginning."""
    records = events.records
    starts = [line for line in records if isinstance(line, StartedLine)]
    last = records[-1]
    usages, costs = _used(records)
    return Trace(
        folder=folder,
        began=began,
        events=events,
        times=tuple(line.t for line in records),
        settings=started(starts[-1]),
        turns=max((line.turn for line in records if isinstance(line, AnsweredLine)), default=0),
        actions=sum(isinstance(line, ActedLine) and line.counts for line in records),
        usage=sum(usages, Usage()),
        usd=None if None in costs else sum(filter(None, costs), Decimal(0)),
        seconds=_seconds(records),
        result=result(last.result, folder) if isinstance(last, EndedLine) else None,
        cut=ends[-1] < file_bytes,
        file_bytes=file_bytes,
        whole_bytes=ends[-1],
        _ends=ends,
    )


class _Lines(Iterator[bytes]):
    """The lines of a file that were written to their end.

    Attributes:
        bytes: how long the file was.
        whole_bytes: of the lines so far.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.bytes = os.fstat(file.fileno()).st_size
        self.whole_bytes = 0

    @override
    def __next__(self) -> bytes:
        line = self._file.readline(min(MAX_LINE_BYTES, self.bytes - self.whole_bytes) + 1)
        if len(line) > MAX_LINE_BYTES:
            raise TraceError(f"a line of the trace has more than {MAX_LINE_BYTES} bytes")
        # A run that goes on may have written more by now: that much was there at first.
        if len(line) > self.bytes - self.whole_bytes or not line.endswith(b"\n"):
            raise StopIteration
        self.whole_bytes += len(line)
        return line


def _began(line: bytes | None) -> datetime:
    """When the run began, from the first line."""
    if line is None:
        raise TraceError("the run had not begun: there is nothing in the trace")
    header = _json(1, line)
    match header:
        case {"format": int(number)} if number > FORMAT:
            raise TraceError(
                f"the trace is of format {number}, and the newest known here is {FORMAT}: "
                "update trueclick"
            )
        case _:
            pass
    try:
        return Header.model_validate(header).time
    except ValueError as error:
        raise damaged(1) from error


def _record(number: int, line: bytes) -> Line:
    try:
        return LINE.validate_python(_json(number, line))
    except ValidationError as error:
        raise damaged(number) from error


def _json(number: int, line: bytes) -> object:
    try:
        return cast("object", json.loads(line))
    except (ValueError, RecursionError) as error:
        raise damaged(number) from error


def _used(records: Sequence[Line]) -> tuple[list[Usage], list[Decimal | None]]:
    """What each request used and cost."""
    usages: list[Usage] = []
    costs: list[Decimal | None] = []
    model = ""
    for record in records:
        match record:
            case StartedLine():
                model = record.model
            case AnsweredLine():
                usages.append(usage(record.usage))
                costs.append(usd(record.usd))
            case RetriedLine() | FaultedLine():
                lost = usage(record.usage)
                usages.append(lost)
                costs.append(_cost(lost, model) if lost.total else Decimal(0))
            case _:
                pass
    return usages, costs


def _cost(used: Usage, model: str) -> Decimal | None:
    try:
        return used.usd(find_model(model).price)
    except UnknownModelError:
        return None


def _seconds(records: Sequence[Line]) -> float:
    """How long the parts took: each goes from its start to what was told last before the next."""
    total = start = last = 0.0
    for record in records:
        if isinstance(record, StartedLine):
            total += last - start
            start = record.t
        last = max(last, record.t)
    return round(total + last - start, 3)
