"""Compaction on demand: what a summary is made of, and where it stands afterwards."""

import copy
from collections.abc import Callable
from typing import Any

import anthropic
import pytest

from trueclick.agent.testing import StrictApi, calls
from trueclick.agent.testing.answers import THINKING_TOKENS

from .chat import (
    Block,
    answered,
    body,
    code_of,
    image,
    kept,
    marked,
    model_says,
    post,
    refusal,
    text,
    user,
)

BETA = ["compact-2026-09-04"]
ASK = {"type": "summarize"}


@pytest.fixture
def api() -> StrictApi:
    return StrictApi(lambda _: calls(("screenshot", {})), summary="Two looks were taken.")


def history(api: StrictApi, turns: int = 3) -> list[Block]:
    messages = [user("look")]
    for _ in range(turns):
        answer = post(api, body(messages=messages))
        messages = [*messages, kept(answer), answered(answer, image())]
    return messages


def summary(api: StrictApi, messages: list[Block]) -> Any:
    return post(api, body(messages=messages, compaction=ASK), BETA)


def error_code(api: StrictApi, request: Block) -> str | None:
    with pytest.raises(anthropic.BadRequestError) as caught:
        post(api, request, BETA)
    return code_of(caught.value)


def test_a_summary_stands_alone_and_tells_its_cost_as_an_iteration(api: StrictApi) -> None:
    answer = summary(api, history(api))
    (block,) = answer["content"]
    assert (block["type"], block["content"]) == ("compaction", "Two looks were taken.")
    assert answer["stop_reason"] == "compaction"
    assert answer["usage"]["input_tokens"] == answer["usage"]["output_tokens"] == 0
    (iteration,) = answer["usage"]["iterations"]
    assert iteration["input_tokens"] > 4500
    assert api.ledger[-1].usage.input == iteration["input_tokens"]
    assert api.ledger[-1].usage.output == iteration["output_tokens"] > 0


def test_a_stream_brings_a_summary_in_one_piece(api: StrictApi) -> None:
    request: Any = body(messages=history(api), compaction=ASK, betas=BETA)
    with api.client().beta.messages.stream(**request) as stream:
        answer = stream.get_final_message()
    (block,) = answer.content
    assert block.type == "compaction"
    assert block.signature
    assert answer.usage.iterations is not None


def test_the_conversation_goes_on_behind_a_summary(api: StrictApi) -> None:
    messages = [kept(summary(api, history(api))), user("Go on.")]
    for _ in range(3):
        answer = post(api, body(messages=messages), BETA)
        assert answer["usage"]["input_tokens"] < 5000 + 3 * (THINKING_TOKENS + 40)
        messages = [*messages, kept(answer), answered(answer, image())]
    again = summary(api, messages)
    assert post(api, body(messages=[kept(again), user("Go on.")]), BETA)
    assert api.violations == ()


def test_a_summary_may_begin_the_first_message_and_carry_a_breakpoint(api: StrictApi) -> None:
    block = marked(summary(api, history(api))["content"][0])
    assert post(api, body(messages=[user(block, text("Go on."))]), BETA)
    assert api.ledger[-1].usage.cache_write > 4500


def test_turns_that_follow_what_was_summarized_keep_their_thinking(api: StrictApi) -> None:
    whole = history(api)
    answer = summary(api, whole[:5])
    messages = [kept(answer), *whole[5:]]
    assert post(api, body(messages=messages), BETA)
    for changes in (
        {"system": "Be quick."},
        {"tools": [{"name": "a", "input_schema": {"type": "object"}}]},
    ):
        assert "different conversation" in refusal(api, body(messages=messages, **changes), BETA)
    skipped = [kept(summary(api, whole[:3])), *whole[5:]]
    assert "different conversation" in refusal(api, body(messages=skipped), BETA)


def test_a_kept_message_of_the_last_summarized_role_is_joined_with_it(api: StrictApi) -> None:
    whole = [*history(api, 1), user("And?")]
    answer = post(api, body(messages=whole))
    whole += [kept(answer), answered(answer, image())]
    assert post(api, body(messages=[kept(summary(api, whole[:4])), *whole[4:]]), BETA)
    # Two messages of the user's in a row: one was summarized, the other kept.
    joined = [kept(summary(api, whole[:3])), *whole[3:]]
    assert "different conversation" in refusal(api, body(messages=joined), BETA)


