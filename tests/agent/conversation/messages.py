"""Messages as a run makes them, without a model or a screen."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]

PICTURE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
}


def picture(number: int, length: int = 12) -> dict[str, Any]:
    """A picture that is told apart from others by its number."""
    data = f"{number:0{length}}"
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


def task(text: str = "Do it.") -> Message:
    """The first message of a run."""
    return {"role": "user", "content": [{"type": "text", "text": text}]}


def turn(number: int, pictures: int = 1, calls: int = 1) -> list[Message]:
    """One turn: the model's calls and their results, the pictures in the last of them."""
    uses = [
        {
            "type": "tool_use",
            "id": f"toolu_{number}_{index}",
            "name": "left_click",
            "toolset_name": "computer",
            "input": {"coordinate": [number, index]},
        }
        for index in range(calls)
    ]
    results: list[dict[str, Any]] = [
        {
            "type": "tool_result",
            "tool_use_id": use["id"],
            "toolset_name": "computer",
            "content": [{"type": "text", "text": "Clicked."}],
        }
        for use in uses
    ]
    results[-1]["content"] += [picture(1000 * number + index) for index in range(pictures)]
    return [{"role": "assistant", "content": uses}, {"role": "user", "content": results}]
