"""The pictures in messages, where they may stand: in a message, or in the result of a call.

Nowhere else: what looks like a picture in the input of a call is the model's, and no picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

Source: TypeAlias = Mapping[str, Any]
"""Where a picture comes from: its `type`, and for `base64` its `media_type` and `data`."""


def with_sources(message: Mapping[str, Any], change: Callable[[Source], Source]) -> dict[str, Any]:
    """A message whose pictures in base64 have other sources; all else is the same."""
    return {**message, "content": _changed(message.get("content"), change, inside=True)}


def _changed(content: object, change: Callable[[Source], Source], *, inside: bool) -> object:
    """The content of a message, or of a result, which holds no results."""
    if not isinstance(content, Sequence) or isinstance(content, str):
        return content
    return [_block(block, change, inside=inside) for block in cast("Sequence[object]", content)]


def _block(block: object, change: Callable[[Source], Source], *, inside: bool) -> object:
    if not isinstance(block, Mapping):
        return block
    fields = cast("Mapping[str, object]", block)
    match fields:
        case {"type": "image", "source": {"type": "base64"} as source}:
            return {**fields, "source": change(cast("Source", source))}
        case {"type": "tool_result", "content": content} if inside:
            return {**fields, "content": _changed(content, change, inside=False)}
        case _:
            return fields
