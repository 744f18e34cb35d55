"""A tool of our own, with which the model gives a task back that it cannot end by itself.

Words alone would leave open whether a task was done, cannot be done, or waits for an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from anthropic.types.beta import BetaToolUseBlock

Reason: TypeAlias = Literal["needs_user", "impossible"]

HAND_BACK: dict[str, Any] = {
    "name": "hand_back",
    "description": (
        "Give the task back to the user without having done it. Call it alone, once nothing else "
        "can be done. Use needs_user if something is missing that only the user can give, such as "
        "a decision, a password or a code sent to their phone; the user may answer, and you go on. "
        "Use impossible if the task cannot be done at all. Do not call it for a task that is done: "
        "answer in words then."
    ),
    "input_schema": {
        "type": "object",
        "properties": {
            "reason": {"type": "string", "enum": list(get_args(Reason))},
            "message": {
                "type": "string",
                "description": "For the user: the question, or what kept you from it.",
            },
        },
        "required": ["reason", "message"],
        "additionalProperties": False,
    },
}


@dataclass(frozen=True, slots=True)
class HandedBack:
    """A task that the model gave back.

    Attributes:
        reason: why.
        message: its words for the user.
    """

    reason: Reason
    message: str


def handed_back(call: BetaToolUseBlock) -> HandedBack:
    """What a call of the tool says; one that says nothing clear needs the user."""
    given: Mapping[str, object] = call.input if isinstance(call.input, Mapping) else {}  # pyright: ignore[reportUnnecessaryIsInstance]
    impossible = given.get("reason") == "impossible"
    message = given.get("message")
    return HandedBack(
        "impossible" if impossible else "needs_user",
        message if isinstance(message, str) and message.strip() else "no reason given",
    )
