"""Conversations that the API keeps."""

from typing import Any

import anthropic
import pytest

from trueclick.agent.testing import HttpError, StreamFault, StrictApi, calls, says
from trueclick.agent.testing.threads import LIFETIME_S
from trueclick.geometry.requests import PlatformName

from .chat import Block, answered, body, code_of, image, post, refusal, text, user
from .clock import ManualClock

BETA = ["message-threads-2026-08-12"]
CREATE = {"type": "create"}
SYSTEM = "Be quick."


def created(api: StrictApi, **changes: Any) -> Any:
    return post(api, body(system=SYSTEM, thread=CREATE, **changes), BETA)


def following(answer: Any, **changes: Any) -> Block:
    """The request that goes on from an answer."""
    thread = {"type": "continue", "previous_message_id": answer["id"]}
    if "messages" not in changes:
        changes["messages"] = [answered(answer, image())]
    return body(**{"tools": None, "thread": thread, **changes})


def error_of(api: StrictApi, request: Block) -> tuple[int, str | None]:
    with pytest.raises(anthropic.APIStatusError) as caught:
        post(api, request, BETA)
    return caught.value.status_code, code_of(caught.value)


def test_only_what_is_new_travels_and_all_is_counted(api: StrictApi) -> None:
    answer = created(api)
    sizes = [answer["usage"]["input_tokens"]]
    for _ in range(5):
        answer = post(api, following(answer), BETA)
        sizes.append(answer["usage"]["input_tokens"])
    assert sizes == sorted(set(sizes))
    assert sizes[0] > 4500
    assert [len(request["messages"]) for request in api.requests] == [1] * 6
    assert api.ledger[-1].images == 5
    assert api.violations == ()


def test_images_of_a_thread_count_as_if_they_were_sent(api: StrictApi) -> None:
    answer = created(api)
    for _ in range(20):
        answer = post(api, following(answer), BETA)
    request = following(answer, messages=[answered(answer, image(2001, 9))])
    assert "many-image requests" in refusal(api, request, BETA)


def test_system_and_tools_are_not_repeated(api: StrictApi) -> None:
    answer = created(api)
    for name, value in (("system", SYSTEM), ("tools", [{"type": "computer_toolset_20260801"}])):
        told = refusal(api, following(answer, **{name: value}), BETA)
        assert told.startswith(f"{name}: ")
    assert post(api, following(answer), BETA)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": "claude-opus-5"}, "model"),
        ({"thinking": {"type": "adaptive"}}, "thinking"),
        ({"tool_choice": {"type": "none"}}, "tool_choice"),
        ({"output_config": {"effort": "low"}}, "output_config.effort"),
        ({"cache_control": {"type": "ephemeral"}}, "cache_control"),
    ],
)
def test_what_is_fixed_for_a_thread_is_named(api: StrictApi, changes: Block, field: str) -> None:
    answer = created(api)
    request = following(answer, **changes)
    assert f"differing field(s): {field}" in refusal(api, request, BETA)
    assert error_of(api, request) == (400, "thread_fingerprint_mismatch")
    assert post(api, following(answer, max_tokens=99), BETA)


def test_the_betas_are_fixed_too(api: StrictApi) -> None:
    answer = created(api)
    told = refusal(api, following(answer), [*BETA, "compact-2026-09-04"])
    assert "differing field(s): betas" in told


def test_a_thread_is_over_after_five_minutes(api: StrictApi, clock: ManualClock) -> None:
    answer = created(api)
    clock.sleep(LIFETIME_S - 1)
    answer = post(api, following(answer), BETA)
    clock.sleep(LIFETIME_S - 1)
    answer = post(api, following(answer), BETA)
    clock.sleep(LIFETIME_S)
    assert error_of(api, following(answer)) == (404, "thread_not_found")
    assert len(api.refusals) == 1
    assert api.violations == ()  # no client can know


def test_an_answer_is_continued_once(api: StrictApi) -> None:
    answer = created(api)
    post(api, following(answer), BETA)
    assert error_of(api, following(answer)) == (400, "thread_already_continued")
    assert api.violations == ()


def test_an_unknown_answer_is_not_found(api: StrictApi) -> None:
    answer = {**created(api), "id": "msg_other"}
    assert error_of(api, following(answer)) == (404, "thread_not_found")


