"""Taking a run up again where its trace ends, wherever that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

from trueclick.geometry import UsageError, find_model
from trueclick.geometry.requests import PlatformName

from ..conversation.history import without_thinking
from ..conversation.settings import HistoryMode, settings_for
from ..events import Added, Ended, Event, Instructed, Json, Shortened, Started
from ..prompt import secrets_rule, told_of_secrets
from .answering import answers, unsent
from .reading import Trace
from .replaying import in_blocks

Message: TypeAlias = dict[str, Any]

_LOOK = (
    "The application may have been started anew, so that the screen shows something else than "
    "before: look at it before you go on."
)

INTERRUPTED = f"The run was interrupted here and goes on now. {_LOOK}"

ENDED = f"The run had ended here, and the user lets it go on. {_LOOK}"

IN_PLACE = "The run was interrupted here and goes on now, in the same application."

OTHER_SECRETS = "The secrets are not the same as before."


@dataclass(frozen=True, slots=True)
class Resumption:
    """How a run goes on.

    Attributes:
        settings: the model, the system prompt and the tools to go on with.
        messages: the conversation to send next; the last one is the user's.
        events: to be told first, in this order: `Started`, then what was done to the conversation,
            so that the trace that goes on holds `messages`.
        cleared: how many of the calls in `messages`, from the first, the API leaves out the results
            of; for `History.cleared`.
    """

    settings: Started
    messages: tuple[Json, ...]
    events: tuple[Event, ...]
    cleared: int = 0


def resumed(
    trace: Trace, present: Started, *, instruction: str = "", secrets: Sequence[str] = ()
) -> Resumption:
    """How a run goes on where its trace ends.

    Every message stays as it would have been sent next, without the pictures that were left out by
    then, and so do the system prompt and the tools: the API takes the thinking that is bound to
    them, and finds what it has cached. What is missing comes in one further message of the user's.

    Only what means nothing to the present model is changed. With another model, on another
    platform, or where it is bound to tools that this version no longer has, the thinking is left
    out. Where the API does not take a summary of its own, its words stand for it, without the
    thinking that is bound to it. Where the API leaves out no results, all of them are back: the run
    makes room in its own way.

    Args:
        trace: of the run.
        present: the settings that a new run would have; its task does not matter.
        instruction: what the user says to it now.
        secrets: names of what can be typed without being seen. The model is told of them if it
            knows of others.

    Raises:
        UsageError: if the run cannot go on with the present settings; the message says how it can.
        TraceError: if a picture has been damaged since the trace was read.
    """
    before = trace.settings
    other_tools = _names(before.tools) != _names(present.tools)
    elsewhere = before.platform != present.platform or find_model(before.model) != find_model(
        present.model
    )
    _require_same_screen(before, present)
    settings = replace(present, task=before.task, resumed=True)
    if not (other_tools or elsewhere):
        settings = replace(settings, system=before.system, tools=before.tools)
    messages = list(trace.messages)
    changed = _changed(trace, messages, present, anew=elsewhere, unbound=other_tools)
    events: list[Event] = [settings]
    if changed is not None:
        events.append(changed)
        messages = list(changed.messages)
    if instruction.strip():
        events.append(Instructed(instruction))
    words = _of_secrets(secrets, settings.system, messages)
    words += [instruction] if instruction.strip() else []
    further = _further(trace, messages, words, same_screen=present.same_screen)
    if further is not None:
        messages.append(further)
        events.append(Added(further))
    cleared = trace.cleared if changed is None else 0
    return Resumption(settings, tuple(messages), tuple(events), cleared)


def _changed(
    trace: Trace, messages: Sequence[Json], present: Started, *, anew: bool, unbound: bool
) -> Shortened | None:
    """The conversation without what the present model cannot take of it, if there is any.

    Args:
        trace: of the run.
        messages: its conversation.
        present: the settings that a new run would have.
        anew: whether no thinking means anything where the run goes on.
        unbound: whether thinking that is bound to what comes before it has lost that.
    """
    there = settings_for(
        present.model,
        platform=cast("PlatformName", present.platform),
        history=cast("HistoryMode", present.history),
    )
    kept = [in_blocks({**message}) for message in messages]
    summarized = not there.compacts and _begins_with_a_summary(kept)
    if summarized:
        kept = _with_its_words(kept)
    left = kept
    if anew or (there.spec.binds_thinking and (unbound or summarized)):
        left = without_thinking(kept)
    if summarized:
        return Shortened("compacted", 0, tuple(left))
    if left != kept or (trace.cleared and there.clearing != "server"):
        return Shortened("pruned", 0, tuple(left))
    return None


def _begins_with_a_summary(messages: Sequence[Message]) -> bool:
    return any(block["type"] == "compaction" for m in messages[:1] for block in m["content"][:1])


def _with_its_words(messages: Sequence[Message]) -> list[Message]:
    """The conversation with the words of the summary in its place."""
    first, *others = messages
    summary, *more = first["content"]
    text = f"A summary of what came before: {summary.get('content') or 'nothing is known.'}"
    kept = [{**first, "content": more}] if more else []
    return [{"role": "user", "content": [{"type": "text", "text": text}]}, *kept, *others]


def _of_secrets(names: Sequence[str], system: str, messages: Sequence[Json]) -> list[str]:
    """What the model is told of the secrets, if it was told otherwise last."""
    texts = [
        str(block.get("text"))
        for message in messages
        if message["role"] == "user"
        for block in _blocks(message)
        if block["type"] == "text"
    ]
    told = filter(None, map(told_of_secrets, [*reversed(texts), system]))
    rule = secrets_rule(names)
    return [] if next(told, secrets_rule(())) == rule else [OTHER_SECRETS, rule]


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


def _further(
    trace: Trace, messages: Sequence[Json], now: Sequence[str], *, same_screen: bool
) -> Json | None:
    """The message with which the conversation goes on, or `None` if it waits for its answer."""
    tail = _since_the_last_message(trace)
    last = messages[-1] if messages else None
    # Words that the user had said, but that were not sent any more, come first.
    words = [*unsent(last, tail), *now]
    if last is None:
        return _user([], [trace.settings.task, *words])
    if last["role"] != "assistant" and trace.turns == 0:
        return _user([], words) if words else None  # nothing was seen of the screen yet
    told = ENDED if any(isinstance(event, Ended) for event in tail) else INTERRUPTED
    told = IN_PLACE if same_screen else told
    results = answers(last, tail) if last["role"] == "assistant" else []
    return _user(results, [told, *words])


def _since_the_last_message(trace: Trace) -> list[Event]:
    """What was told after the conversation was last added to.

    Where it was replaced since then, by a run that went on and broke off at once, what was told of
    its last calls still counts.
    """
    tail: list[Event] = []
    for index in range(len(trace.events) - 1, -1, -1):
        event = trace.events[index]
        if isinstance(event, Added):
            break
        tail.append(event)
    return tail[::-1]


def _user(results: Sequence[Json], words: Iterable[str]) -> Json:
    text = {"type": "text", "text": "\n\n".join(words)}
    return {"role": "user", "content": [*results, text]}


def _blocks(message: Json) -> Sequence[Json]:
    content = message["content"]
    return [] if isinstance(content, str) else cast("Sequence[Json]", content)


def _names(tools: Sequence[Json]) -> list[tuple[object, object]]:
    """What the model calls the tools by: their descriptions may differ."""
    return sorted(((tool.get("type"), tool.get("name")) for tool in tools), key=repr)


def _computer_tools(tools: Sequence[Json]) -> list[str]:
    kinds = (str(tool.get("type")) for tool in tools)
    return [kind for kind in kinds if kind.startswith("computer")]
