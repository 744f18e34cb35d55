"""What the API does with a request, whoever answers it: admits, prices and remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import httpx2

from trueclick.capture import Clock, SystemClock
from trueclick.geometry import UnknownModelError, find_model
from trueclick.geometry.requests import PLATFORMS, PlatformName

from .addresses import counts_tokens, is_known, with_model
from .answers import Admitted
from .binding import check_thinking, without_dropped
from .cache import PromptCache, pieces_of
from .clearing import cleared
from .content import Json, blocks, fingerprint, with_places
from .files import Files
from .pixels import Images
from .problem import Problem
from .request import Request, find_pictures
from .rules import form_problem, problem_of
from .threads import Threads


class Server:
    """The state of the API: threads, the prompt cache, files, and nothing else that matters.

    Args:
        platform: where the model is called.
        clock: by which threads, cache entries and files expire.

    Attributes:
        platform: where the model is called.
        clock: the clock.
        files: what was uploaded.
    """

    def __init__(self, *, platform: PlatformName = "anthropic", clock: Clock | None = None) -> None:
        self.platform: PlatformName = platform
        self.clock: Clock = clock or SystemClock()
        self._threads = Threads()
        self._cache = PromptCache()
        self._images = Images()
        self.files = Files(self.clock)
        self._paused: set[str] = set()

    def parse(self, request: httpx2.Request) -> Json | Problem:
        """The body of a request, if it came to the right place and has the form of one."""
        if not is_known(request):
            return Problem("Not found", 404, "not_found_error")
        if not key_of(request):
            return Problem("an API key is required", 401, "authentication_error")
        data = request.read()
        if len(data) > PLATFORMS[self.platform].request_bytes:
            return Problem("Request exceeds the maximum size", 413, "request_too_large")
        given = parsed(data)
        if isinstance(given, Problem):
            return given
        if isinstance(given, dict):
            given = with_model(request, cast("Json", given))
            given = {"max_tokens": 1, **given} if counts_tokens(request) else given
        return self.formed(given, data)

    def formed(self, given: object, data: bytes = b"") -> Json | Problem:
        """A parsed body, if it has the form of a request for a message.

        Args:
            given: what was parsed; its images are replaced by those that are kept.
            data: what it was parsed from.
        """
        problem = form_problem(data, given)
        if problem:
            return problem
        body = cast("Json", given)
        return self._keep_images(body["messages"]) or body

    def admit(self, sent: Json, betas: frozenset[str], number: int) -> Admitted | Problem:
        """What the model sees of a parsed request, or why it is refused."""
        now = self.clock.now()
        try:
            spec = find_model(sent["model"])
        except UnknownModelError:
            return Problem(f"model: {sent['model']}", 404, "not_found_error")
        body = self._threads.conversation(sent, betas, spec, self.platform, now)
        if isinstance(body, Problem):
            return body
        pictures = tuple(find_pictures(body["messages"]))
        resumes = self._ends_paused(body["messages"])
        request = Request(number, sent, body, betas, spec, self.platform, pictures, resumes)
        problem = problem_of(request)
        if problem:
            return problem
        checked = check_thinking(body, spec.id, binds=spec.binds_thinking)
        if isinstance(checked, Problem):
            return checked
        messages = without_dropped(request.messages, checked)
        pieces = pieces_of(body, messages, spec)
        original = pieces[-1].tokens if pieces else 0
        edited = cleared(body, messages, original, spec)
        if edited.applied:
            pieces = pieces_of(body, edited.messages, spec)
        use = self._cache.look_up(pieces, spec.cacheable_tokens, now)
        if use.total > spec.context_window:
            return Problem(
                f"prompt is too long: {use.total} tokens > {spec.context_window} maximum"
            )
        return Admitted(request, checked, edited.applied, original, use, now)

    def count(self, admitted: Admitted) -> Json:
        """The answer to a request for a count of tokens."""
        found: Json = {"input_tokens": admitted.use.total}
        if admitted.applied is not None:
            found["context_management"] = {"original_input_tokens": admitted.original_tokens}
        return found

    def remember(self, admitted: Admitted, message: Mapping[str, Any], *, delivered: bool) -> None:
        """Keep what an answered request leaves behind.

        Args:
            admitted: the request.
            message: the answer.
            delivered: whether the client got all of it; a thread goes on from no other.
        """
        request = admitted.request
        self._cache.keep(admitted.use, admitted.started)
        self._threads.take(request.sent)
        if delivered:
            kept = dict(message)
            self._threads.keep(request.body, request.betas, kept, admitted.started)
            if message["stop_reason"] == "pause_turn":
                self._paused.add(fingerprint("", message["content"]))

    def _ends_paused(self, messages: list[Json]) -> bool:
        if not messages or messages[-1]["role"] != "assistant":
            return False
        return fingerprint("", blocks(messages[-1])) in self._paused

    def _keep_images(self, messages: list[Json]) -> Problem | None:
        largest = PLATFORMS[self.platform].image_bytes
        for message in messages:
            for _, block in with_places("", message):
                if block["type"] != "image":
                    continue
                source = block["source"]
                if source["type"] == "base64":
                    source["data"] = self._images.kept(source["data"], largest)
                elif source["type"] == "file":
                    found = self.files.shown(source["file_id"])
                    if isinstance(found, Problem):
                        return found
                    source["file_id"] = found
        return None


def parsed(data: bytes) -> object | Problem:
    """What a body says, if it is JSON."""
    try:
        given: object = json.loads(data)
    except (ValueError, RecursionError):
        return Problem("The request body is not valid JSON")
    return given


def betas_of(request: httpx2.Request) -> frozenset[str]:
    """What the beta header names."""
    given = request.headers.get("anthropic-beta", "")
    return frozenset(name.strip() for name in given.split(",") if name.strip())


def key_of(request: httpx2.Request) -> str:
    """The key, in either of the two headers that the API takes."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer")
    return (request.headers.get("x-api-key", "") or bearer).strip()