def test_a_new_turns_thinking_belongs_behind_the_summary(api: StrictApi) -> None:
    whole = history(api)
    messages = [kept(summary(api, whole)), user("Go on.")]
    answer = post(api, body(messages=messages), BETA)
    later = [kept(answer), answered(answer, image())]
    assert post(api, body(messages=[*messages, *later]), BETA)
    back = [*whole, *messages[1:], *later]
    assert "different conversation" in refusal(api, body(messages=back), BETA)


def misplaced(messages: list[Block]) -> None:
    messages.insert(0, user("look"))


def twice(messages: list[Block]) -> None:
    messages.insert(1, messages[0])


def tampered(messages: list[Block]) -> None:
    messages[0]["content"][0]["content"] = "Nothing was done."


def unsigned(messages: list[Block]) -> None:
    del messages[0]["content"][0]["signature"]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (misplaced, "compaction_block_misplaced"),
        (twice, "compaction_block_ambiguous"),
        (tampered, "compaction_signature_invalid"),
        (unsigned, "compaction_signature_invalid"),
    ],
)
def test_a_summary_is_sent_back_first_and_as_it_came(
    api: StrictApi, edit: Callable[[list[Block]], None], code: str
) -> None:
    messages = copy.deepcopy([kept(summary(api, history(api))), user("Go on.")])
    edit(messages)
    assert error_code(api, body(messages=messages)) == code


def test_null_fields_are_not_what_came(api: StrictApi) -> None:
    messages = copy.deepcopy([kept(summary(api, history(api))), user("Go on.")])
    messages[0]["content"][0]["encrypted_content"] = None
    assert "send the block back as it came" in refusal(api, body(messages=messages), BETA)


def test_a_summary_needs_its_beta_in_later_requests_too(api: StrictApi) -> None:
    messages = [kept(summary(api, history(api))), user("Go on.")]
    assert BETA[0] in refusal(api, body(messages=messages))


def test_calls_without_results_are_not_summarized(api: StrictApi) -> None:
    messages = history(api)[:-1]
    assert error_code(api, body(messages=messages, compaction=ASK)) == "compaction_incomplete_turn"
    whole = [user("look"), model_says("Seen.")]
    assert post(api, body(messages=whole, compaction=ASK), BETA)


def test_a_summary_alone_is_not_summarized_again(api: StrictApi) -> None:
    messages = [kept(summary(api, history(api)))]
    code = error_code(api, body(messages=messages, compaction=ASK))
    assert code == "compaction_nothing_to_summarize"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"stop_sequences": ["END"]}, "stop_sequences"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format"),
        (
            {"model": "claude-opus-4-8", "tool_choice": {"type": "any"}},
            "tool_choice",
        ),
    ],
)
def test_what_cannot_be_combined_is_named(api: StrictApi, changes: Block, name: str) -> None:
    told = refusal(api, body(compaction=ASK, **changes), BETA)
    assert told == f"{name}: cannot be combined with `compaction`"
    allowed = body(compaction=ASK, output_config={"effort": "low"})
    assert post(api, allowed, BETA)


def test_not_every_model_and_platform_summarizes(api: StrictApi) -> None:
    request = body(model="claude-opus-4-5", tools=[], compaction=ASK)
    assert "compaction: not supported" in refusal(api, request, BETA)
    bedrock = StrictApi([], platform="bedrock")
    assert "on bedrock" in refusal(bedrock, body(tools=[], compaction=ASK), BETA)


def test_too_long_instructions_are_refused(api: StrictApi) -> None:
    longest = {**ASK, "instructions": "x" * 16_384}
    assert post(api, body(compaction=longest), BETA)
    longer = {**ASK, "instructions": "x" * 16_385}
    assert "instructions" in refusal(api, body(compaction=longer), BETA)


def test_a_summary_reads_the_cache_of_the_conversation(api: StrictApi) -> None:
    messages = history(api)
    marker = {"cache_control": {"type": "ephemeral"}}
    post(api, body(messages=messages, **marker))
    answer = post(api, body(messages=messages, compaction=ASK, **marker), BETA)
    (iteration,) = answer["usage"]["iterations"]
    assert iteration["cache_read_input_tokens"] > 4500
