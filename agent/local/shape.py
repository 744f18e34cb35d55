"""The outer form of a request: what must be there before its content can be judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from .conversation import Json, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_REQUEST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request is refused: the HTTP status, the API's type of error, and the words."""

    status: int
    kind: str
    message: str


def shape_problem(body: Any, size: int, api_key: str) -> Problem | None:
    """What is wrong before the content counts: the key, the size, the fields that must be there."""
    if not api_key:
        return Problem(401, "authentication_error", "an API key is required")
    if size > MAX_REQUEST_BYTES:
        return Problem(413, "request_too_large", "Request exceeds the maximum size")
    message = _missing(body) or _malformed(body["messages"])
    return Problem(400, "invalid_request_error", message) if message else None


def _missing(given: Any) -> str | None:
    if not isinstance(given, dict):
        return "The request body is not a JSON object"
    body = cast("Json", given)
    kinds: dict[str, type] = {"model": str, "max_tokens": int, "messages": list}
    for name, kind in kinds.items():
        if name not in body:
            return f"{name}: Field required"
        if type(body[name]) is not kind:
            return f"{name}: Input should be a valid {_JSON_NAMES[kind]}"
    if body["max_tokens"] < 1:
        return "max_tokens: Input should be greater than or equal to 1"
    if not body["messages"]:
        return "messages: at least one message is required"
    tools: Sequence[Any] = body.get("tools") or []
    if not all(isinstance(tool, dict) for tool in tools):
        return "tools: Input should be a list of objects"
    if body.get("thread") is not None:
        return "thread: threads are not supported"
    return None


_JSON_NAMES: dict[type, str] = {str: "string", int: "integer", list: "list"}


def _malformed(messages: Sequence[Any]) -> str | None:
    """What is wrong with the messages' form; after this, the rules may index freely."""
    for index, given in enumerate(messages):
        message = cast("Json", given) if isinstance(given, dict) else {}
        if message.get("role") not in {"user", "assistant"}:
            return f"messages.{index}: Input should have the role 'user' or 'assistant'"
        if not isinstance(message.get("content"), str | list):
            return f"messages.{index}.content: Input should be a string or a list of blocks"
        for place, block in with_places(f"messages.{index}", message):
            problem = _malformed_block(block)
            if problem:
                return f"{place}{problem}"
    if messages[0]["role"] != "user":
        return 'messages: first message must use the "user" role'
    if messages[-1]["role"] != "user":
        return "messages: the conversation must end with a user message"
    return None


_FIELDS: dict[str, dict[str, type]] = {
    "text": {"text": str},
    "image": {"source": dict},
    "tool_use": {"id": str, "name": str, "input": dict},
    "tool_result": {"tool_use_id": str},
    "thinking": {"thinking": str, "signature": str},
}
"""What a block of each type must hold."""


def _malformed_block(given: Any) -> str | None:
    block = cast("Json", given) if isinstance(given, dict) else {}
    kind = block.get("type")
    if not isinstance(kind, str):
        return ": Input should be a content block with a type"
    for name, expected in _FIELDS.get(kind, {}).items():
        if not isinstance(block.get(name), expected):
            return f".{kind}.{name}: Field required"
    if kind == "tool_result" and not isinstance(block.get("content") or "", str | list):
        return ".tool_result.content: Input should be a string or a list of blocks"
    source: Json = block["source"] if kind == "image" else {}
    if source.get("type") == "base64":
        for name in ("data", "media_type"):
            if not isinstance(source.get(name), str):
                return f".image.source.base64.{name}: Field required"
    return None


def with_places(where: str, message: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The blocks of a message and of the results in it, each with its path."""
    for index, block in enumerate(cast("Sequence[Any]", blocks(message))):
        place = f"{where}.content.{index}"
        yield place, block
        result = cast("Json", block) if isinstance(block, dict) else {}
        parts = result.get("content")
        if result.get("type") == "tool_result" and isinstance(parts, list):
            for inner, part in enumerate(cast("Sequence[Any]", parts)):
                yield f"{place}.tool_result.content.{inner}", part
