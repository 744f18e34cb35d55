"""Pictures of a form, a screen made of them, and requests to the local model."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anthropic
import pytest
from anthropic.tools import ToolError
from anthropic.tools.computer import (
    BetaAbstractComputerToolset20260801,
    BetaComputerMemberResult,
    BetaScreenshotResult,
    BetaToolsetCallContext,
)
from anthropic.types.beta import BetaComputerMemberInput, BetaComputerMemberName

PICTURES = Path(__file__).parent / "pictures"


def picture(name: str) -> bytes:
    """The form as a PNG: `empty`, `popup` (a drop-down is open) or `complete`."""
    return (PICTURES / f"{name}.png").read_bytes()


def image_block(data: bytes, media_type: str = "image/png") -> dict[str, Any]:
    source = {
        "type": "base64",
        "media_type": media_type,
        "data": base64.b64encode(data).decode(),
    }
    return {"type": "image", "source": source}


class FakeScreen(BetaAbstractComputerToolset20260801):
    """Shows one picture after another, the last one for ever, and notes what it is told to do."""

    def __init__(self, *pictures: bytes, failing: str = "", **options: Any) -> None:
        super().__init__(confirm=lambda _: True, **options)
        self.waiting = list(pictures)
        self.failing = failing
        self.log: list[tuple[str, dict[str, Any]]] = []

    def execute(
        self,
        context: BetaToolsetCallContext,
        name: BetaComputerMemberName,
        input: BetaComputerMemberInput,  # noqa: A002 - the base class calls it so
    ) -> BetaComputerMemberResult:
        del context
        self.log.append((name, input.to_dict()))
        if name == self.failing:
            raise ToolError("the desktop said no")
        if name != "screenshot":
            return None
        data = self.waiting.pop(0) if len(self.waiting) > 1 else self.waiting[0]
        return BetaScreenshotResult(data=base64.b64encode(data).decode())

    @property
    def actions(self) -> list[str]:
        """The members called, but for looking and waiting."""
        return [name for name, _ in self.log if name not in {"screenshot", "wait"}]

    def point(self, member: str) -> tuple[int, int]:
        """Where the first call of a member went."""
        x, y = next(values["coordinate"] for name, values in self.log if name == member)
        return x, y


class Told:
    """How a run went: its turns, and the last one."""

    def __init__(self, turns: Sequence[Any]) -> None:
        self.turns = turns
        self.stop_reason = turns[-1].stop_reason
        self.text = text_of(turns[-1])


def text_of(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def follow(client: anthropic.Anthropic, task: str, screen: FakeScreen) -> Told:
    """Let the local model carry out a task on a screen, by the SDK's own loop."""
    runner = client.beta.messages.tool_runner(
        model="local",
        max_tokens=1024,
        tools=[screen],
        messages=[{"role": "user", "content": task}],
        thread=False,
    )
    return Told(list(runner))


def refusal_of(client: anthropic.Anthropic, **changes: Any) -> anthropic.APIStatusError:
    """The error that answers a request which is sound but for `changes`."""
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.beta.messages.create(**{**sound_request(), **changes})
    return caught.value


def message_of(error: anthropic.APIStatusError) -> str:
    body: Any = error.body
    return str(body["error"]["message"])


def sound_request(model: str = "local", **changes: Any) -> dict[str, Any]:
    return {
        "model": model,
        "max_tokens": 1024,
        "tools": [{"type": "computer_toolset_20260801"}],
        "messages": [{"role": "user", "content": 'click "Check order"'}],
        **changes,
    }


def conversation(client: anthropic.Anthropic, data: bytes, **changes: Any) -> list[dict[str, Any]]:
    """A task, the local model's first turn, and its answer: the picture `data`."""
    request = sound_request(**changes)
    answer = client.beta.messages.create(**request)
    turn = {"role": "assistant", "content": json.loads(answer.to_json())["content"]}
    (call,) = [block for block in turn["content"] if block["type"] == "tool_use"]
    result = {
        "type": "tool_result",
        "tool_use_id": call["id"],
        "toolset_name": "computer",
        "content": [image_block(data)],
    }
    return [*request["messages"], turn, {"role": "user", "content": [result]}]
