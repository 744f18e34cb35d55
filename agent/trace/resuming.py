"""Taking a run up again where its trace ends, wherever that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from trueclick.geometry import UsageError, find_model

from ..events import Added, Ended, Event, Instructed, Json, Shortened, Started
from .answering import answers
from .reading import Trace

_LOOK = (
    "The application may have been started anew, so that the screen shows something else than "
    "before: look at it before you go on."
)

INTERRUPTED = f"The run was interrupted here and goes on now. {_LOOK}"

ENDED = f"The run had ended here, and the user lets it go on. {_LOOK}"

_THINKING = frozenset({"thinking", "redacted_thinking"})


@dataclass(frozen=True, slots=True)
class Resumption:
    """How a run goes on.

    Attributes:
        settings: the model, the system prompt and the tools to go on with.
        messages: the conversation to send next; the last one is the user's.
        events: to be told first, in this order: `Started`, then what was done to the conversation,
            so that the trace that goes on holds `messages`.
    """

    settings: Started
    messages: tuple[Json, ...]
    events: tuple[Event, ...]


def resumed(trace: Trace, present: Started, *, instruction: str = "") -> Resumption:
    """How a run goes on where its trace ends.

    Every message that was sent stays as it was, and so do the system prompt and the tools: the API
    takes the thinking that is bound to them, and finds what it has cached. What is missing comes in
    one further message of the user's. With another model, on another platform, or where it is bound
    to tools that this version no longer has, the thinking is left out: it means nothing there.

    Args:
        trace: of the run.
        present: the settings that a new run would have; its task does not matter.
        instruction: what the user says to it now.

    Raises:
        UsageError: if the run cannot go on with the present settings; the message says how it can.
        TraceError: if a picture has been damaged since the trace was read.
    """
    before = trace.settings
    messages = list(trace.messages)
    elsewhere = before.platform != present.platform or find_model(before.model) != find_model(
        present.model
    )
    other_tools = _names(before.tools) != _names(present.tools)
    _require_same_screen(before, present)
    has_thinking = any(_is_thinking(block) for message in messages for block in _blocks(message))
    bound = find_model(present.model).binds_thinking and other_tools
    settings = replace(present, task=before.task, resumed=True)
    if not (other_tools or elsewhere):
        settings = replace(settings, system=before.system, tools=before.tools)
    events: list[Event] = [settings]
    if has_thinking and (elsewhere or bound):
        messages = _without_thinking(messages)
        events.append(Shortened("pruned", 0, tuple(messages)))
    if instruction.strip():
        events.append(Instructed(instruction))
    further = _further(trace, messages, instruction)
    if further is not None:
        messages.append(further)
        events.append(Added(further))
    return Resumption(settings, tuple(messages), tuple(events))


def _require_same_screen(before: Started, present: Started) -> None:
    """Refuse what would give the coordinates and calls of the conversation another meaning."""
    if before.screenshot != present.screenshot:
        raise UsageError(
            f"the model saw screenshots of {before.screenshot} in this run, and would see some of "
            f"{present.screenshot} now: go on with a screen of {before.screen.size}, and a model "
            "with the same limits"
        )
    tools = [_computer_tools(settings.tools) for settings in (before, present)]
    if tools[0] != tools[1]:
        made, taken = (" and ".join(names) or "no computer tool" for names in tools)
        raise UsageError(
            f"the run was made with {made}, and {present.model} takes {taken}: go on with "
            f"{before.model}"
        )


def _further(trace: Trace, messages: Sequence[Json], instruction: str) -> Json | None:
    """The message with which the conversation goes on, or `None` if it waits for its answer."""
    tail = _since_the_last_message(trace)
    # Words that the user had said, but that were not sent any more, come first.
    words = [event.text for event in tail if isinstance(event, Instructed)]
    words += [instruction] if instruction.strip() else []
    if not messages:
        return _user([], [trace.settings.task, *words])
    last = messages[-1]
    if last["role"] != "assistant" and trace.turns == 0:
        return _user([], words) if words else None  # nothing was seen of the screen yet
    told = ENDED if any(isinstance(event, Ended) for event in tail) else INTERRUPTED
    results = answers(last, tail) if last["role"] == "assistant" else []
    return _user(results, [told, *words])


def _since_the_last_message(trace: Trace) -> list[Event]:
    """What was told after the conversation was last added to, or replaced."""
    tail: list[Event] = []
    for index in range(len(trace.events) - 1, -1, -1):
        event = trace.events[index]
        if isinstance(event, Added) or (isinstance(event, Shortened) and event.messages):
            break
        tail.append(event)
    return tail[::-1]


def _user(results: Sequence[Json], words: Iterable[str]) -> Json:
    text = {"type": "text", "text": "\n\n".join(words)}
    return {"role": "user", "content": [*results, text]}


def _without_thinking(messages: Iterable[Json]) -> list[Json]:
    """The messages without what only the model that thought it can read."""
    bare: list[Json] = []
    for message in messages:
        blocks = _blocks(message)
        kept = [block for block in blocks if not _is_thinking(block)]
        if len(kept) == len(blocks):
            bare.append(message)
        elif kept:
            bare.append({**message, "content": kept})
    return bare


def _blocks(message: Json) -> Sequence[Json]:
    content = message["content"]
    return [] if isinstance(content, str) else cast("Sequence[Json]", content)


def _is_thinking(block: Json) -> bool:
    return block["type"] in _THINKING


def _names(tools: Sequence[Json]) -> list[tuple[object, object]]:
    """What the model calls the tools by: their descriptions may differ."""
    return sorted(((tool.get("type"), tool.get("name")) for tool in tools), key=repr)


def _computer_tools(tools: Sequence[Json]) -> list[str]:
    kinds = (str(tool.get("type")) for tool in tools)
    return [kind for kind in kinds if kind.startswith("computer")]
