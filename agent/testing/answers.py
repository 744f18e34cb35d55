"""From what a script says to the message that the API sends."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from trueclick.geometry import ModelSpec

from .binding import DROP_BLOCK_BETA, Checked, summary_block, thinking_block
from .cache import CacheUse
from .content import Json, part
from .request import Request
from .signatures import digest
from .tokens import block_tokens, text_tokens
from .turns import Turn

THINKING_TOKENS = 40
"""What a turn thinks if the script does not say."""

_BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that no rule objects to, as the model sees it.

    Attributes:
        request: the request.
        checked: its thinking.
        applied: the edits of its context, as the answer reports them.
        original_tokens: what it counts as without them.
        use: what it makes of the cache.
        started: when it came, in seconds.
    """

    request: Request
    checked: Checked
    applied: list[Json] | None
    original_tokens: int
    use: CacheUse
    started: float


def message_of(admitted: Admitted, turn: Turn) -> Json:
    """The whole answer whose turn this is.

    What the script leaves open is filled in: ids, thinking and its signatures, token counts. An
    answer longer than `max_tokens`, or than what is left of the context window, is cut off.
    """
    request = admitted.request
    content = _completed(_thinking_first(turn, request), admitted)
    tokens = turn.output_tokens
    if tokens is None:
        tokens = sum(block_tokens(block, request.spec) for block in content) + 1
    room = request.spec.context_window - admitted.use.total
    most = request.body["max_tokens"]
    reason = turn.stop_reason
    if tokens > min(room, most):
        limit = max(min(room, most), 0)
        content = _cut(content, tokens, limit, request.spec)
        tokens = limit
        reason = "max_tokens" if most <= room else "model_context_window_exceeded"
    return {**_envelope(admitted, content, reason), "usage": _usage(admitted.use, tokens)} | dict(
        turn.fields
    )


def summary_of(admitted: Admitted, text: str) -> Json:
    """The answer to a request for a summary; its cost is reported as an iteration."""
    content = [summary_block(text, admitted.checked)]
    tokens = text_tokens(text)
    iteration = {"type": "compaction", **_usage(admitted.use, tokens)}
    del iteration["service_tier"]
    usage = {**_usage(CacheUse(0, 0, 0, 0), 0), "iterations": [iteration]}
    return {**_envelope(admitted, content, "compaction"), "usage": usage}


def output_tokens(message: Mapping[str, Any]) -> int:
    """What an answer counts as, a summary's iteration included."""
    usage = cast("Json", message["usage"])
    iterations = cast("list[Json]", usage.get("iterations") or [])
    return sum(int(each["output_tokens"]) for each in (usage, *iterations))


def _envelope(admitted: Admitted, content: list[Json], reason: str) -> Json:
    found: Json = {
        "id": f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": admitted.request.body["model"],
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
    }
    if admitted.applied is not None:
        found["context_management"] = {"applied_edits": admitted.applied}
    if DROP_BLOCK_BETA in admitted.request.betas:
        found["input_transformations"] = admitted.checked.transformations()
    return found


def _usage(use: CacheUse, tokens: int) -> Json:
    return {
        "input_tokens": use.uncached,
        "cache_read_input_tokens": use.read,
        "cache_creation_input_tokens": use.write_5m + use.write_1h,
        "cache_creation": {
            "ephemeral_5m_input_tokens": use.write_5m,
            "ephemeral_1h_input_tokens": use.write_1h,
        },
        "output_tokens": tokens,
        "service_tier": "standard",
    }


def _thinking_first(turn: Turn, request: Request) -> list[Json]:
    content = [dict(block) for block in turn.content]
    thought = any(block["type"] == "thinking" for block in content)
    forced = part(request.body, "tool_choice").get("type") in {"any", "tool"}
    if not content or thought or forced or not request.thinks:
        return content
    return [{"type": "thinking", "thinking": ""}, *content]


def _completed(content: list[Json], admitted: Admitted) -> list[Json]:
    """The blocks with ids, and with signatures that make a chain."""
    shown = part(admitted.request.body, "thinking").get("display") == "summarized"
    checked = admitted.checked
    found: list[Json] = []
    for block in content:
        if block["type"] == "tool_use":
            found.append({"id": f"toolu_{uuid.uuid4().hex[:24]}", **block})
        elif block["type"] == "thinking" and "signature" not in block:
            thought = block["thinking"]
            tokens = block.get("tokens", max(THINKING_TOKENS, text_tokens(thought)))
            signed = thinking_block(
                thought if shown else "", checked, admitted.request.spec.id, tokens
            )
            found.append(signed)
            checked = replace(checked, last=digest(signed["signature"]))
        else:
            found.append(block)
    return found


def _cut(content: list[Json], tokens: int, limit: int, spec: ModelSpec) -> list[Json]:
    """The first part of an answer of so many tokens."""
    whole = sum(block_tokens(block, spec) for block in content)
    left = whole * limit // max(tokens, 1)
    kept: list[Json] = []
    for block in content:
        cost = block_tokens(block, spec)
        if cost > left:
            letters = left * _BYTES_PER_TOKEN
            if block["type"] == "text" and letters:
                kept.append({**block, "text": block["text"][:letters]})
            if block["type"] == "tool_use" and letters:
                # A stream shows the input as far as it came; there it ends.
                kept.append({**block, "input": json.dumps(block["input"])[: min(letters, 8)]})
            break
        left -= cost
        kept.append(block)
    return kept
