"""The models: what each one sees, and which computer tool it takes. A row a model.

The rows are data with a source and a date; rules about them live elsewhere.

Sources, read on 2026-11-21: the "Models overview", "Vision" and "Computer use tool" pages of the
Claude documentation, and the model list of `anthropic` 2.11.0. The row `local` is this project's
own (`trueclick.agent.local`), which works on the standard limits and is held to every rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import UnknownModelError
from .fit import HIGH_RESOLUTION, STANDARD, ResolutionLimits

ComputerTool = Literal["computer_toolset_20260801", "computer_20251124", "computer_20250124"]

_TOOLSET: ComputerTool = "computer_toolset_20260801"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model.

    Attributes:
        id: its name in requests.
        limits: the largest image it sees unscaled.
        computer_tool: the newest computer tool it takes.
        max_images: the most images a request may carry.
        binds_thinking: whether it refuses a request whose earlier messages were edited.
    """

    id: str
    limits: ResolutionLimits
    computer_tool: ComputerTool
    max_images: int = 600
    binds_thinking: bool = False


MODELS: tuple[ModelSpec, ...] = (
    ModelSpec("local", STANDARD, _TOOLSET, binds_thinking=True),
    ModelSpec("claude-fable-5-2", HIGH_RESOLUTION, _TOOLSET, binds_thinking=True),
    ModelSpec("claude-mythos-5-2", HIGH_RESOLUTION, _TOOLSET, binds_thinking=True),
    ModelSpec("claude-haiku-5-5", HIGH_RESOLUTION, _TOOLSET),
    ModelSpec("claude-sonnet-5-5", HIGH_RESOLUTION, _TOOLSET),
    ModelSpec("claude-fable-5-1", HIGH_RESOLUTION, _TOOLSET, binds_thinking=True),
    ModelSpec("claude-mythos-5-1", HIGH_RESOLUTION, _TOOLSET, binds_thinking=True),
    ModelSpec("claude-opus-5-5", HIGH_RESOLUTION, _TOOLSET, binds_thinking=True),
    ModelSpec("claude-sonnet-5", HIGH_RESOLUTION, _TOOLSET),
    ModelSpec("claude-fable-5", HIGH_RESOLUTION, _TOOLSET),
    ModelSpec("claude-mythos-5", HIGH_RESOLUTION, _TOOLSET),
    ModelSpec("claude-opus-5", HIGH_RESOLUTION, _TOOLSET),
    ModelSpec("claude-opus-4-8", HIGH_RESOLUTION, _TOOLSET),
    ModelSpec("claude-opus-4-7", HIGH_RESOLUTION, "computer_20251124"),
    ModelSpec("claude-opus-4-6", STANDARD, "computer_20251124"),
    ModelSpec("claude-sonnet-4-6", STANDARD, "computer_20251124"),
    ModelSpec("claude-opus-4-5", STANDARD, "computer_20251124", max_images=100),
    ModelSpec("claude-opus-4-5-20251101", STANDARD, "computer_20251124", max_images=100),
    ModelSpec("claude-sonnet-4-5", STANDARD, "computer_20250124", max_images=100),
    ModelSpec("claude-sonnet-4-5-20250929", STANDARD, "computer_20250124", max_images=100),
    ModelSpec("claude-haiku-4-5", STANDARD, "computer_20250124", max_images=100),
    ModelSpec("claude-haiku-4-5-20251001", STANDARD, "computer_20250124", max_images=100),
)


def find_model(model_id: str) -> ModelSpec:
    """The row of a model.

    Raises:
        UnknownModelError: if there is none; the message lists the ids there are.
    """
    for spec in MODELS:
        if spec.id == model_id:
            return spec
    known = ", ".join(spec.id for spec in MODELS)
    raise UnknownModelError(f"unknown model {model_id!r}; known: {known}")
