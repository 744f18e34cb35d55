"""From a message or a refusal to the HTTP response, whole or broken off."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import httpx2
from typing_extensions import override

from .content import Json
from .faults import ERROR_TYPES, HttpError, StreamFault
from .problem import Problem
from .stream import encoded, events


def message_response(
    message: Mapping[str, Any],
    request: httpx2.Request,
    *,
    stream: bool,
    fault: StreamFault | None = None,
) -> httpx2.Response:
    """A message, as a stream of events if that was asked for.

    Args:
        message: the answer.
        request: what it answers.
        stream: whether that asked for events.
        fault: how the stream breaks off.
    """
    headers = {"request-id": _request_id()}
    if not stream:
        return httpx2.Response(200, headers=headers, json=_whole(message), request=request)
    headers["content-type"] = "text/event-stream; charset=utf-8"
    pieces = [encoded(event) for event in events(message)]
    body = _Stream(pieces, fault, request)
    return httpx2.Response(200, headers=headers, stream=body, request=request)


def lines_response(
    pieces: Sequence[bytes], request: httpx2.Request, *, fault: StreamFault | None = None
) -> httpx2.Response:
    """Lines of JSON; of a fault's events each is one of them.

    Args:
        pieces: the lines.
        request: what they answer.
        fault: how they break off.
    """
    headers = {"request-id": _request_id(), "content-type": "application/x-jsonl"}
    body = _Stream(pieces, fault, request)
    return httpx2.Response(200, headers=headers, stream=body, request=request)


def problem_response(problem: Problem, request: httpx2.Request) -> httpx2.Response:
    """A refusal."""
    request_id = _request_id()
    return httpx2.Response(
        problem.status,
        headers={"request-id": request_id},
        json=problem.body(request_id),
        request=request,
    )


def error_response(error: HttpError, request: httpx2.Request) -> httpx2.Response:
    """An injected error; what a proxy says is no JSON."""
    if error.status not in ERROR_TYPES:
        text = f"<html><body>{error.message}</body></html>"
        headers = {**error.headers, "content-type": "text/html"}
        return httpx2.Response(error.status, headers=headers, text=text, request=request)
    problem = Problem(error.message, error.status, ERROR_TYPES[error.status])
    response = problem_response(problem, request)
    response.headers.update(error.headers)
    return response


def breaks(fault: StreamFault, message: Mapping[str, Any]) -> bool:
    """Whether anything of a message is missing when its stream breaks off."""
    pieces = [encoded(event) for event in events(message)]
    if fault.after_bytes is not None:
        return fault.after_bytes < sum(map(len, pieces))
    return fault.after_events < len(pieces)


def _whole(message: Mapping[str, Any]) -> Json:
    """The message with objects alone for the inputs of its calls: no other fit in its JSON."""
    content: list[Json] = [
        {**block, "input": {}} if isinstance(block.get("input"), str) else block
        for block in cast("list[Json]", message["content"])
    ]
    return {**message, "content": content}


class _Stream(httpx2.SyncByteStream):
    def __init__(
        self, pieces: Sequence[bytes], fault: StreamFault | None, request: httpx2.Request
    ) -> None:
        self._pieces = pieces
        self._fault = fault
        self._request = request

    @override
    def __iter__(self) -> Iterator[bytes]:
        fault = self._fault
        if fault is None:
            yield from self._pieces
            return
        yield from _first(self._pieces, fault)
        if fault.how == "error":
            error = {"type": "overloaded_error", "message": "Overloaded"}
            yield encoded({"type": "error", "error": error})
        elif fault.how != "end":
            raise fault.error(self._request)


def _first(pieces: Sequence[bytes], fault: StreamFault) -> Iterator[bytes]:
    if fault.after_bytes is None:
        yield from pieces[: fault.after_events]
        return
    left = fault.after_bytes
    for piece in pieces:
        if left <= 0:
            return
        yield piece[:left]
        left -= len(piece)


def _request_id() -> str:
    return f"req_{uuid.uuid4().hex[:24]}"
