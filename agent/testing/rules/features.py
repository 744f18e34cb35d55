"""Beta features: the header that each needs, and what they ask for.

Sources: the list of betas in `anthropic` 2.11.0; "Context editing" of the Claude documentation,
read on 2026-11-21. Of its edits the strict model knows `clear_tool_uses_20250919` alone and
refuses the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from anthropic.types import AnthropicBetaParam

from ..clearing import CLEAR_TOOL_USES
from ..content import Json, part

if TYPE_CHECKING:
    from ..request import Request

CONTEXT_BETA = "context-management-2025-06-27"
COMPACT_BETA = "compact-2026-09-04"
THREADS_BETA = "message-threads-2026-08-12"

_NEEDS = {
    "context_management": CONTEXT_BETA,
    "compaction": COMPACT_BETA,
    "thread": THREADS_BETA,
}
_KNOWN = frozenset(
    name
    for each in get_args(AnthropicBetaParam)
    if get_origin(each) is Literal
    for name in get_args(each)
)
_EDIT_FIELDS: dict[str, dict[str, set[str]]] = {
    "trigger": {"type": {"input_tokens", "tool_uses"}},
    "keep": {"type": {"tool_uses"}},
    "clear_at_least": {"type": {"input_tokens"}},
}
_PLAIN_FIELDS = {"type", "exclude_tools", "clear_tool_inputs"}


def betas_are_known(request: Request) -> str | None:
    """A beta that does not exist is refused."""
    unknown = request.betas - _KNOWN
    if unknown:
        return f"Unexpected value(s) `{min(unknown)}` for the `anthropic-beta` header."
    return None


def features_have_their_beta(request: Request) -> str | None:
    """A field of a beta does not exist without its header."""
    for field, beta in _NEEDS.items():
        if request.body.get(field) is not None and beta not in request.betas:
            return f"{field}: Extra inputs are not permitted"
    return None


def edits_are_well_formed(request: Request) -> str | None:
    """What the API is asked to leave out."""
    for index, edit in enumerate(part(request.body, "context_management").get("edits") or []):
        problem = _edit_problem(edit)
        if problem:
            return f"context_management.edits.{index}{problem}"
    return None


def _edit_problem(edit: Json) -> str | None:
    if edit["type"] != CLEAR_TOOL_USES:
        return f": '{edit['type']}' is not an edit that the strict model of the API knows"
    for name, value in edit.items():
        if name in _EDIT_FIELDS:
            problem = _amount(name, value)
            if problem:
                return f".{name}{problem}"
        elif name not in _PLAIN_FIELDS:
            return f".{name}: Extra inputs are not permitted"
    return None


def _amount(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        return ": Input should be a valid dictionary"
    given: Json = part({"it": value}, "it")
    if given.get("type") not in _EDIT_FIELDS[name]["type"]:
        return ".type: Input tag does not match any of the expected tags"
    number = given.get("value")
    least = 0 if name == "keep" else 1
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        return f".value: Input should be greater than or equal to {least}"
    return None
