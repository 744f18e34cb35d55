"""Where cache breakpoints may stand, and how many.

Source: "Prompt caching" of the Claude documentation, read on 2026-11-21. Whether a marker inside
of a tool result is honoured is not said; it is refused here, for the documentation asks to mark
the result itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from ..content import Json, blocks, part, system_blocks
from ..request import Request

MOST_BREAKPOINTS = 4

_LIFETIMES = ("5m", "1h")


def breakpoints_are_allowed(request: Request) -> str | None:
    """Well-formed markers, at blocks that carry one, long lifetimes before short ones."""
    lifetimes: list[str] = []
    for place, block, inner in _marked(request):
        marker = cast("Json", block["cache_control"])
        problem = _malformed(marker)
        if problem:
            return f"{place}.cache_control{problem}"
        if inner:
            return f"{place}.cache_control: mark the `tool_result` block instead"
        if block.get("type") == "thinking":
            return f"{place}.cache_control: cannot be set for `thinking` blocks"
        lifetimes.append(marker.get("ttl") or "5m")
    automatic = request.body.get("cache_control")
    if automatic is not None:
        problem = _automatic(request, part(request.body, "cache_control"), len(lifetimes))
        if problem:
            return problem
        lifetimes.append(automatic.get("ttl") or "5m")
    if sorted(lifetimes, key=_LIFETIMES[::-1].index) != lifetimes:
        return "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block"
    return None


def breakpoints_are_few(request: Request) -> str | None:
    """Four, automatic caching included."""
    count = sum(1 for _ in _marked(request)) + (request.body.get("cache_control") is not None)
    if count > MOST_BREAKPOINTS:
        return (
            f"A maximum of {MOST_BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {count}."
        )
    return None


def _automatic(request: Request, marker: Json, explicit: int) -> str | None:
    problem = _malformed(marker)
    if problem:
        return f"cache_control{problem}"
    if request.platform == "bedrock":
        return "cache_control: Extra inputs are not permitted"
    last = blocks(request.messages[-1])
    at_end = part(last[-1], "cache_control") if last else {}
    if explicit and at_end and at_end.get("ttl", "5m") != marker.get("ttl", "5m"):
        return "cache_control: the last block has a `cache_control` with another ttl"
    return None


def _malformed(marker: Json) -> str | None:
    if marker.get("type") != "ephemeral":
        return ".type: Input should be 'ephemeral'"
    if marker.get("ttl") not in {None, *_LIFETIMES}:
        return ".ttl: Input should be '5m' or '1h'"
    if extra := set(marker) - {"type", "ttl"}:
        return f".{min(extra)}: Extra inputs are not permitted"
    return None


def _marked(request: Request) -> Iterator[tuple[str, Json, bool]]:
    """Each block with a marker: its path, the block, and whether it is inside of a result."""
    for place, block, inner in _all(request):
        if block.get("cache_control") is not None:
            yield place, block, inner


def _all(request: Request) -> Iterator[tuple[str, dict[str, Any], bool]]:
    for index, tool in enumerate(request.tools):
        yield f"tools.{index}", tool, False
    for index, block in enumerate(system_blocks(request.body)):
        yield f"system.{index}", block, False
    for index, message in enumerate(request.messages):
        for place, block in enumerate(blocks(message)):
            where = f"messages.{index}.content.{place}"
            yield where, block, False
            if block["type"] == "tool_result":
                for inner, each in enumerate(blocks(block)):
                    yield f"{where}.tool_result.content.{inner}", each, True
