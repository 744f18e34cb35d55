"""Events as JSON objects, one a line: the keys are a promise to programs.

Each object has `event`, the name of its kind in lower case, and the fields of the class of that
name in `trueclick.agent.events`, with these differences: a point is `[x, y]`, a size `[width,
height]`, a box `[x0, y0, x1, y1]`; a sum of money is a number; `input` are a call's values;
`usage` has `input`, `uncached`, `cache_read`, `cache_write` and `output`; `acted` has `landed`,
`pointer`, `seen` and `picture` in place of `outcome`; and `ended` the fields of the result.

A picture is left out: in its place are its media type, its size in bytes and its SHA-256. What
else the API gave us in a message stays as it came.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias, assert_never

from trueclick.capture import EncodedImage
from trueclick.geometry import Point, Size

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
from ..usage import Usage

JsonObject: TypeAlias = dict[str, Any]


def as_json(event: Event) -> JsonObject:  # noqa: C901 - a case for each kind of event
    """An event as one JSON object; pictures are left out."""
    match event:
        case Started():
            box, size = event.screen, event.screenshot
            return {
                "event": "started",
                "task": event.task,
                "model": event.model,
                "platform": event.platform,
                "history": event.history,
                "display": event.display,
                "screen": [box.x0, box.y0, box.x1, box.y1],
                "screenshot": [size.width, size.height],
                "system": event.system,
                "tools": without_pictures(event.tools),
                "resumed": event.resumed,
                "setup": event.setup,
                "captured": _size(event.captured),
                "same_screen": event.same_screen,
            }
        case Answered():
            return {
                "event": "answered",
                "turn": event.turn,
                "stop_reason": event.stop_reason,
                "usage": _usage(event.usage),
                "usd": _number(event.usd),
                "seconds": round(event.seconds, 3),
                "request_id": event.request_id,
            }
        case Said():
            return {"event": "said", "turn": event.turn, "text": event.text}
        case Thought():
            return {"event": "thought", "turn": event.turn, "text": event.text}
        case Decided():
            return {
                "event": "decided",
                "id": event.id,
                "member": event.member,
                "input": event.values,
                "approved": event.approved,
                "by": event.by,
                "seconds": round(event.seconds, 3),
            }
        case Glimpsed():
            return {
                "event": "glimpsed",
                "id": event.id,
                "picture": _picture(event.picture),
                "still": event.still,
                "hidden": [[box.x0, box.y0, box.x1, box.y1] for box in event.hidden],
            }
        case Calling():
            return {
                "event": "calling",
                "id": event.id,
                "member": event.member,
                "input": event.values,
            }
        case Acted():
            return _acted(event)
        case Added():
            return {"event": "added", "message": without_pictures(event.message)}
        case Shortened():
            return {
                "event": "shortened",
                "how": event.how,
                "images": event.images,
                "messages": without_pictures(event.messages),
            }
        case Retried():
            return {
                "event": "retried",
                "reason": event.reason,
                "attempt": event.attempt,
                "wait_s": round(event.wait_s, 3),
                "usage": _usage(event.usage),
            }
        case Faulted():
            return {
                "event": "faulted",
                "source": event.source,
                "text": event.text,
                "usage": _usage(event.usage),
            }
        case Instructed():
            return {"event": "instructed", "text": event.text, "question": event.question}
        case Ended():
            return _ended(event.result)
        case _:
            assert_never(event)


def _acted(event: Acted) -> JsonObject:
    outcome = event.outcome
    return {
        "event": "acted",
        "id": event.id,
        "member": event.member,
        "input": event.values,
        "landed": _point(outcome.landed),
        "start": _point(outcome.start),
        "pointer": _point(outcome.pointer),
        "seen": str(outcome.seen) if outcome.seen is not None else None,
        "picture": _picture(outcome.picture) if outcome.picture is not None else None,
        "settle_s": None if outcome.settle_s is None else round(outcome.settle_s, 3),
        "seconds": round(event.seconds, 3),
        "error": event.error,
    }


def _ended(result: RunResult) -> JsonObject:
    return {
        "event": "ended",
        "status": result.status,
        "text": result.text,
        "turns": result.turns,
        "actions": result.actions,
        "usage": _usage(result.usage),
        "cached_share": round(result.usage.cached_share, 4),
        "usd": _number(result.usd),
        "seconds": round(result.seconds, 3),
        "trace": None if result.trace is None else str(result.trace),
    }


def _usage(usage: Usage) -> JsonObject:
    return {
        "input": usage.input,
        "uncached": usage.uncached,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "output": usage.output,
    }


def _point(point: Point[Any] | None) -> list[int] | None:
    return None if point is None else [point.x, point.y]


def _size(size: Size[Any] | None) -> list[int] | None:
    return None if size is None else [size.width, size.height]


def _number(usd: Decimal | None) -> float | None:
    return None if usd is None else float(usd)


def _picture(picture: EncodedImage) -> JsonObject:
    size = {"width": picture.size.width, "height": picture.size.height}
    return {**size, **_about(picture.media_type, picture.data)}


def without_pictures(value: Any) -> Any:
    """A part of a message in which each picture's bytes are replaced by what is known of them."""
    match value:
        case {"type": "base64", "data": str(data), **rest}:
            try:
                known = _about(str(rest.get("media_type", "")), base64.b64decode(data))
            except (binascii.Error, ValueError):
                known = {"bytes": len(data)}
            return {"type": "base64", **known}
        case str() | bytes():
            return value
        case Mapping():
            pairs: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
            return {name: without_pictures(part) for name, part in pairs.items()}
        case Sequence():
            parts: Sequence[Any] = value  # pyright: ignore[reportUnknownVariableType]
            return [without_pictures(part) for part in parts]
        case _:
            return value


def _about(media_type: str, data: bytes) -> JsonObject:
    digest = hashlib.sha256(data).hexdigest()
    return {"media_type": media_type, "bytes": len(data), "sha256": digest}
