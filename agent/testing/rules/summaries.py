"""Compaction on demand: what a request for a summary may hold, and where a summary stands.

Source: "Compaction on demand" of the Claude documentation, read on 2026-11-21. Together with a
summary in `messages` no edit but `clear_tool_uses` is known to the strict model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trueclick.geometry.requests import PLATFORMS

from ..content import blocks, part
from ..problem import Problem
from ..signatures import read_note
from .features import COMPACT_BETA

if TYPE_CHECKING:
    from ..request import Request

_LONGEST_INSTRUCTIONS = 16_384


def compaction_is_taken(request: Request) -> str | None:
    """Not every model and platform summarizes, and not together with everything."""
    if not request.compacts:
        return None
    if not (request.spec.compacts and PLATFORMS[request.platform].compacts):
        return f"compaction: not supported for '{request.spec.id}' on {request.platform}"
    compaction = part(request.body, "compaction")
    if compaction.get("type") != "summarize":
        return "compaction.type: Input should be 'summarize'"
    if extra := set(compaction) - {"type", "instructions"}:
        return f"compaction.{min(extra)}: Extra inputs are not permitted"
    instructions = compaction.get("instructions") or ""
    if not isinstance(instructions, str) or len(instructions) > _LONGEST_INSTRUCTIONS:
        return f"compaction.instructions: at most {_LONGEST_INSTRUCTIONS} characters are permitted"
    config = part(request.body, "output_config")
    clashes = {
        "context_management": request.body.get("context_management") is not None,
        "stop_sequences": bool(request.body.get("stop_sequences")),
        "output_config.format": config.get("format") is not None,
        "output_format": request.body.get("output_format") is not None,
        "tool_choice": part(request.body, "tool_choice").get("type") in {"any", "tool"},
        "output_config.task_budget.remaining": "remaining" in part(config, "task_budget"),
    }
    for name, present in clashes.items():
        if present:
            return f"{name}: cannot be combined with `compaction`"
    return None


def nothing_is_left_open(request: Request) -> Problem | None:
    """A summary is made of whole turns: each call answered, and something to summarize."""
    if not request.compacts:
        return None
    last = blocks(request.messages[-1])
    is_call = request.messages[-1]["role"] == "assistant"
    if is_call and any(block["type"] == "tool_use" for block in last):
        return _coded("the last turn holds calls without results", "incomplete_turn")
    if len(request.messages) == 1 and [block["type"] for block in last] == ["compaction"]:
        return _coded("there is nothing after the last summary", "nothing_to_summarize")
    return None


def summary_stands_first(request: Request) -> str | Problem | None:
    """One summary, at the very start, as the API made it, with its beta header."""
    found = [
        (index, place, block)
        for index, message in enumerate(request.messages)
        for place, block in enumerate(blocks(message))
        if block["type"] == "compaction" and block.get("content") is not None
    ]
    if not found:
        return None
    if COMPACT_BETA not in request.betas:
        return f"messages.0.content.0: a compaction block needs the beta {COMPACT_BETA}"
    if len(found) > 1:
        return _coded("there is more than one compaction block", "block_ambiguous")
    index, place, block = found[0]
    where = f"messages.{index}.content.{place}.compaction"
    if (index, place) != (0, 0):
        return _coded(f"{where}: must be the first block of the first message", "block_misplaced")
    if set(block) - {"type", "content", "signature", "cache_control"}:
        return f"{where}: Extra inputs are not permitted: send the block back as it came"
    if not block["content"]:
        return f"{where}.content: String should have at least 1 character"
    if read_note(block.get("signature"), block["content"]) is None:
        return _coded(f"{where}.signature: does not belong to the content", "signature_invalid")
    return None


def _coded(message: str, code: str) -> Problem:
    return Problem(message, details={"error_code": f"compaction_{code}"})
