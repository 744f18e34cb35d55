"""Calling the computer tool as the SDK's loop does, without a model."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from anthropic.tools import ToolError
from anthropic.types.beta import BetaToolUseBlock
from PIL import Image

from trueclick.agent import ComputerToolset
from trueclick.agent.older_tool import OlderTool


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
        return _answer(result.get("content", []), error=bool(result.get("is_error")))


class OlderCaller:
    """The same over an older version of the tool, each call a message of its own."""

    def __init__(self, tool: OlderTool) -> None:
        self.tool = tool

    def __call__(self, action: str, **values: Any) -> Answer:
        self.tool.next_turn()
        return self.used({"action": action, **values})

    def used(self, given: object) -> Answer:
        """What comes of an input, whatever it is, as a part of the message before."""
        try:
            return _answer(self.tool.call(given), error=False)
        except ToolError as error:
            return _answer(error.content, error=True)


def _answer(content: Any, *, error: bool) -> Answer:
    blocks: list[Any] = [{"type": "text", "text": content}] if isinstance(content, str) else content
    images = [b["source"]["data"] for b in blocks if b["type"] == "image"]
    return Answer(
        error=error,
        text=" ".join(b["text"] for b in blocks if b["type"] == "text"),
        png=b64decode(images[0]) if images else None,
    )
