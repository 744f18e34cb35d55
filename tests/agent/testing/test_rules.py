"""Each rule with a request that it refuses, and the nearest that it allows."""

import json
from dataclasses import dataclass, field
from typing import Any

import anthropic
import pytest

from trueclick.agent.testing import StrictApi, says
from trueclick.geometry.requests import PlatformName

from .chat import (
    OLD,
    OPUS,
    TOOLSET,
    Block,
    body,
    call,
    image,
    marked,
    message_of,
    model_says,
    png,
    post,
    refusal,
    result,
    text,
    user,
)

CONTEXT = "context-management-2025-06-27"
COMPACT = "compact-2026-09-04"
THREADS = "message-threads-2026-08-12"
BINDING = "thinking-binding-controls-2026-08-01"
OLDER_BETA = "computer-use-2025-11-24"

SONNET = "claude-sonnet-5-5"
HAIKU = "claude-haiku-5-5"
OPUS_5 = "claude-opus-5"
OPUS_4_5 = "claude-opus-4-5"
OPUS_4_6 = "claude-opus-4-6"


@dataclass(frozen=True)
class Case:
    """What is refused and why, and what is not."""

    refused: Block
    words: str
    allowed: Block
    betas: tuple[str, ...] = ()
    allowed_betas: tuple[str, ...] | None = None
    platform: PlatformName = "anthropic"
    name: str = field(default="")


def older(width: int = 1024, height: int = 768, **fields: Any) -> Block:
    return {
        "type": "computer_20251124",
        "name": "computer",
        "display_width_px": width,
        "display_height_px": height,
        **fields,
    }


def custom(name: str = "hand_back", **fields: Any) -> Block:
    return {"name": name, "input_schema": {"type": "object"}, **fields}


def talk(
    *results: Block, calls: tuple[Block, ...] = (call(),), after: tuple[Block, ...] = ()
) -> Any:
    """A task, calls of the model, and a message of results and more."""
    return [user("look"), model_says(*calls), user(*results, *after)]


def shots(count: int, **last: int) -> Any:
    return [user(*[image()] * (count - 1), image(**last), text())]


def thinking(kind: str, **fields: Any) -> Block:
    return {"type": kind, **fields}


def clearing(**fields: Any) -> Block:
    return {"edits": [{"type": "clear_tool_uses_20250919", **fields}]}


