"""Messages and the blocks in them, as parsed JSON, and the fingerprint of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

from .pixels import Shown

Json: TypeAlias = dict[str, Any]
"""A parsed JSON object."""


def blocks(message: Mapping[str, Any]) -> list[Json]:
    """The content of a message or of a tool result as blocks; a plain text counts as one."""
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return cast("list[Json]", content or [])


def system_blocks(body: Mapping[str, Any]) -> list[Json]:
    """The system prompt as blocks."""
    return blocks({"content": body.get("system") or []})


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


def part(body: Mapping[str, Any], name: str) -> Json:
    """A field that holds an object, or an empty one where it is absent or null."""
    return cast("Json", body.get(name) or {})


def fingerprint(before: str, value: object) -> str:
    """What tells one prefix from another: `value` after what has the fingerprint `before`.

    `cache_control` may move from turn to turn, and a field that is null is one that was left
    out; neither counts.
    """
    text = json.dumps(_bare(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _bare(value: object) -> object:
    if isinstance(value, Shown):
        return value.digest
    if isinstance(value, dict):
        return {
            key: _bare(inner)
            for key, inner in cast("Json", value).items()
            if key != "cache_control" and inner is not None
        }
    if isinstance(value, list):
        return [_bare(inner) for inner in cast("Sequence[object]", value)]
    return value
