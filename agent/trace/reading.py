"""Reading a trace back, whoever wrote it and wherever it broke off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from ..events import Event, Json, RunResult, Started
from ..usage import Usage


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
        usage: tokens, as the API counted them.
        usd: what they cost at list price, or `None` if a price is unknown.
        seconds: for which the run, or each of its parts, went on.
        result: how it ended, or `None` if it broke off.
        cut: whether a last line that was not written to its end is left out.
    """

    folder: Path
    began: datetime
    events: Sequence[Event]
    times: tuple[float, ...]
    settings: Started
    turns: int
    actions: int
    usage: Usage
    usd: Decimal | None
    seconds: float
    result: RunResult | None
    cut: bool

    @property
    def messages(self) -> tuple[Json, ...]:
        """The conversation as it stands at the end, pictures included."""
        raise NotImplementedError


def read_trace(folder: Path) -> Trace:
    """The trace in a folder.

    Raises:
        UsageError: if there is none.
        TraceError: if it is damaged, or of a newer format, or the run had not begun.
    """
    raise NotImplementedError
