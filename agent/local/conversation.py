"""What a request says about the run: the task, how far it got, and the pictures so far.

The local model remembers nothing between requests, like the API. Where it stands in the task is
written into the id of the last call it made, so any process can go on from the messages alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from ..testing.content import Json, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Phase: TypeAlias = Literal["start", "popup", "popupup", "moved"]
"""Where in a step: at its beginning, in a list that has opened, after something was moved."""

_PHASES: tuple[Phase, ...] = ("start", "popup", "popupup", "moved")


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where to go on.

    Attributes:
        step: index of the next step.
        phase: where in that step.
        attempt: how often that phase was tried before.
    """

    step: int = 0
    phase: Phase = "start"
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request, as far as the planner goes by it.

    Attributes:
        task: the text of the last message that answers no call.
        bookmark: where to go on.
        images: the base64 data of the pictures since the task was given, oldest first.
        error: what the first failed call of the last turn said, or None.
        turn: how many turns were answered before, for the ids of new calls.
        disabled: members of the toolset that the request turned off.
        has_toolset: whether it offers a computer toolset at all.
    """

    task: str
    bookmark: Bookmark
    images: tuple[str, ...]
    error: str | None
    turn: int
    disabled: frozenset[str]
    has_toolset: bool


def read_conversation(body: Mapping[str, Any]) -> Conversation:
    """What `body`, a checked request, says about the run."""
    messages = cast("list[Json]", body["messages"])
    toolset = _toolset(body)
    start = max(
        (
            index
            for index, message in enumerate(messages)
            if message["role"] == "user" and not _has_result(message)
        ),
        default=0,
    )
    run = messages[start:]
    return Conversation(
        task="\n".join(block["text"] for block in blocks(run[0]) if block.get("type") == "text"),
        bookmark=_bookmark(run),
        images=tuple(data for message in run for data in _images(message)),
        error=_error(run[-1]),
        turn=sum(message["role"] == "assistant" for message in messages),
        disabled=frozenset(
            name
            for name, config in (toolset or {}).get("configs", {}).items()
            if not config.get("enabled", True)
        ),
        has_toolset=toolset is not None,
    )


def call_id(turn: int, index: int, bookmark: Bookmark) -> str:
    """The id of a call; where it is the last of its turn, the run goes on from `bookmark`."""
    return f"toolu_local_{turn}_{index}_{bookmark.step}_{bookmark.phase}_{bookmark.attempt}"


_ID = re.compile(rf"toolu_local_\d+_\d+_(\d+)_({'|'.join(_PHASES)})_(\d+)")


def _bookmark(run: Sequence[Json]) -> Bookmark:
    for message in reversed(run):
        if message["role"] == "assistant":
            calls = [block for block in blocks(message) if block.get("type") == "tool_use"]
            found = _ID.fullmatch(calls[-1]["id"]) if calls else None
            if found:
                return Bookmark(int(found[1]), cast("Phase", found[2]), int(found[3]))
    return Bookmark()


def _toolset(body: Mapping[str, Any]) -> Json | None:
    for tool in cast("list[Json]", body.get("tools") or []):
        if str(tool.get("type", "")).startswith("computer_toolset_"):
            return tool
    return None


def _has_result(message: Json) -> bool:
    return any(block.get("type") == "tool_result" for block in blocks(message))


def _images(message: Json) -> Iterator[str]:
    for block in blocks(message):
        inner = blocks(block) if block.get("type") == "tool_result" else [block]
        for part in inner:
            if part.get("type") == "image" and part["source"].get("type") == "base64":
                yield part["source"]["data"]


def _error(message: Json) -> str | None:
    for block in blocks(message):
        if block.get("type") == "tool_result" and block.get("is_error"):
            texts = (part.get("text", "") for part in blocks(block))
            return " ".join(" ".join(texts).split()) or "no reason given"
    return None
