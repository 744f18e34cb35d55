"""Whatever is sent is answered or refused in words: no rule trips over what it looks at."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any, TypeAlias

import httpx2
import pytest

from trueclick.agent.testing import StrictApi, calls

from .chat import TOOLSET, Block, answered, body, image, kept, marked, post, text, user

Path: TypeAlias = tuple[str | int, ...]

VALUES: list[Any] = [
    *(None, 0, -1, 1.5, True, 10**30, "", " ", "x", "computer", "tool_use", "base64"),
    *([], {}, [1], [[]], [{}], {"a": 1}, {"type": "text"}, {"type": []}, {"type": "ephemeral"}),
]

BETAS = {
    *("context-management-2025-06-27", "compact-2026-09-04", "message-threads-2026-08-12"),
    "thinking-binding-controls-2026-08-01",
}


def rich_requests() -> list[Block]:
    """Requests that hold something of everything."""
    api = StrictApi(lambda _: calls(("screenshot", {})))
    system = [marked(text("Be quick."))]
    answer = post(api, body(system=system, messages=[user(text("look"))]))
    messages = [user(text("look")), kept(answer), answered(answer, image(), text())]
    edit = {
        "type": "clear_tool_uses_20250919",
        "trigger": {"type": "tool_uses", "value": 1},
        "keep": {"type": "tool_uses", "value": 0},
        "clear_at_least": {"type": "input_tokens", "value": 1},
        "exclude_tools": ["zoom"],
        "clear_tool_inputs": True,
    }
    custom = {"name": "hand_back", "input_schema": {"type": "object"}}
    binding = {"prefix_mismatch_behavior": "drop_block"}
    base = body(
        system=system,
        tools=[{**TOOLSET, "configs": {"zoom": {"enabled": True}}}, custom],
        messages=messages,
        thinking={"type": "adaptive", "display": "omitted", "block_binding": binding},
        output_config={"effort": "low"},
        tool_choice={"type": "auto"},
    )
    asked = post(
        api,
        body(messages=messages, system=system, compaction={"type": "summarize"}),
        ["compact-2026-09-04"],
    )
    return [
        {**base, "context_management": {"edits": [edit]}, "cache_control": {"type": "ephemeral"}},
        {**base, "compaction": {"type": "summarize", "instructions": "Be short."}},
        {**base, "thread": {"type": "create"}},
        {**base, "thread": {"type": "continue", "previous_message_id": "msg_1"}},
        {**base, "messages": [kept(asked), user(text("Go on."))]},
        {
            **base,
            "tools": [
                {
                    "type": "computer_20251124",
                    "name": "computer",
                    "display_width_px": 20,
                    "display_height_px": 20,
                }
            ],
            "model": "claude-opus-4-6",
        },
    ]


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """The place of each value inside of another."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*at, key)
        yield from paths(inner, (*at, key))


def spoilt(request: Block, at: Path, value: Any) -> Block:
    changed = copy.deepcopy(request)
    inner: Any = changed
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = copy.deepcopy(value)
    return changed


def send(api: StrictApi, request: Any, path: str = "/v1/messages") -> httpx2.Response:
    headers = {"x-api-key": "none", "anthropic-beta": ",".join(BETAS | {"computer-use-2025-11-24"})}
    content = json.dumps(request).encode()
    return api.handle_request(
        httpx2.Request("POST", f"http://strict.invalid{path}", headers=headers, content=content)
    )


@pytest.mark.slow
@pytest.mark.parametrize("which", range(6))
def test_a_request_with_any_value_replaced_is_answered_or_refused(which: int) -> None:
    api = StrictApi(lambda _: calls(("screenshot", {})))
    request = rich_requests()[which]
    seen: set[int] = set()
    for at in paths(request):
        for value in VALUES:
            response = send(api, spoilt(request, at, value))
            seen.add(response.status_code)
            assert response.status_code in {200, 400, 404}, (at, value)
    assert seen >= {200, 400} or which == 3


def test_many_values_replaced_at_once_are_answered_or_refused() -> None:
    api = StrictApi(lambda _: calls(("screenshot", {})))
    requests = rich_requests()
    chance = random.Random(7)  # noqa: S311 - a test that can be repeated
    for _ in range(600):
        request = chance.choice(requests)
        for _ in range(chance.randint(1, 3)):
            at = chance.choice(list(paths(request)))
            request = spoilt(request, at, chance.choice(VALUES))
        assert send(api, request).status_code in {200, 400, 404}


def test_a_request_without_any_one_of_its_values_is_answered_or_refused() -> None:
    api = StrictApi(lambda _: calls(("screenshot", {})))
    for request in rich_requests():
        for at in paths(request):
            changed = copy.deepcopy(request)
            inner: Any = changed
            for key in at[:-1]:
                inner = inner[key]
            del inner[at[-1]]
            for path in ("/v1/messages", "/v1/messages/count_tokens"):
                assert send(api, changed, path).status_code in {200, 400, 404}


@pytest.mark.parametrize("given", [None, 1, "x", [], [[]], {"model": []}, 10**400])
def test_what_is_no_request_is_refused(given: Any) -> None:
    assert send(StrictApi([]), given).status_code == 400


def test_a_request_nested_without_end_is_refused() -> None:
    api = StrictApi([])
    depth = 100_000
    request = httpx2.Request(
        "POST",
        "http://strict.invalid/v1/messages",
        headers={"x-api-key": "none"},
        content=b"[" * depth + b"]" * depth,
    )
    assert api.handle_request(request).status_code == 400
