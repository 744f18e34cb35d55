"""A client whose API answers what the test scripted, and keeps what went over the wire."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import anthropic
import httpx2

Turn = dict[str, Any]


def says(text: str, stop_reason: str = "end_turn") -> Turn:
    """A turn of words alone."""
    return {"content": [{"type": "text", "text": text}], "stop_reason": stop_reason}


def calls(*members: tuple[str, dict[str, Any]]) -> Turn:
    """A turn that calls members of the toolset, as one batch."""
    return {
        "content": [
            {
                "type": "tool_use",
                "id": f"toolu_{i}_{member}",
                "name": member,
                "toolset_name": "computer",
                "input": values,
            }
            for i, (member, values) in enumerate(members)
        ],
        "stop_reason": "tool_use",
    }


def uses(*inputs: object) -> Turn:
    """A turn that uses an older version of the computer tool, as one batch."""
    return {
        "content": [
            {"type": "tool_use", "id": f"toolu_{i}", "name": "computer", "input": given}
            for i, given in enumerate(inputs)
        ],
        "stop_reason": "tool_use",
    }


def message(turn: Turn, number: int, model: str) -> dict[str, Any]:
    """The whole answer of the API whose turn this is."""
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "stop_sequence": None,
        "usage": {"input_tokens": 1000, "output_tokens": 10, "cache_read_input_tokens": 500},
        **turn,
    }


class ScriptedApi:
    """Answers request after request with the next scripted turn, or an HTTP error.

    Attributes:
        requests: the bodies of those that came.
        betas: the beta header of each, or `None`.
    """

    def __init__(self, turns: Sequence[Turn | tuple[int, str]]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.betas: list[str | None] = []
        self._turns = list(turns)

    def client(self) -> anthropic.Anthropic:
        """A client of the SDK's that talks to this API alone."""
        transport = httpx2.MockTransport(self._answer)
        return anthropic.Anthropic(
            api_key="none", http_client=httpx2.Client(transport=transport), max_retries=0
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(json.loads(request.content))
        self.betas.append(request.headers.get("anthropic-beta"))
        turn = self._turns.pop(0)
        if isinstance(turn, tuple):
            status, told = turn
            error = {"type": "error", "error": {"type": "api_error", "message": told}}
            return httpx2.Response(status, json=error)
        body = message(turn, len(self.requests), self.requests[-1]["model"])
        return httpx2.Response(200, json=body)
