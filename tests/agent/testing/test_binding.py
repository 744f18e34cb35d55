"""Thinking is bound to what stands before it: what may change and what may not."""

import copy
from collections.abc import Callable
from typing import Any

import anthropic
import pytest

from trueclick.agent.testing import StrictApi, Turn, calls, says

from .chat import (
    OLD,
    TOOLSET,
    Block,
    answered,
    body,
    image,
    kept,
    marked,
    post,
    refusal,
    text,
    user,
)

BINDING = "thinking-binding-controls-2026-08-01"
DROP: Block = {
    "type": "adaptive",
    "block_binding": {"prefix_mismatch_behavior": "drop_block"},
}


def history(api: StrictApi, turns: int = 3, **changes: Any) -> list[Block]:
    """A task and turns of the model's, each with its results; the last waits for an answer."""
    messages = [user(text("look"))]
    for _ in range(turns):
        answer = post(api, body(messages=messages, **changes))
        messages = [*messages, kept(answer), answered(answer, image())]
    return messages


@pytest.fixture
def api() -> StrictApi:
    return StrictApi(lambda _: calls(("screenshot", {})))


def thoughts(messages: list[Block]) -> list[Block]:
    return [message["content"][0] for message in messages if message["role"] == "assistant"]


def edit_task(messages: list[Block]) -> None:
    messages[0]["content"] = [text("look again")]


def add_text(messages: list[Block]) -> None:
    messages[2]["content"].append(text("by the way"))


def other_picture(messages: list[Block]) -> None:
    messages[2]["content"][0]["content"] = [image(21, 20)]


def placeholder(messages: list[Block]) -> None:
    messages[2]["content"][0]["content"] = [text("(an old screenshot)")]


def drop_message(messages: list[Block]) -> None:
    del messages[1:3]


def drop_middle(messages: list[Block]) -> None:
    del messages[3]["content"][0]


@pytest.mark.parametrize(
    "edit", [edit_task, add_text, other_picture, placeholder, drop_message, drop_middle]
)
def test_an_edited_history_is_refused(api: StrictApi, edit: Callable[[list[Block]], None]) -> None:
    messages = copy.deepcopy(history(api))
    edit(messages)
    told = refusal(api, body(messages=messages))
    assert "bound to a different conversation" in told
    assert "drop_block" in told
    assert post(api, body(messages=history(api)))


def mark(messages: list[Block]) -> None:
    messages[2]["content"][0] = marked(messages[2]["content"][0])


def unmark_and_shorten(messages: list[Block]) -> None:
    messages[0]["content"] = "look"


def drop_first(messages: list[Block]) -> None:
    del messages[1]["content"][0]


def drop_last(messages: list[Block]) -> None:
    del messages[5]["content"][0]


def drop_all(messages: list[Block]) -> None:
    for message in messages[1::2]:
        del message["content"][0]


@pytest.mark.parametrize("edit", [mark, unmark_and_shorten, drop_first, drop_last, drop_all])
def test_what_may_change_is_taken(api: StrictApi, edit: Callable[[list[Block]], None]) -> None:
    messages = copy.deepcopy(history(api))
    edit(messages)
    assert post(api, body(messages=messages, max_tokens=99, output_config={"effort": "low"}))


def test_thinking_that_was_removed_does_not_come_back(api: StrictApi) -> None:
    messages = copy.deepcopy(history(api, 2))
    first = messages[1]["content"].pop(0)
    second = messages[3]["content"].pop(0)
    answer = post(api, body(messages=messages))
    later = [*messages, kept(answer), answered(answer, image())]
    assert post(api, body(messages=later))
    later[3]["content"].insert(0, second)
    assert "different conversation" in refusal(api, body(messages=later))
    later[1]["content"].insert(0, first)
    assert "different conversation" in refusal(api, body(messages=later))


