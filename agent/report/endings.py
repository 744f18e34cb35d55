"""How a run ended, or that it did not, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ..events import Status
from ..trace import Trace

Tone = Literal["good", "warn", "bad"]

_ENDINGS: Mapping[Status, tuple[Tone, str]] = {
    "done": ("good", "Done"),
    "refused": ("bad", "Refused"),
    "budget": ("warn", "Stopped at a limit"),
    "stopped": ("warn", "Stopped"),
    "failed": ("bad", "Failed"),
    "needs_user": ("warn", "Needs an answer"),
}


def ending(trace: Trace) -> tuple[Tone, str]:
    """How it ended: how that is to be taken, and a word or two."""
    return ("bad", "Broke off") if trace.result is None else _ENDINGS[trace.result.status]


def unfinished(trace: Trace) -> str:
    """What a reader must know of a trace that is not whole; empty if it is."""
    if trace.result is not None:
        return ""
    cut = " The last line was not written to its end, and is left out." if trace.cut else ""
    return (
        "The trace has no end: the run was killed, crashed or is still going on. All that was "
        f"written is here.{cut}"
    )