CASES = {
    "an unknown model": Case(body(model="claude-opus-0"), "model: claude-opus-0", body()),
    "an unknown field": Case(body(maxTokens=1), "maxTokens: Extra inputs", body(stream=False)),
    "no answer asked for": Case(body(max_tokens=0), "max_tokens", body(max_tokens=1)),
    "a boolean for a number": Case(body(max_tokens=True), "valid integer", body(max_tokens=1)),
    "no message": Case(body(messages=[]), "at least one message", body()),
    "a system message": Case(
        body(messages=[user("a"), {"role": "system", "content": "b"}]),
        "role 'user' or 'assistant'",
        body(system="b"),
    ),
    "an unknown block": Case(
        body(messages=[user({"type": "picture"})]),
        "does not match any of the expected tags",
        body(messages=[user(image())]),
    ),
    "a model that begins": Case(
        body(messages=[model_says("hi"), user("a")]), "first message", body(messages=[user("a")])
    ),
    "an empty text": Case(
        body(messages=[user(text(""))]), "must be non-empty", body(messages=[user(text("."))])
    ),
    "a text of spaces": Case(
        body(messages=[user(text(" \n"))]), "non-whitespace", body(messages=[user(text(" . "))])
    ),
    "an empty text in a result": Case(
        body(messages=talk(result(text("")))), "non-empty", body(messages=talk(result()))
    ),
    "an empty answer sent back": Case(
        body(messages=[user("a"), model_says(), user("b")]),
        "non-empty content",
        body(messages=[user("a"), user("b")]),
    ),
    "an empty system prompt": Case(
        body(system=[text("")]), "system.0", body(system=[text("Be quick.")])
    ),
    "a call of the user's": Case(
        body(messages=[user(call())]), "cannot be in user", body(messages=talk(result()))
    ),
    "an image of the model's": Case(
        body(messages=[user("a"), model_says(image()), user("b")]),
        "cannot be in assistant",
        body(messages=[user("a"), model_says(text()), user(image())]),
    ),
    "a call that is not answered": Case(
        body(messages=[user("a"), model_says(call()), user("b")]),
        "without `tool_result` blocks immediately after: toolu_1",
        body(messages=talk(result(), after=(text("b"),))),
    ),
    "one of two calls not answered": Case(
        body(messages=talk(result(), calls=(call(), call(id_="toolu_2")))),
        "immediately after: toolu_2",
        body(messages=talk(result(), result(id_="toolu_2"), calls=(call(), call(id_="toolu_2")))),
    ),
    "a result of no call": Case(
        body(messages=talk(result(), result(id_="toolu_2"))),
        "unexpected `tool_use_id`",
        body(messages=talk(result())),
    ),
    "a result twice": Case(
        body(messages=talk(result(), result())), "single result", body(messages=talk(result()))
    ),
    "a result behind a text": Case(
        body(messages=[user("a"), model_says(call()), user(text(), result())]),
        "must come first",
        body(messages=[user("a"), model_says(call()), user(result(), text())]),
    ),
    "an id used twice": Case(
        body(messages=[*talk(result()), *talk(result())[1:]]),
        "ids must be unique",
        body(messages=[*talk(result()), *talk(result(id_="b"), calls=(call(id_="b"),))[1:]]),
    ),
    "an id of other letters": Case(
        body(messages=talk(result(id_="a b"), calls=(call(id_="a b"),))),
        "should match pattern",
        body(messages=talk(result(id_="a-b_1"), calls=(call(id_="a-b_1"),))),
    ),
    "a result without its toolset": Case(
        body(messages=talk(result(toolset_name=None))),
        "expected `computer` as in the `tool_use`",
        body(messages=talk(result())),
    ),
    "a result with a toolset too many": Case(
        body(messages=talk(result(), calls=(call("hand_back", toolset_name=None),))),
        "expected no value",
        body(
            messages=talk(result(toolset_name=None), calls=(call("hand_back", toolset_name=None),))
        ),
    ),
    "an error with a picture": Case(
        body(messages=talk(result(text(), image(), is_error=True))),
        "all content must be type `text` if `is_error` is true",
        body(messages=talk(result(text(), is_error=True), after=(image(),))),
    ),
    "a tool of a newer model": Case(
        body(model=OPUS_4_6), "does not support tool type", body(model=OLD)
    ),
    "a tool of an older model": Case(
        body(tools=[older()]),
        "does not support tool type",
        body(model=OPUS_4_6, tools=[older()]),
        (OLDER_BETA,),
    ),
    "an older tool without its beta": Case(
        body(model=OPUS_4_6, tools=[older()]),
        f"anthropic-beta: {OLDER_BETA}",
        body(model=OPUS_4_6, tools=[older()]),
        (),
        (OLDER_BETA,),
    ),
    "the toolset on Bedrock": Case(
        body(),
        "does not support tool type",
        body(tools=[older()]),
        (),
        (OLDER_BETA,),
        platform="bedrock",
    ),
    "a toolset with a display": Case(
        body(tools=[{**TOOLSET, "display_width_px": 9}]),
        "display_width_px: Extra inputs",
        body(tools=[{**TOOLSET, "configs": {"zoom": {"enabled": False}}}]),
    ),
    "a toolset with an unknown member": Case(
        body(tools=[{**TOOLSET, "configs": {"fly": {"enabled": False}}}]),
        "configs.fly",
        body(tools=[{**TOOLSET, "configs": {"wait": {"enabled": False}}}]),
    ),
    "an older tool without a display": Case(
        body(model=OPUS_4_6, tools=[{"type": "computer_20251124", "name": "computer"}]),
        "display_width_px",
        body(model=OPUS_4_6, tools=[older(enable_zoom=True)]),
        (OLDER_BETA,),
    ),
    "a zoom of the oldest tool": Case(
        body(
            model="claude-haiku-4-5",
            tools=[older(type="computer_20250124", enable_zoom=True)],
        ),
        "enable_zoom: Extra inputs",
        body(model="claude-haiku-4-5", tools=[older(type="computer_20250124")]),
        ("computer-use-2025-01-24",),
    ),
    "two tools of one name": Case(
        body(tools=[custom(), custom()]),
        "Tool names must be unique",
        body(tools=[TOOLSET, custom(), custom("other")]),
    ),
    "a tool without a schema": Case(
        body(tools=[{"name": "a"}]), "input_schema", body(tools=[custom()])
    ),
    "a forced tool": Case(
        body(tool_choice={"type": "any"}),
        'type "tool" and "any" are not supported',
        body(tool_choice={"type": "auto"}),
    ),
    "a forced tool while an older model thinks": Case(
        body(
            model=OLD,
            tools=[custom()],
            tool_choice={"type": "tool", "name": "hand_back"},
            thinking=thinking("adaptive"),
        ),
        "Thinking may not be enabled",
        body(model=OLD, tools=[custom()], tool_choice={"type": "tool", "name": "hand_back"}),
    ),
    "a forced tool that is not there": Case(
        body(model=HAIKU, tools=[custom()], tool_choice={"type": "tool", "name": "x"}),
        "not found in provided tools",
        body(model=HAIKU, tools=[custom()], tool_choice={"type": "tool", "name": "hand_back"}),
    ),
    "disabled thinking": Case(
        body(thinking=thinking("disabled")),
        '"thinking.type.disabled" is not supported',
        body(model=HAIKU, thinking=thinking("disabled")),
    ),
    "disabled thinking where another type is meant": Case(
        body(model=SONNET, thinking=thinking("disabled")),
        "To turn thinking off on this model",
        body(model=SONNET, thinking=thinking("between_tools")),
    ),
    "a budget of thinking": Case(
        body(thinking=thinking("enabled", budget_tokens=1024), max_tokens=2048),
        '"thinking.type.enabled" is not supported',
        body(
            model=OPUS_4_6,
            tools=[],
            thinking=thinking("enabled", budget_tokens=1024),
            max_tokens=2048,
        ),
    ),
    "too small a budget of thinking": Case(
        body(
            model=OPUS_4_6,
            tools=[],
            thinking=thinking("enabled", budget_tokens=1023),
            max_tokens=2048,
        ),
        "greater than or equal to 1024",
        body(model=OPUS_4_6, tools=[], thinking=thinking("adaptive")),
    ),
    "a budget of thinking that leaves no answer": Case(
        body(
            model=OPUS_4_6,
            tools=[],
            thinking=thinking("enabled", budget_tokens=1024),
            max_tokens=1024,
        ),
        "must be greater than `thinking.budget_tokens`",
        body(
            model=OPUS_4_6,
            tools=[],
            thinking=thinking("enabled", budget_tokens=1024),
            max_tokens=1025,
        ),
    ),
    "adaptive thinking on an old model": Case(
        body(model=OPUS_4_5, tools=[], thinking=thinking("adaptive")),
        "adaptive thinking is not supported",
        body(model=OPUS_4_5, tools=[], thinking=thinking("disabled")),
    ),
    "no thinking with much effort": Case(
        body(model=OPUS_5, thinking=thinking("disabled"), output_config={"effort": "xhigh"}),
        "'xhigh' is not supported when thinking is disabled",
        body(model=OPUS_5, thinking=thinking("disabled"), output_config={"effort": "high"}),
    ),
    "a display of no thinking": Case(
        body(model=SONNET, thinking=thinking("between_tools", display="omitted")),
        "display: Extra inputs",
        body(model=SONNET, thinking=thinking("adaptive", display="omitted")),
    ),
    "controls of binding without their beta": Case(
        body(
            thinking=thinking("adaptive", block_binding={"prefix_mismatch_behavior": "drop_block"})
        ),
        "block_binding: Extra inputs",
        body(
            thinking=thinking("adaptive", block_binding={"prefix_mismatch_behavior": "drop_block"})
        ),
        (),
        (BINDING,),
    ),
    "effort on a model without": Case(
        body(model="claude-sonnet-4-5", tools=[], output_config={"effort": "low"}),
        "'low' is not supported",
        body(model="claude-sonnet-4-6", tools=[], output_config={"effort": "low"}),
    ),
    "too much effort": Case(
        body(model=OPUS_4_6, tools=[], output_config={"effort": "xhigh"}),
        "'xhigh' is not supported",
        body(model=OPUS_4_6, tools=[], output_config={"effort": "max"}),
    ),
    "too long an answer": Case(
        body(max_tokens=128_001), "128001 > 128000", body(max_tokens=128_000)
    ),
    "a temperature": Case(
        body(temperature=0.5),
        "`temperature` is deprecated",
        body(model=OPUS_4_6, tools=[], temperature=0.5),
    ),
    "an answer begun": Case(
        body(messages=[user("a"), model_says("The answer is")]),
        "does not support assistant message prefill",
        body(model=OPUS_4_5, tools=[], messages=[user("a"), model_says("The answer is")]),
    ),
    "an answer begun with a space at its end": Case(
        body(model=OPUS_4_5, tools=[], messages=[user("a"), model_says("The answer is ")]),
        "trailing whitespace",
        body(model=OPUS_4_5, tools=[], messages=[user("a"), model_says("The answer is")]),
    ),
    "an unknown beta": Case(
        body(),
        "Unexpected value(s) `computer-use-1999-01-01`",
        body(),
        ("computer-use-1999-01-01",),
        (COMPACT,),
    ),
    "clearing without its beta": Case(
        body(context_management=clearing()),
        "context_management: Extra inputs",
        body(context_management=clearing()),
        (),
        (CONTEXT,),
    ),
    "clearing of an unknown kind": Case(
        body(context_management=clearing(keep={"type": "images", "value": 3})),
        "keep.type",
        body(context_management=clearing(keep={"type": "tool_uses", "value": 0})),
        (CONTEXT,),
    ),
    "clearing of less than nothing": Case(
        body(context_management=clearing(keep={"type": "tool_uses", "value": -1})),
        "greater than or equal to 0",
        body(context_management=clearing(trigger={"type": "tool_uses", "value": 1})),
        (CONTEXT,),
    ),
    "an edit that the model of the API does not know": Case(
        body(context_management={"edits": [{"type": "compact_20260112"}]}),
        "is not an edit that the strict model",
        body(context_management={"edits": []}),
        (CONTEXT,),
    ),
    "compaction without its beta": Case(
        body(compaction={"type": "summarize"}),
        "compaction: Extra inputs",
        body(compaction={"type": "summarize"}),
        (),
        (COMPACT,),
    ),
    "a thread without its beta": Case(
        body(thread={"type": "create"}),
        "thread: Extra inputs",
        body(thread={"type": "create"}),
        (),
        (THREADS,),
    ),
    "five breakpoints": Case(
        body(messages=[user(*[marked(text())] * 5)]),
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
        body(messages=[user(*[marked(text())] * 4)]),
    ),
    "four breakpoints and the automatic one": Case(
        body(messages=[user(*[marked(text())] * 4)], cache_control={"type": "ephemeral"}),
        "Found 5",
        body(messages=[user(*[marked(text())] * 3)], cache_control={"type": "ephemeral"}),
    ),
    "a short breakpoint before a long one": Case(
        body(messages=[user(marked(text()), marked(text(), "1h"))]),
        "must not come after",
        body(messages=[user(marked(text(), "1h"), marked(text()))]),
    ),
    "a breakpoint inside of a result": Case(
        body(messages=talk(result(marked(image())))),
        "mark the `tool_result` block instead",
        body(messages=talk(marked(result(image())))),
    ),
    "a breakpoint of another kind": Case(
        body(system=[{**text(), "cache_control": {"type": "for ever"}}]),
        "Input should be 'ephemeral'",
        body(system=[marked(text())]),
    ),
    "automatic caching on Bedrock": Case(
        body(tools=[], cache_control={"type": "ephemeral"}),
        "cache_control: Extra inputs",
        body(tools=[], messages=[user(marked(text()))]),
        platform="bedrock",
    ),
    "no image": Case(
        body(messages=[user(image(data="bm8gaW1hZ2U="))]),
        "Could not process image",
        body(messages=[user(image())]),
    ),
    "an image of another type than it says": Case(
        body(messages=[user(image(data=png(9, 9, "JPEG")))]),
        "specified as image/png but appears to be image/jpeg",
        body(messages=[user(image(data=png(9, 9, "JPEG"), media_type="image/jpeg"))]),
    ),
    "an image of a type that is not taken": Case(
        body(messages=[user(image(data=png(9, 9, "BMP"), media_type="image/bmp"))]),
        "media_type: Input should be one of",
        body(messages=[user(image(data=png(9, 9, "WEBP"), media_type="image/webp"))]),
    ),
    "an image too large": Case(
        body(messages=shots(1, width=8001)), "8000 pixels", body(messages=shots(1, width=8000))
    ),
    "a large one among 21": Case(
        body(messages=shots(21, width=2001)),
        "for many-image requests: 2000 pixels",
        body(messages=shots(21, width=2000)),
    ),
    "21 with a large one": Case(
        body(messages=shots(21, width=2576)),
        "for many-image requests",
        body(messages=shots(20, width=2576)),
    ),
    "601 images": Case(
        body(messages=shots(601)), "too many images: 601 > 600", body(messages=shots(600))
    ),
    "101 images for a small window": Case(
        body(model=OPUS_4_5, tools=[], messages=shots(101)),
        "too many images: 101 > 100",
        body(model=OPUS_4_5, tools=[], messages=shots(100)),
    ),
    "a screenshot over the limits": Case(
        body(messages=talk(result(image(2577, 100)))),
        "2577x100 is over the limits",
        body(messages=talk(result(image(2576, 100)))),
    ),
    "an image over the limits that must not be scaled": Case(
        body(messages=[user({**image(2600, 9), "transformations": {"oversized_image": "error"}})]),
        "2600x9 is over the limits",
        body(messages=[user(image(2600, 9))]),
    ),
    "an image by address on Google Cloud": Case(
        body(messages=[user({"type": "image", "source": {"type": "url", "url": "https://a/b"}})]),
        "url is not supported",
        body(messages=[user(image())]),
        platform="vertex",
    ),
    "an image by file id without its beta": Case(
        body(messages=[user({"type": "image", "source": {"type": "file", "file_id": "f"}})]),
        "files-api-2025-04-14",
        body(messages=[user({"type": "image", "source": {"type": "file", "file_id": "f"}})]),
        (),
        ("files-api-2025-04-14",),
    ),
    "a screenshot of another size than declared": Case(
        body(
            model=OPUS_4_6,
            tools=[older(100, 50)],
            messages=talk(
                result(image(100, 51), toolset_name=None),
                calls=(call("computer", toolset_name=None, input={"action": "screenshot"}),),
            ),
        ),
        "a screenshot of 100x51, while the tool declares a display of 100x50",
        body(
            model=OPUS_4_6,
            tools=[older(100, 50, enable_zoom=True)],
            messages=talk(
                result(image(100, 51), toolset_name=None),
                calls=(call("computer", toolset_name=None, input={"action": "zoom"}),),
            ),
        ),
        (OLDER_BETA,),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_refused_and_the_nearest_that_is_not(case: Case) -> None:
    api = StrictApi([says("Well.")], platform=case.platform)
    assert case.words in refusal(api, case.refused, case.betas)
    betas = case.betas if case.allowed_betas is None else case.allowed_betas
    answer = post(api, case.allowed, betas)
    assert answer["type"] == "message"
    assert len(api.violations) == 1


@pytest.mark.parametrize(
    ("platform", "mib"), [("anthropic", 10), ("foundry", 10), ("bedrock", 5), ("vertex", 5)]
)
def test_an_image_has_its_platforms_bytes_at_most(platform: PlatformName, mib: int) -> None:
    api = StrictApi([says("Well.")], platform=platform)
    data = "A" * (mib * 1024 * 1024 + 4)
    request = body(tools=[], messages=[user(image(data=data))])
    assert f"image exceeds {mib} MB maximum" in refusal(api, request)
    request = body(tools=[], messages=[user(image(data=data[4:]))])
    assert "Could not process" in refusal(api, request)


@pytest.mark.parametrize(("platform", "mb"), [("anthropic", 32), ("bedrock", 20), ("vertex", 30)])
def test_a_request_has_its_platforms_bytes_at_most(platform: PlatformName, mb: int) -> None:
    api = StrictApi([says("Well.")], platform=platform)
    request = body(tools=[], system="x" * (mb * 1_000_000))
    with pytest.raises(anthropic.RequestTooLargeError) as caught:
        post(api, request)
    assert caught.value.status_code == 413
    assert "Request exceeds the maximum size" in message_of(caught.value)
    assert api.ledger[0].bytes > mb * 1_000_000


def test_a_prompt_over_the_window_is_refused_and_one_below_is_not() -> None:
    api = StrictApi([says("Well.")])
    words = "x" * 4
    told = refusal(api, body(model=OPUS_4_5, tools=[], system=words * 200_001))
    assert "prompt is too long: " in told
    assert "tokens > 200000 maximum" in told
    assert post(api, body(model=OPUS_4_5, tools=[], system=words * 199_000))


def test_a_request_without_a_key_is_not_authenticated() -> None:
    api = StrictApi([says("Well.")])
    with pytest.raises(anthropic.AuthenticationError):
        api.client().with_options(api_key=" ").beta.messages.create(**body())


def test_another_address_is_not_found() -> None:
    api = StrictApi([says("Well.")])
    with pytest.raises(anthropic.NotFoundError):
        api.client().post("/v1/complete", cast_to=object, body={})


def test_what_is_no_object_is_refused() -> None:
    api = StrictApi([says("Well.")])
    with pytest.raises(anthropic.BadRequestError, match="not a JSON object"):
        api.client().post("/v1/messages", cast_to=object, content=b"[]")
    with pytest.raises(anthropic.BadRequestError, match="not valid JSON"):
        api.client().post("/v1/messages", cast_to=object, content=b"{")


def test_half_a_character_is_no_text_though_json_can_spell_it() -> None:
    api = StrictApi([says("Well.")])
    whole = json.dumps(body(messages=[user("a 😀 b")])).encode()
    api.client().post("/v1/messages", cast_to=object, content=whole)
    half = whole.replace(b"\\ude00", b"")
    with pytest.raises(anthropic.BadRequestError, match="no low surrogate in string"):
        api.client().post("/v1/messages", cast_to=object, content=half)


def test_an_error_has_the_form_of_the_api() -> None:
    api = StrictApi([])
    with pytest.raises(anthropic.BadRequestError) as caught:
        post(api, body(model=OPUS, max_tokens=0))
    told: Any = caught.value.body
    assert told["type"] == "error"
    assert told["error"]["type"] == caught.value.type == "invalid_request_error"
    assert told["request_id"] == caught.value.request_id
