"""The SDK's clients for other platforms, each with its own addresses."""

import uuid
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.lib.bedrock import AnthropicBedrock
from anthropic.lib.vertex import AnthropicVertex

from trueclick.agent.testing import StrictApi, says

from .chat import TOOLSET, Block, body

SAYS = [says("Well.")] * 3


def http(api: StrictApi) -> httpx2.Client:
    return httpx2.Client(transport=api)


# The SDK types its `self` in a way that mypy refuses: a client of another platform is `Any` here.
def google_cloud(api: StrictApi) -> Any:
    return AnthropicVertex(
        region="us-east5",
        project_id="p",
        access_token=uuid.uuid4().hex,
        http_client=http(api),
        max_retries=0,
    )


def streamed(client: Any, request: Block) -> Any:
    with client.beta.messages.stream(**request) as stream:
        return stream.get_final_message()


def test_google_cloud_names_the_model_in_the_address() -> None:
    api = StrictApi(SAYS, platform="vertex")
    client = google_cloud(api)
    request = body(model="claude-opus-5-5@20260901", betas=["compact-2026-09-04"])
    assert streamed(client, request).content[-1].text == "Well."
    assert client.beta.messages.create(**request).content[-1].type == "text"
    assert api.requests[0]["model"] == "claude-opus-5-5@20260901"
    assert api.betas[0] == "compact-2026-09-04"
    assert api.violations == ()
    with pytest.raises(anthropic.BadRequestError, match="thread: Extra inputs"):
        streamed(
            client,
            {**request, "thread": {"type": "create"}, "betas": ["message-threads-2026-08-12"]},
        )


def test_google_cloud_counts_tokens_at_an_address_of_its_own() -> None:
    api = StrictApi([], platform="vertex")
    client = google_cloud(api)
    request = body()
    del request["max_tokens"]
    assert client.beta.messages.count_tokens(**request).input_tokens > 4500


def test_foundry_takes_no_toolset() -> None:
    api = StrictApi(SAYS, platform="foundry")
    client: Any = anthropic.AnthropicFoundry(
        api_key="k", resource="r", http_client=http(api), max_retries=0
    )
    assert streamed(client, body(tools=[])).content[-1].text == "Well."
    with pytest.raises(anthropic.BadRequestError, match="does not support tool type"):
        streamed(client, body(tools=[TOOLSET]))


def test_bedrock_gets_whole_answers_alone() -> None:
    api = StrictApi(SAYS, platform="bedrock")
    client: Any = AnthropicBedrock(
        api_key="k", aws_region="us-east-1", http_client=http(api), max_retries=0
    )
    request = body(model="us.anthropic.claude-opus-4-8-v1:0", tools=[])
    assert client.beta.messages.create(**request).content[-1].type == "text"
    assert api.requests[0]["model"] == "us.anthropic.claude-opus-4-8-v1:0"
    with pytest.raises(anthropic.NotFoundError):
        client.beta.messages.create(**request, stream=True)
