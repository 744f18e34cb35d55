"""What the fields inside of a request's objects hold, so that the rules may take it for granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

from ..content import Json, part

Kinds: TypeAlias = "type | tuple[type, ...]"
Shape: TypeAlias = "Mapping[str, Kinds | Shape]"

_MARKER: Shape = {"type": str, "ttl": str}
_AMOUNT: Shape = {"type": str, "value": int}

_REQUEST: Shape = {
    "thinking": {
        "type": str,
        "display": str,
        "budget_tokens": int,
        "block_binding": {"prefix_mismatch_behavior": str},
    },
    "output_config": {"effort": str, "format": dict, "task_budget": dict},
    "tool_choice": {"type": str, "name": str},
    "compaction": {"type": str, "instructions": str},
    "thread": {"type": str, "previous_message_id": str},
    "cache_control": _MARKER,
    "context_management": {"edits": list},
}
_EDIT: Shape = {
    "type": str,
    "trigger": _AMOUNT,
    "keep": _AMOUNT,
    "clear_at_least": _AMOUNT,
    "exclude_tools": list,
    "clear_tool_inputs": (bool, list),
}
_TOOL: Shape = {"type": str, "name": str, "configs": dict, "cache_control": _MARKER}
_BLOCK: Shape = {
    "cache_control": _MARKER,
    "toolset_name": str,
    "is_error": bool,
    "transformations": {"oversized_image": str},
    "signature": str,
}
_COMPACTION: Shape = {**_BLOCK, "content": str}

NAMES: Mapping[type, str] = {
    str: "string",
    int: "integer",
    list: "list",
    dict: "dictionary",
    bool: "boolean",
    float: "number",
}
"""What the API calls the kinds of values in its errors."""


def nested_problem(body: Json) -> str | None:
    """What is wrong inside of a request whose own fields are of their kinds."""
    problem = shape_problem("", body, _REQUEST)
    if problem:
        return problem
    for index, tool in enumerate(body.get("tools") or []):
        problem = shape_problem(f"tools.{index}.", tool, _TOOL)
        if problem:
            return problem
    for index, edit in enumerate(part(body, "context_management").get("edits") or []):
        where = f"context_management.edits.{index}."
        problem = _edit(where, edit)
        if problem:
            return problem
    return None


def block_problem(place: str, block: Json) -> str | None:
    """What is wrong inside of a block whose required fields are there."""
    shape = _COMPACTION if block["type"] == "compaction" else _BLOCK
    return shape_problem(f"{place}.{block['type']}.", block, shape)


def shape_problem(where: str, value: Mapping[str, Any], shape: Shape) -> str | None:
    """The first field that holds something else than it should; what is null is left out."""
    return next(_misshapen(where, value, shape), None)


def _edit(where: str, edit: object) -> str | None:
    if not isinstance(edit, dict):
        return f"{where[:-1]}: Input should be a valid dictionary"
    given = cast("Json", edit)
    problem = shape_problem(where, given, _EDIT)
    if problem:
        return problem
    if given.get("type") is None:
        return f"{where}type: Field required"
    for name in ("exclude_tools", "clear_tool_inputs"):
        listed: object = given.get(name)
        items = cast("list[object]", listed) if isinstance(listed, list) else []
        if not all(isinstance(item, str) for item in items):
            return f"{where}{name}: Input should be a list of strings"
    return None


def _misshapen(where: str, value: Mapping[str, Any], shape: Shape) -> Iterator[str]:
    for name, kind in shape.items():
        inner: object = value.get(name)
        if inner is None:
            continue
        if isinstance(kind, Mapping):
            if isinstance(inner, dict):
                yield from _misshapen(f"{where}{name}.", cast("Json", inner), kind)
            else:
                yield f"{where}{name}: Input should be a valid dictionary"
            continue
        kinds = kind if isinstance(kind, tuple) else (kind,)
        # For Python, a boolean is a number.
        whole = not isinstance(inner, bool) or bool in kinds
        if not (isinstance(inner, kinds) and whole):
            yield f"{where}{name}: Input should be a valid {NAMES[kinds[0]]}"
