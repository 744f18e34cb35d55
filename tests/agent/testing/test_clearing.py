"""Old results are cleared before the model sees them, anew for each request."""

from typing import Any

import pytest

from trueclick.agent.testing import StrictApi, calls
from trueclick.agent.testing.clearing import PLACEHOLDER, cleared
from trueclick.agent.testing.pixels import Images
from trueclick.agent.testing.tokens import message_tokens
from trueclick.geometry import find_model

from .chat import (
    OPUS,
    Block,
    answered,
    body,
    call,
    image,
    kept,
    model_says,
    png,
    post,
    refusal,
    result,
    user,
)

BETA = ["context-management-2025-06-27"]
SPEC = find_model(OPUS)


def conversation(turns: int) -> list[Block]:
    """Turns of a screenshot each, of 1,296 tokens."""
    messages = [user("look")]
    images = Images()
    for turn in range(turns):
        id_ = f"toolu_{turn}"
        shot = image(1000, 1000, data=images.kept(png(1000, 1000), 10**6))
        messages += [model_says(call(id_=id_)), user(result(shot, id_=id_))]
    return messages


def edits(**fields: Any) -> Block:
    return {"edits": [{"type": "clear_tool_uses_20250919", **fields}]}


def tool_uses(value: int) -> Block:
    return {"type": "tool_uses", "value": value}


def shown(messages: list[Block]) -> list[bool]:
    """For each result, whether its screenshot is still seen."""
    return [
        PLACEHOLDER not in str(block["content"])
        for message in messages
        for block in message["content"]
        if isinstance(block, dict) and block["type"] == "tool_result"
    ]


def clear(messages: list[Block], tokens: int = 200_000, **fields: Any) -> tuple[list[bool], Any]:
    found = cleared({"context_management": edits(**fields)}, messages, tokens, SPEC)
    return shown(found.messages), found.applied


def test_all_but_the_last_three_are_cleared_over_a_hundred_thousand_tokens() -> None:
    messages = conversation(6)
    assert clear(messages, 100_000) == ([True] * 6, [])
    seen, (report,) = clear(messages, 100_001)
    assert seen == [False] * 3 + [True] * 3
    assert report["cleared_tool_uses"] == 3
    assert shown(messages) == [True] * 6  # what was sent is left alone


@pytest.mark.parametrize(("keep", "seen"), [(0, 0), (1, 1), (5, 5), (6, 6), (99, 6)])
def test_the_last_ones_are_kept(keep: int, seen: int) -> None:
    found, _ = clear(conversation(6), keep=tool_uses(keep))
    assert found == [False] * (6 - seen) + [True] * seen


def test_the_trigger_may_be_a_number_of_calls() -> None:
    assert clear(conversation(6), 9, trigger=tool_uses(6))[0] == [True] * 6
    assert clear(conversation(6), 9, trigger=tool_uses(5))[0] == [False] * 3 + [True] * 3


def test_too_little_is_not_cleared() -> None:
    three = 3 * 1250
    least = {"type": "input_tokens", "value": three}
    assert clear(conversation(6), clear_at_least=least)[0] == [False] * 3 + [True] * 3
    least = {"type": "input_tokens", "value": 2 * three}
    assert clear(conversation(6), clear_at_least=least) == ([True] * 6, [])


def test_excluded_tools_are_spared() -> None:
    assert clear(conversation(6), exclude_tools=["screenshot"]) == ([True] * 6, [])
    assert clear(conversation(6), exclude_tools=["zoom"])[0] == [False] * 3 + [True] * 3


def test_inputs_are_cleared_on_demand() -> None:
    messages = conversation(6)
    messages[1]["content"][0]["input"] = {"text": "x" * 400}
    assert clear(messages, clear_tool_inputs=True)[1][0]["cleared_input_tokens"] > 4000 - 100
    found = cleared({"context_management": edits(clear_tool_inputs=True)}, messages, 200_000, SPEC)
    assert found.messages[1]["content"][0]["input"] == {}
    found = cleared({"context_management": edits()}, messages, 200_000, SPEC)
    assert found.messages[1]["content"][0]["input"] != {}


def test_what_is_cleared_is_not_counted_and_reported() -> None:
    api = StrictApi(lambda _: calls(("screenshot", {})))
    messages = conversation(6)
    whole = post(api, body(messages=messages))
    trigger = tool_uses(1)
    answer = post(api, body(messages=messages, context_management=edits(trigger=trigger)), BETA)
    (report,) = answer["context_management"]["applied_edits"]
    fewer = whole["usage"]["input_tokens"] - answer["usage"]["input_tokens"]
    assert fewer == report["cleared_input_tokens"] > 3 * 1200
    assert "context_management" not in whole


def test_clearing_invalidates_no_thinking_and_misses_the_cache_from_there_on() -> None:
    api = StrictApi(lambda _: calls(("screenshot", {})))
    messages = [user("look")]
    reads: list[int] = []
    for turn in range(12):
        management = edits(trigger=tool_uses(8), keep=tool_uses(3))
        request = body(
            messages=messages, context_management=management, cache_control={"type": "ephemeral"}
        )
        answer = post(api, request, BETA)
        reads.append(answer["usage"]["cache_read_input_tokens"])
        messages = [*messages, kept(answer), answered(answer, image(1000, 1000))]
        assert bool(answer["context_management"]["applied_edits"]) == (turn > 8)
    assert api.violations == ()
    assert reads[8] > 4500 + 7 * 1296
    assert reads[9] < 6000  # six of nine were cleared at once
    assert reads[11] < 6000  # and one more each turn: `keep` ought to move in batches


def test_a_placeholder_is_cheaper_than_a_screenshot() -> None:
    (_, _, answer) = conversation(1)
    assert message_tokens(answer, SPEC) > 1296
    cheap = user(result({"type": "text", "text": PLACEHOLDER}))
    assert message_tokens(cheap, SPEC) < 30


def test_a_stream_reports_what_was_cleared() -> None:
    api = StrictApi(lambda _: calls(("screenshot", {})))
    request: Any = body(
        messages=conversation(6), context_management=edits(trigger=tool_uses(1)), betas=BETA
    )
    with api.client().beta.messages.stream(**request) as stream:
        answer = stream.get_final_message()
    assert answer.context_management is not None
    (report,) = answer.context_management.applied_edits
    assert report.cleared_input_tokens > 3 * 1200


def test_a_count_of_tokens_tells_both(  # as the API's own does
) -> None:
    api = StrictApi([])
    request: Any = body(messages=conversation(6), context_management=edits(trigger=tool_uses(1)))
    del request["max_tokens"]
    count = api.client().beta.messages.count_tokens(**request, betas=BETA)
    assert count.context_management is not None
    assert count.context_management.original_input_tokens > count.input_tokens + 3 * 1200


def test_together_with_a_request_for_a_summary_it_is_refused() -> None:
    api = StrictApi([])
    request = body(
        messages=conversation(2),
        context_management=edits(),
        compaction={"type": "summarize"},
    )
    told = refusal(api, request, [*BETA, "compact-2026-09-04"])
    assert told == "context_management: cannot be combined with `compaction`"
