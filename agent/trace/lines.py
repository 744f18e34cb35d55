"""From an event to the JSON of its line. `records` is the way back, and says what a line may hold.

Apart from it because writing needs no pydantic.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

from trueclick.capture import EncodedImage
from trueclick.geometry import Box, Point, Size, UsageError

from ..events import (
    Acted,
    Added,
    Answered,
    Calling,
    Decided,
    Ended,
    Event,
    Faulted,
    Glimpsed,
    Instructed,
    Retried,
    RunResult,
    Said,
    Shortened,
    Started,
    Thought,
)
from ..outcome import Outcome, Seen
from ..usage import Usage
from .layout import SUFFIXES
from .pictures import Source, with_sources

Store: TypeAlias = Callable[[bytes, str], str]
"""Keeps a picture, given the end of its file's name, and gives that name."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class LineMaker:
    """Makes the lines of events, in order.

    A picture is told of twice, when it is taken and when it is sent: its base64 is known again, so
    that it need not be decoded.

    Args:
        store: keeps the pictures.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._taken: list[tuple[EncodedImage, str]] = []

    def line(self, event: Event, seconds: float) -> bytes:
        """An event's line, its end included.

        Args:
            event: what is told.
            seconds: since the run began.

        Raises:
            UsageError: if what it holds is no JSON.
            OSError: if a picture cannot be stored.
        """
        kind, fields = self._fields(event)
        return line_of({"event": kind, "t": round(seconds, 3), **fields})

    def _fields(self, event: Event) -> tuple[str, dict[str, Any]]:  # noqa: C901 - a case an event
        match event:
            case Started():
                return "started", _started(event)
            case Answered():
                return "answered", {
                    "turn": event.turn,
                    "stop_reason": event.stop_reason,
                    "usage": _usage(event.usage),
                    "usd": _usd(event.usd),
                    "seconds": event.seconds,
                    "request_id": event.request_id,
                }
            case Said(turn, text):
                return "said", {"turn": turn, "text": text}
            case Thought(turn, text):
                return "thought", {"turn": turn, "text": text}
            case Decided():
                return "decided", {
                    "id": event.id,
                    "member": event.member,
                    "values": event.values,
                    "approved": event.approved,
                    "by": event.by,
                    "seconds": event.seconds,
                }
            case Calling(call, member, values):
                return "calling", {"id": call, "member": member, "values": values}
            case Glimpsed(call, picture, still, hidden):
                return "glimpsed", {
                    "id": call,
                    "picture": self._picture(picture),
                    "still": still,
                    "hidden": [_numbers(box) for box in hidden],
                }
            case Acted():
                return "acted", {
                    "id": event.id,
                    "member": event.member,
                    "values": event.values,
                    "outcome": self._outcome(event.outcome),
                    "seconds": event.seconds,
                    "error": event.error,
                }
            case Added(message):
                stored = self._message(message)
                self._taken.clear()
                return "added", {"message": stored}
            case Shortened(how, images, messages):
                stored_messages = [self._message(message) for message in messages]
                return "shortened", {"how": how, "images": images, "messages": stored_messages}
            case Retried():
                return "retried", {
                    "reason": event.reason,
                    "attempt": event.attempt,
                    "wait_s": event.wait_s,
                    "usage": _usage(event.usage),
                }
            case Faulted(source, text, usage):
                return "faulted", {"source": source, "text": text, "usage": _usage(usage)}
            case Instructed(text, question):
                return "instructed", {"text": text, "question": question}
            case Ended(result):
                return "ended", {"result": _result(result)}

    def _outcome(self, outcome: Outcome) -> dict[str, Any]:
        picture = outcome.picture
        return {
            "landed": _numbers(outcome.landed),
            "start": _numbers(outcome.start),
            "pointer": _numbers(outcome.pointer),
            "picture": None if picture is None else self._picture(picture),
            "seen": None if outcome.seen is None else _seen(outcome.seen),
            "settle_s": outcome.settle_s,
        }

    def _picture(self, picture: EncodedImage) -> dict[str, Any]:
        name = self._store(picture.data, SUFFIXES[picture.media_type])
        self._taken.append((picture, name))
        return {
            "image": name,
            "format": picture.format,
            "size": _numbers(picture.size),
            "quality": picture.quality,
            "reduced": picture.reduced,
        }

    def _message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        return with_sources(message, self._source)

    def _source(self, source: Source) -> Source:
        """A source that names the picture's file; the same where it cannot be restored exactly."""
        data, suffix = source.get("data"), SUFFIXES.get(str(source.get("media_type")))
        if not isinstance(data, str):
            raise UsageError("the data of a picture in a message must be a text in base64")
        if suffix is None:
            return source
        for picture, name in self._taken:
            if len(data) == picture.base64_bytes and data == picture.base64:
                return {**source, "data": {"image": name}}
        try:
            decoded = binascii.a2b_base64(data, strict_mode=True)
        except ValueError:
            return source
        if base64.b64encode(decoded).decode("ascii") != data:
            return source
        return {**source, "data": {"image": self._store(decoded, suffix)}}


def line_of(value: Mapping[str, Any]) -> bytes:
    """A JSON object as a line in ASCII, its end included.

    Half of a character, which no request could hold either, is replaced.

    Raises:
        UsageError: if it is no JSON.
    """
    dumped = partial(json.dumps, separators=(",", ":"))
    try:
        line = dumped(value)
        if _SURROGATE.search(line):  # pairs are whole characters
            halves = dumped(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
            line = dumped(json.loads(halves.decode("utf-16-le", "replace")))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError("an event holds what is no JSON, and cannot be traced") from error
    return line.encode("ascii") + b"\n"


def _started(event: Started) -> dict[str, Any]:
    return {
        "task": event.task,
        "model": event.model,
        "platform": event.platform,
        "history": event.history,
        "display": event.display,
        "screen": _numbers(event.screen),
        "screenshot": _numbers(event.screenshot),
        "system": event.system,
        "tools": list(event.tools),
        "resumed": event.resumed,
        "setup": event.setup,
        "captured": _numbers(event.captured),
        "same_screen": event.same_screen,
    }


def _usage(usage: Usage) -> dict[str, int]:
    return {
        "uncached": usage.uncached,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "output": usage.output,
    }


def _usd(usd: Decimal | None) -> str | None:
    return None if usd is None else str(usd)


def _seen(seen: Seen) -> dict[str, Any]:
    changes = seen.changes
    return {
        "changes": None
        if changes is None
        else {
            "near": [_numbers(box) for box in changes.near],
            "elsewhere": [_numbers(box) for box in changes.elsewhere],
            "restless": [_numbers(box) for box in changes.restless],
            "target": _numbers(changes.target),
        },
        "still": seen.still,
        "reduced": seen.reduced,
        "hidden": [_numbers(box) for box in seen.hidden],
        "windows": None if seen.windows is None else [_numbers(box) for box in seen.windows],
    }


def _result(result: RunResult) -> dict[str, Any]:
    """Without the folder: whoever reads the trace knows where it is by then."""
    return {
        "status": result.status,
        "text": result.text,
        "turns": result.turns,
        "actions": result.actions,
        "usage": _usage(result.usage),
        "usd": _usd(result.usd),
        "seconds": result.seconds,
    }


def _numbers(shape: Box[Any] | Point[Any] | Size[Any] | None) -> list[int] | None:
    match shape:
        case None:
            return None
        case Box():
            return [shape.x0, shape.y0, shape.x1, shape.y1]
        case Point():
            return [shape.x, shape.y]
        case Size():
            return [shape.width, shape.height]
