"""The models: what each one sees, takes and costs. A row a model; the rules live elsewhere.

Every fact names its source, a page of the Claude documentation and the day on which it was read.
Retired models have no row. The row `local` is this project's own (`trueclick.agent.local`): it
works on the standard limits, costs nothing and is held to every rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from .errors import UnknownModelError
from .limits import HIGH_RESOLUTION, STANDARD, ResolutionLimits
from .model_ids import plain_ids
from .prices import Price

ComputerTool: TypeAlias = Literal[
    "computer_toolset_20260801", "computer_20251124", "computer_20250124"
]
ThinkingType: TypeAlias = Literal["adaptive", "enabled", "disabled", "between_tools"]
Effort: TypeAlias = Literal["low", "medium", "high", "xhigh", "max"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from.

    Attributes:
        page: the title of a page of the documentation, or what else it was read in.
        read: the day on which it was, as YYYY-MM-DD.
    """

    page: str
    read: str


_READ = "2026-11-21"
_VISION = Source("Vision", _READ)
_OVERVIEW = Source("Models overview", _READ)
_SOURCES: Mapping[str, Source] = {
    "id": Source("the list of models in anthropic 2.11.0", _READ),
    "limits": _VISION,
    "max_images": _VISION,
    "context_window": _OVERVIEW,
    "price": _OVERVIEW,
    "computer_tools": Source("Computer use tool", _READ),
    "binds_thinking": Source("Preserved thinking", _READ),
    "thinking": Source("Troubleshooting thinking", _READ),
    "thinks_unasked": Source("Troubleshooting thinking", _READ),
    "efforts": Source("Effort", _READ),
    "forces_tools": Source("Claude API errors", _READ),
    "max_output": _OVERVIEW,
    "cacheable_tokens": Source("Prompt caching", _READ),
    "compacts": Source("Compaction on demand", _READ),
    "threads": Source("Message threads", _READ),
    "structured_on_bedrock": Source("Structured outputs", "2026-11-22"),
}


_ALWAYS_THINKS: frozenset[ThinkingType] = frozenset({"adaptive"})
_EFFORTS: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")


