"""Calling the toolset as the SDK's loop does, without a model."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from anthropic.types.beta import BetaToolUseBlock
from PIL import Image

from trueclick.agent import ComputerToolset


@dataclass(frozen=True)
class Answer:
    """A tool result."""

    error: bool
    text: str
    png: bytes | None

    @property
    def picture(self) -> Image.Image:
        assert self.png is not None
        return Image.open(BytesIO(self.png))


class Caller:
    """`call("left_click", coordinate=[5, 5])` -> `Answer`."""

    def __init__(self, toolset: ComputerToolset) -> None:
        self.toolset = toolset

    def __call__(self, member: str, **values: Any) -> Answer:
        use = BetaToolUseBlock.construct(
            type="tool_use",
            id="toolu_1",
            toolset_name="computer",
            name=member,
            input=values,
        )
        result: Any = self.toolset.tool_result(use)
        content = result.get("content", [])
        blocks: list[Any] = (
            [{"type": "text", "text": content}] if isinstance(content, str) else content
        )
        images = [b["source"]["data"] for b in blocks if b["type"] == "image"]
        return Answer(
            error=bool(result.get("is_error")),
            text=" ".join(b["text"] for b in blocks if b["type"] == "text"),
            png=b64decode(images[0]) if images else None,
        )
