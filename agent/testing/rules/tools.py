"""Which tools a model takes, how they are declared, and which may be forced.

Source: "Computer use tool" and "Errors" of the Claude documentation, read on 2026-11-21. Whether
a tool may be forced while a model thinks that was asked to is not said for each; where it is not
said, it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from trueclick.geometry.requests import PLATFORMS

from ..content import Json, part
from ..request import Request

BETAS: Mapping[str, str] = {
    "computer_20251124": "computer-use-2025-11-24",
    "computer_20250124": "computer-use-2025-01-24",
}
"""The older tools, and the beta header that each needs."""

TOOLSET = "computer_toolset_20260801"

MEMBERS = {
    *("screenshot", "zoom", "left_click", "right_click", "middle_click", "double_click"),
    *("triple_click", "left_click_drag", "left_mouse_down", "left_mouse_up", "mouse_move"),
    *("cursor_position", "scroll", "type", "key", "hold_key", "wait"),
}
"""Of the computer toolset."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_OLDER_FIELDS = {"type", "name", "display_width_px", "display_height_px", "display_number"}
_SERVED = ("bash_", "text_editor_", "memory_", "web_search_", "web_fetch_", "code_execution_")
"""How the types of other tools of the API begin."""


def computer_tool_is_taken(request: Request) -> str | None:
    """Each model takes its computer tool; the newer ones refuse the older tools."""
    for index, tool in enumerate(request.tools):
        kind = str(tool.get("type", ""))
        if not kind.startswith("computer_"):
            continue
        if kind not in _taken(request):
            return f"tools.{index}: '{request.spec.id}' does not support tool type: {kind}"
        beta = BETAS.get(kind)
        if beta and beta not in request.betas:
            return f"tools.{index}: tool type {kind} needs the header anthropic-beta: {beta}"
    return None


def tools_are_declared(request: Request) -> str | None:
    """Each tool with the fields of its kind, and a name of its own."""
    names: set[str] = set()
    for index, tool in enumerate(request.tools):
        where = f"tools.{index}"
        problem = _declared(where, tool)
        if problem:
            return problem
        name = "computer" if tool.get("type") == TOOLSET else str(tool.get("name"))
        if name in names:
            return "tools: Tool names must be unique."
        names.add(name)
    return None


def tool_choice_is_free(request: Request) -> str | None:
    """Many models refuse to be forced to use a tool."""
    choice = part(request.body, "tool_choice")
    kind = choice.get("type")
    if not choice:
        return None
    if kind not in {"auto", "any", "tool", "none"}:
        return "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'"
    if not request.tools and kind != "none":
        return "tool_choice: may only be specified while providing tools"
    if kind not in {"any", "tool"}:
        return None
    if not request.spec.forces_tools:
        return 'tool_choice: type "tool" and "any" are not supported for this model.'
    if part(request.body, "thinking") and request.thinks and not request.spec.thinks_unasked:
        return "tool_choice: Thinking may not be enabled when tool_choice forces tool use."
    if kind == "tool" and choice.get("name") not in {tool.get("name") for tool in request.tools}:
        return f"tool_choice.name: Tool '{choice.get('name')}' not found in provided tools"
    return None


def _taken(request: Request) -> tuple[str, ...]:
    if PLATFORMS[request.platform].toolset:
        return request.spec.computer_tools
    older = tuple(kind for kind in request.spec.computer_tools if kind != TOOLSET)
    return older or ("computer_20251124",)


def _declared(where: str, tool: Json) -> str | None:
    kind = str(tool.get("type") or "custom")
    if kind == TOOLSET:
        return _toolset(where, tool)
    if kind.startswith("computer_"):
        return _older_tool(where, tool)
    if kind == "custom":
        return _custom(where, tool)
    if kind.startswith(_SERVED):
        return None
    return f"{where}: Input tag '{kind}' found using 'type' does not match any expected tag"


def _toolset(where: str, tool: Json) -> str | None:
    if extra := set(tool) - {"type", "configs", "cache_control"}:
        return f"{where}.{min(extra)}: Extra inputs are not permitted"
    for name, config in part(tool, "configs").items():
        if name not in MEMBERS:
            return f"{where}.configs.{name}: Extra inputs are not permitted"
        enabled: Any = cast("Json", config).get("enabled") if isinstance(config, dict) else None
        if not isinstance(enabled, bool):
            return f"{where}.configs.{name}.enabled: Input should be a valid boolean"
    return None


def _older_tool(where: str, tool: Json) -> str | None:
    fields = _OLDER_FIELDS | {"cache_control"}
    if tool["type"] == "computer_20251124":
        fields |= {"enable_zoom"}
    if extra := set(tool) - fields:
        return f"{where}.{min(extra)}: Extra inputs are not permitted"
    if tool.get("name") != "computer":
        return f"{where}.name: Input should be 'computer'"
    for name in ("display_width_px", "display_height_px"):
        value = tool.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            return f"{where}.{name}: Input should be a valid integer above 0"
    return None


def _custom(where: str, tool: Json) -> str | None:
    if not isinstance(tool.get("name"), str) or not _NAME.fullmatch(tool["name"]):
        return f"{where}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
    schema = tool.get("input_schema")
    if not isinstance(schema, dict) or cast("Json", schema).get("type") != "object":
        return f"{where}.custom.input_schema.type: Input should be 'object'"
    return None
