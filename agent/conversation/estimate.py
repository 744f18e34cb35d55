"""About how many tokens a message is, before the API has counted it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from .history import Block, Message

TOOLS = 5_000
"""What declaring the computer toolset (4,500) and our own tool costs."""

CHARACTERS = 3
"""In a token, on the cautious side: English has four, other scripts fewer."""


def tokens_of(messages: Sequence[Message], image: int) -> int:
    """About how many tokens messages are.

    Args:
        messages: with their pictures.
        image: visual tokens of a picture.
    """
    return sum(_tokens(block, image) for message in messages for block in message["content"])


def tokens_of_text(text: str) -> int:
    """About how many tokens a text is; UTF-8 is longer where tokens are shorter."""
    return -(-len(text.encode(errors="replace")) // CHARACTERS)


def _tokens(block: Block, image: int) -> int:
    match block["type"]:
        case "image":
            return image
        case "tool_result":
            return 10 + sum(_tokens(part, image) for part in block.get("content") or ())
        case "text":
            return tokens_of_text(block["text"])
        case _:
            return tokens_of_text(json.dumps(block, ensure_ascii=False))
