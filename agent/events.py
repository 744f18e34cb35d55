"""What is told of a run while it goes on, and at its end. Values alone; imports no SDK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .outcome import Outcome

Status = Literal["done", "refused", "budget", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Said:
    """The model's words in one turn."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Acted:
    """One call of the model's, carried out or refused.

    Attributes:
        member: which of the toolset's tools.
        values: its input, in pixels of the screenshot.
        outcome: what came of it; empty if it failed.
        seconds: how long it took, waiting for the screen included.
        error: why it was refused or failed, or `None`.
    """

    member: str
    values: dict[str, object]
    outcome: Outcome
    seconds: float
    error: str | None = None


Event: TypeAlias = Said | Acted


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended.

    Attributes:
        status: `done` if the model ended its work, `refused` if it said that it cannot go on,
            `budget` if a limit of ours was reached, `failed` if the API or the display failed,
            `stopped` if somebody stopped it.
        text: the model's last words, or what went wrong, or who stopped it.
        turns: requests that were answered.
        actions: calls that were carried out.
        input_tokens: as the API counted them, those read from its cache included.
        output_tokens: as the API counted them.
        seconds: from start to end.
    """

    status: Status
    text: str
    turns: int
    actions: int
    input_tokens: int
    output_tokens: int
    seconds: float


def ignore(event: Event) -> None:
    """Watch a run without looking."""
    del event