@pytest.mark.parametrize(
    "changes",
    [
        {"system": "Be quick."},
        {"tools": [{**TOOLSET, "configs": {"zoom": {"enabled": False}}}]},
    ],
)
def test_system_and_tools_belong_to_the_prefix(api: StrictApi, changes: Block) -> None:
    messages = history(api)
    assert "different conversation" in refusal(api, body(messages=messages, **changes))


def test_a_model_that_binds_nothing_takes_an_edited_history(api: StrictApi) -> None:
    messages = copy.deepcopy(history(api, model=OLD, thinking={"type": "adaptive"}))
    assert len(thoughts(messages)) == 3
    placeholder(messages)
    assert post(api, body(model=OLD, messages=messages))


def test_a_tampered_signature_is_refused_by_every_model(api: StrictApi) -> None:
    for model in (OLD, "claude-opus-5-5"):
        messages = copy.deepcopy(history(api, 1, model=model, thinking={"type": "adaptive"}))
        thoughts(messages)[0]["thinking"] = "I thought otherwise."
        told = refusal(api, body(model=model, messages=messages))
        assert told.endswith("Invalid `signature` in `thinking` block")


def test_what_was_dropped_on_demand_is_reported_and_not_counted(api: StrictApi) -> None:
    messages = copy.deepcopy(history(api))
    whole = post(api, body(messages=messages, thinking=DROP), [BINDING])
    assert whole["input_transformations"] == []
    placeholder(messages)
    answer = post(api, body(messages=messages, thinking=DROP), [BINDING])
    assert answer["input_transformations"] == [
        {
            "type": "thinking_dropped",
            "path": f"messages.{index}.content.0",
            "reason": "prefix_binding_mismatch",
        }
        for index in (3, 5)  # the first turn saw nothing of the change
    ]
    fewer = whole["usage"]["input_tokens"] - answer["usage"]["input_tokens"]
    assert fewer >= 2 * 40


def test_the_thinking_of_another_model_is_dropped_without_a_word(api: StrictApi) -> None:
    messages = history(api)
    answer = post(api, body(model="claude-sonnet-5-5", messages=messages, thinking=DROP), [BINDING])
    reasons = {each["reason"] for each in answer["input_transformations"]}
    assert reasons == {"model_binding_mismatch"}
    assert post(api, body(model="claude-sonnet-5-5", messages=messages))


def test_another_process_goes_on_from_the_messages_alone(api: StrictApi) -> None:
    messages = history(api)
    assert post(StrictApi([says("Done.")]), body(messages=messages))


def test_thinking_is_shown_if_asked_for_and_counts_in_any_case() -> None:
    turn = says("Done.")
    thought = {"type": "thinking", "thinking": "x" * 4000}
    for display, shown in (("summarized", "x" * 4000), ("omitted", "")):
        api = StrictApi([type(turn)([thought, *turn.content])])
        thinking = {"type": "adaptive", "display": display}
        answer = post(api, body(thinking=thinking))
        assert answer["content"][0]["thinking"] == shown
        assert answer["usage"]["output_tokens"] >= 1000


def test_two_thoughts_of_one_turn_make_a_chain() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "tokens": 100}
    batch = calls(("screenshot", {}), ("screenshot", {})).content
    api = StrictApi([Turn([thought, batch[0], thought, batch[1]], "tool_use")] * 2)
    messages = history(api, 1)
    assert api.usage.output >= 200
    answer = post(api, body(messages=messages))
    changed = copy.deepcopy([*messages, kept(answer), answered(answer, image())])
    del changed[1]["content"][2]
    assert "different conversation" in refusal(api, body(messages=changed))


def test_a_refusal_in_a_stream_is_the_same_exception(api: StrictApi) -> None:
    messages: Any = copy.deepcopy(history(api))
    edit_task(messages)
    request: Any = body(messages=messages)
    with (
        pytest.raises(anthropic.BadRequestError, match="different conversation"),
        api.client().beta.messages.stream(**request) as stream,
    ):
        stream.get_final_message()
