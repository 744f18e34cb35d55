"""The local model: answers `POST /v1/messages` in process, without a network.

It is a transport for the HTTP client of the official SDK. It refuses what the API refuses (see
`trueclick.agent.testing`), reads the newest screenshot with OCR, and follows the sentences of
`steps.py`. It follows these and understands no others. A request for a verdict or for places is
answered by reading, as `judging.py` says.
"""

from __future__ import annotations

import base64
import importlib.util
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import httpx2
from typing_extensions import override

from ..testing.addresses import counts_tokens
from ..testing.answers import Admitted, message_of
from ..testing.content import Json
from ..testing.problem import Problem
from ..testing.respond import message_response, problem_response
from ..testing.server import Server, betas_of
from ..testing.turns import FAMILY
from ..testing.turns import Turn as Answer
from .acts import Picture
from .conversation import Conversation, call_id, read_conversation
from .errors import MissingExtraError, StepError
from .judging import asks_for_json, judged
from .pixels import Pixels, decode
from .planner import Turn, next_turn
from .reader import ScreenReader
from .steps import parse_steps

BASE_URL = "http://local.invalid"
"""Nothing is sent there: `.invalid` never resolves."""


def local_client(
    threads: int | None = None, *, reader: ScreenReader | None = None
) -> anthropic.Anthropic:
    """An SDK client that talks to the local model; the environment has no say in it.

    Args:
        threads: how many read a screen; see `LocalModel`.
        reader: what reads it, in place of one of its own.

    Raises:
        MissingExtraError: if the OCR packages are not installed.
    """
    return anthropic.Anthropic(
        api_key="local",
        base_url=BASE_URL,
        http_client=httpx2.Client(transport=LocalModel(threads, reader=reader), trust_env=False),
        max_retries=0,
    )


class LocalModel(httpx2.BaseTransport):
    """The transport. Requests are answered one at a time.

    What it remembers only saves time, but for message threads: those it keeps like the API.

    Args:
        threads: how many read a screen; by default one for each core, and at most 4.
        reader: what reads it, in place of one of its own; nobody else may use it during a request.

    Raises:
        MissingExtraError: if the OCR packages are not installed.
    """

    def __init__(self, threads: int | None = None, *, reader: ScreenReader | None = None) -> None:
        if not all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime", "cv2")):
            raise MissingExtraError('OCR needs the extra "local": pip install "trueclick[local]"')
        self._server = Server()
        self._reader = reader or ScreenReader(threads)
        self._number = 0
        self._lock = threading.Lock()
        # Python waits at its end for a pool, and for no thread of whoever asks: one that is still
        # in the OCR's compiled code then would end the process by an abort.
        self._thinking = ThreadPoolExecutor(1, "local model")

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        with self._lock:
            try:
                return self._handle(request)
            except MissingExtraError as error:
                problem = Problem(str(error), 500, "api_error")
            except Exception as error:  # noqa: BLE001 - a server answers, whatever happens in it
                told = f"Internal error: {type(error).__name__}"
                problem = Problem(told, 500, "api_error")
        return problem_response(problem, request)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self._number += 1
        sent = self._server.parse(request)
        if isinstance(sent, Problem):
            return problem_response(sent, request)
        admitted = self._server.admit(sent, betas_of(request), self._number)
        if isinstance(admitted, Problem):
            return problem_response(admitted, request)
        if counts_tokens(request):
            return httpx2.Response(200, json=self._server.count(admitted), request=request)
        message = self._message(admitted)
        if isinstance(message, Problem):
            return problem_response(message, request)
        self._server.remember(admitted, message, delivered=True)
        return message_response(message, request, stream=bool(sent.get("stream")))

    def _message(self, admitted: Admitted) -> Json | Problem:
        if admitted.request.compacts:
            return Problem("compaction: the local model does not summarize")
        body = admitted.request.body
        if asks_for_json(body):
            turn = self._thinking.submit(judged, body, self._reader.read).result()
            return message_of(admitted, Answer([{"type": "text", "text": turn.text}], turn.stop))
        conversation = read_conversation(body)
        turn = self._thinking.submit(self._turn, conversation).result()
        return message_of(admitted, _answer(turn, conversation))

    def _turn(self, conversation: Conversation) -> Turn:
        if not conversation.has_toolset:
            return _refusal("I follow steps on a screen, and this request offers no computer tool.")
        try:
            steps = parse_steps(conversation.task)
        except StepError as error:
            return _refusal(f"{error}.")
        if conversation.error is not None:
            place = conversation.bookmark.step
            step = f" (step {place + 1}: {steps[place].sentence})" if place < len(steps) else ""
            return _refusal(f"An action failed: {conversation.error}{step}")
        images = conversation.images

        def earlier(turns: int) -> Pixels | None:
            return _decoded(images[-1 - turns]) if turns < len(images) else None

        # Loads the models during the first turn, which has nothing to read.
        self._reader.prepare()
        now = None
        if images:
            pixels = _decoded(images[-1])
            now = Picture(pixels, self._reader.read(pixels))
        turn = next_turn(steps, conversation.bookmark, now, earlier)
        off = [call.member for call in turn.calls if call.member in conversation.disabled]
        return _refusal(f"This needs {off[0]}, which the request turned off.") if off else turn


def _decoded(data: str) -> Pixels:
    return decode(base64.b64decode(data))


def _refusal(text: str) -> Turn:
    return Turn(text, stop="refusal")


def _answer(turn: Turn, conversation: Conversation) -> Answer:
    content: list[Mapping[str, Any]] = [{"type": "text", "text": turn.text}]
    content.extend(
        {
            "type": "tool_use",
            "id": call_id(conversation.turn, index, turn.bookmark),
            "name": call.member,
            "input": call.input,
            "toolset_name": FAMILY,
        }
        for index, call in enumerate(turn.calls)
    )
    return Answer(content, turn.stop)