def _sources(**others: Source) -> Mapping[str, Source]:
    return {**_SOURCES, **others}


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model.

    Attributes:
        id: its name in requests to the Claude API.
        limits: the largest image it sees unscaled.
        context_window: tokens a request may hold.
        computer_tools: the computer tools it takes, the newest first.
        price: its list price, or `None` where none is published.
        binds_thinking: whether it refuses a request whose earlier messages were edited.
        thinking: the types of `thinking` that it takes.
        thinks_unasked: whether it thinks where a request does not speak of thinking.
        efforts: the levels of `output_config.effort` that it takes; none: it takes no effort.
        forces_tools: whether it takes a `tool_choice` that forces a call.
        max_output: tokens that an answer may have, thinking included.
        cacheable_tokens: the shortest prefix that the prompt cache keeps.
        compacts: whether it summarizes a conversation on demand.
        threads: whether the API keeps a conversation with it.
        structured_on_bedrock: whether it keeps to a schema on Amazon Bedrock; elsewhere all do.
        sources: where each of these facts comes from, by attribute.
    """

    id: str
    limits: ResolutionLimits
    context_window: int
    computer_tools: tuple[ComputerTool, ...]
    price: Price | None
    binds_thinking: bool = False
    thinking: frozenset[ThinkingType] = _ALWAYS_THINKS
    thinks_unasked: bool = True
    efforts: tuple[Effort, ...] = _EFFORTS
    forces_tools: bool = False
    max_output: int = 128_000
    cacheable_tokens: int = 512
    compacts: bool = True
    threads: bool = True
    structured_on_bedrock: bool = False
    sources: Mapping[str, Source] = field(
        default_factory=lambda: _SOURCES, repr=False, compare=False
    )

    @property
    def max_images(self) -> int:
        """The most images a request may carry, those of earlier messages counted."""
        return 100 if self.context_window <= 200_000 else 600


_NEW: tuple[ComputerTool, ...] = ("computer_toolset_20260801",)
_BOTH: tuple[ComputerTool, ...] = ("computer_toolset_20260801", "computer_20251124")
_OLD: tuple[ComputerTool, ...] = ("computer_20251124",)
_OLDEST: tuple[ComputerTool, ...] = ("computer_20250124",)


_MAY_THINK: frozenset[ThinkingType] = frozenset({"adaptive", "disabled"})
_MAY_THINK_BUDGETED: frozenset[ThinkingType] = frozenset({"adaptive", "disabled", "enabled"})
_THINKS_BUDGETED: frozenset[ThinkingType] = frozenset({"disabled", "enabled"})
_SHORT_OF_TOP: tuple[Effort, ...] = ("low", "medium", "high", "max")
_UP_TO_HIGH: tuple[Effort, ...] = ("low", "medium", "high")


def _usd(input_: str, output: str, cache_read: str = "0.1") -> Price:
    return Price(Decimal(input_), Decimal(output), cache_read=Decimal(cache_read))


_FABLE = _usd("10", "50")
_FABLE_5_1 = _usd("10", "50", cache_read="0.025")
_OPUS_5_5 = _usd("4", "20", cache_read="0.05")
_OPUS = _usd("5", "25")
_SONNET_5_5 = _usd("2", "10", cache_read="0.05")
_SONNET_5 = _usd("2", "10")
_SONNET = _usd("3", "15")
_HAIKU_5_5 = Price(Decimal("0.10"), Decimal("0.50"), up_to=100_000, above=_usd("0.50", "2.50"))
_HAIKU = _usd("1", "5")

_FABLE_PAGE = Source('"Fable vs. Mythos" on the page of Claude Fable 5', _READ)
_UNPUBLISHED = Source("not published", _READ)
_OURS = Source("trueclick itself", _READ)
_CAUTIOUS = Source("not found; the smallest of its generation", _READ)

_M = 1_000_000
_K200 = 200_000
_K64 = 64_000

MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        "local",
        STANDARD,
        _M,
        _NEW,
        _usd("0", "0"),
        binds_thinking=True,
        sources=_sources(**dict.fromkeys(_SOURCES, _OURS)),
    ),
    ModelSpec("claude-fable-5-2", HIGH_RESOLUTION, _M, _NEW, _FABLE_5_1, binds_thinking=True),
    ModelSpec(
        "claude-mythos-5-2",
        HIGH_RESOLUTION,
        _M,
        _NEW,
        None,
        binds_thinking=True,
        sources=_sources(price=_UNPUBLISHED),
    ),
    ModelSpec(
        "claude-haiku-5-5",
        HIGH_RESOLUTION,
        _M,
        _NEW,
        _HAIKU_5_5,
        binds_thinking=True,
        thinking=_MAY_THINK,
        forces_tools=True,
        compacts=False,
        sources=_sources(compacts=Source("not found; taken for no", _READ)),
    ),
    ModelSpec(
        "claude-sonnet-5-5",
        HIGH_RESOLUTION,
        _M,
        _NEW,
        _SONNET_5_5,
        binds_thinking=True,
        thinking=frozenset({"adaptive", "between_tools"}),
    ),
    ModelSpec("claude-fable-5-1", HIGH_RESOLUTION, _M, _NEW, _FABLE_5_1, binds_thinking=True),
    ModelSpec(
        "claude-mythos-5-1",
        HIGH_RESOLUTION,
        _M,
        _NEW,
        None,
        binds_thinking=True,
        sources=_sources(price=_UNPUBLISHED),
    ),
    ModelSpec("claude-opus-5-5", HIGH_RESOLUTION, _M, _NEW, _OPUS_5_5, binds_thinking=True),
    ModelSpec(
        "claude-sonnet-5",
        HIGH_RESOLUTION,
        _M,
        _BOTH,
        _SONNET_5,
        thinking=_MAY_THINK,
        forces_tools=True,
        max_output=_K64,
        cacheable_tokens=1024,
        sources=_sources(max_output=_CAUTIOUS),
    ),
    ModelSpec("claude-fable-5", HIGH_RESOLUTION, _M, _BOTH, _FABLE, forces_tools=True),
    ModelSpec(
        "claude-mythos-5",
        HIGH_RESOLUTION,
        _M,
        _BOTH,
        _FABLE,
        forces_tools=True,
        sources=_sources(price=_FABLE_PAGE),
    ),
    ModelSpec(
        "claude-opus-5",
        HIGH_RESOLUTION,
        _M,
        _BOTH,
        _OPUS,
        thinking=_MAY_THINK,
        forces_tools=True,
    ),
    ModelSpec(
        "claude-opus-4-8",
        HIGH_RESOLUTION,
        _M,
        _BOTH,
        _OPUS,
        thinking=_MAY_THINK,
        thinks_unasked=False,
        forces_tools=True,
        max_output=_K64,
        cacheable_tokens=1024,
        sources=_sources(max_output=_CAUTIOUS),
    ),
    ModelSpec(
        "claude-opus-4-7",
        HIGH_RESOLUTION,
        _M,
        _OLD,
        _OPUS,
        thinking=_MAY_THINK,
        thinks_unasked=False,
        forces_tools=True,
        max_output=_K64,
        cacheable_tokens=2048,
        sources=_sources(max_output=_CAUTIOUS),
    ),
    ModelSpec(
        "claude-opus-4-6",
        STANDARD,
        _M,
        _OLD,
        _OPUS,
        thinking=_MAY_THINK_BUDGETED,
        thinks_unasked=False,
        efforts=_SHORT_OF_TOP,
        forces_tools=True,
        max_output=_K64,
        cacheable_tokens=4096,
        structured_on_bedrock=True,
        sources=_sources(max_output=_CAUTIOUS),
    ),
    ModelSpec(
        "claude-sonnet-4-6",
        STANDARD,
        _M,
        _OLD,
        _SONNET,
        thinking=_MAY_THINK_BUDGETED,
        thinks_unasked=False,
        efforts=_SHORT_OF_TOP,
        forces_tools=True,
        max_output=_K64,
        cacheable_tokens=1024,
        structured_on_bedrock=True,
        sources=_sources(max_output=_CAUTIOUS),
    ),
    ModelSpec(
        "claude-opus-4-5",
        STANDARD,
        _K200,
        _OLD,
        _OPUS,
        thinking=_THINKS_BUDGETED,
        thinks_unasked=False,
        efforts=_UP_TO_HIGH,
        forces_tools=True,
        max_output=_K64,
        cacheable_tokens=4096,
        compacts=False,
        structured_on_bedrock=True,
    ),
    ModelSpec(
        "claude-sonnet-4-5",
        STANDARD,
        _K200,
        _OLDEST,
        _SONNET,
        thinking=_THINKS_BUDGETED,
        thinks_unasked=False,
        efforts=(),
        forces_tools=True,
        max_output=_K64,
        cacheable_tokens=1024,
        compacts=False,
        structured_on_bedrock=True,
    ),
    ModelSpec(
        "claude-haiku-4-5",
        STANDARD,
        _K200,
        _OLDEST,
        _HAIKU,
        thinking=_THINKS_BUDGETED,
        thinks_unasked=False,
        efforts=(),
        forces_tools=True,
        max_output=_K64,
        cacheable_tokens=4096,
        compacts=False,
        structured_on_bedrock=True,
    ),
)
_BY_ID = {spec.id: spec for spec in MODELS}


def find_model(model_id: str) -> ModelSpec:
    """The row of a model.

    Args:
        model_id: its id in the Claude API, with or without a snapshot's date, or the id of a
            partner platform: Amazon Bedrock's (`us.anthropic.claude-opus-4-7-v1:0`, or the ARN
            of a model or an inference profile), Google Cloud's (`claude-opus-4-7@20260101`).

    Raises:
        UnknownModelError: if there is none; the message lists the ids there are.
    """
    if not isinstance(model_id, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UnknownModelError(f"a model's id is a text, got {model_id!r}")
    for plain in plain_ids(model_id):
        if plain in _BY_ID:
            return _BY_ID[plain]
    raise UnknownModelError(
        f"unknown model {model_id!r}; known: {', '.join(_BY_ID)}. For any other, pass its limits "
        "by hand: ResolutionLimits(max_edge=..., max_tokens=...), or STANDARD or HIGH_RESOLUTION"
    )
