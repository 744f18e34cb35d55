"""When a conversation has become too long, and what is then left of it.

Three things end a conversation that only grows: the model's context window, the limits of a request
(images, and their bytes), and its price. Pictures are most of all three, so old ones are left out
first; what remains too long is summarized.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from trueclick.geometry.requests import MANY_IMAGES, MANY_IMAGES_MAX_EDGE

from .history import AT_MOST, KEPT, Block, History
from .settings import Settings

Need: TypeAlias = Literal["nothing", "prune", "clear", "compact"]

THREAD_TOKENS = 100_000
"""A thread's conversation is summarized at this length: the API leaves nothing out of it."""

_OF_A_PRICE = 0.9
"""How much of a prompt's length is used above which every token costs more."""

_WINDOW = 0.8
"""How much of the context window is used: what is estimated may be more, and an answer follows."""

_BYTES = 0.85
_FULL = 0.97
"""How much of a request may be pictures if need be; words and markup take the rest."""

_MARGIN = 3
"""Pictures that one more turn may bring."""


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
        price = settings.spec.price
        cheap = int(price.up_to * _OF_A_PRICE) if price and price.up_to else tokens
        tokens = min(tokens, cheap, THREAD_TOKENS)
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
        tokens: of all messages, what the API leaves out included: it has to read them once more
            for a summary.
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
