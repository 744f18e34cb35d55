"""How many tokens a request counts as.

Exact for images, and the documented figures for the computer tools; text counts a token for
every four bytes begun, and a few for each block and message. Thinking counts what its turn said
it did, whatever of it is shown. The API's own count differs by some percent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from trueclick.geometry import ModelSpec, fit, visual_tokens

from .binding import thinking_tokens
from .content import Json, blocks, part
from .pixels import Shown

TOOLSET_TOKENS = 4500
"""What declaring the computer toolset costs; source: "Computer use tool"."""

ZOOM_TOKENS = 410
"""How much of that is its member `zoom`."""

OLDER_TOOL_TOKENS = 1200
"""About what an older computer tool costs, with the prompt that comes with it."""

_BYTES = 4
_BLOCK = 3
_MESSAGE = 4


def text_tokens(text: str) -> int:
    """An estimate for a text."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES)


def block_tokens(block: Mapping[str, Any], spec: ModelSpec) -> int:
    """An estimate for a block of a message, of a result, or of the system prompt."""
    match block["type"]:
        case "text":
            return _BLOCK + text_tokens(block["text"])
        case "image":
            return _BLOCK + _image(block, spec)
        case "tool_use":
            given = (
                block["input"] if isinstance(block["input"], str) else json.dumps(block["input"])
            )
            return 2 * _BLOCK + text_tokens(block["name"]) + text_tokens(given)
        case "tool_result":
            return 2 * _BLOCK + sum(block_tokens(inner, spec) for inner in blocks(block))
        case "thinking":
            return _BLOCK + thinking_tokens(block)
        case "compaction":
            return _BLOCK + text_tokens(block.get("content") or "")
        case _:
            return _BLOCK + text_tokens(json.dumps(block))


def tool_tokens(tool: Mapping[str, Any]) -> int:
    """An estimate for the declaration of a tool."""
    kind = str(tool.get("type", ""))
    if kind.startswith("computer_toolset_"):
        zooms = part(part(tool, "configs"), "zoom").get("enabled", True)
        return TOOLSET_TOKENS if zooms else TOOLSET_TOKENS - ZOOM_TOKENS
    if kind.startswith("computer_"):
        return OLDER_TOOL_TOKENS
    return 40 + text_tokens(json.dumps(tool))


def message_tokens(message: Json, spec: ModelSpec) -> int:
    """An estimate for a message."""
    return _MESSAGE + sum(block_tokens(block, spec) for block in blocks(message))


def _image(block: Mapping[str, Any], spec: ModelSpec) -> int:
    source = block["source"]
    shown = source.get("data") or source.get("file_id")
    if isinstance(shown, Shown) and shown.measured:
        return visual_tokens(fit(shown.measured.size, spec.limits))
    return spec.limits.max_tokens
