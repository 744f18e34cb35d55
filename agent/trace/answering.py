"""What answers the calls of a message after which a run broke off.

The API refuses a request that leaves a call without a result, and a result that is an error holds
words alone. What was not carried out comes after an error, and is answered in the API's own words.

Source: "Computer use tool" in the Claude documentation, read on 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, cast

from anthropic.types.beta import BetaToolUseBlock

from ..events import Acted, Calling, Event, Instructed, Json
from ..hand_back import HAND_BACK, handed_back
from ..older_tool import NOT_EXECUTED
from ..outcome import Outcome

Block: TypeAlias = dict[str, Any]

T = TypeVar("T", Acted, Calling)

CARRIED_OUT = "This action was carried out; the run was interrupted after it."

PERHAPS = (
    "The run was interrupted while this action was carried out: it may or may not have happened."
)

UNANSWERED = "The run was interrupted before the user answered."

INTERRUPTED = "Not executed: the run was interrupted before this action."


def answers(message: Json, told: Iterable[Event]) -> list[Block]:
    """The results of the calls in a message of the model's, in order.

    Args:
        message: the model's.
        told: what was told after it was added.
    """
    told = tuple(told)
    done = [event for event in told if isinstance(event, Acted)]
    begun = [event for event in told if isinstance(event, Calling)]
    replies = [event for event in told if isinstance(event, Instructed)]
    results: list[Block] = []
    over = False  # what follows was decided before it was known what came of the rest
    for call in calls(message):
        reply, acted = _reply(replies, call), _taken(done, call)
        calling = _taken(begun, call)
        error: str | None = None
        content = _text(UNANSWERED)
        if reply is not None:
            content = _text(f"The user answers: {reply.text}")
        elif acted is not None:
            error = acted.error if acted.error is None else acted.error or "It failed."
            content = _known(acted.outcome)
        elif calling is not None:
            error = PERHAPS
        elif over:
            error = NOT_EXECUTED
        elif not _hands_back(call):
            error = INTERRUPTED
        over = over or error is not None or _hands_back(call)
        if error is None:
            results.append(_result(call, content))
        else:
            results.append({**_result(call, _text(error)), "is_error": True})
    return results


def unsent(message: Json | None, told: Iterable[Event]) -> list[str]:
    """What the user said that is in none of the `answers`.

    Args:
        message: the last one of the conversation, if there is any.
        told: what was told after it was added.
    """
    said = [event for event in told if isinstance(event, Instructed)]
    for call in () if message is None else calls(message):
        _reply(said, call)
    return [event.text for event in said]


def _hands_back(call: Json) -> bool:
    return call.get("toolset_name") is None and bool(call["name"] == HAND_BACK["name"])


def _reply(replies: list[Instructed], call: Json) -> Instructed | None:
    """What the user answered to a call that gave the task back, and to no other then."""
    if not _hands_back(call):
        return None
    question = handed_back(BetaToolUseBlock.construct(**call)).message
    for index, event in enumerate(replies):
        if event.question == question:
            return replies.pop(index)
    return None


def calls(message: Json) -> list[Json]:
    """The calls in a message."""
    content = message["content"]
    if isinstance(content, str):
        return []
    blocks = cast("Sequence[Json]", content)
    return [block for block in blocks if block["type"] == "tool_use"]


def _taken(told: list[T], call: Json) -> T | None:
    """What was told of a call, and is told of no other then."""
    for index, event in enumerate(told):
        if _is_of(event, call):
            return told.pop(index)
    return None


def _is_of(event: Acted | Calling, call: Json) -> bool:
    if event.id:
        return bool(event.id == call["id"])
    given = call.get("input")
    values = dict(cast("Mapping[str, object]", given)) if isinstance(given, Mapping) else {}
    # An older tool has one name, and an action where the toolset has members.
    member = call["name"] if call.get("toolset_name") is not None else values.pop("action", None)
    return bool(event.member == member) and event.values == values


def _known(outcome: Outcome) -> Block:
    """What came of an action, as it would have been answered."""
    if outcome.picture is not None:
        picture = outcome.picture
        source = {"type": "base64", "media_type": picture.media_type, "data": picture.base64}
        return {"type": "image", "source": source}
    if outcome.pointer is not None:
        return _text(f"X={outcome.pointer.x},Y={outcome.pointer.y}")
    return _text(CARRIED_OUT)


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _result(call: Json, content: Block) -> Block:
    toolset = call.get("toolset_name")
    return {
        "type": "tool_result",
        "tool_use_id": call["id"],
        **({} if toolset is None else {"toolset_name": toolset}),
        "content": [content],
    }
