"""The models, their ids on every platform, and what they cost."""

import pickle
from dataclasses import fields
from decimal import Decimal
from typing import Any, get_args

import pytest
from anthropic.types.model_param import ModelParam

from trueclick.geometry import (
    HIGH_RESOLUTION,
    MODELS,
    STANDARD,
    ModelSpec,
    Price,
    UnknownModelError,
    UsageError,
    find_model,
)

RETIRED = {"claude-mythos-preview"}
"""In the SDK's list still, gone since 2026-06-30."""


def test_every_model_of_the_sdk_has_a_row() -> None:
    listed = set(get_args(get_args(ModelParam)[0])) - RETIRED
    found = {model_id: find_model(model_id).id for model_id in listed}
    assert set(found.values()) == {spec.id for spec in MODELS} - {"local"}


def test_rows_are_values() -> None:
    for spec in MODELS:
        assert pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301


def test_each_model_has_one_row() -> None:
    ids = [spec.id for spec in MODELS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.id)
def test_every_fact_has_a_source_and_a_date(spec: ModelSpec) -> None:
    facts = {field.name for field in fields(spec)} - {"sources"} | {"max_images"}
    assert set(spec.sources) == facts
    for source in spec.sources.values():
        assert source.page
        assert source.read >= "2026-11-21"
    assert (spec.price is None) == (spec.sources["price"].page == "not published")


SEES_HIGH = {
    *("claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-opus-5-5"),
    *("claude-sonnet-5", "claude-sonnet-5-5", "claude-haiku-5-5"),
    *("claude-fable-5", "claude-fable-5-1", "claude-fable-5-2"),
    *("claude-mythos-5", "claude-mythos-5-1", "claude-mythos-5-2"),
}
TOOLSET = SEES_HIGH - {"claude-opus-4-7"} | {"local"}
TOOL_2025_11 = {
    *("claude-opus-4-5", "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8"),
    *("claude-opus-5", "claude-sonnet-4-6", "claude-sonnet-5"),
    *("claude-fable-5", "claude-mythos-5"),
}
BINDS = {
    *("claude-opus-5-5", "claude-fable-5-1", "claude-fable-5-2"),
    *("claude-sonnet-5-5", "claude-haiku-5-5"),
    *("claude-mythos-5-1", "claude-mythos-5-2", "local"),
}
ALWAYS_THINK = {
    *("claude-fable-5", "claude-fable-5-1", "claude-fable-5-2", "claude-opus-5-5", "local"),
    *("claude-mythos-5", "claude-mythos-5-1", "claude-mythos-5-2"),
}
CANNOT_BE_FORCED = {
    *("claude-fable-5-1", "claude-fable-5-2", "claude-mythos-5-1", "claude-mythos-5-2"),
    *("claude-opus-5-5", "claude-sonnet-5-5", "local"),
}
NO_THINKING_UNASKED = {
    *("claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-sonnet-4-6"),
    *("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"),
}
EFFORTS = {
    "claude-opus-4-6": "low medium high max",
    "claude-sonnet-4-6": "low medium high max",
    "claude-opus-4-5": "low medium high",
    "claude-sonnet-4-5": "",
    "claude-haiku-4-5": "",
}
CACHEABLE = {
    "claude-opus-4-8": 1024,
    "claude-sonnet-5": 1024,
    "claude-sonnet-4-6": 1024,
    "claude-sonnet-4-5": 1024,
    "claude-opus-4-7": 2048,
    "claude-opus-4-6": 4096,
    "claude-opus-4-5": 4096,
    "claude-haiku-4-5": 4096,
}
CACHE_READS = {
    "claude-opus-5-5": "0.05",
    "claude-sonnet-5-5": "0.05",
    "claude-fable-5-1": "0.025",
    "claude-fable-5-2": "0.025",
}
ON_BEDROCK = {
    *("claude-opus-4-6", "claude-sonnet-4-6", "claude-opus-4-5", "claude-sonnet-4-5"),
    "claude-haiku-4-5",
}
NO_COMPACTION = {
    *("claude-haiku-5-5", "claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"),
}
PRICES = {
    "claude-opus-5-5": ("4", "20"),
    "claude-opus-5": ("5", "25"),
    "claude-opus-4-8": ("5", "25"),
    "claude-opus-4-7": ("5", "25"),
    "claude-opus-4-6": ("5", "25"),
    "claude-opus-4-5": ("5", "25"),
    "claude-sonnet-5-5": ("2", "10"),
    "claude-sonnet-5": ("2", "10"),
    "claude-sonnet-4-6": ("3", "15"),
    "claude-sonnet-4-5": ("3", "15"),
    "claude-haiku-4-5": ("1", "5"),
    "claude-haiku-5-5": ("0.10", "0.50"),
    "claude-fable-5": ("10", "50"),
    "claude-fable-5-1": ("10", "50"),
    "claude-fable-5-2": ("10", "50"),
    "claude-mythos-5": ("10", "50"),
    "local": ("0", "0"),
}


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.id)
def test_the_rows_say_what_the_documentation_says(spec: ModelSpec) -> None:
    assert spec.limits is (HIGH_RESOLUTION if spec.id in SEES_HIGH else STANDARD)
    small = spec.id in {"claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"}
    assert (spec.context_window, spec.max_images) == ((200_000, 100) if small else (1_000_000, 600))
    tools = {
        *(["computer_toolset_20260801"] if spec.id in TOOLSET else []),
        *(["computer_20251124"] if spec.id in TOOL_2025_11 else []),
        *(["computer_20250124"] if spec.id in {"claude-sonnet-4-5", "claude-haiku-4-5"} else []),
    }
    assert set(spec.computer_tools) == tools
    assert list(spec.computer_tools) == sorted(tools, key=lambda tool: tool[-8:], reverse=True)
    assert spec.binds_thinking == (spec.id in BINDS)
    price = spec.price and (spec.price.input_usd, spec.price.output_usd)
    assert price == (
        PRICES[spec.id] and tuple(map(Decimal, PRICES[spec.id])) if spec.id in PRICES else None
    )


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.id)
def test_a_row_says_which_settings_the_model_takes(spec: ModelSpec) -> None:
    assert (spec.thinking == {"adaptive"}) == (spec.id in ALWAYS_THINK)
    assert spec.thinks_unasked == (spec.id not in NO_THINKING_UNASKED)
    assert ("enabled" in spec.thinking) == (spec.id[-3:] in {"4-5", "4-6"})
    assert ("adaptive" in spec.thinking) == (not spec.id.endswith("4-5"))
    assert ("between_tools" in spec.thinking) == (spec.id == "claude-sonnet-5-5")
    assert " ".join(spec.efforts) == EFFORTS.get(spec.id, "low medium high xhigh max")
    assert spec.forces_tools == (spec.id not in CANNOT_BE_FORCED)
    assert spec.cacheable_tokens == CACHEABLE.get(spec.id, 512)
    assert spec.compacts == (spec.id not in NO_COMPACTION)
    assert spec.structured_on_bedrock == (spec.id in ON_BEDROCK)
    if spec.price is not None:
        assert spec.price.cache_read == Decimal(CACHE_READS.get(spec.id, "0.1"))


