"""Which failed requests are made again, and when."""

import anthropic
import httpx2
import pytest

from trueclick.agent.conversation.retries import (
    LONGEST_WAIT_S,
    MOST_ATTEMPTS,
    CutShortError,
    error_text,
    wait_before_retry,
)

REQUEST = httpx2.Request("POST", "http://strict.invalid/v1/messages")


def status(
    code: int, kind: str = "api_error", headers: dict[str, str] | None = None
) -> anthropic.APIStatusError:
    body = {"type": "error", "error": {"type": kind, "message": "Told so"}}
    response = httpx2.Response(code, headers=headers, json=body, request=REQUEST)
    return anthropic.APIStatusError("Told so", response=response, body=body)


@pytest.mark.parametrize("code", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again(code: int) -> None:
    wait = wait_before_retry(status(code), 1)
    assert wait is not None
    assert 0.75 <= wait <= 1


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 413, 422])
def test_what_will_not_pass_is_not(code: int) -> None:
    assert wait_before_retry(status(code), 1) is None


def test_the_server_has_the_last_word() -> None:
    assert wait_before_retry(status(529, headers={"x-should-retry": "false"}), 1) is None
    assert wait_before_retry(status(400, headers={"x-should-retry": "true"}), 1) is not None


@pytest.mark.parametrize(
    "error",
    [
        anthropic.APIConnectionError(request=REQUEST),
        anthropic.APITimeoutError(request=REQUEST),
        httpx2.ReadError("reset"),
        httpx2.RemoteProtocolError("cut"),
        httpx2.ReadTimeout("slow"),
        CutShortError("the answer broke off before its end"),
    ],
)
def test_a_network_that_fails_is_tried_again(error: Exception) -> None:
    assert wait_before_retry(error, 1) is not None


def test_an_error_inside_of_a_stream_is_told_apart_by_its_kind() -> None:
    assert wait_before_retry(status(200, "overloaded_error"), 1) is not None
    assert wait_before_retry(status(200, "invalid_request_error"), 1) is None


def test_the_wait_is_the_servers_if_it_names_one() -> None:
    assert wait_before_retry(status(429, headers={"retry-after": "7"}), 1) == 7
    assert wait_before_retry(status(429, headers={"retry-after-ms": "250"}), 1) == 0.25
    assert wait_before_retry(status(429, headers={"retry-after": "-3"}), 1) == 0
    soon = wait_before_retry(status(429, headers={"retry-after": "Sat, 21 Nov 2026"}), 1)
    assert soon is not None
    assert soon <= 1


def test_nobody_waits_for_ever() -> None:
    patience = str(LONGEST_WAIT_S + 1)
    assert wait_before_retry(status(429, headers={"retry-after": patience}), 1) is None
    assert wait_before_retry(status(429, headers={"retry-after": "inf"}), 1) is None
    assert wait_before_retry(status(529), MOST_ATTEMPTS) is None
    waits = [wait_before_retry(status(529), n) or 0 for n in range(1, MOST_ATTEMPTS)]
    assert 60 < sum(waits) < 130


def test_an_error_is_one_line_with_the_apis_words() -> None:
    assert error_text(status(529)) == "the API request failed (529): Told so"
    assert error_text(status(200)) == "the API request failed (in mid-answer): Told so"
    assert error_text(httpx2.ReadError("a\nb")) == "the connection broke off: ReadError"
    refused = anthropic.APIConnectionError(request=REQUEST)
    refused.__cause__ = httpx2.ConnectError("All connection attempts\nfailed")
    told = error_text(refused)
    assert told == "the API request failed: Connection error. (All connection attempts failed)"
