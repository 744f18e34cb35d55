"""What the API was sent: the body of one request of a run, made once more from its trace."""

from __future__ import annotations

from typing import Any, cast

from trueclick.geometry import UsageError
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PlatformName

from ..conversation.history import CACHED, History
from ..conversation.settings import HistoryMode, settings_for
from ..events import Started
from ..older_tool import VERSIONS
from ..tool_versions import newest_version
from ..trace import Trace
from ..trace.replaying import in_blocks


def request(
    trace: Trace, turn: int | None = None, *, effort: Effort | None = None
) -> dict[str, Any]:
    """The body of the request of one turn: settings, system prompt, tools and messages.

    The messages are those of that moment, without what had been left out by then, byte for byte
    but for secrets; marked for the prompt cache as they were. Three things no trace knows:
    `max_tokens`, which follows from the budget, how often the request was made again, and what of a
    conversation that the API keeps (`history="thread"`) it held already: all of it is here.

    Args:
        trace: of the run.
        turn: which of the model's turns it led to; the last one by default. One more stands for the
            request that came after it, whether it failed or was never made.
        effort: what the run was given, if anything: a trace knows that of the command line alone.

    Raises:
        UsageError: if there was no such turn.
        TraceError: if a picture has been damaged since the trace was read.
    """
    if turn is None:
        turn = max(1, trace.turns)
    if not 1 <= turn <= trace.turns + 1:
        raise UsageError(
            f"there is no turn {turn}: the run had {trace.turns}, and {trace.turns + 1} stands for "
            "the request that came next"
        )
    asked = trace.up_to(_answer(trace, turn))
    started = asked.settings
    history = History([in_blocks({**message}) for message in asked.messages])
    history.cleared = asked.cleared
    return {**_same(started, effort), **_conversation(started, history)}


def _answer(trace: Trace, turn: int) -> int:
    """The index of the event that tells of a turn's answer, or where there is none, of the end."""
    for index, record in enumerate(trace.events.records):
        # A summary that was made after an answer has the same number, and comes later.
        if record.event == "answered" and record.turn == turn:
            return index
    return len(trace.events)


def _same(started: Started, effort: Effort | None) -> dict[str, Any]:
    """What is the same in every request of a run."""
    platform = cast("PlatformName", started.platform)
    version = newest_version(started.model, platform)
    settings = settings_for(
        started.model,
        platform=platform,
        history=cast("HistoryMode", started.history),
        effort=effort,
        tool_betas=() if version is None else (VERSIONS[version].beta,),
    )
    betas = {"betas": list(settings.betas)} if settings.betas else {}
    return {"model": settings.model, **betas, **settings.params}


def _conversation(started: Started, history: History) -> dict[str, Any]:
    declared: dict[str, Any] = {
        "system": [{"type": "text", "text": started.system, "cache_control": CACHED}],
        "tools": [*started.tools],
    }
    if started.history == "thread":
        thread = {"cache_control": CACHED, "thread": {"type": "create"}}
        return {**declared, **thread, "messages": history.messages}
    edits = history.edits()
    managed = {} if edits is None else {"context_management": edits}
    return {**declared, "messages": history.marked(), **managed}