def test_what_is_cached_is_priced_apart() -> None:
    price = Price(Decimal(4), Decimal(20), cache_read=Decimal("0.05"))
    assert price.usd(0, cache_read_tokens=1_000_000) == Decimal("0.2")
    assert price.usd(0, cache_write_tokens=1_000_000) == 5
    assert price.usd(1_000_000, 1_000_000) == 24
    long = Price(Decimal(1), Decimal(1), up_to=100, above=Price(Decimal(5), Decimal(5)))
    assert long.usd(0, cache_read_tokens=100) == Decimal("0.00001")
    assert long.usd(1, cache_read_tokens=100) == Decimal("0.000055")


ARN = "arn:aws:bedrock"
GOVERNMENT = "arn:aws-us-gov:bedrock:us-gov-west-1"


@pytest.mark.parametrize(
    ("model_id", "plain"),
    [
        ("local", "local"),
        ("claude-opus-4-7", "claude-opus-4-7"),
        ("us.anthropic.claude-opus-4-7-v1:0", "claude-opus-4-7"),
        ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("anthropic.claude-sonnet-4-6", "claude-sonnet-4-6"),
        ("global.anthropic.claude-opus-5-5", "claude-opus-5-5"),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("apac.anthropic.claude-sonnet-4-5-20250929-v1:0:200k", "claude-sonnet-4-5"),
        (
            f"{ARN}:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-7-v1:0",
            "claude-opus-4-7",
        ),
        (
            f"{GOVERNMENT}::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
            "claude-haiku-4-5",
        ),
        ("claude-opus-4-7@20260101", "claude-opus-4-7"),
        ("publishers/anthropic/models/claude-opus-4-5@20251101", "claude-opus-4-5"),
        (
            "projects/p-1/locations/us-east5/publishers/anthropic/models/claude-opus-4-5@20251101",
            "claude-opus-4-5",
        ),
        ("claude-opus-5-5@default", "claude-opus-5-5"),
        ("claude-opus-5-5@latest", "claude-opus-5-5"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-haiku-4-5-latest", "claude-haiku-4-5"),
    ],
)
def test_a_model_is_found_by_the_id_of_every_platform(model_id: str, plain: str) -> None:
    assert find_model(model_id).id == plain


@pytest.mark.parametrize(
    "unknown",
    [
        *("", "gpt-4", "claude", "claude-opus-4-70", "claude-opus-4", "Claude-Opus-5", "opus"),
        *(" claude-opus-5", "claude-opus-5 ", "claude-opus-5\n", "xclaude-opus-5"),
        *(
            "claude-opus-5-2026",
            "claude-opus-5-19991231",
            "claude-opus-5@2026010",
            *("claude-opus-5@", "claude-opus-5@99999999", "claude-opus-5-20251301"),
            *("claude-opus-5-20260101@20260101", "zz.anthropic.claude-opus-5", None, 5),
            "arn:aws:bedrock:us-east-1::foundation-model/claude-opus-5@default",
        ),
        *("anthropic.claude-opus-5-v", "anthropic.claude-opus-5-v1:", "anthropic.gpt-4-v1:0"),
        *("us.claude-opus-5-v1:0", "verylongregion.anthropic.claude-opus-5", "local-20260101"),
        *("anthropic.local", "claude-opus-5-v1:0", "anthropic.claude-opus-5@20260101"),
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
        "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/a1b2c3d4e5f6",
        "arn:aws:bedrock:us-east-1::foundation-model/meta.llama-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/claude-opus-5",
        "arn:aws:s3:us-east-1::foundation-model/anthropic.claude-opus-5-v1:0",
    ],
)
def test_an_unknown_model_is_refused_with_the_way_to_go_on(unknown: Any) -> None:
    with pytest.raises(UnknownModelError) as refused:
        find_model(unknown)
    if not isinstance(unknown, str):
        assert str(refused.value) == f"a model's id is a text, got {unknown!r}"
        return
    ids = ", ".join(spec.id for spec in MODELS)
    assert str(refused.value) == (
        f"unknown model {unknown!r}; known: {ids}. For any other, pass its limits by hand: "
        "ResolutionLimits(max_edge=..., max_tokens=...), or STANDARD or HIGH_RESOLUTION"
    )


def test_a_price_is_exact_to_the_last_digit() -> None:
    price = Price(Decimal("0.1"), Decimal("0.7"))
    assert price.usd(3) == Decimal("0.0000003")
    assert price.usd(1_000_000, 1_000_000) == Decimal("0.8")
    assert price.usd(0) == 0


def test_a_long_prompt_costs_more_where_the_model_says_so() -> None:
    price = find_model("claude-haiku-5-5").price
    assert price is not None
    assert price.usd(100_000) == Decimal("0.01")
    assert price.usd(100_001) == Decimal("0.0500005")
    assert price.usd(1000, 1000, prompt_tokens=100_000) == Decimal("0.0006")
    assert price.usd(1000, 1000, prompt_tokens=100_001) == Decimal("0.003")
    plain = find_model("claude-opus-5").price
    assert plain is not None
    assert plain.usd(1000, prompt_tokens=900_000) == Decimal("0.005")


def test_a_price_may_have_any_number_of_steps() -> None:
    top = Price(Decimal(3), Decimal(0))
    price = Price(Decimal(1), Decimal(0), 10, Price(Decimal(2), Decimal(0), 20, top))
    million = 1_000_000
    assert price.usd(0, million, prompt_tokens=30) == 0
    assert [price.usd(5, prompt_tokens=n) * million for n in (10, 11, 20, 21)] == [5, 10, 10, 15]


def test_a_price_is_asked_for_whole_tokens() -> None:
    price = Price(Decimal(1), Decimal(1))
    for name, numbers in [
        ("input_tokens", (-1, 0, 0)),
        ("output_tokens", (0, -1, 0)),
        ("prompt_tokens", (0, 0, -1)),
    ]:
        with pytest.raises(UsageError) as refused:
            price.usd(numbers[0], numbers[1], prompt_tokens=numbers[2])
        assert str(refused.value) == f"a price needs {name} >= 0, got -1"
    for wrong in (1.5, True):
        with pytest.raises(UsageError, match=f"^a price needs integers, got input_tokens={wrong}"):
            price.usd(wrong)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match=f"^a price needs integers, got output_tokens={wrong}"):
            price.usd(1, wrong)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match=f"^a price needs integers, got prompt_tokens={wrong}"):
            price.usd(1, prompt_tokens=wrong)  # type: ignore[arg-type]
