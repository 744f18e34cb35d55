"""What a scripted model answers: its words, its calls, and why it stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

FAMILY = "computer"
"""The name of the computer toolset, which each call of one of its members carries."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer of the model.

    Attributes:
        content: its blocks, as the API writes them; a call without an `id` is given one, and
            thinking without a `signature` is signed. Its `tokens`, if there are any, say how much
            was thought.
        stop_reason: why the model stopped, in the API's words.
        output_tokens: what the answer counts as, or `None` for an estimate by its length.
        seconds: how long it takes, on the clock of the API that gives it.
        fields: further members of the message, such as `stop_details`.
    """

    content: Sequence[Mapping[str, Any]] = ()
    stop_reason: str = "end_turn"
    output_tokens: int | None = None
    seconds: float = 0.0
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def saying(self, text: str) -> Turn:
        """The same turn with words before its calls."""
        return replace(self, content=({"type": "text", "text": text}, *self.content))

    def taking(self, seconds: float) -> Turn:
        """The same turn, so many seconds late."""
        return replace(self, seconds=seconds)


def says(text: str, stop_reason: str = "end_turn") -> Turn:
    """A turn of words alone; without a word it is empty, as some answers of the API are."""
    return Turn(({"type": "text", "text": text},) if text else (), stop_reason)


def calls(*members: tuple[str, Mapping[str, Any]]) -> Turn:
    """A turn that calls members of the computer toolset, as one batch."""
    content = tuple(
        {"type": "tool_use", "name": member, "toolset_name": FAMILY, "input": dict(values)}
        for member, values in members
    )
    return Turn(content, "tool_use")


def uses(*inputs: object, name: str = FAMILY) -> Turn:
    """A turn that uses a tool without a toolset, by its name: an older computer tool if not given.

    Args:
        *inputs: of each call, in their order.
        name: the tool's.
    """
    content = tuple({"type": "tool_use", "name": name, "input": given} for given in inputs)
    return Turn(content, "tool_use")
