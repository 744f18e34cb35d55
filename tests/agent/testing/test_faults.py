"""Each fault as the SDK's client sees it, and what the API makes of the request."""

from collections.abc import Mapping
from typing import Any

import anthropic
import httpx2
import pytest

from trueclick.agent.testing import (
    MALFORMED,
    Fault,
    HttpError,
    NetworkError,
    StreamFault,
    StrictApi,
    Turn,
    calls,
    overloaded,
    rate_limited,
    says,
)
from trueclick.agent.testing.stream import encoded, events

from .chat import body, message_of, post
from .clock import ManualClock

BATCH = calls(("left_click", {"coordinate": [3, 4], "text": "ctrl+é"}), ("screenshot", {}))


def streamed(api: StrictApi, **changes: Any) -> Any:
    """The answer to a streaming request."""
    request: Any = body(**changes)
    with api.client().beta.messages.stream(**request) as stream:
        return stream.get_final_message()


HTTP: Mapping[int, type[anthropic.APIStatusError]] = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    403: anthropic.PermissionDeniedError,
    404: anthropic.NotFoundError,
    409: anthropic.ConflictError,
    413: anthropic.RequestTooLargeError,
    429: anthropic.RateLimitError,
    500: anthropic.InternalServerError,
    502: anthropic.InternalServerError,
    503: anthropic.ServiceUnavailableError,
    504: anthropic.DeadlineExceededError,
    529: anthropic.OverloadedError,
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("status", "error"), HTTP.items())
def test_a_status_is_an_error_of_its_kind(
    status: int, error: type[anthropic.APIStatusError], stream: bool
) -> None:
    api = StrictApi([BATCH], faults={1: HttpError(status, "as planned")})
    with pytest.raises(error) as caught:
        streamed(api) if stream else post(api, body())
    assert caught.value.status_code == status
    assert "as planned" in (
        caught.value.message if status in {502, 503} else message_of(caught.value)
    )
    assert api.violations == ()
    assert api.usage.total == 0
    assert streamed(api).stop_reason == "tool_use"


def test_too_many_requests_come_with_a_time_to_wait() -> None:
    api = StrictApi([BATCH], faults={1: rate_limited(2.5), 2: rate_limited(None), 3: overloaded()})
    with pytest.raises(anthropic.RateLimitError) as caught:
        streamed(api)
    assert caught.value.response.headers["retry-after"] == "2.5"
    with pytest.raises(anthropic.RateLimitError) as caught:
        streamed(api)
    assert "retry-after" not in caught.value.response.headers
    with pytest.raises(anthropic.APIStatusError) as other:
        streamed(api)
    assert other.value.status_code == 529


@pytest.mark.parametrize(
    ("fault", "error", "cause"),
    [
        (NetworkError("unreachable"), anthropic.APIConnectionError, httpx2.ConnectError),
        (NetworkError("connect_timeout"), anthropic.APITimeoutError, httpx2.ConnectTimeout),
        (NetworkError("read_timeout"), anthropic.APITimeoutError, httpx2.ReadTimeout),
        (NetworkError("cut"), anthropic.APIConnectionError, httpx2.RemoteProtocolError),
    ],
)
def test_a_network_that_fails_is_a_connection_error(
    fault: Fault, error: type[Exception], cause: type[Exception]
) -> None:
    api = StrictApi([BATCH], faults={1: fault})
    with pytest.raises(error) as caught:
        streamed(api)
    assert isinstance(caught.value.__cause__, cause)
    assert api.ledger[0].fault == fault
    assert streamed(api).stop_reason == "tool_use"


@pytest.mark.parametrize(
    "fault", [HttpError(500, answered=True), NetworkError("cut", answered=True)]
)
def test_a_lost_answer_was_counted_and_its_turn_is_given_again(fault: Fault) -> None:
    api = StrictApi([BATCH, says("Done.")], faults={1: fault})
    with pytest.raises(anthropic.APIError):
        streamed(api, cache_control={"type": "ephemeral"})
    lost = api.ledger[0]
    assert lost.answer is not None
    assert lost.usage.cache_write > 4500
    answer = streamed(api, cache_control={"type": "ephemeral"})
    assert answer.stop_reason == "tool_use"
    assert answer.usage.cache_read_input_tokens == lost.usage.cache_write
    assert streamed(api).content[-1].text == "Done."


def pieces() -> int:
    api = StrictApi([BATCH])
    streamed(api)
    answer = api.ledger[0].answer
    assert answer is not None
    return len(list(events(answer)))


@pytest.mark.parametrize("how", ["cut", "silence", "error"])
def test_a_stream_breaks_off_after_any_event(how: Any) -> None:
    for after in range(pieces()):
        api = StrictApi([BATCH], faults={1: StreamFault(after, how=how)})
        kinds = {"cut": httpx2.RemoteProtocolError, "silence": httpx2.ReadTimeout}
        with pytest.raises(kinds.get(how, anthropic.APIStatusError)) as caught:
            streamed(api)
        if isinstance(caught.value, anthropic.APIStatusError):
            assert caught.value.type == "overloaded_error"
        assert api.ledger[0].answer is not None
        assert streamed(api).stop_reason == "tool_use"
    api = StrictApi([BATCH], faults={1: StreamFault(pieces(), how=how)})
    assert streamed(api).stop_reason == "tool_use"
    assert api.ledger[0].fault is None  # nothing was left to break


