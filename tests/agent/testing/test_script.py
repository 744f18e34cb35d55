"""What a script may say, and what the ledger tells of it."""

import json
import socket
import threading
from typing import Any

import anthropic
import pytest

import trueclick.agent.testing as documented
from trueclick.agent.testing import (
    NetworkError,
    Request,
    StreamFault,
    StrictApi,
    Turn,
    calls,
    says,
    served,
    uses,
)
from trueclick.agent.testing.pixels import Base64

from .chat import OLD, OPUS, answered, body, image, kept, message_of, post, text, user

MODELS = ["claude-haiku-5-5", OPUS, OLD]


def streamed(api: StrictApi, **changes: Any) -> Any:
    request: Any = body(**changes)
    with api.client().beta.messages.stream(**request) as stream:
        return stream.get_final_message()


@pytest.mark.parametrize("model", MODELS)
def test_a_stream_and_a_whole_answer_say_the_same(model: str) -> None:
    batch = calls(("left_click", {"coordinate": [3, 4], "text": "é漢😀"}), ("screenshot", {}))
    turn = batch.saying("I click “here”.")
    at_once = post(StrictApi([turn]), body(model=model))
    in_parts = streamed(StrictApi([turn]), model=model).to_dict()
    for each in (at_once, in_parts):
        for block in each["content"]:
            block.pop("id", None)
    assert in_parts["content"] == at_once["content"]
    assert in_parts["stop_reason"] == at_once["stop_reason"] == "tool_use"
    assert in_parts["usage"] == at_once["usage"]


def test_a_model_that_thinks_does_so_before_it_answers() -> None:
    for model, kinds in ((OPUS, ["thinking", "text"]), (OLD, ["text"])):
        answer = streamed(StrictApi([says("Hi.")]), model=model)
        assert [block.type for block in answer.content] == kinds
    answer = streamed(StrictApi([says("Hi.")]), model=OLD, thinking={"type": "adaptive"})
    assert answer.content[0].type == "thinking"


def test_a_script_may_be_a_function_of_the_request() -> None:
    def script(request: Request) -> Turn:
        if request.answered < 3:
            return calls(("screenshot", {}))
        return says(f"{request.answered} turns, {len(request.pictures)} pictures.")

    api = StrictApi(script)
    messages = [user("look")]
    answer: Any = {"stop_reason": "tool_use"}
    while answer["stop_reason"] == "tool_use":
        answer = post(api, body(messages=messages))
        if answer["stop_reason"] == "tool_use":
            messages = [*messages, kept(answer), answered(answer, image())]
    assert answer["content"][-1]["text"] == "3 turns, 3 pictures."
    assert api.violations == ()


def test_a_script_that_is_at_its_end_says_so_and_is_not_retried() -> None:
    api = StrictApi([says("Hi.")])
    post(api, body())
    with pytest.raises(anthropic.BadRequestError) as caught:
        post(api, body())
    assert message_of(caught.value) == "the script has no turn for request 2"
    assert api.violations == ("request 2: the script has no turn for request 2",)


def test_a_script_that_fails_is_told_in_words() -> None:
    def script(_: Request) -> Turn:
        raise KeyError("coordinate")

    api = StrictApi(script)
    with pytest.raises(anthropic.BadRequestError):
        post(api, body())
    assert "the script failed: KeyError: 'coordinate'" in api.violations[0]


def test_ids_are_new_in_every_answer() -> None:
    api = StrictApi([calls(("screenshot", {}), ("screenshot", {}))] * 3)
    ids = [block["id"] for _ in range(3) for block in post(api, body())["content"][1:]]
    assert len(set(ids)) == 6


def test_an_older_tools_use_has_no_toolset() -> None:
    answer = post(StrictApi([uses({"action": "screenshot"})]), body(model=OLD))
    (block,) = answer["content"]
    assert (block["name"], block["input"]) == ("computer", {"action": "screenshot"})
    assert "toolset_name" not in block


def test_a_turn_may_carry_more_fields_and_a_count_of_its_own() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "No."}
    turn = Turn((), "refusal", output_tokens=7, fields={"stop_details": details})
    answer = streamed(StrictApi([turn]))
    assert answer.stop_details.category == "cyber"
    assert answer.usage.output_tokens == 7
    assert answer.content == []


