"""What a request to a model holds beside its messages: the same for a whole run.

A run that changed them would lose its place in the prompt cache with each change, and a thread
refuses it. Sources, read on 2026-11-21: "Thinking", "Effort", "Context editing", "Compaction on
demand" and "Message threads" of the Claude documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from trueclick.geometry import ModelSpec, UsageError, find_model
from trueclick.geometry.catalogue import Effort
from trueclick.geometry.requests import PLATFORMS, Platform, PlatformName

HistoryMode: TypeAlias = Literal["full", "thread"]

Clearing: TypeAlias = Literal["client", "server", "none"]
"""Who leaves out old screenshots: we do, the API does, or nobody."""

MAX_TOKENS = 16_384
"""An answer's length, thinking included, to begin with; one that was cut off gets more."""

MAX_TOKENS_OF_MUCH_EFFORT = 64_000
"""The documentation's advice for the efforts `xhigh` and `max`."""

CONTEXT_MANAGEMENT = "context-management-2025-06-27"
COMPACT = "compact-2026-09-04"
THREADS = "message-threads-2026-08-12"


@dataclass(frozen=True, slots=True)
class Settings:
    """What stays the same from request to request.

    Attributes:
        model: the model's id, as it was given.
        spec: its row.
        platform: where it is called.
        history: whether all messages are sent each time, or the API keeps them.
        clearing: who leaves out old screenshots.
        compacts: whether the API summarizes the conversation when asked to.
        max_tokens: an answer's length, to begin with.
        params: all other fields.
        betas: the beta headers.
    """

    model: str
    spec: ModelSpec
    platform: Platform
    history: HistoryMode
    clearing: Clearing
    compacts: bool
    max_tokens: int
    params: dict[str, Any]
    betas: tuple[str, ...]


def settings_for(
    model: str,
    *,
    platform: PlatformName = "anthropic",
    history: HistoryMode = "full",
    effort: Effort | None = None,
    tool_betas: Sequence[str] = (),
) -> Settings:
    """The settings that a model takes.

    Args:
        model: the model's id, a partner platform's as well.
        platform: where it is called.
        history: `full`: each request holds the whole conversation. `thread`: the API keeps it,
            for some minutes, and each request holds what is new.
        effort: how much it thinks and writes; its own default if `None`.
        tool_betas: the headers with which the API takes the tools.

    Raises:
        UsageError: if the model or the platform is unknown, or one of them does not take what was
            asked for.
    """
    spec = find_model(model)
    if platform not in PLATFORMS:
        raise UsageError(f"unknown platform {platform!r}; known: {', '.join(PLATFORMS)}")
    where = PLATFORMS[platform]
    if history not in ("full", "thread"):
        raise UsageError(f'history is "full" or "thread", got {history!r}')
    if history == "thread" and not (where.threads and spec.threads):
        raise UsageError(f'{platform} keeps no conversation with {spec.id}: use history="full"')
    compacts = spec.compacts and where.compacts
    # A thread takes no context editing.
    bound: Clearing = "server" if history == "full" else "none"
    clearing = bound if spec.binds_thinking else "client"
    betas = {
        CONTEXT_MANAGEMENT: clearing == "server",
        COMPACT: compacts,
        THREADS: history == "thread",
    }
    much = effort in {"xhigh", "max"}
    return Settings(
        model=model,
        spec=spec,
        platform=where,
        history=history,
        clearing=clearing,
        compacts=compacts,
        max_tokens=min(MAX_TOKENS_OF_MUCH_EFFORT if much else MAX_TOKENS, spec.max_output),
        params=_params(spec, effort),
        betas=(*tool_betas, *(beta for beta, needed in betas.items() if needed)),
    )


def _params(spec: ModelSpec, effort: Effort | None) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if effort is not None:
        params["output_config"] = {"effort": _taken(effort, spec)}
    if "adaptive" in spec.thinking:
        # Those that think unasked send their thoughts back empty unless a summary is wanted.
        shown = {"display": "summarized"} if spec.thinks_unasked else {}
        params["thinking"] = {"type": "adaptive", **shown}
    return params


def _taken(effort: Effort, spec: ModelSpec) -> Effort:
    if not spec.efforts:
        raise UsageError(f"{spec.id} takes no effort: leave it out")
    if effort not in spec.efforts:
        raise UsageError(f"{spec.id} takes the efforts {', '.join(spec.efforts)}, got {effort!r}")
    return effort
