"""The outer form of a request: what must be there before its content can be judged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..content import Json, with_places
from ..problem import Problem
from .nested import NAMES, block_problem, nested_problem

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "model": str,
    "max_tokens": int,
    "messages": list,
    "system": (str, list),
    "tools": list,
    "tool_choice": dict,
    "thinking": dict,
    "output_config": dict,
    "output_format": dict,
    "stop_sequences": list,
    "stream": bool,
    "metadata": dict,
    "service_tier": str,
    "temperature": (int, float),
    "top_p": (int, float),
    "top_k": int,
    "cache_control": dict,
    "context_management": dict,
    "compaction": dict,
    "thread": dict,
    "container": (str, dict),
    "mcp_servers": list,
    "inference_geo": str,
    "speed": str,
    "diagnostics": dict,
    "fallbacks": list,
}
"""Every field that a request may have, and what it holds."""

_REQUIRED = ("model", "max_tokens", "messages")

_FIELDS: Mapping[str, Mapping[str, type]] = {
    "text": {"text": str},
    "image": {"source": dict},
    "tool_use": {"id": str, "name": str, "input": dict},
    "tool_result": {"tool_use_id": str},
    "thinking": {"thinking": str, "signature": str},
    "compaction": {},
}
"""What a block of each type must hold; the model knows no others."""

_SOURCES: Mapping[str, tuple[str, ...]] = {
    "base64": ("data", "media_type"),
    "url": ("url",),
    "file": ("file_id",),
}

MAX_MESSAGES = 100_000


def form_problem(data: bytes, body: Any) -> Problem | None:
    """What is wrong before the content counts; after this, the rules may index freely.

    Args:
        data: the body as it came.
        body: the same, parsed.
    """
    message = _unpaired(data, body) or _fields(body) or nested_problem(body)
    message = message or _messages(body["messages"]) or _system(body) or _thread(body)
    return Problem(message) if message else None


def _unpaired(data: bytes, body: Any) -> str | None:
    """A half of a surrogate pair is no character, though JSON can spell it."""
    if b"\\ud" in data.lower():
        try:
            json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return "The request body is not valid JSON: no low surrogate in string"
    return None


def _fields(given: Any) -> str | None:
    if not isinstance(given, dict):
        return "The request body is not a JSON object"
    body = cast("Json", given)
    for name in _REQUIRED:
        if name not in body:
            return f"{name}: Field required"
    for name, value in body.items():
        problem = _kind(name, value)
        if problem:
            return f"{name}: {problem}"
    if body["max_tokens"] < 1:
        return "max_tokens: Input should be greater than or equal to 1"
    for name, wanted in (("tools", dict), ("stop_sequences", str)):
        for index, value in enumerate(cast("Sequence[Any]", body.get(name) or [])):
            if not isinstance(value, wanted):
                return f"{name}.{index}: Input should be a valid {NAMES[wanted]}"
    return None


def _kind(name: str, value: object) -> str | None:
    if name not in _KINDS:
        return "Extra inputs are not permitted"
    if value is None and name not in _REQUIRED:
        return None
    kind = _KINDS[name]
    first = kind[0] if isinstance(kind, tuple) else kind
    # For Python, a boolean is a number.
    whole = not isinstance(value, bool) or kind is bool
    return None if isinstance(value, kind) and whole else f"Input should be a valid {NAMES[first]}"


def _messages(messages: Sequence[Any]) -> str | None:
    if len(messages) > MAX_MESSAGES:
        return f"messages: at most {MAX_MESSAGES} messages are permitted"
    for index, given in enumerate(messages):
        message = cast("Json", given) if isinstance(given, dict) else {}
        if message.get("role") not in ("user", "assistant"):
            return f"messages.{index}: Input should have the role 'user' or 'assistant'"
        if extra := set(message) - {"role", "content"}:
            return f"messages.{index}.{min(extra)}: Extra inputs are not permitted"
        if not isinstance(message.get("content"), str | list):
            return f"messages.{index}.content: Input should be a string or a list of blocks"
        problem = _blocks(f"messages.{index}", message["content"])
        if problem:
            return problem
    return None


def _system(body: Json) -> str | None:
    content: Any = body.get("system") or ""
    given = () if isinstance(content, str) else cast("Sequence[Any]", content)
    for index, block in enumerate(given):
        if not isinstance(block, dict) or cast("Json", block).get("type") != "text":
            return f"system.{index}: Input should be a text block"
    return _blocks("system", content)


def _blocks(where: str, content: Any) -> str | None:
    for place, given in with_places(where, {"content": content}):
        problem = _block(given)
        if problem:
            return f"{place}{problem}"
        problem = block_problem(place, given)
        if problem:
            return problem
    return None


def _block(given: Any) -> str | None:
    block = cast("Json", given) if isinstance(given, dict) else {}
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        return f": Input tag '{kind}' found using 'type' does not match any of the expected tags"
    for name, expected in _FIELDS[kind].items():
        if not isinstance(block.get(name), expected):
            return f".{kind}.{name}: Field required"
    if kind == "tool_result" and not isinstance(block.get("content") or "", str | list):
        return ".tool_result.content: Input should be a string or a list of blocks"
    if kind == "image":
        return _source(block["source"])
    return None


def _source(source: Json) -> str | None:
    kind = source.get("type")
    if not isinstance(kind, str) or kind not in _SOURCES:
        return f".image.source: Input tag '{kind}' does not match any of the expected tags"
    for name in _SOURCES[kind]:
        if not isinstance(source.get(name), str):
            return f".image.source.{kind}.{name}: Field required"
    return None


def _thread(body: Json) -> str | None:
    thread = body.get("thread")
    if thread is None or thread.get("type") == "create":
        return None
    if thread.get("type") != "continue":
        return "thread.type: Input should be 'create' or 'continue'"
    if not isinstance(thread.get("previous_message_id"), str):
        return "thread.previous_message_id: Field required"
    return None
