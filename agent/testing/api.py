"""The API itself: a transport for the SDK's client that answers in process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

import anthropic
import httpx2
from typing_extensions import override

from trueclick.capture import Clock
from trueclick.geometry.requests import PlatformName

from ..usage import Usage
from .addresses import counts_tokens
from .answers import Admitted, message_of, output_tokens, summary_of
from .batched import Judging
from .batches import Batch, Batches
from .content import Json
from .faults import Expiry, Fault, HttpError, NetworkError, StreamFault, overloaded
from .files import Files
from .ledger import Entry
from .problem import Problem
from .request import Request
from .resources import Resource, Resources, described, lines, resource_of
from .respond import breaks, error_response, lines_response, message_response, problem_response
from .server import Server, betas_of
from .threads import RECOVERABLE
from .turns import Turn

Answer: TypeAlias = Turn | HttpError | NetworkError | Expiry | tuple[int, str]
"""What a script gives for a request; a pair is an error's status and words.

For one that is part of a batch an error is its result, and so is `Expiry`, which is for these."""

Script: TypeAlias = Sequence[Answer] | Callable[[Request], Answer]

Faults: TypeAlias = Mapping[int, Fault] | Callable[[int], Fault | None]
"""What is to go wrong, by the number of the request, counted from 1."""

BASE_URL = "http://strict.invalid"
"""Nothing is sent there: `.invalid` never resolves."""


class StrictApi(httpx2.BaseTransport):
    """Answers as scripted, refuses what the API refuses, and keeps a ledger of it.

    Requests are answered one at a time. A request for a summary is answered without the script.
    A turn of a sequence that did not reach the client whole is given again.

    Batches and files are answered for as well: `faults` count all requests over HTTP, while the
    script is asked for each part of a batch, once that is over.

    Args:
        script: the turns in their order, or what gives one for a request.
        faults: what is to go wrong.
        platform: where the model is called; a client of the SDK's for it can be given this
            transport as `http_client=httpx2.Client(transport=api)`.
        clock: by which threads and cache entries expire, and on which a turn takes its time.
        summary: the text of a summary, or what gives one for a request.
        batch_seconds: how long a batch takes, or what gives it for the number of its requests.

    Attributes:
        files: what was uploaded.
    """

    def __init__(
        self,
        script: Script,
        *,
        faults: Faults | None = None,
        platform: PlatformName = "anthropic",
        clock: Clock | None = None,
        summary: str | Callable[[Request], str] = "What was asked, what was done, what is left.",
        batch_seconds: float | Callable[[int], float] = 0.0,
    ) -> None:
        self._script = script
        self._next = 0
        self._faults: Faults = {} if faults is None else faults
        self._server = Server(platform=platform, clock=clock)
        self._summary = summary
        self._ledger: list[Entry] = []
        self._headers: list[str | None] = []
        self._lock = threading.RLock()
        self._judging = Judging(self._server, self._answer_part)
        self._batches = Batches(self._judging, self._server.clock, seconds=batch_seconds)
        self._resources = Resources(self._batches, self._server.files)
        self.files: Files = self._server.files

    def client(self) -> anthropic.Anthropic:
        """A client of the SDK's that talks to this API alone, and never retries by itself."""
        return anthropic.Anthropic(
            api_key="none",
            base_url=BASE_URL,
            http_client=httpx2.Client(transport=self, trust_env=False),
            max_retries=0,
        )

    @property
    def ledger(self) -> tuple[Entry, ...]:
        """Every request that came, and what became of it."""
        return tuple(self._ledger)

    @property
    def requests(self) -> list[Json]:
        """The bodies of all requests, as they travelled."""
        return [entry.body for entry in self._ledger]

    @property
    def betas(self) -> list[str | None]:
        """The beta header of each request, or `None`."""
        return list(self._headers)

    @property
    def batches(self) -> tuple[Batch, ...]:
        """Every batch that was created, the oldest first."""
        with self._lock:
            return self._batches.all

    @property
    def batched(self) -> tuple[Entry, ...]:
        """Every request of a batch that came to the model, in that order."""
        return tuple(self._judging.ledger)

    @property
    def refusals(self) -> tuple[Problem, ...]:
        """All that a rule said."""
        return tuple(entry.refusal for entry in self._all() if entry.refusal)

    @property
    def violations(self) -> tuple[str, ...]:
        """What a rule refused that a client should not have sent, by the request's number.

        Injected faults are none, nor is a thread that is over or used up, nor to ask for what is
        gone: a client cannot know. A request for which the script has no turn is one.
        """
        return tuple(
            f"request {entry.custom_id or entry.number}: {entry.refusal.message}"
            for entry in self._all()
            if entry.refusal and entry.refusal.code not in RECOVERABLE and not entry.refusal.excused
        )

    @property
    def usage(self) -> Usage:
        """All tokens that were counted."""
        return sum((entry.usage for entry in self._all()), Usage())

    @property
    def usd(self) -> Decimal | None:
        """What they cost at list price, or `None` if that is unknown."""
        return _sum([entry.usd for entry in self._all()])

    @property
    def usd_without_cache(self) -> Decimal | None:
        """What they would have cost without a prompt cache, or `None` if that is unknown."""
        return _sum([entry.usd_without_cache for entry in self._all()])

    def _all(self) -> tuple[Entry, ...]:
        return (*self._ledger, *self._judging.ledger)

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        with self._lock:
            return self._handle(request)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        number = len(self._ledger) + 1
        betas = betas_of(request)
        self._headers.append(request.headers.get("anthropic-beta"))
        resource = resource_of(request)
        if resource is not None:
            return self._about(resource, request, number)
        sent = self._server.parse(request)
        admitted = sent if isinstance(sent, Problem) else self._server.admit(sent, betas, number)
        entry = _entry(number, sent, betas, len(request.read()), admitted)
        fault = self._faults(number) if callable(self._faults) else self._faults.get(number)
        if isinstance(fault, HttpError | NetworkError) and not fault.answered:
            return self._failed(replace(entry, fault=fault), fault, request)
        if isinstance(admitted, Problem):
            return self._refused(entry, admitted, request)
        if counts_tokens(request):
            self._ledger.append(entry)
            return httpx2.Response(200, json=self._server.count(admitted), request=request)
        given = self._answer(admitted.request)
        if isinstance(given, Problem):
            return self._refused(entry, given, request)
        if isinstance(given, HttpError | NetworkError):
            return self._failed(replace(entry, fault=given), given, request)
        if isinstance(given, Expiry):
            problem = Problem("the script lets a request expire that is in no batch")
            return self._refused(entry, problem, request)
        return self._answered(entry, admitted, given, fault, request)

    def _about(self, resource: Resource, request: httpx2.Request, number: int) -> httpx2.Response:
        """Answer a request about batches or files."""
        entry = Entry(number, {}, betas_of(request), len(request.read()))
        fault = self._faults(number) if callable(self._faults) else self._faults.get(number)
        if isinstance(fault, HttpError | NetworkError) and not fault.answered:
            return self._failed(replace(entry, fault=fault), fault, request)
        found = self._resources.answer(resource, request)
        entry = replace(entry, body=described(request, resource, found))
        if isinstance(found, Problem):
            return self._refused(entry, found, request)
        entry = replace(entry, fault=fault)
        if isinstance(fault, HttpError | NetworkError):
            return self._failed(entry, fault, request)
        self._ledger.append(entry)
        if isinstance(found, dict):
            return httpx2.Response(200, json=found, request=request)
        return lines_response(lines(found), request, fault=fault)

    def _answered(
        self,
        entry: Entry,
        admitted: Admitted,
        given: Turn | str,
        fault: Fault | None,
        request: httpx2.Request,
    ) -> httpx2.Response:
        if isinstance(given, str):
            message, seconds = summary_of(admitted, given), 0.0
        else:
            message, seconds = message_of(admitted, given), given.seconds
        stream = bool(entry.body.get("stream"))
        patience_s = _patience_s(request)
        if seconds > patience_s:
            fault = NetworkError("read_timeout", answered=True)
        if isinstance(fault, StreamFault) and stream and not breaks(fault, message):
            fault = None
        self._server.remember(admitted, message, delivered=fault is None)
        self._next += fault is None and isinstance(given, Turn)
        tokens = output_tokens(message)
        entry = replace(
            entry, answer=message, cache=admitted.use, output_tokens=tokens, fault=fault
        )
        self._server.clock.sleep(min(seconds, patience_s))
        if isinstance(fault, HttpError | NetworkError):
            return self._failed(entry, fault, request)
        self._ledger.append(entry)
        if fault is not None and not stream:
            if fault.how == "error":
                return error_response(overloaded(), request)
            raise fault.error(request)
        return message_response(message, request, stream=stream, fault=fault)

    def _answer_part(self, request: Request) -> Turn | HttpError | Expiry | Problem:
        """What the script gives for a part of a batch."""
        given = self._answer(request)
        if isinstance(given, Turn):
            self._next += 1
        if isinstance(given, str | NetworkError):
            return Problem("the script gives no result of a request in a batch")
        return given

    def _answer(self, request: Request) -> Turn | str | HttpError | NetworkError | Expiry | Problem:
        """What the script gives for a request; a text is a summary."""
        try:
            if request.compacts:
                return self._summary(request) if callable(self._summary) else self._summary
            if callable(self._script):
                given = self._script(request)
            elif self._next < len(self._script):
                given = self._script[self._next]
            else:
                return Problem(f"the script has no turn for request {request.number}")
        except Exception as error:  # noqa: BLE001 - the SDK would call it a network error
            return Problem(f"the script failed: {type(error).__name__}: {error}")
        if isinstance(given, Turn):
            return given
        self._next += 1
        return HttpError(*given) if isinstance(given, tuple) else given

    def _refused(self, entry: Entry, problem: Problem, request: httpx2.Request) -> httpx2.Response:
        self._ledger.append(replace(entry, refusal=problem))
        return problem_response(problem, request)

    def _failed(
        self, entry: Entry, fault: HttpError | NetworkError, request: httpx2.Request
    ) -> httpx2.Response:
        self._ledger.append(entry)
        if isinstance(fault, NetworkError):
            raise fault.error(request)
        return error_response(fault, request)


def _sum(costs: Sequence[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(costs) else None


def _entry(
    number: int,
    sent: Json | Problem,
    betas: frozenset[str],
    length: int,
    admitted: Admitted | Problem,
) -> Entry:
    body: Json = {} if isinstance(sent, Problem) else sent
    if isinstance(admitted, Problem):
        return Entry(number, body, betas, length, refusal=admitted)
    request = admitted.request
    return Entry(number, body, betas, length, len(request.pictures), spec=request.spec)


def _patience_s(request: httpx2.Request) -> float:
    """How long the client waits for an answer."""
    patience = request.extensions.get("timeout", {}).get("read")
    return float("inf") if patience is None else float(patience)