def test_a_stream_breaks_off_after_any_byte() -> None:
    api = StrictApi([BATCH])
    streamed(api)
    answer = api.ledger[0].answer
    assert answer is not None
    length = len(b"".join(map(encoded, events(answer))))
    for after in range(0, length, 97):
        api = StrictApi([BATCH], faults={1: StreamFault(after_bytes=after)})
        with pytest.raises(httpx2.RemoteProtocolError):
            streamed(api)


def test_a_stream_that_just_ends_looks_complete_but_for_its_reason_to_stop() -> None:
    for after in range(1, pieces() - 2):
        api = StrictApi([BATCH], faults={1: StreamFault(after, how="end")})
        assert streamed(api).stop_reason is None
    api = StrictApi([BATCH], faults={1: StreamFault(0, how="end")})
    with pytest.raises(AssertionError):  # the SDK's own
        streamed(api)


def test_a_request_without_a_stream_fails_as_a_whole() -> None:
    api = StrictApi([BATCH], faults={1: StreamFault(), 2: StreamFault(how="error")})
    with pytest.raises(anthropic.APIConnectionError):
        post(api, body())
    with pytest.raises(anthropic.APIStatusError) as caught:
        post(api, body())
    assert caught.value.status_code == 529
    assert post(api, body())["stop_reason"] == "tool_use"


def test_faults_may_be_worked_out_and_stand_in_a_script() -> None:
    api = StrictApi(
        [HttpError(500), (529, "Overloaded"), NetworkError("cut"), says("Done.")],
        faults=lambda number: overloaded() if number % 2 else None,
    )
    for _ in range(6):
        with pytest.raises(anthropic.APIError):
            streamed(api)
    assert [entry.fault is not None for entry in api.ledger] == [True] * 6
    with pytest.raises(anthropic.APIError):
        streamed(api)
    assert streamed(api).content[-1].text == "Done."
    assert api.violations == ()


def test_a_swallowed_request_that_breaks_a_rule_is_a_violation_all_the_same() -> None:
    api = StrictApi([], faults={1: overloaded()})
    with pytest.raises(anthropic.APIStatusError) as caught:
        post(api, body(max_tokens=0))
    assert caught.value.status_code == 529
    assert len(api.violations) == 1


def test_an_answer_takes_its_time_and_no_more_than_the_client_waits() -> None:
    clock = ManualClock()
    api = StrictApi([says("Late.").taking(30), says("Never.").taking(31)], clock=clock)
    client = api.client().with_options(timeout=30)
    request: Any = body()
    start = clock.now()
    assert client.beta.messages.create(**request).content[-1].type == "text"
    assert clock.now() == start + 30
    with pytest.raises(anthropic.APITimeoutError):
        client.beta.messages.create(**request)
    assert clock.now() == start + 60
    assert api.ledger[1].usage.output > 0


@pytest.mark.parametrize("turn", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_answer_arrives_as_it_is(turn: Turn) -> None:
    api = StrictApi([turn])
    spelled = [block["input"] for block in turn.content if isinstance(block.get("input"), str)]
    if spelled == ['{"coordinate": oops}']:
        with pytest.raises(ValueError, match="Unable to parse tool parameter JSON"):
            streamed(api)
        return
    answer = streamed(api)
    if spelled:
        assert answer.content[-1].input == {"coordinate": [1, 1]}
        return
    assert answer.stop_reason == turn.stop_reason
    said = [block for block in answer.to_dict()["content"] if block["type"] != "thinking"]
    assert [{k: v for k, v in block.items() if k != "id"} for block in said] == list(turn.content)
    assert api.violations == ()


def test_an_answer_that_is_too_long_is_cut_off() -> None:
    long = says("word " * 4000)
    api = StrictApi([long, *[calls(("type", {"text": "x" * 4000}))] * 2, long])
    answer = streamed(api, max_tokens=500)
    assert answer.stop_reason == "max_tokens"
    assert answer.usage.output_tokens == 500
    assert 1000 < len(answer.content[-1].text) < 2000
    answer = streamed(api, max_tokens=500)
    assert answer.stop_reason == "max_tokens"
    assert answer.content[-1].type == "tool_use"
    assert answer.content[-1].input in ({}, {"text": ""})
    whole = post(api, body(max_tokens=500))
    assert (whole["stop_reason"], whole["content"][-1]["input"]) == ("max_tokens", {})
    assert streamed(api, max_tokens=50_000).stop_reason == "end_turn"


def test_an_answer_that_fills_the_window_says_so() -> None:
    api = StrictApi([says("word " * 8000)])
    nearly = "x" * 4 * 190_000
    answer = post(api, body(model="claude-opus-4-5", tools=[], system=nearly, max_tokens=64_000))
    assert answer["stop_reason"] == "model_context_window_exceeded"
    used = answer["usage"]
    assert used["input_tokens"] + used["output_tokens"] == 200_000
