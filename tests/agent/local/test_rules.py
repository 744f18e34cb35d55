"""The local model refuses what the API refuses, with its status and its form of an error."""

import copy
import io
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from PIL import Image

from .screens import conversation, image_block, message_of, picture, refusal_of, sound_request

Messages = list[dict[str, Any]]


def png(width: int, height: int, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(file, kind)
    return file.getvalue()


def user(*content: dict[str, Any]) -> Messages:
    return [{"role": "user", "content": list(content)}]


def text(words: str = 'click "A"') -> dict[str, Any]:
    return {"type": "text", "text": words}


def test_an_error_has_the_form_of_the_api(client: anthropic.Anthropic) -> None:
    error = refusal_of(client, messages=[])
    body: Any = error.body
    assert isinstance(error, anthropic.BadRequestError)
    assert body["type"] == "error"
    assert body["error"]["type"] == "invalid_request_error"
    assert body["request_id"] == error.request_id


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"messages": []}, "at least one message"),
        (
            {"messages": [{"role": "assistant", "content": "hi"}]},
            'must use the "user"',
        ),
        ({"max_tokens": 0}, "max_tokens"),
        ({"thread": {"id": "t"}}, "thread.type: Input should be"),
        ({"tool_choice": {"type": "any"}}, "tool_choice"),
        ({"thinking": {"type": "disabled"}}, "thinking.type.disabled"),
        ({"tools": [{"type": "computer_20251124", "name": "computer"}]}, "does not support tool"),
        ({"messages": user({"type": "image"})}, "source: Field required"),
        ({"messages": user(image_block(b"no image"), text())}, "Could not process image"),
        (
            {"messages": user(image_block(png(9, 9), "image/jpeg"), text())},
            "but appears",
        ),
        ({"messages": user(image_block(png(8001, 9)), text())}, "8000 pixels"),
        ({"messages": user(*[image_block(png(9, 9))] * 601, text())}, "too many images: 601 > 600"),
        (
            {"messages": user(image_block(png(2001, 9)), *[image_block(png(9, 9))] * 20, text())},
            "many-image requests: 2000 pixels",
        ),
        (
            {"messages": user({"type": "tool_result", "tool_use_id": "toolu_1"})},
            "unexpected `tool_use_id`",
        ),
    ],
)
def test_a_request_that_the_api_refuses_is_refused(
    client: anthropic.Anthropic, changes: dict[str, Any], words: str
) -> None:
    error = refusal_of(client, **{"extra_body": changes} if "thread" in changes else changes)
    assert error.status_code == 400
    assert words in message_of(error)


@pytest.mark.parametrize("name", ["model", "max_tokens", "messages"])
def test_a_field_that_is_missing_is_named(client: anthropic.Anthropic, name: str) -> None:
    body = {key: value for key, value in sound_request().items() if key != name}
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.post("/v1/messages", cast_to=object, body=body)
    assert message_of(caught.value) == f"{name}: Field required"


def test_an_unknown_model_is_not_found(client: anthropic.Anthropic) -> None:
    error = refusal_of(client, model="claude-opus-0")
    assert isinstance(error, anthropic.NotFoundError)
    assert message_of(error) == "model: claude-opus-0"


def test_a_request_without_a_key_is_not_authenticated(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.AuthenticationError):
        client.with_options(api_key=" ").beta.messages.create(**sound_request())


def test_an_older_tool_needs_its_beta_header(client: anthropic.Anthropic) -> None:
    tools = [{"type": "computer_20251124", "name": "computer"}]
    error = refusal_of(client, model="claude-opus-4-7", tools=tools)
    assert "anthropic-beta: computer-use-2025-11-24" in message_of(error)


def test_a_sound_conversation_is_answered(client: anthropic.Anthropic) -> None:
    messages = conversation(client, picture("empty"))
    answer = client.beta.messages.create(**sound_request(messages=messages))
    assert answer.stop_reason == "tool_use"
    assert answer.model == "local"
    first = client.beta.messages.create(**sound_request())
    # 551x596 is 20x22 patches; the turn's 40 tokens of thinking count too.
    assert 440 <= answer.usage.input_tokens - first.usage.input_tokens <= 540


def _drop_result(messages: Messages) -> None:
    messages[2]["content"] = [text("go on")]


def _double_result(messages: Messages) -> None:
    messages[2]["content"] *= 2


def _wrong_id(messages: Messages) -> None:
    messages[2]["content"][0]["tool_use_id"] = "toolu_other"


def _no_toolset(messages: Messages) -> None:
    del messages[2]["content"][0]["toolset_name"]


def _other_toolset(messages: Messages) -> None:
    messages[2]["content"][0]["toolset_name"] = "browser"


def _text_first(messages: Messages) -> None:
    messages[2]["content"].insert(0, text("here"))


def _oversized(messages: Messages) -> None:
    messages[2]["content"][0]["content"] = [image_block(png(1600, 900))]


def _edited_task(messages: Messages) -> None:
    messages[0]["content"] = 'click "Submit order"'


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_drop_result, "`tool_use` ids were found without `tool_result`"),
        (_double_result, "single result"),
        (_wrong_id, "unexpected `tool_use_id`"),
        (_no_toolset, "toolset_name: expected `computer`"),
        (_other_toolset, "toolset_name: expected `computer`"),
        (_text_first, "must come first"),
        (_oversized, "1600x900 is over the limits of 'local'"),
        (_edited_task, "earlier message was changed"),
    ],
)
def test_a_conversation_that_was_tampered_with_is_refused(
    client: anthropic.Anthropic, edit: Callable[[Messages], None], words: str
) -> None:
    messages = copy.deepcopy(conversation(client, picture("empty")))
    edit(messages)
    error = refusal_of(client, messages=messages)
    assert error.status_code == 400
    assert words in message_of(error)


@pytest.mark.parametrize(
    "changes",
    [
        {"system": "Be quick."},
        {"tools": [{"type": "computer_toolset_20260801", "configs": {"zoom": {"enabled": False}}}]},
    ],
)
def test_system_and_tools_belong_to_the_prefix(
    client: anthropic.Anthropic, changes: dict[str, Any]
) -> None:
    messages = conversation(client, picture("empty"))
    assert "was changed" in message_of(refusal_of(client, messages=messages, **changes))


def test_a_cache_marker_may_move(client: anthropic.Anthropic) -> None:
    messages = conversation(client, picture("empty"))
    marked = {**text('click "Check order"'), "cache_control": {"type": "ephemeral"}}
    messages[0]["content"] = [marked]
    assert client.beta.messages.create(**sound_request(messages=messages)).stop_reason == "tool_use"


def test_a_model_that_does_not_bind_thinking_takes_an_edited_history(
    client: anthropic.Anthropic,
) -> None:
    messages = conversation(client, picture("empty"), model="claude-sonnet-5")
    _edited_task(messages)
    request = sound_request(model="claude-sonnet-5", messages=messages)
    assert client.beta.messages.create(**request).stop_reason == "tool_use"
