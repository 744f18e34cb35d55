"""When a conversation has become too long, and what is then left of it.

Three things end a conversation that only grows: the model's context window, the limits of a request
(images, and their bytes), and its price. Pictures are most of all three, so old ones are left out
first; what remains too long is summarized.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from trueclick.geometry.requests import MANY_IMAGES, MANY_IMAGES_MAX_EDGE

from .history import AT_MOST, KEPT, Block, History, Message
from .settings import Settings

Need: TypeAlias = Literal["nothing", "prune", "clear", "compact"]

THREAD_TOKENS = 150_000
"""A thread's conversation is summarized at this length: the API leaves nothing out of it."""

_WINDOW = 0.8
"""How much of the context window is used: what is estimated may be more, and an answer follows."""

_BYTES = 0.85
_FULL = 0.97
"""How much of a request may be pictures if need be; words and markup take the rest."""

_MARGIN = 3
"""Pictures that one more turn may bring."""

_LINES = 150
"""Actions that a retelling names."""

_LONGEST_LINE = 160


@dataclass(frozen=True, slots=True)
class Room:
    """What a conversation may grow to.

    Attributes:
        images: that a request may hold.
        bytes: of all pictures together, in base64.
        tokens: that the model may see.
    """

    images: int
    bytes: int
    tokens: int


def room_for(settings: Settings, long_edge: int) -> Room:
    """What a conversation may grow to.

    Args:
        settings: the model's.
        long_edge: the longer side of a screenshot, in pixels.
    """
    tokens = int(settings.spec.context_window * _WINDOW) - settings.max_tokens
    if settings.clearing == "none":
        tokens = min(tokens, THREAD_TOKENS)
    large = long_edge > MANY_IMAGES_MAX_EDGE
    return Room(
        images=MANY_IMAGES if large else settings.spec.max_images,
        bytes=int(settings.platform.request_bytes * _BYTES),
        tokens=tokens,
    )


def need(history: History, settings: Settings, room: Room, tokens: int) -> Need:
    """What has to be done before the next request.

    Args:
        history: the conversation.
        settings: the model's.
        room: what it may grow to.
        tokens: that the model would see, as they are estimated.
    """
    pictures = history.pictures
    in_sight = history.in_sight
    heavy = _bytes(pictures) > room.bytes
    if settings.clearing == "client":
        if in_sight > min(AT_MOST, room.images) or (heavy and in_sight > KEPT):
            return "prune"
        return "compact" if heavy or tokens > room.tokens else "nothing"
    # Where nothing is taken out of the messages, it is too late once a limit is reached: the
    # request for a summary holds them all.
    if heavy or tokens > room.tokens or len(pictures) > room.images - _MARGIN:
        return "compact"
    return "clear" if settings.clearing == "server" and in_sight > AT_MOST else "nothing"


def can_be_summarized(history: History, room: Room, tokens: int) -> bool:
    """Whether the API takes the whole conversation once more."""
    pictures = history.pictures
    return (
        len(pictures) <= room.images
        and _bytes(pictures) <= room.bytes / _BYTES * _FULL
        and tokens <= room.tokens / _WINDOW
    )


def _bytes(pictures: Sequence[Block]) -> int:
    """What pictures take up in a request."""
    return sum(len(picture["source"]["data"]) for picture in pictures)


def after_summary(summary: Message, task: str, history: History) -> list[Message]:
    """The conversation that goes on from the API's summary."""
    return [summary, _restated(task, "A summary stands for what came before.", history)]


def retold(task: str, history: History) -> list[Message]:
    """The conversation that goes on from our own account of it: what the model said and did.

    It holds no thinking, so nothing in it is bound to what was left out.
    """
    lines = [line for message in history.messages for line in _account(message)][-_LINES:]
    told = "\n".join(["What you have said and done so far, the latest last:", *lines])
    return [_restated(task, told, history)]


def _restated(task: str, told: str, history: History) -> Message:
    """The task once more, what became of the rest, and the last picture."""
    text = f"{task}\n\n(You are in the midst of this task. {told})"
    content: list[Block] = [{"type": "text", "text": text}]
    pictures = history.pictures
    if pictures:
        content += [{"type": "text", "text": "The last picture of the screen:"}, pictures[-1]]
    return {"role": "user", "content": content}


def _account(message: Message) -> list[str]:
    if message["role"] != "assistant":
        return []
    lines: list[str] = []
    for block in message["content"]:
        if block["type"] == "text":
            lines += [f"- said: {line}" for line in block["text"].splitlines() if line.strip()]
        elif block["type"] == "tool_use":
            lines.append(f"- {block['name']} {json.dumps(block['input'])}")
    return [line[:_LONGEST_LINE] for line in lines]