def test_what_was_not_asked_to_be_kept_is_not(api: StrictApi) -> None:
    answer = post(api, body())
    assert error_of(api, following(answer)) == (404, "thread_not_found")


def test_a_refused_request_uses_nothing_up(api: StrictApi) -> None:
    answer = created(api)
    refusal(api, following(answer, messages=[user("go on")]), BETA)
    assert post(api, following(answer), BETA)


@pytest.mark.parametrize(
    ("answered_first", "code"), [(False, None), (True, "thread_already_continued")]
)
def test_a_lost_answer_uses_the_thread_up_and_a_lost_request_does_not(
    answered_first: bool, code: str | None
) -> None:
    fault = HttpError(500, answered=answered_first)
    api = StrictApi(lambda _: calls(("screenshot", {})), faults={2: fault})
    answer = created(api)
    assert error_of(api, following(answer))[0] == 500
    if code is None:
        assert post(api, following(answer), BETA)
    else:
        assert error_of(api, following(answer)) == (400, code)


def test_an_answer_cut_in_mid_stream_is_not_kept() -> None:
    api = StrictApi(lambda _: calls(("screenshot", {})), faults={1: StreamFault(how="end")})
    request: Any = body(thread=CREATE, betas=BETA)
    with api.client().beta.messages.stream(**request) as stream:
        answer = stream.get_final_message()
    assert answer.stop_reason is None
    lost = {"id": answer.id, "content": [{"type": "tool_use", "id": "toolu_1"}]}
    assert error_of(api, following(lost)) == (404, "thread_not_found")


def test_a_refusal_of_the_models_ends_a_thread() -> None:
    api = StrictApi([says("No.", "refusal"), says("Well.")])
    answer = created(api)
    assert error_of(api, following(answer, messages=[user("go on")])) == (404, "thread_not_found")


def test_a_paused_turn_goes_on_without_a_message() -> None:
    api = StrictApi([says("Wait.", "pause_turn"), says("Done."), says("never")])
    answer = created(api)
    answer = post(api, following(answer, messages=[]), BETA)
    assert answer["content"][-1]["text"] == "Done."
    assert "at least one message" in refusal(api, following(answer, messages=[]), BETA)


def test_a_paused_turn_is_sent_back_where_there_is_no_thread() -> None:
    api = StrictApi([says("Wait.", "pause_turn"), says("Done.")])
    answer = post(api, body())
    messages = [user("look"), {"role": "assistant", "content": answer["content"]}]
    assert post(api, body(messages=messages))["content"][-1]["text"] == "Done."


def test_what_a_thread_does_not_support_is_named(api: StrictApi) -> None:
    request = body(thread=CREATE, context_management={"edits": []})
    with pytest.raises(anthropic.BadRequestError) as caught:
        post(api, request, [*BETA, "context-management-2025-06-27"])
    told: Any = caught.value.body
    assert told["error"]["details"] == {
        "error_code": "thread_unsupported_request",
        "unsupported": ["context_management"],
    }


@pytest.mark.parametrize("platform", ["bedrock", "vertex"])
def test_a_platform_without_threads_does_not_know_the_field(platform: PlatformName) -> None:
    api = StrictApi([says("Well.")], platform=platform)
    assert "thread: Extra inputs" in refusal(api, body(tools=[], thread=CREATE), BETA)


def test_a_summary_replaces_what_a_thread_holds(api: StrictApi) -> None:
    betas = [*BETA, "compact-2026-09-04"]
    answer = post(api, body(thread=CREATE, messages=[user(text("look"))]), betas)
    before = answer["usage"]["input_tokens"]
    request = following(answer, compaction={"type": "summarize"})
    summary = post(api, request, betas)
    assert summary["stop_reason"] == "compaction"
    later = post(api, following(summary, messages=[user("Go on.")]), betas)
    assert abs(later["usage"]["input_tokens"] - before) < 40


def test_the_sdks_own_runner_keeps_a_thread(api: StrictApi) -> None:
    api = StrictApi([says("Done.")])
    runner = api.client().beta.messages.tool_runner(
        model="claude-opus-5-5",
        max_tokens=99,
        tools=[],
        messages=[{"role": "user", "content": "look"}],
    )
    runner.until_done()
    assert api.requests[0]["thread"] == CREATE
    assert api.violations == ()
