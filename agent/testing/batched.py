"""What becomes of one request of a batch: the same rules, the same script, half the price."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from .answers import message_of, output_tokens
from .batches import Batch
from .content import Json
from .faults import ERROR_TYPES, Expiry, HttpError
from .ledger import Entry
from .problem import Problem
from .request import Request
from .server import Server
from .turns import Turn

Script: TypeAlias = Callable[[Request], Turn | HttpError | Expiry | Problem]
"""What is to become of a request that no rule objects to."""


class Judging:
    """Judges the requests of batches, and keeps a ledger of them.

    Args:
        server: the state of the API.
        script: asked for each request.

    Attributes:
        ledger: every request that came to the model.
    """

    def __init__(self, server: Server, script: Script) -> None:
        self._server = server
        self._script = script
        self.ledger: list[Entry] = []

    def __call__(self, batch: Batch, custom_id: str, params: Json) -> Json:
        """The result of a request."""
        number = len(self.ledger) + 1
        entry = Entry(number, params, batch.betas, 0, batch=batch.id, custom_id=custom_id)
        result, entry = self._judged(entry, params)
        if result["type"] != "expired":
            self.ledger.append(entry)
        return result

    def _judged(self, entry: Entry, params: Json) -> tuple[Json, Entry]:
        if params.get("stream"):
            return _refused(entry, Problem("stream: streaming is not supported in a batch"))
        if params.get("thread") is not None:
            return _refused(entry, Problem("thread: a request in a batch has none"))
        sent = self._server.formed(params)
        if isinstance(sent, Problem):
            return _refused(entry, sent)
        admitted = self._server.admit(sent, entry.betas, entry.number)
        if isinstance(admitted, Problem):
            return _refused(entry, admitted)
        request = admitted.request
        entry = replace(entry, spec=request.spec, images=len(request.pictures))
        given = self._script(request)
        if isinstance(given, Expiry):
            return {"type": "expired"}, entry
        if isinstance(given, HttpError):
            kind = ERROR_TYPES.get(given.status, "api_error")
            problem = Problem(given.message, given.status, kind)
            return _errored(problem), replace(entry, fault=given)
        if isinstance(given, Problem):
            return _refused(entry, given)
        message = message_of(admitted, given)
        message["usage"] = {**message["usage"], "service_tier": "batch"}
        tokens = output_tokens(message)
        entry = replace(entry, answer=message, cache=admitted.use, output_tokens=tokens)
        return {"type": "succeeded", "message": message}, entry


def _refused(entry: Entry, problem: Problem) -> tuple[Json, Entry]:
    return _errored(problem), replace(entry, refusal=problem)


def _errored(problem: Problem) -> dict[str, Any]:
    return {"type": "errored", "error": problem.body(f"req_{uuid.uuid4().hex[:24]}")}
