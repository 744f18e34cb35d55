"""A conversation with the strict API through the SDK's client, kept as a client should."""

import base64
import functools
import io
from collections.abc import Mapping, Sequence
from typing import Any

import anthropic
import pytest
from PIL import Image

from trueclick.agent.testing import StrictApi

Block = dict[str, Any]

TOOLSET: Block = {"type": "computer_toolset_20260801"}
OPUS = "claude-opus-5-5"
OLD = "claude-opus-4-8"
"""A model that binds no thinking."""


@functools.cache
def png(width: int = 20, height: int = 20, kind: str = "PNG") -> str:
    """A white image in base64."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def image(width: int = 20, height: int = 20, **changes: Any) -> Block:
    source = {"type": "base64", "media_type": "image/png", "data": png(width, height), **changes}
    return {"type": "image", "source": source}


def text(words: str = "go on", **fields: Any) -> Block:
    return {"type": "text", "text": words, **fields}


def marked(block: Mapping[str, Any], ttl: str | None = None) -> Block:
    """The block with a cache breakpoint."""
    marker = {"type": "ephemeral"} if ttl is None else {"type": "ephemeral", "ttl": ttl}
    return {**block, "cache_control": marker}


def user(*content: Mapping[str, Any] | str) -> Block:
    if len(content) == 1 and isinstance(content[0], str):
        return {"role": "user", "content": content[0]}
    return {"role": "user", "content": list(content)}


def model_says(*content: Mapping[str, Any] | str) -> Block:
    return {**user(*content), "role": "assistant"}


def call(name: str = "screenshot", id_: str = "toolu_1", **changes: Any) -> Block:
    block = {"type": "tool_use", "id": id_, "name": name, "toolset_name": "computer", "input": {}}
    return {key: value for key, value in {**block, **changes}.items() if value is not None}


def result(*content: Mapping[str, Any], id_: str = "toolu_1", **changes: Any) -> Block:
    block = {
        "type": "tool_result",
        "tool_use_id": id_,
        "toolset_name": "computer",
        "content": list(content),
    }
    return {key: value for key, value in {**block, **changes}.items() if value is not None}


def body(**changes: Any) -> Block:
    """A sound request but for the changes; what is `None` is left out."""
    sound = {
        "model": OPUS,
        "max_tokens": 1024,
        "messages": [user("look")],
        "tools": [TOOLSET],
    }
    return {key: value for key, value in {**sound, **changes}.items() if value is not None}


def post(api: StrictApi, request: Mapping[str, Any], betas: Sequence[str] = ()) -> Any:
    """Send a body as it stands, whatever the SDK thinks of it, and give the answer as JSON."""
    headers = {"anthropic-beta": ",".join(betas)} if betas else {}
    return api.client().post(
        "/v1/messages?beta=true", cast_to=object, body=dict(request), options={"headers": headers}
    )


def refusal(api: StrictApi, request: Mapping[str, Any], betas: Sequence[str] = ()) -> str:
    """What the API says to a request that it must refuse; it is noted as a violation."""
    before = len(api.violations)
    with pytest.raises(anthropic.APIStatusError) as caught:
        post(api, request, betas)
    told = message_of(caught.value)
    assert len(api.violations) == before + 1
    assert told in api.violations[-1]
    return told


def message_of(error: anthropic.APIStatusError) -> str:
    parsed: Any = error.body
    return str(parsed["error"]["message"])


def code_of(error: anthropic.APIStatusError) -> str | None:
    parsed: Any = error.body
    code = parsed["error"].get("details", {}).get("error_code")
    return None if code is None else str(code)


def kept(answer: Any) -> Block:
    """An answer as it is sent back."""
    return {"role": "assistant", "content": answer["content"]}


def answered(answer: Any, *content: Mapping[str, Any]) -> Block:
    """The results of an answer's calls, the last with some content."""
    asked = [block for block in answer["content"] if block["type"] == "tool_use"]
    results = [result(id_=block["id"], toolset_name=block.get("toolset_name")) for block in asked]
    results[-1]["content"] = list(content)
    return user(*results)
