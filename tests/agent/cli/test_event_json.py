"""The keys that programs read, and that no picture is among the values."""

import base64
import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from trueclick.agent.cli.event_json import as_json, without_pictures
from trueclick.agent.events import (
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
from trueclick.agent.outcome import Outcome, Seen
from trueclick.agent.usage import Usage
from trueclick.capture import EncodedImage
from trueclick.geometry import Box, Point, Size

DATA = b"\x89PNG, the bytes of a picture"
SHA = hashlib.sha256(DATA).hexdigest()
SOURCE = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(DATA).decode()}
ABOUT = {"media_type": "image/png", "bytes": len(DATA), "sha256": SHA}
RESULT = [{"type": "tool_result", "content": [{"type": "image", "source": SOURCE}]}]
MESSAGE = {"role": "user", "content": RESULT}
SEEN_MESSAGE = {
    "role": "user",
    "content": [
        {
            "type": "tool_result",
            "content": [{"type": "image", "source": {"type": "base64"} | ABOUT}],
        }
    ],
}
USAGE = Usage(1, 2, 3, 4)
USAGE_JSON = {"input": 6, "uncached": 1, "cache_read": 2, "cache_write": 3, "output": 4}
PICTURE = EncodedImage(data=DATA, format="png", size=Size(640, 480))
LANDED = Outcome(
    landed=Point(5, 6),
    start=Point(1, 1),
    settle_s=0.12345,
    picture=PICTURE,
    seen=Seen(None, still=False),
)

CASES: list[tuple[Event, dict[str, Any]]] = [
    (
        Started(
            *("click", "local", "anthropic", "full", ":9", Box(0, 0, 800, 600), Size(800, 600)),
            *("be careful", [{"type": "t"}], True, {}, Size(1600, 1200), True),
        ),
        {
            "event": "started",
            "task": "click",
            "model": "local",
            "platform": "anthropic",
            "history": "full",
            "display": ":9",
            "screen": [0, 0, 800, 600],
            "screenshot": [800, 600],
            "system": "be careful",
            "tools": [{"type": "t"}],
            "resumed": True,
            "setup": {},
            "captured": [1600, 1200],
            "same_screen": True,
        },
    ),
    (
        Answered(3, "tool_use", USAGE, Decimal("0.0123"), 1.23456, "req_1"),
        {
            "event": "answered",
            "turn": 3,
            "stop_reason": "tool_use",
            "usage": USAGE_JSON,
            "usd": 0.0123,
            "seconds": 1.235,
            "request_id": "req_1",
        },
    ),
    (Said(1, "hi"), {"event": "said", "turn": 1, "text": "hi"}),
    (Thought(1, "hm"), {"event": "thought", "turn": 1, "text": "hm"}),
    (
        Decided("t1", "wait", {"duration": 1}, False, "person", 2.34567),
        {
            "event": "decided",
            "id": "t1",
            "member": "wait",
            "input": {"duration": 1},
            "approved": False,
            "by": "person",
            "seconds": 2.346,
        },
    ),
    (
        Glimpsed("t1", PICTURE, still=True, hidden=(Box(1, 2, 3, 4),)),
        {
            "event": "glimpsed",
            "id": "t1",
            "picture": {"width": 640, "height": 480} | ABOUT,
            "still": True,
            "hidden": [[1, 2, 3, 4]],
        },
    ),
    (
        Faulted("api", "gone", USAGE),
        {"event": "faulted", "source": "api", "text": "gone", "usage": USAGE_JSON},
    ),
    (
        Calling("t1", "wait", {"duration": 1}),
        {"event": "calling", "id": "t1", "member": "wait", "input": {"duration": 1}},
    ),
    (
        Acted("zoom", {"region": [1, 2, 3, 4]}, LANDED, 0.5, None, "t1"),
        {
            "event": "acted",
            "id": "t1",
            "member": "zoom",
            "input": {"region": [1, 2, 3, 4]},
            "landed": [5, 6],
            "start": [1, 1],
            "pointer": None,
            "seen": "the screen was still changing when this was taken",
            "picture": {"width": 640, "height": 480} | ABOUT,
            "settle_s": 0.123,
            "seconds": 0.5,
            "error": None,
        },
    ),
    (Added(MESSAGE), {"event": "added", "message": SEEN_MESSAGE}),
    (
        Shortened("pruned", 7, [MESSAGE]),
        {"event": "shortened", "how": "pruned", "images": 7, "messages": [SEEN_MESSAGE]},
    ),
    (
        Retried("overloaded", 2, 1.5, USAGE),
        {
            "event": "retried",
            "reason": "overloaded",
            "attempt": 2,
            "wait_s": 1.5,
            "usage": USAGE_JSON,
        },
    ),
    (
        Instructed("the left one", "Which?"),
        {"event": "instructed", "text": "the left one", "question": "Which?"},
    ),
    (
        Ended(RunResult("done", "ok", 1, 2, USAGE, None, 3.0, Path("/x"))),
        {
            "event": "ended",
            "status": "done",
            "text": "ok",
            "turns": 1,
            "actions": 2,
            "usage": USAGE_JSON,
            "cached_share": 0.3333,
            "usd": None,
            "seconds": 3.0,
            "trace": "/x",
        },
    ),
]


@pytest.mark.parametrize(("event", "expected"), CASES, ids=lambda value: type(value).__name__)
def test_each_event_has_its_keys(event: Event, expected: dict[str, Any]) -> None:
    assert as_json(event) == expected
    assert SOURCE["data"] not in json.dumps(as_json(event))


def test_every_kind_of_event_is_tried() -> None:
    assert {type(event) for event, _ in CASES} == set(get_args(Event))


def test_what_is_no_base64_is_left_out_all_the_same() -> None:
    odd = {"type": "base64", "media_type": "image/png", "data": "not base64!"}
    assert without_pictures([odd]) == [{"type": "base64", "bytes": 11}]
