"""A fingerprint of everything before each message, by which an edited history is noticed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

from .conversation import blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .conversation import Json


def prefixes(body: Mapping[str, Any]) -> tuple[str, ...]:
    """For each message, and for the one to come, the fingerprint of what stands before it.

    It covers `system`, `tools` and the messages. `cache_control` may move from turn to turn, and
    a field that is null is one that was left out; neither counts.
    """
    state = _hash("", {"system": _as_blocks(body.get("system")), "tools": body.get("tools") or []})
    found = [state]
    for message in body["messages"]:
        state = _hash(state, {"role": message["role"], "content": blocks(message)})
        found.append(state)
    return tuple(found)


def _as_blocks(system: Any) -> Any:
    return blocks({"content": system or []})


def _hash(state: str, value: Any) -> str:
    text = json.dumps(_bare(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{state}\n{text}".encode()).hexdigest()


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _bare(inner)
            for key, inner in cast("Json", value).items()
            if key != "cache_control" and inner is not None
        }
    if isinstance(value, list):
        return [_bare(inner) for inner in cast("Sequence[Any]", value)]
    return value
