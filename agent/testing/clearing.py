"""Old results of calls are left out before the model sees them: `clear_tool_uses_20250919`.

The API keeps nothing from one request to the next: each is looked at as a whole, and where it is
over the trigger all results but those of the last `keep` calls become a placeholder. The wording
of the placeholder is not published, nor is it said how members of a toolset count: as the calls
they are, here, and `exclude_tools` names them. Source: "Context editing" of the Claude
documentation, read on 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from trueclick.geometry import ModelSpec

from .content import Json, blocks, part
from .tokens import block_tokens

CLEAR_TOOL_USES = "clear_tool_uses_20250919"
PLACEHOLDER = "[Old tool result content cleared]"

_TRIGGER = 100_000
_KEEP = 3


@dataclass(frozen=True, slots=True)
class Cleared:
    """A conversation as the model sees it.

    Attributes:
        messages: the conversation.
        applied: what was done, as the answer reports it, or `None` if it was not asked for.
    """

    messages: list[Json]
    applied: list[Json] | None


def cleared(body: Mapping[str, Any], messages: list[Json], tokens: int, spec: ModelSpec) -> Cleared:
    """The messages after the edits that the request asks for.

    Args:
        body: the request, its edits well formed.
        messages: the whole conversation.
        tokens: what the request counts as without any edit.
        spec: the model.
    """
    if body.get("context_management") is None:
        return Cleared(messages, None)
    edits = cast("list[Json]", part(body, "context_management").get("edits") or [])
    applied: list[Json] = []
    for edit in edits:
        if edit["type"] == CLEAR_TOOL_USES:
            messages, report = _clear(edit, messages, tokens, spec)
            applied += report
    return Cleared(messages, applied)


def _clear(
    edit: Json, messages: list[Json], tokens: int, spec: ModelSpec
) -> tuple[list[Json], list[Json]]:
    used = [
        block for message in messages for block in blocks(message) if block["type"] == "tool_use"
    ]
    trigger = part(edit, "trigger")
    measured = len(used) if trigger.get("type") == "tool_uses" else tokens
    if measured <= trigger.get("value", _TRIGGER):
        return messages, []
    keep = part(edit, "keep").get("value", _KEEP)
    excluded = set(edit.get("exclude_tools") or ())
    old = {block["id"] for block in used[: len(used) - keep] if block["name"] not in excluded}
    inputs = edit.get("clear_tool_inputs") or False
    saved = 0
    changed: list[Json] = []
    gone: set[str] = set()
    for message in messages:
        content: list[Json] = []
        for block in blocks(message):
            shorter = _shortened(block, old, inputs)
            saved += block_tokens(block, spec) - block_tokens(shorter, spec)
            if shorter is not block and block["type"] == "tool_result":
                gone.add(block["tool_use_id"])
            content.append(shorter)
        changed.append({**message, "content": content})
    if not gone or saved < part(edit, "clear_at_least").get("value", 0):
        return messages, []
    report = {
        "type": CLEAR_TOOL_USES,
        "cleared_tool_uses": len(gone),
        "cleared_input_tokens": saved,
    }
    return changed, [report]


def _shortened(block: Json, old: set[str], inputs: bool | list[str]) -> Json:
    if block["type"] == "tool_result" and block["tool_use_id"] in old:
        return {**block, "content": [{"type": "text", "text": PLACEHOLDER}]}
    if block["type"] == "tool_use" and block["id"] in old:
        named = isinstance(inputs, list) and block["name"] in inputs
        if inputs is True or named:
            return {**block, "input": {}}
    return block
