"""The conversation as it is sent: what was said, in order, and what is left out of it.

Only pictures are ever left out of a message, and in batches: between two batches what was sent
before stays byte for byte the same, so the prompt cache holds it. Where the model's thinking is
bound to what came before it, messages are not touched at all: the API is told how many results to
leave out, a number that moves in the same batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

from trueclick.geometry.requests import MANY_IMAGES

Message: TypeAlias = dict[str, Any]
"""A message with `role` and `content`, a list of blocks, as it travels."""

Block: TypeAlias = dict[str, Any]

KEPT = 3
"""Screenshots that stay in sight when older ones are left out."""

AT_MOST = 25
"""Screenshots in sight before the older ones are left out: about every 22 turns."""

LEFT_OUT = "[An earlier screenshot was left out.]"

MARKS = 3
"""Messages that are marked for the prompt cache; the system prompt has the fourth mark."""

CACHED = {"type": "ephemeral"}


class History:
    """The messages of a conversation. Each has a list of blocks as its `content`.

    Attributes:
        messages: as they are sent, but for the marks of the cache.
        cleared: how many of the calls, from the first, the API leaves out the results of.
    """

    def __init__(self, messages: Sequence[Message] = ()) -> None:
        self.messages: list[Message] = [*messages]
        self.cleared = 0

    def add(self, message: Message) -> None:
        """Add a message at the end."""
        self.messages.append(message)

    def replace(self, messages: Sequence[Message]) -> None:
        """Let other messages stand for all that there are."""
        self.messages = [*messages]
        self.cleared = 0

    def marked(self) -> list[Message]:
        """The messages with the last turns' ends marked for the prompt cache."""
        ends = [i for i, message in enumerate(self.messages) if message["role"] == "user"][-MARKS:]
        return [
            _marked(message) if index in ends else message
            for index, message in enumerate(self.messages)
        ]

    @property
    def pictures(self) -> list[Block]:
        """The images in all messages, those in results included, oldest first."""
        return [picture for message in self.messages for _, picture in pictures_of(message)]

    @property
    def in_sight(self) -> int:
        """How many pictures the model sees: all but those that the API leaves out."""
        return len(self.pictures) - sum(self._pictures_by_call()[: self.cleared])

    def prune(self) -> int:
        """Leave out all pictures but the last few and those of the last message.

        Returns:
            How many were left out.
        """
        places = [
            (index, path)
            for index, message in enumerate(self.messages)
            for path, _ in pictures_of(message)
        ]
        fresh = sum(index == len(self.messages) - 1 for index, _ in places)
        out = places[: -max(KEPT, min(fresh, MANY_IMAGES))]
        for index, path in out:
            self.messages[index] = _without_picture(self.messages[index], path)
        return len(out)

    def clear(self) -> int:
        """Let the API leave out all results but the last ones, with as many pictures.

        Returns:
            How many more pictures the model no longer sees.
        """
        before = self.in_sight
        by_call = self._pictures_by_call()
        fresh = len(calls_of(self.messages[-2:]))
        kept = fresh
        while kept < len(by_call) and sum(by_call[len(by_call) - kept :]) < KEPT:
            kept += 1
        self.cleared = max(self.cleared, len(by_call) - kept)
        return before - self.in_sight

    def edits(self) -> dict[str, Any] | None:
        """The request's `context_management`, or `None` if nothing is left out.

        Source: "Context editing": `keep` counts calls from the end, `trigger` all that there are.
        """
        if self.cleared == 0:
            return None
        kept = len(calls_of(self.messages)) - self.cleared
        return {
            "edits": [
                {
                    "type": "clear_tool_uses_20250919",
                    "trigger": {"type": "tool_uses", "value": self.cleared},
                    "keep": {"type": "tool_uses", "value": kept},
                }
            ]
        }

    def _pictures_by_call(self) -> list[int]:
        """How many pictures the result of each call holds, in the order of the calls."""
        held = {
            block["tool_use_id"]: len(pictures_of({"content": [block]}))
            for message in self.messages
            for block in message["content"]
            if block["type"] == "tool_result"
        }
        return [held.get(call["id"], 0) for call in calls_of(self.messages)]


def calls_of(messages: Sequence[Message]) -> list[Block]:
    """The calls that the model makes in messages, in order."""
    return [b for message in messages for b in message["content"] if b["type"] == "tool_use"]


def pictures_of(message: Message) -> list[tuple[tuple[int, ...], Block]]:
    """The images in a message, each with where it is in its content."""
    found: list[tuple[tuple[int, ...], Block]] = []
    for at, block in enumerate(cast("list[Block]", message["content"])):
        if block["type"] == "image":
            found.append(((at,), block))
        elif block["type"] == "tool_result" and isinstance(block.get("content"), list):
            parts = cast("list[Block]", block["content"])
            found += [((at, i), part) for i, part in enumerate(parts) if part["type"] == "image"]
    return found


def without_thinking(messages: Sequence[Message]) -> list[Message]:
    """The messages without what only the model that thought it can read, and only where it did."""
    bare: list[Message] = []
    for message in messages:
        kept = [block for block in message["content"] if block["type"] not in _THINKING]
        if len(kept) == len(message["content"]):
            bare.append(message)
        elif kept:
            bare.append({**message, "content": kept})
    return bare


_THINKING = frozenset({"thinking", "redacted_thinking"})


def _without_picture(message: Message, path: tuple[int, ...]) -> Message:
    """The message with words in the place of a picture; others may hold the message itself."""
    at, *inner = path
    content: list[Block] = [*message["content"]]
    instead = {"type": "text", "text": LEFT_OUT}
    content[at] = (
        {**content[at], "content": _replaced(content[at]["content"], inner[0], instead)}
        if inner
        else instead
    )
    return {**message, "content": content}


def _replaced(blocks: Sequence[Block], at: int, instead: Block) -> list[Block]:
    return [*blocks[:at], instead, *blocks[at + 1 :]]


def _marked(message: Message) -> Message:
    if not message["content"]:
        return message  # from a trace that anybody may have written
    *others, last = message["content"]
    return {**message, "content": [*others, {**last, "cache_control": CACHED}]}
