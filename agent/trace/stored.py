"""The events of a trace, each made when somebody asks for it, and whether all can be made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import overload

from typing_extensions import override

from trueclick.geometry import UsageError

from ..conversation.history import History
from ..events import Event, Json
from .errors import LostPictureError, TraceError
from .images import digest_in
from .records import AddedLine, EndedLine, Line, ShortenedLine
from .replaying import replayed
from .restoring import Restorer

_UNSYNCED = 2
"""Lines after which the disk is written, in whose time it may not be done yet: the last one, and
the one before, which is waited for only when the last one is there."""


class StoredEvents(Sequence[Event]):
    """The events of a trace, each made when it is asked for: a run's pictures may fill the memory.

    Args:
        records: the lines.
        restorer: makes the events.

    Attributes:
        records: the lines; pictures are the names of their files there.
    """

    def __init__(self, records: Sequence[Line], restorer: Restorer) -> None:
        self.records = records
        self._restorer = restorer

    @override
    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> StoredEvents: ...
    @override
    def __getitem__(self, index: int | slice) -> Event | StoredEvents:
        if isinstance(index, slice):
            return StoredEvents(self.records[index], self._restorer)
        return self._restorer.event(self.records[index])

    def check(self) -> None:
        """Make sure that each can be made, if it has its pictures.

        Raises:
            TraceError: if one cannot.
        """
        for number, record in enumerate(self.records, 2):
            try:
                self._names(record)
            except UsageError as error:
                raise damaged(number) from error

    def sound(self) -> int:
        """How many events, from the first, have all their pictures.

        Raises:
            TraceError: if one is lost of which that cannot be the end, or one is no plain file.
        """
        known: set[str] = set()
        for index, record in enumerate(self.records):
            for name in self._names(record) - known:
                try:
                    self._restorer.load(name)
                except LostPictureError:
                    if sum(map(_is_synced_after, self.records[index:])) > _UNSYNCED:
                        raise
                    return index
                known.add(name)
        return len(self)

    def _names(self, record: Line) -> set[str]:
        """The files of the pictures that a line names."""
        names: set[str] = set()

        def noted(name: str) -> bytes:
            digest_in(name)
            names.add(name)
            return b""

        Restorer(noted, self._restorer.folder).event(record)
        return names

    def conversation(self) -> tuple[Json, ...]:
        """The messages that these events leave behind, if they are all of a run's."""
        # Only the pictures that are left are loaded.
        return tuple(map(self._restorer.message, self._left.messages))

    def cleared(self) -> int:
        """How many calls' results the API leaves out of these messages."""
        return self._left.cleared

    @cached_property
    def _left(self) -> History:
        return replayed(self.records)


def _is_synced_after(record: Line) -> bool:
    """Whether a line lets what was written by then reach the disk, as `writing` has it."""
    match record:
        case AddedLine():
            return bool(record.message["role"] != "assistant")
        case ShortenedLine() | EndedLine():
            return True
        case _:
            return False


def damaged(number: int) -> TraceError:
    """What is said of a line, counted from 1."""
    return TraceError(f"line {number} of the trace is damaged")