def test_the_ledger_holds_what_travelled_once() -> None:
    api = StrictApi(lambda _: calls(("screenshot", {})))
    messages = [user(text("look"), image(100, 100))]
    for _ in range(3):
        answer = post(api, body(messages=messages, metadata={"user_id": "me"}))
        messages = [*messages, kept(answer), answered(answer, image(100, 100))]
    data = [
        json_image["source"]["data"]
        for request in api.requests
        for json_image in request["messages"][0]["content"][1:]
    ]
    assert all(isinstance(each, Base64) for each in data)
    assert len({id(each) for each in data}) == 1
    assert json.loads(json.dumps(api.requests[0]))["metadata"] == {"user_id": "me"}
    assert [entry.images for entry in api.ledger] == [1, 2, 3]
    assert [entry.number for entry in api.ledger] == [1, 2, 3]


def test_a_count_of_tokens_is_what_a_request_counts_as() -> None:
    api = StrictApi([says("Hi.")])
    request: Any = body(messages=[user(image(280, 280), text("look"))])
    answer = post(api, request)
    del request["max_tokens"]
    count = api.client().beta.messages.count_tokens(**request)
    assert count.input_tokens == answer["usage"]["input_tokens"] > 4500 + 100
    assert api.usage.output == answer["usage"]["output_tokens"]


def test_an_image_counts_its_patches() -> None:
    counts = []
    for size in (280, 560):
        api = StrictApi([says("Hi.")])
        answer = post(api, body(messages=[user(image(size, size))]))
        counts.append(answer["usage"]["input_tokens"])
    assert counts[1] - counts[0] == 400 - 100


def test_a_zoom_that_is_off_is_not_paid_for() -> None:
    api = StrictApi([says("Hi.")] * 2)
    tool = {"type": "computer_toolset_20260801"}
    off = {**tool, "configs": {"zoom": {"enabled": False}}}
    whole, less = (post(api, body(tools=[each]))["usage"]["input_tokens"] for each in (tool, off))
    assert whole - less == 410


def test_many_threads_are_answered_one_after_the_other() -> None:
    api = StrictApi(lambda request: says(str(request.number)))
    told: list[str] = []

    def ask() -> None:
        told.extend(post(api, body())["content"][-1]["text"] for _ in range(5))

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(map(int, told)) == list(range(1, 41))


def test_on_a_port_it_answers_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    api = StrictApi(
        [calls(("screenshot", {})), says("Done.")],
        faults={2: NetworkError("cut"), 3: StreamFault(4)},
    )
    with served(api) as address:
        client = anthropic.Anthropic(api_key="none", base_url=address, max_retries=0)
        request: Any = body()
        with client.beta.messages.stream(**request) as stream:
            assert stream.get_final_message().stop_reason == "tool_use"
        with pytest.raises(anthropic.APIConnectionError):
            client.beta.messages.create(**request)
        with (
            pytest.raises(Exception, match=r"peer closed|incomplete"),
            client.beta.messages.stream(**request) as stream,
        ):
            stream.get_final_message()
        assert client.beta.messages.create(**request).content[-1].type == "text"
        with pytest.raises(anthropic.BadRequestError):
            client.beta.messages.create(**{**request, "max_tokens": 0})
        client.close()
    assert len(api.requests) == 5


def test_on_a_port_a_request_that_breaks_off_is_none() -> None:
    api = StrictApi([says("Done.")])
    with (
        served(api) as address,
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as client,
    ):
        client.sendall(b"POST /v1/messages HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert api.requests == []
    assert api.violations == ()


def test_the_example_of_the_documentation_runs() -> None:
    lines = (documented.__doc__ or "").splitlines()
    example = "\n".join(line[4:] for line in lines if line.startswith("    "))
    printed: list[Any] = []

    def run_my_agent(client: anthropic.Anthropic) -> None:
        messages = [user("look")]
        for _ in range(3):
            try:
                request: Any = body(messages=messages)
                answer = client.beta.messages.create(**request).to_dict()
            except anthropic.APIStatusError:
                continue
            if answer["stop_reason"] == "tool_use":
                messages = [*messages, kept(answer), answered(answer, image())]

    exec(example, {"run_my_agent": run_my_agent, "print": lambda *a: printed.extend(a)})  # noqa: S102
    assert printed[0].input > 9000
    assert printed[1] > 0
