"""The local model: answers `POST /v1/messages` in process, without a network.

It is a transport for the HTTP client of the official SDK. It refuses what the API refuses (see
`rules.py`), reads the newest screenshot with OCR, and follows the sentences of `steps.py`. It
follows these and understands no others.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib.util
import io
import json
import threading
import uuid
from typing import TYPE_CHECKING

import anthropic
import httpx2
from PIL import Image as PillowImage
from typing_extensions import override

from trueclick.geometry import (
    Model,
    Size,
    UnknownModelError,
    find_model,
    fit,
    visual_tokens,
)

from ..testing.api import respond
from .acts import Picture
from .conversation import Conversation, Json, blocks, call_id, read_conversation
from .errors import MissingExtraError, StepError
from .pixels import Pixels, decode
from .planner import Turn, next_turn
from .prefix import prefixes
from .reader import ScreenReader
from .rules import FAMILY, Request, content_problem, find_pictures
from .shape import Problem, shape_problem
from .steps import parse_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

BASE_URL = "http://local.invalid"
"""Nothing is sent there: `.invalid` never resolves."""

TOOLSET_TOKENS = 4500
"""What declaring the computer toolset costs on the API."""

# About four letters a token in English.
_LETTERS_PER_TOKEN = 4


def local_client() -> anthropic.Anthropic:
    """An SDK client that talks to the local model; the environment has no say in it.

    Raises:
        MissingExtraError: if the OCR packages are not installed.
    """
    return anthropic.Anthropic(
        api_key="local",
        base_url=BASE_URL,
        http_client=httpx2.Client(transport=LocalModel(), trust_env=False),
        max_retries=0,
    )


class LocalModel(httpx2.BaseTransport):
    """The transport. Requests are answered one at a time; what it remembers only saves time.

    Raises:
        MissingExtraError: if the OCR packages are not installed.
    """

    def __init__(self) -> None:
        if not all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime", "cv2")):
            raise MissingExtraError('OCR needs the extra "local": pip install "trueclick[local]"')
        self._reader = ScreenReader()
        self._measured: dict[str, tuple[Size[Model], str] | None] = {}
        self._lock = threading.Lock()

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        with self._lock:
            try:
                answer = self._answer(request)
            except MissingExtraError as error:
                answer = Problem(500, "api_error", str(error))
            except Exception as error:  # noqa: BLE001 - a server answers, whatever happens in it
                answer = Problem(500, "api_error", f"Internal error: {type(error).__name__}")
        if not isinstance(answer, Problem):
            return respond(answer, request, stream=answer.pop("stream"))
        request_id = f"req_local_{uuid.uuid4().hex[:24]}"
        body = {
            "type": "error",
            "error": {"type": answer.kind, "message": answer.message},
            "request_id": request_id,
        }
        return httpx2.Response(
            answer.status, headers={"request-id": request_id}, json=body, request=request
        )

    def _answer(self, request: httpx2.Request) -> Json | Problem:
        if request.method != "POST" or request.url.path != "/v1/messages":
            return Problem(404, "not_found_error", "Not found")
        data = request.read()
        try:
            body = json.loads(data)
        except ValueError:
            return Problem(400, "invalid_request_error", "The request body is not valid JSON")
        problem = shape_problem(body, len(data), _api_key(request))
        if problem:
            return problem
        try:
            spec = find_model(body["model"])
        except UnknownModelError:
            return Problem(404, "not_found_error", f"model: {body['model']}")
        betas = frozenset(
            name.strip() for name in request.headers.get("anthropic-beta", "").split(",")
        )
        checked = Request(body, betas, spec, find_pictures(body, self._measure))
        problem = content_problem(checked)
        if problem:
            return problem
        conversation = read_conversation(body)
        message = _message(checked, conversation, self._turn(conversation))
        return {**message, "stream": bool(body.get("stream"))}

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

    def _measure(self, data: str) -> tuple[Size[Model], str] | None:
        """The size and the media type of an image; a long history is measured once."""
        key = hashlib.sha256(data.encode()).hexdigest()
        if key not in self._measured:
            self._measured[key] = _measured(data)
        return self._measured[key]


def _api_key(request: httpx2.Request) -> str:
    """The key, in either of the two headers that the API takes."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer")
    return (request.headers.get("x-api-key", "") or bearer).strip()


def _measured(data: str) -> tuple[Size[Model], str] | None:
    try:
        raw = base64.b64decode(data, validate=True)
        with PillowImage.open(io.BytesIO(raw)) as image:
            image.load()
            return Size(*image.size), PillowImage.MIME.get(image.format or "", "unknown")
    except (binascii.Error, OSError, SyntaxError, ValueError, PillowImage.DecompressionBombError):
        return None


def _decoded(data: str) -> Pixels:
    return decode(base64.b64decode(data))


def _refusal(text: str) -> Turn:
    return Turn(text, stop="refusal")


def _message(request: Request, conversation: Conversation, turn: Turn) -> Json:
    content: list[Json] = []
    if request.spec.binds_thinking:
        signature = prefixes(request.body)[-1]
        content.append({"type": "thinking", "thinking": "", "signature": signature})
    content.append({"type": "text", "text": turn.text})
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
    return {
        "id": f"msg_local_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": request.body["model"],
        "content": content,
        "stop_reason": turn.stop,
        "stop_sequence": None,
        "usage": {
            "input_tokens": _input_tokens(request, has_toolset=conversation.has_toolset),
            "output_tokens": _text_tokens(content),
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        },
    }


def _input_tokens(request: Request, *, has_toolset: bool) -> int:
    """An estimate of what the API would count: exact for images, a rule of thumb for text."""
    limits = request.spec.limits
    images = sum(
        visual_tokens(fit(picture.size, limits)) for picture in request.pictures if picture.size
    )
    system = blocks({"content": request.body.get("system") or []})
    text = sum(_text_tokens(blocks(message)) for message in request.body["messages"])
    return images + text + _text_tokens(system) + TOOLSET_TOKENS * has_toolset


def _text_tokens(content: Sequence[Json]) -> int:
    letters = sum(_letters(block) for block in content)
    return -(-letters // _LETTERS_PER_TOKEN)


def _letters(block: Json) -> int:
    match block["type"]:
        case "text":
            return len(block["text"])
        case "tool_use":
            return len(block["name"]) + len(json.dumps(block["input"]))
        case "tool_result":
            return sum(_letters(part) for part in blocks(block))
        case _:
            return 0
