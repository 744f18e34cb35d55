"""What of a run's trace is worth keeping in a repository: all that a replay and a model need of it.

It stays a trace, which `trueclick report`, `replay` and `export` read. Left out is what differs
from one machine or one day to the next and means nothing to the program under test: the time of
day, the display's name, the API's names of requests, requests that were made again, summaries of
thinking, who approved a call, an application's own last words. Seconds are rounded up to whole
ones: they say how long to be patient.

The conversation stays as it was sent, for a model may have to go on from it. What it says, and what
the pictures show, is in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from trueclick.geometry import Box, Model

from ..trace import Trace
from ..trace.layout import FORMAT
from ..trace.lines import line_of
from ..trace.records import (
    ActedLine,
    AnsweredLine,
    DecidedLine,
    EndedLine,
    FaultedLine,
    Line,
    RetriedLine,
    StartedLine,
    ThoughtLine,
)

_NO_DAY = "1970-01-01T00:00:00+00:00"
"""When every recording began."""

_ENDED = "the application ended"

_LEFT_OUT = (DecidedLine, RetriedLine, ThoughtLine)


def distilled(trace: Trace, hidden: Iterable[Box[Model]] = ()) -> bytes:
    """The lines of a recording, of a run that was done; it names pictures of the trace.

    Args:
        trace: of the run. What was told after its end is put before it.
        hidden: what is painted over in all its pictures, if the trace itself does not tell.
    """
    records = [record for record in trace.events.records if not isinstance(record, EndedLine)]
    last = [record for record in trace.events.records if isinstance(record, EndedLine)][-1:]
    lines = [line_of({"format": FORMAT, "began": _NO_DAY})]
    untold = [[box.x0, box.y0, box.x1, box.y1] for box in hidden]
    seconds = 0.0
    for record in (*records, *last):
        if _is_left_out(record):
            continue
        fields = record.model_dump()
        if isinstance(record, ActedLine):
            seconds += _whole(record.seconds)
            fields["outcome"]["settle_s"] = None
            seen = fields["outcome"]["seen"]
            if untold and seen is not None:
                seen["hidden"] += [box for box in untold if box not in seen["hidden"]]
                untold = []
        lines.append(line_of({"event": record.event, **fields, **_same(record, seconds)}))
    return b"".join(lines)


def _is_left_out(record: Line) -> bool:
    if isinstance(record, FaultedLine):
        return record.source != "application"  # whose end a replay has to expect
    return isinstance(record, _LEFT_OUT)


def _same(record: Line, seconds: float) -> dict[str, Any]:
    """The fields of a line that are given a value that is the same everywhere.

    Args:
        record: the line.
        seconds: since the run began, in whole ones.
    """
    match record:
        case StartedLine():
            return {"t": seconds, "display": "", "setup": {}}
        case AnsweredLine():
            return {"t": seconds, "seconds": 0.0, "request_id": None}
        case ActedLine():
            return {"t": seconds, "seconds": _whole(record.seconds)}
        case FaultedLine():
            return {"t": seconds, "text": _ENDED}
        case EndedLine():
            return {"t": seconds, "result": {**record.result.model_dump(), "seconds": seconds}}
        case _:
            return {"t": seconds}


def _whole(seconds: float) -> float:
    return float(math.ceil(seconds))
