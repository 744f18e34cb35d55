"""Turns, calls and their results."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..content import Json, blocks, system_blocks, with_places
from ..request import Request

_ID = re.compile(r"[a-zA-Z0-9_-]+")


def roles_are_in_order(request: Request) -> str | None:
    """The conversation begins with the user, or with a summary."""
    messages = request.messages
    if not messages:
        return "messages: at least one message is required"
    first = blocks(messages[0])
    if messages[0]["role"] != "user" and not (first and first[0]["type"] == "compaction"):
        return 'messages: first message must use the "user" role'
    return None


def blocks_are_their_roles(request: Request) -> str | None:
    """The model calls and thinks, the user answers and shows."""
    own = {"user": {"tool_result", "image"}, "assistant": {"tool_use", "thinking"}}
    for index, message in enumerate(request.messages):
        other = own["user" if message["role"] == "assistant" else "assistant"]
        for place, block in enumerate(blocks(message)):
            if block["type"] in other:
                return (
                    f"messages.{index}.content.{place}: `{block['type']}` blocks cannot be in "
                    f"{message['role']} messages"
                )
            if block["type"] != "tool_result":
                continue
            for inner, part in enumerate(blocks(block)):
                if part["type"] not in {"text", "image"}:
                    return (
                        f"messages.{index}.content.{place}.tool_result.content.{inner}: "
                        f"`{part['type']}` blocks cannot be in a `tool_result`"
                    )
    return None


def nothing_is_empty(request: Request) -> str | None:
    """No text without a character, and no message without a block."""
    for index, block in enumerate(system_blocks(request.body)):
        if not block["text"].strip():
            return f"system.{index}: text content blocks must contain non-whitespace text"
    for index, message in enumerate(request.messages):
        if not blocks(message):
            return f"messages.{index}: all messages must have non-empty content"
        for place, block in with_places(f"messages.{index}", message):
            if block["type"] == "text" and not block["text"]:
                return f"{place}: messages: text content blocks must be non-empty"
            if block["type"] == "text" and not block["text"].strip():
                return f"{place}: text content blocks must contain non-whitespace text"
    return None


def calls_are_named_once(request: Request) -> str | None:
    """Each call has an id of its own."""
    known: set[str] = set()
    for index, message in enumerate(request.messages):
        for place, block in enumerate(blocks(message)):
            if block["type"] != "tool_use":
                continue
            where = f"messages.{index}.content.{place}.tool_use.id"
            if not _ID.fullmatch(block["id"]):
                return f"{where}: String should match pattern '^[a-zA-Z0-9_-]+$'"
            if block["id"] in known:
                return f"messages.{index}.content.{place}: `tool_use` ids must be unique"
            known.add(block["id"])
    return None


def calls_are_answered(request: Request) -> str | None:
    """Each call is answered exactly once, at the start of the very next message."""
    open_calls: list[Json] = []
    for index, message in enumerate(request.messages):
        where = f"messages.{index}"
        results = [block for block in blocks(message) if block["type"] == "tool_result"]
        problem = _pairs(where, open_calls, results)
        if problem:
            return problem
        types = [block["type"] for block in blocks(message)]
        if results and "tool_result" in types[len(results) :]:
            return f"{where}: `tool_result` blocks must come first in the message"
        problem = _toolset_names(where, open_calls, results)
        if problem:
            return problem
        is_call = message["role"] == "assistant"
        open_calls = [b for b in blocks(message) if is_call and b["type"] == "tool_use"]
    return None


def errors_are_words(request: Request) -> str | None:
    """A result that says that a call failed holds text alone; source: the API's own message."""
    for index, message in enumerate(request.messages):
        for place, block in enumerate(blocks(message)):
            failed = block["type"] == "tool_result" and block.get("is_error")
            if failed and any(part["type"] != "text" for part in blocks(block)):
                return (
                    f"messages.{index}.content.{place}.tool_result: all content must be type "
                    "`text` if `is_error` is true"
                )
    return None


def _pairs(where: str, open_calls: Sequence[Json], results: Sequence[Json]) -> str | None:
    answered = [result["tool_use_id"] for result in results]
    asked = [call["id"] for call in open_calls]
    for answer in answered:
        if answer not in asked:
            return (
                f"{where}: unexpected `tool_use_id` found in `tool_result` blocks: {answer}. "
                "Each `tool_result` block must have a corresponding `tool_use` block in the "
                "previous message."
            )
        if answered.count(answer) > 1:
            return f"{where}: each tool_use must have a single result. Found several: {answer}"
    missing = [call for call in asked if call not in answered]
    if missing:
        return (
            f"{where}: `tool_use` ids were found without `tool_result` blocks immediately "
            f"after: {', '.join(missing)}. Each `tool_use` block must have a corresponding "
            "`tool_result` block in the next message."
        )
    return None


def _toolset_names(where: str, calls: Sequence[Json], results: Sequence[Json]) -> str | None:
    """A result names the toolset of its call."""
    expected = {call["id"]: call.get("toolset_name") for call in calls}
    for index, result in enumerate(results):
        wanted, got = expected[result["tool_use_id"]], result.get("toolset_name")
        if wanted != got:
            return (
                f"{where}.content.{index}.tool_result.toolset_name: expected {_shown(wanted)} as "
                f"in the `tool_use` block it answers, got {_shown(got)}"
            )
    return None


def _shown(name: object) -> str:
    return "no value" if name is None else f"`{name}`"
