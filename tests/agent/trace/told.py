"""What runs tell: a small one by hand, and any at all by hypothesis."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

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
from trueclick.agent.trace import Trace, TraceWriter, read_trace
from trueclick.agent.usage import Usage
from trueclick.capture import Changes, EncodedImage, Screenshot, encode
from trueclick.geometry import Box, Image, Model, Point, Screen, Size

Json = dict[str, Any]

TOOLS: tuple[Json, ...] = (
    {"type": "computer_toolset_20260801"},
    {"name": "hand_back", "input_schema": {"type": "object"}},
)

STARTED = Started(
    task="Press Save",
    model="claude-opus-5-5",
    platform="anthropic",
    history="full",
    display=":99",
    screen=Box[Screen](0, 0, 1280, 800),
    screenshot=Size[Model](1280, 800),
    system="You operate a desktop.",
    tools=TOOLS,
    captured=Size[Image](2560, 1600),
)

TASK: Json = {"role": "user", "content": [{"type": "text", "text": "Press Save"}]}


def picture(shade: int = 0, width: int = 40, height: int = 30) -> EncodedImage:
    pixels = np.full((height, width, 4), shade, np.uint8)
    return encode(Screenshot(pixels))


def image_block(image: EncodedImage) -> Json:
    source = {"type": "base64", "media_type": image.media_type, "data": image.base64}
    return {"type": "image", "source": source}


def call(id_: str, member: str, **values: object) -> Json:
    return {
        "type": "tool_use",
        "id": id_,
        "name": member,
        "toolset_name": "computer",
        "input": values,
    }


def result(id_: str, *content: Json) -> Json:
    return {
        "type": "tool_result",
        "tool_use_id": id_,
        "toolset_name": "computer",
        "content": [*content],
    }


def assistant(*content: Json) -> Added:
    return Added({"role": "assistant", "content": [*content]})


def user(*content: Json) -> Added:
    return Added({"role": "user", "content": [*content]})


def text(words: str) -> Json:
    return {"type": "text", "text": words}


def thinking(signature: str) -> Json:
    return {"type": "thinking", "thinking": "", "signature": signature}


def answered(turn: int = 1, stop_reason: str = "tool_use") -> Answered:
    usage = Usage(uncached=1000, cache_read=4000, cache_write=200, output=100)
    return Answered(turn, stop_reason, usage, Decimal("0.0123"), 1.5, f"req_{turn}")


def acted(id_: str, member: str, error: str | None = None, **values: object) -> Acted:
    landed = Point[Screen](12, 24) if "coordinate" in values and error is None else None
    return Acted(member, {**values}, Outcome(landed=landed), 0.25, error, id_)


def shown(id_: str, image: EncodedImage) -> Acted:
    seen = Seen(Changes[Model]((Box(1, 2, 3, 4),), (), (), Point(5, 6)), still=True)
    return Acted("screenshot", {}, Outcome(picture=image, seen=seen), 0.5, None, id_)


def ended(folder: Path | None, status: Any = "done", turns: int = 3) -> Ended:
    usage = Usage(3000, 12000, 600, 300)
    return Ended(RunResult(status, "Saved.", turns, 2, usage, Decimal("0.0369"), 9.5, folder))


def small_run(folder: Path | None) -> list[Event]:
    """A run of three turns, with every kind of event: it looks, clicks, types and drags."""
    first, second = picture(10), picture(200)
    windows = (Box[Image](0, 0, 2560, 1600), Box[Image](100, 100, 900, 700))
    changes = Changes[Model]((Box(1, 2, 3, 4),), (), (Box(5, 6, 7, 8),), Point(5, 6))
    last = Seen(changes, still=False, hidden=(Box(9, 9, 12, 12),), windows=windows)
    drag = {"start_coordinate": [1, 2], "coordinate": [30, 20]}
    dragged = Outcome(Point[Screen](30, 20), start=Point[Screen](1, 2), settle_s=0.061)
    return [
        STARTED,
        Added(TASK),
        Retried("529: overloaded", 1, 0.5),
        answered(1),
        Thought(1, "First a look."),
        Said(1, "I look."),
        assistant(thinking("c2ln"), text("I look."), call("t1", "screenshot")),
        Calling("t1", "screenshot", {}),
        shown("t1", first),
        user(result("t1", image_block(first))),
        answered(2),
        assistant(
            thinking("c2lnMg=="),
            call("t2", "left_click", coordinate=[12, 24]),
            call("t3", "type", text="Größe 😀"),
            call("t4", "left_click_drag", **drag),
        ),
        Decided("t2", "left_click", {"coordinate": [12, 24]}, True, "person", 1.75),
        Calling("t2", "left_click", {"coordinate": [12, 24]}),
        acted("t2", "left_click", coordinate=[12, 24]),
        Calling("t3", "type", {"text": "Größe 😀"}),
        Glimpsed("t3", picture(90), still=True),
        acted("t3", "type", text="Größe 😀"),
        Calling("t4", "left_click_drag", {**drag}),
        Acted("left_click_drag", {**drag}, dragged, 0.75, None, "t4"),
        Glimpsed("t4", picture(120), still=False, hidden=(Box(9, 9, 12, 12),)),
        Acted("screenshot", {}, Outcome(picture=second, seen=last, settle_s=0.36), 0.4),
        Faulted("application", "the application has ended, with status 3"),
        Instructed("and close the window"),
        user(
            result("t2"),
            result("t3", text("typed")),
            result("t4", image_block(second)),
            text("and close it"),
        ),
        Shortened("pruned", 1),
        answered(3, "end_turn"),
        Said(3, "Saved."),
        assistant(text("Saved.")),
        ended(folder),
    ]


def endless_run() -> Iterator[Event]:
    """A run that looks and clicks for ever, and never sees the same twice."""
    yield STARTED
    yield Added(TASK)
    for turn in count(1):
        noise = random.Random(turn).randbytes(30_000)  # noqa: S311 - the same in each process
        look = EncodedImage(noise, "png", Size(1280, 800))
        first, second = f"a{turn}", f"b{turn}"
        yield answered(turn)
        yield assistant(call(first, "left_click", coordinate=[1, 2]), call(second, "screenshot"))
        yield Calling(first, "left_click", {"coordinate": [1, 2]})
        yield acted(first, "left_click", coordinate=[1, 2])
        yield shown(second, look)
        yield user(result(first), result(second, image_block(look)))


_texts = st.text(max_size=20)
_numbers = st.integers(-(10**6), 10**6)
_counts = st.integers(0, 10**9)
_seconds = st.floats(0, 1e9)
_usd = st.none() | st.decimals(0, 10**6, places=6)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
_objects = st.dictionaries(_texts, _json, max_size=3)
_usages = st.builds(Usage, _counts, _counts, _counts, _counts)
_points: st.SearchStrategy[Point[Any]] = st.builds(Point[Any], _numbers, _numbers)
_sizes: st.SearchStrategy[Size[Any]] = st.builds(
    Size[Any], st.integers(1, 10**4), st.integers(1, 10**4)
)
_boxes: st.SearchStrategy[Box[Any]] = st.builds(
    Box[Any].from_xywh, _numbers, _numbers, st.integers(1, 10**4), st.integers(1, 10**4)
)
_box_tuples = st.lists(_boxes, max_size=3).map(tuple)
_pictures = st.builds(
    EncodedImage,
    st.binary(max_size=40),
    st.sampled_from(["png", "palette", "webp", "jpeg"]),
    _sizes,
    st.none() | st.integers(1, 100),
    st.none() | _texts,
)
_changes: st.SearchStrategy[Changes[Model]] = st.builds(
    Changes[Model], _box_tuples, _box_tuples, _box_tuples, st.none() | _points
)
_seen = st.builds(
    Seen,
    st.none() | _changes,
    st.booleans(),
    st.none() | _texts,
    _box_tuples,
    st.none() | _box_tuples,
)
_outcomes = st.builds(
    Outcome,
    st.none() | _points,
    st.none() | _points,
    st.none() | _points,
    st.none() | _pictures,
    st.none() | _seen,
    st.none() | _seconds,
)
# Also what is no base64 at all, or written otherwise than we would: that must come back as well.
_data = st.one_of(
    st.binary(max_size=40).map(lambda data: base64.b64encode(data).decode()),
    st.text(string.ascii_letters + string.digits + "+/=\n", max_size=12),
)
_media_types = st.sampled_from(["image/png", "image/jpeg", "image/webp", "image/gif", "image/x"])
_images = st.builds(
    lambda media_type, data: {
        "type": "image",
        "source": {"type": "base64", "media_type": media_type, "data": data},
    },
    _media_types,
    _data,
)
_links = st.builds(lambda url: {"type": "image", "source": {"type": "url", "url": url}}, _texts)
_words = st.builds(text, _texts)
# What a model sends may look like a picture, or like the place of one in a trace.
_lures = st.builds(
    lambda data: {"type": "image", "source": {"type": "base64", "data": data}},
    _texts | st.just({"image": "../secret.png"}),
)
_calls = st.builds(lambda id_, given: call(id_, "type", text=given), _texts, _json | _lures)
_results = st.builds(
    lambda id_, content: result(id_, *content), _texts, st.lists(_images | _words, max_size=3)
)
_blocks = st.one_of(_words, _images, _links, _calls, _results)
messages: st.SearchStrategy[Json] = st.builds(
    lambda role, content: {"role": role, "content": content},
    st.sampled_from(["user", "assistant"]),
    _texts | st.lists(_blocks, max_size=4),
)
_message_tuples = st.lists(messages, max_size=3).map(tuple)
_statuses = st.sampled_from(["done", "refused", "budget", "stopped", "failed", "needs_user"])


def events(folder: Path) -> st.SearchStrategy[Event]:
    """Any event of a run whose trace is in a folder."""
    results = st.builds(
        RunResult,
        _statuses,
        _texts,
        _counts,
        _counts,
        _usages,
        _usd,
        _seconds,
        st.just(folder),
    )
    return st.one_of(
        starts(),
        st.builds(Answered, _counts, st.none() | _texts, _usages, _usd, _seconds, _texts),
        st.builds(Said, _counts, _texts),
        st.builds(Thought, _counts, _texts),
        st.builds(
            Decided,
            _texts,
            _texts,
            _objects,
            st.booleans(),
            st.sampled_from(["person", "rules", "program"]),
            _seconds,
        ),
        st.builds(Calling, _texts, _texts, _objects),
        st.builds(Glimpsed, _texts, _pictures, st.booleans(), _box_tuples),
        st.builds(Acted, _texts, _objects, _outcomes, _seconds, st.none() | _texts, _texts),
        st.builds(Added, messages),
        st.builds(
            Shortened,
            st.sampled_from(["pruned", "cleared", "compacted"]),
            _counts,
            _message_tuples,
        ),
        st.builds(Retried, _texts, _counts, _seconds, _usages),
        st.builds(
            Faulted,
            st.sampled_from(["api", "display", "application", "program"]),
            _texts,
            _usages,
        ),
        st.builds(Instructed, _texts, st.none() | _texts),
        st.builds(Ended, results),
    )


def starts() -> st.SearchStrategy[Started]:
    """Any beginning of a run."""
    return st.builds(
        Started,
        _texts,
        _texts,
        _texts,
        _texts,
        _texts,
        _boxes,
        _sizes,
        _texts,
        st.lists(_objects, max_size=2).map(tuple),
        st.booleans(),
        _objects,
        st.none() | _sizes,
        st.booleans(),
    )


def written(folder: Path, told: Iterable[Event]) -> Trace:
    """The trace of what is told."""
    with TraceWriter(folder) as writer:
        for event in told:
            writer(event)
    return read_trace(folder)
