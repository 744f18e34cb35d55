"""An answer as the events of a stream, the way the API sends them when asked to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
"""A parsed JSON object."""

_PIECE = 24
"""Letters of a text or of a call's input that one event carries."""


def events(message: Mapping[str, Any]) -> Iterator[Json]:
    """The events that build up a message, in their order.

    The input of a call may be a text instead of an object: it is sent as it stands, so that a
    test can send what is no JSON.
    """
    at_end = {"stop_reason", "stop_sequence", "stop_details"}
    late = {*at_end, "content", "context_management"}
    opening = {key: value for key, value in message.items() if key not in late}
    opening |= {"content": [], "stop_reason": None, "stop_sequence": None}
    opening["usage"] = {**message["usage"], "output_tokens": 1}
    yield {"type": "message_start", "message": opening}
    yield {"type": "ping"}
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block)
    closing: Json = {
        "type": "message_delta",
        "delta": {key: message.get(key) for key in sorted(at_end)},
        "usage": message["usage"],
    }
    if message.get("context_management") is not None:
        closing["context_management"] = message["context_management"]
    yield closing
    yield {"type": "message_stop"}


def encoded(event: Mapping[str, Any]) -> bytes:
    """One event as it travels."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _block_events(index: int, block: Mapping[str, Any]) -> Iterator[Json]:
    empty, deltas = _opened(block)
    yield {"type": "content_block_start", "index": index, "content_block": empty}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _opened(block: Mapping[str, Any]) -> tuple[Json, list[Json]]:
    """A block as it starts, and what is added to it."""
    match block["type"]:
        case "text":
            said: list[Json] = [
                {"type": "text_delta", "text": piece} for piece in _pieces(block["text"])
            ]
            return {**block, "text": ""}, said
        case "thinking":
            thought: list[Json] = [
                {"type": "thinking_delta", "thinking": piece}
                for piece in _pieces(block["thinking"])
            ]
            thought.append({"type": "signature_delta", "signature": block["signature"]})
            return {**block, "thinking": "", "signature": ""}, thought
        case "tool_use":
            given = block["input"]
            text = given if isinstance(given, str) else json.dumps(given)
            inputs = [{"type": "input_json_delta", "partial_json": p} for p in _pieces(text)]
            return {**block, "input": {}}, inputs
        case _:
            return dict(block), []


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]
