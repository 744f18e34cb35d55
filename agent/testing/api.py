"""The API itself: a transport for the SDK's client that answers in process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import anthropic
import httpx2
from typing_extensions import override

from .stream import Json, encoded, events
from .turns import Turn

Script: TypeAlias = Sequence[Turn | tuple[int, str]] | Callable[[Mapping[str, Any]], Turn]

BASE_URL = "http://strict.invalid"
"""Nothing is sent there: `.invalid` never resolves."""


class StrictApi(httpx2.BaseTransport):
    """Answers requests as scripted.

    Args:
        script: the turns in their order, or what gives one for a request's body. A status and
            words in place of a turn are an error.

    Attributes:
        requests: the bodies of those that came.
        betas: the beta header of each, or `None`.
    """

    def __init__(self, script: Script) -> None:
        self.requests: list[Json] = []
        self.betas: list[str | None] = []
        self._script: Any = script if callable(script) else iter(script)

    def client(self) -> anthropic.Anthropic:
        """A client of the SDK's that talks to this API alone, and never retries by itself."""
        return anthropic.Anthropic(
            api_key="none",
            base_url=BASE_URL,
            http_client=httpx2.Client(transport=self, trust_env=False),
            max_retries=0,
        )

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.read())
        self.requests.append(body)
        self.betas.append(request.headers.get("anthropic-beta"))
        number = len(self.requests)
        turn = self._script(body) if callable(self._script) else next(self._script, None)
        if turn is None:
            turn = (400, f"the script has no turn for request {number}")
        if isinstance(turn, tuple):
            status, told = turn
            error = {"type": "error", "error": {"type": "api_error", "message": told}}
            return httpx2.Response(status, json=error, request=request)
        return respond(_message(turn, number, body["model"]), request, stream=body.get("stream"))


def respond(message: Json, request: httpx2.Request, *, stream: bool | None) -> httpx2.Response:
    """A message as the response to a request: a stream of events if that was asked for."""
    headers = {"request-id": f"req_{message['id']}"}
    if not stream:
        return httpx2.Response(200, headers=headers, json=message, request=request)
    headers["content-type"] = "text/event-stream; charset=utf-8"
    return httpx2.Response(200, headers=headers, stream=_Stream(message), request=request)


class _Stream(httpx2.SyncByteStream):
    def __init__(self, message: Json) -> None:
        self._message = message

    @override
    def __iter__(self) -> Iterator[bytes]:
        return map(encoded, events(self._message))


def _message(turn: Turn, number: int, model: str) -> Json:
    """The whole answer whose turn this is."""
    content = [
        {"id": f"toolu_{number}_{index}", **block} if block["type"] == "tool_use" else dict(block)
        for index, block in enumerate(turn.content)
    ]
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": turn.stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 1000,
            "output_tokens": 10 if turn.output_tokens is None else turn.output_tokens,
            "cache_read_input_tokens": 500,
            "cache_creation_input_tokens": 0,
        },
        **turn.fields,
    }
